"""A class on show: bars with their numbers, headers that say so, nothing from a file's own text, and nobody's code."""

import json
import re
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sandbox.answers import Answer
from sandbox.classroom import Class, merge
from sandbox.views.classroom import page as page
from sandbox.views.classroom import text as text

VOID = {"meta", "br"}
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Elements with their attributes, all text that is not style, and the cells row by row."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == [], "something is not closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def write(folder: Path, number: int, **parts: Any) -> None:
    whole = Answer(f"c0de{number:04x}", "theft/1", "jwt", "as_written", "no", "yes", "certain", 1, None)
    with open(folder / f"{number}.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps({**asdict(whole), **parts}) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty learners: twelve were wrong at first, seven at last; three were wrong in hybrid mode."""
    for number in range(20):
        write(tmp_path, number, choice="no" if number < 12 else "yes")
        write(tmp_path, number, choice="no" if number < 7 else "yes", attempt=2)
        write(tmp_path, number, mode="hybrid", choice="no" if number < 3 else "yes")
    return tmp_path


@pytest.fixture
def found(folder: Path) -> Class:
    return merge(folder)


def test_a_misconception_has_a_bar_and_its_number_at_first_and_at_last(found: Class) -> None:
    shown = Page(page.render(found))
    hint = f"no: {found.questions[0].misconceptions['no']}"
    assert [hint, "10+", "5+"] in shown.rows
    assert ["right", "5+", "10+"] in [row[-3:] for row in shown.rows]
    bars = [(each["class"], each["style"]) for each in shown.all("span") if "bar" in (each.get("class") or "")]
    assert bars == [
        ("bar right", "width: 25.0%"), ("bar right", "width: 50.0%"),
        ("bar wrong", "width: 50.0%"), ("bar wrong", "width: 25.0%"),
        ("bar right", "width: 80.0%"), ("bar right", "width: 80.0%"),  # hybrid: all but three
    ]  # fmt: skip


def test_of_two_choices_it_is_told_which_one_nearly_all_made(found: Class) -> None:
    rows = Page(page.render(found)).rows
    assert ["right", "all but 1 to 4", "all but 1 to 4"] in [row[-3:] for row in rows]
    assert ["hidden: no"] in rows
    assert re.search(r"right\n    hidden: no\n", text.render(found))


def test_the_text_holds_the_same_numbers(found: Class) -> None:
    said = text.render(found)
    assert re.search(r"^    ####     10\+ +##       5\+ +no: ", said, re.MULTILINE)
    assert re.search(r"certain +right 25\+ +wrong 15\+$", said, re.MULTILINE)
    for line in said.splitlines():
        assert len(line) <= text.WIDTH
        assert line == line.rstrip()
    assert all(len(line) <= 60 for line in text.render(found, width=60).splitlines())


def test_a_question_of_which_too_little_is_known_is_named_in_one_line(folder: Path) -> None:
    for number in range(9):
        write(folder, number, question="login/1", choice="no" if number < 5 else "yes")
    found = merge(folder)
    for shown in (Page(page.render(found)).text, " ".join(text.render(found).split())):
        assert "Too few to tell: 4 of 5 questions (login/1, login/2, login/3, theft/2)." in shown
        assert shown.count("login/1") == 2  # there, and where it says who answered
    assert "session: nobody answered\n" in text.render(found)


def test_both_say_what_is_hidden_and_what_was_left_out(folder: Path) -> None:
    for bad in ({"question": "heist/1"}, {"mode": HOSTILE}, {"attempt": 0}):
        write(folder, 1, **bad)
    found = merge(folder)
    for said in (Page(page.render(found)).text, " ".join(text.render(found).split())):
        assert "Fewer than five: hidden." in said
        assert "Left out: 2 lines (no answer)" in said or "Left out: 1 line (a question" in said
        assert not re.search(r"\b(3|17)\b", said)


@pytest.mark.parametrize("part", ["learner", "question", "mode", "preset", "choice", "happened", "misconception"])
def test_hostile_text_of_a_file_is_never_shown(folder: Path, part: str) -> None:
    write(folder, 1, **{part: HOSTILE})
    (folder / f"x{HOSTILE.replace('/', '')}.jsonl").write_text(HOSTILE)
    found = merge(folder)
    for shown in (page.render(found), text.render(found), json.dumps(found.to_json())):
        assert "alert(1)" not in shown


def test_no_learners_code_is_shown(found: Class) -> None:
    for shown in (page.render(found), text.render(found), json.dumps(found.to_json())):
        assert "c0de" not in shown


def test_heads_say_what_they_are_heads_of_and_every_table_has_a_caption(found: Class) -> None:
    shown = Page(page.render(found))
    assert {each["scope"] for each in shown.all("th")} == {"col", "row", "rowgroup"}
    assert len(shown.all("caption")) == len(shown.all("table")) == 4
    assert shown.all("html") == [{"lang": "en"}]
    assert [tag for tag, _ in shown.elements if re.fullmatch(r"h\d", tag)] == ["h1", "h2", "h2", "h2", "h2", "h3"]


def test_the_page_needs_nothing_from_outside_and_runs_nothing(found: Class) -> None:
    markup = page.render(found)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img| on\w+=", markup)
    assert "default-src 'none'; style-src 'unsafe-inline'" in markup
    assert "prefers-color-scheme: dark" in markup
    assert "@media print" in markup


def test_a_small_class_sees_that_it_is_hidden_and_nothing_else(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, number)
    found = merge(tmp_path)
    for said in (Page(page.render(found)).text, text.render(found)):
        assert "Fewer than five learners: hidden." in said
        assert "theft" not in said
        assert not re.search(r"\d", said)


def test_the_same_class_gives_the_same_page(folder: Path, found: Class) -> None:
    assert page.render(merge(folder)) == page.render(found)
