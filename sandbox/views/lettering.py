"""How wide a text will be: an estimate on the wide side, for pictures, whose lines nobody breaks but we."""

from __future__ import annotations

import unicodedata
from typing import Final

from sandbox.views.svg import safe

_WIDTHS: Final = {
    sign: width
    for width, signs in (
        (0.28, "ijl'"),
        (0.30, "IJ"),
        (0.32, " ,.·"),
        (0.35, "/:;|\\-f"),
        (0.40, "!()[]t"),
        (0.42, "r"),
        (0.47, '"`'),
        (0.53, "sz?*_"),
        (0.56, "cL"),
        (0.60, "kvxyFP"),
        (0.62, "aeoTY"),
        (0.64, "bdghnpqu0123456789$ES{}"),
        (0.70, "ABCKRVXZ"),
        (0.79, "DGHNOQU&"),
        (0.84, "w<>=+~#^→≈\N{MULTIPLICATION SIGN}✗✓◐•"),
        (1.00, "mMW%@…"),
    )
    for sign in signs
}
"""In em, those of DejaVu Sans: about the widest of the fonts that a reader's system may take."""
_BOLD: Final = 1.14
_OTHER: Final = 0.85
_FULL: Final = 1.3
"""Of scripts that are written in squares, and of pictures among the signs."""


def width(text: str, size: float, bold: bool = False) -> float:
    """In the unit of `size`, the font's size."""
    ems = sum(_WIDTHS.get(sign) or _unlisted(sign) for sign in text)
    return ems * size * (_BOLD if bold else 1.0)


def _unlisted(sign: str) -> float:
    return _FULL if unicodedata.east_asian_width(sign) in "WF" or ord(sign) > 0xFFFF else _OTHER


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text on one line, with an ellipsis at its end where it is too wide; empty where not even that has room."""
    text = " ".join(safe(text).split())
    kept = _head(text, room, size, bold)
    if kept == text:
        return text
    kept = _head(text, room - width("…", size, bold), size, bold).rstrip()
    return f"{kept}…" if kept else ""


def wrapped(text: str, room: float, size: float, bold: bool = False, most: int = 99) -> list[str]:
    """The text in at most so many lines of at most that width. A word that is wider is broken."""
    lines: list[str] = []
    line, wide, space = "", 0.0, width(" ", size, bold)
    for word in safe(text).split():
        head = _head(word, room, size, bold)
        if head == word and line and wide + space + (needed := width(word, size, bold)) <= room:
            line, wide = f"{line} {word}", wide + space + needed
            continue
        lines += [line] if line else []
        while head != word and len(lines) <= most:
            lines.append(head or word[0])
            word = word[len(lines[-1]) :]
            head = _head(word, room, size, bold)
        line, wide = word, width(head, size, bold)
        if len(lines) > most:
            break
    lines += [line] if line else []
    return lines if len(lines) <= most else [*lines[: most - 1], shortened(f"{lines[most - 1]} …", room, size, bold)]


def _head(text: str, room: float, size: float, bold: bool) -> str:
    """As much of the text as there is room for."""
    ems = room / (size * (_BOLD if bold else 1.0))
    for count, sign in enumerate(text):
        ems -= _WIDTHS.get(sign) or _unlisted(sign)
        if ems < 0:
            return text[:count]
    return text
