"""The one clock of the sandbox: it stands still until it is moved. The only reader of real time."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

START: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)
"""Where the simulated clock starts: Thursday 2026-01-01T09:00:00Z, on every run."""

LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC).timestamp()

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Clock:
    """Simulated time, in seconds since the Unix epoch.

    A clock stands still: only `advance` moves it. Under `serve` it runs: it starts at the real
    time and goes on with it, and `advance` moves it further ahead.
    """

    def __init__(self, start: datetime = START, *, running: bool = False) -> None:
        self._running = running
        self._offset = 0.0 if running else start.timestamp()

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return time.time() + self._offset if self._running else self._offset

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock ahead. Raises ValueError for a step back, or beyond the year 2999."""
        step = seconds + minutes * MINUTE + hours * HOUR + days * DAY
        if step < 0:
            raise ValueError("the clock moves ahead only; to go back, replay the story (player.reset())")
        if not self.now() + step < LATEST:  # nan too
            raise ValueError("the clock stops before the year 3000: move it by less")
        self._offset += step

    def rewind_to(self, moment: float) -> None:
        """Set the clock to `moment`. For snapshots alone: they put the server back to that moment too."""
        self._offset += moment - self.now()

    def behind(self, seconds: float) -> Clock:
        """A clock that reads this one, less so many seconds: that of a server whose clock is slow. Only to be read."""
        return _Slow(self, seconds)

    def __repr__(self) -> str:
        return f"<Clock {iso(self.now())}>"


class _Slow(Clock):
    """Goes with another clock, and can't be moved by itself."""

    def __init__(self, other: Clock, seconds: float) -> None:
        self._other, self._seconds = other, seconds

    def now(self) -> float:
        return self._other.now() - self._seconds

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Raises ValueError."""
        raise ValueError("this clock follows another: advance that one")

    def rewind_to(self, moment: float) -> None:
        """Raises ValueError."""
        raise ValueError("this clock follows another: rewind that one")


def iso(moment: float) -> str:
    """`2026-01-01T09:00:00Z` for seconds since the epoch."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spoken(moment: float) -> str:
    """`Thu 1 Jan 2026, 09:00:00` for seconds since the epoch, UTC."""
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when:%a} {when.day} {when:%b %Y, %H:%M:%S}"


def describe(seconds: float) -> str:
    """A duration in words, whole seconds: `6 days 23 h 59 min`, `14 min`, `0 s`."""
    left = int(seconds)
    parts = []
    for name, size in ((" days", DAY), (" h", HOUR), (" min", MINUTE), (" s", 1.0)):
        count, left = divmod(left, int(size))
        if count:
            parts.append(f"{count} day" if name == " days" and count == 1 else f"{count}{name}")
    return " ".join(parts) or "0 s"


_DURATION: Final = re.compile(
    r"(?:([0-9]{1,9}) *(?:days?|d) *)?(?:([0-9]{1,9}) *h *)?(?:([0-9]{1,9}) *min *)?(?:([0-9]{1,9}) *s)?"
)


def duration(text: str) -> float:
    """The seconds of a duration in words, as `describe` says it or shorter: `1 day 2 h`, `1d2h`, `15 min`, `90`.

    A number alone counts seconds. Raises ValueError for anything else.
    """
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no duration")
    return sum(int(count or 0) * size for count, size in zip(found.groups(), (DAY, HOUR, MINUTE, 1.0), strict=True))


def utc(year: int, month: int, day: int, hour: int, minute: int, second: int) -> float:
    """Seconds since the epoch at that moment, in UTC. Raises ValueError for no date, or a year above 9999."""
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


def stopwatch() -> float:
    """Real seconds from some moment on: for how long something took on this machine."""
    return time.perf_counter()
