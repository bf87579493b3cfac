"""What the server does for one request: noted by the thread that serves it, while somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

MOST_ROWS: Final = 20
"""Of one read, that are kept."""


class Work:
    """Statements that the database ran, and switches that were read, in order."""

    def __init__(self) -> None:
        self.statements: list[list[Any]] = []
        """Of each: its SQL, how many rows it changed (None for a read) and found, their columns, and the first rows."""
        self.asked: list[str] = []

    def ran(self, sql: str, *, writes: bool) -> None:
        """The database begins a statement; what comes of it is told next."""
        self.statements.append([sql, 0 if writes else None, 0, (), ()])

    def changed(self, count: int) -> None:
        """So many rows, by the write that ran last."""
        self.statements[-1][1] = count

    def found(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """These rows, by the read that ran last."""
        self.statements[-1][2:] = len(rows), columns, rows[:MOST_ROWS]


class _Thread(threading.local):
    work: Work | None = None


_this_thread = _Thread()


def begin() -> Work:
    """What this thread does from now on, until `end`."""
    _this_thread.work = Work()
    return _this_thread.work


def end() -> None:
    """From now on, this thread notes nothing."""
    _this_thread.work = None


def under_way() -> Work | None:
    """The work for the request that this thread serves now; None where nobody asks."""
    return _this_thread.work
