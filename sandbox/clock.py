"""The one clock of the sandbox: it stands still until it is moved. The only reader of real time."""

from __future__ import annotations

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

    def __repr__(self) -> str:
        return f"<Clock {iso(self.now())}>"


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
