"""Many submissions: each its verdict, in order; a run that was killed goes on; and what is written harms nobody."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sandbox.__main__ import main
from sandbox.errors import BadInput, SandboxError
from sandbox.grading import batch, isolation, verdicts
from sandbox.grading.batch import Batch, Graded, grade_all
from sandbox.grading.exercise import Checked, Result
from sandbox.grading.keeper import How
from sandbox.grading.submission import Submission, found
from sandbox.grading.suites import exercise
from sandbox.grading.verdicts import Verdicts, key
from sandbox.views.grading import report, table

from .handed_in import EXERCISE, OPEN, ROOT, SOLVED, hand_in
from .test_isolation import LACKING

needs_isolation = pytest.mark.skipif(bool(LACKING), reason=LACKING)
NOT_MET = ["fixation", "old_id", "unknown_id"]


def submission(learner="alice", source=SOLVED, fault="", notebook="a.ipynb"):
    cells = () if fault else (("solution", source),)
    return Submission(learner, exercise(EXERCISE), notebook, cells, fault)


def result(*not_met, seen="seen", fault=""):
    asked = exercise(EXERCISE)
    if fault:
        return Result(asked, fault=fault)
    return Result(asked, tuple(Checked(each, each.id not in not_met, seen if each.id in not_met else "")
                               for each in asked.criteria))  # fmt: skip


@pytest.fixture
def graded_here(monkeypatch):
    """No process is started: a source that holds `open` is open. The learners' sources, in the order of grading."""
    tried = []

    def grade(asked, cells, how, slot, stop):
        tried.append(cells[0][1])
        if "breaks" in cells[0][1]:
            raise ZeroDivisionError("a mistake of the grader's own")
        time.sleep(0.05 * ("slow" in cells[0][1]))
        return result(*NOT_MET) if "open" in cells[0][1] else result()

    monkeypatch.setattr(batch, "grade", grade)
    monkeypatch.setattr(batch, "try_out", lambda how: None)
    return tried


# Grading ---------------------------------------------------------------


@needs_isolation
def test_the_solution_passes_and_the_stub_does_not(tmp_path):
    hand_in(tmp_path, "alice", SOLVED)
    hand_in(tmp_path, "bob", OPEN)
    told = [(each.submission.learner, each.result.passed, each.result.met)
            for each in grade_all(found([tmp_path]).submissions, How()).graded]  # fmt: skip
    assert told == [("alice", True, 7), ("bob", False, 4)]


def test_results_come_in_the_order_given_whoever_is_first(graded_here):
    given = [submission(f"learner {number}", f"open {number}" if number % 2 else f"# {number}") for number in range(20)]
    done = grade_all(given, How(), workers=4)
    assert [each.submission for each in done.graded] == given
    assert [each.result.passed for each in done.graded] == [number % 2 == 0 for number in range(20)]


def test_the_same_cells_are_graded_once_and_get_the_same(graded_here):
    done = grade_all([submission("alice"), submission("bob"), submission("carol", "open")], How())
    assert [each.result.passed for each in done.graded] == [True, True, False]
    assert sorted(graded_here) == sorted([SOLVED, "open"])


def test_what_cannot_be_taken_is_a_fault_and_starts_nothing(graded_here):
    done = grade_all([submission(fault="it is no notebook")], How())
    assert (done.graded[0].result.fault, done.graded[0].result.passed, graded_here) == ("it is no notebook", False, [])


def test_progress_is_told_from_nothing_to_all(graded_here):
    told = []
    grade_all([submission(source=f"# {number}") for number in range(3)], How(), progress=lambda *two: told.append(two))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_mistake_of_the_graders_own_is_raised_and_ends_the_others(graded_here):
    with pytest.raises(ZeroDivisionError):
        grade_all([submission(source="breaks"), *(submission(source=f"slow {n}") for n in range(50))], How(), workers=1)
    assert len(graded_here) < 25


@pytest.mark.parametrize("workers", [0, -1, 65])
def test_a_number_of_workers_that_cannot_be_is_refused(workers):
    with pytest.raises(BadInput, match="choose from 1 to 64"):
        grade_all([submission()], How(), workers=workers)


