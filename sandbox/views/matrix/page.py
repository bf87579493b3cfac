"""The matrix as a page of its own: one HTML file that needs nothing from outside, in light, in dark and in print."""

from __future__ import annotations

from html import escape
from typing import Final

from sandbox.sweep import COLUMNS, Matrix
from sandbox.views.matrix import words as words
from sandbox.views.matrix.table import STYLE, table
from sandbox.views.palette import DARK, LIGHT, variables
from sandbox.views.words import ABOUT, MARKS

_STYLE: Final = f"""
:root {{ color-scheme: light dark; {variables(LIGHT)} --hatch: #82071e1f; }}
@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} --hatch: #ffd8d31f; }} }}
@media print {{ :root {{ {variables(LIGHT)} }} }}
body {{ background: var(--page-on); color: var(--page); font-family: system-ui, sans-serif; line-height: 1.45;
  margin: 0 auto; max-width: 90rem; padding: 1rem 1.5rem 3rem; }}
h1 {{ font-size: 1.5rem; margin: 0.5rem 0; }} h2 {{ font-size: 1.05rem; margin: 1.2rem 0 0.3rem; }}
p, dl {{ margin: 0.4rem 0; max-width: 60rem; }}
dl {{ display: grid; gap: 0.2rem 0.8rem; grid-template-columns: auto 1fr; }}
dt {{ font-weight: 600; white-space: nowrap; }} dd {{ margin: 0; }} dd details {{ color: var(--quiet); }}
.notes {{ display: grid; gap: 0 2.5rem; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr));
  margin-bottom: 1rem; }}
@media (max-width: 64rem) {{ .scroll {{ overflow-x: auto; }} .notes {{ display: block; }} }}
summary:focus-visible, .scroll:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
{STYLE}"""


def render(matrix: Matrix) -> str:
    """A whole HTML file. The same matrix gives the same file."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(words.TITLE)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{escape(words.TITLE)}</h1>{_intro(matrix)}{_notes(matrix)}\n{_scrolling(table(matrix))}</main></body></html>\n"
    )


def _intro(matrix: Matrix) -> str:
    counted = f"{len(matrix.attacks)} attacks in {', '.join(matrix.modes)} mode"
    return (
        f"<p>{escape(counted)}. Every cell was found by playing the story against the server, with real requests under "
        f"a simulated clock; none is written down.</p>"
        "<p>A cell opens to one sentence about what happened. In brackets stands the status of the last answer "
        "that counted; after it, for how long the attacker got in, in simulated time, or the harm that one act did.</p>"
    )


def _scrolling(inside: str) -> str:
    """On a narrow screen the table scrolls, by keyboard too."""
    return f'<div class="scroll" role="region" aria-label="The matrix" tabindex="0">{inside}</div>'


def _notes(matrix: Matrix) -> str:
    signs = {MARKS[verdict]: escape(means) for verdict, means in words.MEANS.items()}
    signs[words.NOTHING] = escape(words.ABOUT_NOTHING)
    columns = {column: f"{escape(words.ABOUT[column])}{_preset(column)}" for column in COLUMNS}
    modes = {mode: escape(ABOUT[mode]) for mode in matrix.modes}
    parts = [("What the signs mean", signs), ("What the columns are", columns), ("What the modes are", modes)]
    inside = "".join(f"<section><h2>{title}</h2>{_pairs(pairs)}</section>" for title, pairs in parts)
    return f'<div class="notes">{inside}</div>'


def _preset(column: str) -> str:
    """Which switches the column's preset sets, read from the presets themselves."""
    if column == "on":
        return ""
    return f"<details><summary>the switches it sets</summary>{escape(words.preset(column))}</details>"


def _pairs(pairs: dict[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{said}</dd>' for name, said in pairs.items())}</dl>"
