"""How long a denylist gets: one logout after the other, for days."""

from __future__ import annotations

from typing import Final

from sandbox.claims.workbench import Workbench

EVERY: Final = 2
"""Simulated hours from one logout to the next."""

DAYS: Final = 10


def sizes(bench: Workbench, lifetime: float, *, prune: bool) -> list[int]:
    """Entries after each logout, where a token lives for `lifetime` simulated seconds."""
    found = []
    with bench.box(denylist=True, prune_denylist=prune, jwt_lifetime=lifetime) as box:
        alice = box.browser("alice").open("jwt")
        for _ in range(DAYS * 24 // EVERY):
            alice.login()
            alice.logout()
            found.append(len(box.store("jwt").tables()["denylist"]))
            box.clock.advance(hours=EVERY)
    return found
