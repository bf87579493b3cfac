"""The matrix: four columns, a play for each, a cell for each mode; what fails says so, and the rest goes on."""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import flask
import psutil
import pytest

from sandbox.defences import Defences, switch
from sandbox.engine import Scene, Step, Story
from sandbox.errors import BadInput, BadStory, BadSwitch, SandboxError, UnknownName
from sandbox.exchange import MODES
from sandbox.record import Outcome
from sandbox.scenarios import CORE, story, story_ids
from sandbox.sweep import COLUMNS, Cell, Matrix, attack_ids, columns, everything, sweep

ROOT = Path(__file__).resolve().parent.parent
Script = Callable[[Scene], Generator[Step, None, Outcome]]


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    """Alice's old token after logout: what a denylist ends."""
    alice = scene.person("alice")
    yield Step("in")
    alice.login()
    mallory = scene.attacker()
    mallory.steal(alice.browser, "access" if scene.mode == "hybrid" else "all")
    alice.logout()
    let_in = mallory.get_in(scene.mode)
    return Outcome(True, f"in: {let_in}", "breached" if let_in else "held", None if let_in else 0.0, status=200)


def tale(name: str = "tale", told: Script = script, **more: Any) -> Story:
    return Story(name, name.capitalize(), "made for a test", told, **more)


def saying(outcome: Any) -> Script:
    """A script that ends so, whatever happens."""

    def told(scene: Scene) -> Generator[Step, None, Any]:
        yield Step("one")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return told


def swept(*stories: Story, **how: Any) -> Matrix:
    return sweep(stories, **{"workers": 1, **how})


# Columns --------------------------------------------------------------


def test_off_is_bare_and_on_is_one_switch_more() -> None:
    assert columns(tale(switch="denylist")) == {
        "off": ("bare", {}), "on": ("bare", {"denylist": True}), "as_advised": ("as_advised", {}),
        "hardened": ("hardened", {}),
    }  # fmt: skip


def test_what_a_switch_requires_is_on_in_off_too() -> None:
    found = columns(tale(switch="reuse_grace"))
    required = {"rotate_refresh": True, "detect_reuse": True}
    assert found["off"] == ("bare", required)
    assert found["on"] == ("bare", {**required, "reuse_grace": True})
    assert found["as_advised"] == ("as_advised", {})


def test_what_a_story_gives_holds_in_every_column() -> None:
    given = {"jwt": {"jwt_lifetime": 900.0}, "hybrid": {"access_lifetime": 900.0}}
    for _, settings in columns(tale(switch="require_exp", given=given)).values():
        assert settings.items() >= {"jwt_lifetime": 900.0, "access_lifetime": 900.0}.items()


def test_hardened_has_the_switch_that_the_preset_lacks() -> None:
    assert columns(tale(switch="dpop"))["hardened"] == ("hardened", {"dpop": True})
    assert columns(tale(switch="signing"))["hardened"] == ("hardened", {"signing": "RS256"})


def test_a_story_without_a_switch_has_no_on() -> None:
    assert list(columns(tale())) == ["off", "as_advised", "hardened"]


@pytest.mark.parametrize(("name", "value"), [("same_site", "Strict"), ("same_site=Lax", "Lax")])
def test_on_is_the_strongest_value_unless_the_story_names_one(name: str, value: str) -> None:
    assert columns(tale(switch=name))["on"] == ("bare", {"same_site": value})


def test_a_story_cannot_give_its_own_switch() -> None:
    with pytest.raises(BadStory, match="gives denylist, its own switch"):
        columns(tale(switch="denylist", given={"jwt": {"denylist": True}}))


@pytest.mark.parametrize("attack", attack_ids())
def test_on_differs_from_off_by_the_one_switch(attack: str) -> None:
    told = story(attack)
    found = {name: Defences.preset(preset).but(**settings) for name, (preset, settings) in columns(told).items()}
    if told.switch is None:
        assert "on" not in found
        return
    off, on = found["off"].to_json(), found["on"].to_json()
    name = told.switch.partition("=")[0]
    assert {each for each in on if on[each] != off[each]} == {name}
    assert off[name] == switch(name).off
    assert getattr(found["hardened"], name) != switch(name).off


# Rows and cells -------------------------------------------------------


