"""The ledger in words: what stands in its columns and cells. All its views share them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.claims import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Claim, Finding, Table
from sandbox.claims.claim import Cell
from sandbox.claims.figures import number as number
from sandbox.clock import describe

Found = Mapping[str, tuple[Claim, Finding]]
"""What was settled, by the claims' ids: as `settle` gives it."""

TITLE: Final = "The ledger of claims"
COLUMNS: Final = ("id", "claim", "experiment", "measured", "verdict", "source", "notebook")

SIGNS: Final = {HOLDS: "✓", HOLDS_ONLY_IF: "◐", DOES_NOT_HOLD: "✗"}
KINDS: Final = {HOLDS: "held", HOLDS_ONLY_IF: "contained", DOES_NOT_HOLD: "breached"}
"""The verdicts' colours, by their names in the palette."""

VARIES: Final = "(differs from machine to machine)"
LEFT_OUT: Final = "–"  # noqa: RUF001
"""Stands in a chart's table where a series has no value."""

MOST_ROWS: Final = 12
"""Of a chart's table: a curve of many points is shown by so many of them."""


def row(claim: Claim, finding: Finding) -> dict[str, str]:
    """The claim's line in the ledger, by `COLUMNS`."""
    cells = (claim.id, claim.says, claim.experiment, measured(finding), verdict(finding), claim.source, claim.notebook)
    return dict(zip(COLUMNS, cells, strict=True))


def verdict(finding: Finding) -> str:
    """`holds`, `holds only if the store is shared`."""
    return f"{finding.verdict} {finding.condition}".strip()


def marked(finding: Finding) -> str:
    """The same with a sign, and loud: `◐ HOLDS ONLY IF the store is shared`."""
    return f"{SIGNS[finding.verdict]} {finding.verdict.upper()} {finding.condition}".strip()


def measured(finding: Finding) -> str:
    """The numbers in one line; what is of real time is marked."""
    return f"{finding.measured} {VARIES}" if finding.varies else finding.measured


def cell(value: Cell) -> str:
    """One cell of a table: `yes`, `1204`, or the text itself."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else value


def at_x(chart: Chart, x: float) -> str:
    """What stands at that place of the x axis: a category, or the value in the axis' words."""
    return chart.categories[int(x)] if chart.categories else _in_words_of(chart.ticks_x, x)


def at_y(chart: Chart, y: float | None) -> str:
    """A value in the words of the y axis."""
    return LEFT_OUT if y is None else _in_words_of(chart.ticks_y, y)


def _in_words_of(ticks: tuple[tuple[float, str], ...], value: float) -> str:
    """The tick's word, where there is one; on an axis of time the span, such as `14 min 59 s`; else the number."""
    if value in dict(ticks):
        return dict(ticks)[value]
    is_time = any(said == describe(seconds) for seconds, said in ticks)
    return describe(value) if is_time else number(value)


def chart_table(chart: Chart) -> Table:
    """The chart's numbers: a row for each place on the x axis, a column for each series."""
    places = sorted({x for series in chart.series for x, _ in series.points})
    step = -(-len(places) // MOST_ROWS) or 1
    shown = [*places[:-1:step], *places[-1:]]
    values = [dict(series.points) for series in chart.series]
    rows = [(at_x(chart, x), *(at_y(chart, each.get(x)) for each in values)) for x in shown]
    some = "" if len(shown) == len(places) else f" ({len(shown)} of {len(places)} places)"
    return Table(f"{chart.y}{some}", (chart.x, *(series.name for series in chart.series)), tuple(rows))


def tally(found: Found) -> str:
    """`40 claims: 20 hold, 15 hold only under a condition, 5 do not hold.`"""
    counts = [finding.verdict for _, finding in found.values()]
    one = {HOLDS: "holds", HOLDS_ONLY_IF: "holds only under a condition", DOES_NOT_HOLD: "does not hold"}
    many = {HOLDS: "hold", HOLDS_ONLY_IF: "hold only under a condition", DOES_NOT_HOLD: "do not hold"}
    found_so = {each: counts.count(each) for each in one if each in counts}
    parts = [f"{count} {(one if count == 1 else many)[each]}" for each, count in found_so.items()]
    return f"{len(counts)} {'claim' if len(counts) == 1 else 'claims'}: {', '.join(parts)}."
