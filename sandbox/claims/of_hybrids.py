"""The claims H1 to H3: what the hybrid of a short access token and a stored refresh token brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Claim, Finding, Series, Table
from sandbox.claims.measuring.tradeoff import CALLS, EVERY, LIFETIMES, Point, point, tail
from sandbox.claims.played import ADVISED, clauses, comparable, lasting, listed, played
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, MINUTE, describe
from sandbox.defences import Value
from sandbox.record import HORIZON

WEEK: Final = 7 * DAY
"""The lifetime of the samples' JWT and refresh token, in seconds."""

AT_ONCE: Final = 1.0
"""Where the charts draw what ends at once: ends are found down to one second, and a logarithmic axis has no zero."""


# H1 ---------------------------------------------------------------------


def best_of_both(bench: Workbench) -> Finding:
    session, jwt, jwt_short = point(bench, "session"), point(bench, "jwt", WEEK), point(bench, "jwt", ADVISED)
    curve = [point(bench, "hybrid", lifetime) for lifetime in LIFETIMES]
    advised = next(each for each in curve if each.lifetime == ADVISED)
    denied = point(bench, "hybrid", ADVISED, denylist=True)
    loading = [point(bench, each.mode, each.lifetime, live_roles=True) for each in (session, advised)]
    unnoticed = {
        mode: played(bench, "theft", mode, switches={"jwt_lifetime": ADVISED}).attacker_seconds
        for mode in ("jwt", "hybrid")
    }
    verdict, condition = judged(session, jwt, curve, (loading[0], loading[-1]))
    return Finding(
        verdict,
        f"At {lasting(advised.lifetime)}, {advised.hits:.0f} store hits per 1000 calls, and {lasting(advised.tail)} "
        f"for a thief after a logout; session {session.hits:.0f}, {lasting(session.tail)}; JWT of "
        f"{lasting(jwt.lifetime)} {jwt.hits:.0f}, {lasting(jwt.tail)}. Where each call loads the user, "
        f"{loading[-1].hits:.0f} against the session's {loading[0].hits:.0f}. A theft that nobody notices lasts "
        f"{lasting(unnoticed['hybrid'])}; with a JWT of {lasting(jwt_short.lifetime)} alone "
        f"{lasting(unnoticed['jwt'])}, but {jwt_short.logins} logins in half a working day.",
        condition,
        {
            "session": asdict(session), "jwt": asdict(jwt), "jwt_short": asdict(jwt_short),
            "hybrid": tuple(asdict(each) for each in curve), "with_denylist": asdict(denied),
            "loading_the_user": tuple(asdict(each) for each in loading), "unnoticed_seconds": unnoticed,
        },
        (
            Table(
                f"Half a working day: {CALLS} calls, one every {describe(EVERY)}; no call loads the user",
                ("mode", "token lives", "store hits per 1000 calls", "thief after logout, at worst", "logins by hand"),
                tuple(_row(each) for each in (session, *curve, jwt_short, jwt)),
            ),
            Table(
                "The same, where each call asks the store something",
                ("mode", "token lives", "store hits per 1000 calls", "thief after logout, at worst", "asks"),
                (
                    *((*_row(each)[:-1], "the user's row") for each in loading),
                    (*_row(denied)[:-1], "the denylist"),
                ),
            ),
        ),
        (_curve(session, jwt, curve),),
    )  # fmt: skip


def judged(session: Point, jwt: Point, curve: Sequence[Point], loading: tuple[Point, Point]) -> tuple[str, str]:
    """The verdict, and the condition: is there a lifetime at which the hybrid costs what a JWT costs, and ends as a
    session ends; or at least one at which it costs less than a session, and ends sooner than a JWT?

    `loading`: a session, and the hybrid at one of the curve's lifetimes, where each call loads the user.
    """
    both = [each for each in curve if each.hits <= jwt.hits and comparable(each.tail) <= comparable(session.tail)]
    if both:
        return HOLDS, ""
    between = [each for each in curve if each.hits < session.hits and comparable(each.tail) < comparable(jwt.tail)]
    if not between:
        return DOES_NOT_HOLD, ""
    dearer = [each for each in curve if each.hits >= session.hits]
    parts = []
    if any(comparable(each.tail) > comparable(session.tail) for each in between):
        one_lifetime = all(each.tail == each.lifetime for each in between)
        longest = lasting(max((each.tail for each in between), key=comparable))
        parts.append(f"a thief may stay for {'one access lifetime' if one_lifetime else longest} after a logout")
    alone = next(each for each in curve if each.lifetime == loading[1].lifetime)
    if session.hits / alone.hits > 2 > loading[0].hits / loading[1].hits:
        parts.append("no call asks the store for anything else")
    if dearer:
        lifetimes = listed([lasting(each.lifetime) for each in dearer])
        parts.append(f"a lifetime spans several calls (at {lifetimes} the store works harder than for a session)")
    return HOLDS_ONLY_IF, clauses(parts) or "more work of the store than with a JWT is accepted"


