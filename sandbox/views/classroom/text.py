"""A class as text, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from sandbox.classroom import Class, InMode, QuestionTally
from sandbox.views.classroom import words as words

WIDTH: Final = 100
"""Columns of the text, unless told otherwise."""
_BAR: Final = 10
"""Signs of the longest bar."""


def render(about: Class, width: int = WIDTH) -> str:
    """All that may be told of the class. Lines end in no space."""
    parts = [words.TITLE, *(textwrap.fill(each, width) for each in words.intro(about))]
    if about.learners is not None:
        parts += [_completion(about, width), _surprising(about, width), _sureness(about)]
        parts += [_question(each, about.learners, width) for told in about.stories for each in told.questions]
    return "\n\n".join(each for each in parts if each) + "\n"


def _completion(about: Class, width: int) -> str:
    lines = ["Who answered"]
    for told in about.stories:
        lines.append(f"  {told.title}")
        lines.append(_wrapped(f"{'all its questions':20}{_by_mode(told.finished, about)}", width, "    ", 24))
        for each in told.questions:
            answered = {mode.mode: mode.answered for mode in each.modes}
            lines.append(_wrapped(f"{each.id:19} {_by_mode(answered, about)}", width, "    ", 24))
    return "\n".join(lines)


def _by_mode(counts: Mapping[str, int | None], about: Class) -> str:
    return "   ".join(f"{mode} {words.of(count, about.learners)}" for mode, count in counts.items())


def _surprising(about: Class, width: int) -> str:
    lines = [
        f"{each.id} in {mode.mode}, wrong at first {words.of(mode.wrong, about.learners)}: {words.asked(each)}"
        for each, mode in about.surprising
    ]
    return "\n".join(["What surprised most", *(_wrapped(each, width, "  ") for each in lines or ["nothing to tell"])])


def _sureness(about: Class) -> str:
    lines = ["How sure, and how right (first answers)"]
    for each in about.sureness:
        if each.right is None or each.wrong is None:
            lines.append(f"  {each.confidence:13}{words.HIDDEN}")
        else:
            share = words.share(each.right, each.wrong)
            lines.append(f"  {each.confidence:13}right {each.right}, wrong {each.wrong}: {share}")
    return "\n".join(lines)


def _question(question: QuestionTally, whole: int, width: int) -> str:
    lines = [_wrapped(f"{question.id} {words.asked(question)}", width, "")]
    for mode in question.modes:
        lines.append(f"  {mode.mode}, {words.again(mode, whole)}")
        if mode.answered != 0:
            lines += _rows(question, mode, whole, width)
    return "\n".join(lines)


def _rows(question: QuestionTally, mode: InMode, whole: int, width: int) -> list[str]:
    lines = [
        f"    {'at first':22}at last",
        *(
            _wrapped(f"{_bar(part.first, whole)}{_bar(part.last, whole)}{words.row(part, question)}", width, "    ", 48)
            for part in mode.parts
        ),
    ]
    first, last = mode.together
    if first is not None:
        bars = _bar(first, whole) + _bar(last, whole)
        lines.append(_wrapped(f"{bars}the hidden rows together", width, "    ", 48))
    return lines


def _bar(count: int | None, whole: int) -> str:
    drawn = "#" * round(_BAR * (count or 0) / whole)
    return f"{drawn:{_BAR}} {words.HIDDEN if count is None else count:>6}     "


def _wrapped(line: str, width: int, indent: str, further: int | None = None) -> str:
    later = " " * (len(indent) + 2 if further is None else further)
    return textwrap.fill(line, width, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
