"""How a story ends: its verdict, drawn from what the attacker got back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, Final

from sandbox.actors.attacker import Attacker
from sandbox.clock import describe
from sandbox.engine import Scene, Step
from sandbox.exchange import Response
from sandbox.record import Outcome
from sandbox.search import find_end

_ALICE: Final = "1"
_CAROL: Final = "3"
"""The bank's numbers of its customers."""


def access(scene: Scene, attacker: Attacker, *, since: float | None = None, by_defence: bool = False) -> Outcome:
    """The attacker tries now, then comes back until refused: for how long was there a way in?

    `since`: from when on the time counts, in simulated seconds since the epoch, if that is not now. `by_defence`: an
    end that is found was brought by a defence, so the verdict is `contained` rather than `breached`. A cap on what
    would otherwise be renewed is such a defence; a credential's own exp is not. The status of a refusal is that of the
    first call; where nothing but a refresh token was held, that of the refresh. Raises ServerStopped.
    """
    who = attacker.name.capitalize()
    waited = 0.0 if since is None else scene.box.clock.now() - since
    held_more = attacker.holds("access")
    mark = len(scene.log)
    let_in = attacker.get_in(scene.mode)
    answers = [each.response.status for each in scene.log.since(mark)]
    first, last = answers[0], answers[-1]
    status = first if held_more and not let_in else last
    found = find_end(scene, attacker)
    seconds = found.seconds and found.seconds + waited
    if seconds == 0:
        refreshed = f", and {last} with the refresh token" if last != status else ""
        return Outcome(True, f"{who} is refused: {status}{refreshed}.", "held", 0.0, status=status)
    if seconds is None:
        said = f"{who} still gets in after {describe(found.searched)}: no end was found."
        return Outcome(True, said, "breached", None, status=status, searched_seconds=found.searched)
    verdict = "contained" if by_defence else "breached"
    return Outcome(True, f"{who} gets in for {describe(seconds)}.", verdict, seconds, status=status)


def forgery(
    scene: Scene, mallory: Attacker, login: Response, write: Callable[[str], str], *, source: str
) -> Generator[Step, None, Outcome]:
    """Mallory shows a token that is forged for Alice, and in a step more one for Carol: `yield from` it.

    `login`: the answer that says where the bank's tokens travel. `write`: makes a token for the customer of that
    number. Answers the question of the step that is under way with yes or no: was Mallory let in? Raises ServerStopped.
    """
    mallory.hold_like(scene.mode, login, write(_ALICE))
    outcome = access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")

    yield Step(
        "Mallory writes one for Carol, who is an admin, and opens /admin",
        because="Numbers of customers count up, so they are easily guessed. Who can make tokens is whoever they like.",
        source=source,
    )
    mallory.hold_like(scene.mode, login, write(_CAROL))
    return replace(outcome, measures={"admin_status": mallory.browser.open(scene.mode).admin().status})


def deed(happened: bool, harm: str, summary: str, status: int | None, **counts: Any) -> Outcome:
    """A harm that is one act: no duration stands for it. `counts` say how much, or how often."""
    if not happened:
        return Outcome(True, summary, "held", 0.0, counts, status=status)
    return Outcome(True, summary, "breached", None, {"harm": harm, **counts}, status=status)
