"""The ledger in text: all that a finding has, in lines that fit, and without colour."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.views.ledger import text as text
from sandbox.views.ledger import words as words

from .made import CURVE

WIDTHS = [78, 112, 160]


def one(found: words.Found, id: str = "S1", **how: Any) -> str:
    return text.render_one(*found[id], **how)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_or_ends_in_a_space(found: words.Found, width: int) -> None:
    for shown in (text.render(found, width), one(found, width=width)):
        lines = shown.split("\n")
        assert [line for line in lines if len(line) > width or line != line.rstrip()] == []
        assert lines[-1] == ""


def test_the_ledger_has_a_line_for_each_claim(found: words.Found) -> None:
    shown = text.render(found, 160)
    for id, verdict in (("S1", "◐ HOLDS ONLY IF the store is shared"), ("S2", "✓ HOLDS"), ("S3", "✗ DOES NOT HOLD")):
        line = next(line for line in shown.splitlines() if line.startswith(id))
        assert verdict in line
        assert f"What {id} says." in line
    assert "3 claims: 1 holds, 1 holds only under a condition, 1 does not hold." in shown


def test_what_is_of_real_time_is_marked(found: words.Found) -> None:
    assert words.VARIES in " ".join(one(found, "S3").split())
    assert words.VARIES not in one(found, "S2")


def test_a_finding_has_all_of_it(found: words.Found) -> None:
    shown = one(found)
    assert shown.splitlines()[0] == "S1. What S1 says."
    assert shown.splitlines()[2] == "◐ HOLDS ONLY IF the store is shared"
    for said in ("Measured: half at 2 servers", "Experiment: How S1 is tried.",
                 "Source: RFC 7519 4.1. Notebook: 02_theft.", "Half at two servers.",
                 "It rises from 1 min to 1 day; at 1 h it was not measured."):  # fmt: skip
        assert said in shown


def test_a_table_shows_its_cells_in_words(found: words.Found) -> None:
    lines = [line.split("  ") for line in one(found).splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert ["session", "0", "yes"] in rows
    assert ["jwt", "604,741", "no end"] in rows


def test_a_chart_is_its_words_and_a_small_table(found: words.Found) -> None:
    rows = [re.split(r"\s{2,}", line.strip()) for line in one(found).splitlines()]
    assert ["15 min", "14 min", words.LEFT_OUT, words.LEFT_OUT] in rows
    assert ["1 h", *[words.LEFT_OUT] * 3] in rows
    assert ["2 servers", "50", "0"] in rows
    assert ["4 servers", "75", words.LEFT_OUT] in rows


def test_a_curve_of_many_points_is_shown_by_some_of_them_its_last_among_them() -> None:
    from dataclasses import replace

    from sandbox.claims import Series

    many = replace(CURVE, series=(Series("s", tuple((x, x) for x in range(98))),), ticks_x=(), ticks_y=())
    table = words.chart_table(many)
    assert 8 <= len(table.rows) <= words.MOST_ROWS + 1
    assert [row[0] for row in table.rows][-1] == "97"
    assert f"({len(table.rows)} of 98 places)" in table.title
    assert len(words.chart_table(CURVE).rows) == 4


def test_colours_are_there_for_a_terminal_alone_and_change_no_word(found: words.Found) -> None:
    for plain, coloured in ((text.render(found), text.render(found, colours=True)),
                            (one(found), one(found, colours=True))):  # fmt: skip
        assert "\x1b" not in plain
        assert "\x1b[33m" in coloured
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        assert "\n".join(line.rstrip() for line in bare.split("\n")) == plain


def test_a_notebook_is_shown_nothing_while_the_text_is_made(
    found: words.Found, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *found: shown.append(found))
    assert "HOLDS" in text.render(found)
    assert (shown, capsys.readouterr().out) == ([], "")


@pytest.mark.parametrize("harm", ["\x1b[2J", "\x07", "\x9b31m", "\x00", "\u202e", "[red]x[/red]"], ids=ascii)
def test_hostile_text_is_shown_harmlessly(saying: Callable[[str], Any], harm: str) -> None:
    for shown in (text.render(saying(harm), 160), one(saying(harm), "S", width=160)):
        assert [sign for sign in shown if not sign.isprintable() and sign != "\n"] == []
        assert (harm if harm.isprintable() else repr(harm)[1:-1]) in shown


@pytest.mark.parametrize(
    ("value", "said"),
    [(True, "yes"), (0, "0"), (0.0, "0"), (12.34, "12.3"), (86400.0, "86,400"), (1004, "1004"), (1234.5, "1234"),
     (0.12345, "0.123"), ("as it is", "as it is")],
)  # fmt: skip
def test_a_cell_in_words(value: str | float, said: str) -> None:
    assert words.cell(value) == said
