"""What one play leaves behind: steps, exchanges, tables, holdings, outcomes. Views render this and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.actors.browser import Holdings
from sandbox.clock import DAY, iso
from sandbox.defences import Defences
from sandbox.exchange import Exchange
from sandbox.names import Names

HORIZON: Final = 400 * DAY
"""Simulated seconds: who still gets in after so long gets in without end."""

VERDICTS: Final = ("breached", "contained", "held", "measured")

Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Question:
    """Asked before a step runs. `misconceptions` says of a wrong choice what it gets wrong."""

    text: str
    choices: tuple[str, ...] = ("yes", "no")
    misconceptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LaneStep:
    """What one step did in one mode."""

    exchanges: tuple[Exchange, ...]
    tables: Tables = field(repr=False)
    """The mode's tables after the step."""
    holdings: Mapping[str, Holdings]
    """What lies in each person's browser after the step, by name."""
    answer: str | None
    """The choice of the step's question that turned out to be true here."""
    because: str
    untold: int = 0
    """Requests that were made and are not among the exchanges: the tries of a search, the like of what is shown."""
    follows: int | None = None
    """The number of the step after which it goes on, from 1, 0 at the beginning: an earlier one, where what came since
    was put back. None: the step before.
    """


@dataclass(frozen=True)
class StepRecord:
    """One step, in every lane. `by_hand`: the learner moved the clock."""

    title: str
    clock: float
    lanes: Mapping[str, LaneStep]
    question: Question | None = None
    prediction: Mapping[str, str] | None = None
    source: str = ""
    by_hand: bool = False
    confidence: str | None = None
    """How sure the prediction was: see answers.py."""

    def surprises(self) -> dict[str, tuple[str, str]]:
        """The modes in which it turned out otherwise: (predicted, happened)."""
        return {
            mode: (self.prediction[mode], str(lane.answer))
            for mode, lane in self.lanes.items()
            if self.prediction and mode in self.prediction and self.prediction[mode] != lane.answer
        }


@dataclass(frozen=True)
class Outcome:
    """How a story ended in one mode.

    `attacker_seconds`: simulated seconds for which the attacker's calls could succeed; 0.0 never; None no end
    was found, no attacker at all (`measured`), or a harm that is one act: it stands under `measures` as `harm`, with
    its count. `measures`: numbers, None for no end. `searched_seconds`: how far a search went that found no end, in
    simulated seconds. `status`: of the last answer that decided the verdict.
    """

    applies: bool
    summary: str
    verdict: str | None = None
    attacker_seconds: float | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)
    searched_seconds: float | None = None
    status: int | None = None


@dataclass(frozen=True)
class Record:
    """A play as far as it went."""

    scenario: str
    title: str
    preset: str
    defences: Defences
    modes: tuple[str, ...]
    steps: tuple[StepRecord, ...]
    outcomes: Mapping[str, Outcome]
    names: Mapping[str, Names] = field(repr=False)
    options: Mapping[str, str]
    switch: str | None = None
    """The one that answers the attack."""
    remains: str = ""
    """What no switch stops, in words."""
    source: str = ""
    levers: tuple[str, ...] = ()
    """The switches that matter most here, at most three."""

    @property
    def finished(self) -> bool:
        """Whether every mode has its outcome."""
        return all(mode in self.outcomes for mode in self.modes)

    def follows(self, mode: str, number: int) -> int:
        """The number of the step after which that one goes on in this mode; 0: it is the first."""
        lane = self.steps[number - 1].lanes.get(mode)
        return number - 1 if lane is None or lane.follows is None else lane.follows

    def path(self, mode: str, number: int) -> tuple[int, ...]:
        """The numbers of the steps that led to that one in this mode, and its own, in order."""
        found: list[int] = []
        while number:
            found.append(number)
            number = self.follows(mode, number)
        return tuple(reversed(found))

    def to_json(self, *, reveal: bool = False) -> dict[str, Any]:
        """As `play --json` prints it. Credentials bear their short names, unless `reveal`."""
        return {
            "scenario": self.scenario,
            "preset": self.preset,
            "options": dict(self.options),
            "defences": self.defences.to_json(),
            "switch": self.switch,
            "source": self.source,
            "remains": self.remains,
            "modes": {mode: self._mode_json(mode, reveal) for mode in self.modes},
        }

    def _mode_json(self, mode: str, reveal: bool) -> dict[str, Any]:
        outcome = self.outcomes.get(mode)
        shown = (lambda text: text) if reveal else self.names[mode].mask
        return {
            "applies": outcome.applies if outcome else True,
            "verdict": outcome.verdict if outcome else None,
            "attacker_seconds": outcome.attacker_seconds if outcome else None,
            "searched_seconds": outcome.searched_seconds if outcome and outcome.verdict == "breached" else None,
            "status": outcome.status if outcome else None,
            "measures": dict(outcome.measures) if outcome else {},
            "summary": outcome.summary if outcome else "",
            "steps": [
                {
                    "title": step.title,
                    "clock": iso(step.clock),
                    "exchanges": [_exchange_json(each, shown) for each in step.lanes[mode].exchanges],
                }
                for step in self.steps
                if mode in step.lanes
            ],
        }


def _exchange_json(exchange: Exchange, shown: Any) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "actor": exchange.actor,
        "clock": iso(exchange.clock),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": [[name, shown(value)] for name, value in request.headers],
            "body": shown(request.body.decode("utf-8", "replace")),
        },
        "response": {
            "status": response.status,
            "headers": [[name, shown(value)] for name, value in response.headers],
            "body": shown(response.body.decode("utf-8", "replace")),
        },
        "store_reads": exchange.store_reads,
        "store_writes": exchange.store_writes,
    }
