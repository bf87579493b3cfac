"""Draws a chart as a static SVG picture: pygal lays it out, and what is shown is taken from there, and nothing else."""

from __future__ import annotations

import math
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sandbox.claims import Chart, Series
from sandbox.views import lettering
from sandbox.views.ledger import words as words
from sandbox.views.palette import LIGHT, Palette
from sandbox.views.svg import FONT, safe, text, title, units, written

WIDTH: Final = 720
"""User units, as are all lengths here: pixels, where the picture is not scaled."""

_PLOT: Final = 300
_MARGIN: Final = 16
_LINE: Final = 16
_SIZE: Final = 12.5
_NAME: Final = 190
"""Room for a series' name; a longer one goes on in the next line."""

THEMED: Final[Palette] = {kind: (f"var(--{kind}-on)", f"var(--{kind})") for kind in LIGHT}
"""For a picture within a page whose style has the palette's `variables`: it is light or dark as the page is."""

_INKS: Final = ("alice", "mallory", "held", "contained", "server")
_DASHES: Final = ("none", "8 4", "2 3", "10 3 2 3")
_MARKS: Final = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",  # a disc
    "M-4.2 -4.2H4.2V4.2H-4.2Z",  # a square
    "M0 -5.5L5.2 4H-5.2Z",  # a triangle
    "M0 -6L6 0L0 6L-6 0Z",  # a diamond
    "M-5 -2H-2V-5H2V-2H5V2H2V5H-2V2H-5Z",  # a plus
    "M0 5.5L5.2 -4H-5.2Z",  # a triangle on its head
)
"""Inks, dashes and marks are of different number: no two of the first thirty series look the same."""
_MOST_MARKS: Final = 15
"""About so many on a curve of more points than twice that."""
_HATCHES: Final = ("", "M0 8L8 0M-2 2L2 -2M6 10L10 6", "M0 4H8", "M4 0V8", "M0 0L8 8M0 8L8 0")
"""What is drawn in the ground's colour over a bar, in squares of eight."""


def draw(chart: Chart, palette: Palette = LIGHT) -> str:
    """A whole SVG file, with a ground. The same chart gives the same file. `palette`: `THEMED`, within a page."""
    name = f"chart-{sha256(repr(chart).encode()).hexdigest()[:12]}"
    heads = lettering.wrapped(chart.title, WIDTH - 2 * _MARGIN, 16, bold=True)
    legend = list(_legend(chart, 10 + 21 * len(heads) + 22, name)) if _is_grouped(chart) else []
    top = 10 + 21 * len(heads) + 30 + len(legend) * 18 + (12 if chart.kind == "bars" else 0)
    plot = _lay_out(chart, top)
    height = plot.top + plot.height + plot.below + 42
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" viewBox="0 0 {WIDTH} {units(height)}" width="{WIDTH}"'
        f' height="{units(height)}" role="img" aria-labelledby="{name}-title" aria-describedby="{name}-says">',
        f'<title id="{name}-title">{written(chart.title)}</title>',
        f'<desc id="{name}-says">{written(chart.says)}</desc>',
        f"<style>{_style(name, palette)}</style>",
        f"<defs>{''.join(_hatches(chart, name))}</defs>",
        f'<rect class="page" width="{WIDTH}" height="{units(height)}" rx="4"/>',
        *(text(_MARGIN, 27 + 21 * number, line, "head") for number, line in enumerate(heads)),
        text(_MARGIN, 10 + 21 * len(heads) + 15, chart.y, "axis"),
        *legend,
        text(plot.left + plot.width / 2, height - 14, chart.x, "axis middle"),
        f'<g transform="translate({units(plot.left)} {units(plot.top)})">',
        *plot.guides,
        f'<path class="base" d="M0 {units(plot.base)}H{units(plot.width)}"/>',
        *(_bars(chart, plot, name) if chart.kind == "bars" else _curves(chart, plot)),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _style(name: str, palette: Palette) -> str:
    """Each rule is for this picture alone: inside a page, a style is the whole page's."""
    (ground, ink), quiet = palette["page"], palette["quiet"][1]
    rules = {
        ".page": f"fill: {ground};",
        "text": f"fill: {ink}; font-family: {FONT}; font-size: {_SIZE}px; font-weight: 400;",
        ".head": "font-size: 16px; font-weight: 600;",
        ".axis": f"fill: {quiet};",
        ".middle": "text-anchor: middle;",
        ".end": "text-anchor: end;",
        ".grid": f"stroke: {palette['server'][0]}; fill: none;",
        ".base": f"stroke: {palette['line'][1]}; fill: none;",
        ".curve": "fill: none; stroke-width: 2.5; stroke-linejoin: round;",
        ".mark": f"stroke: {ground}; stroke-width: 1;",
        ".name": f"font-weight: 600; paint-order: stroke; stroke: {ground}; stroke-width: 4px; stroke-linejoin: round;",
        ".hatch": f"fill: none; stroke: {ground}; stroke-width: 1.6;",
        **{f".ink{at}": f"fill: {palette[kind][1]};" for at, kind in enumerate(_INKS)},
        **{f".curve.ink{at}": f"fill: none; stroke: {palette[kind][1]};" for at, kind in enumerate(_INKS)},
    }
    return " ".join(f"#{name} {kind} {{ {rule} }}" for kind, rule in rules.items())