def test_where_nothing_locks_in_nothing_is_graded(monkeypatch):
    def none(hidden, slot):
        raise isolation.Refused("this system has no namespaces: grade with --unsafe")

    monkeypatch.setattr(isolation, "room", none)
    with pytest.raises(isolation.Refused, match="no namespaces"):
        grade_all([submission()], How())


# Going on where it was ---------------------------------------------------


def test_a_verdict_that_was_found_is_not_looked_for_again(graded_here, tmp_path):
    given = [submission(), submission("bob", "open")]
    first = grade_all(given, How(), kept_in=tmp_path / "v")
    graded_here.clear()
    again = grade_all([*given, submission("carol", "# new")], How(), kept_in=tmp_path / "v")
    assert (graded_here, again.kept) == (["# new"], 2)
    assert again.graded[:2] == first.graded


def test_other_code_that_grades_has_other_verdicts(monkeypatch):
    before = key(submission())
    assert before == key(submission("bob", notebook="b.ipynb"))
    assert before != key(submission(source=OPEN))
    monkeypatch.setattr(verdicts, "_grading", lambda: "other")
    assert before != key(submission())


def test_every_verdict_comes_back_as_it_was(tmp_path):
    told = {"a": result(), "b": result("guess", seen='="\n<b>'), "c": result(fault="it ended")}
    for name, each in told.items():
        Verdicts(tmp_path / "v").add(name, each)
    assert {name: Verdicts(tmp_path / "v").get(name, exercise(EXERCISE)) for name in told} == told


@pytest.mark.parametrize("torn", [b'{"key": "b", "fau', b"\xff\n", b"[]\n", b'{"key": []}\n', b'{"key": "b"}\n',
                                  b'{"key": "b", "fault": "", "seen": {"other": null}}\n'])  # fmt: skip
def test_a_line_that_is_none_is_passed_over_and_the_next_is_whole(tmp_path, torn):
    Verdicts(tmp_path / "v").add("a", result())
    with (tmp_path / "v").open("ab") as file:
        file.write(torn)
    kept = Verdicts(tmp_path / "v")
    assert kept.get("b", exercise(EXERCISE)) is None
    kept.add("c", result("guess"))
    assert [Verdicts(tmp_path / "v").get(name, exercise(EXERCISE)) for name in "ac"] == [result(), result("guess")]


def test_where_verdicts_cannot_be_kept_it_is_said_in_one_line(graded_here, tmp_path):
    (tmp_path / "v").mkdir()
    with pytest.raises(SandboxError, match="can't keep the verdicts"):
        grade_all([submission()], How(), kept_in=tmp_path / "v")


SLOW = "import time; time.sleep(1)\n"


@pytest.fixture
def five(tmp_path):
    """Five submissions that take a second each; `start()` grades them one by one, in a process of its own."""
    folder = tmp_path / "class"
    for number in range(5):
        hand_in(folder, f"learner{number}", f"{SLOW}# {number}\n{SOLVED}")

    def start():
        files = [str(folder), "--csv", str(tmp_path / "g.csv")]
        command = [sys.executable, "-m", "sandbox", "grade", *files, "--workers", "1"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    return tmp_path, start


def after_lines(path, count, process):
    """Once so many verdicts are in the file, the processes of the grader."""
    begun = time.monotonic()
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - begun < 60
        time.sleep(0.02)
    while not (children := psutil.Process(process.pid).children(recursive=True)):
        time.sleep(0.02)
    return children


@needs_isolation
def test_a_run_that_is_killed_loses_no_verdict_and_leaves_no_process(five):
    folder, start = five
    kept = folder / "g.csv.verdicts.jsonl"
    with start() as process:
        children = after_lines(kept, 2, process)
        process.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    lines = len(kept.read_text().splitlines())
    assert lines < 5
    with start() as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"sandbox: verdicts of an earlier run: {lines}; delete {kept} to grade anew\n" in err
    assert out.endswith("5 learners, 5 submissions: 5 solved, 0 not yet, 0 not tried.\n")
    assert len(kept.read_text().splitlines()) == 5


@needs_isolation
def test_an_interrupt_stops_cleanly(five):
    folder, start = five
    with start() as process:
        children = after_lines(folder / "g.csv.verdicts.jsonl", 1, process)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "sandbox: interrupted\n")
    assert time.monotonic() - begun < 10
    assert psutil.wait_procs(children, timeout=0)[1] == []
    assert not (folder / "g.csv").exists()


