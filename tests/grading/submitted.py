"""What is handed in, taken from the notebooks as the grader takes it: the solution cells, by id, run alone."""

import json
from pathlib import Path
from typing import Any

from sandbox.grading.exercise import Result
from sandbox.grading.suites import exercise

EXERCISES = Path(__file__).resolve().parent.parent.parent / "exercises"
STUB, SOLUTION = EXERCISES, EXERCISES / "solutions"
"""The learners' notebooks, and the authored ones."""


def parts_of(folder: Path, name: str) -> dict[str, Any]:
    """What the exercise's cells define in that notebook: `parts_of(STUB, "ex02_session_fixation")["login"]`."""
    return parts_in(source_of(folder, name), name)


def source_of(folder: Path, name: str) -> str:
    """The source of the exercise's cells in that notebook, one after another."""
    asked = exercise(name)
    cells = {cell["id"]: cell for cell in json.loads((folder / f"{asked.id}.ipynb").read_text("utf-8"))["cells"]}
    return "\n\n".join("".join(cells[each]["source"]) for each in asked.cells)


def parts_in(source: str, name: str) -> dict[str, Any]:
    """What a cell with that source defines: for a solution that a test writes as text."""
    there: dict[str, Any] = {}
    exec(source, there)
    return {part: there[part] for part in exercise(name).parts}


def part_of(folder: Path, name: str, part: str = "") -> Any:
    """One part; the only one where none is named."""
    found = parts_of(folder, name)
    return found[part or next(iter(found))]


def not_met(result: Result) -> list[str]:
    """The ids of the criteria that are not met, in their order."""
    assert not result.fault, result.fault
    return [each.criterion.id for each in result.checked if not each.met]
