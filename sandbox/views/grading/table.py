"""How submissions did, a line each: as a sheet (CSV), as JSON, and as text for a terminal."""

from __future__ import annotations

import csv
import io
import textwrap
from typing import Any, Final

from sandbox.grading.batch import Batch
from sandbox.views.grading import words

WIDTH: Final = 100
"""Columns of the text, unless told otherwise."""
_WIDEST: Final = 30


def comma_separated(batch: Batch) -> str:
    """A sheet. What a spreadsheet would run as a formula begins with an apostrophe."""
    text = io.StringIO()
    sheet = csv.DictWriter(text, words.COLUMNS, lineterminator="\n")
    sheet.writeheader()
    for each in batch.graded:
        row = words.row(each)
        row |= {"passed": "yes" if row["passed"] else "no", "not_met": " ".join(row["not_met"])}
        sheet.writerow({column: _harmless(value) for column, value in row.items()})
    return text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if str(value).lstrip().startswith(("=", "+", "-", "@")) else value


def to_json(batch: Batch) -> list[dict[str, Any]]:
    """The same, and of each criterion that is not met its title, what was seen, and its hint."""
    told = []
    for each in batch.graded:
        missing = (checked for checked in each.result.checked if not checked.met)
        told.append(words.row(each) | {
            "not_met": [
                {"id": one.criterion.id, "title": one.criterion.title, "seen": one.seen, "hint": one.criterion.hint}
                for one in missing
            ]
        })  # fmt: skip
    return told


def render(batch: Batch, width: int = WIDTH) -> str:
    """A line each, learner by learner; lines end in no space."""
    rows = [words.row(each) for each in batch.graded]
    widths = [min(_WIDEST, max(len(row[name]) for row in rows)) for name in ("learner", "exercise")]
    lines = []
    for row, each in zip(rows, batch.graded, strict=True):
        named = (f"{_cut(row[name], wide):{wide}}" for name, wide in zip(("learner", "exercise"), widths, strict=True))
        head = "  ".join((*named, f"{words.sign(each.result):11}", f"{row['met']:>2} of {row['criteria']:>2}"))
        why = row["fault"] or " ".join(row["not_met"])
        lines += textwrap.wrap(f"{head}  {why}".rstrip(), width, subsequent_indent=" " * 4, drop_whitespace=True)
    return "\n".join([*lines, "", words.counted(batch.graded)]) + "\n"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
