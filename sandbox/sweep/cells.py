"""The matrix as data: attacks, their rows (one a mode), the cells of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sandbox.defences import Value
from sandbox.errors import UnknownName


@dataclass(frozen=True)
class Cell:
    """How an attack ended in one mode, under the switches of one column.

    `verdict`: None where the story does not apply or did not run. `attacker_seconds`: simulated; None no end was found
    within `searched_seconds`, or a harm that is one act. `harm`: that act, in words, if it was done. `status`: of the
    last answer that decided the verdict. `error`: in one line, why the story did not run. `summary`: one sentence;
    where the story does not apply, the reason.
    """

    verdict: str | None = None
    attacker_seconds: float | None = None
    status: int | None = None
    harm: str = ""
    error: str = ""
    summary: str = ""
    searched_seconds: float | None = None
    applies: bool = True

    def to_json(self) -> dict[str, Any]:
        """`harm` and `error` are there only where there is one."""
        found = {"verdict": self.verdict, "attacker_seconds": self.attacker_seconds, "status": self.status}
        return found | ({"harm": self.harm} if self.harm else {}) | ({"error": self.error} if self.error else {})


@dataclass(frozen=True)
class Row:
    """One attack in one mode. A cell is None where the story can't be, or has no such column."""

    mode: str
    given: Mapping[str, Value]
    """What the story sets in every column, for this mode's sake."""
    why: str
    """The reason why the story can't be in this mode; empty where it can."""
    off: Cell | None
    on: Cell | None
    as_advised: Cell | None
    hardened: Cell | None

    @property
    def applies(self) -> bool:
        """Whether the story can be in this mode."""
        return not self.why

    @property
    def cells(self) -> dict[str, Cell | None]:
        """The cells by column, in their order."""
        return {"off": self.off, "on": self.on, "as_advised": self.as_advised, "hardened": self.hardened}

    def to_json(self) -> dict[str, Any]:
        cells = {column: cell and cell.to_json() for column, cell in self.cells.items()}
        why = {} if self.applies else {"why": self.why}
        return {"mode": self.mode, "given": dict(self.given), "applies": self.applies, **cells, **why}


@dataclass(frozen=True)
class Attack:
    """One attack: what its story says of itself, and a row for each mode."""

    id: str
    rows: tuple[Row, ...]
    title: str = ""
    about: str = ""
    switch: str | None = None
    source: str = ""
    remains: str = ""

    @property
    def failure(self) -> str:
        """In one line, in which columns the story did not run, and why in the first of them; empty where it ran."""
        found = {column: cell.error for row in self.rows for column, cell in row.cells.items() if cell and cell.error}
        return f"{self.id} did not run ({', '.join(found)}): {next(iter(found.values()))}" if found else ""


class Renderer(Protocol):
    """What a view brings along, so that the matrix can show itself without knowing any view."""

    def bundle(self, matrix: Matrix) -> dict[str, Any]:
        """A MIME bundle."""
        ...

    def text(self, matrix: Matrix) -> str:
        """The text twin."""
        ...


@dataclass(frozen=True, repr=False)
class Matrix:
    """All that was found, attacks in the order of their names."""

    attacks: tuple[Attack, ...]
    modes: tuple[str, ...]
    bcrypt_cost: int
    _renderer: Renderer | None = field(default=None, compare=False)

    def __iter__(self) -> Iterator[tuple[Attack, Row]]:
        return ((attack, row) for attack in self.attacks for row in attack.rows)

    def row(self, attack: str, mode: str) -> Row:
        """`matrix.row("csrf", "session").on.verdict`. Raises UnknownName."""
        rows = {(each.id, row.mode): row for each, row in self}
        if attack not in [each.id for each in self.attacks]:
            raise UnknownName("attack", attack, [each.id for each in self.attacks])
        if mode not in self.modes:
            raise UnknownName("mode", mode, self.modes)
        return rows[attack, mode]

    @property
    def failures(self) -> list[str]:
        """A line for each story that did not run."""
        return [attack.failure for attack in self.attacks if attack.failure]

    def to_json(self) -> list[dict[str, Any]]:
        """As `matrix --json` prints it: an object for each attack and mode."""
        return [{"attack": attack.id, "switch": attack.switch, **row.to_json()} for attack, row in self]

    def show_with(self, renderer: Renderer) -> Matrix:
        """The same matrix, which a notebook, and `text`, show by `renderer`."""
        return replace(self, _renderer=renderer)

    def text(self) -> str:
        """The text twin: the table as in the terminal."""
        return self._renderer.text(self) if self._renderer else repr(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._renderer.bundle(self) if self._renderer else {"text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Matrix of {len(self.attacks)} attacks in {', '.join(self.modes)}>"
