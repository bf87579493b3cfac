"""The record in words: the small phrases that the text twin and the widgets share."""

from __future__ import annotations

from typing import Any, Final

from sandbox.clock import describe, iso, spoken
from sandbox.defences import switch
from sandbox.record import HORIZON, LaneStep, Outcome, Record, StepRecord

MARKS: Final = {"breached": "✗ BREACHED", "contained": "◐ CONTAINED", "held": "✓ HELD", "measured": "• MEASURED"}
"""A sign and a word each: never colour alone."""

ABOUT: Final = {
    "session": "a random id in a cookie, state on the server",
    "jwt": "all in a signed token, nothing on the server",
    "hybrid": "short access token, stored refresh token",
}

_MEASURES: Final = {
    "request_bytes": "bytes of one request",
    "client_bytes": "bytes kept in the browser",
    "server_bytes": "bytes kept on the server",
    "store_reads_per_request": "store reads per request",
    "store_writes_per_request": "store writes per request",
    "forced_logins": "forced logins",
    "silent_refreshes": "silent refreshes",
    "failed_calls_seen": "failed calls that her page saw",
    "after_logout_seconds": "after logout",
    "after_logout_all_seconds": "after logging out everywhere",
    "after_password_seconds": "after a new password",
}


def store_work(reads: int, writes: int) -> str:
    """`2 store reads and 1 write`."""
    return f"{reads} store read{'' if reads == 1 else 's'} and {writes} write{'' if writes == 1 else 's'}"


def verdict(outcome: Outcome) -> str:
    """`✗ BREACHED: 6 days 23 h 59 min`."""
    if not outcome.applies:
        return "- DOES NOT APPLY"
    word = MARKS[outcome.verdict or "measured"]
    if outcome.verdict == "measured":
        return word
    if "harm" in outcome.measures:
        return f"{word}: {outcome.measures['harm']}"
    if outcome.verdict == "held" or (outcome.attacker_seconds is None and outcome.searched_seconds is None):
        return word
    return f"{word}: {lasting(outcome.attacker_seconds, outcome.searched_seconds)}"


def is_moment(column: str, value: Any) -> bool:
    """Whether a cell of the store's tables is a time, in simulated seconds since the epoch: by its column's name."""
    return (column.endswith("_at") or column in ("at", "until")) and isinstance(value, int | float)


def when(moment: float, today: float) -> str:
    """`09:05` on the day of `today`, `8 Jan 09:00` on another, `5 Feb 2027` in another year."""
    day, year = spoken(moment).split(", ")[0].split(" ", 1)[1].rsplit(" ", 1)
    clock = iso(moment)[11:19].removesuffix(":00")
    if iso(moment)[:10] == iso(today)[:10]:
        return clock
    return f"{day} {clock}" if iso(moment)[:4] == iso(today)[:4] else f"{day} {year}"


def lasting(seconds: float | None, searched: float | None = HORIZON) -> str:
    """For how long an attacker gets in; where no end was found, how far the search went."""
    if seconds is None:
        return f"no end in {describe(HORIZON if searched is None else searched)}"
    return describe(seconds) if seconds else "never"


def measure(name: str, value: Any, searched: float | None = HORIZON) -> str:
    """`forced logins: 11`, `sizes: 20, 40, 60`."""
    title = _MEASURES.get(name, name.replace("_", " "))
    if name.endswith("_seconds"):
        number = None if value is None else float(value)
        return f"{title}: {'out at once' if number == 0 else lasting(number, searched)}"
    if isinstance(value, bool):
        return f"{title}: {'yes' if value else 'no'}"
    if isinstance(value, list):
        return f"{title}: {', '.join(map(str, value))}"
    return f"{title}: {value:,g}" if isinstance(value, float) else f"{title}: {value}"


def afterwards(record: Record) -> list[str]:
    """What is to be said of a story at its end: what no switch stops, and the source."""
    if not record.finished:
        return []
    answered = f"{record.switch}. {switch(record.switch.partition('=')[0]).does}" if record.switch else ""
    said = (("The switch that answers it", answered), ("What remains", record.remains), ("Source", record.source))
    return [f"{title}: {text}" for title, text in said if text]


def told(outcome: Outcome) -> list[str]:
    """What is said of an outcome below its verdict: in a sentence, and in numbers."""
    names = [name for name in outcome.measures if name != "harm"]
    measured = [measure(name, outcome.measures[name], outcome.searched_seconds) for name in names]
    return measured if measured and outcome.verdict == "measured" else [outcome.summary, *measured]


def untold(lane: LaneStep) -> str:
    """How many requests are not shown; empty where all are."""
    said = "1 more request is" if lane.untold == 1 else f"{lane.untold} more requests are"
    return f"({said} not shown)" if lane.untold else ""


def prediction_line(step: StepRecord, mode: str) -> str:
    """What was predicted in this mode, and what happened; empty where nothing was asked or answered."""
    lane = step.lanes.get(mode)
    if step.question is None or lane is None or lane.answer is None:
        return ""
    said = step.prediction.get(mode) if step.prediction else None
    if said is None:
        return f"it turned out: {lane.answer}"
    if said == lane.answer:
        return f"you said {said}, and so it is"
    hint = step.question.misconceptions.get(said)
    return f"you said {said}; it turned out: {lane.answer}" + (f" ({hint})" if hint else "")
