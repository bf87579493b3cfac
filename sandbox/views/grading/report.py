"""How submissions did, as a page of its own: one HTML file that needs nothing from outside, light, dark or printed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from sandbox.grading.batch import Batch, Graded
from sandbox.grading.exercise import Checked
from sandbox.views.grading import text, words
from sandbox.views.palette import DARK, LIGHT, variables

_STYLE: Final = f"""
:root {{ color-scheme: light dark; {variables(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}
@media print {{ :root {{ color-scheme: light; {variables(LIGHT)} }} }}
body {{ background: var(--page-on); color: var(--page); font-family: system-ui, sans-serif; line-height: 1.45;
  margin: 0 auto; max-width: 62rem; padding: 1rem 1.5rem 3rem; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; margin: 0.5rem 0; }} h2 {{ font-size: 1.2rem; margin: 2rem 0 0.4rem; }}
h3 {{ font-size: 1rem; margin: 1.2rem 0 0.3rem; }}
p {{ margin: 0.3rem 0; }}
ul {{ list-style: none; margin: 0.3rem 0; padding: 0; }}
li {{ border-left: 4px solid; margin: 0.4rem 0; padding: 0.3rem 0.7rem; }}
.met {{ background: var(--held-on); color: var(--held); }}
.open {{ background: var(--breached-on); border-left-style: double; color: var(--breached); }}
.fault {{ background: var(--contained-on); border-left: 4px dashed; color: var(--contained); padding: 0.3rem 0.7rem; }}
.quiet {{ color: var(--quiet); font-size: 0.85rem; }}
@media print {{ li {{ break-inside: avoid; }} h2, h3 {{ break-after: avoid; }} }}
"""


def render(batch: Batch) -> str:
    """A whole HTML file, learner by learner. The same batch gives the same file. What was handed in is escaped."""
    by_learner = groupby(batch.graded, key=lambda each: each.submission.learner)
    inside = "".join(_learner(name, list(graded)) for name, graded in by_learner)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{words.TITLE}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{words.TITLE}</h1><p>{escape(words.counted(batch.graded))}</p>{inside}</main></body></html>\n"
    )


def _learner(name: str, graded: Sequence[Graded]) -> str:
    solved = sum(each.result.passed for each in graded)
    inside = "".join(map(_submission, graded))
    return f"\n<section><h2>{escape(name)}: {solved} of {len(graded)} solved</h2>{inside}</section>"


def _submission(graded: Graded) -> str:
    result = graded.result
    met = "" if result.fault else f", {result.met} of {len(result.exercise.criteria)} criteria are met"
    head = f"<h3>{escape(result.exercise.title)}: {escape(words.sign(result))}{met}</h3>"
    where = f'<p class="quiet">{escape(graded.submission.notebook)}</p>'
    if result.fault:
        return f'{head}{where}<p class="fault">It could not be tried: {escape(result.fault)}.</p>'
    return f"{head}{where}<ul>{''.join(map(_criterion, result.checked))}</ul>"


def _criterion(checked: Checked) -> str:
    criterion = checked.criterion
    head = f"<b>{text.SIGNS[checked.met]}</b> {text.kind(checked)}: {escape(criterion.title)}"
    if checked.met:
        return f'<li class="met">{head}</li>'
    seen, hint = escape(checked.seen), escape(criterion.hint)
    return f'<li class="open">{head}<p>Seen: {seen}.</p><p>Try: {hint}.</p></li>'
