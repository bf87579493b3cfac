"""Numbers in words, the same in prose, tables and charts."""

from __future__ import annotations

from typing import Final

_TIMES: Final[dict[float, str]] = {1: "once", 2: "twice"}


def number(value: float) -> str:
    """`0`, `0.125`, `12.5`, `1004`, `86,400`: whole numbers whole, others by three digits that count."""
    if value != int(value) and abs(value) < 100:
        return f"{value:.3g}"
    whole = round(value)
    return f"{whole:,}" if abs(whole) >= 10_000 else str(whole)


def counted(count: float, what: str) -> str:
    """`1 read`, `2 reads`."""
    return f"{number(count)} {what}{'' if count == 1 else 's'}"


def times(count: float) -> str:
    """`once`, `twice`, `3 times`."""
    return _TIMES.get(count) or f"{number(count)} times"
