"""A chart as a picture: sound, static, the same each time, and told without colour and without sight."""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from sandbox.claims import Chart, Series
from sandbox.views.ledger import chart as drawing
from sandbox.views.ledger.chart import THEMED, draw
from sandbox.views.palette import DARK, LIGHT, Palette

from .made import BARS, CURVE, DOTS

NS = "{http://www.w3.org/2000/svg}"
CHARTS = {"curve": CURVE, "bars": BARS, "dots": DOTS}

each_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


def parsed(chart: Chart) -> ET.Element:
    return ET.fromstring(draw(chart))


def of_class(root: ET.Element, tag: str, kind: str) -> list[ET.Element]:
    return [each for each in root.iter(f"{NS}{tag}") if kind in (each.get("class") or "").split()]


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{NS}text")]


def place(mark: ET.Element) -> tuple[float, float]:
    left, top = re.findall(r"-?[\d.]+", mark.get("transform") or "")
    return float(left), float(top)


def marks(root: ET.Element) -> list[tuple[float, float]]:
    """Where the points lie: those marks that say something when they are pointed at."""
    return [place(each) for group in root.iter(f"{NS}g") if group.find(f"{NS}title") is not None
            for each in of_class(group, "path", "mark")]  # fmt: skip


def places(curve: ET.Element) -> int:
    """How many points a curve runs through."""
    return len(re.findall(r"[\d.]+ [\d.]+", curve.get("d") or ""))


# Sound, static, the same each time ------------------------------------


@each_chart
def test_nothing_is_fetched_and_nothing_runs(chart: Chart) -> None:
    shown = draw(chart)
    assert re.findall(r"[a-z]+://[^\"]+|//[a-z.]+", shown) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@import|href|<!--|on[a-z]+=", shown)
    tags = {each.tag.removeprefix(NS) for each in ET.fromstring(shown).iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "text", "g"}
    assert {name.rpartition("#")[0] for name in re.findall(r"url\(([^)]*)\)", shown)} <= {""}


@each_chart
def test_the_same_chart_gives_the_same_picture_and_another_chart_other_ids(chart: Chart) -> None:
    assert draw(chart) == draw(replace(chart))
    ids, others = ({each.get("id") for each in parsed(one).iter() if each.get("id")}
                   for one in (chart, replace(chart, says="Other.")))  # fmt: skip
    assert ids
    assert not ids & others


@each_chart
def test_its_style_is_for_itself_alone(chart: Chart) -> None:
    root = parsed(chart)
    style = next(root.iter(f"{NS}style")).text or ""
    assert all(rule.strip().startswith(f"#{root.get('id')} ") for rule in style.split("}") if rule.strip())


@each_chart
def test_it_is_an_image_with_a_name_and_a_description(chart: Chart) -> None:
    root = parsed(chart)
    assert root.get("role") == "img"
    name, says = (next(each for each in root if each.get("id") == root.get(f"aria-{part}"))
                  for part in ("labelledby", "describedby"))  # fmt: skip
    assert (name.tag, name.text, says.tag, says.text) == (f"{NS}title", chart.title, f"{NS}desc", chart.says)


@each_chart
def test_title_axes_and_series_are_named_in_the_picture(chart: Chart) -> None:
    shown = " ".join(texts(parsed(chart)))
    assert chart.title in shown
    assert chart.x in shown
    assert chart.y in shown
    assert all(series.name in shown for series in chart.series if chart.kind != "bars" or len(chart.series) > 1)


@each_chart
def test_nothing_stands_outside_the_picture(chart: Chart) -> None:
    from sandbox.views import lettering

    root = parsed(chart)
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    inner = next(root.iter(f"{NS}g"))
    left, top = place(inner)
    inside = set(inner.iter())
    for each in root.iter(f"{NS}text"):
        x, y = float(each.get("x") or 0), float(each.get("y") or 0)
        x, y = (x + left, y + top) if each in inside else (x, y)
        kinds = (each.get("class") or "").split()
        size = 16 if "head" in kinds else 12.5
        wide = lettering.width(each.text or "", size, bold="name" in kinds or "head" in kinds)
        begin = x - wide * {"middle": 0.5, "end": 1.0}.get(kinds[-1], 0.0)
        assert 0 <= begin <= begin + wide <= width, each.text
        assert size < y < height, each.text


