"""The matrix as a table in HTML, for a page and for a notebook. All text is escaped."""

from __future__ import annotations

from html import escape
from typing import Final

from sandbox.defences import switch
from sandbox.sweep import COLUMNS, Attack, Cell, Matrix, Row
from sandbox.views.matrix import words as words

STYLE: Final = """
.sbm { border-collapse: separate; border-spacing: 0; border-top: 1px solid var(--line); font-size: 0.85rem;
  line-height: 1.35; min-width: 54rem; table-layout: fixed; width: 100%; }
.sbm caption { caption-side: top; font-weight: 600; padding: 0 0 0.5em; text-align: left; }
.sbm th, .sbm td { border: 0 solid var(--line); border-width: 0 1px 1px 0; padding: 0.3em 0.5em; text-align: left;
  vertical-align: top; white-space: normal; }
.sbm.sbm th, .sbm.sbm td, .sbm.sbm caption { text-align: left; white-space: normal; }
.sbm thead th { background: var(--page-on); color: var(--page); position: sticky; top: 0; z-index: 1;
  border-bottom-width: 2px; }
.sbm tbody tr:last-child > *, .sbm tbody th[rowspan] { border-bottom-width: 2px; }
.sbm th:first-child:not([scope=row]) { border-left-width: 1px; }
.sbm thead th:nth-child(1) { width: 23%; } .sbm thead th:nth-child(2) { width: 13%; }
.sbm tbody th { background: var(--page-on); color: var(--page); font-weight: 400; }
.sbm th p { margin: 0.15em 0 0; }
.sbm .id { font-family: ui-monospace, Consolas, monospace; font-weight: 700; }
.sbm .quiet { color: var(--quiet); font-size: 0.78rem; }
.sbm tbody th, .sbm td { overflow-wrap: break-word; }
.sbm td .long { display: block; }
.sbm td summary { cursor: pointer; }
.sbm td details p { margin: 0.3em 0 0; }
.sbm .breached { background: repeating-linear-gradient(135deg, transparent 0 7px, var(--hatch) 7px 8px),
  var(--breached-on); color: var(--breached); border-left: 4px double var(--breached); }
.sbm .contained { background: var(--contained-on); color: var(--contained);
  border-left: 4px dashed var(--contained); }
.sbm .held { background: var(--held-on); color: var(--held); border-left: 4px solid var(--held); }
.sbm .measured { background: var(--measured-on); color: var(--measured);
  border-left: 4px dotted var(--measured); }
.sbm .failed { background: var(--failed-on); color: var(--failed); }
.sbm .nothing { background: var(--page-on); color: var(--nothing); }
@media print { .sbm thead th { position: static; } .sbm tbody { break-inside: avoid; }
  .sbm td, .sbm th { print-color-adjust: exact; } }
"""


def table(matrix: Matrix) -> str:
    """The whole table, with its caption: a body for each attack, a row for each mode."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("attack", "mode", *COLUMNS))
    bodies = "".join(_body(attack) for attack in matrix.attacks)
    caption = f"<caption>{escape(words.TITLE)}. {escape(words.bcrypt(matrix))}</caption>"
    return f'<table class="sbm">{caption}<thead><tr>{heads}</tr></thead>{bodies}</table>'


def _body(attack: Attack) -> str:
    first, *others = [_row(row) for row in attack.rows]
    name = f'<th scope="rowgroup" rowspan="{len(attack.rows)}">{_about(attack)}</th>'
    return f"<tbody><tr>{name}{first}</tr>{''.join(f'<tr>{row}</tr>' for row in others)}</tbody>"


def _about(attack: Attack) -> str:
    answer = f"{attack.switch}. {switch(attack.switch).does}" if attack.switch else "none answers it."
    notes = {"Switch": answer, "Source": attack.source, "What remains": attack.remains}
    said = "".join(f'<p class="quiet">{name}: {escape(note)}</p>' for name, note in notes.items() if note)
    return f'<span class="id">{escape(attack.id)}</span><p>{escape(attack.about)}</p>{said}'


def _row(row: Row) -> str:
    given = f'<p class="quiet">given: {escape(words.given(row.given))}</p>' if row.given else ""
    head = f'<th scope="row">{escape(row.mode)}{given}</th>'
    if not row.applies:
        return (
            f'{head}<td class="nothing" colspan="{len(COLUMNS)}">{words.NOTHING} Does not apply: {escape(row.why)}</td>'
        )
    return head + "".join(_cell(cell) for cell in row.cells.values())


def _cell(cell: Cell | None) -> str:
    """A sign, a word, a time; and what happened, in a sentence that opens."""
    said = f'<b>{escape(words.mark(cell))}</b> <span class="long">{escape(words.extent(cell))}</span>'
    more = (cell.error or cell.summary) if cell else ""
    inside = f"<details><summary>{said}</summary><p>{escape(more)}</p></details>" if more else said
    return f'<td class="{words.kind(cell)}">{inside}</td>'
