"""What a request costs the store in each mode, by what is to be fresh or ended early; and the finding on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Finding, Series, Table
from sandbox.claims.played import listed
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES

ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "nothing": {"live_roles": False},
    "live_roles as written": {"live_roles": True},
    "minimal_claims": {"live_roles": False, "minimal_claims": True},
    "denylist": {"live_roles": False, "denylist": True},
    "user_epoch": {"live_roles": False, "user_epoch": True},
    "all three at once": {"live_roles": True, "denylist": True, "user_epoch": True},
}
"""What a server may want to know on each request, by switch: with minimal_claims, the e-mail that the token lacks."""


def no_storage(bench: Workbench) -> Finding:
    plays = {name: bench.outcomes("login", **switches) for name, switches in ASKED.items()}
    reads = {
        mode: {name: play[mode].measures["store_reads_per_request"] for name, play in plays.items()} for mode in MODES
    }
    kept = {mode: play.measures["server_bytes"] for mode, play in plays["nothing"].items()}
    verdict, condition = storage_verdict(kept["jwt"], reads["jwt"])
    return Finding(
        verdict,
        f"The values that a login leaves in the store have {kept['jwt']} bytes in jwt mode, {kept['session']} in "
        "session mode. Reads per request with a JWT: "
        + "; ".join(f"{count:g} ({name})" for name, count in reads["jwt"].items())
        + ".",
        condition,
        numbers={"reads_per_request": reads, "bytes_of_values_after_login": kept},
        tables=(
            Table(
                "Store reads for one GET /profile",
                ("the server asks for", *MODES),
                tuple((name, *(reads[mode][name] for mode in MODES)) for name in ASKED),
            ),
        ),
        charts=(
            Chart(
                "bars",
                "Store reads per request",
                "what the server asks on each request",
                "reads",
                tuple(
                    Series(mode, tuple((place, count) for place, count in enumerate(reads[mode].values())))
                    for mode in MODES
                ),
                f"{in_words(reads['jwt'])} By what is asked: "
                + "; ".join(f"{mode} {', '.join(f'{count:g}' for count in reads[mode].values())}" for mode in MODES)
                + ".",
                categories=tuple(ASKED),
            ),
        ),
    )


def in_words(reads: Mapping[str, float]) -> str:
    """What a JWT's reads come to, by what is asked, in two sentences."""
    alone = reads["nothing"]
    more = [name for name, count in reads.items() if count > alone]
    added = {reads[name] - alone for name in more}
    counts = f"{min(added):g}" if len(added) == 1 else f"{min(added):g} to {max(added):g}" if added else ""
    dearer = f"{counts} more for {listed(more)}" if more else "none more for anything else"
    return f"Where nothing is asked a JWT needs {f'{alone:g}' if alone else 'no'} read. It needs {dearer}."


def storage_verdict(kept_bytes: int, reads: Mapping[str, float]) -> tuple[str, str]:
    """The verdict and its condition, from reads per request by what is asked: `ASKED`."""
    if kept_bytes or reads["nothing"]:
        return DOES_NOT_HOLD, ""
    needs = [name for name, settings in ASKED.items() if len(settings) < 3 and reads[name]]
    if needs:
        return HOLDS_ONLY_IF, f"the server looks nothing up: a read per request is the price of {listed(needs)}"
    return HOLDS, ""
