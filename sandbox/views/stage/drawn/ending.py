"""How it ended: each mode's verdict as a box that is seen from afar, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.views.stage.drawn.panel import WIDTH, columns
from sandbox.views.stage.drawn.piece import Piece, line, paragraph, placed, stacked
from sandbox.views.stage.drawn.wires import PAD
from sandbox.views.stage.lanes import LanePicture
from sandbox.views.svg import rect


def verdicts(lanes: Sequence[LanePicture]) -> Piece:
    """The boxes side by side, of one height. A mode without a verdict yet says so."""
    if not any(lane.verdict for lane in lanes):
        return Piece()
    places = columns(max(2, len(lanes)))
    width = places[0][1]
    insides = [_inside(lane, width) for lane in lanes]
    height = max(inside.height for inside in insides) + 14
    parts = []
    for lane, inside, (left, _) in zip(lanes, insides, places, strict=False):
        parts.append(rect(left + 1.5, 1.5, width - 3, height - 3, lane.verdict_kind or "lane", 7))
        parts.append(placed(inside, left, 7, width))
    return Piece(tuple(parts), height)


def _inside(lane: LanePicture, width: float) -> Piece:
    room, kind = width - 4 * PAD, lane.verdict_kind
    word, _, more = (lane.verdict or "not yet").partition(": ")
    said = [
        paragraph(lane.mode, 2 * PAD, room, "head", kind),
        *(paragraph(each, 2 * PAD, room, "verdict", kind) for each in (word, more)),
        *(paragraph(each, 2 * PAD, room, "plain", kind) for each in lane.told),
    ]
    return stacked(said, width, gap=2)


def afterwards(said: Sequence[str]) -> Piece:
    """The switch that answers it, what remains, the source."""
    return stacked((paragraph(each, 2, WIDTH - 4) for each in said), WIDTH, gap=3)


def heading(said: str) -> Piece:
    return Piece((line(2, 16, said, "head", WIDTH),), 22)
