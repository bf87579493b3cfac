"""A page sends what the browser lets it send, and its script sees what it may see."""

import pytest

from sandbox.actors.browser import Browser
from sandbox.actors.document import Document, form_encoded
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Request, Response

BANK, WWW, EVIL = "https://bank.example", "https://www.bank.example", "https://evil.example"
FOUR = ("unset=1; Path=/", "lax=1; Path=/; SameSite=Lax", "strict=1; Path=/; SameSite=Strict",
        "none=1; Path=/; SameSite=None; Secure")  # fmt: skip


class Wire:
    """A server that answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.answers: list[Response] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.answers.pop(0) if self.answers else Response(200)

    def last(self) -> str | None:
        return self.sent[-1].header("Cookie")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def browser(wire: Wire) -> Browser:
    browser = Browser("alice", wire.send, Clock(), Defences)
    for line in FOUR:
        browser.cookies.receive(f"{BANK}/", line)
    return browser


ALL = "unset=1; lax=1; strict=1; none=1"


def test_what_the_person_types_bears_every_cookie(browser: Browser, wire: Wire) -> None:
    browser.visit(f"{BANK}/")
    assert wire.last() == ALL


@pytest.mark.parametrize(("page", "cookies"), [(WWW, ALL), (EVIL, "unset=1; lax=1; none=1")])
def test_a_link_from_another_site_bears_no_strict_cookie(browser: Browser, wire: Wire, page: str, cookies: str) -> None:
    browser.visit(page).follow(f"{BANK}/")
    assert wire.last() == cookies


def test_another_sites_form_bears_no_lax_cookie_and_says_whence_it_comes(browser: Browser, wire: Wire) -> None:
    browser.visit(EVIL).submit(f"{BANK}/transfer", {"to": "mallory", "amount": "1"})
    assert wire.last() == "unset=1; none=1"  # the first one for two minutes
    assert wire.sent[-1].header("Origin") == EVIL
    assert wire.sent[-1].body == b"to=mallory&amount=1"


@pytest.mark.parametrize("how", ["embed", "load"])
def test_what_another_sites_page_loads_bears_only_same_site_none(browser: Browser, wire: Wire, how: str) -> None:
    getattr(browser.visit(EVIL), how)(f"{BANK}/")
    assert wire.last() == "none=1"


def test_a_frame_of_ones_own_under_another_site_is_cross_site(browser: Browser, wire: Wire) -> None:
    frame = browser.visit(EVIL).embed(f"{BANK}/")
    frame.load(f"{BANK}/image")
    assert wire.last() == "none=1"
    assert frame.cookie == "none=1"


def test_another_sites_subresource_sets_only_same_site_none(browser: Browser, wire: Wire) -> None:
    page = browser.visit(EVIL)
    wire.answers = [Response(200, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=1; SameSite=None; Secure")))]
    page.load(f"{BANK}/image")
    assert [each.name for each in browser.cookies.all()][4:] == ["b"]


@pytest.mark.parametrize(
    ("page", "credentials", "cookies"),
    [(BANK, "same-origin", ALL), (BANK, "omit", None), (WWW, "same-origin", None), (WWW, "include", ALL),
     (EVIL, "include", "none=1")],
)  # fmt: skip
def test_fetch_bears_cookies_as_its_credentials_mode_says(
    browser: Browser, wire: Wire, page: str, credentials: str, cookies: str | None
) -> None:
    browser.visit(f"{page}/").fetch(f"{BANK}/", credentials=credentials)
    assert wire.last() == cookies


def test_cors_guards_the_reading_and_not_the_sending(browser: Browser, wire: Wire) -> None:
    assert browser.visit(EVIL).fetch(f"{BANK}/transfer", "POST", body=b"x", credentials="include") is None
    assert (wire.sent[-1].method, wire.sent[-1].header("Origin")) == ("POST", EVIL)


def test_what_a_form_could_not_send_is_asked_for_and_not_sent_when_refused(browser: Browser, wire: Wire) -> None:
    page = browser.visit(EVIL)
    wire.answers = [Response(403)]
    assert page.fetch(f"{BANK}/", headers={"Content-Type": "application/json"}, credentials="include") is None
    assert (wire.sent[-1].method, wire.last()) == ("OPTIONS", None)


def test_script_sees_no_http_only_cookie_in_any_answer_or_in_document_cookie(browser: Browser, wire: Wire) -> None:
    page = browser.visit(f"{BANK}/")
    wire.answers = [Response(200, (("Set-Cookie", "hidden=1; HttpOnly; Path=/"),))]
    answer = page.fetch(f"{BANK}/login", "POST")
    assert answer == Response(200)
    assert page.cookie == ALL
    page.load(f"{BANK}/")
    assert wire.last() == f"{ALL}; hidden=1"


def test_local_storage_is_each_origins_own(browser: Browser) -> None:
    browser.visit(f"{BANK}/a").local_storage["k"] = "1"
    assert browser.visit(f"{BANK}/b").local_storage == {"k": "1"}
    assert browser.visit(WWW).local_storage == {}


def test_under_another_site_local_storage_is_a_separate_one(browser: Browser) -> None:
    bank, evil = browser.visit(BANK), browser.visit(EVIL)
    bank.local_storage["k"] = "1"
    assert bank.embed(BANK).local_storage == {"k": "1"}
    assert evil.embed(BANK).local_storage == {}
    assert bank.embed(EVIL).embed(BANK).local_storage == {}


def test_script_reaches_into_documents_of_its_own_origin_alone(browser: Browser) -> None:
    bank = browser.visit(BANK)
    frames: list[Document] = [bank.embed(BANK), bank.embed(WWW), bank.embed(EVIL)]
    assert [bank.may_read(frame) for frame in frames] == [True, False, False]


def test_a_form_writes_its_fields_as_browsers_do() -> None:
    assert form_encoded({"a b": "x~*é&"}) == "a+b=x%7E*%C3%A9%26"
