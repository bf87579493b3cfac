"""How a notebook shows a result: a list of criteria in HTML, and always the same in plain text."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

from sandbox.grading.exercise import Checked, Result
from sandbox.views.grading import text
from sandbox.views.grading.picture import drawn
from sandbox.views.palette import DARK, LIGHT, variables

STYLE: Final = f"""
.sbg {{ {variables(LIGHT)} max-width: 60em; }}
[data-jp-theme-light="false"] .sbg {{ {variables(DARK)} }}
.sbg .sbg-head {{ font-weight: 600; font-size: 1.1em; }}
.sbg ol {{ list-style: none; padding: 0; }}
.sbg li {{ border-left: 4px solid; margin: 0.4em 0; padding: 0.3em 0.7em; }}
.sbg li.met {{ border-left-style: solid; background: var(--held-on); color: var(--held); }}
.sbg li.open {{ border-left-style: double; background: var(--breached-on); color: var(--breached); }}
.sbg b {{ display: inline-block; min-width: 5.5em; }}
.sbg p {{ margin: 0.3em 0; }}
.sbg pre {{ background: var(--page-on); color: var(--page); margin: 0.3em 0; overflow-x: auto; padding: 0.4em; }}
"""


class Notebook:
    """A result's renderer."""

    def bundle(self, result: Result) -> dict[str, Any]:
        """A MIME bundle: both forms; a front end takes what it can show."""
        return {"text/plain": self.text(result), "text/html": f"<style>{STYLE}</style>{html(result)}"}

    def text(self, result: Result) -> str:
        return text.render(result)


def html(result: Result) -> str:
    """The result as a piece of a page. Whatever a submission said is escaped."""
    criteria = "".join(map(_criterion, result.checked))
    after = f"<p>What an attacker would try next: {escape(result.exercise.after)}</p>" if result.passed else ""
    head = f'<p class="sbg-head">{escape(text.heading(result))}</p>'
    return f'<div class="sbg">{head}<ol>{criteria}</ol>{after}</div>'


def _criterion(checked: Checked) -> str:
    head = f"<b>{text.SIGNS[checked.met]}</b> {text.kind(checked)}: {escape(checked.criterion.title)}"
    if checked.met:
        return f'<li class="met">{head}</li>'
    lines = "\n".join(text.wire(checked))
    as_text = f"<details><summary>as text</summary><pre>{escape(lines)}</pre></details>"
    wire = f"{drawn(checked)}{as_text}" if lines else ""
    seen, hint = _sentence(checked.seen), _sentence(checked.criterion.hint)
    return f'<li class="open">{head}<p>Seen: {seen}</p>{wire}<p>Try: {hint}</p></li>'


def _sentence(said: str) -> str:
    """With its full stop, unless it asks; what stands in backticks is code."""
    ended = said if said.endswith(("?", ".", "!")) else f"{said}."
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(ended))
