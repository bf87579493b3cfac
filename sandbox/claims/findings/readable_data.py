"""What is read of Alice at the client without any key, and the finding on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Finding, Table
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES
from sandbox.scenarios.claims_are_readable import PERSONAL, claims_of


@dataclass(frozen=True)
class Readable:
    """What somebody at the client reads without any key."""

    claims: tuple[str, ...]
    """Names of the claims in what the browser keeps."""
    claims_bytes: int
    in_answers: tuple[str, ...]
    """Names of the personal data that the server's answers show."""

    @property
    def personal(self) -> tuple[str, ...]:
        """The personal ones among the claims."""
        return tuple(name for name in PERSONAL if name in self.claims)


def readable(bench: Workbench, mode: str, **switches: Any) -> Readable:
    """Log Alice in, read her profile, and look at what her browser keeps and was told."""
    with bench.box(**switches) as box:
        browser = box.browser("alice")
        page = browser.open(mode)
        answers = page.login().body + page.profile().body
        held = browser.holdings()
        credentials = [*(each.value for each in held.cookies), *held.local_storage.values(), *held.memory.values()]
        said = {name: value for each in credentials for name, value in claims_of(each).items()}
        row = next(each for each in box.tables(mode)["users"] if each["email"] == "alice@bank.example")
        shown = tuple(name for name in PERSONAL if str(row[name]).encode() in answers)
        return Readable(tuple(said), len(json.dumps(said, separators=(",", ":"))) if said else 0, shown)


def data_stays(bench: Workbench) -> Finding:
    found = {
        (name, mode): readable(bench, mode, **switches)
        for name, switches in (("as_written", {}), ("minimal_claims on", {"minimal_claims": True}))
        for mode in MODES
    }
    session, jwt, minimal = (found[lane] for lane in (
        ("as_written", "session"), ("as_written", "jwt"), ("minimal_claims on", "jwt")
    ))  # fmt: skip
    verdict, condition = data_verdict(session)
    return Finding(
        verdict,
        f"Read without a key from what the browser keeps, in session mode: {session.claims_bytes} bytes; jwt: "
        f"{len(jwt.claims)} claims, {jwt.claims_bytes} bytes, with {' and '.join(jwt.personal) or 'nothing personal'}; "
        f"with minimal_claims: {minimal.claims_bytes} bytes, {' and '.join(minimal.personal) or 'nothing personal'}. "
        f"Shown by session mode's answers all the same: {', '.join(session.in_answers) or 'nothing'}.",
        condition,
        numbers={
            f"{name}, {mode}": {
                "claims": list(each.claims), "bytes": each.claims_bytes, "personal": list(each.personal),
                "in_answers": list(each.in_answers),
            }
            for (name, mode), each in found.items()
        },
        tables=(
            Table(
                "What is read at the client without any key",
                ("switches", "mode", "claims", "bytes of claims", "personal claims", "personal data in answers"),
                tuple(
                    (
                        name, mode, len(each.claims), each.claims_bytes,
                        _in_words(each.personal), _in_words(each.in_answers),
                    )
                    for (name, mode), each in found.items()
                ),
            ),
        ),
    )  # fmt: skip


def data_verdict(session: Readable) -> tuple[str, str]:
    """The verdict and its condition, from what is read in session mode."""
    if session.claims:
        return DOES_NOT_HOLD, ""
    if session.in_answers:
        shown = " and ".join(session.in_answers)
        return HOLDS_ONLY_IF, (
            f"it means the credential alone: the server's answers bring the {shown} to the client all the same"
        )
    return HOLDS, ""


def _in_words(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
