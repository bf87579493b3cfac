"""A browser sends its cookies by itself, keeps what a page stores, and forgets what closing it ends."""

import pytest

from sandbox.actors.browser import Browser, Holdings
from sandbox.actors.page import Page
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.errors import UnknownName
from sandbox.exchange import Request, Response


class Wire:
    """A server that answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.answers: list[Response] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.answers.pop(0) if self.answers else Response(200)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def browser(wire: Wire, clock: Clock) -> Browser:
    return Browser("alice", wire.send, clock, Defences)


def test_a_request_goes_to_the_bank_over_https(browser: Browser, wire: Wire) -> None:
    browser.fetch("GET", "/jwt/profile", headers={"Authorization": "Bearer A"})
    assert wire.sent == [Request("GET", "https://bank.example/jwt/profile", (("Authorization", "Bearer A"),))]


def test_a_json_body_says_that_it_is_one(browser: Browser, wire: Wire) -> None:
    browser.fetch("POST", "/jwt/login", json_body={"email": "é"})
    assert wire.sent[0].json() == {"email": "é"}
    assert wire.sent[0].header("Content-Type") == "application/json"


def test_what_is_set_by_an_answer_goes_along_with_the_next_request(browser: Browser, wire: Wire) -> None:
    wire.answers = [Response(200, (("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")))]
    browser.fetch("POST", "/session/login")
    browser.fetch("GET", "/session/profile")
    assert [each.header("Cookie") for each in wire.sent] == [None, "a=1; b=2"]


def test_a_cookie_without_a_name_is_sent_without_an_equals_sign(browser: Browser, wire: Wire) -> None:
    browser.cookies.receive("https://bank.example/", "lonely")
    browser.fetch("GET", "/")
    assert wire.sent[0].header("Cookie") == "lonely"


def test_an_error_may_set_a_cookie_too(browser: Browser, wire: Wire) -> None:
    wire.answers = [Response(401, (("Set-Cookie", "a=1; Path=/"),))]
    browser.fetch("GET", "/session/profile")
    assert [each.name for each in browser.cookies.all()] == ["a"]


def test_closing_ends_the_memory_and_session_cookies_and_leaves_local_storage(browser: Browser) -> None:
    browser.cookies.receive("https://bank.example/", "until_closed=1")
    browser.cookies.receive("https://bank.example/", "kept=1; Max-Age=60")
    browser.memory["m"] = "1"
    browser.local_storage["l"] = "1"
    browser.close_and_reopen()
    held = browser.holdings()
    assert ([each.name for each in held.cookies], held.local_storage, held.memory) == (["kept"], {"l": "1"}, {})


def test_holdings_are_a_picture_and_not_the_thing(browser: Browser) -> None:
    browser.local_storage["l"] = "before"
    held = browser.holdings()
    browser.local_storage["l"] = "after"
    held.local_storage["l"] = "scribbled"
    assert browser.local_storage == {"l": "after"}


def test_malware_sees_a_cookie_whatever_flag_it_bears(browser: Browser) -> None:
    browser.cookies.receive("https://bank.example/", "s=1; Secure; HttpOnly; SameSite=Strict")
    assert [each.value for each in browser.holdings().cookies] == ["1"]


def test_a_thief_heeds_no_expiry_date(browser: Browser, wire: Wire, clock: Clock) -> None:
    browser.cookies.receive("https://bank.example/", "s=1; Max-Age=60")
    thief = Browser("mallory", wire.send, clock, Defences)
    thief.plant(browser.holdings())
    clock.advance(minutes=2)
    for each in (browser, thief):
        each.fetch("GET", "/")
    assert [each.header("Cookie") for each in wire.sent] == [None, "s=1"]


def test_what_is_planted_in_one_browser_stays_out_of_the_other(browser: Browser, wire: Wire, clock: Clock) -> None:
    browser.local_storage["jwt.access_token"] = "A"
    thief = Browser("mallory", wire.send, clock, Defences)
    thief.plant(browser.holdings())
    thief.local_storage["jwt.access_token"] = "B"
    assert browser.local_storage == {"jwt.access_token": "A"}


def test_a_saved_browser_comes_back_as_it_was(browser: Browser) -> None:
    browser.cookies.receive("https://bank.example/", "a=1")
    browser.local_storage["l"] = browser.memory["m"] = "1"
    before, saved = browser.holdings(), browser.save()
    for _ in range(2):
        browser.cookies.receive("https://bank.example/", "a=2")
        browser.local_storage["l"] = browser.memory["m"] = "2"
        browser.restore(saved)
        assert browser.holdings() == before


@pytest.mark.parametrize("mode", ["session", "jwt", "hybrid"])
def test_a_browser_opens_the_page_of_each_mode(browser: Browser, mode: str) -> None:
    page = browser.open(mode)
    assert isinstance(page, Page)
    assert page.mode == mode


def test_a_page_of_an_unknown_mode_is_refused_with_the_modes(browser: Browser) -> None:
    with pytest.raises(UnknownName, match="Choose from: session, jwt, hybrid"):
        browser.open("oauth")


def test_an_empty_browser_holds_nothing(browser: Browser) -> None:
    assert browser.holdings() == Holdings()
