"""The two transports: the same conversation over real sockets and in process gives the same record, byte for byte."""

import itertools
import json
import secrets
import socket
import threading

import pytest

from sandbox.clock import Clock
from sandbox.defences import PRESETS, Defences
from sandbox.errors import BadInput, ServerStopped
from sandbox.exchange import MODES, Request
from sandbox.server.app import create_app
from sandbox.server.embedded import EmbeddedServer
from sandbox.server.gate import Gate
from sandbox.server.meter import Meter
from sandbox.server.transports import InProcess, Loopback

KEY = "key"


@pytest.fixture
def predictable(monkeypatch):
    """Call it, and `secrets` starts its one sequence anew: equal requests then get equal credentials."""

    def start_anew():
        numbers = itertools.count(1)
        monkeypatch.setattr(secrets, "token_bytes", lambda size: next(numbers).to_bytes(size, "big"))
        monkeypatch.setattr(secrets, "token_urlsafe", lambda size: f"{next(numbers):0{size}}")
        monkeypatch.setattr("bcrypt.gensalt", lambda cost: b"$2b$%02d$abcdefghijklmnopqrstuu" % cost)

    return start_anew


class Talk:
    """One side of a conversation: sends what the last answers gave, and keeps every answer."""

    def __init__(self, transport, clock, mode):
        self.transport, self.clock, self.mode = transport, clock, mode
        self.answers = []
        self.headers = {}
        self.refresh_token = None

    def say(self, method, path, body=None, form=None, **headers):
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        data = b""
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        if form is not None:
            data, sent["Content-Type"] = form, "application/x-www-form-urlencoded"
        url = f"https://bank.example{path}"
        answer = self.transport.send(Request(method, url, tuple(sent.items()), data), "198.51.100.1")
        self.answers.append(answer)
        return answer.response

    def login(self, password="alice-password"):
        answer = self.say("POST", f"/{self.mode}/login", {"email": "alice@bank.example", "password": password})
        if not answer.ok:
            return
        self.headers = {}
        if cookies := "; ".join(line.partition(";")[0] for line in answer.all("Set-Cookie")):
            self.headers["Cookie"] = cookies
        if token := answer.field("access_token"):
            self.headers["Authorization"] = f"Bearer {token}"
        if csrf := answer.field("csrf_token"):
            self.headers["X-CSRF-Token"] = csrf
        self.refresh_token = answer.field("refresh_token")


def conversation(talk):
    """Every call of the contract, right and wrong."""
    mode = f"/{talk.mode}"
    refresh = {"refresh_token": "unknown"}
    talk.say("GET", "/healthz")
    talk.say("GET", f"{mode}/profile")
    talk.login("wrong")
    talk.login()
    for method in ("GET", "HEAD", "OPTIONS", "PUT"):
        talk.say(method, f"{mode}/profile")
    talk.say("GET", f"{mode}/profile", Authorization="Bearer bad", Cookie="session=bad; __Host-session=bad")
    talk.say("GET", f"{mode}/admin")
    talk.say("GET", f"{mode}/sessions?a=%C3%A9&b=1")
    talk.say("POST", f"{mode}/transfer", {"to": "bob@bank.example", "amount": 7})
    talk.say("POST", f"{mode}/transfer", form=b"to=bob%40bank.example&amount=7")
    talk.say("POST", f"{mode}/transfer", {"to": "bob@bank.example", "amount": 7}, X_CSRF_Token="wrong")
    talk.say("POST", f"{mode}/transfer", {"to": "é", "amount": -1})
    talk.say("POST", f"{mode}/transfer", form=b"\xff\0")
    talk.say("POST", f"{mode}/login", form=b"x" * 100_000)
    refresh["refresh_token"] = talk.refresh_token
    for _ in range(2):
        talk.say("POST", f"{mode}/refresh", refresh)
    talk.say("DELETE", f"{mode}/sessions/99")
    talk.say("GET", "/nowhere")
    talk.say("GET", f"{mode}//profile")
    talk.clock.advance(minutes=20)
    talk.say("GET", f"{mode}/profile")
    talk.login()
    talk.say("POST", f"{mode}/password", {"old": "alice-password", "new": "a new password"})
    talk.say("POST", f"{mode}/password", {"old": "a", "new": "b"})
    for path in ("/logout-all", "/logout", "/logout"):
        talk.say("POST", f"{mode}{path}", refresh)
    for _ in range(6):
        talk.login("wrong")
    return talk.answers


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("mode", MODES)
def test_both_transports_record_the_same_conversation(predictable, preset, mode):
    recorded = {}
    for kind in ("loopback", "in process"):
        predictable()
        clock = Clock()
        app = create_app(defences=Defences.preset(preset).but(bcrypt_cost=4), clock=clock)
        gate = Gate(Meter(app), KEY)
        server = EmbeddedServer(gate) if kind == "loopback" else None
        transport = Loopback(server.port, KEY) if server else InProcess(gate, KEY)
        try:
            recorded[kind] = conversation(Talk(transport, clock, mode))
        finally:
            if server:
                server.stop()
            for each in app.extensions["sandbox_modes"].values():
                each.store.close()
    statuses = {each.response.status for each in recorded["loopback"]}
    assert {200, 204, 400, 401, 404, 405, 413} <= statuses  # it was no monotonous talk
    assert sum(len(each.statements) for each in recorded["loopback"]) > 20
    assert sum(len(each.asked) for each in recorded["loopback"]) > 100
    for over_sockets, in_process in zip(recorded["loopback"], recorded["in process"], strict=True):
        assert over_sockets == in_process


