"""A result in plain text: for terminals, stored outputs and screen readers."""

from __future__ import annotations

import textwrap
from typing import Final

from sandbox.grading.exercise import Checked, Result
from sandbox.names import Names

WIDTH: Final = 100
SIGNS: Final = {True: "✓ met", False: "✗ not yet"}
MOST: Final = 6
"""Exchanges that are shown of a criterion that is not met: the last ones."""


def heading(result: Result) -> str:
    """`Session fixation: not yet. 4 of 7 criteria are met.`"""
    if result.fault:
        return f"{result.exercise.title}: could not be tried. {result.fault}"
    word = "solved" if result.passed else "not yet"
    return f"{result.exercise.title}: {word}. {result.met} of {len(result.exercise.criteria)} criteria are met."


def kind(checked: Checked) -> str:
    """What a criterion is: an attack, which must fail, or a feature, which must work."""
    return "attack" if checked.criterion.attack else "feature"


def wire(checked: Checked) -> list[str]:
    """The last exchanges before it broke, a line each, credentials by their short names."""
    names = Names()
    for exchange in checked.exchanges:
        names.learn(exchange)
    return [names.line(each) for each in checked.exchanges[-MOST:]]


def render(result: Result) -> str:
    """All of it."""
    lines = [heading(result), ""]
    for each in result.checked:
        lines += _wrapped(f"{SIGNS[each.met]:9}  {kind(each):7}  {each.criterion.title}", "                    ")
        if not each.met:
            lines += _wrapped(f"seen: {each.seen}", "      ", "      ")
            lines += [f"        {line}" for line in wire(each)]
            lines += _wrapped(f"try: {each.criterion.hint}", "      ", "      ")
    if result.passed:
        lines += ["", *_wrapped(f"What an attacker would try next: {result.exercise.after}", "")]
    return "\n".join("".join(sign if sign.isprintable() else " " for sign in line).rstrip() for line in lines) + "\n"


def _wrapped(text: str, later: str, first: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=later)
