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


@dataclass(frozen=True)
class Guard:
    """One place at which a switch is read."""

    switch: str
    file: str
    """`sandbox/server/throttle.py`."""
    first: int
    """Line numbers of the statement that reads it, with all that hangs on it."""
    last: int
    expression: str
    """The words that read it: `self.site.defences.denylist`, and the line they stand on."""
    line: int
    function: str
    """The source of the function around it."""
    function_begins: int

    def marked(self) -> str:
        """The function's source, its guarded lines marked by `>`."""
        lines = textwrap.dedent(self.function).splitlines()
        numbered = enumerate(lines, self.function_begins)
        return "\n".join(f"{'>' if self.first <= number <= self.last else ' '} {line}" for number, line in numbered)


@dataclass(frozen=True)
class Explanation:
    """What is known of one switch, with its line."""

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
            f"Read at: {guard.file}, line {guard.first}",
            "",
            guard.marked(),
        ]
        return "\n".join(parts)

    __repr__ = __str__


@cache
def guards() -> dict[str, tuple[Guard, ...]]:
    """Every place in server/ and actors/ at which a switch is read, by the switch's name."""
    found: dict[str, list[Guard]] = {}
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            for guard in _guards_in(path):
                found.setdefault(guard.switch, []).append(guard)
    return {name: tuple(places) for name, places in found.items()}


def _guards_in(path: Path) -> Iterator[Guard]:
    text = path.read_text(encoding="utf-8")
    file = path.relative_to(PACKAGE.parent).as_posix()

    def walk(node: ast.AST, function: ast.AST | None, statement: ast.stmt | None) -> Iterator[Guard]:
        if isinstance(node, ast.FunctionDef):
            function = node
        if isinstance(node, ast.stmt):
            statement = node
        if isinstance(node, ast.Attribute) and _is_defences(node.value) and function and statement:
            assert isinstance(function, ast.FunctionDef)
            last = statement.end_lineno or statement.lineno
            if isinstance(statement, ast.If):
                last = statement.body[-1].end_lineno or last
            source = "\n".join(text.splitlines()[function.lineno - 1 : function.end_lineno])
            yield Guard(
                node.attr, file, statement.lineno, last, ast.unparse(node), node.lineno, source, function.lineno
            )  # fmt: skip
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function, statement)

    for guard in walk(ast.parse(text), None, None):
        if not guard.switch.startswith("__"):
            yield guard


def _is_defences(node: ast.expr) -> bool:
    """Whether this stands for the switches: `defences`, `self.site.defences`, `browser.defences()`."""
    if isinstance(node, ast.Call):
        node = node.func
    return (isinstance(node, ast.Attribute) and node.attr == "defences") or (
        isinstance(node, ast.Name) and node.id == "defences"
    )
