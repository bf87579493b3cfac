"""Runs the criteria of an exercise, each on a fresh mount, and keeps what broke one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from sandbox.errors import SandboxError, ServerStopped
from sandbox.grading.exercise import Checked, Criterion, Exercise, Result, expect
from sandbox.grading.mounts import RAISED
from sandbox.grading.visit import Visit

MOST: Final = 300
"""Letters of what was seen that are told: some of it is a submission's own text."""

Open = Callable[[], AbstractContextManager[Visit]]
"""Makes a fresh mount, and takes it down after the visit. Raises SandboxError where it can't be made."""


def judge(exercise: Exercise, visit: Open) -> Result:
    """Every criterion is tried, whatever the others say: a learner sees all that is missing at once."""
    return Result(exercise, tuple(_checked(each, visit) for each in exercise.criteria))


def _checked(criterion: Criterion, visit: Open) -> Checked:
    there: Visit | None = None
    try:
        with visit() as there:
            criterion.run(there)
            expect(not there.log.broken, "the server broke")
    except ServerStopped:
        return Checked(criterion, False, "no answer came in time", tuple(there.log) if there else ())
    except SandboxError as error:  # Broken, and what an actor could not do with such an answer
        seen = _why(str(error), there) if there else str(error)
        return Checked(criterion, False, seen, tuple(there.log) if there else ())
    except Exception as error:  # an answer may be anything: what a suite can't read is no pass
        seen = _why(f"an answer could not be read ({type(error).__name__})", there) if there else "nothing answers"
        return Checked(criterion, False, seen, tuple(there.log) if there else ())
    return Checked(criterion, True, exchanges=tuple(there.log))


def _why(seen: str, there: Visit) -> str:
    """What the learner's code raised goes before what followed from it."""
    broke = next((each for each in there.log if each.response.status >= 500), None)
    if broke is None:
        return seen
    raised = broke.response.field(RAISED)
    what = f"your code raised {raised}" if isinstance(raised, str) else f"the answer was {broke.response.status}"
    return f"at {broke.request.method} {broke.request.path}, {what}"[:MOST]
