"""The matrix as one picture: a row for each attack, a group of four cells for each mode, a sign in each cell."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from sandbox.sweep import COLUMNS, Attack, Cell, Matrix, Row
from sandbox.views.matrix import words as words
from sandbox.views.palette import DARK, LIGHT, Palette
from sandbox.views.svg import FONT, rect, text, title, units, written
from sandbox.views.words import MARKS

WIDTH: Final = 1000
"""User units, as are all lengths here: pixels, where the picture is not scaled."""

_MARGIN: Final = 12
_NAMES: Final = 196
"""Room for the attacks' names."""
_GAP: Final = 10
_ROW: Final = 32
_TOP: Final = 184
"""Where the rows begin: title, note, legend and heads stand above."""

_NOTES: Final = (
    "off: no defence. on: the one switch below the attack's name. as_advised, hardened: these presets.",
    "Times are simulated: for how long the attacker got in. no end: none in 400 days.",
)


def render(matrix: Matrix) -> str:
    """A whole SVG file. It needs nothing from outside, and follows the reader's colour scheme where that is known."""
    height = _TOP + _ROW * len(matrix.attacks) + _MARGIN
    described = " ".join([words.bcrypt(matrix), *words.tally(matrix)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{written(words.TITLE)}" aria-describedby="matrix-described">',
        title(words.TITLE),
        f'<desc id="matrix-described">{written(described)}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        text(_MARGIN, 28, words.TITLE, "title"),
        text(_MARGIN, 47, words.bcrypt(matrix), "small"),
        *_legend(matrix),
        *_heads(matrix),
        *(line for number, attack in enumerate(matrix.attacks) for line in _attack(matrix, attack, number)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _style() -> str:
    return (
        f"text {{ font-family: {FONT}; font-size: 12px; }} .title {{ font-size: 18px; font-weight: 600; }}"
        " .small { font-size: 11px; } .tiny { font-size: 10px; } .head { font-size: 13px; font-weight: 600; }"
        " .sign { font-size: 14px; font-weight: 700; } .middle { text-anchor: middle; }"
        " .contained { stroke-dasharray: 4 3; } rect.breached { stroke-width: 2; }"
        f" {_rules(LIGHT)} @media (prefers-color-scheme: dark) {{ {_rules(DARK)} }}"
    )


def _rules(palette: Palette) -> str:
    ground, ink = palette["page"]
    rules = [f".page {{ fill: {ground}; }} text {{ fill: {ink}; }} .rule {{ stroke: {palette['line'][1]}; }}"]
    rules.append(f".small, .tiny {{ fill: {palette['quiet'][1]}; }}")
    for kind in (*MARKS, "failed"):
        ground, ink = palette[kind]
        rules.append(f"rect.{kind} {{ fill: {ground}; stroke: {ink}; }} text.{kind} {{ fill: {ink}; }}")
    rules.append(f"text.nothing {{ fill: {palette['nothing'][1]}; }}")
    return " ".join(rules)


def _legend(matrix: Matrix) -> Iterator[str]:
    """A sample of each sign that occurs, with its word and what it means; then what the columns are."""
    occurring = {words.kind(cell) for _, row in matrix for cell in row.cells.values()}
    verdicts = [(kind, MARKS[kind][0], f"{kind}: {means}") for kind, means in words.MEANS.items()]
    others = [("nothing", words.NOTHING, words.ABOUT_NOTHING), ("failed", words.FAILED[0], "did not run")]
    for base, samples in ((71, verdicts), (93, others)):
        left = float(_MARGIN)
        for kind, sign, said in samples:
            if kind in occurring:
                yield rect(left, base - 14, 20, 18, kind) if kind != "nothing" else ""
                yield text(left + 10, base, sign, f"sign middle {kind}")
                yield text(left + 25, base - 1, said, "tiny")
                left += 34 + 5.6 * len(said)
    for number, note in enumerate(_NOTES):
        yield text(_MARGIN, 114 + 15 * number, note, "tiny")


def _heads(matrix: Matrix) -> Iterator[str]:
    for at, mode in enumerate(matrix.modes):
        left, width = _left(matrix, at, 0), 4 * _cell_width(matrix)
        yield text(left + width / 2, 158, mode, "head middle")
        for number, column in enumerate(COLUMNS):
            yield text(_left(matrix, at, number) + _cell_width(matrix) / 2, 175, column, "tiny middle")


def _attack(matrix: Matrix, attack: Attack, number: int) -> Iterator[str]:
    top = _TOP + _ROW * number
    yield f'<line class="rule" x1="{_MARGIN}" x2="{WIDTH - _MARGIN}" y1="{top}" y2="{top}" stroke-opacity="0.5"/>'
    yield f"<g>{title(attack.about or attack.id)}"
    yield text(_MARGIN, top + 14, attack.id, "")
    yield text(_MARGIN, top + 26, attack.switch or "no switch answers it", "tiny") + "</g>"
    for at, row in enumerate(attack.rows):
        if not row.applies:
            yield from _gap(matrix, at, top, attack, row)
            continue
        for place, (column, cell) in enumerate(row.cells.items()):
            said = f"{attack.id}, {row.mode}, {column}: {words.told(cell)}"
            yield from _cell(cell, _left(matrix, at, place), top, _cell_width(matrix), said)


def _gap(matrix: Matrix, at: int, top: float, attack: Attack, row: Row) -> Iterator[str]:
    """One dash over all four columns, where the story can't be."""
    left, width = _left(matrix, at, 0), 4 * _cell_width(matrix)
    why = f"{words.NOTHING} {textwrap.shorten(row.why, int(width / 5.4), placeholder=' …')}"
    yield f"<g>{title(f'{attack.id}, {row.mode}: {row.why}')}"
    yield f'<rect x="{units(left)}" y="{top + 2}" width="{units(width)}" height="{_ROW - 4}" fill-opacity="0"/>'
    yield text(left + width / 2, top + 20, why, "tiny middle") + "</g>"


def _cell(cell: Cell | None, left: float, top: float, width: float, said: str) -> Iterator[str]:
    kind, centre = words.kind(cell), left + width / 2
    yield f"<g>{title(said)}"
    if kind != "nothing":
        yield rect(left + 2, top + 3, width - 4, _ROW - 6, kind)
    beside = words.in_short(cell) if cell else ""
    yield text(centre, top + (15 if beside else 21), words.mark(cell)[0], f"sign middle {kind}")
    yield (text(centre, top + 26, beside, f"tiny middle {kind}") if beside else "") + "</g>"


def _cell_width(matrix: Matrix) -> float:
    groups = len(matrix.modes)
    return (WIDTH - 2 * _MARGIN - _NAMES - _GAP * groups) / (4 * groups)


def _left(matrix: Matrix, group: int, column: int) -> float:
    return _MARGIN + _NAMES + _GAP * (group + 1) + _cell_width(matrix) * (4 * group + column)
