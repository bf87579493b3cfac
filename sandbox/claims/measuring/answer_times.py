"""By how much the answer to a wrong password takes longer for a known e-mail: real time, in password hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from sandbox.claims.workbench import Workbench
from sandbox.clock import stopwatch
from sandbox.defences import Value
from sandbox.exchange import Response
from sandbox.server.passwords import demo_hash, verify_password

COST: Final = 6
"""bcrypt's: a hash takes longer than the rest of the answer, and no longer than a busy machine leaves one alone."""

ROUNDS: Final = 5
"""Of each, the fastest of its tries counts; of all, the median."""

TRIES: Final = 4


@dataclass(frozen=True)
class Answers:
    """To a known e-mail and an unknown one, both with a wrong password."""

    same: bool
    """Whether status and words are the same."""
    hashes_longer: float
    """By how many hashes the known one's answer takes longer."""

    @property
    def told_apart(self) -> bool:
        return not self.same or self.hashes_longer > 0.5


def answers(bench: Workbench, mode: str, **switches: Value) -> Answers:
    """Log in with wrong passwords, again and again. Raises UnknownName, BadSwitch."""
    with bench.box(**{"bcrypt_cost": COST, **switches}) as box:
        browser = box.attacker().browser

        def login(name: str) -> Response:
            body = {"email": f"{name}@bank.example", "password": "a wrong password"}
            return browser.fetch("POST", f"/{mode}/login", json_body=body)

        stored = demo_hash("alice", COST)
        known, unknown = login("alice"), login("nobody")
        works = (
            lambda: login("alice"),
            lambda: login("nobody"),
            lambda: verify_password("a wrong password", stored),
        )
        longer = []
        for _ in range(ROUNDS):
            one, other, hashed = map(min, zip(*(map(_seconds, works) for _ in range(TRIES)), strict=True))
            longer.append((one - other) / hashed)
        return Answers((known.status, known.body) == (unknown.status, unknown.body), median(longer))


def _seconds(work: Callable[[], object]) -> float:
    began = stopwatch()
    work()
    return stopwatch() - began
