"""A token that is stolen unnoticed, for several lifetimes, and bound to a key; and the finding on it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.played import clauses, lasting, listed
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, HOUR, MINUTE

LIFETIMES: Final = {"15 min": 15 * MINUTE, "1 h": HOUR, "24 h": DAY, "7 d": 7 * DAY}

NOTICED: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "a logout with no look-up": ("after_logout_seconds", {}),
    "a logout with a denylist": ("after_logout_seconds", {"denylist": True}),
    "a new password with user_epoch": ("after_password_seconds", {"user_epoch": True}),
}
"""What Alice does once she has noticed, and what looks the token up: the measure of `revocation`, and the switches."""


def valid_until_exp(bench: Workbench) -> Finding:
    plays = {
        name: bench.record("theft", modes=("session", "jwt"), jwt_lifetime=each, absolute_lifetime=each)
        for name, each in LIFETIMES.items()
    }
    stolen_after = {name: play.steps[1].clock - play.steps[0].clock for name, play in plays.items()}
    seconds = {
        mode: {name: play.outcomes[mode].attacker_seconds for name, play in plays.items()}
        for mode in ("session", "jwt")
    }
    left = {name: each - stolen_after[name] for name, each in LIFETIMES.items()}
    bound = bench.outcomes("sender_constraint", dpop=True)["jwt"] if find_spec("cryptography") else None
    noticed = {
        name: bench.outcomes("revocation", **switches)["jwt"].measures[measure]
        for name, (measure, switches) in NOTICED.items()
    }
    verdict, condition = exp_verdict(seconds["jwt"], left, bound.attacker_seconds if bound else None, noticed)
    unbounded = bench.outcomes("theft")["session"].attacker_seconds
    return Finding(
        verdict,
        "Mallory gets in with a stolen JWT for "
        + ", ".join(f"{lasting(each)} (of {name})" for name, each in seconds["jwt"].items())
        + f": {to_exp(seconds['jwt'], left)}. With a stolen session as written: {lasting(unbounded)}. Once Alice "
        "notices, "
        + ", ".join(f"{name}: {lasting(each)}" for name, each in noticed.items())
        + ". "
        + (f"With a JWT bound to the client's key (DPoP): {lasting(bound.attacker_seconds)}." if bound else
           "A JWT bound to a key (DPoP) was not tried: the package cryptography is not installed."),
        condition,
        numbers={
            "seconds": seconds,
            "seconds_to_exp": left,
            "session_without_end": unbounded,
            "noticed": noticed,
            "bound_to_key": bound.attacker_seconds if bound else None,
        },
        tables=(
            Table(
                "For how long a stolen credential serves, when nobody notices",
                ("lifetime", "jwt (jwt_lifetime)", "session (absolute_lifetime)"),
                tuple((name, lasting(seconds["jwt"][name]), lasting(seconds["session"][name])) for name in LIFETIMES),
            ),
            Table(
                "For how long a JWT of 7 d serves after Alice has noticed",
                ("what she does, and what looks the token up", "jwt"),
                tuple((name, lasting(each)) for name, each in noticed.items()),
            ),
        ),
        charts=(
            Chart(
                "line",
                "A theft that nobody notices",
                "lifetime of the credential (seconds)",
                "Mallory gets in for (seconds)",
                tuple(
                    Series(name, tuple((each, seconds[mode][lifetime]) for lifetime, each in LIFETIMES.items()))
                    for mode, name in (("jwt", "jwt, by jwt_lifetime"), ("session", "session, by absolute_lifetime"))
                ),
                f"A stolen JWT serves {to_exp(seconds['jwt'], left)}, which is the lifetime less the time before the "
                f"theft. A session of that absolute lifetime: {to_exp(seconds['session'], left)}. "
                + "; ".join(
                    f"{mode} " + ", ".join(f"{lasting(each)} (of {name})" for name, each in found.items())
                    for mode, found in seconds.items()
                )
                + ". What ends it once the theft is noticed is not in the picture.",
                log_x=True,
                log_y=True,
                ticks_x=tuple((each, name) for name, each in LIFETIMES.items()),
                ticks_y=tuple((each, name) for name, each in LIFETIMES.items()),
            ),
        ),
    )  # fmt: skip


def to_exp(seconds: Mapping[str, float | None], left: Mapping[str, float]) -> str:
    """At which lifetimes it serves until it expires, in words. `left`: seconds from the theft to that end."""
    reached = [name for name, each in left.items() if seconds[name] == each]
    if len(reached) == len(left):
        return "to its end each time"
    return f"to its end of {listed(reached)} alone" if reached else "never to its end"


def exp_verdict(
    seconds: Mapping[str, float | None],
    left: Mapping[str, float],
    bound_to_key: float | None,
    noticed: Mapping[str, float | None],
) -> tuple[str, str]:
    """The verdict and its condition. `left`: seconds from the theft to exp. `bound_to_key`: None if it wasn't tried.

    `noticed`: seconds from Alice's act on, by `NOTICED`.
    """
    if any(seconds[name] != each for name, each in left.items()):
        return DOES_NOT_HOLD, ""
    parts = []
    if bound_to_key == 0:
        parts.append("it is a bearer token (bound to the client's key by DPoP, a copy is worth nothing)")
    if ended := [name for name, each in noticed.items() if each == 0]:
        parts.append(f"nobody notices or nothing looks it up (it ends at once by {listed(ended)})")
    return (HOLDS_ONLY_IF, clauses(parts)) if parts else (HOLDS, "")
