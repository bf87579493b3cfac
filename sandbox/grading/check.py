"""`sandbox.check`: a learner's parts in a fresh application in this process, under all attacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import BadInput
from sandbox.exchange import Headers, Request, Response
from sandbox.grading.bank import Bank, fresh_facts
from sandbox.grading.exercise import Broken, Exercise, Result
from sandbox.grading.judge import judge
from sandbox.grading.mounts import in_a_line, mount
from sandbox.grading.suites import exercise
from sandbox.grading.visit import Visit
from sandbox.server.transports import InProcess


def check(id: str, **parts: Any) -> Result:
    """How these parts do. Raises UnknownName for the exercise, BadInput for a part that is missing or none of its own.

    Whatever the parts themselves raise is in the result: an unsolved stub is no error.
    """
    chosen = exercise(id)
    missing = [name for name in chosen.parts if name not in parts]
    others = [name for name in parts if name not in chosen.parts]
    if missing or others:
        wanted = ", ".join(f"{name}={name}" for name in chosen.parts)
        raise BadInput(f'{chosen.id} takes these parts: sandbox.check("{chosen.id}", {wanted})')
    return judge(chosen, lambda: _here(chosen, parts))


@contextmanager
def _here(chosen: Exercise, parts: dict[str, Any]) -> Iterator[Visit]:
    facts, clock = fresh_facts(), Clock()

    def call(method: str, path: str, headers: Headers = (), body: bytes = b"") -> tuple[int, Headers, bytes]:
        """The submission calls outside; whoever the suite has put there answers."""
        if visit.outside is None:
            raise BadInput("nobody is outside in this exercise")
        answer: Response = visit.outside(Request(method, f"https://bank.example{path}", tuple(headers), bytes(body)))
        return answer.status, answer.headers, answer.body

    try:
        app = mount(chosen.id, parts, Bank(facts, clock.now, call))
    except (Exception, SystemExit) as error:
        raise Broken(f"your code raised {in_a_line(error)}") from error
    visit = Visit(InProcess(app, ""), facts, clock)
    yield visit