def test_pygal_leaves_no_finder_behind_that_later_imports_would_warn_of() -> None:
    draw(CURVE)
    assert [each for each in sys.meta_path if not hasattr(each, "find_spec")] == []


# Curves and dots ------------------------------------------------------


def test_a_point_without_a_value_is_left_out_and_parts_the_curve() -> None:
    root = parsed(CURVE)
    assert len(marks(root)) == 3 + 1 + 2
    whole = parsed(replace(CURVE, series=(Series("hybrid", tuple((x, y or 3600) for x, y in CURVE.series[0].points)),)))
    assert len(marks(whole)) == 4
    assert [places(each) for each in of_class(root, "path", "curve")] == [2, 2]
    assert [places(each) for each in of_class(whole, "path", "curve")] == [4]


def test_on_a_logarithmic_axis_equal_ratios_are_equal_lengths() -> None:
    chart = Chart("line", "T", "x", "y", (Series("s", ((1, 2), (10, 20), (100, 200))),), "S", log_x=True, log_y=True)
    (x1, y1), (x2, y2), (x3, y3) = marks(parsed(chart))
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    linear = marks(parsed(replace(chart, log_x=False, log_y=False)))
    assert linear[2][0] - linear[1][0] == pytest.approx(10 * (linear[1][0] - linear[0][0]), abs=1)


def test_a_linear_axis_begins_at_zero() -> None:
    root = parsed(Chart("line", "T", "x", "y", (Series("s", ((5, 90), (6, 100))),), "S"))
    (base,) = of_class(root, "path", "base")
    line = float(re.findall(r"[\d.]+", base.get("d") or "")[1])
    (_, y1), (_, y2) = marks(root)
    assert (line - y1) / (line - y2) == pytest.approx(0.9, abs=0.01)
    assert "0" in texts(root)


def test_each_axis_may_be_logarithmic_alone() -> None:
    chart = Chart("line", "T", "x", "y", (Series("s", ((0, 2), (1, 20), (2, 200))),), "S", log_y=True)
    (x1, y1), (x2, y2), (x3, y3) = marks(parsed(chart))
    assert (x2 - x1, y1 - y2) == pytest.approx((x3 - x2, y2 - y3), abs=0.2)


def test_ticks_stand_where_their_values_are() -> None:
    root = parsed(CURVE)
    words = {each.text: each for each in root.iter(f"{NS}text") if each.text in ("1 min", "1 day", "24 h", "at once")}
    assert set(words) == {"1 min", "1 day", "24 h", "at once"}
    hybrid, last, session = marks(root)[0], marks(root)[2], marks(root)[3]
    assert float(words["24 h"].get("x") or 0) == pytest.approx(last[0], abs=0.2)
    assert float(words["1 day"].get("y") or 0) == pytest.approx(last[1] + 4.4, abs=0.2)
    assert float(words["at once"].get("y") or 0) == pytest.approx(session[1] + 4.4, abs=0.2)
    assert hybrid[0] == session[0]


def test_a_line_of_one_point_is_a_mark_with_its_name_beside_it() -> None:
    root = parsed(CURVE)
    x, y = marks(root)[3]
    (name,) = (each for each in of_class(root, "text", "name") if each.text == "session")
    assert 0 < float(name.get("x") or 0) - x < 20
    assert abs(float(name.get("y") or 0) - y) < 20


def test_series_differ_by_mark_and_dash_and_not_by_colour_alone() -> None:
    many = tuple(Series(f"s{number}", ((0, number), (1, number))) for number in range(12))
    root = parsed(Chart("line", "T", "x", "y", many, "S"))
    curves = of_class(root, "path", "curve")
    shapes = [each.get("d") for group in root.iter(f"{NS}g") if group.find(f"{NS}title") is not None
              for each in of_class(group, "path", "mark")][::2]  # fmt: skip
    assert len(curves) == len(shapes) == 12
    assert len({(curve.get("stroke-dasharray"), shape) for curve, shape in zip(curves, shapes, strict=True)}) == 12


def test_names_never_lie_on_one_another() -> None:
    close = tuple(Series(f"series number {number}", ((0, 0), (1, 1 + number / 1000))) for number in range(8))
    root = parsed(Chart("line", "T", "x", "y", close, "S"))
    heights = sorted(float(each.get("y") or 0) for each in of_class(root, "text", "name"))
    assert len(heights) == 8
    assert min(two - one for one, two in pairwise(heights)) >= 15