# What pygal finds -----------------------------------------------------


@dataclass(frozen=True)
class _Plot:
    """Where everything lies. What stands in the plot is measured from its upper left corner."""

    left: float
    top: float
    width: float
    height: float
    base: float
    """How far down the line lies that all stands on."""
    below: float
    """Room that the x axis' words take below the plot."""
    guides: list[str]
    lines: list[list[str]]
    """By series: the pieces of its curve, as an SVG path's `d`."""
    dots: list[list[tuple[float, float]]]
    """By series: the places of those of its points that have a value."""
    bars: list[list[tuple[float, float, float, float]]]
    """By series: left, top, width and height of those of its bars that have a value."""


def _pygal() -> Any:
    """The package, without the finder that it adds to Python's: it is for maps alone, and every later import that comes
    to it warns that it lacks find_spec.
    """
    import pygal

    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, pygal.PluginImportFixer)]
    return pygal


def _lay_out(chart: Chart, top: float) -> _Plot:
    pygal = _pygal()
    across = [x for series in chart.series for x, _ in series.points] or [0.0]
    up = [y for series in chart.series for _, y in series.points if y is not None] or [0.0]
    x_axis = _Axis.over(across, chart.ticks_x, chart.log_x, 0.0 if chart.categories else None)
    y_axis = _Axis.over(up, chart.ticks_y, chart.log_y, 0.0)
    options: dict[str, Any] = {
        "width": WIDTH, "height": top + _PLOT + 48, "margin_top": top, "margin_left": _MARGIN, "margin_bottom": 20,
        "margin_right": _margin_right(chart, x_axis), "show_legend": False, "js": [], "truncate_label": -1,
        "style": pygal.style.Style(font_family=FONT, label_font_size=_SIZE, major_label_font_size=_SIZE),
        "y_labels": y_axis.labels, "range": y_axis.ends,
    }  # fmt: skip
    if chart.kind == "bars":
        graph = pygal.Bar(zero=y_axis.ends[0], x_labels=[safe(each) for each in chart.categories], **options)
    else:
        graph = pygal.XY(stroke=chart.kind == "line", allow_interruptions=True, x_labels=x_axis.labels,
                         xrange=x_axis.ends, **options)  # fmt: skip
    for series in chart.series:
        graph.add(None, _given(chart, series, x_axis, y_axis))
    return _read(ET.fromstring(graph.render()), chart)


