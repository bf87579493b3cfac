"""How much of a store each mode needs: reads and writes per request, bytes per login, and the finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, Finding, Table
from sandbox.claims.measuring import store_bytes
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES

LOGINS: Final = 100_000
SETTINGS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "live_roles off": ("as_written", {"live_roles": False}),
    "as_written": ("as_written", {}),
    "hardened": ("hardened", {}),
}


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
    fewer, more = store_bytes.SIZES
    reads = [each for each, _ in work["session"].values()]
    return Finding(
        HOLDS if min(reads) >= 1 and rows["session"] else DOES_NOT_HOLD,
        f"Reads per request: session {min(reads):g} to {max(reads):g}; jwt {work['jwt']['live_roles off'][0]:g} with "
        f"live_roles off, {work['jwt']['as_written'][0]:g} as written. At {LOGINS:,} "
        f"logins: session {megabytes['session']} MB, hybrid {megabytes['hybrid']} MB, jwt {megabytes['jwt']:g} MB.",
        numbers={
            "reads_and_writes_per_request": work, "rows_per_login": rows, "bytes_per_login": each_login,
            "megabytes": megabytes, "same_logins_bytes": {"in_memory": in_memory, "in_file": in_file},
        },
        tables=(
            Table(
                "The store's work for one GET /profile",
                ("switches", "mode", "reads", "writes"),
                tuple((name, mode, *work[mode][name]) for name in SETTINGS for mode in MODES),
            ),
            Table(
                f"What a login leaves in the store: {LOGINS:,} logins are reckoned from {fewer:,} and {more:,}",
                ("mode", "rows per login", "bytes per login", f"MB at {LOGINS:,} logins"),
                tuple((mode, rows[mode], round(each_login[mode]), megabytes[mode]) for mode in MODES),
            ),
            Table(
                f"{store_bytes.IN_FILE} sessions in SQLite",
                ("where", "bytes"),
                (("in memory", in_memory), ("in a file", in_file)),
            ),
        ),
    )  # fmt: skip
