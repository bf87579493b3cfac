"""The ledger as files: a page whose table stays whole whatever it says, and a sheet that is read back as it was."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.claims import Finding
from sandbox.views.ledger import page
from sandbox.views.ledger import words as words

from .made import BARS, CURVE


def rows(found: words.Found) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.comma_separated(found))))


def test_the_sheet_is_read_back_as_it_was(found: words.Found, saying: Callable[[str], Any]) -> None:
    assert rows(found) == [words.row(*each) for each in found.values()]
    odd = saying('a "quote", a comma;\na line')
    assert rows(odd) == [words.row(*odd["X"])]


def test_the_sheet_has_the_condition_with_the_verdict_and_marks_what_varies(found: words.Found) -> None:
    one, _, three = rows(found)
    assert list(one) == ["id", "claim", "experiment", "measured", "verdict", "source", "notebook"]
    assert one["verdict"] == "holds only if the store is shared"
    assert three["measured"] == f"3 times {words.VARIES}"


def test_the_page_is_a_title_a_paragraph_and_a_table(found: words.Found) -> None:
    lines = page.markdown(found).splitlines()
    assert lines[0] == "# The ledger of claims"
    assert words.tally(found) in lines[2]
    assert words.VARIES in lines[2]
    assert lines[4] == "| id | claim | experiment | measured | verdict | source | notebook |"
    assert lines[5] == "|---|---|---|---|---|---|---|"
    assert [line.split(" | ")[0] for line in lines[6:]] == ["| X1", "| X2", "| X3"]
    assert "| ◐ holds only if the store is shared |" in lines[6]


def test_the_page_shows_the_pictures_that_were_written(found: words.Found) -> None:
    shown = page.markdown(found, {"pictures/ledger_h1.svg": CURVE})
    assert f"![{CURVE.title}. {CURVE.says}](pictures/ledger_h1.svg)" in shown
    assert "![" not in page.markdown(found)


def test_the_pictures_are_those_of_two_claims(found: words.Found) -> None:
    two = Finding("holds", "x", charts=(CURVE, BARS))
    claim = found["X1"][0]
    ledger = {"H1": (claim, two), "H2": (claim, two), "S6": (claim, Finding("holds", "x", charts=(BARS,)))}
    names = {"ledger_h1.svg": CURVE, "ledger_h1_2.svg": BARS, "ledger_s6.svg": BARS}
    assert page.pictures(ledger) == names
    assert page.pictures(found) == {}


@pytest.mark.parametrize("harm", ["a | b", "a\nb", "<b>x</b>", "`x`", "*x*", "[x](y)", "__Host-session", "\\|"])
def test_no_text_breaks_the_table_or_is_taken_for_markup(saying: Callable[[str], Any], harm: str) -> None:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(page.markdown(saying(harm)))
    cells = [token for at, token in enumerate(tokens) if token.type == "inline" and tokens[at - 1].type == "td_open"]
    assert len(cells) == len(words.COLUMNS)
    for cell in cells:
        assert {part.type for part in cell.children or []} <= {"text", "text_special"}
    assert "".join(part.content for part in cells[1].children or []) == " ".join(harm.split())
    assert [token.type for token in tokens].count("tr_open") == 2


def test_names_with_underscores_stay_readable_in_the_source() -> None:
    assert page._escaped("as_written and __Host-x_") == r"as_written and \_\_Host-x\_"
