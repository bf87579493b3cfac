"""Mallory holds what leaked, no more, and gets in for as long as it serves."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.actors.attacker import LOOT, select
from sandbox.actors.browser import Browser, Holdings
from sandbox.box import Sandbox
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import MODES, Response

ACCESS = {"session.csrf_token", "jwt.access_token", "hybrid.access_token"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Defences.preset("as_written").but(bcrypt_cost=4), transport="in-process") as box:
        yield box


def held() -> Holdings:
    browser = Browser("alice", lambda request: Response(200), Clock(), Defences)
    for name in ("session", "__Host-refresh"):
        browser.cookies.receive("https://bank.example/", f"{name}=1; Secure; Path=/")
    browser.local_storage.update(dict.fromkeys([*sorted(ACCESS), "hybrid.refresh_token"], "1"))
    browser.memory = {"hybrid.access_token": "2", "hybrid.refresh_token": "2"}
    return browser.holdings()


def names(holdings: Holdings) -> tuple[set[str], set[str], set[str]]:
    return {each.name for each in holdings.cookies}, set(holdings.local_storage), set(holdings.memory)


@pytest.mark.parametrize(
    ("loot", "taken"),
    [
        ("all", ({"session", "__Host-refresh"}, {*ACCESS, "hybrid.refresh_token"},
                 {"hybrid.access_token", "hybrid.refresh_token"})),
        ("access", ({"session"}, ACCESS, {"hybrid.access_token"})),
        ("refresh", ({"__Host-refresh"}, {"hybrid.refresh_token"}, {"hybrid.refresh_token"})),
    ],
)  # fmt: skip
def test_a_theft_takes_what_its_loot_names(loot: str, taken: tuple[set[str], set[str], set[str]]) -> None:
    assert loot in LOOT
    assert names(select(held(), loot)) == taken


@pytest.mark.parametrize(
    ("taken", "held_then"), [("all", {"all", "access", "refresh"}), ("access", {"all", "access"}),
                             ("refresh", {"all", "refresh"})],
)  # fmt: skip
def test_what_was_taken_is_held_and_nothing_else(box: Sandbox, taken: str, held_then: set[str]) -> None:
    alice, mallory = box.browser("alice"), box.attacker()
    assert not any(mallory.holds(loot) for loot in LOOT)
    alice.open("hybrid").login()
    mallory.steal(alice, taken)
    assert {loot for loot in LOOT if mallory.holds(loot)} == held_then


@pytest.mark.parametrize(("mode", "switches"), [("jwt", {}), ("jwt", {"carrier": "cookie"}),
                                                ("hybrid", {}), ("hybrid", {"refresh_cookie": True})])  # fmt: skip
def test_a_forged_token_takes_the_place_of_all_that_was_held(box: Sandbox, mode: str, switches: dict[str, Any]) -> None:
    """Else Mallory's own refresh token would let Mallory in after a refusal: as Mallory, not as Alice."""
    box.switch(**switches)
    box.add_account(mode, "mallory")
    mallory = box.attacker()
    login = mallory.browser.open(mode).login()
    assert mallory.get_in(mode)
    mallory.hold_like(mode, login, "forged")
    holdings = mallory.browser.holdings()
    assert [each.value for each in holdings.cookies] + list(holdings.local_storage.values()) == ["forged"]
    assert not mallory.get_in(mode)


def test_empty_pockets_open_no_door(box: Sandbox) -> None:
    mallory = box.attacker()
    assert [mallory.get_in(mode) for mode in MODES] == [False, False, False]


@pytest.mark.parametrize("mode", MODES)
def test_a_copy_lets_mallory_in_and_the_victim_notices_nothing(box: Sandbox, mode: str) -> None:
    alice, mallory = box.browser("alice"), box.attacker("mallory")
    alice.open(mode).login()
    before = alice.holdings()
    mallory.steal(alice)
    assert mallory.get_in(mode)
    assert mallory.last is not None
    assert mallory.last.field("user")["email"] == "alice@bank.example"
    assert alice.holdings() == before
    assert alice.open(mode).profile().ok


def test_mallory_refreshes_whatever_the_refusal_is_called(box: Sandbox) -> None:
    """An expired token gets a bare 403 here: Alice's page stays stuck, a thief does not."""
    alice, mallory = box.browser("alice"), box.attacker("mallory")
    alice.open("hybrid").login()
    mallory.steal(alice)
    box.clock.advance(minutes=15)
    assert alice.open("hybrid").profile().status == 403
    assert mallory.get_in("hybrid")


def test_the_access_token_alone_ends_with_its_lifetime(box: Sandbox) -> None:
    alice, mallory = box.browser("alice"), box.attacker("mallory")
    alice.open("hybrid").login()
    mallory.steal(alice, "access")
    box.clock.advance(minutes=15)
    assert not mallory.get_in("hybrid")
    assert mallory.last is not None
    assert mallory.last.status == 403
