"""The ledger in HTML: one finding with its tables and charts, or all claims in a table. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.util import find_spec
from typing import Final

from sandbox.claims import Chart, Claim, Finding, Table
from sandbox.claims.claim import Cell
from sandbox.views.ledger import words as words
from sandbox.views.palette import DARK, LIGHT, variables

_STYLE: Final = f"""
.sbl {{ {variables(LIGHT)} background: var(--page-on); border: 1px solid var(--line); border-radius: 8px;
  color: var(--page); line-height: 1.45; max-width: 60rem; padding: 0.3em 1em; }}
body[data-jp-theme-light="false"] .sbl {{ {variables(DARK)} }}
@media (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]) .sbl {{ {variables(DARK)} }} }}
.sbl.all {{ max-width: none; overflow-x: auto; }}
.sbl p, .sbl dl, .sbl figure {{ margin: 0.5em 0; }}
.sbl .claim {{ font-size: 1.15em; font-weight: 600; }}
.sbl .verdict {{ border-left: 4px solid; display: inline-block; font-weight: 600; padding: 0.2em 0.7em; }}
.sbl .held {{ background: var(--held-on); color: var(--held); }}
.sbl .contained {{ background: var(--contained-on); border-left-style: dashed; color: var(--contained); }}
.sbl .breached {{ background: var(--breached-on); border-left-style: double; color: var(--breached); }}
.sbl dl {{ display: grid; gap: 0.2em 0.9em; grid-template-columns: auto 1fr; }}
.sbl dt {{ color: var(--quiet); }} .sbl dd {{ margin: 0; }}
.sbl table {{ border-collapse: collapse; margin: 0.8em 0; }}
.sbl.sbl caption {{ caption-side: top; color: var(--page); font-weight: 600; padding: 0.2em 0; text-align: left; }}
.sbl.sbl th, .sbl.sbl td {{ border: 0 solid var(--line); border-bottom-width: 1px; padding: 0.25em 1.8em 0.25em 0;
  text-align: left; vertical-align: top; white-space: normal; }}
.sbl.sbl .number {{ font-variant-numeric: tabular-nums; text-align: right; }}
.sbl.sbl td.verdict {{ display: table-cell; padding-left: 0.5em; }}
.sbl svg {{ height: auto; max-width: 100%; }}
.sbl summary {{ color: var(--quiet); cursor: pointer; }}
"""


def finding(claim: Claim, found: Finding) -> str:
    """The claim, its verdict, and all that this rests on."""
    pairs = {"measured": words.measured(found), "experiment": claim.experiment, "source": claim.source,
             "notebook": claim.notebook}  # fmt: skip
    said = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in pairs.items())
    parts = [
        f'<p class="claim">{escape(claim.id)}. {escape(claim.says)}</p>',
        f'<p class="verdict {words.KINDS[found.verdict]}">{escape(words.marked(found))}</p>',
        f"<dl>{said}</dl>",
        *map(_table, found.tables),
        *map(_figure, found.charts),
    ]
    return f'<div class="sbl"><style>{_STYLE}</style>{"".join(parts)}</div>'


def ledger(found: words.Found) -> str:
    """All claims: a row for each."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in words.COLUMNS)
    rows = "".join(_row(claim, each) for claim, each in found.values())
    caption = f"<caption>{escape(words.TITLE)}. {escape(words.tally(found))}</caption>"
    table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="sbl all"><style>{_STYLE}</style>{table}</div>'


def _row(claim: Claim, found: Finding) -> str:
    cells = words.row(claim, found) | {"verdict": words.marked(found)}
    name = f'<th scope="row">{escape(cells.pop("id"))}</th>'
    kinds = {"verdict": f' class="verdict {words.KINDS[found.verdict]}"'}
    others = [f"<td{kinds.get(column, '')}>{escape(said)}</td>" for column, said in cells.items()]
    return f"<tr>{name}{''.join(others)}</tr>"


def _table(table: Table) -> str:
    kinds = [' class="number"' if _is_of_numbers(table, at) else "" for at, _ in enumerate(table.columns)]
    pairs = zip(table.columns, kinds, strict=True)
    heads = "".join(f'<th scope="col"{kind}>{escape(column)}</th>' for column, kind in pairs)
    rows = "".join(f"<tr>{''.join(_cells(row, kinds))}</tr>" for row in table.rows)
    caption = f"<caption>{escape(table.title)}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Sequence[Cell], kinds: list[str]) -> Iterator[str]:
    for number, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        said = escape(words.cell(value))
        yield f'<th scope="row">{said}</th>' if number == 0 else f"<td{kind}>{said}</td>"


def _is_of_numbers(table: Table, column: int) -> bool:
    """Whether a column, but for the first, is of numbers, but for some words: they stand one below the other."""
    values = [row[column] for row in table.rows]
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    return column > 0 and 2 * len(numbers) > len(values)


def _figure(chart: Chart) -> str:
    """The picture, and what it says as words and numbers; these alone where pygal is not installed."""
    said = f"<p>{escape(chart.says)}</p>{_table(words.chart_table(chart))}"
    if not find_spec("pygal"):
        return f"<div><p><b>{escape(chart.title)}</b></p>{said}</div>"
    from sandbox.views.ledger.chart import THEMED, draw

    twin = f"<details><summary>this picture in words and numbers</summary>{said}</details>"
    return f"<figure>{draw(chart, THEMED)}{twin}</figure>"
