"""Who keeps what in one lane: a line per thing, its credentials as chips. What has not changed is not said again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from sandbox.record import Record
from sandbox.views.stage.chips import Chip, Fates
from sandbox.views.stage.drawn.piece import Piece, chips, chips_width, line, paragraph, placed, room_of, stacked, times
from sandbox.views.stage.drawn.wires import PAD
from sandbox.views.stage.lanes import Keeping, Kept, LanePicture, lane
from sandbox.views.svg import text

AS_BEFORE: Final = "as before"
_MOST_AGAIN: Final = 3
"""So many things that are as before are shown again beside one that is not; of more, only the chips."""


Lying = Mapping[str, Sequence[Hashable]]
"""By the title of who keeps it, what lay there when a step was over: as it is seen."""


def lying_before(record: Record, fates: Fates, mode: str, position: int) -> Lying:
    """What lay where at the step before, in this step's words: they name a moment otherwise on another day."""
    before = record.steps[position - 2].lanes.get(mode) if position > 1 else None
    if before is None:
        return {}
    nothing_done = replace(record.steps[position - 1], lanes={mode: replace(before, exchanges=())})
    still = lane(replace(record, steps=(*record.steps[: position - 1], nothing_done)), fates, mode, position)
    return {
        keeping.title: [_seen(replace(thing, chips=_then(thing, fates, position - 1))) for thing in keeping.things]
        for keeping in _of_lane(still)
    }


def _then(thing: Kept, fates: Fates, position: int) -> tuple[Chip, ...]:
    return fates.chips((shown.name for shown in thing.chips), position)


def keeps(now: LanePicture, was: Lying, width: float) -> Piece:
    """What each of the lane's people keeps, and the server. `was`: what lay there before; empty at the first step."""
    kept = _of_lane(now)
    if was and all(_unchanged(keeping, was) for keeping in kept):
        return Piece((line(PAD, 12, f"All is kept {AS_BEFORE}.", "small", width - 2 * PAD),), 17)
    return stacked((_keeping(keeping, was, actor, width) for keeping, actor in kept.items()), width, gap=3)


def _of_lane(lane: LanePicture) -> dict[Keeping, str]:
    """Who keeps what, and whose colour it bears."""
    attacker = {lane.attacker: "mallory"} if lane.attacker else {}
    return {**dict.fromkeys(lane.browsers, "alice"), lane.server: "server", **attacker}


def _keeping(now: Keeping, was: Lying, actor: str, width: float) -> Piece:
    short = "nothing" if not now.things else AS_BEFORE if _unchanged(now, was) else ""
    head = f'<g class="{actor}">{line(PAD, 11, now.title, "tag", width / 2 + 30)}</g>'
    if short:
        return Piece((head, text(width - PAD, 11, short, "small end")), 15)
    before = was.get(now.title, ())
    again = [thing for thing in now.things if _seen(thing) in before]
    folded = again if len(again) > _MOST_AGAIN else []
    shown = groupby(each for each in now.things if each not in folded)
    things = [_thing(each, len(list(same)), width, fresh=bool(was) and each not in again) for each, same in shown]
    body = stacked([_folded(folded, width), *things], width)
    return Piece((head, f'<g class="{actor}">', placed(body, 0, 16, width), "</g>"), 16 + body.height)


def _thing(thing: Kept, count: int, width: float, fresh: bool) -> Piece:
    """Its chips, then where it lies and what else is to be said of it; once for several that look the same."""
    wide = min(chips_width(thing.chips), width / 2)
    left = PAD + wide + (3 if wide else 0)
    said = ", ".join(part for part in (thing.place, thing.says) if part) + times(count)
    kind = "strong" if fresh and not thing.gone else "plain"
    words = paragraph(f"no more: {said}" if thing.gone else said, left, width - PAD - left, kind, most=4)
    return Piece((chips(thing.chips, PAD, 7.5, wide), *words.parts), max(words.height, 17.5 if wide else 0))


def _folded(things: Sequence[Kept], width: float) -> Piece:
    """`6 as before`, with their chips."""
    if not things:
        return Piece()
    said = f"{len(things)} {AS_BEFORE}"
    left = PAD + room_of(said, "small") + 6
    every = {chip.name: chip for thing in things for chip in thing.chips}
    shown = chips(every.values(), left, 7.5, width - PAD - left)
    return Piece((line(PAD, 11, said, "small", width), shown), 17.5)


def _unchanged(now: Keeping, was: Lying) -> bool:
    return now.title in was and [_seen(thing) for thing in now.things] == was[now.title]


def _seen(thing: Kept) -> Hashable:
    """What is seen of a thing: that time goes on changes nothing of it."""
    return thing.place, tuple((chip.name, chip.fate) for chip in thing.chips), thing.says, thing.gone
