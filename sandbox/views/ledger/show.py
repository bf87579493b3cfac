"""What `sandbox.ledger` gives: one claim settled, or all of them, each of which shows itself in a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sandbox.claims import Chart, Claim, Finding, Table
from sandbox.views.ledger import markup, text
from sandbox.views.ledger import words as words

if TYPE_CHECKING:
    from sandbox.views.ledger.frame import DataFrame


@dataclass(frozen=True, repr=False)
class Settled:
    """A claim, and what its experiment found."""

    claim: Claim
    finding: Finding

    @property
    def verdict(self) -> str:
        """`holds`, `does not hold`, or `holds only if` and what must be so."""
        return words.verdict(self.finding)

    @property
    def measured(self) -> str:
        """The numbers in one line of words."""
        return words.measured(self.finding)

    @property
    def numbers(self) -> Mapping[str, Any]:
        """The numbers by name: seconds, bytes, counts, None for no end."""
        return self.finding.numbers

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.finding.tables

    @property
    def charts(self) -> tuple[Chart, ...]:
        return self.finding.charts

    def text(self) -> str:
        """All of it in plain text."""
        return text.render_one(self.claim, self.finding)

    def to_json(self) -> dict[str, Any]:
        """The ledger's columns; then whether the numbers are of real time, and the numbers themselves."""
        row = words.row(self.claim, self.finding)
        return row | {"varies": self.finding.varies, "numbers": json.loads(json.dumps(self.numbers, default=_plain))}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text(), "text/html": markup.finding(self.claim, self.finding)}

    def __repr__(self) -> str:
        return f"<Settled {self.claim.id}: {self.verdict}>"


@dataclass(frozen=True, repr=False)
class Ledger:
    """Claims that were settled, where there is no pandas to make a DataFrame of them."""

    found: words.Found

    def text(self) -> str:
        """The table as in the terminal, without colours."""
        return text.render(self.found)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text(), "text/html": markup.ledger(self.found)}

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        return f"<Ledger of {len(self)} claims>"


def shown(found: words.Found, *, alone: bool = False) -> DataFrame | Ledger | Settled:
    """What a notebook is given: a DataFrame, or a table where there is no pandas. `alone`: the one claim in it."""
    if alone:
        return Settled(*next(iter(found.values())))
    if not find_spec("pandas"):
        return Ledger(found)
    from sandbox.views.ledger.frame import frame

    return frame(found)


def _plain(value: Any) -> Any:
    """What JSON has no word for: a record is its fields, any other mapping its pairs."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else dict(value)