# What is written ---------------------------------------------------------

EVIL = "=HYPERLINK(1)<script>"


@pytest.fixture
def told():
    """A batch of three: solved, not yet with a text that attacks, not tried."""
    return Batch((
        Graded(submission("alice"), result()),
        Graded(submission(EVIL), result(*NOT_MET, seen=f"{EVIL}\x1b")),
        Graded(submission("carol"), result(fault="+1 it is no notebook")),
    ))  # fmt: skip


def test_the_sheet_has_a_row_each_and_runs_no_formula(told):
    rows = list(csv.DictReader(io.StringIO(table.comma_separated(told))))
    assert list(rows[0]) == ["learner", "exercise", "passed", "met", "criteria", "fault", "not_met", "notebook"]
    assert list(rows[0].values()) == ["alice", EXERCISE, "yes", "7", "7", "", "", "a.ipynb"]
    assert (rows[1]["learner"], rows[1]["passed"], rows[1]["not_met"]) == (f"'{EVIL}", "no", " ".join(NOT_MET))
    assert rows[2]["fault"] == "'+1 it is no notebook"
    assert not [each for row in rows for each in row.values() if each.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_json_names_what_is_not_met(told):
    rows = table.to_json(told)
    assert json.loads(json.dumps(rows)) == rows
    assert [(row["passed"], row["met"], row["fault"]) for row in rows] == [
        (True, 7, ""), (False, 4, ""), (False, 0, "+1 it is no notebook")
    ]  # fmt: skip
    assert [each["id"] for each in rows[1]["not_met"]] == NOT_MET
    assert list(rows[1]["not_met"][0]) == ["id", "title", "seen", "hint"]


def test_the_page_is_escaped_needs_nothing_and_shows_no_source(told):
    page = report.render(told)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "=HYPERLINK(1)&lt;script&gt;: 0 of 1 solved" in page
    asked = exercise(EXERCISE)
    for each in asked.criteria:
        assert each.run.__name__ not in page
    missing = next(each for each in asked.criteria if each.id == "fixation")
    assert page.count(f"Try: {report.escape(missing.hint)}.") == 1
    assert page.count("It could not be tried: +1 it is no notebook.") == 1
    assert [page.count(f"<{level}>") for level in ("h1", "h2", "h3")] == [1, 3, 3]


def test_the_text_fits_its_width_and_says_it_in_words(told):
    shown = table.render(told, width=60)
    assert max(map(len, shown.splitlines())) <= 60
    assert [sign in shown for sign in ("✓ solved", "✗ not yet", "! not tried")] == [True] * 3
    assert shown.endswith("3 learners, 3 submissions: 1 solved, 1 not yet, 1 not tried.\n")


@needs_isolation
def test_the_command_writes_all_three(tmp_path, capsys):
    hand_in(tmp_path / "class", "alice")
    hand_in(tmp_path / "class", "bob", {"cells": []})
    (tmp_path / "class" / "notes.ipynb").write_text("{}")
    files = ["--csv", str(tmp_path / "g.csv"), "--html", str(tmp_path / "g.html")]
    assert main(["grade", str(tmp_path / "class"), "--json", *files]) == 0
    captured = capsys.readouterr()
    assert [row["passed"] for row in json.loads(captured.out)] == [True, False]
    assert captured.err.splitlines() == [
        "sandbox: left out notes.ipynb: it is no notebook: no JSON with cells can be read from it",
        f"wrote {tmp_path / 'g.csv'}", f"wrote {tmp_path / 'g.html'}",
    ]  # fmt: skip
    assert sorted(os.listdir(tmp_path)) == ["class", "g.csv", "g.csv.verdicts.jsonl", "g.html"]
    assert "alice: 1 of 1 solved" in Path(tmp_path, "g.html").read_text(encoding="utf-8")


def test_unsafe_says_what_is_not_isolated(tmp_path, capsys):
    hand_in(tmp_path, "alice")
    assert main(["grade", str(tmp_path), "--unsafe"]) == 0
    captured = capsys.readouterr()
    assert captured.err == f"sandbox: --unsafe: {isolation.NOT_ISOLATED}\n"
    assert captured.out.startswith(f"alice  {EXERCISE}  ✓ solved")
