"""Matrices made by hand: one of each kind of cell, and one whose every text is what a test puts in."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.sweep import Attack, Cell, Matrix, Row

BREACHED = Cell("breached", None, 200, summary="Mallory still gets in.", searched_seconds=34_560_000.0)
HELD = Cell("held", 0.0, 401, summary="Mallory is refused.")


def made(*attacks: Attack, modes: tuple[str, ...] = ("session", "jwt", "hybrid")) -> Matrix:
    return Matrix(attacks, modes, 4)


@pytest.fixture
def matrix() -> Matrix:
    """Three attacks: an ordinary one, one without a switch that does harm by one act, one that did not run."""
    failed = Cell(error="ValueError: lost")
    day = Cell("contained", 86399.0, 200)
    six_days = Cell("breached", 604740.0, 200)
    moved = Cell("breached", None, 200, harm="money moved")
    number = Cell("measured", None)
    return made(
        Attack("logout_replay", (
            Row("session", {}, "", BREACHED, HELD, day, HELD),
            Row("jwt", {"jwt_lifetime": 900.0}, "", six_days, HELD, HELD, HELD),
            Row("hybrid", {}, "it can't be here", None, None, None, None),
        ), "Logout replay", "What was captured is used", "end_on_logout", "CWE-613", "Not much remains."),
        Attack("script_in_open_tab", tuple(Row(mode, {}, "", moved, None, moved, number) for mode in
                                           ("session", "jwt", "hybrid"))),
        Attack("torn", tuple(Row(mode, {}, "", failed, failed, failed, failed) for mode in
                             ("session", "jwt", "hybrid")), switch="denylist"),
    )  # fmt: skip


@pytest.fixture
def saying() -> Callable[[str], Matrix]:
    """`saying(text)`: a matrix whose every free text is this one."""

    def of(text: str) -> Matrix:
        cells: list[Any] = [Cell("breached", None, 200, summary=text), Cell("breached", None, 200, harm=text),
                            Cell(error=text), Cell("held", 0.0, 401, summary=text)]  # fmt: skip
        rows = (Row("jwt", {}, "", *cells), Row("hybrid", {}, text or "x", None, None, None, None))
        return made(Attack(text, rows, text, text, "denylist", text, text), modes=("jwt", "hybrid"))

    return of
