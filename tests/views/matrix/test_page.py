"""The matrix as a page: whole by itself, a table that a screen reader can walk, and text that stays text."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from sandbox.sweep import COLUMNS, Matrix
from sandbox.views.matrix import page as page
from sandbox.views.matrix import words as words

VOID = {"meta"}


class Page(HTMLParser):
    """What a browser makes of it: elements with their attributes, and all text that is not style."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == [], "something is not closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_every_cell_of_the_matrix_is_in_the_table(matrix: Matrix) -> None:
    found = Page(page.render(matrix))
    kinds = [each["class"] for each in found.all("td")]
    wanted = [[words.kind(cell) for cell in row.cells.values()] if row.applies else ["nothing"] for _, row in matrix]
    assert kinds == [kind for row in wanted for kind in row]
    for _, row in matrix:
        for cell in row.cells.values():
            assert words.mark(cell) in found.text
            assert words.extent(cell) in found.text
    for said in ("Mallory is refused.", "ValueError: lost", "Does not apply: it can't be here", "money moved"):
        assert said in found.text


def test_heads_say_what_they_are_heads_of(matrix: Matrix) -> None:
    found = Page(page.render(matrix))
    scopes = [each["scope"] for each in found.all("th")]
    assert scopes.count("col") == 2 + len(COLUMNS)
    assert scopes.count("rowgroup") == 3
    assert scopes.count("row") == 9
    assert len(found.all("caption")) == len(found.all("h1")) == len(found.all("main")) == 1
    assert found.all("html") == [{"lang": "en"}]


def test_each_attack_says_what_it_is(matrix: Matrix) -> None:
    text = Page(page.render(matrix)).text
    for said in (
        "What was captured is used",
        "Switch: end_on_logout. Logout ends",
        "Source: CWE-613",
        "What remains: Not much remains.",
        "given: jwt_lifetime=15 min",
        "Switch: none answers it.",
    ):
        assert said in text


def test_presets_and_the_cost_of_bcrypt_are_explained(matrix: Matrix) -> None:
    text = Page(page.render(matrix)).text
    assert "bcrypt at cost 4, its lowest" in text
    assert all(words.ABOUT[column] in text for column in COLUMNS)
    assert words.preset("hardened") in text


def test_nothing_is_fetched_and_nothing_runs(matrix: Matrix) -> None:
    shown = page.render(matrix)
    assert not re.search(r"https?://|url\(|@import|src=|href=", shown)
    assert {"script", "link", "img", "iframe"} & {tag for tag, _ in Page(shown).elements} == set()
    assert "default-src 'none'" in shown


def test_it_follows_the_readers_colour_scheme_and_prints_in_light(matrix: Matrix) -> None:
    shown = page.render(matrix)
    assert "@media (prefers-color-scheme: dark)" in shown
    assert "@media print" in shown
    assert "position: sticky" in shown


def test_the_same_matrix_gives_the_same_page(matrix: Matrix) -> None:
    assert page.render(matrix) == page.render(matrix)


HARM = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><b onclick=x>",
    "&lt;x&gt;",
    "<!--",
]


@pytest.mark.parametrize("harm", HARM)
def test_hostile_text_is_shown_as_text(saying: Callable[[str], Matrix], harm: str) -> None:
    plain, found = Page(page.render(saying("plain words"))), Page(page.render(saying(harm)))
    assert found.elements == plain.elements
    assert found.text.count(harm) == plain.text.count("plain words") > 6
