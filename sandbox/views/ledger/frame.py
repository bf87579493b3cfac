"""The ledger as a pandas DataFrame."""

from __future__ import annotations

from pandas import DataFrame as DataFrame

from sandbox.views.ledger import words as words


def frame(found: words.Found) -> DataFrame:
    """A row for each claim, index `id`; all cells are text."""
    rows = [words.row(claim, finding) for claim, finding in found.values()]
    return DataFrame(rows, columns=list(words.COLUMNS)).set_index("id")
