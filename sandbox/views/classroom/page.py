"""A class as a page of its own: one HTML file that needs nothing from outside, in light, in dark and in print."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from sandbox.classroom import Class, InMode, Part, QuestionTally, StoryTally, Sureness
from sandbox.classroom.tally import RIGHT
from sandbox.exchange import MODES
from sandbox.views.classroom import words as words
from sandbox.views.palette import DARK, LIGHT, variables

_STYLE: Final = f"""
:root {{ color-scheme: light dark; {variables(LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}
@media print {{ :root {{ color-scheme: light; {variables(LIGHT)} }} }}
body {{ background: var(--page-on); color: var(--page); font-family: system-ui, sans-serif; line-height: 1.45;
  margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem 3rem; }}
h1 {{ font-size: 1.5rem; margin: 0.5rem 0; }} h2 {{ font-size: 1.2rem; margin: 2rem 0 0.4rem; }}
h3 {{ font-size: 1rem; margin: 1.4rem 0 0.3rem; }}
p {{ margin: 0.4rem 0; max-width: 60rem; }}
.id {{ font-family: ui-monospace, Consolas, monospace; }}
.quiet {{ color: var(--quiet); font-size: 0.85rem; font-weight: 400; }}
.scroll {{ overflow-x: auto; }} .scroll:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
table {{ border-collapse: collapse; font-size: 0.88rem; min-width: 34rem; width: 100%; }}
caption {{ font-weight: 600; padding: 0.3rem 0; text-align: left; }}
th, td {{ border: 1px solid var(--line); padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }}
thead th {{ background: var(--panel-on); color: var(--panel); }}
tbody th {{ font-weight: 400; }} tbody th.story, tbody th[scope=rowgroup] {{ font-weight: 600; }}
.bars td {{ width: 24%; }} .bars th[scope=rowgroup] {{ width: 16%; }}
.bar {{ display: block; height: 0.7rem; margin-top: 0.2rem; min-width: 1px; border: 1px solid; box-sizing: border-box;
  print-color-adjust: exact; }}
.right {{ background: var(--held-on); border-color: var(--held); }}
.wrong {{ background: repeating-linear-gradient(135deg, transparent 0 5px, var(--breached) 5px 6px), var(--breached-on);
  border-color: var(--breached); }}
td {{ min-width: 4.5rem; }}
.hidden {{ color: var(--quiet); font-style: italic; }}
@media print {{ tbody, h3 {{ break-inside: avoid; }} h2, h3 {{ break-after: avoid; }}
  .scroll {{ overflow: visible; }} }}
"""


def render(about: Class) -> str:
    """A whole HTML file. The same class gives the same file."""
    inside = "".join(f"<p>{escape(each)}</p>" for each in words.intro(about))
    if about.learners is not None:
        inside += _completion(about) + _surprising(about) + _sureness(about.sureness)
        inside += "".join(_story(each) for each in about.stories if any(asked.tells for asked in each.questions))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{words.TITLE}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{words.TITLE}</h1>{inside}</main></body></html>\n"
    )


def _completion(about: Class) -> str:
    rows = ""
    for each in about.questions:
        counts = {mode.mode: mode.answered for mode in each.modes}
        cells = (_cell(words.number(counts[mode])) if mode in counts else "<td>not in this mode</td>" for mode in MODES)
        rows += f"<tr>{_head(each)}{''.join(cells)}</tr>\n"
    return "<h2>Who answered</h2>" + _table(f"Who answered, of {about.learners} learners", ("question", *MODES), rows)


def _head(question: QuestionTally) -> str:
    id_, asked = escape(question.id), escape(words.asked(question))
    return f'<th scope="row"><span class="id">{id_}</span> {asked}</th>'


def _cell(said: str, drawn: str = "") -> str:
    kind = ' class="hidden"' if said == words.HIDDEN else ""
    return f"<td{kind}>{said}{drawn}</td>"


def _surprising(about: Class) -> str:
    rows = "".join(
        f"<tr>{_head(each)}<td>{mode.mode}</td><td>{escape(words.row(part, each))}</td>"
        f"<td>{words.cells(part, mode)[0]} of {words.number(mode.answered)}</td></tr>\n"
        for each, mode, part in about.surprising
    )
    title = "<h2>What surprised most</h2>"
    if not rows:
        return f"{title}<p>Nothing to tell: nobody was wrong, or it is hidden.</p>"
    return title + _table("What most chose wrongly at first", ("question", "mode", "what was said", "at first"), rows)


def _sureness(sureness: Iterable[Sureness]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{each.confidence}</th>{_cell(words.number(each.right))}'
        f"{_cell(words.number(each.wrong))}</tr>\n"
        for each in sureness
    )
    return "<h2>How sure, and how right</h2>" + _table(words.SURENESS, ("how sure", "right", "wrong"), rows)


def _story(told: StoryTally) -> str:
    questions = "".join(_question(each) for each in told.questions if each.tells)
    return f"<section><h2>{escape(told.title)}</h2>{questions}</section>\n"


def _question(question: QuestionTally) -> str:
    bodies = "".join(_mode(question, mode) for mode in question.modes)
    title = f'<h3><span class="id">{escape(question.id)}</span> {escape(words.asked(question))}</h3>'
    return title + _table(
        f"What was said of {question.id}", ("mode", "what was said", "at first", "at last"), bodies, kind="bars"
    )


def _mode(question: QuestionTally, mode: InMode) -> str:
    rows, quiet = [f'<td class="hidden" colspan="3">{words.SILENT}</td>'], ""
    if not mode.answered:
        rows = [f'<td class="hidden" colspan="3">{words.answered(mode)}</td>']
    elif mode.tells:
        told, hidden = words.rows(mode)
        rows = [f'<th scope="row">{escape(words.row(part, question))}</th>{_bars(part, mode)}' for part in told]
        rows += [f'<td class="hidden" colspan="3">{escape(words.hidden_rows(hidden))}</td>'] if hidden else []
        quiet = f'<br><span class="quiet">{words.answered(mode)}</span>'
    head = f'<th scope="rowgroup" rowspan="{len(rows)}">{mode.mode}{quiet}</th>'
    return f"<tbody><tr>{head}{'</tr><tr>'.join(rows)}</tr></tbody>\n"


def _bars(part: Part, mode: InMode) -> str:
    """Both numbers in words, and under each a bar that is as long, of those who answered."""
    kind = "right" if part.says == RIGHT else "wrong"
    told = zip(words.shares(part, mode), words.cells(part, mode), strict=True)
    return "".join(
        _cell(said, f'<span class="bar {kind}" style="width: {100 * share:.1f}%"></span>' if share else "")
        for share, said in told
    )


def _table(caption: str, heads: Iterable[str], rows: str, kind: str = "") -> str:
    """On a narrow screen it scrolls, by keyboard too. `rows` may hold bodies of its own."""
    columns = "".join(f'<th scope="col">{each}</th>' for each in heads)
    bodies = rows if rows.startswith("<tbody>") else f"<tbody>{rows}</tbody>"
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table class="{kind}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>\n{bodies}</table></div>"
    )
