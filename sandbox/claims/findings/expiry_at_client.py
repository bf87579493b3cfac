"""What expiry asks of a client in a working week, and the finding on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.played import listed
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.defences import Defences
from sandbox.exchange import MODES, Exchange
from sandbox.record import Record

WEEKS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "as_written": ("as_written", {}),
    "rfc6750_errors": ("as_written", {"rfc6750_errors": True}),
    "inactivity_timeout=24h": ("as_written", {"inactivity_timeout": DAY}),
    "cookie_max_age=24h": ("as_written", {"cookie_max_age": DAY}),
    "as_advised": ("as_advised", {}),
    "hardened": ("hardened", {}),
}
"""By name: a preset, and what is switched on top. Where a bad token is answered 403, a client does not know when to
refresh: `rfc6750_errors`, which two of the presets have, answers 401.
"""


def no_expiry_at_client(bench: Workbench) -> Finding:
    weeks = {name: bench.record("expiry", preset, **switches) for name, (preset, switches) in WEEKS.items()}
    failed = {
        mode: {name: week.outcomes[mode].measures["failed_calls_seen"] for name, week in weeks.items()}
        for mode in MODES
    }
    paths = {mode: {name: paths_taken(week, mode) for name, week in weeks.items()} for mode in MODES}
    timed = [name for name, week in weeks.items() if has_end(week.defences)]
    verdict, condition = expiry_verdict(failed["session"], timed)
    columns = ("failed calls", "logins forced", "silent refreshes", "what the client does about it")
    return Finding(
        verdict,
        "Failed calls in a week, in session mode: "
        + "; ".join(f"{count} under {name}" for name, count in failed["session"].items())
        + f". What a client must do about it, at most: session {_most(paths['session'])}, jwt {_most(paths['jwt'])}, "
        f"hybrid {_most(paths['hybrid'])} things.",
        condition,
        numbers={"failed_calls": failed, "paths": {mode: dict(each) for mode, each in paths.items()}},
        tables=(
            Table(
                "Alice's working week: what her client meets",
                ("switches", "mode", *columns),
                tuple(
                    (
                        name, mode, failed[mode][name], week.outcomes[mode].measures["forced_logins"],
                        week.outcomes[mode].measures["silent_refreshes"], ", ".join(paths[mode][name]) or "nothing",
                    )
                    for name, week in weeks.items()
                    for mode in MODES
                ),
            ),
        ),
        charts=(
            Chart(
                "bars",
                "Failed calls in a working week",
                "switches",
                "failed calls",
                tuple(
                    Series(mode, tuple((place, count) for place, count in enumerate(failed[mode].values())))
                    for mode in MODES
                ),
                f"Where nothing ends the session by time {_calls_fail(failed['session'], set(WEEKS) - set(timed))}; "
                f"where a timeout, a lifetime or a Max-Age does, {_calls_fail(failed['session'], timed)}. In each: "
                + "; ".join(f"{mode} {', '.join(map(str, failed[mode].values()))}" for mode in MODES) + ".",
                categories=tuple(WEEKS),
            ),
        ),
    )  # fmt: skip


def has_end(defences: Defences) -> bool:
    """Whether a session, or the cookie that bears it, ends by time under these switches."""
    return any((defences.inactivity_timeout, defences.absolute_lifetime, defences.cookie_max_age))


def expiry_verdict(failed: Mapping[str, int], timed: Collection[str]) -> tuple[str, str]:
    """The verdict and its condition, from a session's failed calls by the switches.

    `timed`: the names of those under which something ends it by time.
    """
    ends = [name for name, count in failed.items() if count]
    if set(ends) - set(timed):
        return DOES_NOT_HOLD, ""
    if ends:
        return HOLDS_ONLY_IF, f"nothing ends the session by time: under {listed(ends, 'or')} its calls fail too"
    return HOLDS, ""


def paths_taken(week: Record, mode: str) -> tuple[str, ...]:
    """What the client did about expiry, read from what it sent: to log in again, to refresh, to call once more."""
    sent = [each for step in week.steps for each in step.lanes[mode].exchanges]
    refreshes = [place for place, each in enumerate(sent) if each.request.path.endswith("/refresh")]
    taken = {
        "log in again": sum(each.request.path.endswith("/login") for each in sent) > 1,
        "refresh": bool(refreshes),
        "call once more": any(_is_repeated(sent, place) for place in refreshes),
    }
    return tuple(name for name, did in taken.items() if did)


def _is_repeated(sent: list[Exchange], refresh: int) -> bool:
    """Whether the call before that refresh was made anew after it."""
    around = sent[refresh - 1 : refresh + 2]
    return len(around) == 3 and around[0].request.path == around[2].request.path


def _calls_fail(failed: Mapping[str, int], names: Collection[str]) -> str:
    """`no call with it fails`, `1 to 11 of its calls fail`: in the weeks of these names."""
    counts = [failed[name] for name in names]
    if not any(counts):
        return "no call with it fails"
    return f"{min(counts)} to {max(counts)} of its calls fail"


def _most(paths: Mapping[str, tuple[str, ...]]) -> int:
    return max(len(each) for each in paths.values())
