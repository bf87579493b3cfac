"""What is alike in all lanes is marked, and what a flipped switch changed: neither more nor less."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.views.stage.compare import across, since
from sandbox.views.stage.lanes import Arrow, Keeping, Kept, LanePicture
from sandbox.views.stage.picture import Picture, Pictures

Make = Callable[..., Player]


def arrow(call: str = "GET /jwt/profile", status: int = 200, count: int = 1, later: str = "") -> Arrow:
    reason = {200: "OK", 401: "Unauthorized", 403: "Forbidden"}[status]
    return Arrow(0, count, "mallory", "server", call, status, reason, (), (), later)


def lane(mode: str, *arrows: Arrow, applies: bool = True, verdict: str = "") -> LanePicture:
    return LanePicture(mode, "", applies, verdict, arrows=arrows)


def alike(*lanes: LanePicture) -> list[list[bool]]:
    marked = across({each.mode: each for each in lanes})
    return [[each.alike for each in marked[lane.mode].arrows] for lane in lanes]


def changes(before: LanePicture, now: LanePicture) -> list[str]:
    marked = since({before.mode: before}, {now.mode: now})[now.mode]
    return [each.changed for each in marked.arrows]


def gone(before: LanePicture, now: LanePicture) -> tuple[str, ...]:
    return since({before.mode: before}, {now.mode: now})[now.mode].gone


def page(player: Player) -> Picture:
    return Pictures(player.record, player.before).at(player.position)


def marks(picture: Picture, modes: tuple[str, ...] = MODES) -> list[str]:
    """All that is marked as other than before."""
    lanes = [each for mode, each in picture.lanes.items() if mode in modes]
    found = [(each.verdict_changed, *each.gone, *(arrow.changed for arrow in each.arrows)) for each in lanes]
    keepings = [keeping for each in lanes for keeping in (*each.browsers, each.server, each.attacker) if keeping]
    new = [f"new: {kept.place}" for keeping in keepings for kept in keeping.things if kept.new]
    other = [f"{kept.place} {kept.changed}" for keeping in keepings for kept in keeping.things if kept.changed]
    return [text for texts in (*found, new, other) for text in texts if text]


# In every lane ---------------------------------------------------------


def test_the_path_without_its_prefix_makes_two_arrows_alike() -> None:
    lanes = [lane(mode, arrow(f"POST /{mode}/login")) for mode in MODES]
    assert alike(*lanes) == [[True], [True], [True]]


@pytest.mark.parametrize(
    "other",
    [arrow(status=401), arrow(count=2), arrow(later="1 h later"), arrow("GET /jwt/admin"), arrow("POST /jwt/profile"),
     arrow("GET /session/profile"), replace(arrow(), to="mallory"), replace(arrow(), actor="alice")],
)  # fmt: skip
def test_what_differs_in_anything_but_its_prefix_is_not_alike(other: Arrow) -> None:
    assert alike(lane("session", arrow("GET /session/profile")), lane("jwt", other)) == [[False], [False]]


def test_what_one_lane_lacks_is_alike_in_none() -> None:
    lanes = lane("session", arrow("GET /session/profile")), lane("jwt", arrow()), lane("hybrid")
    assert alike(*lanes) == [[False], [False], []]


def test_of_what_comes_more_often_in_one_lane_as_many_are_alike_as_all_have() -> None:
    between = arrow("POST /jwt/refresh")
    assert alike(lane("session", arrow("GET /session/profile")), lane("jwt", arrow(), between, arrow())) == [
        [True], [True, False, False],
    ]  # fmt: skip


def test_a_lane_for_which_the_story_is_not_told_has_no_say() -> None:
    lanes = lane("session", applies=False), lane("jwt", arrow()), lane("hybrid", arrow("GET /hybrid/profile"))
    assert alike(*lanes) == [[], [True], [True]]


def test_one_lane_alone_is_like_no_other() -> None:
    assert alike(lane("jwt", arrow())) == [[False]]
    assert alike(lane("jwt", arrow()), lane("session", applies=False)) == [[False], []]


def test_in_a_play_the_arrows_that_all_lanes_have_are_alike(make: Make) -> None:
    """After a quarter of an hour, hybrid mode's access token alone is over."""
    player = make("theft")
    player.step()
    assert [[each.alike for each in lane.arrows] for lane in page(player).lanes.values()] == [[True, True]] * 3
    player.advance(minutes=15)
    shown = page(player).lanes
    assert {mode: [(each.status, each.alike) for each in shown[mode].arrows] for mode in MODES} == {
        "session": [(200, False)], "jwt": [(200, False)], "hybrid": [(403, False)],
    }  # fmt: skip


