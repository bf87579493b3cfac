"""The clock's picture: bars last as long as what they stand for, a band as long as Mallory gets in, on one scale."""

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.clock import DAY, HOUR, MINUTE, START, describe
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import MODES
from sandbox.names import Names
from sandbox.player import Player
from sandbox.record import Outcome, Record, StepRecord
from sandbox.search import find_end
from sandbox.views.stage.chips import Fates
from sandbox.views.stage.timeline import _LETTER, BARS, WAY_IN, Bar, Mark, Timeline, timeline

from .played import played

Make = Callable[..., Player]


def drawn(record: Record, position: int | None = None) -> Timeline:
    fates = {mode: Fates(record, mode) for mode in record.modes}
    found = timeline(record, fates, len(record.steps) if position is None else position)
    assert found
    return found


def at_moments(*moments: float) -> Record:
    """A record with a step at each of these moments, in which nothing happens: simulated seconds after the start."""
    clocks = (START.timestamp() + moment for moment in moments)
    steps = tuple(StepRecord(f"step {number}", clock, {}) for number, clock in enumerate(clocks, 1))
    return replace(played("login"), steps=steps, outcomes={}, names={mode: Names() for mode in MODES})


def bars(picture: Timeline, mode: str) -> dict[str, Bar]:
    return {bar.name: bar for row in picture.rows if row.mode == mode for bar in row.bars}


def band(record: Record, mode: str, position: int | None = None) -> list[str]:
    """What is said of a mode's ways in."""
    return [bar.says for row in drawn(record, position).rows if row.mode == mode for bar in row.bands]


# Lifetimes -------------------------------------------------------------


def test_before_the_first_step_there_is_no_time() -> None:
    record = played("theft")
    assert timeline(record, {mode: Fates(record, mode) for mode in MODES}, 0) is None


def test_each_kind_of_credential_has_its_bar_and_each_bar_its_sentence() -> None:
    picture = drawn(played("theft"), 1)
    assert {mode: list(bars(picture, mode)) for mode in MODES} == {
        "session": ["session"], "jwt": ["access"], "hybrid": ["access", "refresh"],
    }  # fmt: skip
    assert picture.says == (
        "session: session from 2026-01-01T09:00:00Z, no end",
        "jwt: access from 2026-01-01T09:00:00Z to 2026-01-08T09:00:00Z, 7 days",
        "hybrid: access from 2026-01-01T09:00:00Z to 2026-01-01T09:15:00Z, 15 min",
        "hybrid: refresh from 2026-01-01T09:00:00Z to 2026-01-08T09:00:00Z, 7 days",
    )
    assert set(BARS.values()) == {"session", "access", "refresh"}


def test_what_has_no_end_reaches_the_right_edge_and_is_open() -> None:
    picture = drawn(played("theft"), 1)
    assert (bars(picture, "session")["session"].right, bars(picture, "session")["session"].open) == (1.0, True)
    assert not bars(picture, "jwt")["access"].open
    assert bars(picture, "jwt")["access"].right < 1.0


def test_a_bar_goes_from_the_first_ones_issue_to_the_last_ones_end() -> None:
    """In hybrid mode, Alice refreshes two minutes after her login: seven days from then on."""
    says = drawn(played("refresh_replay", "as_advised"), 3).says
    assert "hybrid: refresh from 2026-01-01T09:00:00Z to 2026-01-08T09:02:00Z, 7 days 2 min" in says


def test_what_the_server_ends_ends_there() -> None:
    says = drawn(played("logout_replay"), 3).says
    assert "session: session from 2026-01-01T09:00:00Z to 2026-01-01T09:01:00Z, 1 min" in says


def test_what_is_not_of_the_bank_has_no_bar() -> None:
    assert bars(drawn(played("session_fixation", "as_advised"), 1), "session") == {}
    assert list(bars(drawn(played("session_fixation", "as_advised"), 2), "session")) == ["session"]


def test_without_what_was_handed_out_there_is_no_bar() -> None:
    record = played("theft")
    steps = tuple(replace(step, lanes={}) for step in record.steps)
    assert [row.bars for row in drawn(replace(record, steps=steps)).rows] == [(), (), ()]


