"""The ledger in HTML: all that a finding has, told without colour, and no text that is taken for markup."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from sandbox.claims import Finding, Table
from sandbox.views.ledger import markup
from sandbox.views.ledger import words as words
from sandbox.views.ledger.chart import THEMED, draw
from sandbox.views.palette import DARK, variables

from .made import BARS, CURVE


class Parts(HTMLParser):
    """Elements with their attributes, and the text, of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + " "

    def count(self, tag: str, **attributes: str) -> int:
        return sum(one == tag and attributes.items() <= of.items() for one, of in self.elements)


def shown(found: words.Found, id: str = "S1") -> str:
    return markup.finding(*found[id])


def test_a_finding_shows_all_of_it(found: words.Found) -> None:
    parts = Parts(shown(found))
    for said in ("S1. What S1 says.", "◐ HOLDS ONLY IF the store is shared", "half at 2 servers", "How S1 is tried.",
                 "RFC 7519 4.1", "02_theft", "Seconds", "no end", "14 min"):  # fmt: skip
        assert said in parts.text
    assert draw(CURVE, THEMED) in shown(found)
    assert draw(BARS, THEMED) in shown(found)


def test_tables_are_marked_up_for_who_listens(found: words.Found) -> None:
    parts = Parts(shown(found))
    tables = 1 + 2
    assert parts.count("table") == parts.count("caption") == tables
    assert parts.count("th", scope="col") == 3 + 4 + 3
    assert parts.count("th", scope="row") == 2 + 4 + 3


def test_numbers_stand_one_below_the_other_and_below_their_head(found: words.Found) -> None:
    parts = Parts(shown(found))
    assert parts.count("th", scope="col", **{"class": "number"}) == 1
    assert parts.count("td", **{"class": "number"}) == 2
    counted = Finding("holds", "x", tables=(Table("T", ("count", "what"), ((1, "a"), (2, "b"))),))
    assert 'class="number"' not in markup.finding(found["S1"][0], counted)


def test_a_word_among_numbers_leaves_them_one_below_the_other(found: words.Found) -> None:
    def numbers(*column: str | int) -> int:
        rows = tuple((f"row {at}", value) for at, value in enumerate(column))
        return markup.finding(found["S2"][0], Finding("holds", "x", tables=(Table("T", ("row", "is"), rows),))).count(
            'class="number"'
        )

    assert numbers(1, 2, "dropped") == 1 + 3
    assert numbers(1, "a", "b") == 0


def test_a_finding_is_as_dark_as_the_page(found: words.Found) -> None:
    style = " ".join(shown(found).split())
    for where in ('body[data-jp-theme-light="false"] .sbl', "body:not([data-jp-theme-light]) .sbl"):
        assert f"{where} {{ {variables(DARK)} }}" in style
    defined = set(re.findall(r"(--[a-z-]+):", style))
    assert set(re.findall(r"var\((--[a-z-]+)\)", style)) <= defined


def test_each_chart_has_its_words_and_numbers_beside_it(found: words.Found) -> None:
    parts = Parts(shown(found))
    assert parts.count("details") == parts.count("figure") == parts.count("svg") == 2
    assert parts.text.count("Half at two servers.") == 2  # in the picture, and beside it


def test_without_pygal_a_chart_is_its_words_and_numbers(found: words.Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "find_spec", lambda name: None)
    parts = Parts(shown(found))
    assert parts.count("svg") == 0
    assert "Half at two servers." in parts.text
    assert parts.count("table") == 1 + 2


def test_the_ledger_has_a_row_for_each_claim_and_all_columns(found: words.Found) -> None:
    parts = Parts(markup.ledger(found))
    assert parts.count("th", scope="col") == len(words.COLUMNS)
    assert parts.count("th", scope="row") == 3
    for said in ("◐ HOLDS ONLY IF the store is shared", "✓ HOLDS", "✗ DOES NOT HOLD", words.VARIES, words.tally(found)):
        assert said in parts.text


@pytest.mark.parametrize("id", ["S1", "S2", "S3"])
def test_the_verdict_has_a_sign_a_word_and_a_border_of_its_own(found: words.Found, id: str) -> None:
    kind = words.KINDS[found[id][1].verdict]
    assert Parts(shown(found, id)).count("p", **{"class": f"verdict {kind}"}) == 1
    borders = {each: re.findall(rf"\.sbl \.{each} {{[^}}]*border-left-style: (\w+)", shown(found)) for each in
               words.KINDS.values()}  # fmt: skip
    assert len({tuple(style) for style in borders.values()}) == 3


def test_nothing_is_fetched_and_nothing_runs(found: words.Found) -> None:
    for source in (shown(found), markup.ledger(found)):
        assert not re.search(r"src=|href=|@import|url\((?!#)", source)
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in Parts(source).elements}


HARM = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</td></table><b onclick=x>", "&lt;x&gt;", "<!-"]


@pytest.mark.parametrize("harm", HARM)
def test_hostile_text_is_shown_as_text(saying: Callable[[str], Any], harm: str) -> None:
    for view in (lambda found: markup.finding(*found["S"]), markup.ledger):
        plain, found = (Parts(view(saying(said))) for said in ("plain words", harm))
        tags, others = ([tag for tag, _ in parts.elements if tag != "text"] for parts in (plain, found))
        assert tags == others
        assert harm in found.text