def test_each_cell_is_found_by_playing() -> None:
    found = swept(tale(switch="denylist"))
    verdicts = {row.mode: [cell and cell.verdict for cell in row.cells.values()] for _, row in found}
    assert verdicts["jwt"] == ["breached", "held", "breached", "held"]
    assert verdicts["hybrid"] == ["breached", "held", "breached", "held"]
    assert verdicts["session"] == ["breached", "breached", "held", "held"]  # end_on_logout is what helps there


def test_json_has_the_shape_of_the_design() -> None:
    shown = swept(tale(switch="denylist", given={"jwt": {"jwt_lifetime": 900.0}})).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert [each["mode"] for each in shown] == list(MODES)
    for row in shown:
        assert list(row) == ["attack", "switch", "mode", "given", "applies", *COLUMNS]
        assert (row["attack"], row["switch"], row["applies"]) == ("tale", "denylist", True)
        assert [list(row[column]) for column in COLUMNS] == [["verdict", "attacker_seconds", "status"]] * 4
    assert [each["given"] for each in shown] == [{}, {"jwt_lifetime": 900.0}, {}]
    assert shown[1]["on"] == {"verdict": "held", "attacker_seconds": 0.0, "status": 200}


def test_where_a_story_cannot_be_the_row_says_why_and_has_no_cells() -> None:
    shown = swept(tale(switch="denylist", not_in=lambda mode, options: "no <list>" if mode == "session" else None))
    row = shown.to_json()[0]
    assert (row["applies"], row["why"], [row[column] for column in COLUMNS]) == (False, "no <list>", [None] * 4)
    assert "why" not in shown.to_json()[1]


def test_without_a_switch_on_is_null() -> None:
    row = swept(tale()).to_json()[0]
    assert (row["switch"], row["on"]) == (None, None)
    assert row["off"]["verdict"] == "breached"


def test_a_harm_that_was_done_is_named() -> None:
    def told(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        moved = not scene.box.defences.csrf_token
        return Outcome(True, "", "breached" if moved else "held", None if moved else 0.0, {"harm": "money moved"})

    row = swept(tale(told=told, switch="csrf_token")).to_json()[0]
    assert row["off"] == {"verdict": "breached", "attacker_seconds": None, "status": None, "harm": "money moved"}
    assert row["on"] == {"verdict": "held", "attacker_seconds": 0.0, "status": None}


def test_a_row_is_found_by_attack_and_mode() -> None:
    found = swept(tale(switch="denylist"))
    assert found.row("tale", "jwt").on == Cell("held", 0.0, 200, summary="in: False")
    with pytest.raises(UnknownName, match=r"unknown attack 'tail'\. Did you mean tale\?"):
        found.row("tail", "jwt")
    with pytest.raises(UnknownName, match="unknown mode"):
        found.row("tale", "oauth")


def test_stories_keep_their_order_and_modes_theirs() -> None:
    found = swept(tale("b"), tale("a"), modes=("hybrid", "session"))
    assert [(attack.id, row.mode) for attack, row in found] == [
        ("b", "session"), ("b", "hybrid"), ("a", "session"), ("a", "hybrid"),
    ]  # fmt: skip
    assert repr(found) == found.text() == "<Matrix of 2 attacks in session, hybrid>"


def test_attacks_are_all_stories_but_the_core() -> None:
    assert [*CORE, *attack_ids()] == story_ids()


def test_only_the_attacks_that_were_named_are_played() -> None:
    played: list[str] = []

    def noting(scene: Scene) -> Generator[Step, None, Outcome]:
        played.append(scene.mode)
        yield from ()
        return Outcome(True, "", "held", 0.0)

    found = swept(tale("a"), tale("b", noting), tale("c"), attacks=("c", "a"), modes=("jwt",))
    assert ([each.id for each in found.attacks], played) == (["a", "c"], [])


def test_bcrypt_is_at_its_lowest_cost_unless_told_otherwise() -> None:
    costs: list[Any] = []

    def noting(scene: Scene) -> Generator[Step, None, Outcome]:
        costs.append(scene.box.defences.bcrypt_cost)
        yield from ()
        return Outcome(True, "", "held", 0.0)

    assert swept(tale("a", noting), modes=("jwt",)).bcrypt_cost == 4
    assert swept(tale("a", noting), modes=("jwt",), bcrypt_cost=5).bcrypt_cost == 5
    assert costs == [4, 4, 4, 5, 5, 5]


def test_progress_counts_the_plays() -> None:
    seen: list[tuple[int, int]] = []
    swept(tale(switch="denylist"), modes=("jwt",), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 4) for number in range(5)]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"modes": ("oauth",)}, UnknownName), ({"modes": ()}, BadStory), ({"transport": "pigeon"}, UnknownName),
        ({"bcrypt_cost": 3}, BadSwitch), ({"attacks": ("tail",)}, UnknownName),
    ],
)  # fmt: skip
def test_wrong_use_is_refused_before_anything_is_played(how: dict[str, Any], error: type[SandboxError]) -> None:
    with pytest.raises(error) as refused:
        swept(tale(told=saying(KeyboardInterrupt())), **how)
    assert len(str(refused.value).splitlines()) == 1


