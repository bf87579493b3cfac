"""What logins weigh in the store: how many rows one adds, and how many bytes very many do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sandbox import base64url
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, START
from sandbox.exchange import MODES
from sandbox.server.stores.sqlite import SQLiteStore, User

SIZES: Final = (1000, 5000)
"""Logins: what lies between them says how much each one adds."""

IN_FILE: Final = 200
"""Logins for which a file and a database in memory are compared."""

_ALICE: Final = User(1, "alice@bank.example", "", "user", "", 0, 0)
_NOW: Final = START.timestamp()
_ADD: Final[Mapping[str, Callable[[SQLiteStore, str], object]]] = {
    "session": lambda store, token: store.add_session(token, _ALICE, _NOW),
    "hybrid": lambda store, token: store.add_family(_ALICE, token, _NOW, _NOW + 7 * DAY),
}
"""What a login adds, where it adds anything."""


def rows_per_login(bench: Workbench) -> dict[str, int]:
    """Rows that one real login adds, by mode."""
    found = {}
    with bench.box() as box:
        for mode in MODES:
            box.browser("alice").open(mode).login()
            found[mode] = sum(len(rows) for name, rows in box.store(mode).tables().items() if name != "users")
    return found


def bytes_per_login(mode: str) -> float:
    """Bytes of the whole database that one login more takes, indexes and all; 0 where a login adds no row."""
    if mode not in _ADD:
        return 0.0
    store = SQLiteStore()
    fewer, more = (len(filled(store, mode, logins).save()) for logins in SIZES)
    return (more - fewer) / (SIZES[1] - SIZES[0])


def in_memory_and_in_file() -> tuple[int, int]:
    """Bytes of a database with `IN_FILE` sessions: in memory, and of its file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        store = filled(SQLiteStore(str(path)), "session", IN_FILE)
        store.close()
        return len(filled(SQLiteStore(), "session", IN_FILE).save()), path.stat().st_size


def filled(store: SQLiteStore, mode: str, logins: int) -> SQLiteStore:
    """The store, once it holds so many logins of that mode."""
    for number in range(len(store.tables()[_COUNTED[mode]]), logins):
        _ADD[mode](store, nth_token(number))
    return store


def nth_token(number: int) -> str:
    """As long as a session id or refresh token, and as evenly spread, but the same on every run."""
    return base64url.encode(hashlib.sha256(str(number).encode()).digest())


_COUNTED: Final = {"session": "sessions", "hybrid": "refresh_families"}
