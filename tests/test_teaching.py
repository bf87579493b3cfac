"""The teacher's page tells the truth: each question turns out as it says, under the switches that it names."""

import re
from pathlib import Path

import pytest

from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.scenarios import story

PAGE = (Path(__file__).resolve().parent.parent / "notebooks" / "teaching.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cells)
    for row in PAGE.splitlines()
    if len(cells := [cell.strip() for cell in row.strip("|").split("|")]) == 5
    and re.fullmatch(r"`[a-z_]+/\d`", cells[1])
]
"""Misconception, question, switches, the wrong choice, and what turns out in each mode."""


def test_the_page_has_its_misconceptions() -> None:
    assert len(ROWS) >= 15


@pytest.mark.parametrize(("question", "under", "wrong", "happens"), [row[1:] for row in ROWS],
                         ids=[f"{number} {row[1]}" for number, row in enumerate(ROWS)])  # fmt: skip
def test_a_question_reveals_its_misconception(question: str, under: str, wrong: str, happens: str) -> None:
    told, number = question.strip("`").split("/")
    preset, *switches = re.findall(r"`(\w+)`", under)
    player = Player(story(told), preset=preset, settings=dict.fromkeys(switches, True), transport="in-process")
    player.run()
    player.close()
    step = [each for each in player.record.steps if each.question][int(number) - 1]
    assert step.question
    answers = [lane.answer if (lane := step.lanes.get(mode)) and lane.answer else "-" for mode in MODES]
    assert " / ".join(answers) == happens
    assert wrong in step.question.choices
    assert wrong in step.question.misconceptions
    assert {wrong} != {answer for answer in answers if answer != "-"}


def test_each_story_that_the_page_names_is_there() -> None:
    for name in re.findall(r"`([a-z_]+)/\d`", PAGE):
        assert story(name)
