"""The colours of the pictures, in light and in dark. A sign and a word say the same: colour only helps the eye."""

from __future__ import annotations

from typing import Final

Palette = dict[str, tuple[str, str]]
"""By kind: the ground, and what is written on it. `page` is the whole, `panel` a part of it, `quiet` what matters less,
`ask` a question; then the verdicts, and who acts.
"""

LIGHT: Final[Palette] = {
    "page": ("#ffffff", "#1f2328"),
    "quiet": ("#ffffff", "#59636e"),
    "line": ("#ffffff", "#7b848e"),
    "breached": ("#ffdcd7", "#82071e"),
    "contained": ("#fff1c2", "#633c01"),
    "held": ("#d2f4d9", "#0a4a20"),
    "measured": ("#dbe9ff", "#0a3069"),
    "failed": ("#32383f", "#ffffff"),
    "nothing": ("#ffffff", "#59636e"),
    "panel": ("#f4f6f9", "#1f2328"),
    "ask": ("#fff8e0", "#4a3600"),
    "alice": ("#e3eefd", "#0b4a9e"),
    "server": ("#e9edf2", "#2d3a4b"),
    "mallory": ("#fde6e3", "#951a10"),
}
DARK: Final[Palette] = {
    "page": ("#0d1117", "#e6edf3"),
    "quiet": ("#0d1117", "#9aa4af"),
    "line": ("#0d1117", "#6e7681"),
    "breached": ("#5d1218", "#ffd8d3"),
    "contained": ("#4b3300", "#ffe2a0"),
    "held": ("#0b3d1e", "#b8f2c6"),
    "measured": ("#10305f", "#cbe0ff"),
    "failed": ("#e6edf3", "#0d1117"),
    "nothing": ("#0d1117", "#9aa4af"),
    "panel": ("#161b22", "#e6edf3"),
    "ask": ("#2b2410", "#f3dfa5"),
    "alice": ("#0f2747", "#9dc4ff"),
    "server": ("#252d38", "#c3cedb"),
    "mallory": ("#431512", "#ffb3a9"),
}


def variables(palette: Palette) -> str:
    """The palette as CSS custom properties: `--held-on: ...; --held: ...`."""
    return " ".join(f"--{kind}-on: {ground}; --{kind}: {ink};" for kind, (ground, ink) in palette.items())