def _row(each: Point) -> tuple[str, str, int, str, int]:
    lives = "-" if each.mode == "session" else lasting(each.lifetime)
    return each.mode, lives, round(each.hits), lasting(each.tail), each.logins


def _curve(session: Point, jwt: Point, curve: Sequence[Point]) -> Chart:
    def at(each: Point) -> tuple[float, float]:
        return each.hits, max(comparable(each.tail), AT_ONCE)

    path = "; ".join(f"{lasting(each.lifetime)}: {each.hits:.0f} hits, {lasting(each.tail)}" for each in curve)
    return Chart(
        "line",
        "The work of the store, and the time that a thief has left after a logout",
        f"store hits per 1000 calls, at one call every {describe(EVERY)}",
        "time that a thief has left, at worst",
        (
            Series("hybrid, by the access token's lifetime", tuple(at(each) for each in curve)),
            Series("session", (at(session),)),
            Series("jwt", (at(jwt),)),
        ),
        f"Store hits per 1000 calls, and the time left. Hybrid, by the access token's lifetime: {path}. Session: "
        f"{session.hits:.0f} hits, {lasting(session.tail)}. JWT: {jwt.hits:.0f} hits, {lasting(jwt.tail)}.",
        log_x=True,
        log_y=True,
        ticks_y=(
            (AT_ONCE, lasting(0)),
            *((seconds, describe(seconds)) for seconds in (*LIFETIMES, WEEK)),
        ),
    )


# H2 ---------------------------------------------------------------------


def revocable(bench: Workbench) -> Finding:
    found: dict[str, dict[str, float | None]] = {}
    for name, switches in _REVOCATIONS.items():
        found[name] = {loot: tail(bench, "hybrid", switches, loot) for loot in ("refresh", "access")}
    at_refresh, at_profile = found["logout ends the family"].values()
    kept = found["logout ends nothing"]["refresh"]
    denied = found["logout denies the access token too"]["access"]
    if at_refresh != 0 or kept == 0:
        verdict, condition = DOES_NOT_HOLD, ""
    elif at_profile == 0:
        verdict, condition = HOLDS, ""
    else:
        verdict = HOLDS_ONLY_IF
        condition = (
            "logout ends the token's family on the server, and the refresh token alone is meant: the access token that "
            f"is out serves for up to {lasting(at_profile)} more"
        ) + (", unless every call asks a denylist" if denied == 0 else "")
    return Finding(
        verdict,
        f"From logout on, the refresh token serves: {lasting(at_refresh)}; the access token: {lasting(at_profile)}, "
        f"with a denylist {lasting(denied)}. Where logout ends nothing, the refresh token serves: {lasting(kept)}.",
        condition,
        {"refresh_seconds": at_refresh, "profile_seconds": at_profile, "unended_seconds": kept,
         "denied_profile_seconds": denied},
        (
            Table(
                "From Alice's logout to the first refusal, at worst",
                ("what the server does", "with the refresh token (/refresh)", "with the access token (/profile)"),
                tuple((name, lasting(each["refresh"]), lasting(each["access"])) for name, each in found.items()),
            ),
        ),
    )  # fmt: skip


_REVOCATIONS: Final[Mapping[str, Mapping[str, Value]]] = {
    "logout ends nothing": {"end_on_logout": False},
    "logout ends the family": {},
    "logout denies the access token too": {"denylist": True},
}


# H3 ---------------------------------------------------------------------

_ROTATIONS: Final[Mapping[str, Mapping[str, Value]]] = {
    "no rotation": {},
    "rotation": {"rotate_refresh": True},
    "reuse detected": {"rotate_refresh": True, "detect_reuse": True},
    "with 10 s of grace": {"rotate_refresh": True, "detect_reuse": True, "reuse_grace": True},
    "family ends at 24 h": {"rotate_refresh": True, "detect_reuse": True, "absolute_lifetime": DAY},
}
_CASES: Final = ("Alice refreshes first", "Mallory first, Alice comes back", "Mallory first, Alice stays idle")