# Since the run before --------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (arrow(), arrow(), ""),
        (arrow(), arrow(status=403), "was 200 OK"),
        (arrow(), arrow(count=3), "was once"), (arrow(count=3), arrow(), "was 3 times"),
        (arrow(), arrow(later="1 h later"), "was at once"), (arrow(later="1 h later"), arrow(), "was 1 h later"),
        (arrow(status=401, later="2 h later"), arrow(count=2), "was 401 Unauthorized, once, 2 h later"),
        (arrow("GET /jwt/admin"), arrow(), "new"), (replace(arrow(), actor="alice"), arrow(), "new"),
        (replace(arrow(), status=299, reason=""), arrow(), "was 299"),
    ],
)  # fmt: skip
def test_an_arrow_says_what_the_run_before_had_in_its_place(before: Arrow, now: Arrow, says: str) -> None:
    assert changes(lane("jwt", before), lane("jwt", now)) == [says]


def test_what_the_run_before_had_and_this_one_has_not_is_said() -> None:
    before = lane("jwt", arrow("POST /jwt/login"), arrow(), arrow("GET /jwt/admin", 403))
    assert gone(before, lane("jwt", arrow())) == (
        "mallory: POST /jwt/login 200", "mallory: GET /jwt/admin 403",
    )  # fmt: skip
    assert gone(before, before) == ()


def test_what_is_gone_several_times_is_said_once() -> None:
    before = lane("jwt", arrow(status=401), arrow("GET /jwt/admin", count=2), arrow(status=401))
    assert gone(before, lane("jwt")) == (
        "mallory: GET /jwt/profile 401, 2 times", "mallory: GET /jwt/admin 200, 2 times",
    )  # fmt: skip


def test_an_arrow_is_set_beside_the_one_of_its_own_time_before_any_other() -> None:
    before = lane("jwt", arrow(status=401), arrow(later="1 h later"))
    now = lane("jwt", arrow(later="1 h later"), arrow(status=401))
    assert (changes(before, now), gone(before, now)) == (["", ""], ())


def test_each_arrow_of_the_run_before_is_beside_one_at_most() -> None:
    assert changes(lane("jwt", arrow()), lane("jwt", arrow(), arrow(status=401))) == ["", "new"]


def test_a_lane_that_the_run_before_had_not_bears_no_mark() -> None:
    assert since({}, {"jwt": lane("jwt", arrow())}) == {"jwt": lane("jwt", arrow())}


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [("✓ HELD", "✗ BREACHED", "was ✓ HELD"), ("✓ HELD", "✓ HELD", ""), ("", "✓ HELD", ""), ("✓ HELD", "", "")],
)
def test_a_verdict_is_compared_where_both_runs_have_one(before: str, now: str, says: str) -> None:
    marked = since({"jwt": lane("jwt", verdict=before)}, {"jwt": lane("jwt", verdict=now)})
    assert marked["jwt"].verdict_changed == says


# A switch in a play ----------------------------------------------------


def test_before_any_switch_nothing_is_marked(make: Make) -> None:
    player = make("theft")
    player.run()
    assert marks(page(player)) == []


def test_a_switch_marks_what_it_changed_and_nothing_else(make: Make) -> None:
    player = make("theft")
    player.run()
    player.switch(jwt_lifetime=30.0)
    picture = page(player)
    assert picture.lanes["jwt"].verdict_changed == "was ✗ BREACHED: 6 days 23 h 59 min"
    # Before, Mallory came back after days, and was let in at last; now the first try is refused.
    assert [(each.status, each.later, each.changed) for each in picture.lanes["jwt"].arrows] == [
        (403, "", "was 200 OK, 6 days 23 h 58 min 59 s later"),
    ]  # fmt: skip
    assert picture.lanes["jwt"].gone == (
        "mallory: GET /jwt/profile 403, 6 days 23 h 59 min later",
    )  # fmt: skip
    assert marks(picture, ("session", "hybrid")) == []


def test_what_lies_where_is_compared_by_place_and_credential(make: Make) -> None:
    """When it was used last, or when it ends, is no other thing: what was said of it before is told."""
    player = make("login", modes=("session", "hybrid"))
    player.step()
    player.switch(inactivity_timeout=600.0, refresh_lifetime=3600.0, denylist=True)
    assert marks(page(player), ("session",)) == []
    assert marks(page(player), ("hybrid",)) == [
        "was 1 store read and 2 writes, now 1 and 3", "new: live tokens", "refresh tokens was expires 8 Jan 09:00",
    ]  # fmt: skip


def kept(says: str, place: str = "cookie session", deleted: bool = False) -> Kept:
    return Kept(place, (), says, gone=deleted)


