"""The text twin: a play in columns of plain text, for terminals, print, stored outputs and screen readers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby, zip_longest

from sandbox.clock import iso, spoken
from sandbox.defences import Defences
from sandbox.exchange import Exchange
from sandbox.names import Names
from sandbox.record import Record, StepRecord
from sandbox.views import words

WIDTH = 100
"""Columns of the whole text, unless told otherwise."""


def render(record: Record, width: int = WIDTH) -> str:
    """The whole record as far as it went: steps, then verdicts."""
    lines = [*_wrapped(heading(record), width), ""]
    for number, step in enumerate(record.steps, 1):
        lines += _wrapped(f"{number}. {step.title}", width, f"[{iso(step.clock)}]")
        lines += [*_step_lines(record, step, width), ""]
    if not record.steps:
        lines.append("(no step has run yet)")
    if record.outcomes:
        lines += ["Outcome", *outcome_lines(record, width)]
    for paragraph in words.afterwards(record):
        lines += ["", *_wrapped(paragraph, width)]
    return _joined(lines)


def render_step(record: Record, step: StepRecord, width: int = WIDTH) -> str:
    """One step alone."""
    return _joined([*_wrapped(f"{step.title}  [{spoken(step.clock)}]", width), *_step_lines(record, step, width)])


def heading(record: Record) -> str:
    """`Theft, preset as_written, rotate_refresh=on, bcrypt cost 4`."""
    return f"{record.title}, {conditions(record)}"


def conditions(record: Record) -> str:
    """Under which switches and options it was played: `preset as_written, rotate_refresh=on, bcrypt cost 4`."""
    parts = [f"preset {record.preset}", *changes(record.preset, record.defences)]
    parts += [f"{name}={value}" for name, value in record.options.items()]
    return ", ".join([*parts, f"bcrypt cost {record.defences.bcrypt_cost}"])


def changes(preset: str, defences: Defences) -> list[str]:
    """What differs from the preset, bcrypt's cost apart: `rotate_refresh=on`."""
    return [f"{name}={defences.shown(name)}" for name in defences.beside(preset)]


def outcome_lines(record: Record, width: int = WIDTH) -> list[str]:
    """Verdict, measures and summary of each mode, side by side."""
    columns = []
    for mode in record.modes:
        outcome = record.outcomes.get(mode)
        if outcome is None:
            columns.append(["(not yet)"])
            continue
        columns.append([words.verdict(outcome), *words.told(outcome)])
    return _side_by_side(list(record.modes), columns, width)


def _step_lines(record: Record, step: StepRecord, width: int) -> list[str]:
    lines = []
    if step.question:
        lines += _wrapped(f"Asked: {step.question.text} ({', '.join(step.question.choices)})", width)
    modes = [mode for mode in record.modes if mode in step.lanes]
    columns = []
    for mode in modes:
        lane = step.lanes[mode]
        exchanges = _folded(lane.exchanges, step.clock, record.names[mode])
        column = [*exchanges, words.untold(lane), words.prediction_line(step, mode)]
        columns.append([line for line in column if line] or ["(nothing goes over the wire)"])
    lines += _side_by_side(modes, columns, width)
    for paragraph in _explanations(step, modes):
        lines += _wrapped(paragraph, width)
    return lines + (_wrapped(f"Source: {step.source}", width) if step.source else [])


def _explanations(step: StepRecord, modes: list[str]) -> list[str]:
    """Why, per mode; once where it is the same for all."""
    said = {mode: step.lanes[mode].because for mode in modes}
    if len(set(said.values())) == 1:
        return [text for text in set(said.values()) if text]
    return [f"{mode}: {text}" for mode, text in said.items() if text]


def _folded(exchanges: Iterable[Exchange], clock: float, names: Names) -> list[str]:
    """A line per exchange; the same one after another is counted. One at another time than the step's says when."""
    lines = (names.line(each, clock) for each in exchanges)
    counted = ((line, len(list(group))) for line, group in groupby(lines))
    return [f"{line}  x{count}" if count > 1 else line for line, count in counted]


def _side_by_side(titles: list[str], columns: list[list[str]], width: int) -> list[str]:
    """Columns of equal width under their titles; one column where there is not room for three."""
    if not columns:
        return []
    each = (width - 3 * (len(columns) - 1)) // len(columns)
    if each < 20:
        stacked = zip(titles, columns, strict=True)
        return [line for title, column in stacked for line in (f"[{title}]", *_cell(column, width))]
    wrapped = [_cell(column, each) for column in columns]
    rows = [titles, ["-" * each] * len(columns), *zip_longest(*wrapped, fillvalue="")]
    return [" | ".join(cell.ljust(each) for cell in row) for row in rows]


def _cell(lines: list[str], width: int) -> list[str]:
    """A column's lines, broken where they are too long, what follows set in."""
    return [piece for line in lines for piece in textwrap.wrap(line, width, subsequent_indent="  ") or [""]]


def _joined(lines: list[str]) -> str:
    """One text. What is no letter, sign or space is spelled out: a path must not move a terminal's cursor."""
    spelled = ("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line) for line in lines)
    return "\n".join(line.rstrip() for line in spelled).rstrip() + "\n"


def _wrapped(text: str, width: int, right: str = "") -> list[str]:
    """A paragraph; `right` stands at the end of its first line."""
    if right and len(text) + len(right) + 2 <= width:
        return [text + " " * (width - len(text) - len(right)) + right]
    return textwrap.wrap(f"{text}  {right}".rstrip(), width)