def test_tokens_with_nothing_between_them_are_one_bar_and_others_are_bars_of_their_own() -> None:
    """Alice's page refreshes at each visit of her week: no access token lasts from one visit to the next."""
    record = played("expiry", rfc6750_errors=True)
    access = [bar for row in drawn(record).rows if row.mode == "hybrid" for bar in row.bars if bar.name == "access"]
    handed_out = [name for name in Fates(record, "hybrid").lives(len(record.steps)) if name.startswith("A")]
    assert len(access) == len(handed_out) == 12
    assert all(after.left > before.right for before, after in pairwise(access))


def test_a_token_that_only_a_try_was_given_has_its_bar_on_that_page() -> None:
    """Mallory renews the access token in the last second of the refresh token."""
    said = [each for each in drawn(played("theft")).says if each.startswith("hybrid: access")]
    assert said == [
        "hybrid: access from 2026-01-01T09:00:00Z to 2026-01-01T09:15:00Z, 15 min",
        "hybrid: access from 2026-01-08T08:59:59Z to 2026-01-08T09:14:59Z, 15 min",
    ]
    assert len([each for each in drawn(played("theft"), 3).says if each.startswith("hybrid: access")]) == 1


def test_after_a_refusal_by_hand_the_way_in_ends_with_what_was_held(make: Make) -> None:
    player = make("theft", modes=("jwt", "hybrid"))
    for _ in range(3):
        player.step()
    player.advance(days=30)
    assert band(player.record, "jwt") == [
        f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-08T09:00:00Z, 6 days 23 h 59 min"
    ]
    assert band(player.record, "hybrid") == [
        f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-08T09:00:00Z, 6 days 23 h 59 min"
    ]


