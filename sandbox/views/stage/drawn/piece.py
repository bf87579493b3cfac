"""What every part of the storyboard is made of: pieces with a height, lines that fit, paragraphs, chips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sandbox.views import lettering
from sandbox.views.stage.chips import Chip
from sandbox.views.stage.drawn.style import LETTERS
from sandbox.views.svg import rect, text, title, units

CHIP: Final = 15.0
"""How high a chip is."""
_BESIDE: Final = 5.0
"""Between a chip's border and its name; between two chips it is a little less."""


@dataclass(frozen=True)
class Piece:
    """A part of the picture: what is drawn, and how high it is."""

    parts: tuple[str, ...] = ()
    height: float = 0.0


def placed(piece: Piece, left: float, top: float, width: float) -> str:
    """The piece at its place; nothing of it reaches beyond."""
    return (
        f'<svg x="{units(left)}" y="{units(top)}" width="{units(width)}" height="{units(piece.height)}">'
        f"{''.join(piece.parts)}</svg>"
    )


def stacked(pieces: Iterable[Piece], width: float, gap: float = 0.0) -> Piece:
    """One below the other; those without height are left out."""
    parts: list[str] = []
    top = 0.0
    for piece in pieces:
        if piece.height:
            top += gap if parts else 0.0
            parts.append(placed(piece, 0, top, width))
            top += piece.height
    return Piece(tuple(parts), top)


def room_of(said: str, kind: str) -> float:
    """How wide a line is by our estimate."""
    return lettering.width(said, *LETTERS[kind])


def line(left: float, base: float, said: str, kind: str, room: float, more: str = "") -> str:
    """A line of text, shortened where it is too long. `more`: further classes."""
    short = lettering.shortened(said, room, *LETTERS[kind])
    return text(left, base, short, f"{kind} {more}".rstrip()) if short else ""


def paragraph(said: str, left: float, room: float, kind: str = "plain", more: str = "", most: int = 15) -> Piece:
    """Text in lines, beginning at the top; with an ellipsis where it needs more than `most` of them."""
    size = LETTERS[kind][0]
    pitch = round(size * 1.35, 1)
    lines = lettering.wrapped(said, room, *LETTERS[kind], most=most)
    classes = f"{kind} {more}".rstrip()
    parts = tuple(text(left, size + pitch * at, each, classes) for at, each in enumerate(lines))
    return Piece(parts, pitch * len(lines) + 2 if lines else 0.0)


def times(count: int) -> str:
    """What stands behind something that is there several times."""
    return f" \N{MULTIPLICATION SIGN}{count}" if count > 1 else ""


# Chips -----------------------------------------------------------------


def said_of(shown: Chip, short: bool = False) -> str:
    """`S1`, `A1 expired`."""
    return shown.name if short or shown.fate == "good" else f"{shown.name} {shown.fate}"


def chip_width(shown: Chip, short: bool = False) -> float:
    return room_of(said_of(shown, short), "tag") + 2 * _BESIDE


def chips_width(shown: Iterable[Chip], short: bool = False) -> float:
    return sum(chip_width(each, short) + 3 for each in shown)


def chip(shown: Chip, left: float, middle: float, short: bool = False) -> str:
    """A credential by its short name. Its fate can be seen without colours, and stands there as a word."""
    said, width = said_of(shown, short), chip_width(shown, short)
    struck = ""
    if shown.fate == "ended":
        name = room_of(shown.name, "tag")
        struck = f'<path class="cut" d="M{units(left + 2)} {units(middle)}h{units(name + 6)}"/>'
    return (
        f'<g class="{shown.fate}">{title(shown.says)}{rect(left, middle - CHIP / 2, width, CHIP, "chip", 7)}'
        f"{text(left + _BESIDE, middle + 3.8, said, 'tag')}{struck}</g>"
    )


def chips(shown: Iterable[Chip], left: float, middle: float, room: float) -> str:
    """Chips in a row: without their words, and at last only some of them, where there is too little room."""
    shown = list(shown)
    short = chips_width(shown) > room
    parts = []
    for at, each in enumerate(shown):
        rest = f"+{len(shown) - at}"
        needed = chip_width(each, short) + (room_of(rest, "tag") + 3 if at < len(shown) - 1 else 0)
        if needed > room:
            parts.append(line(left, middle + 3.8, rest, "tag", room))
            break
        parts.append(chip(each, left, middle, short))
        left, room = left + chip_width(each, short) + 3, room - chip_width(each, short) - 3
    return "".join(parts)
