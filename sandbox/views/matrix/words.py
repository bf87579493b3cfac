"""The matrix in words: what stands in a cell, what each column and sign means. All its views share them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.clock import describe
from sandbox.defences import Defences, Value, show_value, switch, switches
from sandbox.sweep import COLUMNS, Attack, Cell, Matrix
from sandbox.views.words import MARKS, lasting

FAILED: Final = "! DID NOT RUN"
NOTHING: Final = "–"  # noqa: RUF001
"""Stands where a story can't be, or has no switch to turn on."""

ABOUT_NOTHING: Final = "the story can't be in this mode, or no switch answers it"

TITLE: Final = "Every attack, in every mode, with and without its defence"

MEANS: Final = {
    "breached": "the harm was done, no defence ended it",
    "contained": "done, and ended by a defence",
    "held": "not done",
    "measured": "nobody attacks: a number was taken",
}

ABOUT: Final = {
    "off": "no defence (preset bare), but for what the story gives and what its switch requires",
    "on": "the same, and the one switch that answers the attack",
    "as_advised": "preset as_advised: common samples with the usual advice",
    "hardened": "preset hardened: every switch but dpop, and the attack's own",
}


def kind(cell: Cell | None) -> str:
    """What kind of cell it is: a verdict, `failed`, or `nothing`."""
    if cell is None or not cell.applies:
        return "nothing"
    return "failed" if cell.error else cell.verdict or "nothing"


def mark(cell: Cell | None) -> str:
    """A sign and a word, and in brackets the status of the last answer: `✗ BREACHED (200)`; a dash for nothing."""
    said = {"nothing": NOTHING, "failed": FAILED, **MARKS}[kind(cell)]
    return said if cell is None or cell.status is None else f"{said} ({cell.status})"


def extent(cell: Cell | None) -> str:
    """For how long an attacker got in, `6 days 23 h 59 min`, or the harm that was done; empty where neither is."""
    if cell is None or cell.harm:
        return cell.harm if cell else ""
    if cell.attacker_seconds is None and cell.verdict != "breached":
        return ""
    if cell.verdict not in ("breached", "contained") or (cell.attacker_seconds is None and not cell.searched_seconds):
        return ""
    return lasting(cell.attacker_seconds, cell.searched_seconds)


def in_short(cell: Cell) -> str:
    """How long, for a small place: `no end`, `14 min`, `23 h 59 m`; empty for a harm that is one act."""
    if cell.harm or not extent(cell):
        return ""
    if cell.attacker_seconds is None:
        return "no end"
    said = describe(cell.attacker_seconds).replace(" days", " d").replace(" day", " d")
    two = " ".join(said.split()[:4])  # the two largest units
    return two if len(two) <= 8 else two.replace(" min", " m")


def told(cell: Cell | None) -> str:
    """All of a cell in one line: `✗ BREACHED (200): no end in 400 days`."""
    more = cell.error if cell and cell.error else extent(cell)
    return f"{mark(cell)}: {more}" if more else mark(cell)


def given(settings: Mapping[str, Value]) -> str:
    """`secure=on, same_site=None`: what a story sets in every column."""
    return ", ".join(f"{name}={show_value(switch(name), value)}" for name, value in settings.items())


def bcrypt(matrix: Matrix) -> str:
    """What the figures of a login rest on."""
    lowest = ", its lowest, so that all is played in seconds" if matrix.bcrypt_cost == 4 else ""
    return f"Played with bcrypt at cost {matrix.bcrypt_cost}{lowest}."


def preset(column: str) -> str:
    """What the preset of a column sets, switch by switch; bcrypt's cost apart."""
    defences = Defences.preset({"off": "bare", "on": "bare"}.get(column, column))
    return given({
        name: value
        for name, value in defences.to_json().items()
        if value != switches()[name].off and name != "bcrypt_cost"
    })  # fmt: skip


def legend() -> list[str]:
    """A line for each sign and each column, and what stands beside a sign."""
    signs = [f"{MARKS[verdict]}: {means}" for verdict, means in MEANS.items()]
    columns = [f"{column}: {ABOUT[column]}" for column in COLUMNS]
    beside = "In brackets: the status of the last answer that counted; after it, for how long the attacker got in, "
    return [*signs, f"{NOTHING}: {ABOUT_NOTHING}", *columns,
            f"{beside}in simulated time, or the harm that one act did"]  # fmt: skip


def reasons(matrix: Matrix) -> list[tuple[Attack, str, str]]:
    """Each attack and mode that does not go together, and why."""
    return [(attack, row.mode, row.why) for attack, row in matrix if not row.applies]


def tally(matrix: Matrix) -> list[str]:
    """A sentence for each mode and column, counted from the cells: for who can't see a picture."""
    lines = []
    for mode in matrix.modes:
        for column in COLUMNS:
            kinds = [kind(row.cells[column]) for _, row in matrix if row.mode == mode]
            counts = [f"{kinds.count(each)} {each}" for each in (*MARKS, "failed") if each in kinds]
            lines.append(f"{mode}, {column}: {', '.join(counts) or 'nothing'}.")
    return lines
