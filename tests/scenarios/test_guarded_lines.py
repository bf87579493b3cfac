"""Each defence has its line: with that line disabled, the story that it answers turns from held to breached."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.defences import Defences, switch, switches
from sandbox.guards import PACKAGE, ROOMS, guards
from sandbox.scenarios import CORE, story, story_ids
from sandbox.sweep import columns

STORIES = {story(each).switch: each for each in story_ids() if each not in CORE and story(each).switch}
ANSWERED = {about.name: about.answers for about in switches().values() if about.answers}

PLAY = """
import json, sys
from sandbox.player import Player
from sandbox.scenarios import story
name, preset, settings = json.loads(sys.argv[1])
player = Player(story(name), preset=preset, settings=settings, transport="in-process")
player.run()
player.close()
print(json.dumps({mode: outcome.verdict for mode, outcome in player.outcome.items()}))
"""


def verdicts(package: Path, name: str, column: str) -> dict[str, str]:
    """The verdict per mode of a play in a process of its own, with the package that lies in that folder."""
    chosen = json.dumps([name, *columns(story(name))[column]])
    run = subprocess.run(
        [sys.executable, "-c", PLAY, chosen], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize("name", switches())
def test_a_switch_is_read_at_exactly_one_place(name: str) -> None:
    places = [f"{guard.file}:{guard.line}" for guard in guards().get(name, ())]
    assert len(places) == 1, places


def test_no_switch_is_read_by_another_way() -> None:
    for room in ROOMS:
        for path in (PACKAGE / room).rglob("*.py"):
            assert not re.search(r"getattr\([^)]*defences", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", switches())
def test_an_explanation_marks_a_line_at_which_something_is_decided(name: str) -> None:
    """More than a line that hands on what the switch says: what is asked of it, and what hangs on that."""
    guard = guards()[name][0]
    shown = [guard.function, *guard.uses]
    marked = [line[2:].strip() for each in shown for line in each.marked().splitlines() if line.startswith(">")]
    handed_on = [line for line in marked if re.fullmatch(rf"(return |\w+ = )(bool\()?[\w.]*defences\.{name}\)?", line)]
    assert set(marked) - set(handed_on), marked
    assert all(each.marks for each in shown)
    assert name in str(Defences.preset("hardened").explain(name))


def test_nothing_is_read_that_is_no_switch() -> None:
    assert set(guards()) == set(switches())


def test_every_attack_that_a_switch_answers_is_a_story_with_that_switch() -> None:
    told = {name: story(attack).switch for name, attack in ANSWERED.items()}
    twice = {"pin_algorithms", "same_site"}  # they answer a second story as well
    assert told == {name: name for name in ANSWERED}
    assert {each for each in STORIES if [story(s).switch for s in story_ids()].count(each) > 1} == twice


@pytest.mark.parametrize("name", ANSWERED)
def test_with_its_line_disabled_the_defence_is_gone(name: str, tmp_path: Path) -> None:
    attack = ANSWERED[name]
    shutil.copytree(PACKAGE, tmp_path / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    held = verdicts(tmp_path, attack, "on")
    assert set(held.values()) & {"held", "contained"}, held

    guard = guards()[name][0]
    path = tmp_path / guard.file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    expression, line = guard.expression, guard.line
    assert lines[line - 1].count(expression) == 1, lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(expression, repr(switch(name).off))
    path.write_text("".join(lines), encoding="utf-8")

    without = verdicts(tmp_path, attack, "on")
    assert without == verdicts(tmp_path, attack, "off") != held
    assert any(held[mode] != "breached" and without[mode] == "breached" for mode in held), (held, without)
