"""The matrix in text: a table that fits, says all without colour, and keeps the terminal whole."""

from collections.abc import Callable

import pytest

from sandbox.sweep import Cell, Matrix
from sandbox.views.matrix import text as text
from sandbox.views.matrix import words as words

WIDTHS = [78, 100, 112, 160]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_or_ends_in_a_space(matrix: Matrix, width: int) -> None:
    lines = text.render(matrix, width).split("\n")
    assert [line for line in lines if len(line) > width or line != line.rstrip()] == []
    assert lines[-1] == ""


def test_each_cell_is_a_sign_a_word_a_status_and_a_time(matrix: Matrix) -> None:
    lines = text.render(matrix, 160).splitlines()
    row = next(line for line in lines if line.startswith("logout_replay"))
    assert row.split("  ")[0] == "logout_replay"
    marks = ["✗ BREACHED (200)", "✓ HELD (401)", "◐ CONTAINED (200)", "✓ HELD (401)"]
    assert [row.index(mark, 40 * number) > 0 for number, mark in enumerate(marks[:3])] == [True] * 3
    times = lines[lines.index(row) + 1]
    assert times.split("  ")[-1].strip() == "23 h 59 min 59 s"
    assert "no end in 400 days" in times
    assert "6 days 23 h 59 min" in text.render(matrix, 160)


def test_what_has_no_switch_and_what_cannot_be_is_a_dash(matrix: Matrix) -> None:
    shown = text.render(matrix, 160)
    hybrid = next(line for line in shown.splitlines() if line.split()[:1] == ["hybrid"])
    assert hybrid.split() == ["hybrid", *[words.NOTHING] * 4]
    assert "money moved" in shown
    assert "logout_replay in hybrid: it can't be here" in shown


def test_what_did_not_run_is_said_in_its_cells_and_below(matrix: Matrix) -> None:
    shown = text.render(matrix, 160)
    assert shown.count("! DID NOT RUN") == 12
    assert "torn did not run (off, on, as_advised, hardened): ValueError: lost" in shown


def test_a_name_is_broken_at_an_underscore_alone() -> None:
    assert text._broken("access_token_after_logout", 18) == ["access_token_", "after_logout"]
    assert text._broken("access_token_after_logout", 25) == ["access_token_after_logout"]
    assert text._broken("verify_issuer_audience", 18, "  ") == ["  verify_issuer_", "  audience"]
    assert text._broken("", 18) == []


def test_the_cost_of_bcrypt_and_the_columns_are_explained(matrix: Matrix) -> None:
    shown = " ".join(text.render(matrix).split())
    assert "bcrypt at cost 4, its lowest" in shown
    assert all(f"{column}: {about}" in shown for column, about in words.ABOUT.items())


def test_colours_are_there_for_a_terminal_alone_and_change_no_word(matrix: Matrix) -> None:
    import re

    coloured = text.render(matrix, colours=True)
    assert "\x1b[31m" in coloured
    plain = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()]
    assert "\n".join(plain) + "\n" == text.render(matrix)


def test_a_notebook_is_shown_nothing_while_the_text_is_made(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *found: shown.append(found))
    assert "BREACHED" in text.render(matrix)
    assert (shown, capsys.readouterr().out) == ([], "")


@pytest.mark.parametrize("harm", ["\x1b[2J", "\x07", "\x9b31m", "\x00", "\u202e", "[red]x[/red]"], ids=ascii)
def test_hostile_text_is_shown_harmlessly(saying: Callable[[str], Matrix], harm: str) -> None:
    shown = text.render(saying(harm), 160)
    assert [sign for sign in shown if not sign.isprintable() and sign != "\n"] == []
    assert (harm if harm.isprintable() else repr(harm)[1:-1]) in shown


# Words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "told", "short"),
    [
        (None, words.NOTHING, ""), (Cell(applies=False), words.NOTHING, ""),
        (Cell(error="E: x"), "! DID NOT RUN: E: x", ""),
        (Cell("breached", None, 200, searched_seconds=34_560_000.0), "✗ BREACHED (200): no end in 400 days", "no end"),
        (Cell("breached", None, searched_seconds=86400.0), "✗ BREACHED: no end in 1 day", "no end"),
        (Cell("breached", 604740.0, 200), "✗ BREACHED (200): 6 days 23 h 59 min", "6 d 23 h"),
        (Cell("contained", 86340.0, 401), "◐ CONTAINED (401): 23 h 59 min", "23 h 59 m"),
        (Cell("breached", 840.0), "✗ BREACHED: 14 min", "14 min"),
        (Cell("contained", None, 401), "◐ CONTAINED (401)", ""),
        (Cell("breached", None, 200, harm="money moved"), "✗ BREACHED (200): money moved", ""),
        (Cell("held", 0.0, 401), "✓ HELD (401)", ""), (Cell("measured", None), "• MEASURED", ""),
    ],
)  # fmt: skip
def test_a_cell_is_told_in_one_line(cell: Cell | None, told: str, short: str) -> None:
    assert words.told(cell) == told
    assert words.in_short(cell or Cell()) == short


def test_a_tally_counts_the_cells(matrix: Matrix) -> None:
    assert words.tally(matrix)[:2] == ["session, off: 2 breached, 1 failed.", "session, on: 1 held, 1 failed."]


def test_what_a_preset_sets_is_read_from_the_preset() -> None:
    assert words.preset("off") == "rfc6750_errors=on"
    assert "same_site=Strict" in words.preset("as_advised")
    assert "dpop" not in words.preset("hardened")
