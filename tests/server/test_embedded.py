"""The embedded server: loopback only, a free port, and no thread or socket left when it stops."""

import gc
import json
import socket
import sys
import threading
import time

import psutil
import pytest

from sandbox.errors import PortInUse, ServerStopped
from sandbox.exchange import Request
from sandbox.server.app import MAX_BODY, create_app
from sandbox.server.embedded import EmbeddedServer
from sandbox.server.gate import Gate
from sandbox.server.transports import Loopback

KEY = "key"
HEALTH = Request("GET", "https://bank.example/healthz")


@pytest.fixture
def gate():
    app = create_app("bare")
    yield Gate(app, KEY)
    for mode in app.extensions["sandbox_modes"].values():
        mode.store.close()


@pytest.fixture
def server(gate):
    running = EmbeddedServer(gate)
    yield running
    running.stop()


@pytest.fixture
def loopback(server):
    return Loopback(server.port, KEY)


def sockets():
    """Open internet sockets of this process."""
    return len(psutil.Process().net_connections(kind="inet"))


def threads():
    return [each.name for each in threading.enumerate()]


def settled(count, wanted):
    """What `count` gives once it has come down to `wanted`, or after two seconds."""
    deadline = time.monotonic() + 2
    while count() > wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return count()


def test_it_serves_from_the_moment_it_is_made(loopback):
    assert loopback.send(HEALTH, "").response.json() == {"status": "ok"}


def test_two_servers_take_two_ports(gate, server):
    other = EmbeddedServer(gate)
    try:
        assert 0 < server.port != other.port > 0
    finally:
        other.stop()


def test_it_listens_on_the_loopback_address_alone(server):
    listening = [each for each in psutil.Process().net_connections("inet") if each.status == psutil.CONN_LISTEN]
    assert [each.laddr.ip for each in listening if each.laddr.port == server.port] == ["127.0.0.1"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address of this machine")
def test_no_other_address_of_this_machine_answers(server):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=2)


# --- ports


def test_a_port_that_is_taken_is_said_in_one_line_and_leaves_nothing(gate, server):
    before = (threads(), sockets())
    with pytest.raises(PortInUse, match=f"port {server.port} is in use") as caught:
        EmbeddedServer(gate, server.port)
    assert "\n" not in str(caught.value)
    assert (threads(), sockets()) == before


def test_nothing_is_printed_about_a_port_that_is_taken(gate, server, capfd):
    with pytest.raises(PortInUse):
        EmbeddedServer(gate, server.port)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("port", [-1, 65536, 10**30])
def test_a_port_that_cannot_be_is_refused_in_the_same_way(gate, port):
    with pytest.raises(PortInUse):
        EmbeddedServer(gate, port)


def test_a_port_can_be_taken_again_once_it_is_free(gate, server):
    transport = Loopback(server.port, KEY)
    assert transport.send(HEALTH, "").response.status == 200
    server.stop()
    again = EmbeddedServer(gate, server.port)
    try:
        assert again.port == server.port
    finally:
        again.stop()


# --- stopping


def test_stop_twice_does_no_harm(server):
    assert server.running
    server.stop()
    assert not server.running
    server.stop()
    assert not server.running


def test_wait_returns_when_the_server_stops(server):
    threading.Timer(0.1, server.stop).start()
    server.wait()
    assert not server.running


def test_a_stopped_server_does_not_answer(server, loopback):
    server.stop()
    with pytest.raises(ServerStopped, match="launch"):
        loopback.send(HEALTH, "")


def test_a_server_that_is_forgotten_stops(gate):
    server = EmbeddedServer(gate)
    transport = Loopback(server.port, KEY)
    del server
    gc.collect()
    with pytest.raises(ServerStopped):
        transport.send(HEALTH, "")
    assert "sandbox-server" not in threads()


def test_fifty_starts_and_stops_leave_no_thread_and_no_socket(gate):
    before = (threading.active_count(), sockets())
    for _ in range(50):
        server = EmbeddedServer(gate)
        transport = Loopback(server.port, KEY)
        assert transport.send(HEALTH, "").response.status == 200
        server.stop()
    assert settled(threading.active_count, before[0]) == before[0]
    assert settled(sockets, before[1]) == before[1]


# --- on the wire


def raw(port, request):
    """All that comes back on a socket until the server closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_a_large_body_gets_its_413_and_the_answer_arrives(loopback):
    for size in (MAX_BODY + 1, 1_000_000, 5_000_000):
        for _ in range(10):
            answer = loopback.send(Request("POST", "https://bank.example/session/login", (), b"x" * size), "").response
            assert (answer.status, answer.field("error")) == (413, "request_entity_too_large")


def test_a_large_body_without_the_key_gets_its_403(server):
    stranger = Loopback(server.port, "wrong")
    for _ in range(10):
        large = Request("POST", "https://bank.example/session/login", (), b"x" * 1_000_000)
        assert stranger.send(large, "").response.status == 403


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\0\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET http://[/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["bytes", "no target", "version", "broken address", "many headers", "long header", "long target"],
)  # fmt: skip
def test_what_is_no_request_gets_a_4xx_as_json_and_no_word_in_the_log(server, loopback, capfd, rubbish):
    head, _, body = raw(server.port, rubbish).partition(b"\r\n\r\n")
    assert head.split()[1][:1] == b"4"
    assert json.loads(body)["error"] == "bad_request"
    assert capfd.readouterr() == ("", "")
    assert loopback.send(HEALTH, "").response.status == 200


def test_a_request_without_a_host_is_refused(server):
    answer = raw(server.port, f"GET /healthz HTTP/1.0\r\nX-Sandbox-Key: {KEY}\r\n\r\n".encode())
    assert b" 421 " in answer.splitlines()[0]


def test_nothing_is_logged_about_requests(server, loopback, capfd, caplog):
    loopback.send(HEALTH, "")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_date_and_server_are_sent_once_and_by_the_app(loopback):
    answer = loopback.send(HEALTH, "").response
    assert answer.all("Date") == ["Thu, 01 Jan 2026 09:00:00 GMT"]
    assert answer.all("Server") == ["auth-sandbox"]


def test_it_answers_many_at_once(loopback):
    answers = []
    callers = [threading.Thread(target=lambda: answers.append(loopback.send(HEALTH, "").response)) for _ in range(20)]
    for each in callers:
        each.start()
    for each in callers:
        each.join()
    assert [each.status for each in answers] == [200] * 20
