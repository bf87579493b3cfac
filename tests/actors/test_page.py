"""The bank's page keeps its tokens where it is told, sends them, and refreshes on 401 alone."""

import json

import pytest

from sandbox.actors.browser import Browser
from sandbox.actors.page import Page
from sandbox.box import Sandbox
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Request, Response


class Wire:
    """A server that answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.answers: list[Response] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        return self.answers.pop(0)

    def calls(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.sent]


def answer(status: int = 200, **body: object) -> Response:
    return Response(status, (), json.dumps(body).encode())


@pytest.fixture
def wire() -> Wire:
    return Wire()


def page_of(mode: str, wire: Wire, **switches: bool) -> Page:
    return Browser("alice", wire.send, Clock(), lambda: Defences().but(**switches)).open(mode)


def test_alice_logs_in_as_alice(wire: Wire) -> None:
    wire.answers = [answer()]
    page_of("session", wire).login()
    assert wire.calls() == ["POST /session/login"]
    assert wire.sent[0].json() == {"email": "alice@bank.example", "password": "alice-password"}


def test_tokens_lie_in_local_storage_by_mode(wire: Wire) -> None:
    wire.answers = [answer(access_token="A", refresh_token="R", csrf_token="C", token_type="Bearer")]
    page = page_of("hybrid", wire)
    page.login()
    assert page.browser.local_storage == {
        "hybrid.access_token": "A", "hybrid.refresh_token": "R", "hybrid.csrf_token": "C",
    }  # fmt: skip
    assert page.browser.memory == {}


def test_with_token_in_memory_nothing_lies_in_local_storage(wire: Wire) -> None:
    wire.answers = [answer(access_token="A")]
    page = page_of("jwt", wire, token_in_memory=True)
    page.login()
    assert (page.browser.local_storage, page.browser.memory) == ({}, {"jwt.access_token": "A"})


@pytest.mark.parametrize(
    "refusal", [answer(401, access_token="A"), Response(200, (), b"no JSON"), answer(access_token=5)]
)
def test_what_is_no_token_is_not_kept(wire: Wire, refusal: Response) -> None:
    wire.answers = [refusal]
    page = page_of("jwt", wire)
    page.login()
    assert page.browser.local_storage == {}


def test_the_access_token_goes_into_the_authorization_header(wire: Wire) -> None:
    wire.answers = [answer(access_token="A"), answer()]
    page = page_of("jwt", wire)
    page.login()
    page.profile()
    assert wire.sent[1].header("Authorization") == "Bearer A"


def test_the_csrf_token_goes_along_with_unsafe_requests_alone(wire: Wire) -> None:
    wire.answers = [answer(csrf_token="C"), answer(), answer()]
    page = page_of("session", wire)
    page.login()
    page.profile()
    page.transfer("bob@bank.example", 1)
    assert [each.header("X-CSRF-Token") for each in wire.sent] == [None, None, "C"]


@pytest.mark.parametrize(
    ("act", "call", "body"),
    [
        (lambda page: page.profile(), "GET /jwt/profile", None),
        (lambda page: page.admin(), "GET /jwt/admin", None),
        (lambda page: page.sessions(), "GET /jwt/sessions", None),
        (lambda page: page.transfer("bob", 5), "POST /jwt/transfer", {"to": "bob", "amount": 5}),
        (lambda page: page.change_password("a", "b"), "POST /jwt/password", {"old": "a", "new": "b"}),
        (lambda page: page.logout(), "POST /jwt/logout", None),
        (lambda page: page.logout_all(), "POST /jwt/logout-all", None),
    ],
)
def test_what_a_person_does_is_one_call_of_the_contract(wire: Wire, act, call: str, body: object) -> None:
    wire.answers = [answer()]
    act(page_of("jwt", wire))
    assert wire.calls() == [call]
    assert wire.sent[0].json() == body


def test_on_401_hybrid_mode_refreshes_and_tries_once_more(wire: Wire) -> None:
    wire.answers = [
        answer(access_token="A1", refresh_token="R1"), answer(401),
        answer(access_token="A2", refresh_token="R2"), answer(),
    ]  # fmt: skip
    page = page_of("hybrid", wire)
    page.login()
    assert page.profile().ok
    assert wire.calls()[1:] == ["GET /hybrid/profile", "POST /hybrid/refresh", "GET /hybrid/profile"]
    assert wire.sent[2].json() == {"refresh_token": "R1"}
    assert wire.sent[3].header("Authorization") == "Bearer A2"
    assert page.browser.local_storage == {"hybrid.access_token": "A2", "hybrid.refresh_token": "R2"}


def test_a_refresh_that_is_refused_is_not_tried_again(wire: Wire) -> None:
    wire.answers = [answer(401), answer(400)]
    assert page_of("hybrid", wire).profile().status == 401
    assert wire.calls() == ["GET /hybrid/profile", "POST /hybrid/refresh"]


def test_a_second_401_is_the_answer(wire: Wire) -> None:
    wire.answers = [answer(401), answer(access_token="A2"), answer(401)]
    assert page_of("hybrid", wire).profile().status == 401
    assert len(wire.sent) == 3


def test_to_a_bare_403_the_page_has_no_reason_to_refresh(wire: Wire) -> None:
    wire.answers = [answer(403)]
    assert page_of("hybrid", wire).profile().status == 403
    assert wire.calls() == ["GET /hybrid/profile"]


@pytest.mark.parametrize("mode", ["session", "jwt"])
def test_other_modes_have_nothing_to_refresh_with(wire: Wire, mode: str) -> None:
    wire.answers = [answer(401)]
    page = page_of(mode, wire)
    assert page.profile().status == 401
    assert not page.can_refresh
    assert len(wire.sent) == 1


def test_a_refresh_token_in_a_cookie_is_left_to_the_browser(wire: Wire) -> None:
    wire.answers = [answer(access_token="A")]
    page_of("hybrid", wire).refresh()
    assert wire.sent[0].body == b""


def test_logout_hands_the_refresh_token_back_and_forgets_the_tokens(wire: Wire) -> None:
    wire.answers = [answer(access_token="A", refresh_token="R"), Response(204)]
    page = page_of("hybrid", wire)
    page.login()
    page.browser.local_storage["jwt.access_token"] = "another mode's"
    page.logout()
    assert wire.sent[1].json() == {"refresh_token": "R"}
    assert page.browser.local_storage == {"jwt.access_token": "another mode's"}


def test_a_logout_that_is_refused_forgets_nothing(wire: Wire) -> None:
    wire.answers = [answer(access_token="A"), answer(401)]
    page = page_of("jwt", wire)
    page.login()
    page.logout_all()
    assert page.browser.local_storage == {"jwt.access_token": "A"}


def test_a_page_without_an_access_token_refreshes_before_it_logs_out() -> None:
    switches = {"refresh_cookie": True, "token_in_memory": True, "end_on_logout": True, "refresh_lifetime": "7d"}
    with Sandbox(Defences().but(cookie_max_age="7d", **switches), transport="in-process") as box:
        alice, mallory = box.browser("alice"), box.attacker()
        alice.open("hybrid").login()
        mallory.steal(alice)
        alice.close_and_reopen()
        assert alice.open("hybrid").logout().status == 204
        mallory.browser.memory.clear()
        assert not mallory.get_in("hybrid")