def test_a_long_name_at_the_bottom_stays_above_the_words_of_the_axis() -> None:
    root = parsed(Chart("line", "T", "x", "y", (Series("a name of many words " * 3, ((0, 0), (1, 0))),), "S"))
    names = [float(each.get("y") or 0) for each in of_class(root, "text", "name")]
    below = [float(each.get("y") or 0) for each in of_class(root, "text", "middle") if each.text == "0"]
    assert len(names) > 1
    assert max(names) <= below[0] - 12


def test_a_name_that_had_to_move_bears_its_mark() -> None:
    close = tuple(Series(f"s{number}", ((0, 0), (1, 1))) for number in range(2))
    root = parsed(Chart("line", "T", "x", "y", close, "S"))
    assert len(of_class(root, "path", "mark")) == 4 + 1


def test_a_curve_of_many_points_bears_a_mark_here_and_there_and_at_its_end() -> None:
    many = replace(DOTS, kind="line", series=(Series("s", tuple((x, x) for x in range(200))),))
    few = marks(parsed(many))
    whole = marks(parsed(replace(many, kind="dots")))
    assert len(whole) == 200
    assert 10 < len(few) < 30
    assert (few[0], few[-1]) == (whole[0], whole[-1])


def test_dots_are_not_joined() -> None:
    root = parsed(DOTS)
    assert len(marks(root)) == 3
    assert of_class(root, "path", "curve") == []


# Bars -----------------------------------------------------------------


def bars(root: ET.Element) -> list[ET.Element]:
    """In the plot, without the hatching that lies over some."""
    return [each for group in root.iter(f"{NS}g") if group.find(f"{NS}title") is not None
            for each in group.iter(f"{NS}rect") if each.get("class")]  # fmt: skip


def height(bar: ET.Element) -> float:
    return float(bar.get("height") or 0)


def test_bars_are_as_high_as_their_values_and_stand_on_the_base() -> None:
    root = parsed(BARS)
    found = bars(root)
    assert len(found) == 3 + 2
    assert [height(each) > 0 for each in found] == [False, True, True, False, False]
    assert height(found[2]) / height(found[1]) == pytest.approx(1.5, abs=0.01)
    (base,) = of_class(root, "path", "base")
    line = float(re.findall(r"[\d.]+", base.get("d") or "")[1])
    assert [float(each.get("y") or 0) + height(each) for each in found] == pytest.approx([line] * 5, abs=0.2)


def test_bars_on_a_logarithmic_axis_have_a_base_too() -> None:
    chart = replace(BARS, series=(Series("s", ((0, 10), (1, 100), (2, 1000))),), log_y=True, ticks_y=((1, "one"),))
    first, second, third = map(height, bars(parsed(chart)))
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert second / first == pytest.approx(2, abs=0.01)


def test_bars_of_different_series_differ_by_hatching_and_the_legend_has_it() -> None:
    root = parsed(BARS)
    hatched = [each for each in root.iter(f"{NS}rect") if "hatch1" in (each.get("fill") or "")]
    assert len(hatched) == 2 + 1
    (pattern,) = root.iter(f"{NS}pattern")
    assert hatched[0].get("fill") == f"url(#{pattern.get('id')})"


def test_each_bar_bears_its_value_where_there_is_room() -> None:
    found = [each.text for each in of_class(parsed(BARS), "text", "name") if (each.text or "").isdigit()]
    assert sorted(found) == ["0", "0", "0", "50", "75"]


def test_values_that_would_cover_one_another_are_left_out() -> None:
    def values(ticks: tuple[tuple[float, str], ...]) -> int:
        many = tuple(Series(f"s{n}", ((0, 1), (1, 2), (2, 1))) for n in range(6))
        names = [each.text for each in of_class(parsed(replace(BARS, series=many, ticks_y=ticks)), "text", "name")]
        return sum(names.count(said) for _, said in ticks)

    assert values(((1, "one"), (2, "two"))) == 18
    assert 0 < values(((1, "eleven"), (2, "twelve"))) < 18
    assert values(((1, "a word far too long for a bar"), (2, "the other word"))) == 0


