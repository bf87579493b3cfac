"""The ledger as files: a page in Markdown, and a sheet of comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from sandbox.claims import FAMILIES, Chart
from sandbox.views.ledger import words as words

_ABOUT: Final = (
    "What is commonly said when sessions and JWTs are compared. Each claim is settled by an experiment, run against "
    "the sandbox's own server under a simulated clock; its verdict is drawn from the numbers that were measured. "
    f"Numbers of real time are coarse, and marked: {words.VARIES}."
)

_COLUMNS: Final = ("id", "verdict", "claim", "measured", "experiment", "source", "notebook")
"""Of the page: what a reader looks for first, first."""

PICTURED: Final = ("H1", "S6")
"""The claims whose charts the page shows, if these are written too."""


def markdown(found: words.Found, pictures: Mapping[str, Chart] | None = None) -> str:
    """The whole page. `pictures`: charts that are shown, by the address of their files."""
    families = {
        letter: {id: each for id, each in found.items() if id.startswith(letter)}
        for letter in FAMILIES
        if any(id.startswith(letter) for id in found)
    }
    heads = {letter: f"{letter}: {FAMILIES[letter]}" for letter in families}
    lines = [f"# {words.TITLE}", "", f"{_ABOUT} {words.tally(found)}", "", "An id begins with its family's letter:", ""]
    lines += [*(f"- [{head}](#{_anchor(head)})" for head in heads.values()), ""]
    for letter, family in families.items():
        lines += [f"## {heads[letter]}", "", words.tally(family), "", *_table(family), ""]
        for address, chart in (pictures or {}).items():
            if any(chart in finding.charts for _, finding in family.values()):
                lines += [f"![{_escaped(f'{chart.title}. {chart.says}')}]({address})", ""]
    return "\n".join(lines[:-1]) + "\n"


def _table(found: words.Found) -> Iterator[str]:
    """A head, and a row for each claim."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---" * len(_COLUMNS) + "|"
    for claim, finding in found.values():
        cells = {name: _escaped(said) for name, said in words.row(claim, finding).items()}
        cells["verdict"] = f"{words.SIGNS[finding.verdict]} {cells['verdict']}"
        cells["notebook"] = _link(claim.notebook)
        yield f"| {' | '.join(cells[each] for each in _COLUMNS)} |"


def _anchor(head: str) -> str:
    """What code hosts make of a heading, to link to it."""
    return "".join(sign for sign in head.lower().replace(" ", "-") if sign.isalnum() or sign == "-")


def _link(notebook: str) -> str:
    """`[04 Revocation](04_revocation.ipynb)`: the page lies beside the notebooks."""
    number, _, name = notebook.partition("_")
    return f"[{_escaped(f'{number} {name.capitalize()}'.replace('_', ' '))}]({quote(notebook, safe='')}.ipynb)"


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
