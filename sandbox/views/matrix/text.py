"""The matrix as a table of text: in colours for a terminal, without for files, print and screen readers."""

from __future__ import annotations

import io
import textwrap
from typing import Final

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox.sweep import COLUMNS, Attack, Cell, Matrix
from sandbox.views.matrix import words as words

WIDTH: Final = 112
"""Columns of the whole text, unless told otherwise."""

NARROWEST: Final = 78
"""Columns that a row needs. A narrower terminal wraps it."""

_RULES: Final = Box("    \n    \n -- \n    \n -- \n -- \n    \n    \n", ascii=True)
_COLOURS: Final = {"breached": "red", "contained": "yellow", "held": "green", "failed": "reverse"}


def render(matrix: Matrix, width: int = WIDTH, *, colours: bool = False) -> str:
    """The table, what it means, and the reasons why some cells are empty. Lines end in no space."""
    width = max(NARROWEST, width)
    paragraphs = [
        textwrap.fill(f"{words.TITLE}. {words.bcrypt(matrix)}", width),
        _drawn(_table(matrix, width), width, colours),
        _listed("What it means", words.legend(), width),
        _listed(
            "Where a story can't be", [f"{a.id} in {mode}: {why}" for a, mode, why in words.reasons(matrix)], width
        ),
        _listed("What did not run", matrix.failures, width),
    ]
    return "\n\n".join(each for each in paragraphs if each) + "\n"


def _table(matrix: Matrix, width: int) -> Table:
    names = 25 if width >= WIDTH else 18
    table = Table(box=_RULES, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column(Text("attack\n  its switch"), width=names)
    table.add_column("mode", width=7)
    for column in COLUMNS:
        table.add_column(column, ratio=1)
    for attack in matrix.attacks:
        for name, row in zip(_name(attack, names, len(attack.rows)), attack.rows, strict=True):
            table.add_row(Text(_safe(name)), row.mode, *(_cell(cell) for cell in row.cells.values()))
        table.add_section()
    return table


def _cell(cell: Cell | None) -> Text:
    mark = words.mark(cell)
    text = Text(_safe("\n".join(filter(None, (mark, words.extent(cell))))))
    text.stylize(_COLOURS.get(words.kind(cell), ""), 0, len(mark))
    return text


def _name(attack: Attack, width: int, rows: int) -> list[str]:
    """The attack and its switch, a line beside each row; what is left over stands in the last."""
    lines = [*_broken(attack.id, width), *_broken(attack.switch or "", width, "  ")]
    return [*lines[: rows - 1], "\n".join(lines[rows - 1 :]), *[""] * rows][:rows]


def _broken(name: str, width: int, indent: str = "") -> list[str]:
    """A name in lines: broken at an underscore, never within a word."""
    lines = [""]
    for part in name.replace("_", "_ ").split():
        if lines[-1] and len(indent) + len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return [indent + line for line in lines if line]


def _drawn(table: Table, width: int, colours: bool) -> str:
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colours,
        force_jupyter=False,
        color_system="standard" if colours else None,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().rstrip().split("\n"))


def _listed(title: str, lines: list[str], width: int) -> str:
    if not lines:
        return ""
    wrapped = (textwrap.fill(_safe(line), width, initial_indent="  ", subsequent_indent="    ") for line in lines)
    return "\n".join([title, *wrapped])


def _safe(text: str) -> str:
    """What is no letter, sign, space or line's end is spelled out: a text must not move a terminal's cursor."""
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)
