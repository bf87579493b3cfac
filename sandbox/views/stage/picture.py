"""What is to be seen of a play at one moment: plain data, all of it from the record. What draws it knows no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.clock import describe, spoken
from sandbox.record import Record
from sandbox.views import text, words
from sandbox.views.stage import compare
from sandbox.views.stage.chips import Fates
from sandbox.views.stage.lanes import LanePicture, lane
from sandbox.views.stage.timeline import Timeline, timeline


@dataclass(frozen=True)
class Surprise:
    """A prediction that came out otherwise."""

    step: int
    title: str
    mode: str
    said: str
    happened: str
    hint: str


@dataclass(frozen=True)
class Picture:
    """A play when so many steps have run."""

    title: str
    about: str
    """Under which switches and options: `preset as_written, rotate_refresh=on`."""
    position: int
    steps: tuple[str, ...]
    """The titles of all steps that have run, those after this position too."""
    clock: str
    since: str
    """`6 min after the first step`; empty at the first."""
    source: str
    by_hand: bool
    lanes: Mapping[str, LanePicture]
    timeline: Timeline | None
    surprises: tuple[Surprise, ...]
    afterwards: tuple[str, ...]
    """At the end: what answers the attack, what remains, the source."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Pictures:
    """The pictures of one record, page by page; `before`, the record to compare with, where there is one."""

    def __init__(self, record: Record, before: Record | None = None) -> None:
        self.record = record
        self.fates = {mode: Fates(record, mode) for mode in record.modes}
        self._before = Pictures(before) if before else None

    def at(self, position: int, start: float | None = None, *, clock: bool = True) -> Picture:
        """The page when so many steps have run. `start`: the clock before the first, in seconds since the epoch.

        `clock`: with its timeline, which takes the longest to find.
        """
        record = self.record
        step = record.steps[position - 1] if position else None
        first = record.steps[0].clock if record.steps else 0.0
        now = step.clock if step else first if start is None else start
        ended = record.finished and position == len(record.steps)
        return Picture(
            title=record.title,
            about=text.conditions(record),
            position=position,
            steps=tuple(each.title for each in record.steps),
            clock=spoken(now),
            since=f"{describe(now - first)} after the first step" if step and now > first else "",
            source=step.source if step else "",
            by_hand=bool(step and step.by_hand),
            lanes=self.lanes(position),
            timeline=timeline(record, self.fates, position) if clock else None,
            surprises=tuple(_surprises(record, position)),
            afterwards=tuple(words.afterwards(record)) if ended else (),
        )

    def lanes(self, position: int) -> dict[str, LanePicture]:
        """The lanes alone, with what is the same in all of them, and what differs from the run before."""
        record = self.record
        lanes = compare.across({mode: lane(record, self.fates[mode], mode, position) for mode in record.modes})
        there = self._before
        if there is None or not _same_page(there.record, record, position):
            return lanes
        return compare.since(there.lanes(position), lanes)


def _same_page(before: Record, now: Record, position: int) -> bool:
    """Whether both records have that page, of the same step."""
    if not 0 < position <= min(len(before.steps), len(now.steps)):
        return False
    return before.steps[position - 1].title == now.steps[position - 1].title


def _surprises(record: Record, position: int) -> list[Surprise]:
    return [
        Surprise(number, step.title, mode, said, happened, step.question.misconceptions.get(said, ""))
        for number, step in enumerate(record.steps[:position], 1)
        for mode, (said, happened) in step.surprises().items()
        if step.question
    ]
