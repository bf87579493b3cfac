"""nbgrader releases, autogrades and feeds back the exercises, by the commands and the settings that a teacher uses."""

from __future__ import annotations

import csv
import html
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import psutil
import pytest
from ipykernel.kernelspec import write_kernel_spec

from sandbox.grading.suites import exercise

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["ex02_session_fixation", "ex05_verify_the_token"]
"""A solution in one piece, and one in two."""
STUDENTS = ["alice", "bob"]
"""Alice solves every exercise, Bob hands in what he was given."""
POINTS = 10
LONG = 120
"""Real seconds that one command of nbgrader may take."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course's folder after all of nbgrader's commands, with grades.csv in it."""
    folder = tmp_path_factory.mktemp("nbgrader")
    course, home = folder / "course", folder / "home"
    write_kernel_spec(home / "kernels" / "python3")  # this Python's, whatever kernels the machine has
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "nbgrader_course.py"), str(course)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for name in NAMES:
        nbgrader(course, home, "generate_assignment", name)
        for student in STUDENTS:
            hand_in(course, student, name)
        nbgrader(course, home, "autograde", name)
        nbgrader(course, home, "generate_feedback", name)
    nbgrader(course, home, "export", "--to=grades.csv")
    return course


def nbgrader(course: Path, home: Path, *command: str) -> None:
    """Runs one command in the course's folder, with this Python's environment activated: nbgrader calls `alembic`.

    It reads and writes nothing of this machine's user.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "PYTHON"))}
    places = ("HOME", "USERPROFILE", "IPYTHONDIR", "JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    own = dict.fromkeys((*places, "JUPYTER_RUNTIME_DIR"), str(home))
    own["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course,
        env={**kept, **own, "SANDBOX_ANSWERS": "off"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONG,
    )
    assert done.returncode == 0, f"nbgrader {' '.join(command)}:\n{done.stdout}"


def hand_in(course: Path, student: str, name: str) -> None:
    """Puts a submission where nbgrader looks: the learner's notebook of this repository, solved by Alice."""
    submitted = notebook(ROOT / "exercises", name)
    if student == "alice":
        solved = {cell.id: cell.source for cell in notebook(ROOT / "exercises" / "solutions", name).cells}
        for cell in submitted.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = re.sub(r"^ *### (BEGIN|END) SOLUTION\n", "", solved[cell.id], flags=re.MULTILINE)
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(submitted, folder / f"{name}.ipynb")


def notebook(folder: Path, name: str) -> nbformat.NotebookNode:
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def hidden(name: str) -> list[str]:
    """The lines of the exercise's hidden tests."""
    source = "\n".join(cell.source for cell in notebook(ROOT / "exercises" / "solutions", name).cells)
    regions = re.findall(r"^ *### BEGIN HIDDEN TESTS\n(.*?)^ *### END HIDDEN TESTS$", source, re.DOTALL | re.MULTILINE)
    return [line.strip() for region in regions for line in region.splitlines()]


def feedback(course: Path, student: str, name: str) -> str:
    """The words of the page that the learner gets back, without its markup, with single spaces."""
    page = (course / "feedback" / student / name / f"{name}.html").read_text(encoding="utf-8")
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


@pytest.mark.parametrize("name", NAMES)
def test_what_nbgrader_releases_is_the_learners_notebook(course: Path, name: str) -> None:
    released, ours = notebook(course / "release" / name, name), notebook(ROOT / "exercises", name)
    assert [(cell.id, cell.source) for cell in released.cells] == [(cell.id, cell.source) for cell in ours.cells]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("student", "score"), [("alice", POINTS), ("bob", 0)])
def test_a_solved_exercise_scores_in_full_and_an_unsolved_one_nothing(
    course: Path, student: str, name: str, score: float
) -> None:
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["student_id"], row["assignment"]) == (student, name)]
    assert [(float(row["score"]), float(row["max_score"])) for row in rows] == [(score, POINTS)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("student", "verdict"), [("alice", "solved"), ("bob", "not yet")])
def test_the_feedback_tells_every_criterion_and_no_hidden_test(
    course: Path, student: str, name: str, verdict: str
) -> None:
    page = feedback(course, student, name)
    assert f"{exercise(name).title}: {verdict}." in page
    for criterion in exercise(name).criteria:
        assert criterion.title in page
    assert hidden(name)
    assert "HIDDEN TESTS" not in page
    for line in hidden(name):
        assert line not in page


def test_no_kernel_is_left_running(course: Path) -> None:
    mine = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in mine if str(course.parent) in command]


def test_the_tests_have_the_nbgrader_that_the_extra_promises() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    promised = project["project"]["optional-dependencies"]["nbgrader"]
    assert promised == [line for line in project["dependency-groups"]["dev"] if line.startswith("nbgrader")]
