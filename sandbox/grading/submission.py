"""What learners handed in: finds their notebooks, and takes the solution's cells out of each. Nothing of it is run."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.errors import BadInput
from sandbox.exchange import parsed_json
from sandbox.grading.exercise import Exercise
from sandbox.grading.suites import exercise, exercise_ids

LARGEST: Final = 16 << 20
"""Bytes of a notebook, its outputs among them."""
LONGEST: Final = 200_000
"""Letters of a cell."""


class Refused(BadInput):
    """A notebook from which no solution can be taken."""


@dataclass(frozen=True)
class Submission:
    """One notebook. `cells`: ids and sources. `fault`: why there are none, in one line; empty where there are."""

    learner: str
    exercise: Exercise
    notebook: str
    """Its path below the one that was given."""
    cells: tuple[tuple[str, str], ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Found:
    """`left_out`: a line for each file that is no exercise."""

    submissions: tuple[Submission, ...]
    left_out: tuple[str, ...]


def found(paths: Iterable[Path]) -> Found:
    """Every notebook at these paths, at any depth, by learner and exercise. Links are not followed.

    The learner is the first folder below the path that is not named after an exercise; else what the file's name says
    beside the exercise; else the folder's own name. Raises BadInput where there is no notebook at all.
    """
    submissions: list[Submission] = []
    left_out: list[str] = []
    for path in paths:
        for below in _notebooks(path):
            one = _taken(path, below)
            if isinstance(one, str):
                left_out.append(f"left out {printable(str(below or path.name))}: {one}")
            else:
                submissions.append(one)
    if not submissions:
        why = f": {left_out[0]}" if left_out else ""
        name = f"{exercise_ids()[0]}.ipynb"
        raise BadInput(f"there is no exercise to grade{why}. Name notebooks such as {name}, or their folder")
    submissions.sort(key=lambda each: (each.learner, each.exercise.id, each.notebook))
    return Found(tuple(submissions), tuple(left_out))


def printable(text: str) -> str:
    """A name as a terminal may show it."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


# Where they lie --------------------------------------------------------


def _notebooks(path: Path) -> Iterator[Path]:
    """Their paths below this one, in order; an empty one for the path itself. Raises BadInput."""
    if path.is_file() and path.suffix == ".ipynb":
        yield Path()
        return
    if not path.is_dir():
        raise BadInput(f"{printable(str(path))} is no notebook and no folder of notebooks")
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        links = [name for name in folders if Path(folder, name).is_symlink()]  # not followed, but told
        for name in sorted([*links, *(each for each in files if each.endswith(".ipynb") and not each.startswith("."))]):
            yield Path(folder, name).relative_to(path)


def _taken(path: Path, below: Path) -> Submission | str:
    """A submission; or why it is none, where nothing says of which exercise."""
    whole = path / below
    name = whole.name.removesuffix(".ipynb")
    cells: list[dict[str, Any]] = []
    fault = ""
    try:
        cells = _cells(_read(whole))
    except Refused as refused:
        fault = str(refused)
    parts = [*below.parts[:-1], name]
    chosen = _exercise(parts, cells)
    if chosen is None:
        return fault or "neither its name nor a cell says of which exercise it is"
    learner = _learner(parts, chosen.id) or (path.parent if below == Path() else path).resolve().name
    solution: tuple[tuple[str, str], ...] = ()
    try:
        solution = () if fault else _solution(chosen, cells)
    except Refused as refused:
        fault = str(refused)
    return Submission(printable(learner), chosen, printable(str(below if below.parts else whole.name)), solution, fault)


def _exercise(parts: Sequence[str], cells: Iterable[dict[str, Any]]) -> Exercise | None:
    """By the file's name, or the nearest folder's; else by the cells' grade ids."""
    known = exercise_ids()
    for part in reversed(parts):
        named = [id for id in known if id in part]
        if len(named) == 1:
            return exercise(named[0])
    numbers = {_grade_id(cell).partition("_")[0] for cell in cells}
    meant = [id for id in known if id.partition("_")[0] in numbers]
    return exercise(meant[0]) if len(meant) == 1 else None


def _learner(parts: Sequence[str], id: str) -> str:
    """The first part that says more than the exercise: `alice` of `alice_ex02_session_fixation (1)`; or empty."""
    for part in parts:
        rest = re.sub(r"\(\d+\)|-Copy\d+", "", part.replace(id, "")).strip(" _-.")
        if rest:
            return rest
    return ""


# What is in one ---------------------------------------------------------


def _read(path: Path) -> bytes:
    """Raises Refused for what is no regular file, or too large."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Refused("it is a link: hand in the file itself" if path.is_symlink() else f"{error.strerror}") from error
    with open(file, "rb") as opened:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise Refused("it is no file")
        if about.st_size > LARGEST:
            raise Refused(f"it is larger than {LARGEST >> 20} MiB: clear its outputs")
        return opened.read(LARGEST)


def _cells(content: bytes) -> list[dict[str, Any]]:
    """The code cells. Raises Refused for what is no notebook."""
    notebook = parsed_json(content)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Refused("it is no notebook: no JSON with cells can be read from it")
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _solution(chosen: Exercise, cells: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """By their ids; those without it by nbgrader's, in order. Raises Refused where one is missing, or there are two."""
    number = chosen.id.partition("_")[0]
    own = [cell for cell in cells if cell.get("id") in chosen.cells]
    graded = [cell for cell in cells if _is_solution(cell) and _grade_id(cell).startswith(f"{number}_")]
    for names in ([str(cell["id"]) for cell in own], [_grade_id(cell) for cell in graded]):
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise Refused(f"two cells are the solution {printable(twice[0])[:80]!r}: leave one, the other goes")
    others = [cell for cell in graded if cell not in own]
    missing = [id for id in chosen.cells if id not in {cell["id"] for cell in own}]
    if len(others) != len(missing):
        if not missing:
            raise Refused(f"there are more solution cells than the exercise has: {_grade_id(others[0])[:80]!r}")
        raise Refused(f"the solution's cell {missing[0]!r} is missing: start from the exercise's own notebook")
    found = {str(cell["id"]): cell for cell in own} | dict(zip(missing, others, strict=True))
    return tuple((id, _source(found[id])) for id in chosen.cells)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else source
    if not isinstance(text, str) or len(text) > LONGEST:
        raise Refused(f"the solution's cell holds no text, or more than {LONGEST} letters")
    return text


def _grade_id(cell: dict[str, Any]) -> str:
    return str(_nbgrader(cell).get("grade_id", ""))


def _is_solution(cell: dict[str, Any]) -> bool:
    return _nbgrader(cell).get("solution") is True


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}
