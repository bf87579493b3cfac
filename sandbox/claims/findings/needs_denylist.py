"""Logout in jwt mode: what a denylist ends, what it costs per request, how long it gets; and the finding on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.figures import times
from sandbox.claims.measuring import denylist_size
from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, MINUTE

LISTS: Final = {
    "tokens of 7 days, never pruned": (7 * DAY, False),
    "tokens of 7 days, pruned": (7 * DAY, True),
    "tokens of 15 min, pruned": (15 * MINUTE, True),
}
"""What is measured, by name: a token's lifetime in simulated seconds, and whether entries leave at its end."""


def needs_denylist(bench: Workbench) -> Finding:
    def after_logout(**switches: Any) -> float | None:
        seconds: float | None = bench.outcomes("revocation", **switches)["jwt"].measures["after_logout_seconds"]
        return seconds

    def reads(**switches: Any) -> float:
        return float(bench.outcomes("login", **switches)["jwt"].measures["store_reads_per_request"])

    rows = {
        "nothing": (after_logout(), reads()),
        "denylist": (after_logout(denylist=True), reads(denylist=True)),
        "user_epoch": (after_logout(user_epoch=True), reads(user_epoch=True)),
    }
    sizes = {name: denylist_size.sizes(bench, lifetime, prune=prune) for name, (lifetime, prune) in LISTS.items()}
    verdict, condition = denylist_verdict(*(rows[name][0] for name in ("nothing", "denylist", "user_epoch")))
    logouts = len(sizes["tokens of 7 days, pruned"])
    return Finding(
        verdict,
        f"After Alice logs out, her JWT serves Mallory for: {lasting(rows['nothing'][0])}; with a denylist: "
        f"{lasting(rows['denylist'][0])}, and a request reads the store {times(rows['denylist'][1])}, not "
        f"{times(rows['nothing'][1])}. After {logouts} logouts in {denylist_size.DAYS} days the list has "
        + ", ".join(f"{each[-1]} ({name})" for name, each in sizes.items())
        + " entries.",
        condition,
        numbers={
            "after_logout_seconds": {name: seconds for name, (seconds, _) in rows.items()},
            "reads_per_request": {name: count for name, (_, count) in rows.items()},
            "entries": sizes,
        },
        tables=(
            Table(
                "JWT mode: what ends a token at logout, and what it costs",
                ("switched on", "after logout Mallory gets in", "store reads per request"),
                tuple((name, lasting(seconds), count) for name, (seconds, count) in rows.items()),
            ),
            Table(
                f"Entries after {denylist_size.DAYS} days of a logout every {denylist_size.EVERY} hours",
                ("denylist", "entries"),
                tuple((name, each[-1]) for name, each in sizes.items()),
            ),
        ),
        charts=(
            Chart(
                "line",
                f"The denylist, with a logout every {denylist_size.EVERY} hours",
                "days",
                "entries",
                tuple(
                    Series(name, tuple((place * denylist_size.EVERY / 24, size) for place, size in enumerate(each)))
                    for name, each in sizes.items()
                ),
                "Entries: " + "; ".join(f"{name}: {growth(each)}" for name, each in sizes.items()) + ".",
            ),
        ),
    )


def growth(sizes: Sequence[int]) -> str:
    """How a list grew in words, from its entries after each logout."""
    most = max(sizes)
    first = sizes.index(most)
    if first == len(sizes) - 1:
        return f"{most} after {denylist_size.DAYS} days, and still growing"
    return f"{most} at most" + (f", from day {first * denylist_size.EVERY // 24 + 1} on" if first else "")


def denylist_verdict(nothing: float | None, denylist: float | None, user_epoch: float | None) -> tuple[str, str]:
    """The verdict and its condition, from the seconds for which a token serves after logout, with each switched on."""
    if nothing == 0 or denylist != 0:
        return DOES_NOT_HOLD, ""
    if user_epoch == 0:
        return HOLDS_ONLY_IF, "one login is to end and not all: an epoch in the user's row ends them all"
    return HOLDS, ""
