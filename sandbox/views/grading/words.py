"""How a submission did, in words that table, sheet and page share; and what may stand in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.grading.batch import Graded
from sandbox.grading.exercise import Result

TITLE: Final = "How the exercises were solved"
COLUMNS: Final = ("learner", "exercise", "passed", "met", "criteria", "fault", "not_met", "notebook")


def sign(result: Result) -> str:
    """A sign and a word each: never colour alone."""
    if result.fault:
        return "! not tried"
    return "✓ solved" if result.passed else "✗ not yet"


def not_met(result: Result) -> list[str]:
    """The ids of the criteria that are not met, in their order."""
    return [each.criterion.id for each in result.checked if not each.met]


def row(graded: Graded) -> dict[str, Any]:
    """By column."""
    result = graded.result
    return {
        "learner": graded.submission.learner, "exercise": result.exercise.id, "passed": result.passed,
        "met": result.met, "criteria": len(result.exercise.criteria), "fault": result.fault,
        "not_met": not_met(result), "notebook": graded.submission.notebook,
    }  # fmt: skip


def counted(all_graded: Iterable[Graded]) -> str:
    """`60 learners, 780 submissions: 512 solved, 260 not yet, 8 not tried.`"""
    found = list(all_graded)
    learners = len({each.submission.learner for each in found})
    solved = sum(each.result.passed for each in found)
    faults = sum(bool(each.result.fault) for each in found)
    return (
        f"{learners} learner{'' if learners == 1 else 's'}, {len(found)} submission{'' if len(found) == 1 else 's'}: "
        f"{solved} solved, {len(found) - solved - faults} not yet, {faults} not tried."
    )
