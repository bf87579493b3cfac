"""The storyboard's look: the sizes of its letters, and its colours in light and dark, all under one class."""

from __future__ import annotations

from typing import Final

from sandbox.views.palette import DARK, LIGHT, Palette
from sandbox.views.svg import FONT
from sandbox.views.words import MARKS

SCOPE: Final = "sbx-story"
"""The class of the picture. Each rule names it: several pictures and a page's own text may stand side by side."""

LETTERS: Final[dict[str, tuple[float, bool]]] = {
    "title": (21.0, True),
    "head": (14.0, True),
    "verdict": (16.0, True),
    "call": (11.5, True),
    "strong": (11.0, True),
    "plain": (11.0, False),
    "small": (10.5, False),
    "tag": (10.5, True),
}
"""By class of text: its size in user units, and whether it is bold."""

ACTORS: Final = ("alice", "server", "mallory")


def style() -> str:
    """All rules. Who prints wants ink on paper: dark is for screens alone."""
    fonts = " ".join(
        f".{SCOPE} .{kind}{{font-size:{size:g}px{';font-weight:700' if bold else ''}}}"
        for kind, (size, bold) in LETTERS.items()
    )
    shapes = {
        "": "max-width:100%;height:auto",
        "text": f"font-family:{FONT};stroke:none",
        ".middle": "text-anchor:middle",
        ".end": "text-anchor:end",
        ".wire,.back,.tip,.life,.stop,.cut,.axis": "fill:none",
        ".wire": "stroke-width:1.8",
        ".faint .wire": "stroke-width:1.2",
        ".back": "stroke-width:1.1;stroke-dasharray:4 2",
        ".life": "stroke-dasharray:2 4",
        ".stop": "stroke-width:3",
        ".cut": "stroke-width:1.4",
        ".frame": "stroke-width:1.6",
        ".expired text": "opacity:.72",
        ".expired rect": "stroke-dasharray:4 2.5;stroke-opacity:.72",
        ".foreign rect": "stroke-dasharray:.1 2.6;stroke-linecap:round;stroke-width:1.8",
        "rect.contained": "stroke-dasharray:6 4",
        "rect.breached": "stroke-width:2.5",
        "rect.bar": "fill-opacity:.6",
        ".hatch": "stroke-width:9;stroke-dasharray:1.6 3.4",
    }
    rules = " ".join(_rule(chosen, said) for chosen, said in shapes.items())
    return f"{fonts} {rules} {_colours(LIGHT)} @media screen and (prefers-color-scheme: dark) {{ {_colours(DARK)} }}"


def _colours(palette: Palette) -> str:
    (page, ink), (panel, _), line = palette["page"], palette["panel"], palette["line"][1]
    colours = {
        ".page": f"fill:{page}",
        "text": f"fill:{ink}",
        ".small": f"fill:{palette['quiet'][1]}",
        ".lane": f"fill:{panel};stroke:{line};stroke-opacity:.5",
        ".frame": f"fill:{page};stroke:{ink}",
        ".life,.axis": f"stroke:{line}",
        ".stop,.gap": f"stroke:{ink}",
        ".gap": f"fill:{page}",
        "rect.ask": f"fill:{palette['ask'][0]};stroke:{palette['ask'][1]};stroke-opacity:.35",
        "text.ask": f"fill:{palette['ask'][1]}",
        "circle": f"fill:{ink}",
        "text.number": f"fill:{page}",
    }
    for kind in MARKS:
        ground, written = palette[kind]
        colours |= {f"rect.{kind}": f"fill:{ground};stroke:{written}", f"text.{kind}": f"fill:{written}"}
    for actor in ACTORS:
        ground, written = palette[actor]
        colours |= {
            f".{actor} rect": f"fill:{ground};stroke:{written}",
            f".{actor} rect.bar": f"fill:{written}",
            f".{actor} .expired rect": f"fill:{page}",
            f".{actor} .tag": f"fill:{written}",
            f".{actor} .wire,.{actor} .back,.{actor} .tip,.{actor} .cut,.{actor} .hatch": f"stroke:{written}",
        }
    return " ".join(_rule(chosen, said) for chosen, said in colours.items())


def _rule(chosen: str, said: str) -> str:
    """`.wire,.back`: each under the picture's own class."""
    scoped = ",".join(f".{SCOPE} {each}".rstrip() for each in chosen.split(","))
    return f"{scoped}{{{said}}}"
