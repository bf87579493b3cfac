"""Executes the exercises' solutions, and makes each learner's notebook from its solution: one source for the two.

`make exercises`, or `python tests/exercises.py [NAME ...]`. In a cell, what stands between `### BEGIN SOLUTION` and
`### END SOLUTION` is taken out, and all between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`: nbgrader's words.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = ROOT / "exercises"
SOLUTIONS = EXERCISES / "solutions"
STUB = "# YOUR CODE HERE"

_SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.DOTALL | re.MULTILINE)
_HIDDEN = re.compile(r"\n*^ *### BEGIN HIDDEN TESTS\n.*?^ *### END HIDDEN TESTS$", re.DOTALL | re.MULTILINE)

_spec = importlib.util.spec_from_file_location("notebooks_script", ROOT / "tests" / "notebooks.py")
assert _spec is not None
assert _spec.loader is not None
notebooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(notebooks)


def main(names: list[str]) -> int:
    os.environ["SANDBOX_ANSWERS"] = "off"
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        begun = time.monotonic()
        try:
            solved = notebooks.normal_form(notebooks.executed(path))
            path.write_text(solved, encoding="utf-8", newline="\n")
            (EXERCISES / path.name).write_text(executed(released(solved)), encoding="utf-8", newline="\n")
        except notebooks.NotebookFailed as failure:
            print(f"{path.name}: {failure}", file=sys.stderr)
            return 1
        print(f"{path.name}: {time.monotonic() - begun:.1f} s")
    return 0


def executed(notebook: str) -> str:
    """A notebook's text with its outputs, in normal form. It runs in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "exercise.ipynb")
        path.write_text(notebook, encoding="utf-8")
        return str(notebooks.normal_form(notebooks.executed(path)))


def released(solved: str) -> str:
    """The learner's notebook: the same cells, without solutions, hidden tests and outputs."""
    notebook = nbformat.reads(solved, as_version=4)
    for cell in notebook.cells:
        cell.source = _HIDDEN.sub("", _SOLUTION.sub(rf"\1{STUB}", cell.source))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook)


if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if not (SOLUTIONS / f"{name}.ipynb").is_file()]
    if unknown:
        sys.exit(f"no such exercise: {', '.join(unknown)}; its solution stands in exercises/solutions/NAME.ipynb")
    sys.exit(main(sys.argv[1:]))
