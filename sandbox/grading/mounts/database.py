"""A database over the network, made small: each call takes a moment, and meanwhile others come in between."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from time import sleep
from typing import Any, Final

ON_THE_WAY: Final = 0.002
"""Real seconds that a call to the database takes. Meanwhile other requests are served."""

Row = Mapping[str, Any]


class Table:
    """Rows by key. Each call is done as a whole; between two, anything may happen."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._one_at_a_time = threading.Lock()

    def get(self, key: str) -> dict[str, Any] | None:
        """A copy of the row; None where there is none."""
        row = self._rows.get(key)
        sleep(ON_THE_WAY)
        return None if row is None else dict(row)

    def put(self, key: str, row: Row) -> None:
        """The row stands there from now on, whatever stood there before."""
        sleep(ON_THE_WAY)
        with self._one_at_a_time:
            self._rows[key] = dict(row)

    def swap(self, key: str, old: Row, new: Row) -> bool:
        """Puts `new` in the place of `old`, in one step. False where something else stands there: nothing changes then.

        In SQL: `UPDATE ... SET ... WHERE id = ? AND used = 0`, and whether it changed a row.
        """
        sleep(ON_THE_WAY)
        with self._one_at_a_time:
            if self._rows.get(key) != old:
                return False
            self._rows[key] = dict(new)
            return True
