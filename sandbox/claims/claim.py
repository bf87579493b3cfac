"""What a claim is, and what its experiment finds: plain data, with tables and charts that a view may draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sandbox.claims.workbench import Workbench

HOLDS: Final = "holds"
HOLDS_ONLY_IF: Final = "holds only if"
DOES_NOT_HOLD: Final = "does not hold"
VERDICTS: Final = (HOLDS, HOLDS_ONLY_IF, DOES_NOT_HOLD)


Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """Measured rows, as they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """Each as long as `columns`. What is no number is text: a duration, or why there is no number."""


@dataclass(frozen=True)
class Series:
    """One line of dots, or one colour of bars. `points`: x and y; a y of None is left out and said in `says`."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True)
class Chart:
    """What people would rather look at. `kind`: `line`, `dots` or `bars`.

    In `bars`, x counts the `categories` from 0. `log_x`, `log_y`: a logarithmic axis, all values above zero.
    """

    kind: str
    title: str
    x: str
    """The x axis' title, with its unit."""
    y: str
    series: tuple[Series, ...]
    says: str
    """The picture in words, for who can't see it."""
    categories: tuple[str, ...] = ()
    log_x: bool = False
    log_y: bool = False
    ticks_x: tuple[tuple[float, str], ...] = ()
    """Where the x axis is marked, and what is written there; empty: where it suits."""
    ticks_y: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Finding:
    """What an experiment found. The verdict is drawn from the numbers, by the experiment's own code."""

    verdict: str
    """One of `VERDICTS`."""
    measured: str
    """The numbers in one line of words: simulated times, bytes, reads. Real times as coarse ratios alone."""
    condition: str = ""
    """Of `holds only if`: what must be so, to be read after these three words."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """The numbers themselves, by name, for code: seconds, bytes, counts, None for no end."""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    varies: bool = False
    """Whether the numbers are of real time, and so differ from machine to machine."""

    def __post_init__(self) -> None:
        assert self.verdict in VERDICTS, self.verdict
        assert bool(self.condition) == (self.verdict == HOLDS_ONLY_IF), "a condition goes with `holds only if`"


@dataclass(frozen=True)
class Claim:
    """What is said, and how it is settled. `notebook`: the one that runs it, such as `02_theft`."""

    id: str
    says: str
    experiment: str
    """What is done, in one sentence."""
    source: str
    """The standard that speaks of it, with its section."""
    notebook: str
    settle: Callable[[Workbench], Finding]
