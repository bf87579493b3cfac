"""How a story ended in one mode: with a defence and without, and said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.claims.workbench import Workbench
from sandbox.clock import MINUTE, describe
from sandbox.defences import Value, switch
from sandbox.record import HORIZON, Outcome

ADVISED: Final = 15 * MINUTE
"""The lifetime that is advised for a token, in seconds."""


def played(
    bench: Workbench, scenario: str, mode: str, preset: str = "as_written", switches: Mapping[str, Value] | None = None
) -> Outcome:
    """How it ended in this mode, under this preset with these switches on top.

    Raises UnknownName, BadSwitch, BadStory.
    """
    return bench.outcomes(scenario, preset, **dict(switches or {}))[mode]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sides:
    """One attack twice, all else the same: without its defence, and with it."""

    off: Outcome
    on: Outcome

    @property
    def attacks(self) -> bool:
        """Whether the harm is done without the defence."""
        return self.off.verdict == "breached"

    @property
    def ended(self) -> bool:
        """Whether the harm is done without the defence, and not at all with it."""
        return self.attacks and self.on.verdict == "held"

    @property
    def helped(self) -> bool:
        """Whether the harm is done without the defence, and with it not at all or for half the time at most."""
        return self.ended or (
            self.attacks
            and self.on.attacker_seconds is not None
            and self.on.attacker_seconds <= comparable(self.off.attacker_seconds) / 2
        )

    @property
    def seconds(self) -> tuple[float | None, float | None]:
        """The attacker's, without and with; None: no end was found, or a harm that is one act."""
        return self.off.attacker_seconds, self.on.attacker_seconds

    @property
    def said(self) -> str:
        return f"{ending(self.off)} without, {ending(self.on)} with it"


def sides(bench: Workbench, scenario: str, mode: str, **defence: Value) -> Sides:
    """The attack with these switches off, and with these values, all else as written.

    Raises UnknownName, BadSwitch, BadStory.
    """
    off = {name: switch(name).off for name in defence}
    return Sides(played(bench, scenario, mode, switches=off), played(bench, scenario, mode, switches=defence))


def comparable(seconds: float | None) -> float:
    """Simulated seconds to compare by: no end counts as far as was searched, 400 days."""
    return HORIZON if seconds is None else seconds


def lasting(seconds: float | None) -> str:
    """`not at all`, `14 min`, `no end in 400 days` for simulated seconds: a search that finds no end gives None."""
    if seconds is None:
        return f"no end in {describe(HORIZON)}"
    return describe(seconds) if seconds else "not at all"


def ending(outcome: Outcome) -> str:
    """How long the attacker got in, or what the one act did: `money moved`."""
    return str(outcome.measures.get("harm") or lasting(outcome.attacker_seconds))


def clauses(parts: Sequence[str]) -> str:
    """`a, b, and c`, for parts of a sentence."""
    return ", and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
