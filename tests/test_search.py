"""The search finds the end of an attacker's access by trying, exactly where a brute force finds it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.actors.attacker import Attacker
from sandbox.box import Sandbox
from sandbox.clock import DAY
from sandbox.defences import Defences
from sandbox.engine import Scene
from sandbox.exchange import MODES
from sandbox.record import HORIZON
from sandbox.search import find_end


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Defences.preset("as_written").but(bcrypt_cost=4), transport="in-process") as box:
        yield box


def theft(box: Sandbox, mode: str, loot: str = "all") -> tuple[Scene, Attacker]:
    """Alice has just logged in, and Mallory has a copy."""
    scene = Scene(box, mode, {})
    alice, mallory = scene.person("alice"), scene.attacker()
    alice.login()
    mallory.steal(alice.browser, loot)
    return scene, mallory


def latest_by_brute_force(scene: Scene, mallory: Attacker, until: int) -> int:
    """The first second from which on no plan lets Mallory in: each second, in each world, refresh or do not.

    Two worlds that refreshed last in the same second hold credentials of the same age: one of them is kept.
    """
    page, start, end = mallory.browser.open(scene.mode), scene.box.clock.now(), 0
    worlds = {0: scene.save()}
    for second in range(until):
        scene.box.clock.rewind_to(start + second)
        after = {}
        for refreshed_at, world in worlds.items():
            scene.restore(world)
            if page.request("GET", "/profile").ok:
                end = second + 1
            after[refreshed_at] = scene.save()
            if page.can_refresh and page.refresh().ok:
                after[second] = scene.save()
                if page.request("GET", "/profile").ok:
                    end = second + 1
        worlds = after
    return end


SMALL = st.integers(1, 9).map(float)


def found_and_tried(mode: str, **switches: Any) -> tuple[float | None, int]:
    with Sandbox(Defences().but(**switches), transport="in-process") as box:
        scene, mallory = theft(box, mode)
        return find_end(scene, mallory).seconds, latest_by_brute_force(scene, mallory, until=19)


@settings(max_examples=15, deadline=None)
@given(timeout=SMALL, cap=SMALL)
def test_the_end_of_a_sliding_session_under_a_cap_is_found(timeout: float, cap: float) -> None:
    found, tried = found_and_tried("session", inactivity_timeout=timeout, absolute_lifetime=cap)
    assert found == tried
    assert found == (min(timeout, cap) if timeout == 1 else cap)  # who comes once a second misses a timeout of one


@settings(max_examples=10, deadline=None)
@given(lifetime=SMALL, leeway=st.booleans())
def test_the_end_of_a_lifetime_that_does_not_slide_is_found(lifetime: float, leeway: bool) -> None:
    found, _ = found_and_tried("jwt", jwt_lifetime=lifetime, leeway=leeway)
    assert found == lifetime + (30 if leeway else 0)


@settings(max_examples=20, deadline=None)
@given(access=SMALL, refresh=SMALL)
def test_the_end_of_a_refresh_token_that_is_not_rotated_is_found(access: float, refresh: float) -> None:
    found, tried = found_and_tried("hybrid", access_lifetime=access, refresh_lifetime=refresh)
    assert found == tried == refresh - 1 + access


@settings(max_examples=30, deadline=None)
@given(access=SMALL, refresh=SMALL, cap=SMALL)
def test_the_end_of_rotation_under_a_cap_is_found(access: float, refresh: float, cap: float) -> None:
    switches = {"access_lifetime": access, "refresh_lifetime": refresh, "absolute_lifetime": cap}
    found, tried = found_and_tried("hybrid", rotate_refresh=True, **switches)
    assert found == tried


@pytest.mark.parametrize(
    ("mode", "switches"),
    [
        ("session", {"inactivity_timeout": 5.0}),
        ("hybrid", {"rotate_refresh": True, "access_lifetime": 3.0, "refresh_lifetime": 5.0}),
        ("hybrid", {"rotate_refresh": True, "access_lifetime": 9.0, "refresh_lifetime": 2.0}),
    ],
)
def test_what_slides_without_a_cap_has_no_end(
    mode: str, switches: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.search.HORIZON", 60.0)  # 400 days of such short lifetimes are many visits
    with Sandbox(Defences().but(**switches), transport="in-process") as box:
        scene, mallory = theft(box, mode)
        assert find_end(scene, mallory).seconds is None


def test_a_search_of_too_many_requests_says_how_far_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.search.MOST_REQUESTS", 50)
    with Sandbox(Defences().but(inactivity_timeout=60.0), transport="in-process") as box:
        scene, mallory = theft(box, "session")
        found = find_end(scene, mallory)
    assert found.seconds is None
    assert found.searched % 59 == 0
    assert 10 * 59 < found.searched < 50 * 59


def test_the_horizon_is_400_days() -> None:
    assert HORIZON == 400 * DAY


@pytest.mark.parametrize(("lifetime", "end"), [(400 * DAY, 400 * DAY), (400 * DAY + 1, None)])
def test_an_end_beyond_the_horizon_is_none(box: Sandbox, lifetime: float, end: float | None) -> None:
    box.switch(jwt_lifetime=lifetime)
    scene, mallory = theft(box, "jwt")
    assert find_end(scene, mallory).seconds == end


def test_who_holds_nothing_never_gets_in(box: Sandbox) -> None:
    scene, mallory = theft(box, "jwt", "refresh")
    assert find_end(scene, mallory).seconds == 0.0


@pytest.mark.parametrize("mode", MODES)
def test_a_search_leaves_all_as_it_was_but_its_evidence(box: Sandbox, mode: str) -> None:
    box.switch(rotate_refresh=True)
    scene, mallory = theft(box, mode)
    before = box.clock.now(), box.tables(mode, reveal=True), mallory.browser.holdings()
    mark = len(scene.log)
    find_end(scene, mallory)
    assert (box.clock.now(), box.tables(mode, reveal=True), mallory.browser.holdings()) == before
    assert 1 <= len(scene.log.since(mark)) <= 7


def test_an_interrupted_search_puts_everything_back(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, mallory = theft(box, "jwt")
    before = box.clock.now(), box.tables("jwt", reveal=True), mallory.browser.holdings()
    get_in, tries = mallory.get_in, iter(range(100))

    def interrupted(mode: str, **how: bool) -> bool:
        if next(tries) == 5:
            raise KeyboardInterrupt
        return get_in(mode, **how)

    monkeypatch.setattr(mallory, "get_in", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_end(scene, mallory)
    assert (box.clock.now(), box.tables("jwt", reveal=True), mallory.browser.holdings()) == before
