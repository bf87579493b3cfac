"""What a short access token trades: work of the store against the time that a thief keeps after a logout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.defences import Value
from sandbox.engine import Scene
from sandbox.search import find_end

LIFETIMES: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY)
"""Of the access token, in seconds."""
CALLS: Final = 240
EVERY: Final = MINUTE
"""Seconds from one call to the next: 240 calls are half a working day, four hours."""


@dataclass(frozen=True)
class Point:
    """One mode under one lifetime."""

    mode: str
    lifetime: float | None
    """Of the self-contained token, in seconds; None in session mode."""
    hits: float
    """Reads and writes of the store per 1000 calls, the login's and the refreshes' among them."""
    tail: float | None
    """Simulated seconds after the victim's logout for which the thief still gets in, at worst; None: no end."""
    logins: int
    """How often the victim types the password in that time."""


def point(bench: Workbench, mode: str, lifetime: float | None = None, **switches: Value) -> Point:
    """Measure one, under `as_written` with RFC 6750's errors: without them the page never refreshes.

    No call loads the user's row, unless `live_roles` is among `switches`. `lifetime`: of the self-contained token, in
    seconds; None in session mode, and for no end.
    """
    switches = {
        "rfc6750_errors": True, "live_roles": False, "jwt_lifetime": lifetime, "access_lifetime": lifetime, **switches
    }  # fmt: skip
    hits, logins = _half_a_day(bench, mode, switches)
    return Point(mode, lifetime, 1000 * hits / CALLS, tail(bench, mode, switches), logins)


def _half_a_day(bench: Workbench, mode: str, switches: Mapping[str, Value]) -> tuple[int, int]:
    """Reads and writes of the store in half a working day of calls, and logins by hand."""
    with bench.box("as_written", **switches) as box:
        scene = Scene(box, mode, {})
        alice = scene.person("alice")
        alice.login()
        logins = 1
        for _ in range(CALLS):
            box.clock.advance(seconds=EVERY)
            if not alice.profile().ok:
                logins += 1
                alice.login()
                alice.profile()
        return sum(each.store_reads + each.store_writes for each in scene.log), logins


def tail(bench: Workbench, mode: str, switches: Mapping[str, Value], loot: str = "all") -> float | None:
    """Seconds after a logout for which a thief still gets in; None: no end was found.

    At worst: the credential is stolen when it is fresh, and the victim logs out in that moment. Who holds a refresh
    token can always have a fresh one. `loot`: what is stolen, one of attacker.LOOT.
    """
    with bench.box("as_written", **switches) as box:
        scene = Scene(box, mode, {})
        alice, mallory = scene.person("alice"), scene.attacker()
        alice.login()
        mallory.steal(alice.browser, loot)
        alice.logout()
        return find_end(scene, mallory).seconds
