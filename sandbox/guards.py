"""Where in the source a switch is read: the one place that it guards, to be shown to a learner."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sandbox.switches import Switch

PACKAGE: Final = Path(__file__).parent
ROOMS: Final = ("server", "actors")

_Function = ast.FunctionDef


@dataclass(frozen=True)
class Shown:
    """One function, with the lines in it that a switch decides."""

    file: str
    """`sandbox/server/throttle.py`."""
    begins: int
    """The number of its first line."""
    source: str
    marks: frozenset[int]
    """Numbers of lines."""

    def marked(self) -> str:
        """Its source, the lines marked by `>`."""
        lines = enumerate(textwrap.dedent(self.source).splitlines(), self.begins)
        return "\n".join(f"{'>' if number in self.marks else ' '} {line}".rstrip() for number, line in lines)


@dataclass(frozen=True)
class Guard:
    """One place at which a switch is read."""

    switch: str
    file: str
    line: int
    expression: str
    """The words that read it: `self.site.defences.denylist`."""
    function: Shown
    uses: tuple[Shown, ...]
    """Where that function is asked, if all it does is to hand on what the switch says."""


@dataclass(frozen=True)
class Explanation:
    """What is known of one switch, with its lines."""

    about: Switch
    value: str
    """As it stands now, in words."""
    guard: Guard

    def __str__(self) -> str:
        about, guard = self.about, self.guard
        parts = [
            f"{about.name} is {self.value}: {about.does}",
            f"Answers: {about.answers or 'no attack by itself'}",
            f"Costs:   {about.cost}",
            f"Source:  {about.source}",
        ]
        for title, shown in [("Read", guard.function), *(("Asked", each) for each in guard.uses)]:
            parts += ["", f"{title} in {shown.file}, line {min(shown.marks)}:", shown.marked()]
        return "\n".join(parts)

    __repr__ = __str__


@cache
def guards() -> dict[str, tuple[Guard, ...]]:
    """Every place in server/ and actors/ at which a switch is read, by the switch's name."""
    found: dict[str, list[Guard]] = {}
    for source in _sources():
        for function, statement, read in source.reads():
            hands_on = isinstance(statement, ast.Return) and len(function.body) <= 2
            guard = Guard(
                switch=read.attr,
                file=source.file,
                line=read.lineno,
                expression=ast.unparse(read),
                function=source.shown(function, source.decided(function, statement, read)),
                uses=tuple(_uses(function.name, source)) if hands_on else (),
            )
            found.setdefault(guard.switch, []).append(guard)
    return {name: tuple(places) for name, places in found.items()}


def _uses(name: str, home: _Source) -> Iterator[Shown]:
    """Where a small function is asked: in its own file, or anywhere if its name is public."""
    for source in [home] if name.startswith("_") else _sources():
        for function, marks in source.asks(name):
            yield source.shown(function, marks)


@cache
def _sources() -> tuple[_Source, ...]:
    return tuple(_Source(path) for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py")))


class _Source:
    """One file, and what is found in it."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.file = path.relative_to(PACKAGE.parent).as_posix()
        self._lines = text.splitlines()
        self._tree = ast.parse(text)

    def reads(self) -> Iterator[tuple[_Function, ast.stmt, ast.Attribute]]:
        """Every read of a switch, with the innermost function and statement around it."""
        for function, statement, node in self._nodes():
            in_body = statement is not function  # `@defences.setter` above it reads no switch
            if in_body and isinstance(node, ast.Attribute) and _is_defences(node.value):
                yield function, statement, node

    def asks(self, name: str) -> Iterator[tuple[_Function, frozenset[int]]]:
        """Every function that calls `name`, or reads it as a property, with the lines that do."""
        found: dict[_Function, set[int]] = {}
        for function, statement, node in self._nodes():
            called = node.func if isinstance(node, ast.Call) else None
            by_name = called.id if isinstance(called, ast.Name) else None
            if name in (by_name, getattr(node, "attr", None)) and function.name != name:
                found.setdefault(function, set()).update(_decided_by(function, statement, node))
        for function, marks in found.items():
            yield function, frozenset(marks)

    def decided(self, function: _Function, statement: ast.stmt, read: ast.AST) -> frozenset[int]:
        """The lines of a function that a read in this statement decides."""
        return frozenset(_decided_by(function, statement, read))

    def shown(self, function: _Function, marks: frozenset[int]) -> Shown:
        source = "\n".join(self._lines[function.lineno - 1 : function.end_lineno])
        return Shown(self.file, function.lineno, source, marks)

    def _nodes(self) -> Iterator[tuple[_Function, ast.stmt, ast.AST]]:
        """Every node inside a function, with the innermost function and statement around it."""

        def walk(
            node: ast.AST, function: _Function | None, statement: ast.stmt | None
        ) -> Iterator[tuple[_Function, ast.stmt, ast.AST]]:
            function = node if isinstance(node, _Function) else function
            statement = node if isinstance(node, ast.stmt) else statement
            if function and statement:
                yield function, statement, node
            for child in ast.iter_child_nodes(node):
                yield from walk(child, function, statement)

        return walk(self._tree, None, None)


def _decided_by(function: _Function, statement: ast.stmt, node: ast.AST) -> Iterator[int]:
    """An `if` with its block; the line itself of a longer statement; and all lines that use the name it goes to."""
    if isinstance(statement, ast.If):
        yield from range(statement.lineno, (statement.body[-1].end_lineno or statement.lineno) + 1)
        return
    yield node.lineno  # type: ignore[attr-defined]
    if isinstance(statement, ast.Assign):
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        for other in ast.walk(function):
            if isinstance(other, ast.Name) and other.id in names and other.lineno > statement.lineno:
                yield other.lineno


def _is_defences(node: ast.expr) -> bool:
    """Whether this stands for the switches: `defences`, `self.site.defences`, `browser.defences()`."""
    if isinstance(node, ast.Call):
        node = node.func
    return (isinstance(node, ast.Attribute) and node.attr == "defences") or (
        isinstance(node, ast.Name) and node.id == "defences"
    )
