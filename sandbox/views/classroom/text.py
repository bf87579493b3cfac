"""A class as text, for a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

from sandbox.classroom import Class, InMode, QuestionTally
from sandbox.views.classroom import words as words

WIDTH: Final = 100
"""Columns of the text, unless told otherwise."""
_BAR: Final = 8
"""Signs of the longest bar."""
_CELL: Final = len(words.ALL_BUT_FEW)


def render(about: Class, width: int = WIDTH) -> str:
    """All that may be told of the class. Lines end in no space."""
    parts = [words.TITLE, *(textwrap.fill(each, width) for each in words.intro(about))]
    if about.learners is not None:
        parts += [_completion(about, width), _surprising(about, width), _sureness(about, width)]
        parts += [_question(each, width) for each in about.questions if each.tells]
    return "\n\n".join(each for each in parts if each) + "\n"


def _completion(about: Class, width: int) -> str:
    lines = [f"Who answered, of {about.learners}"]
    for each in about.questions:
        modes = "   ".join(f"{mode.mode} {words.number(mode.answered)}" for mode in each.modes)
        lines.append(_wrapped(f"{each.id:24} {modes}", width, "  ", 27))
    return "\n".join(lines)


def _surprising(about: Class, width: int) -> str:
    lines = [
        f"{each.id} in {mode.mode}, {words.cells(part, mode)[0]} of {words.number(mode.answered)} at first: "
        f"{words.row(part, each)}"
        for each, mode, part in about.surprising
    ]
    return "\n".join(["What surprised most", *(_wrapped(each, width, "  ") for each in lines or ["nothing to tell"])])


def _sureness(about: Class, width: int) -> str:
    lines = [
        f"  {each.confidence:13}right {words.number(each.right):8}wrong {words.number(each.wrong)}"
        for each in about.sureness
    ]
    return "\n".join(["How sure, and how right", _wrapped(words.SURENESS, width, "  ", 2), *lines])


def _question(question: QuestionTally, width: int) -> str:
    lines = [_wrapped(f"{question.id} {words.asked(question)}", width, "")]
    for mode in question.modes:
        if mode.tells:
            lines += [f"  {mode.mode}, {words.answered(mode)}", *_rows(question, mode, width)]
        else:
            lines.append(f"  {mode.mode}: {words.SILENT if mode.answered else words.answered(mode)}")
    return "\n".join(lines)


def _rows(question: QuestionTally, mode: InMode, width: int) -> list[str]:
    told, hidden = words.rows(mode)
    column = _BAR + _CELL + 3
    lines = [f"    {'at first':{column}}at last"]
    for part in told:
        bars = zip(words.shares(part, mode), words.cells(part, mode), strict=True)
        drawn = "".join(f"{'#' * round(_BAR * share):{_BAR}} {cell:{_CELL}}  " for share, cell in bars)
        lines.append(_wrapped(f"{drawn}{words.row(part, question)}", width, "    ", 4 + 2 * column))
    if hidden:
        lines.append(_wrapped(words.hidden_rows(hidden), width, "    "))
    return lines


def _wrapped(line: str, width: int, indent: str, further: int | None = None) -> str:
    later = " " * (len(indent) + 2 if further is None else further)
    return textwrap.fill(line, width, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
