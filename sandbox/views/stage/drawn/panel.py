"""One step: its number and title, the question, the lanes side by side, why, and the source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.record import Question
from sandbox.views.stage.drawn.keeps import Lying, keeps
from sandbox.views.stage.drawn.piece import Piece, line, paragraph, placed, room_of, stacked
from sandbox.views.stage.drawn.wires import PAD, Cast, wires
from sandbox.views.stage.lanes import LanePicture
from sandbox.views.stage.picture import Picture
from sandbox.views.svg import rect, text

WIDTH: Final = 976.0
"""User units: of everything that stands between the margins."""
_GAP: Final = 8.0


def columns(modes: int) -> list[tuple[float, float]]:
    """Left and width of each lane."""
    width = (WIDTH - _GAP * (modes - 1)) / modes
    return [((width + _GAP) * at, width) for at in range(modes)]


def panel(now: Picture, was: Mapping[str, Lying], question: Question | None, casts: Mapping[str, Cast]) -> Piece:
    """One page. `was`, `casts`: by mode what lay there before, and who occurs; for the modes that are shown."""
    lanes = [now.lanes[mode] for mode in casts]
    because = {lane.because for lane in lanes}
    shared = because.pop() if len(because) == 1 else ""
    return stacked(
        [
            _head(now),
            _asked(question),
            _lanes(lanes, was, casts, said=not shared),
            paragraph(shared, PAD, WIDTH - 2 * PAD),
            paragraph(f"Source: {now.source}" if now.source else "", PAD, WIDTH - 2 * PAD, "small"),
        ],
        WIDTH,
        gap=4,
    )


def _head(now: Picture) -> Piece:
    when = f"{now.clock}{', ' + now.since if now.since else ''}{' (moved by hand)' if now.by_hand else ''}"
    room = WIDTH - 30 - room_of(when, "small") - 16
    title = paragraph(now.steps[now.position - 1], 30, room, "head", most=3)
    number = f'<circle cx="12" cy="11" r="10.5"/>{text(12, 15, str(now.position), "strong number middle")}'
    return Piece((number, line(WIDTH, 15, when, "small", WIDTH / 2, "end"), *title.parts), max(24.0, title.height + 2))


def _asked(question: Question | None) -> Piece:
    """What was asked before the step ran."""
    if question is None:
        return Piece()
    said = f"Asked: {question.text} ({', '.join(question.choices)})"
    words = paragraph(said, PAD, WIDTH - 2 * PAD, "strong", "ask")
    height = words.height + 6
    return Piece((rect(0.5, 0.5, WIDTH - 1, height - 1, "ask", 5), placed(words, 0, 3, WIDTH)), height)


def _lanes(lanes: list[LanePicture], was: Mapping[str, Lying], casts: Mapping[str, Cast], said: bool) -> Piece:
    """The lanes: name, arrows and what is kept, the answer, why. The answers are level, and so are the reasons."""
    if len(lanes) == 1:
        (only,) = lanes
        return _alone(only, was[only.mode], casts[only.mode], said)
    if not lanes:
        return Piece()
    places = columns(len(lanes))
    width = places[0][1]
    rows = [
        [_name(lane, width) for lane in lanes],
        [
            stacked([wires(lane, casts[lane.mode], width, compared=True), keeps(lane, was[lane.mode], width)], width, 6)
            for lane in lanes
        ],
        [_answer(lane, width) for lane in lanes],
        [paragraph(lane.because if said else "", PAD, width - 2 * PAD) for lane in lanes],
    ]
    parts: list[str] = []
    top = 4.0
    for row in rows:
        height = max((piece.height for piece in row), default=0.0)
        parts += [placed(piece, left, top, width) for piece, (left, _) in zip(row, places, strict=True) if piece.height]
        top += height + (6 if height else 0)
    grounds = [rect(left + 0.5, 0.5, width - 1, top - 1, "lane", 6) for left, _ in places]
    return Piece((*grounds, *parts), top)


def _alone(lane: LanePicture, was: Lying, who: Cast, said: bool) -> Piece:
    """One lane alone: its arrows on the left, the rest on the right."""
    (_, half), (right, _) = columns(2)
    first = stacked([_name(lane, half), wires(lane, who, half, compared=False)], half, gap=4)
    why = paragraph(lane.because if said else "", PAD, half - 2 * PAD)
    other = stacked([keeps(lane, was, half), _answer(lane, half), why], half, gap=6)
    height = max(first.height, other.height) + 10
    ground = rect(0.5, 0.5, WIDTH - 1, height - 1, "lane", 6)
    return Piece((ground, placed(first, 0, 4, half), placed(other, right, 6, half)), height)


def _name(lane: LanePicture, width: float) -> Piece:
    return Piece((line(PAD, 14, lane.mode, "head", width - 2 * PAD),), 18)


def _answer(lane: LanePicture, width: float) -> Piece:
    """What was predicted, and how it turned out."""
    if not lane.prediction:
        return Piece()
    said = f"≠ {lane.prediction}" if lane.surprised else lane.prediction
    words = paragraph(said, PAD + 5, width - 2 * PAD - 10, "strong", "ask")
    height = words.height + 4
    ground = rect(PAD, 0.5, width - 2 * PAD, height - 1, "ask", 4)
    return Piece((ground, placed(words, 0, 2, width)), height)
