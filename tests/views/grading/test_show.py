"""A result in a notebook: each criterion with a sign and a word, what broke it as arrows and as text."""

import re
from urllib.parse import unquote

import pytest

import sandbox
from sandbox.exchange import Exchange, Request, Response
from sandbox.grading.exercise import Checked, Criterion, Exercise, Result
from sandbox.views.grading.picture import drawn
from sandbox.views.grading.show import html
from sandbox.views.grading.text import MOST, render

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(1)</script>'


def exchange(path: str = "/session/profile", actor: str = "mallory", status: int = 200, **parts: object) -> Exchange:
    request = Request("GET", f"https://bank.example{path}", (("Cookie", "session=" + "a" * 30),))
    return Exchange(actor, 1767258000.0, request, Response(status, (), str(parts.get("body", "{}")).encode()))


def checked(*exchanges: Exchange, met: bool = False, seen: str = "it was so", hint: str = "try `this`") -> Checked:
    return Checked(Criterion("one", "it is so", hint, True, lambda visit: None), met, seen, exchanges)


def result(*all_checked: Checked) -> Result:
    criteria = tuple(each.criterion for each in all_checked)
    return Result(Exercise("ex", "An exercise", (), criteria, "more"), all_checked)


def picture(found: str) -> str:
    image = re.search(r'src="data:image/svg\+xml,([^"]+)"', found)
    assert image
    return unquote(image[1])


def test_what_broke_it_is_drawn_with_an_arrow_each_and_credentials_by_short_names() -> None:
    svg = picture(drawn(checked(exchange(), exchange("/session/login", "alice", 401))))
    assert "GET /session/profile" in svg
    assert "GET /session/login" in svg
    assert "401 Unauthorized" in svg
    assert "S1" in svg
    assert "a" * 30 not in svg


def test_only_the_last_exchanges_are_drawn_and_none_where_there_was_none() -> None:
    svg = picture(drawn(checked(*(exchange(f"/jwt/n{number}") for number in range(MOST + 3)))))
    assert [f"/jwt/n{number}<" in svg for number in range(MOST + 3)] == [False] * 3 + [True] * MOST
    assert drawn(checked()) == ""


def test_a_criterion_that_is_met_shows_no_exchange() -> None:
    assert "data:image" not in html(result(checked(exchange(), met=True)))


def test_hints_end_as_sentences_and_show_code_as_code() -> None:
    page = html(result(checked(exchange()), checked(hint="which one?")))
    assert "Try: try <code>this</code>.</p>" in page
    assert "Try: which one?</p>" in page


@pytest.mark.parametrize("found", [
    checked(exchange(f"/{HOSTILE}", HOSTILE, 200, body=HOSTILE)), checked(seen=HOSTILE), checked(hint=HOSTILE),
    checked(exchange("", "mallory", 799, body="{" * 900)),
], ids=["exchange", "seen", "hint", "odd"])  # fmt: skip
def test_hostile_text_is_never_html(found: Checked) -> None:
    page = html(result(found))
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "<script" not in unquote(page).replace("%3Cscript", "")
    assert render(result(found))


def test_a_real_stub_is_drawn_where_it_fails() -> None:
    shown = sandbox.check("ex02", login=lambda bank, sessions, sent_id, email, password: sent_id or "1")
    page = shown._repr_mimebundle_()["text/html"]
    assert page.count("data:image/svg+xml") == sum(not each.met for each in shown.checked if each.exchanges)
    assert "not yet" in page
