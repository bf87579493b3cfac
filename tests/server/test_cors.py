"""Which other origins may read: any under a reflected Origin, the listed ones under the switch."""

import pytest

from sandbox.exchange import MODES
from sandbox.server.cors import ALLOWED_ORIGINS

EVIL = "https://evil.example"
SHARED = {"Access-Control-Allow-Credentials": "true", "Vary": "Origin"}


def shared(answer):
    """The CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith(("Vary", "Access-Control"))}


@pytest.fixture
def ask(open_bank):
    def one(on, method, path, **headers):
        client = open_bank("bare", cors_allowlist=on).app.test_client(use_cookies=False)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(path, method=method, headers=sent)

    return one


@pytest.mark.parametrize("origin", [EVIL, "null", "http://bank.example", "https://app.bank.example.evil.example"])
@pytest.mark.parametrize("on", [False, True])
def test_cors_allowlist_decides_whether_any_origin_may_read_with_credentials(ask, on, origin):
    found = shared(ask(on, "GET", "/healthz", Origin=origin))
    assert found == ({} if on else SHARED | {"Access-Control-Allow-Origin": origin})


@pytest.mark.parametrize("origin", ALLOWED_ORIGINS)
@pytest.mark.parametrize("on", [False, True])
def test_a_listed_origin_may_read_either_way(ask, on, origin):
    found = shared(ask(on, "GET", "/healthz", Origin=origin))
    assert found == SHARED | {"Access-Control-Allow-Origin": origin}


@pytest.mark.parametrize("on", [False, True])
def test_a_request_without_an_origin_gets_no_such_header(ask, on):
    assert shared(ask(on, "GET", "/healthz")) == {}


def test_a_page_of_another_origin_reads_a_profile_with_the_victims_cookie(open_bank):
    for on in (False, True):
        alice = open_bank("bare", cors_allowlist=on).visitor("session").login()
        answer = alice.call("GET", "/profile", headers={"Origin": EVIL})
        assert answer.status_code == 200  # the server answers; the browser decides who reads
        assert answer.headers.get("Access-Control-Allow-Origin") == (None if on else EVIL)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/profile", 401), ("POST", "/login", 400), ("GET", "/nowhere", 404), ("PUT", "/login", 405)],
)
def test_errors_say_it_too(ask, mode, method, path, status):
    answer = ask(False, method, f"/{mode}{path}", Origin=EVIL)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, EVIL)


@pytest.mark.parametrize("path", ["/jwt/profile", "/session/transfer", "/nowhere"])
@pytest.mark.parametrize("on", [False, True])
def test_a_preflight_is_answered_for_whom_is_let_in(ask, on, path):
    answer = ask(on, "OPTIONS", path, Origin=EVIL, Access_Control_Request_Method="POST")
    assert answer.status_code == 204
    assert shared(answer) == ({} if on else SHARED | {
        "Access-Control-Allow-Origin": EVIL, "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-CSRF-Token, DPoP",
        "Access-Control-Max-Age": "600",
    })  # fmt: skip
    listed = ask(on, "OPTIONS", path, Origin=ALLOWED_ORIGINS[0], Access_Control_Request_Method="POST")
    assert listed.headers["Access-Control-Max-Age"] == "600"


def test_what_is_no_preflight_is_answered_as_ever(ask):
    answer = ask(False, "OPTIONS", "/jwt/profile", Origin=EVIL)
    assert (answer.status_code, "Access-Control-Max-Age" in answer.headers) == (200, False)
    assert ask(False, "OPTIONS", "/nowhere", Access_Control_Request_Method="GET").status_code == 404


@pytest.mark.parametrize("origin", ["a\r\nSet-Cookie: x=y", "a\nb", "é", "\xff", "", " ", "a b", "x" * 256, "\x00"])
def test_a_malformed_origin_stands_in_no_header(open_bank, origin):
    client = open_bank("bare").app.test_client(use_cookies=False)
    for method in ("GET", "OPTIONS"):
        environ = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
        answer = client.open("/healthz", method=method, environ_overrides=environ)
        assert answer.status_code < 300
        assert shared(answer) == {}
        assert "Set-Cookie" not in answer.headers
