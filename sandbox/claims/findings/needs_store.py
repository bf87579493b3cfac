"""How much of a store each mode needs: reads and writes per request, bytes per login, and the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, Finding, Table
from sandbox.claims.figures import number
from sandbox.claims.measuring import store_bytes
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES

LOGINS: Final = 100_000
SETTINGS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "live_roles off": ("as_written", {"live_roles": False}),
    "as_written": ("as_written", {}),
    "hardened": ("hardened", {}),
}


def store_verdict(reads: Sequence[float], rows: int) -> str:
    """From a session's reads per request, under each of `SETTINGS`, and the rows that its login adds."""
    return HOLDS if min(reads) >= 1 and rows else DOES_NOT_HOLD


def needs_store(bench: Workbench) -> Finding:
    plays = {name: bench.outcomes("login", preset, **switches) for name, (preset, switches) in SETTINGS.items()}
    work = {
        mode: {
            name: (play[mode].measures["store_reads_per_request"], play[mode].measures["store_writes_per_request"])
            for name, play in plays.items()
        }
        for mode in MODES
    }
    rows = store_bytes.rows_per_login(bench)
    each_login = {mode: store_bytes.bytes_per_login(mode) for mode in MODES}
    megabytes = {mode: round(each_login[mode] * LOGINS / 1e6, 1) for mode in MODES}
    in_memory, in_file = store_bytes.in_memory_and_in_file()
    tried = f"from {' and '.join(map(number, store_bytes.SIZES))}"
    reads = [each for each, _ in work["session"].values()]
    return Finding(
        store_verdict(reads, rows["session"]),
        f"Reads per request: session {min(reads):g} to {max(reads):g}; jwt {work['jwt']['live_roles off'][0]:g} with "
        f"live_roles off, {work['jwt']['as_written'][0]:g} as written. The "
        f"database, index and all, at {number(LOGINS)} logins: session {megabytes['session']} MB, hybrid "
        f"{megabytes['hybrid']} MB, jwt {megabytes['jwt']:g} MB (reckoned {tried}). All in SQLite: a store "
        "on another machine was not tried.",
        numbers={
            "reads_and_writes_per_request": work, "rows_per_login": rows, "bytes_of_database_per_login": each_login,
            "megabytes": megabytes, "same_logins_bytes": {"in_memory": in_memory, "in_file": in_file},
        },
        tables=(
            Table(
                "The store's work for one GET /profile",
                ("switches", "mode", "reads", "writes"),
                tuple((name, mode, *work[mode][name]) for name in SETTINGS for mode in MODES),
            ),
            Table(
                f"What a login adds to the database: {number(LOGINS)} logins are reckoned {tried}",
                ("mode", "rows per login", "bytes of the database per login, index and all", f"MB at {number(LOGINS)}"),
                tuple((mode, rows[mode], round(each_login[mode]), megabytes[mode]) for mode in MODES),
            ),
            Table(
                f"{store_bytes.IN_FILE} sessions in SQLite",
                ("where", "bytes of the database"),
                (("in memory", in_memory), ("in a file", in_file)),
            ),
        ),
    )  # fmt: skip
