"""How much larger than a session id a token is, request by request, and the finding on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, Chart, Finding, Series, Table
from sandbox.claims.measuring import wire_bytes
from sandbox.claims.workbench import Workbench

DROPPED: Final = "dropped"
"""Stands where no request bore the token."""


def larger(bench: Workbench) -> Finding:
    lanes = {
        "session, cookie": wire_bytes.by_groups(bench, "session"),
        "jwt, header": wire_bytes.by_groups(bench, "jwt"),
        "jwt, header, minimal_claims": wire_bytes.by_groups(bench, "jwt", minimal_claims=True),
        "jwt, cookie": wire_bytes.by_groups(bench, "jwt", carrier="cookie"),
    }
    sizes = {
        lane: {groups: each.request_bytes if each.status == 200 else None for groups, each in sent.items()}
        for lane, sent in lanes.items()
    }
    kept, dropped = wire_bytes.last_kept(bench)
    few, many = wire_bytes.GROUPS[0], wire_bytes.GROUPS[-1]
    session, jwt, minimal = (sizes[lane] for lane in ("session, cookie", "jwt, header", "jwt, header, minimal_claims"))
    silent = bench.outcomes("oversized_cookie")["jwt"]
    return Finding(
        larger_verdict(session, minimal),
        f"GET /profile has {session[few]} bytes with a session, {jwt[few]} with a JWT, {minimal[few]} with "
        f"minimal_claims; with {many} groups {session[many]} and {jwt[many]}. A JWT in a cookie of {kept.cookie_bytes} "
        f"bytes comes back; one of {dropped.cookie_bytes} is dropped, and the call answered {dropped.status}.",
        numbers={
            "request_bytes": sizes,
            "largest_cookie_kept": kept.cookie_bytes,
            "smallest_cookie_dropped": dropped.cookie_bytes,
            "login_succeeds_though_dropped": silent.verdict == "breached",
        },
        tables=(
            Table(
                f"Bytes of one GET /profile on the wire; {DROPPED}: the browser has dropped the cookie",
                ("groups that Alice is in", *lanes),
                tuple((groups, *(each[groups] or DROPPED for each in sizes.values())) for groups in wire_bytes.GROUPS),
            ),
        ),
        charts=(
            Chart(
                "line",
                "What one request weighs as claims grow",
                "groups that Alice is in",
                "bytes of the request",
                tuple(
                    Series(lane, tuple((float(groups), size) for groups, size in each.items()))
                    for lane, each in sizes.items()
                ),
                f"A request's bytes with {few} to {many} groups. "
                + "; ".join(f"{lane}: {_as_groups_grow(each)}" for lane, each in sizes.items())
                + f". Of a cookie's name and value the browser keeps {kept.cookie_bytes} bytes, and drops "
                f"{dropped.cookie_bytes}.",
            ),
        ),
    )


def _as_groups_grow(sizes: Mapping[int, int | None]) -> str:
    """One lane in words, from its bytes by the number of groups; None: dropped."""
    sent = [size for size in sizes.values() if size is not None]
    gone = [f"{DROPPED} from {groups} groups on" for groups, size in sizes.items() if size is None][:1]
    spans = [str(sent[0]) if len(set(sent)) == 1 else f"{sent[0]} to {sent[-1]}"] if sent else []
    return ", ".join([*spans, *gone])


def larger_verdict(session: Mapping[int, int | None], jwt: Mapping[int, int | None]) -> str:
    """From bytes by the number of groups: is a request with a JWT always the larger one?"""
    pairs = [(one, jwt[groups]) for groups, one in session.items()]
    return HOLDS if all(one and other and other > one for one, other in pairs) else DOES_NOT_HOLD
