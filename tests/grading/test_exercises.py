"""Every exercise: its learner's notebook comes from its solution, starts unsolved, and helps in three steps."""

import importlib.util
import json
import re
from pathlib import Path

import nbformat
import pytest

from sandbox.grading.suites import exercise, exercise_ids

ROOT = Path(__file__).resolve().parent.parent.parent
EXERCISES = ROOT / "exercises"
every = pytest.mark.parametrize("name", exercise_ids())


def _script():
    spec = importlib.util.spec_from_file_location("exercises_script", ROOT / "tests" / "exercises.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


script = _script()


def read(path):
    return nbformat.read(path, as_version=4)


def solved(name):
    return read(EXERCISES / "solutions" / f"{name}.ipynb")


def learners(name):
    return read(EXERCISES / f"{name}.ipynb")


def shown(notebook):
    texts = [each.get("text") or each.get("data", {}).get("text/plain", "")
             for cell in notebook.cells if cell.cell_type == "code" for each in cell.outputs]  # fmt: skip
    return "".join(texts)


def test_there_are_thirteen_each_with_its_notebooks() -> None:
    assert [name[:4] for name in exercise_ids()] == [f"ex{number:02}" for number in range(1, 14)]
    for folder in (EXERCISES, EXERCISES / "solutions"):
        assert sorted(path.stem for path in folder.glob("*.ipynb")) == exercise_ids()


@every
def test_the_learners_notebook_is_made_from_the_solution(name):
    released = nbformat.reads(script.released((EXERCISES / "solutions" / f"{name}.ipynb").read_text()), as_version=4)
    stored = learners(name)
    assert [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in stored.cells] == [
        (cell.id, cell.cell_type, cell.source, cell.metadata) for cell in released.cells
    ]
    assert "SOLUTION" not in "".join(cell.source for cell in stored.cells)
    assert "HIDDEN" not in "".join(cell.source for cell in stored.cells)


@every
def test_the_solution_is_solved_and_the_learners_notebook_is_not_yet(name):
    assert "\nsolved\n" in shown(solved(name))
    assert "not yet\n" in shown(learners(name))
    assert "solved\n" not in shown(learners(name)).replace("unsolved", "")


@every
def test_the_cells_bear_nbgraders_metadata(name):
    cells = {cell.id: cell for cell in solved(name).cells}
    for id in exercise(name).cells:
        marked = cells[id].metadata.nbgrader
        assert (marked.schema_version, marked.solution, marked.grade, marked.locked) == (3, True, False, False)
    graded = [cell.metadata.nbgrader for cell in cells.values() if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [(each.schema_version, each.locked, each.solution) for each in graded] == [(3, True, False)]
    ids = [cell.metadata.nbgrader.grade_id for cell in cells.values() if "nbgrader" in cell.metadata]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith(name[:4]) for each in ids)


@every
def test_three_hints_open_one_at_a_time(name):
    hints = "".join(cell.source for cell in learners(name).cells if cell.cell_type == "markdown")
    assert len(re.findall(r"<details><summary>(First|Second|Third) hint</summary>", hints)) == 3
    assert "What an attacker would try next" in hints


@every
def test_a_suite_attacks_and_uses(name):
    criteria = exercise(name).criteria
    assert len({each.id for each in criteria}) == len(criteria) >= 5
    assert sum(not each.attack for each in criteria) >= 1
    assert all(each.title and each.hint for each in criteria)
    assert exercise(name).after


@every
def test_what_runs_beside_a_submission_knows_nothing_of_the_attacks(name):
    text = (ROOT / "sandbox" / "grading" / "mounts" / f"{name}.py").read_text(encoding="utf-8")
    assert "suites" not in text


@every
def test_at_least_four_wrong_solutions_are_refused(name):
    text = (ROOT / "tests" / "grading" / f"test_{name}.py").read_text(encoding="utf-8")
    assert text.count("def test_") + text.count("pytest.param(") >= 4


def test_a_released_cell_runs_and_a_hidden_test_is_gone() -> None:
    source = "def f():\n    x = 1\n    ### BEGIN SOLUTION\n    x = 2\n    ### END SOLUTION\n    return x\n"
    source += "print(f())\n### BEGIN HIDDEN TESTS\nassert f() == 2\n### END HIDDEN TESTS"
    cell = nbformat.v4.new_code_cell(source)
    [made] = json.loads(script.released(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))))["cells"]
    assert "".join(made["source"]) == "def f():\n    x = 1\n    # YOUR CODE HERE\n    return x\nprint(f())"