def _given(chart: Chart, series: Series, x_axis: _Axis, y_axis: _Axis) -> list[Any]:
    if chart.kind != "bars":
        return [(x_axis.place(x), y if y is None else y_axis.place(y)) for x, y in series.points]
    values = dict(series.points)
    found = (values.get(float(number)) for number in range(len(chart.categories)))
    return [value if value is None else y_axis.place(value) for value in found]


@dataclass(frozen=True)
class _Axis:
    """Where a value lies: as it is, or, on a logarithmic axis, by its decades above the lowest, and one."""

    lowest: float
    ends: tuple[float, float]
    labels: list[dict[str, Any]]
    logarithmic: bool

    @classmethod
    def over(
        cls, values: list[float], ticks: tuple[tuple[float, str], ...], logarithmic: bool, base: float | None
    ) -> _Axis:
        """`base`: what a linear axis begins at, if no value is lower; None: the axis ends where the values do."""
        marked = [*values, *(value for value, _ in ticks)]
        low, high = min(marked), max(marked)
        if base is not None and not logarithmic:
            low, high = min(low, base), max(high, base)
        high = high if high > low else low * 10 if logarithmic else low + 1
        find = _powers if logarithmic else _steps
        shown = ticks or tuple((value, words.number(value)) for value in find(low, high))
        if base is None and len(within := tuple(each for each in shown if low <= each[0] <= high)) > 2:
            shown = within
        low, high = min(low, *(value for value, _ in shown)), max(high, *(value for value, _ in shown))
        empty = cls(low, (0, 0), [], logarithmic)
        labels = [{"value": empty.place(value), "label": safe(said)} for value, said in shown]
        return cls(low, (empty.place(low), empty.place(high)), labels, logarithmic)

    def place(self, value: float) -> float:
        return math.log10(value / self.lowest) + 1 if self.logarithmic else value