def test_what_was_tried_by_hand_is_on_no_page_of_the_story_after_it(make: Make) -> None:
    player, undisturbed = (make("theft", modes=("jwt",)) for _ in range(2))
    undisturbed.run()
    for _ in range(3):
        player.step()
    player.advance(minutes=1)
    player.advance(days=3)
    assert [each.steps for each in drawn(player.record).marks] == ["1", "2-3", "4", "5"]
    assert band(player.record, "jwt") == [f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-04T09:02:00Z, 3 days 1 min"]
    player.run()
    assert drawn(player.record).rows == drawn(undisturbed.record).rows
    assert [each.steps for each in drawn(player.record).marks] == ["1", "2,3,6"]


# The attacker's way in --------------------------------------------------


@pytest.mark.parametrize("preset", ["bare", "as_written", "as_advised", "hardened"])
@pytest.mark.parametrize(
    "told",
    ["theft", "logout_replay", "access_token_after_logout", "store_leak", "no_expiry", "algorithm_none",
     "cross_service_relay", "weak_secret", "kid_injection"],
)  # fmt: skip
def test_the_band_is_as_long_as_what_was_measured(told: str, preset: str) -> None:
    """The verdict's seconds come from the search; the band, from the exchanges that it left in the record."""
    record = played(told, preset)
    for mode, outcome in record.outcomes.items():
        if not outcome.applies or outcome.attacker_seconds == 0:
            assert band(record, mode) == []
            continue
        [said] = band(record, mode)
        seconds = outcome.attacker_seconds
        assert said.endswith(", no end" if seconds is None else f", {describe(seconds)}")


@pytest.mark.parametrize(
    ("mode", "says"),
    [("session", "from 2026-01-01T09:01:00Z, no end"),
     ("jwt", "from 2026-01-01T09:01:00Z to 2026-01-08T09:00:00Z, 6 days 23 h 59 min"),
     ("hybrid", "from 2026-01-01T09:01:00Z to 2026-01-08T09:14:59Z, 7 days 13 min 59 s")],
)  # fmt: skip
def test_a_band_goes_from_the_first_success_to_the_refusal_after_it_through_a_refresh(mode: str, says: str) -> None:
    assert band(played("theft"), mode) == [f"{WAY_IN} {says}"]


def test_a_single_success_is_a_moment() -> None:
    assert band(played("theft"), "jwt", 3) == [f"{WAY_IN} at 2026-01-01T09:01:00Z"]
    assert [band(played("theft"), "jwt", position) for position in (1, 2)] == [[], []]


def test_what_was_tried_later_counts_for_its_own_page_alone(make: Make) -> None:
    player = make("theft", modes=("jwt",))
    player.run()
    player.advance(minutes=1)
    assert band(player.record, "jwt", 4) == [f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-08T09:00:00Z, "
                                             "6 days 23 h 59 min"]  # fmt: skip
    assert band(player.record, "jwt", 5) == [f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-01T09:02:00Z, 1 min"]


@pytest.mark.parametrize(
    ("mode", "position", "says"),
    [("session", 3, "to 2026-01-01T09:05:00Z, 4 min"),  # a logout ends it
     ("session", 4, "to 2026-01-01T09:05:00Z, 4 min"),  # so does one everywhere
     ("session", 5, "no end"),  # a new password does not: the refusals before it count no more
     ("hybrid", 4, "to 2026-01-01T09:15:00Z, 14 min"),  # the access token's own end
     ("hybrid", 5, "to 2026-01-08T09:14:59Z, 7 days 13 min 59 s")],  # with the refresh token: nor does that end count
)  # fmt: skip
def test_of_two_ways_to_go_on_at_one_moment_the_one_that_is_shown_counts(mode: str, position: int, says: str) -> None:
    parting = ", " if says == "no end" else " "
    assert band(played("revocation"), mode, position) == [f"{WAY_IN} from 2026-01-01T09:01:00Z{parting}{says}"]


def test_what_alice_does_is_no_way_in() -> None:
    assert [band(played("expiry"), mode) for mode in MODES] == [[], [], []]


def test_a_request_without_a_credential_is_no_way_in() -> None:
    assert [band(played("credential_stuffing", "bare"), mode) for mode in MODES] == [[], [], []]


def test_to_be_let_into_ones_own_account_is_no_way_in(make: Make) -> None:
    """Mallory is a customer too: what is tried by hand then shows her own profile."""
    player = make("algorithm_none", modes=("jwt", "hybrid"), preset="bare")
    player.step()
    step = player.advance(minutes=1)
    assert [[each.response.status for each in lane.exchanges] for lane in step.lanes.values()] == [[200], [200]]
    assert [band(player.record, mode) for mode in player.modes] == [[], []]


def test_a_page_that_is_open_to_everybody_is_no_way_in() -> None:
    """The refresh cookie goes along when Mallory fetches the bank's public key."""
    record = played("algorithm_confusion", "hardened")
    [fetched] = record.steps[1].lanes["hybrid"].exchanges
    assert (fetched.request.path, fetched.response.status) == ("/public-key.pem", 200)
    assert record.names["hybrid"].carried(fetched.request) == ["R1"]
    assert [band(record, "hybrid", position) for position in (2, 3, 4)] == [[], [], []]


@pytest.mark.parametrize("preset", ["bare", "as_written", "hardened"])
def test_who_is_let_in_at_one_of_two_nodes_has_a_way_in(preset: str) -> None:
    record = played("two_nodes", preset)
    assert {mode: bool(band(record, mode)) for mode in MODES} == {
        mode: outcome.measures["still_in_elsewhere"] for mode, outcome in record.outcomes.items()
    }


def tried(make: Make, after: float, *results: str) -> Record:
    """Mallory tries a copy of Alice's token, each time so many seconds later, and is let in or refused."""

    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice, mallory = scene.person("alice"), scene.attacker()
        yield Step("in")
        alice.login()
        mallory.steal(alice.browser)
        for number, result in enumerate(results):
            yield Step(f"{number}: {result}", after=after)
            with scene.under(jwt_lifetime=900.0, access_lifetime=900.0, require_exp=result == "refused"):
                mallory.get_in(scene.mode)
        return Outcome(True, "told", "measured")

    player = make(Story("tale", "A tale", "made for a test", script), modes=("jwt",), preset="bare")
    player.run()
    return player.record


def test_who_is_let_in_again_after_a_refusal_has_two_bands(make: Make) -> None:
    assert band(tried(make, MINUTE, "let in", "refused", "let in"), "jwt") == [
        f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-01T09:02:00Z, 1 min", f"{WAY_IN} at 2026-01-01T09:03:00Z",
    ]  # fmt: skip


def test_who_was_let_in_and_is_refused_at_the_same_moment_was_in_at_that_moment(make: Make) -> None:
    record = tried(make, 0.0, "let in", "refused", "refused")
    assert [band(record, "jwt", position) for position in (1, 2, 3, 4)] == [
        [], *[[f"{WAY_IN} at 2026-01-01T09:00:00Z"]] * 3,
    ]  # fmt: skip


def test_what_a_search_found_holds_until_the_clock_moves_on(make: Make) -> None:
    """The forged token serves without end; at the same moment Mallory writes another, and nothing changes that."""
    player = make("algorithm_none", modes=("jwt",), preset="bare")
    player.run()
    player.advance(minutes=1)
    assert [band(player.record, "jwt", position) for position in (1, 2, 3, 4)] == [
        [], *[[f"{WAY_IN} from 2026-01-01T09:01:00Z, no end"]] * 2,
        [f"{WAY_IN} from 2026-01-01T09:01:00Z to 2026-01-01T09:02:00Z, 1 min"],
    ]  # fmt: skip


def test_a_refusal_after_a_search_takes_back_what_it_found(make: Make) -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice, mallory = scene.person("alice"), scene.attacker()
        yield Step("in")
        alice.login()
        mallory.steal(alice.browser)
        yield Step("for how long?", after=MINUTE)
        mallory.get_in(scene.mode)
        find_end(scene, mallory)
        yield Step("out")
        alice.logout()
        mallory.get_in(scene.mode)
        return Outcome(True, "told", "measured")

    told = Story("tale", "A tale", "made for a test", script)
    player = make(told, modes=("session",), preset="bare", settings={"end_on_logout": True})
    player.run()
    assert [band(player.record, "session", position) for position in (2, 3)] == [
        [f"{WAY_IN} from 2026-01-01T09:01:00Z, no end"], [f"{WAY_IN} at 2026-01-01T09:01:00Z"],
    ]  # fmt: skip


def test_who_is_refused_each_time_has_no_band(make: Make) -> None:
    assert band(tried(make, MINUTE, "refused", "refused"), "jwt") == []


# The scale -------------------------------------------------------------


def test_steps_at_one_moment_share_a_mark() -> None:
    marks = drawn(at_moments(0, 60, 60, 60, 120)).marks
    assert [each.steps for each in marks] == ["1", "2-4", "5"]
    assert marks[1] == Mark("2-4", marks[1].at, "step 2: step 2; step 3: step 3; step 4: step 4")


def test_the_marks_end_with_the_page() -> None:
    record = at_moments(0, 60, 120)
    assert [each.steps for each in drawn(record, 2).marks] == ["1", "2"]
    assert drawn(record, 2).now == drawn(record, 2).marks[-1].at == 0.96


def test_within_a_stretch_places_are_even() -> None:
    assert [each.at for each in drawn(at_moments(0, 60, 120, 240)).marks] == [0.0, 0.24, 0.48, 0.96]


@pytest.mark.parametrize(
    ("moments", "breaks"),
    [
        ((0, 3600), []), ((0, 3601), ["1 h"]),  # after one moment, more than an hour
        ((0, 600, 600 + 20 * 600), []), ((0, 600, 601 + 20 * 600), ["3 h"]),  # else, more than twenty times as much
        ((0, 60, 60 + 1201), []),  # a gap of less than an hour is never left out
        ((0, 60, 7 * DAY, 7 * DAY + 60), ["6 days"]), ((0, 2 * HOUR, 400 * DAY), ["2 h", "399 days"]),
    ],
)  # fmt: skip
def test_the_scale_breaks_where_nothing_happens_for_long(moments: tuple[float, ...], breaks: list[str]) -> None:
    assert [text for _, text in drawn(at_moments(*moments)).breaks] == breaks


def test_a_longer_stretch_has_more_room_and_a_short_one_enough() -> None:
    """A hundred times as long is ten times as wide; and none is narrower than a part of it all."""
    places = [each.at for each in drawn(at_moments(0, 30, 7 * DAY, 7 * DAY + 3000)).marks]
    assert (places[3] - places[2]) / (places[1] - places[0]) == pytest.approx(10, rel=0.01)
    places = [each.at for each in drawn(at_moments(0, 1, 7 * DAY, 7 * DAY + HOUR)).marks]
    assert (places[1] - places[0]) / (places[3] - places[2]) == pytest.approx(0.08 * 61 / 60, rel=0.01)


def test_two_moments_far_apart_take_the_whole_width() -> None:
    first, last = drawn(at_moments(0, 7 * DAY)).marks
    assert (first.at, last.at > 0.5) == (0.0, True)


def test_a_row_of_equal_gaps_is_drawn_as_it_is() -> None:
    """Thirty steps, two hours apart: to leave out each gap would leave no room for anything else."""
    picture = drawn(at_moments(*(number * 2 * HOUR for number in range(30))))
    assert picture.breaks == ()
    assert [each.at for each in picture.marks] == [round(number * 0.96 / 29, 4) for number in range(30)]


def test_of_very_many_gaps_the_longest_are_left_out() -> None:
    gaps = [(10 + number) * DAY for number in range(20)]
    moments = [sum(gaps[:number]) for number in range(21)]
    assert [text for _, text in drawn(at_moments(*moments)).breaks] == [f"{days} days" for days in range(24, 30)]


def test_the_beginning_and_now_are_written_before_all_else() -> None:
    """Ticks that find no room are left out, later ones first."""
    ticks = drawn(at_moments(*(number * 60 for number in range(50)))).ticks
    assert [text for _, text in ticks] == ["09:00", *(f"09:{minute:02}" for minute in range(3, 46, 3)), "09:49"]


def test_the_moment_that_is_shown_is_written_though_the_beginning_has_no_room_then() -> None:
    """One minute after the beginning, beside a bar of an hour."""
    picture = drawn(played("revocation", access_lifetime=3600.0), 2)
    assert [text for at, text in picture.ticks if at == picture.now] == ["09:01"]
    assert (0.0, "09:00") not in picture.ticks


@pytest.mark.parametrize(("position", "now"), [(1, "1"), (2, "2"), (3, "3"), (4, "3-4"), (5, "3-5")])
def test_the_mark_of_the_step_that_is_shown_is_known(position: int, now: str) -> None:
    assert [each.steps for each in drawn(played("revocation"), position).marks if each.now] == [now]


moments = st.lists(st.integers(0, 400 * 86400) | st.integers(0, 7200), min_size=1, max_size=40).map(sorted)


@given(moments)
@example([number * 86400 for number in range(40)])
@example([number // 2 * 86400 * 30 + number % 2 * 7200 for number in range(40)])
def test_whatever_the_moments_all_places_are_on_the_axis_and_in_order(moments: list[int]) -> None:
    picture = drawn(at_moments(*moments))
    places = [each.at for each in picture.marks]
    assert places == sorted(places)
    assert 0 == places[0] <= places[-1] == picture.now <= 0.96
    assert all(0 < at < 0.96 for at, _ in picture.breaks)
    for before, (at, _) in zip([0.0, *(at for at, _ in picture.breaks)], picture.breaks, strict=False):
        assert all(abs(at - place) >= 0.0349 for place in places)  # no mark lies in a break
        assert any(before <= place < at for place in places)  # and between two breaks lies one


@given(moments)
def test_whatever_the_moments_no_tick_overlaps_another(moments: list[int]) -> None:
    """By the model's own estimate of how wide a letter is."""
    picture = drawn(at_moments(*moments))
    assert picture.ticks[0][0] == 0.0
    for (left, text), (right, other) in pairwise(picture.ticks):
        assert left + len(text) * _LETTER < right - len(other) * _LETTER
    assert {at for at, _ in picture.ticks} <= {each.at for each in picture.marks}


@given(moments)
def test_between_two_breaks_room_is_in_proportion_to_time(moments: list[int]) -> None:
    picture, times = drawn(at_moments(*moments)), sorted(set(moments))
    at = dict(zip(times, [each.at for each in picture.marks], strict=True))
    for one, two, three in zip(times, times[1:], times[2:], strict=False):
        if not any(at[one] < place < at[three] for place, _ in picture.breaks):
            off = (at[two] - at[one]) * (three - two) - (at[three] - at[two]) * (two - one)
            assert abs(off) <= 0.0002 * (three - one)  # places are rounded
