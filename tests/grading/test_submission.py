"""A submission is the solution's cells and nothing else; what can't be taken is said of that exercise alone."""

import json
import os

import pytest

from sandbox.errors import BadInput
from sandbox.grading import submission
from sandbox.grading.submission import found

from .handed_in import EXERCISE, OPEN, SOLVED, hand_in, notebook, solution_cell

NAME = f"{EXERCISE}.ipynb"


def only(path):
    """The one submission at a path."""
    (one,) = found([path]).submissions
    return one


def fault_of(tmp_path, made):
    return only(hand_in(tmp_path, "alice", made)).fault


def test_only_the_solutions_cell_is_taken(tmp_path):
    made = notebook(SOLVED)
    made["cells"][0] |= {"cell_type": "code", "source": "raise SystemExit", "outputs": [], "execution_count": 1}
    one = only(hand_in(tmp_path, "alice", made))
    assert (one.cells, one.fault, one.exercise.id) == ((("solution", SOLVED),), "", EXERCISE)


def test_a_source_in_lines_is_the_same(tmp_path):
    assert only(hand_in(tmp_path, "alice", notebook(SOLVED.splitlines(keepends=True)))).cells[0][1] == SOLVED


@pytest.mark.parametrize(
    ("path", "learner"),
    [
        (f"alice/{NAME}", "alice"),
        (f"alice/week 1/{NAME}", "alice"),
        (f"alice/{EXERCISE}/{NAME}", "alice"),
        (f"{EXERCISE}/alice.ipynb", "alice"),
        (f"alice_{NAME}", "alice"),
        (f"{EXERCISE}-Copy1 alice.ipynb", "alice"),
        (f"{EXERCISE} (1).ipynb", "class"),
        ("alice/homework.ipynb", "alice"),  # by its cells' grade ids
    ],
)
def test_learner_and_exercise_are_known_by_names(tmp_path, path, learner):
    there = tmp_path / "class" / path
    hand_in(there.parent, "", name=there.name)
    one = only(tmp_path / "class")
    assert (one.learner, one.exercise.id, one.notebook, one.fault) == (learner, EXERCISE, path, "")


def test_one_notebook_alone_is_its_folders(tmp_path):
    path = hand_in(tmp_path, "alice")
    assert (only(path).learner, only(path).notebook) == ("alice", NAME)


def test_a_cell_that_lost_its_id_is_found_by_its_grade_id(tmp_path):
    assert fault_of(tmp_path, notebook(SOLVED, id="a1b2")) == ""
    assert only(tmp_path).cells == (("solution", SOLVED),)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (notebook(SOLVED, id="a1b2", metadata={}), "the solution's cell 'solution' is missing"),
        (notebook(SOLVED, cell_type="markdown"), "the solution's cell 'solution' is missing"),
        (notebook(SOLVED, solution_cell(id="a1b2")), "two cells are the solution 'ex02_login'"),
        (notebook(SOLVED, solution_cell(metadata={})), "two cells are the solution 'solution'"),
        (notebook(SOLVED, solution_cell(id="x", metadata={"nbgrader": {"solution": True, "grade_id": "ex02_b"}})),
         "there are more solution cells than the exercise has: 'ex02_b'"),
        (notebook(7), "the solution's cell holds no text"),
        (notebook("x" * 200_001), "the solution's cell holds no text, or more than 200000 letters"),
        ({"cells": {}}, "it is no notebook"),
        ({"cells": [7, None, {"cell_type": "code", "metadata": 7, "id": []}]}, "'solution' is missing"),
        ([], "it is no notebook"),
    ],
)  # fmt: skip
def test_a_notebook_without_one_solution_is_refused(tmp_path, made, says):
    assert says in fault_of(tmp_path, made)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"cells": [' + b"[" * 99_999])
def test_what_is_no_json_is_refused(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    assert only(tmp_path).fault == "it is no notebook: no JSON with cells can be read from it"


def test_a_huge_file_is_refused_without_being_read(tmp_path, monkeypatch):
    monkeypatch.delattr(submission, "parsed_json")
    with (tmp_path / NAME).open("wb") as file:
        file.truncate(100_000_000)
    assert only(tmp_path).fault == "it is larger than 16 MiB: clear its outputs"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name there")
def test_links_and_pipes_are_not_read(tmp_path):
    hand_in(tmp_path, "alice")
    hand_in(tmp_path / "elsewhere", "secret")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / f"bob_{NAME}").symlink_to(tmp_path / "alice" / NAME)
    (folder / "carol").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / f"mallory_{NAME}")
    there = found([folder])
    faults = {each.learner: each.fault for each in there.submissions}
    assert faults == {"bob": "it is a link: hand in the file itself", "mallory": "it is no file"}
    left_out = [line.removesuffix(": it is a link: hand in the file itself") for line in there.left_out]
    assert left_out == ["left out carol", "left out loop"]


def test_what_is_no_exercise_is_left_out_and_said(tmp_path):
    hand_in(tmp_path, "alice")
    (tmp_path / "notes\x1b[31m.ipynb").write_text(json.dumps({"cells": []}))
    (tmp_path / ".ipynb_checkpoints").mkdir()
    hand_in(tmp_path, ".ipynb_checkpoints")
    there = found([tmp_path])
    assert len(there.submissions) == 1
    (line,) = there.left_out
    assert line == "left out notes\\x1b[31m.ipynb: neither its name nor a cell says of which exercise it is"


def test_a_name_that_a_terminal_would_obey_is_shown_as_it_is_written(tmp_path):
    hand_in(tmp_path, "ali\x1b]0;ce")
    assert only(tmp_path).learner == "ali\\x1b]0;ce"


def test_two_learners_are_in_order(tmp_path):
    for learner in ("carol", "alice", "bob"):
        hand_in(tmp_path, learner, OPEN)
    assert [each.learner for each in found([tmp_path]).submissions] == ["alice", "bob", "carol"]


@pytest.mark.parametrize("path", ["none", "empty", "file.txt"])
def test_where_no_notebook_is_there_is_nothing_to_grade(tmp_path, path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").touch()
    with pytest.raises(BadInput, match=r"no notebook and no folder|no exercise to grade"):
        found([tmp_path / path])
