"""The switches that stand beside the stage: few, known, and each changes what its story shows."""

import pytest

from sandbox.defences import switch, switches
from sandbox.player import Player
from sandbox.scenarios import CORE, story, story_ids


@pytest.mark.parametrize("told", story_ids())
def test_at_most_three_levers_and_the_answer_leads(told: str) -> None:
    levers = story(told).shown_levers
    assert len(levers) <= 3
    assert set(levers) <= set(switches())
    assert story(told).switch is None or levers[0] == story(told).switch.partition("=")[0]


@pytest.mark.parametrize(("told", "lever"), [(told, lever) for told in CORE for lever in story(told).levers])
def test_each_lever_of_the_comparison_changes_what_is_shown(told: str, lever: str) -> None:
    about = switch(lever)
    shown = []
    for value in (about.off, about.strongest):
        player = Player(story(told), settings={lever: value}, transport="in-process")
        player.run()
        shown.append(player.record.to_json()["modes"])
        player.close()
    assert shown[0] != shown[1]


def test_the_comparison_has_levers() -> None:
    assert all(len(story(told).levers) == 3 for told in CORE)
