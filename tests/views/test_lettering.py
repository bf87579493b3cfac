"""A text that was fitted is no wider than its room, and none of it is lost but behind an ellipsis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.views.lettering import shortened, width, wrapped

TEXTS = st.text(max_size=300) | st.lists(st.text("ilmW. ", max_size=40), max_size=20).map(" ".join)
ROOMS = st.floats(20, 400)


@given(TEXTS, ROOMS, st.booleans())
def test_a_line_fits(text: str, room: float, bold: bool) -> None:
    assert width(shortened(text, room, 11, bold), 11, bold) <= room + 1e-6


@given(TEXTS, ROOMS, st.booleans())
def test_every_line_of_a_paragraph_fits_and_nothing_is_lost(text: str, room: float, bold: bool) -> None:
    lines = wrapped(text, room, 11, bold, most=1000)
    assert all(width(line, 11, bold) <= room + 1e-6 for line in lines)
    printable = "".join(sign for sign in text if sign.isprintable() and not sign.isspace())
    assert "".join("".join(line.split()) for line in lines) == printable


@given(TEXTS, st.floats(40, 400), st.integers(1, 4))
def test_what_needs_too_many_lines_ends_in_an_ellipsis(text: str, room: float, most: int) -> None:
    whole, cut = wrapped(text, room, 11, most=1000), wrapped(text, room, 11, most=most)
    assert cut == whole if len(whole) <= most else len(cut) == most and cut[-1].endswith("…")
    assert all(width(line, 11) <= room + 1e-6 for line in cut)


def test_what_fits_is_left_as_it_is() -> None:
    assert shortened("GET /jwt/profile", 200, 11) == "GET /jwt/profile"
    assert wrapped("one two", 200, 11) == ["one two"]
    assert wrapped("", 200, 11) == []
    assert shortened("GET /jwt/profile", 5, 11) == ""


@pytest.mark.parametrize(("wider", "text"), [("WWW", "iii"), ("漢字", "ab"), ("ééé", "iii")])
def test_broad_signs_are_broad(wider: str, text: str) -> None:
    assert width(wider, 10) > width(text, 10)
    assert width(text, 10, bold=True) > width(text, 10)