def _steps(low: float, high: float) -> list[float]:
    """About six round values, from at or below the lowest to at or above the highest."""
    rough = (high - low) / 6
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 5, 10) if unit * each >= rough)
    return [step * number for number in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _powers(low: float, high: float) -> list[float]:
    """The same for a logarithmic axis: powers of ten, and over few of them twice and five times these."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    parts = (1, 2, 5) if last - first < 4 else (1,)
    found = [each * 10.0**power for power in range(first, last + 1) for each in parts]
    begin, end = max(each for each in found if each <= low), min(each for each in found if each >= high)
    return [each for each in found if begin <= each <= end]


def _read(root: ET.Element, chart: Chart) -> _Plot:
    """Takes from pygal's picture what is to be shown. Its scripts, styles and comments stay behind."""
    plot = next(_all(root, "g", "plot"))
    left, top = map(float, re.findall(r"-?[\d.]+", plot.get("transform", "")))
    ground = next(_all(plot, "rect", "background"))
    width, height = _number(ground, "width"), _number(ground, "height")
    room = width / len(chart.categories) - 8 if chart.categories else 110
    guides, below = list(_guides(plot)), 0.0
    for guide in (each for axis in _all(plot, "g", "x") for each in _all(axis, "g", "guides")):
        said = next(_all(guide, "text"))
        lines = _in_lines(said.text or "", room)
        below = max(below, 4.0 + _LINE * len(lines))
        guides += [text(_number(said, "x"), height + 4 + _LINE * (at + 1), line, "middle")
                   for at, line in enumerate(lines)]  # fmt: skip
    groups = [list(_all(root, "g", f"serie-{number}")) for number in range(len(chart.series))]
    return _Plot(
        left, top, width, height, _base(root, height), below, guides,
        lines=[[_rounded(each.get("d", "")) for group in groups_of for each in _all(group, "path", "line")]
               for groups_of in groups],
        dots=[[(_number(each, "cx"), _number(each, "cy")) for group in groups_of for each in _all(group, "circle")]
              for groups_of in groups],
        bars=[[tuple(_number(each, name) for name in ("x", "y", "width", "height"))  # type: ignore[misc]
               for group in groups_of for each in _all(group, "rect")] for groups_of in groups],
    )  # fmt: skip


def _in_lines(said: str, room: float) -> list[str]:
    """A setting such as `cookie_max_age=24h` is broken before its value, where it must be."""
    wide = max((lettering.width(word, _SIZE) for word in said.split()), default=0)
    return lettering.wrapped(said.replace("=", " =") if wide > room else said, room, _SIZE)


def _guides(plot: ET.Element) -> Iterator[str]:
    """The grid, and the words of the y axis."""
    for guide in (each for axis in _all(plot, "g", "y") for each in _all(axis, "g", "guides")):
        said = next(_all(guide, "text"))
        yield f'<path class="grid" d="{_rounded(next(_all(guide, "path")).get("d", ""))}"/>'
        yield text(-8, _number(said, "y"), said.text or "", "end")


def _base(root: ET.Element, height: float) -> float:
    """Where the lowest of the bars, dots and lines of the grid ends."""
    axes = (each for axis in _all(root, "g", "y") for each in _all(axis, "text"))
    lows = [_number(each, "y") - 0.35 * _SIZE for each in axes]
    lows += [_number(each, "cy") for each in _all(root, "circle")]
    return max(lows, default=height)


def _all(node: ET.Element, tag: str, kind: str = "") -> Iterator[ET.Element]:
    """Every part with that tag that has that class."""
    for each in node.iter():
        if each.tag.rpartition("}")[2] == tag and (not kind or kind in (each.get("class") or "").split()):
            yield each


def _number(node: ET.Element, name: str) -> float:
    return float(node.get(name, "0"))


def _rounded(path: str) -> str:
    return re.sub(r"-?\d+\.\d+", lambda found: units(float(found[0])), path)


# Curves and dots ------------------------------------------------------


def _curves(chart: Chart, plot: _Plot) -> Iterator[str]:
    for at, pieces in enumerate(plot.lines):
        dash = _DASHES[at % len(_DASHES)]
        yield from (f'<path class="curve {_ink(at)}" stroke-dasharray="{dash}" d="{piece}"/>' for piece in pieces)
    for at, series in enumerate(chart.series):
        points = [(x, y) for x, y in series.points if y is not None]
        step = max(1, len(points) // _MOST_MARKS) if chart.kind == "line" else 1
        marked = list(zip(points, plot.dots[at], strict=True))
        for (x, y), place in [*marked[:-1:step], *marked[-1:]]:
            said = f"{series.name}: {words.at_x(chart, x)}, {words.at_y(chart, y)}"
            yield f"<g>{title(said)}{_mark(at, *place)}</g>"
    yield from _names(chart, plot)


def _names(chart: Chart, plot: _Plot) -> Iterator[str]:
    """Beside its last point, each series' mark and name; where two would meet, the upper one gives way upwards."""
    ends = [(max(dots), at) for at, dots in enumerate(plot.dots) if dots]
    taken: list[tuple[float, float, float]] = []
    for (x, y), at in sorted(ends, key=lambda end: -end[0][1]):
        lines = lettering.wrapped(chart.series[at].name, _NAME, _SIZE, bold=True)
        left, high = x + 12, _LINE * len(lines)
        right = left + 16 + max(lettering.width(line, _SIZE, True) for line in lines)
        top = min(y - _LINE / 2, plot.height - high)
        for other_left, other_right, other_top in taken:
            if left < other_right and other_left < right:
                top = min(top, other_top - high)
        taken.append((left, right, top))
        moved = top < y - 0.75 * _LINE
        if moved:
            yield _mark(at, left + 5, top + 8)
        for number, line in enumerate(lines):
            yield text(left + 15 * moved, top + 12.5 + _LINE * number, line, f"name {_ink(at)}")


def _margin_right(chart: Chart, axis: _Axis) -> float:
    """So much that no series' name is cut off."""
    if chart.kind == "bars":
        return _MARGIN
    low, high = axis.ends
    needed = [float(_MARGIN)]
    for series in chart.series:
        last = max((axis.place(x) for x, y in series.points if y is not None), default=low)
        lines = lettering.wrapped(series.name, _NAME, _SIZE, bold=True)
        wide = max(lettering.width(line, _SIZE, True) for line in lines) + 36
        needed.append(wide - (WIDTH - _NAME - 80) * (high - last) / (high - low))
    return math.ceil(max(needed))


def _mark(at: int, x: float, y: float) -> str:
    shape = _MARKS[at % len(_MARKS)]
    return f'<path class="mark {_ink(at)}" transform="translate({units(x)} {units(y)})" d="{shape}"/>'


def _ink(at: int) -> str:
    return f"ink{at % len(_INKS)}"


# Bars -----------------------------------------------------------------


def _is_grouped(chart: Chart) -> bool:
    return chart.kind == "bars" and len(chart.series) > 1


def _bars(chart: Chart, plot: _Plot, name: str) -> Iterator[str]:
    for at, series in enumerate(chart.series):
        points = sorted((x, y) for x, y in series.points if y is not None)
        for (x, y), (left, top, width, height) in zip(points, plot.bars[at], strict=True):
            said = f"{words.at_x(chart, x)}, {series.name}: {words.at_y(chart, y)}"
            yield f"<g>{title(said)}{_bar(at, left, top, width, height, name)}</g>"
    yield from _values_on_bars(chart, plot)


def _values_on_bars(chart: Chart, plot: _Plot) -> Iterator[str]:
    """Above each bar its value, where there is room: on no other bar or value, and not much wider than its own bar."""
    boxes = [bar for bars in plot.bars for bar in bars]
    taken: list[tuple[float, float, float, float]] = []
    for at, series in enumerate(chart.series):
        points = sorted((x, y) for x, y in series.points if y is not None)
        for (_, y), bar in zip(points, plot.bars[at], strict=True):
            said, middle = words.at_y(chart, y), bar[0] + bar[2] / 2
            wide = lettering.width(said, _SIZE, bold=True) * 0.9  # the estimate is on the wide side
            box = (middle - wide / 2, bar[1] - _LINE, wide, _LINE - 1)
            if wide <= 2 * bar[2] and not any(_meet(box, other) for other in [*boxes, *taken]):
                taken.append(box)
                yield text(middle, bar[1] - 6, said, f"name middle {_ink(at)}")


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether two boxes (left, top, width, height) have a part in common."""
    return all(one[at] < other[at] + other[at + 2] and other[at] < one[at] + one[at + 2] for at in (0, 1))


def _bar(at: int, left: float, top: float, width: float, height: float, name: str) -> str:
    place = f'x="{units(left)}" y="{units(top)}" width="{units(width)}" height="{units(height)}"'
    over = f'<rect {place} fill="url(#{name}-hatch{at % len(_HATCHES)})"/>' if _HATCHES[at % len(_HATCHES)] else ""
    return f'<rect class="{_ink(at)}" {place}/>{over}'


def _hatches(chart: Chart, name: str) -> Iterable[str]:
    if chart.kind != "bars":
        return
    for at, path in list(enumerate(_HATCHES))[1 : len(chart.series)]:
        yield (f'<pattern id="{name}-hatch{at}" width="8" height="8" patternUnits="userSpaceOnUse">'
               f'<path class="hatch" d="{path}"/></pattern>')  # fmt: skip


def _legend(chart: Chart, base: float, name: str) -> Iterator[str]:
    """Which bars are whose; one text a line of the legend."""
    left, line = float(_MARGIN), ""
    for at, series in enumerate(chart.series):
        wide = lettering.width(series.name, _SIZE, True) + 40
        if line and left + wide > WIDTH - _MARGIN:
            yield line
            left, line, base = float(_MARGIN), "", base + 18
        line += _bar(at, left, base + 2, 14, 12, name) + text(left + 20, base + 12.5, series.name, f"name {_ink(at)}")
        left += wide
    yield line
