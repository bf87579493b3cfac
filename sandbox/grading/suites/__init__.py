"""The attacks and the features, a file an exercise: they call from outside, over HTTP, and alone draw the verdict."""

from __future__ import annotations

import importlib
import pkgutil

from sandbox.errors import UnknownName
from sandbox.grading.exercise import Exercise


def exercise_ids() -> list[str]:
    """`ex01_read_the_wire`, `ex02_session_fixation`, ... by number."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__) if each.name.startswith("ex"))


def exercise(id: str) -> Exercise:
    """By its whole id or its number: `ex02_session_fixation`, `ex02`. Raises UnknownName."""
    found = [each for each in exercise_ids() if id in (each, each.partition("_")[0])]
    if not found:
        raise UnknownName("exercise", id, exercise_ids())
    suite: Exercise = importlib.import_module(f"{__name__}.{found[0]}").EXERCISE
    return suite
