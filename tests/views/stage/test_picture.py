"""A page is plain data out of the record: it holds no credential, is small and soon made, and the same each time."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Record
from sandbox.scenarios import story, story_ids
from sandbox.views.stage.chips import FATES
from sandbox.views.stage.picture import Picture, Pictures, Surprise

Make = Callable[..., Player]

LARGEST = 60_000
"""Bytes of a page as JSON: it goes to the front end with every step."""
SLACK = 3
"""How much longer than on the machine that the limits were made for a test may take, on a busy one."""


@pytest.fixture(scope="module", params=[(told, preset) for told in story_ids() for preset in ("bare", "hardened")],
                ids="-".join)  # fmt: skip
def ended(request: pytest.FixtureRequest) -> Iterator[Player]:
    """Every story under these presets, at its end and, by hand, a while after it."""
    told, preset = request.param
    player = Player(story(told), preset=preset, transport="in-process")
    player.run()
    player.advance(minutes=10)
    yield player
    player.close()


def pages(player: Player) -> list[Picture]:
    pictures = Pictures(player.record)
    return [pictures.at(position, player._run.start) for position in range(len(player.record.steps) + 1)]


def texts(shown: Any) -> Iterator[str]:
    """Every string of a page as JSON: keys too."""
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, dict):
        for key, value in shown.items():
            yield key
            yield from texts(value)
    elif isinstance(shown, list | tuple):
        for each in shown:
            yield from texts(each)


def secrets(record: Record) -> set[str]:
    """Whatever is or stands for a credential: those with a name, and what lies in tables and browsers beside them."""
    found = {value for names in record.names.values() for value in names.known().values()}
    for lane in (lane for step in record.steps for lane in step.lanes.values()):
        rows = [row for rows in lane.tables.values() for row in rows]
        found |= {str(row[column]) for row in rows for column in ("token", "jti", "password_hash") if column in row}
        for held in lane.holdings.values():
            kept = [*(each.value for each in held.cookies), *held.local_storage.values(), *held.memory.values()]
            found |= {value for value in kept if len(value) >= 8}
    return found


# Every story -----------------------------------------------------------


def test_every_page_can_be_made_and_is_json(ended: Player) -> None:
    made = pages(ended)
    assert len(made) == len(ended.record.steps) + 1
    for page in made:
        shown = page.to_json()
        assert json.loads(json.dumps(shown, allow_nan=False)).keys() == shown.keys()


def test_no_page_holds_a_credential_or_the_launchs_key(ended: Player) -> None:
    hidden = secrets(ended.record) | {ended._run.box._network._key}
    assert len(hidden) >= 4
    for page in pages(ended):
        for text in texts(page.to_json()):
            assert not [value for value in hidden if value in text], text


def test_a_page_is_small(ended: Player) -> None:
    sizes = [len(json.dumps(page.to_json()).encode()) for page in pages(ended)]
    assert max(sizes) < LARGEST


def test_what_is_drawn_lies_on_the_axis(ended: Player) -> None:
    for page in pages(ended)[1:]:
        assert page.timeline
        bars = [bar for row in page.timeline.rows for bar in (*row.bars, *row.bands)]
        assert all(0 <= bar.left <= bar.right <= 1 for bar in bars)
        assert all((bar.right == 1) == bar.open for bar in bars)
        assert len(page.timeline.says) == len(bars)
        assert all(0 <= at <= 0.96 for at, _ in (*page.timeline.ticks, *page.timeline.breaks))


def test_each_arrow_stands_for_as_many_exchanges_as_it_says(ended: Player) -> None:
    for step, page in zip(ended.record.steps, pages(ended)[1:], strict=True):
        for mode, lane in page.lanes.items():
            happened = step.lanes[mode].exchanges if mode in step.lanes else ()
            assert sum(arrow.count for arrow in lane.arrows) == len(happened)
            for arrow in lane.arrows:
                same = happened[arrow.first : arrow.first + arrow.count]
                assert {(each.actor, each.response.status) for each in same} == {(arrow.actor, arrow.status)}


def test_a_chip_and_its_words_agree(ended: Player) -> None:
    words = {"good": ("to go",), "expired": ("expired",), "ended": ("ended",), "foreign": ("no answer here",)}
    for page in pages(ended):
        lanes = page.lanes.values()
        keepings = [keeping for lane in lanes for keeping in (*lane.browsers, lane.server, lane.attacker) if keeping]
        chips = [chip for lane in lanes for arrow in lane.arrows for chip in (*arrow.sends, *arrow.gets)]
        chips += [chip for keeping in keepings for thing in keeping.things for chip in thing.chips]
        for chip in chips:
            said = {fate for fate in FATES if any(word in chip.says for word in words[fate])}
            assert said == ({chip.fate} if said or chip.fate != "good" else set()), chip


# What a page says ------------------------------------------------------


@pytest.fixture
def theft(make: Make) -> Player:
    player = make("theft")
    player.run()
    return player


def test_a_page_says_what_is_played_and_under_which_switches(make: Make) -> None:
    page = Pictures(make("theft", preset="bare", settings={"jwt_lifetime": 30.0}).record).at(0)
    assert page.title == "Theft"
    assert page.about == "preset bare, jwt_lifetime=30 s, loot=all, bcrypt cost 4"


def test_a_page_knows_its_place_and_all_titles(theft: Player) -> None:
    page = Pictures(theft.record).at(2)
    assert (page.position, len(page.steps)) == (2, 4)
    assert page.steps[1] == theft.record.steps[1].title
    assert page.source == "RFC 9700 4.10, 4.14; RFC 10017 5"


def test_the_clock_is_that_of_the_page(theft: Player) -> None:
    pictures = Pictures(theft.record)
    assert [(page.clock, page.since) for page in map(pictures.at, range(3))] == [
        ("Thu 1 Jan 2026, 09:00:00", ""), ("Thu 1 Jan 2026, 09:00:00", ""),
        ("Thu 1 Jan 2026, 09:01:00", "1 min after the first step"),
    ]  # fmt: skip


def test_before_the_first_step_the_clock_is_that_of_the_start(make: Make) -> None:
    """In expiry, the first step comes four days after the start."""
    player = make("expiry")
    page = Pictures(player.record).at(0, player.now)
    assert (page.clock, page.since, page.timeline) == ("Thu 1 Jan 2026, 09:00:00", "", None)
    player.step()
    page = Pictures(player.record).at(0, player._run.start)
    assert (page.clock, page.since, page.timeline) == ("Thu 1 Jan 2026, 09:00:00", "", None)
    page = Pictures(player.record).at(1)
    assert (page.clock, page.since) == ("Mon 5 Jan 2026, 09:00:00", "")


def test_a_page_says_whether_the_clock_was_moved_by_hand(theft: Player) -> None:
    theft.advance(days=1)
    pictures = Pictures(theft.record)
    assert [pictures.at(position).by_hand for position in range(6)] == [False] * 5 + [True]


def test_a_surprise_is_told_from_its_step_on_with_its_hint(make: Make) -> None:
    player = make("theft", modes=("session", "jwt"))
    for answer in (None, None, "no"):
        if answer:
            player.predict(answer, jwt="yes")
        player.step()
    pictures = Pictures(player.record)
    assert [len(pictures.at(position).surprises) for position in range(4)] == [0, 0, 0, 1]
    assert pictures.at(3).surprises == (
        Surprise(3, "Mallory uses the copy", "session", "no", "yes",
                 "unless something binds it to its owner, a token serves whoever bears it"),
    )  # fmt: skip
    assert [lane.surprised for lane in pictures.at(3).lanes.values()] == [True, False]


def test_a_surprise_of_which_nothing_is_known_has_no_hint(theft: Player) -> None:
    steps = list(theft.record.steps)
    steps[3] = replace(steps[3], prediction={"session": "not at all"})
    [surprise] = Pictures(replace(theft.record, steps=tuple(steps))).at(4).surprises
    assert (surprise.said, surprise.happened, surprise.hint) == ("not at all", "without end", "")


def test_what_was_predicted_right_is_no_surprise(make: Make) -> None:
    player = make("theft")
    player.step()
    player.step()
    player.predict("yes")
    player.step()
    assert Pictures(player.record).at(3).surprises == ()


def test_what_answers_the_attack_and_what_remains_is_told_at_the_end_alone(make: Make) -> None:
    player = make("refresh_replay")
    told = []
    while player.step():
        told.append(Pictures(player.record).at(player.position).afterwards)
    assert told[:-1] == [()] * 3
    assert [each.partition(": ")[0] for each in told[-1]] == ["The switch that answers it", "What remains", "Source"]
    pictures = Pictures(player.record)
    assert [bool(pictures.at(position).afterwards) for position in range(5)] == [False] * 4 + [True]


def test_an_unfinished_record_has_no_afterwards(make: Make) -> None:
    player = make("refresh_replay")
    player.run()
    shortened = replace(player.record, outcomes={})
    assert Pictures(shortened).at(4).afterwards == ()


# Back and forth --------------------------------------------------------


def test_pages_back_and_forth_are_equal(ended: Player) -> None:
    pictures = Pictures(ended.record)
    there = [pictures.at(position) for position in range(len(ended.record.steps) + 1)]
    back = [pictures.at(position) for position in reversed(range(len(there)))]
    assert list(reversed(back)) == there


def test_a_page_does_not_change_with_what_comes_after_it(make: Make) -> None:
    """But for the titles of all steps, and what the end alone says."""
    player, early = make("refresh_reuse", preset="hardened"), []
    while player.step():
        early.append(Pictures(player.record).at(player.position))
    late = [Pictures(player.record).at(position) for position in range(1, 5)]
    assert [replace(each, steps=()) for each in late] == [replace(each, steps=()) for each in early]


def test_two_plays_have_equal_pages(make: Make) -> None:
    """Credentials differ from play to play; their names do not."""
    one, two = make("refresh_reuse", preset="hardened"), make("refresh_reuse", preset="hardened")
    one.run()
    two.run()
    assert one.record.names["hybrid"].known() != two.record.names["hybrid"].known()
    assert Pictures(one.record).at(4).to_json() == Pictures(two.record).at(4).to_json()


def test_a_page_shares_no_list_with_the_record(theft: Player) -> None:
    before = theft.record.to_json()
    shown = Pictures(theft.record).at(4).to_json()
    shown["lanes"].clear()
    shown["timeline"].clear()
    assert theft.record.to_json() == before
    assert Pictures(theft.record).at(4).lanes


def test_the_record_of_a_server_behind_a_socket_shows_no_key_either(make: Make) -> None:
    player = make("theft", transport="loopback")
    player.run()
    hidden = secrets(player.record) | {player._run.box._network._key}
    for page in pages(player):
        assert not [text for text in texts(page.to_json()) if any(value in text for value in hidden)]


def test_all_modes_have_their_lane_on_every_page(theft: Player) -> None:
    assert [tuple(page.lanes) for page in pages(theft)] == [MODES] * 5
    assert {field.name for field in fields(Picture)} == set(pages(theft)[0].to_json())


# Quickly ---------------------------------------------------------------


def seconds(act: Callable[[], object]) -> float:
    """The least of three tries: what else the machine does is not measured."""
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return min(taken)


@pytest.mark.parametrize("preset", ["bare", "hardened"])
def test_all_pages_of_a_week_are_made_within_200_ms(make: Make, preset: str) -> None:
    player = make("expiry", preset=preset)
    player.run()
    assert len(player.record.steps) == 16
    assert seconds(lambda: pages(player)) < 0.2 * SLACK


def test_a_record_of_thirty_steps_opens_within_200_ms(make: Make) -> None:
    player = make("theft", preset="as_advised")
    player.run()
    while len(player.record.steps) < 30:
        player.advance(minutes=20)
    assert seconds(lambda: Pictures(player.record).at(30)) < 0.2 * SLACK
