"""What verifying a token costs beside looking a session up: real time, on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from typing import Final

from sandbox.claims.measuring.store_bytes import filled, nth_token
from sandbox.clock import MINUTE, stopwatch
from sandbox.defences import Defences
from sandbox.server.app import create_app
from sandbox.server.modes.jwt_mode import JwtMode
from sandbox.server.stores.sqlite import SQLiteStore

ROUNDS: Final = 30
"""In each, all are measured, one after the other: what else the machine does meets all alike."""

AT_ONCE: Final = 20
SESSIONS: Final = 1000
"""Rows in the table in which the session is looked up."""


@dataclass(frozen=True)
class Costs:
    """Real seconds of one check: medians."""

    look_up: float
    """Of a session's row, in a database in this process: no network lies between."""
    hs256: float
    rs256: float | None
    """None where the package cryptography is missing."""


def costs() -> Costs:
    """Measure them: half a second or so."""
    works = {"look_up": _look_up(), "hs256": _verify("HS256")}
    if find_spec("cryptography"):
        works["rs256"] = _verify("RS256")
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = stopwatch()
            for _ in range(AT_ONCE):
                work()
            times[name].append((stopwatch() - began) / AT_ONCE)
    found = {name: median(each) for name, each in times.items()}
    return Costs(found["look_up"], found["hs256"], found.get("rs256"))


def crossing(verify: float, look_up: float) -> float:
    """The round trip to a store, in seconds, from which on verifying costs less; 0 where it always does."""
    return max(0.0, verify - look_up)


def _look_up() -> Callable[[], object]:
    store = filled(SQLiteStore(), "session", SESSIONS)
    token = nth_token(SESSIONS // 2)
    return lambda: store.session(token)


def _verify(algorithm: str) -> Callable[[], object]:
    app = create_app(defences=Defences.preset("as_advised").but(bcrypt_cost=4, signing=algorithm))
    mode = app.extensions["sandbox_modes"]["jwt"]
    assert isinstance(mode, JwtMode)
    user = mode.store.user(1)
    assert user is not None
    token, _ = mode.tokens.issue_access_token(user, 15 * MINUTE)
    return lambda: mode.tokens.verify_access_token(token)
