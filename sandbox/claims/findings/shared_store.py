"""Several servers with stores of their own or a shared one: the finding on who is refused."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.measuring import nodes
from sandbox.claims.workbench import Workbench


def needs_shared_store(bench: Workbench) -> Finding:
    own, shared = nodes.shares(bench, shared=False), nodes.shares(bench, shared=True)
    at_her_own, elsewhere = nodes.kept_at_one(bench)
    verdict, condition = shared_store_verdict(own["session"], shared["session"], at_her_own, elsewhere)
    counts = [_servers(each) for each in nodes.COUNTS]
    return Finding(
        verdict,
        "Of a session's calls are refused, each server with its own store: "
        f"{', '.join(f'{_percent(share)} with {_servers(count)}' for count, share in own['session'].items())}; with a "
        f"shared store {_percent(max(shared['session'].values()))}. A JWT's: "
        f"{_percent(max(own['jwt'].values()))}. Each user always at one server: {_percent(at_her_own)}, and "
        f"{_percent(elsewhere)} once it stops.",
        condition,
        numbers={"own_store": own, "shared_store": shared, "kept_at_one": at_her_own, "its_server_stops": elsewhere},
        tables=(
            Table(
                "Share of calls that are refused, in %",
                ("store", "mode", *counts),
                tuple(
                    (store, lane, *(round(100 * share) for share in each.values()))
                    for store, lanes in (("each its own", own), ("shared", shared))
                    for lane, each in lanes.items()
                ),
            ),
            Table(
                "Two servers with their own stores, session mode",
                ("the load balancer", "refused, in %"),
                (
                    ("takes turns", round(100 * own["session"][2])),
                    ("keeps each user at one server", round(100 * at_her_own)),
                    ("must send her to the other, for hers has stopped", round(100 * elsewhere)),
                ),
            ),
        ),
        charts=(
            Chart(
                "bars",
                "Calls refused when servers take turns, each with its own store",
                "servers",
                "calls refused (%)",
                tuple(
                    Series(lane, tuple((place, 100 * share) for place, share in enumerate(each.values())))
                    for lane, each in own.items()
                ),
                "With servers that don't share a store, "
                + "; ".join(f"{lane}: {', '.join(map(_percent, each.values()))}" for lane, each in own.items())
                + f" of the calls are refused with {', '.join(counts)}. With a shared store {_most(shared)} refused.",
                categories=tuple(counts),
            ),
        ),
    )  # fmt: skip


def shared_store_verdict(
    own: Mapping[int, float], shared: Mapping[int, float], kept_at_one: float, elsewhere: float
) -> tuple[str, str]:
    """The verdict and its condition, from the shares refused in session mode: by the number of servers that take turns,
    where each user stays at one of two, and once that one stops.
    """
    if not any(own.values()) or any(shared.values()):
        return DOES_NOT_HOLD, ""
    if kept_at_one == 0:
        return HOLDS_ONLY_IF, (
            "a user's calls reach more than one server: a user who is always sent to the same one needs no shared "
            "store" + (", until it stops" if elsewhere else "")
        )
    return HOLDS, ""


def _servers(count: int) -> str:
    return "1 server" if count == 1 else f"{count} servers"


def _most(shares: Mapping[str, Mapping[int, float]]) -> str:
    most = max(share for each in shares.values() for share in each.values())
    return f"up to {_percent(most)} are" if most else "none is"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