def rotation(bench: Workbench) -> Finding:
    seconds: dict[str, tuple[float | None, ...]] = {}
    alarms: dict[str, bool] = {}
    for name, switches in _ROTATIONS.items():
        reuse = played(bench, "refresh_reuse", "hybrid", switches=switches)
        seconds[name] = (
            played(bench, "refresh_replay", "hybrid", switches=switches).attacker_seconds,
            reuse.attacker_seconds,
            reuse.measures["idle_victim_seconds"],
        )
        alarms[name] = played(bench, "refresh_race", "hybrid", switches=switches).verdict == "breached"
    verdict, condition = stopped(seconds)
    alone, detected = seconds["rotation"], seconds["reuse detected"]
    capped = seconds["family ends at 24 h"]
    false = [name for name, thrown_out in alarms.items() if thrown_out]
    return Finding(
        verdict,
        f"A thief who comes second: {lasting(alone[0])}. Who comes first: {lasting(alone[1])}; with reuse detected "
        f"{lasting(detected[1])} if Alice comes back, {lasting(detected[2])} if she stays idle, {lasting(capped[2])} "
        f"where the family ends after {describe(DAY)}. Without rotation: {lasting(seconds['no rotation'][2])}. Two "
        f"tabs that refresh at once throw Alice out under: {listed(false) or 'none'}.",
        condition,
        {"attacker_seconds": seconds, "false_alarms": alarms},
        (
            Table(
                "For how long the thief of a refresh token gets in",
                ("setting", *_CASES, "two tabs refresh at once: Alice"),
                tuple(
                    (name, *map(lasting, found), "is thrown out" if alarms[name] else "works on")
                    for name, found in seconds.items()
                ),
            ),
        ),
        (_bars(seconds),),
    )


def stopped(seconds: Mapping[str, Sequence[float | None]]) -> tuple[str, str]:
    """The verdict, and the condition, from the thief's seconds by setting, in the order of the cases."""
    before, alone, detected = (seconds[name] for name in ("no rotation", "rotation", "reuse detected"))
    if all(each == 0 for each in alone):
        return HOLDS, ""
    ways = ["Alice refreshes first"] if alone[0] == 0 else []
    if comparable(detected[1]) < min(comparable(alone[1]), comparable(before[1])):
        ways.append("she comes back and reuse is detected" if ways else "Alice comes back and reuse is detected")
    if not ways:
        return DOES_NOT_HOLD, ""
    condition = ", or ".join(ways)
    if comparable(alone[2]) > comparable(before[2]):
        condition += ": while she stays idle, rotation prolongs the theft, unless the family has an end of its own"
    elif comparable(detected[2]) >= comparable(before[2]):
        condition += ": while she stays idle, it does not help"
    return HOLDS_ONLY_IF, condition


def _bars(seconds: Mapping[str, Sequence[float | None]]) -> Chart:
    said = (
        f"{name}: " + ", ".join(f"{case} {lasting(each)}" for case, each in zip(_CASES, found, strict=True))
        for name, found in seconds.items()
    )
    return Chart(
        "bars",
        "For how long the thief of a refresh token gets in, by who comes first",
        "setting",
        "time for which the thief gets in",
        tuple(
            Series(
                case, tuple((x, max(comparable(found[number]), AT_ONCE)) for x, found in enumerate(seconds.values()))
            )
            for number, case in enumerate(_CASES)
        ),
        "; ".join(said) + ".",
        categories=tuple(seconds),
        log_y=True,
        ticks_y=(
            (AT_ONCE, lasting(0)),
            *((each, describe(each)) for each in (MINUTE, ADVISED, DAY, WEEK)),
            (HORIZON, lasting(None)),
        ),
    )


# ------------------------------------------------------------------------

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "H1",
        "Short access tokens and refresh tokens give the best of both.",
        "Play half a working day of calls for access lifetimes from 1 min to 24 h, count reads and writes of the "
        "store, and find for how long a thief gets in after a logout; beside them a session and a JWT alone.",
        "RFC 6749 1.4, 1.5; RFC 9700 2.2.2, 4.14",
        "11_choose",
        best_of_both,
    ),
    Claim(
        "H2",
        "A refresh token in the database can be revoked.",
        "Steal both tokens, log out, and try each until it is refused: where logout ends the family, where it does "
        "not, and with a denylist.",
        "RFC 7009 2.1, 3; ASVS 5 7.4.1",
        "08_refresh_tokens",
        revocable,
    ),
    Claim(
        "H3",
        "Rotation stops a refresh token's thief.",
        "Play the theft of a refresh token with the victim first, second and idle, with and without reuse detection; "
        "and let two tabs of an honest user refresh at once.",
        "RFC 9700 4.14.2; ASVS 5 10.4.5",
        "08_refresh_tokens",
        rotation,
    ),
)
