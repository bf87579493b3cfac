"""The ledger in plain text, in colours for a terminal: a finding with its tables and charts, or a table of claims."""

from __future__ import annotations

import io
import textwrap
from typing import Final

from rich.box import Box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from sandbox.claims import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Claim, Finding, Table
from sandbox.views.ledger import words as words

WIDTH: Final = 112
"""Columns of the whole text, unless told otherwise."""

NARROWEST: Final = 78
"""Columns that a claim's line needs. A narrower terminal wraps it."""

_RULES: Final = Box("    \n    \n -- \n    \n -- \n -- \n    \n    \n", ascii=True)
_COLOURS: Final = {HOLDS: "green", HOLDS_ONLY_IF: "yellow", DOES_NOT_HOLD: "red"}


def render(found: words.Found, width: int = WIDTH, *, colours: bool = False) -> str:
    """All claims in a table. Lines end in no space."""
    width = max(NARROWEST, width)
    head = textwrap.fill(f"{words.TITLE}. {words.tally(found)}", width)
    foot = textwrap.fill("One claim alone, with its tables and charts: its id, such as H1.", width)
    return f"{head}\n\n{_drawn(_ledger(found), width, colours)}\n\n{foot}\n"


def render_one(claim: Claim, finding: Finding, width: int = WIDTH, *, colours: bool = False) -> str:
    """One claim: the verdict first, then all that it rests on."""
    width = max(NARROWEST, width)
    marked = Text(_safe(words.marked(finding)), _COLOURS[finding.verdict], overflow="fold")
    parts = [
        _wrapped(f"{claim.id}. {claim.says}", width),
        _drawn(marked, width, colours),
        _wrapped(f"Measured: {words.measured(finding)}", width),
        _wrapped(f"Experiment: {claim.experiment}", width),
        *(_titled(each, width) for each in finding.tables),
        *(_chart(each, width) for each in finding.charts),
        _wrapped(f"Source: {claim.source}. Notebook: {claim.notebook}.", width),
    ]
    return "\n\n".join(parts) + "\n"


def _ledger(found: words.Found) -> Grid:
    grid = _grid()
    grid.add_column("id", no_wrap=True)
    for column, ratio in (("claim", 3), ("verdict", 3), ("measured", 4), ("source", 2)):
        grid.add_column(column, ratio=ratio)
    for claim, finding in found.values():
        verdict = Text(_safe(words.marked(finding)))
        verdict.stylize(_COLOURS[finding.verdict], 0, 2 + len(finding.verdict))
        others = (claim.says, words.measured(finding), claim.source)
        said, measured, source = (Text(_safe(each)) for each in others)
        grid.add_row(Text(_safe(claim.id)), said, verdict, measured, source, end_section=True)
    return grid


def _titled(table: Table, width: int) -> str:
    grid = _grid(expand=False)
    for column in table.columns:
        grid.add_column(Text(_safe(column)))
    for row in table.rows:
        grid.add_row(*(Text(_safe(words.cell(each))) for each in row))
    return f"{_wrapped(table.title, width)}\n{_drawn(grid, width)}"


def _chart(chart: Chart, width: int) -> str:
    return f"{_wrapped(f'{chart.title}. {chart.says}', width)}\n{_titled(words.chart_table(chart), width)}"


def _grid(expand: bool = True) -> Grid:
    return Grid(box=_RULES, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), expand=expand)


def _drawn(what: Grid | Text, width: int, colours: bool = False) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colours, force_jupyter=False,
        color_system="standard" if colours else None, legacy_windows=False, _environ={},
    )  # fmt: skip
    with console.capture() as capture:
        console.print(what)
    return "\n".join(line.rstrip() for line in capture.get().rstrip().split("\n"))


def _wrapped(said: str, width: int) -> str:
    return textwrap.fill(_safe(said), width)


def _safe(said: str) -> str:
    """What is no letter, sign or space is spelled out: a text must not move a terminal's cursor."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in said)
