"""The strokes between the words: arrows, and life lines that give way to text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sandbox.views.svg import units


class Box(NamedTuple):
    """Where something is written."""

    left: float
    right: float
    top: float
    bottom: float


def arrow(begin: float, end: float, middle: float) -> tuple[str, str]:
    """The paths of a level arrow's shaft and of its head."""
    back = -6 if end > begin else 6
    height = units(middle)
    return (
        f"M{units(begin)} {height}H{units(end)}",
        f"M{units(end + back)} {units(middle - 3.5)}L{units(end)} {height}l{back} 3.5",
    )


def life_lines(places: Iterable[float], top: float, bottom: float, written: Iterable[Box]) -> str:
    """Upright lines at these places, broken where something is written."""
    boxes = list(written)
    path = "".join(
        f"M{units(at)} {units(begin)}V{units(end)}"
        for at in places
        for begin, end in _free(top, bottom, [box for box in boxes if box.left < at < box.right])
    )
    return f'<path class="life" d="{path}"/>'


def _free(begin: float, end: float, taken: list[Box]) -> Iterable[tuple[float, float]]:
    """What is left of a stretch."""
    for box in sorted(taken, key=lambda box: box.top):
        if box.top > begin:
            yield begin, box.top
        begin = max(begin, box.bottom)
    if end > begin:
        yield begin, end
