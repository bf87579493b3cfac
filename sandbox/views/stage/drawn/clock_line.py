"""The clock under all lanes, drawn: lifetimes as bars, the attacker's way in hatched, breaks, steps and moments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sandbox.views.stage.drawn.panel import WIDTH
from sandbox.views.stage.drawn.piece import Piece, line, paragraph, room_of, stacked
from sandbox.views.stage.timeline import Bar, Row, Timeline
from sandbox.views.svg import rect, text, title, units

_LEFT: Final = 170.0
"""Where the axis begins: the names stand before it."""
_LONG: Final = WIDTH - _LEFT - 50
"""Behind it is room for `no end`."""
_PITCH: Final = 14.0


def clock_line(shown: Timeline, modes: Collection[str]) -> Piece:
    """The timeline, for the modes in which the story can be, and how it is to be read."""
    return stacked([paragraph(_note(shown), 2, WIDTH - 4, "small"), _drawn(shown, modes)], WIDTH)


def _note(shown: Timeline) -> str:
    hatched = " Hatched: Mallory gets in." if any(row.bands for row in shown.rows) else ""
    left_out = " ≈ time that is left out." if shown.breaks else ""
    return f"Solid: a credential is good.{hatched}{left_out} The numbers above are the steps."


def _drawn(shown: Timeline, modes: Collection[str]) -> Piece:
    labels = list(_levels((_at(mark.at), mark.steps, mark.says) for mark in shown.marks))
    top = 15.0 * (1 + max((level for level, *_ in labels), default=0)) + 6
    rows: list[str] = []
    bottom = top
    for row in shown.rows:
        if row.mode in modes:
            rows += _row(row, bottom)
            bottom += _PITCH * max(1, len(_kinds(row))) + 8
    lines = "".join(f"M{units(at)} {units(15.0 * level + 13)}V{units(bottom)}" for level, at, *_ in labels)
    parts = [f'<path class="life" d="{lines}"/>', *rows, *_gaps(shown, top - 4, bottom)]
    parts.append(f'<path class="axis" d="M{units(_LEFT)} {units(bottom)}h{units(_LONG)}"/>')
    for level, at, steps, says in labels:
        parts.append(f"<g>{title(says)}{text(at, 15.0 * level + 11, steps, 'tag middle')}</g>")
    parts += [line(_within(at, said), bottom + 15, said, "small", WIDTH, "middle") for at, said in _ticks(shown)]
    parts += [text(_at(at), bottom + 30, f"≈ {said}", "small middle") for at, said in shown.breaks]
    return Piece(tuple(parts), bottom + (36 if shown.breaks else 20))


def _row(row: Row, top: float) -> Iterable[str]:
    """One mode: a line for each bar, named on the left."""
    yield text(2, top + 10, row.mode, "strong")
    for at, (name, bars) in enumerate(_kinds(row).items()):
        base = top + _PITCH * at
        yield text(_LEFT - 8, base + 10, name, "small end")
        for bar in bars:
            yield f"<g>{title(f'{row.mode}: {bar.says}')}"
            yield from _bar(bar, base + 2, hatched=bar in row.bands)
            yield "</g>"


def _kinds(row: Row) -> dict[str, list[Bar]]:
    """What is drawn on one line each: the bars of a name."""
    found: dict[str, list[Bar]] = {}
    for bar in (*row.bars, *row.bands):
        found.setdefault(bar.name, []).append(bar)
    return found


def _bar(bar: Bar, top: float, hatched: bool) -> Iterable[str]:
    left, right = _at(bar.left), _at(bar.right)
    width = max(right - left, 4.0)
    if hatched:
        slanted = f'<path class="hatch" transform="translate({units(left + 3)} {units(top + 5)}) skewX(-35)"'
        stripes = f'{slanted} d="M0 0h{units(width - 6)}"/>' if width > 8 else ""
        yield f'<g class="mallory">{rect(left, top, width, 10, "band" if stripes else "bar", 1)}{stripes}</g>'
    else:
        yield f'<g class="alice">{rect(left, top, width, 10, "bar", 1)}</g>'
    if bar.open:
        yield text(right + 5, top + 9, "no end", "small")


def _gaps(shown: Timeline, top: float, bottom: float) -> Iterable[str]:
    """Where time is left out: two jagged lines, through all bars."""
    teeth = int((bottom - top) // 8)
    for at, _ in shown.breaks:
        down = "".join(f"l{4 if tooth % 2 else -4} 8" for tooth in range(teeth))
        up = "".join(f"l{-4 if tooth % 2 else 4} -8" for tooth in reversed(range(teeth)))
        yield f'<path class="gap" d="M{units(_at(at) - 2)} {units(top)}{down}h8{up}"/>'


def _levels(marks: Iterable[tuple[float, str, str]]) -> Iterable[tuple[int, float, str, str]]:
    """Each mark with the level on which there is room for its number, from 0 down."""
    ends: list[float] = []
    for at, steps, says in marks:
        half = room_of(steps, "tag") / 2 + 3
        level = next((number for number, end in enumerate(ends) if at - half >= end), len(ends))
        ends[level : level + 1] = [at + half]
        yield level, at, steps, says


def _ticks(shown: Timeline) -> Iterable[tuple[float, str]]:
    """What is written at the axis, as far as there is room for it."""
    end = 0.0
    for at, said in shown.ticks:
        half = room_of(said, "small") / 2
        if _within(at, said) - half > end:
            end = _within(at, said) + half + 6
            yield at, said


def _within(at: float, said: str) -> float:
    """The middle of a label that must not stand beyond the picture's border."""
    return min(_at(at), WIDTH - room_of(said, "small") / 2)


def _at(part: float) -> float:
    return _LEFT + _LONG * part