def beside(before: tuple[Kept, ...], now: tuple[Kept, ...]) -> list[str]:
    """What is marked of the things that the server keeps now."""
    lanes = [{"jwt": replace(lane("jwt"), server=Keeping("Server keeps", things))} for things in (before, now)]
    return ["new" if each.new else each.changed for each in since(*lanes)["jwt"].server.things]


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (kept("HttpOnly"), kept("HttpOnly"), ""), (kept("HttpOnly"), kept("Secure, HttpOnly"), "was HttpOnly"),
        (kept("Secure, HttpOnly"), kept("Secure"), "was HttpOnly"), (kept(""), kept("hashed"), "was nothing more"),
        (kept("alice, expires 10:00"), kept("alice, expires 11:00"), "was expires 10:00"),
        (kept("alice"), kept("alice", deleted=True), "was kept"),
        (kept("alice", deleted=True), kept("alice, hashed"), "was deleted in this step, alice"),
        (kept("alice"), kept("alice", place="cookie refresh"), "new"),
    ],
)  # fmt: skip
def test_a_thing_of_which_something_else_is_said_tells_what_was_said(before: Kept, now: Kept, says: str) -> None:
    assert beside((before,), (now,)) == [says]


def test_each_thing_is_set_beside_the_one_of_the_same_words_before_any_other() -> None:
    assert beside((kept("alice"), kept("bob")), (kept("bob"), kept("alice"), kept("carol"))) == ["", "", "new"]
    assert beside((kept("alice"), kept("bob")), (kept("carol"), kept("bob"))) == ["was alice", ""]


def test_a_row_that_is_kept_no_more_is_said(make: Make) -> None:
    player = make("login", modes=("hybrid",), settings={"denylist": True})
    player.step()
    player.switch(denylist=False)
    assert "Server keeps live tokens A1" in page(player).lanes["hybrid"].gone


def test_what_mallory_holds_is_compared_too(make: Make) -> None:
    player = make("script_reads_cookie", modes=("session",), preset="bare")
    player.step()
    player.step()
    player.switch(http_only=True)
    assert page(player).lanes["session"].gone == ("Mallory holds cookie session S1",)
    player.switch(http_only=False)
    assert "new: cookie session" in marks(page(player))


def test_a_switch_marks_each_page_by_itself(make: Make) -> None:
    player = make("theft", modes=("jwt",))
    player.run()
    player.switch(jwt_lifetime=30.0)
    player.turn_to(1)
    assert marks(page(player)) == []
    player.turn_to(3)
    assert marks(page(player)) == ["was 200 OK"]
    assert page(player).lanes["jwt"].verdict_changed == ""


def test_a_switch_back_marks_the_way_back_and_the_same_once_more_nothing(make: Make) -> None:
    player = make("theft", modes=("jwt",))
    for _ in range(3):
        player.step()
    player.switch(jwt_lifetime=30.0)
    player.switch(jwt_lifetime=604800.0)
    assert marks(page(player)) == ["was 403 Forbidden"]
    player.switch(jwt_lifetime=604800.0)
    assert marks(page(player)) == []


def test_a_page_that_the_run_before_had_not_is_not_compared(make: Make) -> None:
    player = make("theft", modes=("jwt",))
    player.step()
    player.switch(jwt_lifetime=30.0)
    player.run()
    assert player.record.steps[2].lanes["jwt"].exchanges[0].response.status == 403
    assert marks(page(player)) == []


def test_a_page_of_another_step_is_not_compared(make: Make) -> None:
    told, moved = make("theft", modes=("jwt",)), make("theft", modes=("jwt",))
    told.step()
    moved.step()
    told.step()
    moved.advance(minutes=1)
    assert marks(Pictures(moved.record, told.record).at(2)) == []
    assert marks(Pictures(moved.record, told.record).at(1)) == []


def test_before_the_first_step_nothing_is_compared(make: Make) -> None:
    player = make("theft")
    player.switch(denylist=True)
    assert marks(page(player)) == []
    player.run()
    player.switch(jwt_lifetime=30.0)
    player.turn_to(0)
    assert marks(page(player)) == []


def test_a_reset_forgets_what_was_before(make: Make) -> None:
    player = make("theft", modes=("jwt",))
    player.run()
    player.switch(jwt_lifetime=30.0)
    player.reset()
    player.run()
    assert marks(page(player)) == []


def test_what_lies_elsewhere_than_in_the_run_before_is_marked(make: Callable[..., Player]) -> None:
    player = make("login")
    player.step()
    player.switch(refresh_cookie=True)
    lane = page(player).lanes["hybrid"]
    assert [kept.place for kept in lane.browsers[0].things if kept.new] == ["cookie refresh"]
    assert "Alice's browser keeps localStorage hybrid.refresh_token R1" in lane.gone


def test_more_work_of_the_store_is_marked(make: Callable[..., Player]) -> None:
    player = make("login")
    player.run()
    player.switch(live_roles=not player.defences.live_roles)
    found = [mark for at in range(1, 4) for mark in marks(Pictures(player.record, player.before).at(at))]
    assert any(mark.startswith("was ") and "store reads" in mark for mark in found)
