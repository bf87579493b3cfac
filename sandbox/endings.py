"""How a story ends: its verdict, drawn from what the attacker got back."""

from __future__ import annotations

from typing import Any

from sandbox.actors.attacker import Attacker
from sandbox.clock import describe
from sandbox.engine import Scene
from sandbox.record import Outcome
from sandbox.search import find_end


def access(scene: Scene, attacker: Attacker, *, since: float | None = None, by_defence: bool = False) -> Outcome:
    """The attacker tries now, then comes back until refused: for how long was there a way in?

    `since`: from when on the time counts, in simulated seconds since the epoch, if that is not now. `by_defence`: an
    end that is found was brought by a defence, so the verdict is `contained` rather than `breached`. A cap on what
    would otherwise be renewed is such a defence; a credential's own exp is not. Raises ServerStopped.
    """
    waited = 0.0 if since is None else scene.box.clock.now() - since
    attacker.get_in(scene.mode)
    status = attacker.last.status if attacker.last else None
    found = find_end(scene, attacker)
    seconds = found.seconds and found.seconds + waited
    if seconds == 0:
        return Outcome(True, f"Mallory is refused: {status}.", "held", 0.0, status=status)
    if seconds is None:
        said = f"Mallory still gets in after {describe(found.searched)}: no end was found."
        return Outcome(True, said, "breached", None, status=status, searched_seconds=found.searched)
    verdict = "contained" if by_defence else "breached"
    return Outcome(True, f"Mallory gets in for {describe(seconds)}.", verdict, seconds, status=status)


def deed(happened: bool, harm: str, summary: str, status: int | None, **counts: Any) -> Outcome:
    """A harm that is one act: no duration stands for it. `counts` say how much, or how often."""
    verdict, seconds = ("breached", None) if happened else ("held", 0.0)
    return Outcome(True, summary, verdict, seconds, {"harm": harm, **counts}, status=status)
