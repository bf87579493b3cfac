"""Whether tokens serve at many servers and services at once, what that costs, and what it does not carry along."""

from __future__ import annotations

from dataclasses import asdict
from math import log10
from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.measuring import crossover, nodes, public_key_only
from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench

ROUND_TRIPS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Milliseconds between a server and its store: in one machine, in one data centre, between two."""


def scales(bench: Workbench) -> Finding:
    own = nodes.shares(bench, shared=False)
    two = bench.outcomes("two_nodes")
    heard, costs = public_key_only.heard(bench), crossover.costs()
    under_hs256 = public_key_only.public_key_status(bench)
    in_elsewhere, in_elsewhere_shared = (
        each["jwt"].measures["still_in_elsewhere"] for each in (two, bench.outcomes("two_nodes", shared_store=True))
    )
    verdict, condition = scaling_verdict(max(own["jwt"].values()), in_elsewhere, in_elsewhere_shared, heard)
    crossing = crossover.crossing(costs.hs256, costs.look_up)
    return Finding(
        verdict,
        f"Of a JWT's calls at 1, 2 and 4 servers with stores of their own, {100 * max(own['jwt'].values()):.0f} % are "
        f"refused; of a session's, up to {100 * max(own['session'].values()):.0f} %. {_said(heard)} After a "
        f"logout at one of two servers the other {_takes(in_elsewhere)} the JWT; where they share a denylist it "
        f"{_takes(in_elsewhere_shared)} it. Verifying takes {_times(costs.hs256 / costs.look_up)} a look-up with no "
        f"network between; it is the faster way {_from(crossing)}.",
        condition,
        numbers={
            "refused": own,
            "in_elsewhere_after_logout": in_elsewhere,
            "in_elsewhere_after_logout_shared": in_elsewhere_shared,
            "other_service": asdict(heard) if heard else None,
            "public_key_under_hs256": under_hs256,
            "seconds_per_check": asdict(costs),
            "crossing_seconds": crossing,
        },
        tables=_tables(heard, costs, under_hs256),
        charts=(_chart(costs, crossing),),
        varies=True,
    )


def scaling_verdict(
    refused: float, in_elsewhere: bool, in_elsewhere_shared: bool, heard: public_key_only.Heard | None
) -> tuple[str, str]:
    """The verdict and its condition. `refused`: the largest share of a JWT's calls that any number of servers refused.

    `in_elsewhere`: whether, after a logout at one server, the token serves at another that keeps its own denylist, and
    where both share one.
    """
    if refused or (heard and not heard.jwt):
        return DOES_NOT_HOLD, ""
    if in_elsewhere or (heard and heard.seconds_after_logout):
        return HOLDS_ONLY_IF, (
            "no token need end early: a service that verifies by itself does not hear of a logout"
            + ("" if in_elsewhere_shared else ", unless it shares a denylist")
        )
    return HOLDS, ""


def _said(heard: public_key_only.Heard | None) -> str:
    if heard is None:
        return "A service with the public key alone was not tried: the package cryptography is not installed."
    return (
        f"A service that holds the public key alone {_takes(heard.jwt)} the JWT and {_takes(heard.session)} the "
        f"session id; after a logout, which the bank's denylist notes, it takes the JWT for "
        f"{lasting(heard.seconds_after_logout)} more."
    )


def _takes(let_in: bool) -> str:
    return "takes" if let_in else "refuses"


def _tables(heard: public_key_only.Heard | None, costs: crossover.Costs, under_hs256: int) -> tuple[Table, ...]:
    checks = Table(
        "Real time of one check on this machine",
        ("check", "microseconds, about"),
        tuple(
            (name, coarse(1e6 * seconds))
            for name, seconds in (
                ("look a session up, no network between", costs.look_up),
                ("verify a token signed with HS256", costs.hs256),
                ("verify a token signed with RS256", costs.rs256),
            )
            if seconds is not None
        ),
    )
    if heard is None:
        return (checks,)
    service = Table(
        "A second service that holds the bank's public key, and nothing else",
        ("what", "what came of it"),
        (
            ("Alice's token, signed with RS256", "let in" if heard.jwt else "refused"),
            ("Alice's session id", "let in" if heard.session else "refused"),
            ("her token after logout, at the bank, which keeps a denylist", str(heard.status_at_bank)),
            ("her token after logout, at the second service: let in for", lasting(heard.seconds_after_logout)),
            ("asking for the public key where the bank signs with HS256", str(under_hs256)),
        ),
    )
    return service, checks


def _chart(costs: crossover.Costs, crossing: float) -> Chart:
    flat = [("verify a JWT (HS256)", costs.hs256)] + ([("verify a JWT (RS256)", costs.rs256)] if costs.rs256 else [])
    return Chart(
        "line",
        "One check: ask the store, or verify",
        "round trip to the store (milliseconds)",
        "time of the check (milliseconds)",
        (
            Series("look a session up", tuple((trip, trip + coarse(1000 * costs.look_up)) for trip in ROUND_TRIPS)),
            *(Series(name, tuple((trip, coarse(1000 * seconds)) for trip in ROUND_TRIPS)) for name, seconds in flat),
        ),
        "The look-up grows with the round trip to the store, which is added to what was measured without one. To "
        "verify takes the same, wherever the store is. What was measured is drawn coarsely, as 1 or 3 times a power "
        f"of ten. To verify with HS256 is the faster way {_from(crossing)}.",
        log_x=True,
        log_y=True,
    )


def _times(ratio: float) -> str:
    """Real times are told no closer, in words to be read before what it is compared with."""
    return "longer than" if ratio > 2 else "about as long as" if ratio > 0.5 else "less long than"


def _from(crossing: float) -> str:
    """From which round trip on a JWT is checked sooner, in words. Real seconds are told as whole powers of ten."""
    if not crossing:
        return "at any round trip"
    above = 1.0
    while above < 1000 * crossing:
        above *= 10
    return f"where the round trip to the store takes {above:g} ms or more"


def coarse(value: float) -> float:
    """The nearest of 0.1, 0.3, 1, 3, 10 and so on: a measured time that a run more usually leaves as it is."""
    return float(f"{10 ** (round(2 * log10(value)) / 2):.0e}")
