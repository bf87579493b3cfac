"""What the last flip of a switch came to, in words: on the page that is shown, and at the end of the story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.record import Record
from sandbox.views import words
from sandbox.views.stage.compare import Lanes
from sandbox.views.stage.lanes import Keeping, LanePicture
from sandbox.views.stage.picture import Pictures


@dataclass(frozen=True)
class Flip:
    """What differs between a run and the one before it."""

    says: str
    """`denylist=on changes nothing on this page. At the end: the same.`: the end, where it is known and not shown."""
    told: Mapping[str, tuple[str, ...]]
    """By mode, beside each line that is told of the outcome on this page, the line of the run before: empty where it is
    the same.
    """

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def flip(before: Record | None, now: Record, position: int) -> Flip | None:
    """On the page when so many steps have run. None where there is no run before, or it has no such page."""
    if before is None or not 0 < position <= min(len(before.steps), len(now.steps)):
        return None
    what = _flipped(before, now)
    if not what or before.steps[position - 1].title != now.steps[position - 1].title:
        return None
    told = {mode: _told(before, now, mode) for mode in now.modes} if before.finished and now.finished else {}
    at_end = position == len(now.steps)
    says = f"{what} {_here(before, now, position, at_end and any(map(any, told.values())))}"
    if told and not at_end:
        says += f" At the end: {_at_the_end(before, now, told)}."
    return Flip(says, told if at_end else {})


def _flipped(before: Record, now: Record) -> str:
    """`denylist=on`, `preset hardened`; empty where the switches are the same."""
    values = now.defences.to_json()
    names = [name for name, value in before.defences.to_json().items() if value != values[name]]
    if names and before.preset != now.preset:
        return f"preset {now.preset}"
    return ", ".join(f"{name}={now.defences.shown(name)}" for name in names)


def _here(before: Record, now: Record, position: int, told: bool) -> str:
    if told or any(map(_is_marked, Pictures(now, before).lanes(position).values())):
        return "changes what is marked on this page."
    was, this = Pictures(before).at(position), Pictures(now).at(position)
    if _travels(was.lanes) != _travels(this.lanes):
        return "changes which credentials travel on this page."
    same = (was.lanes, was.timeline) == (this.lanes, this.timeline)
    return "changes nothing on this page." if same else "changes nothing but lifetimes on this page."


def _travels(lanes: Lanes) -> list[tuple[str, ...]]:
    arrows = [arrow for lane in lanes.values() for arrow in lane.arrows]
    return [tuple(chip.name for chip in (*arrow.sends, *arrow.gets)) for arrow in arrows]


def _keepings(lane: LanePicture) -> list[Keeping]:
    return [*lane.browsers, lane.server, *([lane.attacker] if lane.attacker else [])]


def _is_marked(lane: LanePicture) -> bool:
    kept = any(thing.new or thing.changed for keeping in _keepings(lane) for thing in keeping.things)
    return kept or bool(lane.gone or lane.verdict_changed or any(arrow.changed for arrow in lane.arrows))


def _told(before: Record, now: Record, mode: str) -> tuple[str, ...]:
    """Beside each line, that of the run before, where it was another: a measure beside the one of its name."""
    had, has = (words.told(record.outcomes[mode]) for record in (before, now))
    named = {line.partition(": ")[0]: line for line in had}
    were = had if len(had) == len(has) else [named.get(line.partition(": ")[0], "nothing") for line in has]
    return tuple("" if was == line else was for was, line in zip(were, has, strict=True))


def _at_the_end(before: Record, now: Record, told: Mapping[str, tuple[str, ...]]) -> str:
    """`jwt ◐ CONTAINED: 14 min`: the modes that come to something else, or `the same`."""
    others = []
    for mode, outcome in now.outcomes.items():
        changed = [line for line, was in zip(words.told(outcome), told[mode], strict=True) if was]
        if words.verdict(outcome) != words.verdict(before.outcomes[mode]):
            others.append(f"{mode} {words.verdict(outcome)}")
        elif changed:
            others.append(f"{mode} {changed[0]}")
    return "; ".join(others).removesuffix(".") or "the same"
