"""A class as a page of its own: one HTML file that needs nothing from outside, in light, in dark and in print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from sandbox.classroom import Class, InMode, Part, QuestionTally, StoryTally, Sureness
from sandbox.classroom.tally import NONE, RIGHT
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
.none {{ background: var(--panel-on); border-color: var(--line); border-style: dashed; }}
td {{ min-width: 4.5rem; }}
.hidden {{ color: var(--quiet); font-style: italic; }}
@media print {{ tbody, h3 {{ break-inside: avoid; }} h2, h3 {{ break-after: avoid; }}
  .scroll {{ overflow: visible; }} }}
"""
_KINDS: Final = {RIGHT: "right", NONE: "none"}


def render(about: Class) -> str:
    """A whole HTML file. The same class gives the same file."""
    inside = "".join(f"<p>{escape(each)}</p>" for each in words.intro(about))
    if about.learners is not None:
        inside += _completion(about) + _surprising(about) + _sureness(about.sureness)
        inside += "".join(_story(each, about.learners) for each in about.stories)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{words.TITLE}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{words.TITLE}</h1>{inside}</main></body></html>\n"
    )


def _completion(about: Class) -> str:
    rows = ""
    for told in about.stories:
        rows += _row(
            f'<th scope="row" class="story">{escape(told.title)}: all its questions</th>', told.finished, about
        )
        for each in told.questions:
            rows += _row(_head(each), {mode.mode: mode.answered for mode in each.modes}, about)
    return "<h2>Who answered</h2>" + _table("Learners who answered", ("story and question", *MODES), rows)


def _head(question: QuestionTally) -> str:
    id_, asked = escape(question.id), escape(words.asked(question))
    return f'<th scope="row"><span class="id">{id_}</span> {asked}</th>'


def _row(head: str, counts: Mapping[str, int | None], about: Class) -> str:
    cells = (_number(counts[mode], about.learners) if mode in counts else "<td>not in this mode</td>" for mode in MODES)
    return f"<tr>{head}{''.join(cells)}</tr>\n"


def _number(count: int | None, whole: int | None) -> str:
    return f"<td{_hidden(count)}>{words.of(count, whole)}</td>"


def _hidden(count: int | None) -> str:
    return ' class="hidden"' if count is None else ""


def _surprising(about: Class) -> str:
    rows = "".join(
        f"<tr>{_head(each)}<td>{mode.mode}</td>{_number(mode.wrong, about.learners)}</tr>\n"
        for each, mode in about.surprising
    )
    title = "<h2>What surprised most</h2>"
    if not rows:
        return f"{title}<p>Nothing to tell: nobody was wrong, or it is hidden.</p>"
    return title + _table("The most learners wrong at first", ("question", "mode", "wrong at first"), rows)


def _sureness(sureness: Iterable[Sureness]) -> str:
    rows = ""
    for each in sureness:
        if each.right is None or each.wrong is None:
            cells = f'<td class="hidden" colspan="3">{words.HIDDEN}</td>'
        else:
            share = words.share(each.right, each.wrong)
            cells = f"<td>{each.right}</td><td>{each.wrong}</td><td>{share}</td>"
        rows += f'<tr><th scope="row">{each.confidence}</th>{cells}</tr>\n'
    return "<h2>How sure, and how right</h2>" + _table(
        words.SURENESS, ("how sure", "right", "wrong", "share right"), rows
    )


def _story(told: StoryTally, whole: int) -> str:
    questions = "".join(_question(each, whole) for each in told.questions)
    return f"<section><h2>{escape(told.title)}</h2>{questions}</section>\n"


def _question(question: QuestionTally, whole: int) -> str:
    bodies = "".join(_mode(question, mode, whole) for mode in question.modes)
    title = f'<h3><span class="id">{escape(question.id)}</span> {escape(words.asked(question))}</h3>'
    return title + _table(
        f"What was said of {question.id}", ("mode", "what was said", "at first", "at last"), bodies, kind="bars"
    )


def _mode(question: QuestionTally, mode: InMode, whole: int) -> str:
    rows = [f'<th scope="row">{escape(words.row(each, question))}</th>{_bars(each, whole)}' for each in mode.parts]
    first, last = mode.together
    if first is not None:
        bars = _bar(first, whole, "none") + _bar(last, whole, "none")
        rows.append(f'<th scope="row">the hidden rows together</th>{bars}')
    if mode.answered == 0:
        rows = ['<td colspan="3">nobody answered</td>']
    quiet = f'<br><span class="quiet">{words.again(mode, whole)}</span>'
    head = f'<th scope="rowgroup" rowspan="{len(rows)}">{mode.mode}{quiet}</th>'
    return f"<tbody><tr>{head}{'</tr><tr>'.join(rows)}</tr></tbody>\n"


def _bars(part: Part, whole: int) -> str:
    kind = _KINDS.get(part.says, "wrong")
    return _bar(part.first, whole, kind) + _bar(part.last, whole, kind)


def _bar(count: int | None, whole: int, kind: str) -> str:
    """The number in words, and under it a bar that is as long, of the whole class."""
    drawn = f'<span class="bar {kind}" style="width: {100 * count / whole:.1f}%"></span>' if count else ""
    return f"<td{_hidden(count)}>{words.of(count, whole)}{drawn}</td>"


def _table(caption: str, heads: Iterable[str], rows: str, kind: str = "") -> str:
    """On a narrow screen it scrolls, by keyboard too. `rows` may hold bodies of its own."""
    columns = "".join(f'<th scope="col">{each}</th>' for each in heads)
    bodies = rows if rows.startswith("<tbody>") else f"<tbody>{rows}</tbody>"
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table class="{kind}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>\n{bodies}</table></div>"
    )
