"""The gate: only known hosts, only who holds the launch's secret, and the app behind it never sees that secret."""

import json

import pytest
from flask import Flask
from werkzeug.test import Client, EnvironBuilder

from sandbox.server import gate as gate_module
from sandbox.server.gate import CLIENT_HEADER, KEY_HEADER, METERED, Gate

KEY = "the-launchs-secret"


class Echo:
    """An app that keeps the last environ it was called with."""

    def __init__(self):
        self.environ = None

    def __call__(self, environ, start_response):
        self.environ = environ
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"let in"]


@pytest.fixture
def echo():
    return Echo()


def knock(gate, host="bank.example", **headers):
    """Status and JSON or text of a request. A header `X_Sandbox_Key` is written with dashes."""
    environ = EnvironBuilder(headers={name.replace("_", "-"): value for name, value in headers.items()}).get_environ()
    if host is None:
        del environ["HTTP_HOST"]
    else:
        environ["HTTP_HOST"] = host
    answer = Client(gate).run_wsgi_app(environ)
    return int(answer[1].split()[0]), b"".join(answer[0]), answer[2]


# --- hosts


@pytest.mark.parametrize("port", ["", ":80", ":8888", ":65535"])
@pytest.mark.parametrize("host", ["bank.example", "127.0.0.1", "localhost", "BANK.example", "LocalHost"])
def test_our_hosts_are_let_in_with_any_port_and_in_any_case(echo, host, port):
    assert knock(Gate(echo, None), host + port)[0] == 200


FOREIGN = [
    "evil.example", "evil.example:80", "bank.example.evil.example", "evilbank.example", "sub.bank.example",
    "bank.example.", "127.0.0.2", "127.1", "0.0.0.0", "[::1]", "[::1]:80", "localhost:", "localhost:x",
    "localhost:80:80", "localhost:-1", "bank.example@evil.example", " bank.example", "", None, "\xff",
]  # fmt: skip


@pytest.mark.parametrize("key", [None, KEY], ids=["no key", "key"])
@pytest.mark.parametrize("host", FOREIGN, ids=repr)
def test_any_other_host_is_misdirected_even_with_the_key(echo, host, key):
    status, body, headers = knock(Gate(echo, key), host, X_Sandbox_Key=KEY)
    assert status == 421
    assert json.loads(body)["error"] == "refused"
    assert headers["Content-Type"] == "application/json"
    assert echo.environ is None


# --- the key


def test_with_the_key_one_is_let_in(echo):
    assert knock(Gate(echo, KEY), X_Sandbox_Key=KEY)[:2] == (200, b"let in")


@pytest.mark.parametrize("sent", ["", "wrong", KEY + "x", KEY[:-1], KEY.upper(), f"{KEY},{KEY}", "é", "\xff" * 18])
def test_with_a_wrong_key_one_is_refused_in_json(echo, sent):
    status, body, _ = knock(Gate(echo, KEY), X_Sandbox_Key=sent)
    assert status == 403
    assert json.loads(body).keys() == {"error", "error_description"}
    assert KEY.encode() not in body
    assert echo.environ is None


def test_without_a_key_header_one_is_refused(echo):
    assert knock(Gate(echo, KEY))[0] == 403
    assert echo.environ is None


def test_a_gate_without_a_key_lets_everybody_in(echo):
    assert knock(Gate(echo, None))[0] == 200


def test_the_key_is_compared_in_constant_time(echo, monkeypatch):
    compared = []
    monkeypatch.setattr(gate_module.hmac, "compare_digest", lambda one, other: compared.append((one, other)) or True)
    knock(Gate(echo, KEY), X_Sandbox_Key="wrong")
    assert compared == [(b"wrong", KEY.encode())]


@pytest.mark.parametrize("key", [None, KEY], ids=["no key", "key"])
def test_the_key_and_the_client_never_reach_the_app(echo, key):
    knock(Gate(echo, key), X_Sandbox_Key=KEY, X_Sandbox_Client="203.0.113.66", X_Other="kept")
    assert echo.environ["HTTP_X_OTHER"] == "kept"
    assert not [name for name in echo.environ if "SANDBOX" in name.upper() and name != METERED]
    assert KEY not in str(echo.environ)


def test_no_answer_of_the_lesson_app_can_show_the_key(echo):
    app = Flask("mirror")
    app.add_url_rule("/", "mirror", lambda: {"headers": str(list(__import__("flask").request.headers))})
    assert KEY.encode() not in knock(Gate(app, KEY), X_Sandbox_Key=KEY)[1]


def test_neither_repr_nor_str_of_a_gate_shows_the_key(echo):
    assert KEY not in f"{Gate(echo, KEY)!r} {Gate(echo, KEY)}"


def test_an_app_may_answer_to_other_names(echo):
    gate = Gate(echo, None, frozenset({"shop.example"}))
    assert [knock(gate, host)[0] for host in ("shop.example", "shop.example:80", "bank.example")] == [200, 200, 421]


@pytest.mark.parametrize(("key", "heard"), [(None, False), (KEY, True)], ids=["no key", "key"])
def test_who_holds_the_key_may_ask_the_meter_and_nobody_else(echo, key, heard):
    knock(Gate(echo, key), X_Sandbox_Key=KEY, X_Sandbox_Meter="")
    assert echo.environ.get(METERED, False) is heard
    knock(Gate(echo, key), X_Sandbox_Key=KEY)
    assert not echo.environ.get(METERED)


# --- the client's address


@pytest.mark.parametrize("address", ["203.0.113.66", "2001:db8::1"])
def test_the_models_address_is_heeded_beside_the_key(echo, address):
    knock(Gate(echo, KEY), X_Sandbox_Key=KEY, X_Sandbox_Client=address)
    assert echo.environ["REMOTE_ADDR"] == address


@pytest.mark.parametrize("address", ["", "x", "203.0.113", "203.0.113.66, 198.51.100.1", "::1]", "é"])
def test_what_is_no_address_is_not_heeded(echo, address):
    knock(Gate(echo, KEY), X_Sandbox_Key=KEY, X_Sandbox_Client=address)
    assert echo.environ.get("REMOTE_ADDR") != address


def test_without_a_key_nobody_chooses_an_address(echo):
    knock(Gate(echo, None), X_Sandbox_Key=KEY, X_Sandbox_Client="203.0.113.66")
    assert echo.environ.get("REMOTE_ADDR") != "203.0.113.66"


def test_the_headers_are_those_of_the_design():
    assert (KEY_HEADER, CLIENT_HEADER) == ("X-Sandbox-Key", "X-Sandbox-Client")
