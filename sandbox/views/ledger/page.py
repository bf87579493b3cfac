"""The ledger as files: a page in Markdown, and a sheet of comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Final

from sandbox.claims import Chart
from sandbox.views.ledger import words as words

_ABOUT: Final = (
    "What is commonly said when sessions and JWTs are compared. Each claim is settled by an experiment, run against "
    "the sandbox's own server under a simulated clock; its verdict is drawn from the numbers that were measured. "
    f"Numbers of real time are coarse, and marked: {words.VARIES}."
)

PICTURED: Final = ("H1", "S6")
"""The claims whose charts the page shows, if these are written too."""


def markdown(found: words.Found, pictures: Mapping[str, Chart] | None = None) -> str:
    """The whole page. `pictures`: charts that are shown, by the address of their files."""
    heads = words.COLUMNS
    lines = [f"# {words.TITLE}", "", f"{_ABOUT} {words.tally(found)}", ""]
    for address, chart in (pictures or {}).items():
        lines += [f"![{_escaped(f'{chart.title}. {chart.says}')}]({address})", ""]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for claim, finding in found.values():
        cells = words.row(claim, finding) | {"verdict": f"{words.SIGNS[finding.verdict]} {words.verdict(finding)}"}
        lines.append(f"| {' | '.join(map(_escaped, cells.values()))} |")
    return "\n".join(lines) + "\n"


def comma_separated(found: words.Found) -> str:
    """A sheet with a head, and a row for each claim."""
    text = io.StringIO()
    sheet = csv.DictWriter(text, words.COLUMNS, lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(words.row(claim, finding) for claim, finding in found.values())
    return text.getvalue()


def pictures(found: words.Found) -> dict[str, Chart]:
    """The charts of `PICTURED`, by the names of their files: `ledger_h1.svg`."""
    charts = {id: found[id][1].charts for id in PICTURED if id in found}
    names = {id: [f"ledger_{id.lower()}{'' if at == 1 else f'_{at}'}.svg" for at, _ in enumerate(of, 1)]
             for id, of in charts.items()}  # fmt: skip
    return {name: chart for id, of in charts.items() for name, chart in zip(names[id], of, strict=True)}


def _escaped(said: str) -> str:
    """Text of one line that Markdown takes as it is; an underscore within a word needs no escape."""
    return re.sub(r"[\\`*\[\]<>|#&]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", " ".join(said.split()))