def test_a_category_is_broken_before_its_value_and_never_within_a_word() -> None:
    settings = ("inactivity_timeout=24h", "cookie_max_age=24h", "one server", "two", "three")
    chart = replace(BARS, series=(Series("s", tuple((float(x), 1) for x in range(5))),), categories=settings)
    shown = texts(parsed(chart))
    assert shown.count("=24h") == 2
    assert {"inactivity_timeout", "cookie_max_age", "one server"} <= set(shown)


# Odd charts -----------------------------------------------------------

ODD = {
    "no point": Chart("dots", "T", "x", "y", (Series("s", ()),), "S"),
    "no value": Chart("line", "T", "x", "y", (Series("s", ((1, None), (2, None))),), "S"),
    "one point": Chart("line", "T", "x", "y", (Series("s", ((5, 5),)),), "S", log_x=True, log_y=True),
    "all zero": Chart("line", "T", "x", "y", (Series("s", ((0, 0), (1, 0))),), "S"),
    "below zero": Chart("line", "T", "x", "y", (Series("s", ((0, -3), (1, 4))),), "S"),
    "tiny": Chart("dots", "T", "x", "y", (Series("s", ((1e-6, 2e-6), (3e-6, 1e-6))),), "S", log_x=True),
    "vast": Chart("dots", "T", "x", "y", (Series("s", ((1, 1), (1e12, 1e12))),), "S", log_x=True, log_y=True),
    "bars, no value": Chart("bars", "T", "x", "y", (Series("s", ((0, None),)),), "S", ("a",)),
    "bars, all zero": Chart("bars", "T", "x", "y", (Series("s", ((0, 0),)),), "S", ("a",)),
    "bars, one": Chart("bars", "T", "x", "y", (Series("s", ((0, 7),)),), "S", ("a",), log_y=True),
    "long words": Chart("line", "T " * 90, "x", "y", (Series("name " * 30, ((0, 1), (1, 2))),), "S"),
}


@pytest.mark.parametrize("chart", ODD.values(), ids=ODD)
def test_an_odd_chart_is_drawn_too(chart: Chart) -> None:
    root = parsed(chart)
    points = [y for series in chart.series for _, y in series.points if y is not None]
    assert len(bars(root) if chart.kind == "bars" else marks(root)) == len(points)


HARM = ["<script>alert(1)</script>", '"><a onclick=x>', "]]>", "&lt;", "\x00\x1b[2J\ufffe"]


@pytest.mark.parametrize("harm", HARM, ids=ascii)
def test_hostile_text_stays_text(saying: Callable[[str], Any], harm: str) -> None:
    for plain, chart in zip(saying("plain")["S"][1].charts, saying(harm)["S"][1].charts, strict=True):
        tags = [{each.tag for each in parsed(one).iter()} for one in (plain, chart)]
        assert tags[0] == tags[1]


# Colours --------------------------------------------------------------


def brightness(colour: str) -> float:
    """Relative luminance, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def styled(palette: Palette) -> str:
    return next(ET.fromstring(draw(CURVE, palette)).iter(f"{NS}style")).text or ""


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", [*drawing._INKS, "page", "quiet"])
def test_every_ink_can_be_read_on_the_ground(kind: str, palette: Palette) -> None:
    assert f"fill: {palette[kind][1]};" in styled(palette)
    low, high = sorted((brightness(palette[kind][1]), brightness(palette["page"][0])))
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_line_that_all_stands_on_can_be_seen(palette: Palette) -> None:
    assert f"stroke: {palette['line'][1]};" in styled(palette)
    low, high = sorted((brightness(palette["line"][1]), brightness(palette["page"][0])))
    assert (high + 0.05) / (low + 0.05) >= 3


def test_within_a_page_every_colour_is_the_pages() -> None:
    colours = re.findall(r"(?:fill|stroke): ([^;]+);", styled(THEMED))
    assert {*colours} <= {"none", *(each for pair in THEMED.values() for each in pair)}
    assert len({*colours}) > 5


def test_a_file_brings_its_ground() -> None:
    root = parsed(CURVE)
    (ground,) = of_class(root, "rect", "page")
    assert (ground.get("width"), ground.get("height")) == (root.get("width"), root.get("height"))
    assert f".page {{ fill: {LIGHT['page'][0]}; }}" in styled(LIGHT)