def test_two_stories_of_one_id_are_refused() -> None:
    with pytest.raises(BadStory, match="the same id"):
        swept(tale("a"), tale("a"))


# What fails -----------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (ValueError("a\nb"), "ValueError: a b"), (None, "BadStory: the story bad ends with the verdict None"),
        (Outcome(True, "", "won"), "BadStory: the story bad ends with the verdict 'won' in session mode"),
        (BadStory("x" * 500), f"BadStory: {'x' * 287}..."), (RuntimeError(), "RuntimeError"),
    ],
)  # fmt: skip
def test_a_story_that_fails_says_so_and_the_others_go_on(outcome: Any, says: str) -> None:
    found = swept(tale("bad", saying(outcome)), tale("good"))
    errors = [cell.error for row in found.attacks[0].rows for cell in row.cells.values() if cell]
    assert len(errors) == 9
    assert all(each.startswith(says) for each in errors)
    assert len(found.failures) == 1
    assert found.failures[0].startswith(f"bad did not run (off, as_advised, hardened): {says}")
    assert [cell.error for cell in found.row("good", "jwt").cells.values() if cell] == [""] * 3
    cell = found.to_json()[0]["off"]
    assert (cell["verdict"], cell["error"].startswith(says)) == (None, True)


def test_a_story_may_fail_in_one_column_alone() -> None:
    def told(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        if scene.box.defences.denylist:
            raise RuntimeError
        return Outcome(True, "", "held", 0.0)

    found = swept(tale(told=told, switch="denylist"))
    assert found.failures == ["tale did not run (on, hardened): RuntimeError"]
    assert found.row("tale", "jwt").off == Cell("held", 0.0)


@pytest.mark.parametrize("bad", [{"switch": "denylst"}, {"switch": "detect_reuse", "given": {"jwt": {"sekure": 1}}}])
def test_a_story_whose_switches_are_wrong_fails_in_every_column(bad: dict[str, Any]) -> None:
    found = swept(tale(**bad))
    assert "did not run (off, on, as_advised, hardened): UnknownName: unknown switch" in found.failures[0]


def test_a_server_that_breaks_does_not_pass_for_a_defence(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        return Outcome(True, "", "breached" if scene.person("alice").login().ok else "held", 0.0)

    def broken(app: flask.Flask) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(flask.Flask, "full_dispatch_request", broken)
    found = swept(tale(told=told), modes=("jwt",))
    assert "in jwt mode the server broke: POST /jwt/login was answered 500" in found.failures[0]


def test_a_story_whose_file_cannot_be_read_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> Story:
        if name == "torn":
            raise SyntaxError("'(' was never closed")
        return tale(name)

    monkeypatch.setattr(everything, "attack_ids", lambda: ["torn", "whole"])
    monkeypatch.setattr(everything, "story", load)
    found = sweep(workers=1)
    assert found.failures == ["torn did not run (off, on, as_advised, hardened): SyntaxError: '(' was never closed"]
    assert found.row("whole", "jwt").off == Cell("breached", None, 200, summary="in: True")


# More processes than one -----------------------------------------------

MODULE = """
import os, pathlib, sys, time
from sandbox.engine import Step, Story
from sandbox.record import Outcome

HERE = pathlib.Path(__file__).parent

def script(scene):
    yield Step("one")
    print("a story that prints")
    if os.getpid() != int(os.environ["PARENT"]):
        (HERE / "child").write_text(str(os.getpid()))
        {deed}
    return Outcome(True, f"{{scene.mode}}", "held" if scene.box.defences.denylist else "breached", 0.1 + 0.2)

STORY = Story({name!r}, "x", "x", script, switch="denylist")
"""
Module = Callable[..., Story]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """`module("a", "os._exit(3)")`: a story in a file of its own, which does this where a child plays it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PARENT", str(os.getpid()))

    def written(name: str, deed: str = "pass") -> Story:
        (tmp_path / f"{name}_{tmp_path.name}.py").write_text(MODULE.format(name=name, deed=deed), encoding="utf-8")
        importlib.invalidate_caches()
        found: Story = importlib.import_module(f"{name}_{tmp_path.name}").STORY
        return found

    return written


def waiting(until: Path, then: Any = None) -> Story:
    """Played here, before all else: it waits until a child has written that file."""

    def told(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        deadline = time.monotonic() + 60
        while not until.exists() or not until.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, "no child came"
            time.sleep(0.02)
        if then:
            raise then
        return Outcome(True, "", "held", 0.0)

    return tale("waits", told)


def own_children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_the_cells_are_the_same_whoever_plays(module: Module, tmp_path: Path) -> None:
    stories = [waiting(tmp_path / "child"), *(module(name) for name in "cab")]
    found = sweep(stories, workers=2)
    assert int((tmp_path / "child").read_text(encoding="utf-8")) != os.getpid()
    assert found == sweep(stories, workers=1)
    assert found.failures == []
    assert found.row("a", "jwt").off == Cell("breached", 0.1 + 0.2, summary="jwt")
    assert own_children() == []


def test_a_child_that_dies_costs_one_play(module: Module, tmp_path: Path) -> None:
    found = sweep([waiting(tmp_path / "child"), module("a", "os._exit(3)")], workers=2)
    assert found.failures == ["a did not run (as_advised): WorkerEnded: the process that played it ended with status 3"]
    assert own_children() == []


def test_an_interrupt_leaves_no_process(module: Module, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep([waiting(tmp_path / "child", KeyboardInterrupt()), module("a", "time.sleep(60)")], workers=2)
    assert own_children() == []
    assert not psutil.pid_exists(int((tmp_path / "child").read_text(encoding="utf-8")))


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize("python", [None, "exit 1", "echo no python; exec sleep 60"])
def test_where_no_child_comes_up_all_is_played_here(
    python: str | None, module: Module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if python:
        (tmp_path / "python").write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
        (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    found = sweep([module("a")], workers=3)
    assert found.failures == []
    assert not (tmp_path / "child").exists()
    assert own_children() == []


@pytest.mark.parametrize(
    ("asked", "plays", "cores", "processes"), [(None, 140, 2, 2), (None, 4, 2, 1), (3, 4, 2, 3)]
)
def test_there_are_as_many_processes_as_pay(
    asked: int | None, plays: int, cores: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert everything._processes(asked, plays) == processes


def test_a_browser_kernel_has_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everything.sys, "platform", "emscripten")
    assert everything._processes(4, 140) == 1


def test_a_script_without_a_guard_plays_once(module: Module, tmp_path: Path) -> None:
    module("a")
    told = tmp_path / "told.py"
    told.write_text(
        "from sandbox.sweep import sweep\n"
        f"from a_{tmp_path.name} import STORY\n"
        "print(*sweep([STORY], workers=2).attacks[0].rows, sep='\\n')\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(told)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("Row(")]
    assert len(rows) == 3


def test_each_mode_is_played_with_its_own_given_alone() -> None:
    """One server for all modes would have the givens of all: then a row would not say what was played."""
    noted: dict[str, tuple[bool, bool]] = {}

    def noting(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("a step")
        noted[scene.mode] = scene.box.defences.secure, scene.box.defences.refresh_cookie
        return Outcome(True, "", "held", 0.0)

    found = swept(tale(told=noting, given={"session": {"secure": True}, "hybrid": {"refresh_cookie": True}}))
    assert noted == {"session": (True, False), "jwt": (False, False), "hybrid": (False, True)}
    assert [row.given for row in found.attacks[0].rows] == [{"secure": True}, {}, {"refresh_cookie": True}]


def test_a_play_that_hangs_in_another_process_is_given_up(
    module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everything, "PATIENCE", 2)
    found = sweep([waiting(tmp_path / "child"), module("a", "time.sleep(60)")], workers=2)
    assert len(found.failures) == 1
    assert "it has not ended in 2 s" in found.failures[0]
    assert own_children() == []


def test_too_few_processes_are_refused() -> None:
    with pytest.raises(BadInput, match="1 or more"):
        sweep([tale()], workers=0)
