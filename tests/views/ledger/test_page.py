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
    assert rows(odd) == [words.row(*odd["S"])]


def test_the_sheet_has_the_condition_with_the_verdict_and_marks_what_varies(found: words.Found) -> None:
    one, _, three = rows(found)
    assert list(one) == ["id", "claim", "experiment", "measured", "verdict", "source", "notebook"]
    assert one["verdict"] == "holds only if the store is shared"
    assert three["measured"] == f"3 times {words.VARIES}"


def test_the_page_is_a_title_a_paragraph_and_a_table_for_each_family(found: words.Found) -> None:
    both = found | {"A1": (found["S2"][0], found["S2"][1])}
    lines = page.markdown(both).splitlines()
    assert lines[0] == "# The ledger of claims"
    assert words.tally(both) in lines[2]
    assert words.VARIES in lines[2]
    assert lines[6:8] == [
        "- [S: What is said of sessions](#s-what-is-said-of-sessions)",
        "- [A: What code samples do](#a-what-code-samples-do)",
    ]
    assert {*page._COLUMNS} == {*words.COLUMNS}
    first, second = (lines.index(f"## {head}") for head in ("S: What is said of sessions", "A: What code samples do"))
    for at in (first, second):
        assert lines[at + 4] == "| id | verdict | claim | measured | experiment | source | notebook |"
        assert lines[at + 5] == "|---|---|---|---|---|---|---|"
    assert [line.split(" | ")[0] for line in lines[first + 6 : second - 1]] == ["| S1", "| S2", "| S3"]
    assert len(lines) == second + 7
    assert lines[first + 6].startswith("| S1 | ◐ holds only if the store is shared | What S1 says. |")
    assert words.tally(found) in lines[first + 2]


def test_a_rows_notebook_is_a_link_to_it(found: words.Found) -> None:
    assert "[02 Theft](02_theft.ipynb) |" in page.markdown(found)
    assert page._link("05b_cookie_attributes") == "[05b Cookie attributes](05b_cookie_attributes.ipynb)"


def test_a_family_shows_the_pictures_of_its_claims_that_were_written(found: words.Found) -> None:
    shown = page.markdown(found | {"A1": found["S2"]}, {"pictures/ledger_h1.svg": CURVE})
    assert shown.count(f"![{CURVE.title}. {CURVE.says}](pictures/ledger_h1.svg)") == 1
    assert shown.index("| S3") < shown.index("![") < shown.index("## A")
    assert "![" not in page.markdown(found)


def test_the_pictures_are_those_of_two_claims(found: words.Found) -> None:
    two = Finding("holds", "x", charts=(CURVE, BARS))
    claim = found["S1"][0]
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
    *plain, link = cells
    for cell in plain:
        assert {part.type for part in cell.children or []} <= {"text", "text_special"}
    assert "".join(part.content for part in cells[2].children or []) == " ".join(harm.split())
    kinds = [part.type for part in link.children or []]
    assert (kinds[0], kinds[-1]) == ("link_open", "link_close")
    assert {*kinds[1:-1]} <= {"text", "text_special"}
    assert [token.type for token in tokens].count("tr_open") == 2


def test_names_with_underscores_stay_readable_in_the_source() -> None:
    assert page._escaped("as_written and __Host-x_") == r"as_written and \_\_Host-x\_"
