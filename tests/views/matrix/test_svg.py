"""The matrix as a picture: sound XML that says the same as the cells, in light, in dark, and to who can't see it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from sandbox.sweep import Matrix
from sandbox.views.matrix import svg as svg
from sandbox.views.matrix import words as words
from sandbox.views.palette import DARK, LIGHT, Palette

NS = "{http://www.w3.org/2000/svg}"


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{NS}text")]


def test_every_cell_has_its_sign_and_says_all_when_pointed_at(matrix: Matrix) -> None:
    root = ET.fromstring(svg.render(matrix))
    titles = [each.text for each in root.iter(f"{NS}title")]
    for attack, row in matrix:
        for column, cell in row.cells.items():
            if row.applies:
                assert f"{attack.id}, {row.mode}, {column}: {words.told(cell)}" in titles
    assert "logout_replay, hybrid: it can't be here" in titles
    assert f"{words.NOTHING} it can't be here" in texts(root)
    signs = [text for text in texts(root) if text in ("✗", "◐", "✓", "•", "!", words.NOTHING)]
    legend = 6
    assert len(signs) == legend + 8 + 12 + 12


def test_it_is_an_image_with_a_name_and_a_description(matrix: Matrix) -> None:
    root = ET.fromstring(svg.render(matrix))
    assert (root.get("role"), root.get("aria-label")) == ("img", words.TITLE)
    assert (root[0].tag, root[0].text) == (f"{NS}title", words.TITLE)
    described = next(each for each in root if each.get("id") == root.get("aria-describedby"))
    assert "session, off: 2 breached, 1 failed." in (described.text or "")


def test_the_cost_of_bcrypt_stands_on_it(matrix: Matrix) -> None:
    assert words.bcrypt(matrix) in texts(ET.fromstring(svg.render(matrix)))


def test_nothing_is_fetched_and_nothing_runs(matrix: Matrix) -> None:
    shown = svg.render(matrix)
    assert re.findall(r"https?://[^\"]+", shown) == ["http://www.w3.org/2000/svg"]
    tags = {each.tag.removeprefix(NS) for each in ET.fromstring(shown).iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "text", "line", "g"}


def test_nothing_stands_outside_the_picture(matrix: Matrix) -> None:
    root = ET.fromstring(svg.render(matrix))
    height = float(root.get("height") or 0)
    for each in (*root.iter(f"{NS}rect"), *root.iter(f"{NS}text")):
        left, top = float(each.get("x") or 0), float(each.get("y") or 0)
        width = float(each.get("width") or 6 * len(each.text or "") * ("middle" not in (each.get("class") or "")))
        assert 0 <= left <= left + width <= svg.WIDTH, ET.tostring(each)
        assert 0 <= top <= height


HARM = ["<script>alert(1)</script>", '"><a onclick=x>', "]]>", "&lt;", "\x00\x1b[2J\ufffe"]


@pytest.mark.parametrize("harm", HARM, ids=ascii)
def test_hostile_text_stays_text(saying: Callable[[str], Matrix], harm: str) -> None:
    root = ET.fromstring(svg.render(saying(harm)))
    tags = {each.tag.removeprefix(NS) for each in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "line", "g"}
    assert any(harm.replace("\x00", " ").replace("\x1b", " ").replace("\ufffe", " ") in text for text in texts(root))


@pytest.mark.parametrize("modes", [("jwt",), ("session", "hybrid")])
def test_fewer_modes_fill_the_same_width(matrix: Matrix, modes: tuple[str, ...]) -> None:
    from dataclasses import replace

    fewer = replace(
        matrix,
        modes=modes,
        attacks=tuple(replace(a, rows=tuple(r for r in a.rows if r.mode in modes)) for a in matrix.attacks),
    )
    root = ET.fromstring(svg.render(fewer))
    assert [text for text in texts(root) if text in ("session", "jwt", "hybrid")] == list(modes)
    assert root.get("width") == "1000"


# Colours --------------------------------------------------------------


def brightness(colour: str) -> float:
    """Relative luminance, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_can_be_read(palette: Palette) -> None:
    for kind, (ground, ink) in palette.items():
        low, high = sorted((brightness(ground), brightness(ink)))
        assert (high + 0.05) / (low + 0.05) >= (3 if kind == "line" else 4.5), kind


def test_both_colour_schemes_are_in_the_picture(matrix: Matrix) -> None:
    light, dark = svg.render(matrix).split("@media (prefers-color-scheme: dark)")
    assert LIGHT["breached"][0] in light
    assert DARK["breached"][0] in dark.partition("</style>")[0]
