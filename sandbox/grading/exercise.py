"""What an exercise is: the learner's parts, and criteria. An attack must fail now, and the feature must still work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.errors import SandboxError
from sandbox.exchange import Exchange

if TYPE_CHECKING:
    from sandbox.grading.visit import Visit

Application = Callable[..., Any]
"""A WSGI application."""

Parts = Mapping[str, Any]
"""What the learner's cell defined, by name: functions, a class, a table of answers."""


class Broken(SandboxError):
    """A criterion is not met. The text says what was seen, in the learner's words: never how the suite looks for it."""


def expect(met: bool, seen: str) -> None:
    """Raises Broken with what was seen, unless it is met."""
    if not met:
        raise Broken(seen)


@dataclass(frozen=True)
class Criterion:
    """One thing that must be so. `attack`: it is an attack, which must fail; else a feature, which must work."""

    id: str
    title: str
    """What must be so: `the id changes at login`."""
    hint: str
    """What to try next, without giving the line away."""
    attack: bool
    run: Callable[[Visit], None]
    """Calls on a fresh mount, over HTTP alone. Raises Broken."""


@dataclass(frozen=True)
class Exercise:
    """`parts`: the names that the solution cells define. `after`: what an attacker would try next. `cells`: the ids of
    the notebook's cells that a submission is taken from; each imports what it uses.
    """

    id: str
    title: str
    parts: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    after: str
    cells: tuple[str, ...] = ("solution",)


@dataclass(frozen=True)
class Checked:
    """One criterion, and how it went. `exchanges`: what went over the wire, up to the one that broke it."""

    criterion: Criterion
    met: bool
    seen: str = ""
    """Of one that is not met: what was seen."""
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)


class Renderer(Protocol):
    """What a view brings along, so that a result can show itself without knowing any view."""

    def bundle(self, result: Result) -> dict[str, Any]:
        """A MIME bundle."""
        ...

    def text(self, result: Result) -> str:
        """The text twin."""
        ...


@dataclass(frozen=True, repr=False)
class Result:
    """How a submission did. `fault`: why it could not be tried at all, in one line; empty where it was."""

    exercise: Exercise
    checked: tuple[Checked, ...] = ()
    fault: str = ""
    _renderer: Renderer | None = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        """Whether every criterion is met: all attacks fail, and all features work."""
        return not self.fault and len(self.checked) == len(self.exercise.criteria) and all(c.met for c in self.checked)

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(each.met for each in self.checked)

    def show_with(self, renderer: Renderer) -> Result:
        """The same result, which a notebook, and `text`, show by `renderer`."""
        return replace(self, _renderer=renderer)

    def text(self) -> str:
        """The text twin."""
        return self._renderer.text(self) if self._renderer else repr(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._renderer.bundle(self) if self._renderer else {"text/plain": repr(self)}

    def __repr__(self) -> str:
        of = len(self.exercise.criteria)
        return f"<Result of {self.exercise.id}: {self.fault or f'{self.met} of {of} criteria are met'}>"
