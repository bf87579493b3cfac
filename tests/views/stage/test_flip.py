"""A flip is said in words: what it changes on the page, that it changes nothing, and what comes of it at the end."""

import json
from collections.abc import Iterator

import pytest

from sandbox.player import Player
from sandbox.scenarios import story
from sandbox.views import words
from sandbox.views.stage.flip import Flip, flip


@pytest.fixture
def player() -> Iterator[Player]:
    player = Player(story("revocation"), transport="in-process")
    yield player
    player.close()


def found(player: Player, position: int | None = None) -> Flip:
    flipped = flip(player.before, player.record, player.position if position is None else position)
    assert flipped is not None
    return flipped


def test_without_a_run_before_there_is_none(player: Player) -> None:
    player.run()
    assert flip(player.before, player.record, player.position) is None
    player.switch(denylist=True)
    assert flip(player.before, player.record, player.position) is not None
    player.reset()
    assert flip(player.before, player.record, player.position) is None


def test_what_changes_nothing_is_said_in_words(player: Player) -> None:
    player.run()
    player.switch(dummy_hash=True)
    assert found(player, 1).says == "dummy_hash=on changes nothing on this page. At the end: the same."
    assert found(player).says == "dummy_hash=on changes nothing on this page."
    assert not any(map(any, found(player).told.values()))


def test_what_is_marked_is_spoken_of(player: Player) -> None:
    player.run()
    player.switch(denylist=True)
    assert found(player, 3).says.startswith("denylist=on changes what is marked on this page. At the end: jwt ")


def test_an_attribute_of_a_cookie_is_marked_too(player: Player) -> None:
    player.step()
    player.switch(secure=True)
    assert found(player).says == "secure=on changes what is marked on this page."


def test_a_lifetime_may_change_though_nothing_is_marked(player: Player) -> None:
    player.step()
    player.switch(jwt_lifetime=3600.0)
    assert found(player).says == "jwt_lifetime=1 h changes nothing but lifetimes on this page."


def test_a_preset_is_named_and_a_flip_back_by_its_value(player: Player) -> None:
    player.step()
    player.switch("hardened")
    assert found(player).says.startswith("preset hardened changes ")
    player.switch("as_written")
    player.switch(denylist=True)
    player.switch("as_written")
    assert found(player).says.startswith("denylist=off changes ")


def test_the_same_switches_again_are_no_flip(player: Player) -> None:
    player.step()
    player.switch("as_written")
    assert flip(player.before, player.record, player.position) is None


def test_the_end_is_not_spoken_of_before_it_is_known(player: Player) -> None:
    player.step()
    player.switch(denylist=True)
    assert "end" not in found(player).says


def test_a_page_that_the_run_before_had_not_is_not_compared(player: Player) -> None:
    player.step()
    player.switch(denylist=True)
    player.step()
    assert flip(player.before, player.record, player.position) is None
    assert flip(player.before, player.record, 0) is None


def test_a_line_of_the_outcome_stands_beside_the_one_before_where_the_verdict_is_the_same(player: Player) -> None:
    player.run()
    player.switch(denylist=True)
    before, now = (record.outcomes["jwt"] for record in (player.before, player.record) if record)
    assert words.verdict(before) == words.verdict(now)
    pairs = dict(zip(words.told(now), found(player).told["jwt"], strict=True))
    assert pairs["after logout: out at once"] == next(line for line in words.told(before) if "after logout:" in line)
    assert pairs["after a new password: 6 days 23 h 55 min"] == ""
    assert not any(found(player).told["session"])
    assert found(player, 3).told == {}  # there, no outcome is shown


def test_it_goes_out_as_json(player: Player) -> None:
    player.run()
    player.switch(denylist=True)
    assert json.loads(json.dumps(found(player).to_json()))["says"] == found(player).says
