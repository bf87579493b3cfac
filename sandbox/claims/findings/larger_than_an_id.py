"""How much larger than a session id a token is, request by request, and the finding on it."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.actors.cookies import MAX_NAME_AND_VALUE
from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, Chart, Finding, Series, Table
from sandbox.claims.measuring import wire_bytes
from sandbox.claims.workbench import Workbench


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
                "Bytes of one GET /profile on the wire (None: the browser has dropped the cookie)",
                ("groups that Alice is in", *lanes),
                tuple((groups, *(each[groups] for each in sizes.values())) for groups in wire_bytes.GROUPS),
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
                f"With a session a request has {session[few]} bytes, however many groups. With a JWT it grows from "
                f"{jwt[few]} to {jwt[many]} bytes at {many} groups. In a cookie the line ends: over "
                f"{MAX_NAME_AND_VALUE} bytes of name and value the browser drops it.",
            ),
        ),
    )


def larger_verdict(session: Mapping[int, int | None], jwt: Mapping[int, int | None]) -> str:
    """From bytes by the number of groups: is a request with a JWT always the larger one?"""
    pairs = [(one, jwt[groups]) for groups, one in session.items()]
    return HOLDS if all(one and other and other > one for one, other in pairs) else DOES_NOT_HOLD
