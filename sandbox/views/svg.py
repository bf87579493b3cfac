"""Small parts of an SVG picture, as text. What is written is escaped, and bears no control character."""

from __future__ import annotations

from html import escape
from typing import Final

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

MOST: Final = 500
"""Signs of a title: a path from the wire may be a megabyte."""


def rect(left: float, top: float, width: float, height: float, kind: str, corner: float = 3) -> str:
    return (
        f'<rect class="{kind}" x="{units(left)}" y="{units(top)}" width="{units(width)}"'
        f' height="{units(height)}" rx="{units(corner)}"/>'
    )


def text(left: float, base: float, said: str, kind: str) -> str:
    """One line of text on its base line. `left`: where it begins, or what its class makes of it."""
    return f'<text class="{kind}" x="{units(left)}" y="{units(base)}">{written(said)}</text>'


def title(said: str) -> str:
    """What is said of the parts beside it when they are pointed at."""
    return f"<title>{written(said if len(said) <= MOST else f'{said[: MOST - 1]}…')}</title>"


def units(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def written(said: str) -> str:
    return escape(safe(said))


def safe(text: str) -> str:
    """XML 1.0 allows no control characters, not even escaped."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
