"""Injected script sees what script may see, and rides on the rest."""

import json

import pytest

from sandbox.actors.browser import Browser
from sandbox.actors.page import Page
from sandbox.actors.script import InjectedScript
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Request, Response


@pytest.fixture
def sent() -> list[Request]:
    return []


@pytest.fixture
def page(sent: list[Request]) -> Page:
    def send(request: Request) -> Response:
        sent.append(request)
        return Response(200, (), json.dumps({"access_token": "A2"}).encode())

    page = Browser("alice", send, Clock(), Defences).open("hybrid")
    page.browser.cookies.receive("https://bank.example/", "seen=1; Path=/")
    page.browser.cookies.receive("https://bank.example/", "hidden=1; Path=/; HttpOnly")
    page.browser.cookies.receive("https://bank.example/", "scoped=1; Path=/hybrid/refresh")
    return page


def test_http_only_hides_a_cookie_from_script(page: Page) -> None:
    assert InjectedScript(page).cookies() == "seen=1"


def test_a_path_hides_nothing_script_opens_a_frame_there(page: Page, sent: list[Request]) -> None:
    assert InjectedScript(page).cookies("/hybrid/refresh") == "scoped=1; seen=1"
    assert sent[-1].path == "/hybrid/refresh"


def test_all_of_local_storage_lies_open(page: Page) -> None:
    page.browser.local_storage["hybrid.access_token"] = "A"
    assert InjectedScript(page).storage() == {"hybrid.access_token": "A"}


def test_what_memory_keeps_is_not_in_storage_and_yet_rides_along(page: Page, sent: list[Request]) -> None:
    page.browser.memory["hybrid.access_token"] = "A"
    script = InjectedScript(page)
    assert script.storage() == {}
    script.ride("POST", "/transfer", {"to": "mallory", "amount": 1})
    assert sent[-1].header("Authorization") == "Bearer A"
    assert sent[-1].header("Cookie") == "seen=1; hidden=1"


def test_script_may_refresh_as_the_page_does_and_reads_the_answer(page: Page) -> None:
    assert InjectedScript(page).refresh().field("access_token") == "A2"
