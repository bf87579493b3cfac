"""The command line keeps its word: what it prints, how it refuses, and how it ends."""

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sandbox.__main__ import _parser, main
from sandbox.answers import Answer
from sandbox.claims import Chart, Claim, Finding, Series
from sandbox.defences import PRESETS, Defences, switches
from sandbox.engine import Story
from sandbox.exchange import MODES
from sandbox.scenarios import CORE, story_ids

ROOT = Path(__file__).resolve().parent.parent
VERBS = ("lab", "doctor", "list", "play", "matrix", "ledger", "class", "grade", "serve")
QUICK = ["--transport", "in-process"]

Capture = pytest.CaptureFixture[str]


def run(*arguments: str, columns: int = 100, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """As a person runs it, in a process of its own."""
    environment = dict(os.environ) | {"COLUMNS": str(columns), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-W", "error", "-m", "sandbox", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=environment, timeout=60, check=False
    )


def status_of(*arguments: str) -> int:
    """The exit status of `main`, in this process."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


# In a process of its own ---------------------------------------------


def test_play_prints_three_columns_that_fit_the_terminal() -> None:
    done = run("play", "theft", columns=90)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 90
    assert done.stdout.count("✗ BREACHED") == 3
    assert any(line.split() == ["session", "|", "jwt", "|", "hybrid"] for line in done.stdout.splitlines())


def test_a_terminal_without_the_signs_gets_the_words() -> None:
    done = run("play", "login", encoding="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("MEASURED") == 3


def test_play_prints_json_over_real_sockets() -> None:
    done = run("play", "theft", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["modes"]["jwt"]["attacker_seconds"] == 604740.0


def test_a_refusal_is_one_line_on_stderr_and_exit_2() -> None:
    done = run("play", "thefd")
    assert (done.returncode, done.stdout) == (2, "")
    known = ", ".join(story_ids())
    assert done.stderr == f"sandbox: unknown story 'thefd'. Did you mean theft? Choose from: {known}\n"


def test_a_reader_who_leaves_early_sees_no_traceback() -> None:
    command = [sys.executable, "-m", "sandbox", "play", "expiry", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(30)


# list ----------------------------------------------------------------


def test_list_names_every_story_and_every_switch(capsys: Capture) -> None:
    assert status_of("list") == 0
    shown = capsys.readouterr().out
    lines = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    assert set(lines) == {*story_ids(), *switches()}
    assert lines["jwt_lifetime"].split()[1:8] == ["none", "7", "days", "15", "min", "15", "min"]


def test_list_as_json_holds_the_same(capsys: Capture) -> None:
    assert status_of("list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["id"] for each in told["scenarios"]] == story_ids()
    assert [each["name"] for each in told["switches"]] == list(switches())
    assert told["presets"] == {name: Defences.preset(name).to_json() for name in PRESETS}
    assert {tuple(each) for each in told["switches"]} == {
        ("name", "kind", "does", "answers", "cost", "source", "requires", "off", "strongest", "choices")
    }
    assert told["scenarios"][1]["options"] == {"loot": ["all", "access", "refresh"]}


# play ----------------------------------------------------------------


def played(capsys: Capture, *arguments: str) -> dict[str, Any]:
    assert status_of("play", *arguments, "--json", *QUICK) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    told: dict[str, Any] = json.loads(captured.out)
    return told


@pytest.mark.parametrize("scenario", CORE)
def test_each_story_is_told_in_text(scenario: str, capsys: Capture) -> None:
    assert status_of("play", scenario, *QUICK) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{scenario.capitalize()}, preset as_written")
    assert "bcrypt cost 4" in shown.splitlines()[0]
    assert "\nOutcome\n" in shown


@pytest.mark.parametrize("scenario", CORE)
def test_each_story_is_told_in_json_of_the_designs_shape(scenario: str, capsys: Capture) -> None:
    told = played(capsys, scenario)
    assert list(told) == ["scenario", "preset", "options", "defences", "switch", "source", "remains", "modes"]
    assert (told["scenario"], told["preset"]) == (scenario, "as_written")
    assert told["defences"] == Defences.preset("as_written").but(bcrypt_cost=4).to_json()
    assert list(told["modes"]) == list(MODES)
    for mode in told["modes"].values():
        ends = ["verdict", "attacker_seconds", "searched_seconds"]
        assert list(mode) == ["applies", *ends, "status", "measures", "summary", "steps"]
        assert mode["verdict"] == ("measured" if scenario in ("login", "expiry") else "breached")
        assert mode["summary"]
        for step in mode["steps"]:
            assert list(step) == ["title", "clock", "exchanges"]
            assert re.fullmatch(r"2026-01-\d\dT\d\d:\d\d:00Z", step["clock"])


@pytest.mark.parametrize("preset", PRESETS)
def test_the_preset_is_played_as_asked(preset: str, capsys: Capture) -> None:
    told = played(capsys, "login", "--preset", preset)
    assert (told["preset"], told["defences"]) == (preset, Defences.preset(preset).but(bcrypt_cost=4).to_json())


def test_switches_are_turned_on_and_off(capsys: Capture) -> None:
    arguments = ["--with", "denylist", "jwt_lifetime=1h", "--with", "same_site=Lax", "--without", "live_roles"]
    defences = played(capsys, "login", *arguments)["defences"]
    found = {name: defences[name] for name in ("denylist", "jwt_lifetime", "same_site", "live_roles")}
    assert found == {"denylist": True, "jwt_lifetime": 3600.0, "same_site": "Lax", "live_roles": False}


@pytest.mark.parametrize("arguments", [["--mode", "jwt", "session"], ["--mode", "session", "--mode", "jwt"]])
def test_the_modes_are_those_that_were_asked_for(arguments: list[str], capsys: Capture) -> None:
    assert list(played(capsys, "login", *arguments)["modes"]) == ["session", "jwt"]


def test_the_loot_is_what_was_asked_for(capsys: Capture) -> None:
    told = played(capsys, "theft", "--loot", "access")
    assert (told["options"], told["modes"]["hybrid"]["attacker_seconds"]) == ({"loot": "access"}, 840.0)


def test_the_cost_of_bcrypt_is_four_unless_told_otherwise(capsys: Capture) -> None:
    assert played(capsys, "login", "--preset", "hardened")["defences"]["bcrypt_cost"] == 4
    assert played(capsys, "login", "--bcrypt-cost", "5")["defences"]["bcrypt_cost"] == 5


@pytest.mark.parametrize("scenario", CORE)
def test_json_has_short_names_for_credentials(scenario: str, capsys: Capture) -> None:
    text = json.dumps(played(capsys, scenario, "--preset", "hardened"))
    assert not re.search(r"eyJ|[0-9a-f]{64}|[A-Za-z0-9_-]{43}", text)
    assert "S1" in text
    assert "A1" in text


def test_json_reveals_credentials_when_told_to(capsys: Capture) -> None:
    assert "eyJ" in json.dumps(played(capsys, "login", "--reveal"))


@pytest.mark.parametrize("arguments", [[], ["--json", "--reveal"]])
def test_a_play_is_written_to_a_picture_too(arguments: list[str], capsys: Capture, tmp_path: Path) -> None:
    picture = tmp_path / "login.svg"
    assert status_of("play", "login", *QUICK, *arguments, "--svg", str(picture)) == 0
    captured = capsys.readouterr()
    assert captured.err == f"wrote {picture}\n"
    assert captured.out.startswith("{" if arguments else "Login, preset as_written")
    shown = picture.read_text(encoding="utf-8")
    assert shown.startswith("<svg")
    assert "Login, preset as_written" in shown
    assert "eyJ" not in shown
    assert os.listdir(tmp_path) == ["login.svg"]


def test_a_picture_that_cannot_be_written_is_refused_before_the_play(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sandbox.player.Player.run")
    assert status_of("play", "login", *QUICK, "--svg", "no/such/login.svg") == 2
    says = "sandbox: no/such/login.svg can't be written: there is no folder no/such. Make it, or choose another file\n"
    assert capsys.readouterr() == ("", says)


# matrix --------------------------------------------------------------

ONE = ["matrix", "logout_replay", "--mode", "session"]


def test_the_matrix_is_a_table(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "101")
    assert status_of(*ONE) == 0
    captured = capsys.readouterr()
    assert max(map(len, captured.out.splitlines())) <= 100
    assert "✗ BREACHED (200)" in captured.out
    assert "bcrypt at cost 4" in captured.out
    assert (captured.err, "\x1b" in captured.out) == ("", False)


def test_the_matrix_as_json_has_the_designs_shape(capsys: Capture) -> None:
    assert status_of(*ONE, "jwt", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["attack"], row["mode"]) for row in told] == [("logout_replay", "session"), ("logout_replay", "jwt")]
    columns = ["off", "on", "as_advised", "hardened"]
    assert list(told[0]) == ["attack", "switch", "mode", "given", "applies", *columns]
    assert told[0]["switch"] == "end_on_logout"
    assert told[0]["off"] == {"verdict": "breached", "attacker_seconds": None, "status": 200}
    assert told[0]["on"] == {"verdict": "held", "attacker_seconds": 0.0, "status": 401}


def test_the_matrix_is_written_to_files_too(capsys: Capture, tmp_path: Path) -> None:
    page, picture = tmp_path / "m.html", tmp_path / "m.svg"
    assert status_of(*ONE, "--html", str(page), "--svg", str(picture), "--json") == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 1
    assert captured.err == f"wrote {page}\nwrote {picture}\n"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert sorted(os.listdir(tmp_path)) == ["m.html", "m.svg"]


def test_a_story_that_does_not_run_is_a_line_on_stderr_and_exit_1(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def script(scene: Any) -> Any:
        raise RuntimeError("lost")

    broken = Story("logout_replay", "x", "x", script, switch="end_on_logout")
    monkeypatch.setattr("sandbox.scenarios.logout_replay.STORY", broken)
    svg = tmp_path / "m.svg"
    assert status_of("matrix", "logout_replay", "stale_role", "--json", "--workers", "1", "--svg", str(svg)) == 1
    captured = capsys.readouterr()
    rows = {(row["attack"], row["mode"]): row for row in json.loads(captured.out)}
    assert rows["logout_replay", "jwt"]["off"]["error"] == "RuntimeError: lost"
    assert rows["stale_role", "jwt"]["off"]["verdict"] == "breached"
    wrote, failure = captured.err.splitlines()
    assert wrote == f"wrote {svg}"
    assert failure == "sandbox: logout_replay did not run (off, on, as_advised, hardened): RuntimeError: lost"
    assert svg.exists()


# class ---------------------------------------------------------------


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Twelve learners: seven were wrong about theft/1 in jwt mode. One line is broken."""
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(12):
        choice = "no" if number < 7 else "yes"
        answer = Answer(f"{number:08x}", "theft/1", "jwt", "bare", choice, "yes", None, 1, None)
        (folder / f"{number}.jsonl").write_text(json.dumps(asdict(answer)) + "\n")
    (folder / "0.jsonl").write_text((folder / "0.jsonl").read_text() + "<script>\n")
    return folder


def test_a_class_is_told_in_text_and_what_was_left_out_on_stderr(books: Path, capsys: Capture) -> None:
    assert status_of("class", str(books)) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("What the class predicted\n\n12 learners answered something.")
    assert "theft/1 in jwt, 5+ of 10+ at first: no: " in captured.out
    assert captured.err == f"sandbox: left out {books / '0.jsonl'}, line 2: no answer\n"


def test_a_class_is_told_as_json_and_as_a_page(books: Path, capsys: Capture) -> None:
    page = books / "class.html"
    assert status_of("class", str(books), "--html", str(page), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["learners"], told["left_out"]) == (12, {"lines": {"no answer": 1}, "files": 0})
    assert told["surprising"] == [{"question": "theft/1", "mode": "jwt", "says": "no", "at_least": 5}]
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert len(os.listdir(books)) == 13


# ledger --------------------------------------------------------------


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three claims, as if there were no others; the first has a chart."""
    bars = Chart("bars", "Refused", "servers", "calls (%)", (Series("own", ((0, 0), (1, 50))),), "Half.", ("1", "2"))
    findings = {
        "S6": Finding("holds only if", "half", "the store is shared", {"shares": {2: 0.5}}, charts=(bars,)),
        "S7": Finding("holds", "0 cookies"),
        "S8": Finding("does not hold", "3 times", varies=True),
    }
    made = {
        id: Claim(id, f"What {id} says.", "It is tried.", "RFC 6265bis", "02_theft", lambda bench, one=finding: one)
        for id, finding in findings.items()
    }
    monkeypatch.setattr("sandbox.claims.everything._CLAIMS", made)


@pytest.mark.usefixtures("claims")
def test_the_ledger_is_a_table(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "101")
    assert status_of("ledger") == 0
    captured = capsys.readouterr()
    assert max(map(len, captured.out.splitlines())) <= 100
    assert "◐ HOLDS ONLY IF" in captured.out
    assert [line[:2] for line in captured.out.splitlines() if line.startswith("S")] == ["S6", "S7", "S8"]
    assert (captured.err, "\x1b" in captured.out) == ("", False)


@pytest.mark.usefixtures("claims")
def test_one_claim_is_shown_with_all_that_it_rests_on(capsys: Capture) -> None:
    assert status_of("ledger", "S6") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("S6. What S6 says.\n\n◐ HOLDS ONLY IF the store is shared\n")
    assert "Refused. Half." in shown


@pytest.mark.usefixtures("claims")
def test_the_ledger_as_json(capsys: Capture) -> None:
    assert status_of("ledger", "S8", "S6", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    columns = ["id", "claim", "experiment", "measured", "verdict", "source", "notebook"]
    assert [list(each) for each in told] == [[*columns, "varies", "numbers"]] * 2
    assert [(each["id"], each["verdict"], each["varies"]) for each in told] == [
        ("S8", "does not hold", True), ("S6", "holds only if the store is shared", False)
    ]  # fmt: skip
    assert told[1]["numbers"] == {"shares": {"2": 0.5}}


@pytest.mark.usefixtures("claims")
def test_the_ledger_is_written_to_files_too(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    sheet, page, picture = tmp_path / "l.csv", tmp_path / "l.md", tmp_path / "pictures" / "ledger_s6.svg"
    files = ["--csv", str(sheet), "--markdown", str(page), "--pictures", str(tmp_path / "pictures")]
    assert status_of("ledger", *files, "--json") == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 3
    assert captured.err == f"wrote {picture}\nwrote {sheet}\nwrote {page}\n"
    assert sheet.read_text(encoding="utf-8").startswith("id,claim,")
    assert page.read_text(encoding="utf-8").startswith("# The ledger of claims\n")
    assert "](pictures/ledger_s6.svg)" in page.read_text(encoding="utf-8")
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert os.listdir(tmp_path / "pictures") == ["ledger_s6.svg"]


@pytest.mark.usefixtures("claims")
def test_a_page_without_pictures_shows_none(tmp_path: Path) -> None:
    assert status_of("ledger", "--markdown", str(tmp_path / "l.md")) == 0
    assert "![" not in (tmp_path / "l.md").read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["l.md"]


# Wrong use -----------------------------------------------------------

WRONG = [
    (["play", "heist"], "Choose from: login, theft, expiry, revocation"),
    (["play", ""], "Choose from: login, theft, expiry, revocation"),
    (["play", "theft", "--preset", "strong"], "Choose from: bare, as_written, as_advised, hardened"),
    (["play", "theft", "--mode", "oauth"], "Choose from: session, jwt, hybrid"),
    (["play", "theft", "--transport", "pigeon"], "Choose from: loopback, in-process"),
    (["play", "theft", "--loot", "money"], "Choose from: all, access, refresh"),
    (["play", "theft", "--loot", ""], "Choose from: all, access, refresh"),
    (["play", "login", "--loot", "all"], "the story login has no option 'loot'; it takes: none"),
    (["play", "theft", "--with", "denylst"], "Did you mean denylist? Choose from: throttle_login, dummy_hash"),
    (["play", "theft", "--without", "denylst"], "Did you mean denylist?"),
    (["play", "theft", "--with", "detect_reuse"], "detect_reuse requires rotate_refresh: turn on rotate_refresh"),
    (["play", "theft", "--preset", "hardened", "--without", "secure"], "host_prefix requires secure"),
    (["play", "theft", "--with", "jwt_lifetime=soon"], "give a time such as 30s, 15min, 24h or 7d, or none"),
    (["play", "theft", "--with", "jwt_lifetime=0"], "a time from 1 second to 3650 days"),
    (["play", "theft", "--with", "same_site=lax"], "Did you mean Lax?"),
    (["play", "theft", "--with", "secure", "--without", "secure"], "set and turned off at once"),
    (["play", "theft", "--bcrypt-cost", "3"], "bcrypt_cost is a whole number from 4 to 16"),
    (["play", "theft", "--bcrypt-cost", "four"], "invalid int value: 'four'"),
    (["play", "theft", "--color"], "unrecognized arguments: --color"),
    (["play", "theft", "two\nlines"], "unrecognized arguments: two lines"),
    (["play", "theft", "--svg", "."], "can't be written: it is no file. Choose another name"),
    (["play", "theft", "--svg", ""], "can't be written: it is no file. Choose another name"),
    (["play"], "the following arguments are required: SCENARIO"),
    (["matrix", "csfr"], "unknown attack 'csfr'. Did you mean csrf?"),
    (["matrix", "--mode", "oauth"], "Choose from: session, jwt, hybrid"),
    (["matrix", "--transport", "pigeon"], "Choose from: loopback, in-process"),
    (["matrix", "--bcrypt-cost", "3"], "bcrypt_cost is a whole number from 4 to 16"),
    (["matrix", "--html", "no/such/m.html"], "no/such/m.html can't be written: there is no folder no/such. Make it"),
    (["matrix", "--svg", "."], "can't be written: it is no file. Choose another name"),
    (["class"], "the following arguments are required: DIR"),
    (["class", "no/such"], "no/such is no folder: name the one that holds the learners' answers.jsonl"),
    (["class", "sandbox"], "there is no *.jsonl in sandbox: put the learners' answers.jsonl there"),
    (["class", "sandbox", "--html", "no/such/c.html"], "there is no folder no/such. Make it"),
    (["class", "sandbox", "--html", "answers.jsonl"], "is the name of a learner's answers: give the page"),
    (["grade"], "the following arguments are required: PATH"),
    (["grade", "no/such"], "no/such is no notebook and no folder of notebooks"),
    (["grade", "sandbox"], "there is no exercise to grade. Name notebooks such as ex01_read_the_wire.ipynb"),
    (["grade", "exercises", "--csv", "no/such/g.csv"], "there is no folder no/such. Make it"),
    (["grade", "exercises", "--csv", "mine.ipynb"], "is the name of a notebook: give the file one that ends in .csv"),
    (["grade", "exercises", "--csv", "g", "--html", "./g"], "the sheet and the page can't be one file: give two names"),
    (["grade", "exercises", "--workers", "0"], "0 submissions can't be graded at once: choose from 1 to 64"),
    (["ledger", "H99"], "unknown claim 'H99'. Choose from: "),
    (["ledger", "--csv", "no/such/l.csv"], "no/such/l.csv can't be written: there is no folder no/such. Make it"),
    (["ledger", "--markdown", "."], "can't be written: it is no file. Choose another name"),
    (["ledger", "--csv", ""], "can't be written: it is no file. Choose another name"),
    (["ledger", "--csv", "l", "--markdown", "./l"], "the sheet and the page can't be one file: give two names"),
    (["ledger", "--pictures", "no/such"], "can't be written: there is no folder no/such"),
    (["serve", "--preset", "strong"], "Choose from: bare, as_written, as_advised, hardened"),
    (["serve", "--port", "http"], "invalid int value: 'http'"),
    (["serve", "--port", "65536"], "port 65536 is in use or not allowed: choose another, or 0 for a free one"),
    (["serve", "--port", "-1"], "port -1 is in use or not allowed"),
    (["list", "--xml"], "unrecognized arguments: --xml"),
    (["dance"], "choose from"),
    ([], "the following arguments are required: VERB"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=lambda value: " ".join(value) if value else None)
def test_wrong_use_exits_2_with_one_line_that_helps(arguments: list[str], says: str, capsys: Capture) -> None:
    assert status_of(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_help_is_there_for_each_verb(verb: str | None, capsys: Capture) -> None:
    assert status_of(*([verb] if verb else []), "--help") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("usage: sandbox")
    assert captured.err == ""


def test_an_interrupt_is_one_line_and_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sandbox.player.Player.run", interrupted)
    assert status_of("play", "theft", *QUICK) == 130
    assert capsys.readouterr().err == "sandbox: interrupted\n"


# serve ---------------------------------------------------------------


@pytest.fixture
def serving() -> Iterator[Any]:
    """Starts `serve`, gives its process and the one line that it printed."""
    started: list[subprocess.Popen[str]] = []

    def serve(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        command = [sys.executable, "-W", "error", "-m", "sandbox", "serve", *arguments]
        group = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, creationflags=group
        )
        started.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def port_of(told: dict[str, Any]) -> int:
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)", told["base_url"])
    assert found
    return int(found[1])


def fetch(port: int, path: str, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_serve_prints_one_line_and_answers_who_holds_the_key(serving: Any) -> None:
    _, told = serving()
    port = port_of(told)
    assert list(told) == ["base_url", "key"]
    assert fetch(port, "/healthz", X_Sandbox_Key=told["key"]) == (200, {"status": "ok"})
    assert fetch(port, "/healthz")[0] == 403
    assert fetch(port, "/healthz", X_Sandbox_Key="wrong")[0] == 403
    assert fetch(port, "/healthz", X_Sandbox_Key=told["key"], Host="evil.example")[0] == 421


def test_serve_without_a_key_answers_everybody_on_this_machine(serving: Any) -> None:
    _, told = serving("--no-key", "--preset", "hardened", "--without", "denylist", "prune_denylist")
    assert told["key"] is None
    assert fetch(port_of(told), "/healthz") == (200, {"status": "ok"})
    assert fetch(port_of(told), "/jwt/profile")[0] == 401


@pytest.mark.skipif(sys.platform == "win32", reason="a process can't be sent SIGINT there")
def test_an_interrupt_ends_serve_and_frees_its_port(serving: Any) -> None:
    process, told = serving()
    port = port_of(told)
    fetch(port, "/healthz", X_Sandbox_Key=told["key"])
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (out, err, process.returncode) == ("", "sandbox: interrupted\n", 130)
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_port_in_use_is_named_and_exits_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"sandbox: port {port} is in use or not allowed: choose another, or 0 for a free one\n"


# The README ----------------------------------------------------------

PROMPT = re.compile(r"^(\([^)]*\)\s*)?([$%>]|[A-Z]:\\[^>]*>)\s+")
RUNS = re.compile(r"^(?:python3?|py)\s+(?:-m\s+sandbox\b|start\.py\b)")


def documented() -> list[tuple[str, list[str]]]:
    """Every command of ours in the shell blocks of the README: `start.py` or `sandbox`, and its arguments."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:console|sh|bash|shell)[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found = []
    for line in "".join(blocks).splitlines():
        command = PROMPT.sub("", line.strip())
        if RUNS.match(command):
            words = shlex.split(command, comments=True)
            ours = "start.py" if words[1] == "start.py" else "sandbox"
            found.append((ours, words[2:] if ours == "start.py" else words[3:]))
    return found


def test_the_readme_shows_the_two_commands_that_matter_and_some_plays() -> None:
    commands = documented()
    assert ("start.py", []) in commands
    assert ("start.py", ["test"]) in commands
    assert any(arguments[:1] == ["play"] for _, arguments in commands)


def test_every_command_of_the_readme_is_one() -> None:
    for ours, words in documented():
        arguments = words[2:] if words[:1] == ["--wheels"] else words
        if ours == "start.py" and arguments[:1] in ([], ["test"], ["setup"]):
            continue  # start.py's own verbs
        _, unknown = _parser().parse_known_args(arguments)
        assert unknown == [], f"{ours} {' '.join(words)}"


def test_every_story_that_the_readme_plays_can_be_played(capsys: Capture) -> None:
    for _, arguments in documented():
        if arguments[:1] in (["play"], ["list"]):
            more = QUICK if arguments[0] == "play" else []
            assert status_of(*arguments, *more) == 0, " ".join(arguments)
            assert capsys.readouterr().out