@pytest.fixture(params=["loopback", "in process"])
def ask(request):
    """`ask(Request)` gives the whole Answer, over either transport, from the lesson app under bare."""
    app = create_app("bare")
    gate = Gate(Meter(app), KEY)
    server = EmbeddedServer(gate) if request.param == "loopback" else None
    transport = Loopback(server.port, KEY) if server else InProcess(gate, KEY)
    yield lambda asked: transport.send(asked, "198.51.100.1")
    if server:
        server.stop()
    for mode in app.extensions["sandbox_modes"].values():
        mode.store.close()


@pytest.fixture
def send(ask):
    """`send(Request)` gives the response alone."""
    return lambda asked: ask(asked).response


@pytest.mark.parametrize("url", ["https://bank.example/healthz", "http://bank.example/healthz", "http://localhost/healthz"])
def test_the_models_hosts_reach_the_server(send, url):
    assert send(Request("GET", url)).status == 200


@pytest.mark.parametrize("url", ["https://evil.example/healthz", "https://blog.bank.example/healthz"])
def test_the_models_other_hosts_are_not_ours(send, url):
    assert send(Request("GET", url)).status == 421


def test_work_that_is_too_long_for_a_header_is_told_as_far_as_it_goes(ask):
    for length, statements in ((50_000, 1), (64_000, 0)):
        answer = ask(Request("GET", "https://bank.example/session/profile", (("Cookie", f"session={'x' * length}"),)))
        assert (answer.response.status, answer.store_reads, len(answer.statements)) == (401, 1, statements)


def test_every_repeated_header_is_kept(send):
    answer = send(Request("GET", "https://bank.example/healthz"))
    names = [name for name, _ in answer.headers]
    assert names == ["Content-Type", "Content-Length", "Date", "Server", "Cache-Control"]


def test_the_record_holds_no_header_of_one_connection_alone(send):
    answer = send(Request("GET", "https://bank.example/healthz"))
    assert not {"connection", "keep-alive", "transfer-encoding"} & {name.lower() for name, _ in answer.headers}


def test_challenges_are_cased_as_people_write_them(send):
    answer = send(Request("GET", "https://bank.example/jwt/profile"))
    assert ("WWW-Authenticate", 'Bearer realm="sandbox"') in answer.headers


def test_the_key_is_neither_in_the_request_nor_in_the_record(send):
    asked = Request("GET", "https://bank.example/healthz")
    answer = send(asked)
    assert asked.headers == ()
    assert KEY not in [value for _, value in answer.headers]


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    app = create_app("bare")
    server = EmbeddedServer(Gate(app, KEY))
    transport = Loopback(server.port, KEY)
    try:
        assert transport.send(Request("GET", "https://bank.example/healthz"), "").response.status == 200
    finally:
        server.stop()
        for mode in app.extensions["sandbox_modes"].values():
            mode.store.close()


def test_an_error_in_the_app_is_an_answer_and_no_exception(send):
    assert send(Request("BREW", "https://bank.example/healthz")).status == 405


@pytest.mark.parametrize(
    ("answered", "fault"),
    [(None, "ConnectionRefusedError"), (b"", "RemoteDisconnected"), (b"what?\r\n\r\n", "BadStatusLine"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "IncompleteRead")],
)  # fmt: skip
def test_whatever_stops_the_server_is_said_as_server_stopped(answered, fault):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer():
            with listening.accept()[0] as connection:
                connection.recv(65536)
                connection.sendall(answered)

        if answered is None:
            listening.close()
        else:
            threading.Thread(target=answer, daemon=True).start()
        transport = Loopback(port, KEY)
        with pytest.raises(ServerStopped, match=fault):
            transport.send(Request("GET", "https://bank.example/healthz"), "")


@pytest.mark.parametrize("path", ["/\u00e9", "/a b", "/%C3%A9?q=\u00e9 b", "/?q=%26", "//", "/a\tb", "/\U0001f511"])
def test_any_path_can_be_sent(send, path):
    assert send(Request("GET", f"https://bank.example{path}")).status == 404


@pytest.mark.parametrize(
    "pair", [("X-A", "a\r\nX-B: b"), ("X-A", "\u20ac"), ("X-A", "\0"), ("X A", "a"), ("", "a"), ("X-\u00e9", "a")]
)
def test_a_header_that_cannot_be_sent_is_refused_over_either(send, pair):
    with pytest.raises(BadInput, match="can't be sent"):
        send(Request("GET", "https://bank.example/healthz", (pair,)))
