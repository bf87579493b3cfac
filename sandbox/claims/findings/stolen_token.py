"""A token that is stolen unnoticed, for several lifetimes, and bound to a key; and the finding on it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, HOUR, MINUTE

LIFETIMES: Final = {"15 min": 15 * MINUTE, "1 h": HOUR, "24 h": DAY, "7 d": 7 * DAY}


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
    verdict, condition = exp_verdict(seconds["jwt"], left, bound.attacker_seconds if bound else None)
    unbounded = bench.outcomes("theft")["session"].attacker_seconds
    return Finding(
        verdict,
        "Mallory gets in with a stolen JWT for "
        + ", ".join(f"{lasting(each)} (of {name})" for name, each in seconds["jwt"].items())
        + f": to its exp each time. With a stolen session as written: {lasting(unbounded)}. "
        + (f"With a JWT bound to the client's key (DPoP): {lasting(bound.attacker_seconds)}." if bound else
           "A JWT bound to a key (DPoP) was not tried: the package cryptography is not installed."),
        condition,
        numbers={
            "seconds": seconds,
            "seconds_to_exp": left,
            "session_without_end": unbounded,
            "bound_to_key": bound.attacker_seconds if bound else None,
        },
        tables=(
            Table(
                "For how long a stolen credential serves, when nobody notices",
                ("lifetime", "jwt (jwt_lifetime)", "session (absolute_lifetime)"),
                tuple((name, lasting(seconds["jwt"][name]), lasting(seconds["session"][name])) for name in LIFETIMES),
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
                "The longer a JWT lives, the longer a thief gets in: to its end, less the time before the theft. A "
                "session of the same absolute lifetime does the same. What ends it sooner is not in the picture.",
                log_x=True,
                log_y=True,
                ticks_x=tuple((each, name) for name, each in LIFETIMES.items()),
                ticks_y=tuple((each, name) for name, each in LIFETIMES.items()),
            ),
        ),
    )  # fmt: skip


def exp_verdict(
    seconds: Mapping[str, float | None], left: Mapping[str, float], bound_to_key: float | None
) -> tuple[str, str]:
    """The verdict and its condition. `left`: seconds from the theft to exp. `bound_to_key`: None if it wasn't tried."""
    if any(seconds[name] != each for name, each in left.items()):
        return DOES_NOT_HOLD, ""
    if bound_to_key == 0:
        return HOLDS_ONLY_IF, "it is a bearer token: bound to the client's key (DPoP), a copy is worth nothing"
    return HOLDS, ""
