"""A launch starts one server, and leaves nothing behind: no thread, no socket, no second server."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import sandbox
from sandbox.actors.page import Page
from sandbox.box import TRANSPORTS, Sandbox, launch
from sandbox.defences import Defences
from sandbox.errors import BadInput, BadSwitch, PortInUse, SandboxError, ServerStopped, UnknownName, WeakKey
from sandbox.exchange import MODES, Log, Request

CHEAP = {"bcrypt_cost": 4}


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    if sandbox.box._launched and (last := sandbox.box._launched()):
        last.close()


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Defences.preset("as_written").but(**CHEAP), transport="in-process") as box:
        yield box


def eventually(true: Callable[[], bool]) -> bool:
    """Whether it comes true within two real seconds: a thread needs a moment to end."""
    until = time.monotonic() + 2
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def listens(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port or 0)) == 0


# Launch --------------------------------------------------------------


def test_a_launch_listens_on_this_machine_alone() -> None:
    with launch(**CHEAP) as box:
        assert listens(box.port)
        assert box._server is not None
        assert box._server._server.server_address[0] == "127.0.0.1"


def test_a_launch_takes_the_preset_and_the_switches_that_it_is_given() -> None:
    with launch("as_advised", transport="in-process", denylist=True) as box:
        assert box.defences == Defences.preset("as_advised").but(denylist=True)


def test_a_launch_is_as_written_unless_told_otherwise() -> None:
    with launch(transport="in-process") as box:
        assert box.defences == Defences.preset("as_written")


def test_a_second_launch_stops_the_first() -> None:
    first = launch(**CHEAP)
    second = launch(**CHEAP)
    assert (first.running, second.running) == (False, True)
    assert not listens(first.port)
    assert second.browser("alice").open("jwt").login().ok


@pytest.mark.parametrize("wrong", [{"preset": "strong"}, {"sekure": True}, {"host_prefix": True}, {"dpop": "on"}])
def test_a_launch_that_is_refused_leaves_the_running_one_alone(wrong: dict[str, object]) -> None:
    first = launch(**CHEAP)
    with pytest.raises(SandboxError):
        launch(**wrong)  # type: ignore[arg-type]
    assert first.browser("alice").open("jwt").login().ok


def test_a_launch_works_after_its_server_was_killed() -> None:
    first = launch(**CHEAP)
    assert first._server is not None
    first._server.stop()
    assert not first.running
    with launch(**CHEAP) as second:
        assert second.browser("alice").open("session").login().ok


def test_a_stopped_server_says_what_to_do() -> None:
    box = launch(**CHEAP)
    alice = box.browser("alice")
    box.close()
    with pytest.raises(ServerStopped, match=r"launch\(\) again, or reset the player") as stopped:
        alice.open("jwt").login()
    assert len(str(stopped.value).splitlines()) == 1


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} is in use or not allowed: choose another, or 0"):
            launch(port=port, **CHEAP)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(PortInUse):
        launch(port=port, **CHEAP)


def test_an_unknown_transport_is_refused_with_the_transports() -> None:
    assert TRANSPORTS == ("loopback", "in-process")
    with pytest.raises(UnknownName, match="Choose from: loopback, in-process"):
        launch(transport="pigeon")


# Nothing stays -------------------------------------------------------


def test_leaving_the_block_leaves_no_thread_and_no_socket() -> None:
    before = threading.active_count()
    with launch(**CHEAP) as box:
        for mode in MODES:
            box.browser("alice").open(mode).login()
        port = box.port
        assert threading.active_count() > before
    assert eventually(lambda: threading.active_count() == before)
    assert not listens(port)
    with socket.create_server(("127.0.0.1", port or 0)):
        pass


def test_an_error_inside_the_block_stops_the_server_too() -> None:
    with pytest.raises(ZeroDivisionError), launch(**CHEAP) as box:
        raise ZeroDivisionError
    assert not box.running


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_closing_twice_does_no_harm(transport: str) -> None:
    box = launch(transport=transport, **CHEAP)
    box.close()
    box.close()
    assert not box.running
    assert "stopped" in repr(box)


def test_a_forgotten_sandbox_takes_its_server_along() -> None:
    box: Sandbox | None = Sandbox(Defences())
    port = box.port if box else None
    box = None
    assert eventually(lambda: not listens(port))


def test_in_process_there_is_neither_thread_nor_port() -> None:
    before = threading.active_count()
    with launch(transport="in-process", **CHEAP) as box:
        assert box.browser("alice").open("hybrid").login().ok
        assert (threading.active_count(), box.port) == (before, None)


@pytest.mark.skipif(sys.platform == "win32", reason="counts file descriptors")
def test_many_launches_leave_no_file_behind() -> None:
    import psutil

    process = psutil.Process()
    launch(**CHEAP).close()
    before = process.num_fds()
    for _ in range(5):
        box = launch(**CHEAP)
        box.browser("alice").open("session").login()
    box.close()
    assert eventually(lambda: process.num_fds() <= before)


# The learner's own controls ------------------------------------------


def test_what_goes_over_the_wire_is_logged_with_the_work_of_the_store(box: Sandbox) -> None:
    alice = box.browser("alice")
    alice.open("session").login()
    box.clock.advance(minutes=1)
    alice.open("session").profile()
    login, profile = box.log
    assert (login.actor, login.clock, login.request.path) == ("alice", 1767258000.0, "/session/login")
    assert (login.store_reads, login.store_writes) == (1, 1)
    assert (profile.clock, profile.store_reads, profile.store_writes) == (1767258060.0, 2, 0)


def test_an_actor_may_write_into_a_log_of_its_own(box: Sandbox) -> None:
    log = Log()
    box.browser("alice", log).open("jwt").login()
    assert (len(log), len(box.log)) == (1, 0)


def test_the_launchs_secret_is_in_no_exchange(box: Sandbox) -> None:
    box.browser("alice").open("session").login()
    key = box._network._key  # type: ignore[attr-defined]
    assert key not in repr(box.log.exchanges) + repr(box) + repr(box.tables("session"))
    assert "sandbox-key" not in repr(box.log.exchanges).lower()


def test_each_mode_keeps_tables_of_its_own(box: Sandbox) -> None:
    box.browser("alice").open("session").login()
    assert len(box.tables("session")["sessions"]) == 1
    assert box.tables("hybrid")["sessions"] == []


def test_tables_of_an_unknown_mode_are_refused_with_the_modes(box: Sandbox) -> None:
    with pytest.raises(UnknownName, match="Choose from: session, jwt, hybrid"):
        box.tables("oauth")


def test_whatever_the_learner_looks_at_bears_short_names(box: Sandbox) -> None:
    alice = box.browser("alice")
    for mode in reversed(MODES):  # session mode last: its cookie goes along with every later request
        alice.open(mode).login()
    assert box.wire() == [
        "alice: POST /hybrid/login 200  gets A1 R1",
        "alice: POST /jwt/login 200  gets A2",
        "alice: POST /session/login 200  gets S1",
    ]
    assert box.held(alice) == {
        "cookie session": "S1",
        "localStorage hybrid.access_token": "A1",
        "localStorage hybrid.refresh_token": "R1",
        "localStorage jwt.access_token": "A2",
    }
    assert box.tables("session")["sessions"][0]["token"] == "S1"
    assert box.tables("hybrid")["refresh_tokens"][0]["token"] == "R1"


def test_a_revealed_table_has_the_values(box: Sandbox) -> None:
    alice = box.browser("alice")
    alice.open("session").login()
    [cookie] = alice.holdings().cookies
    assert box.tables("session", reveal=True)["sessions"][0]["token"] == cookie.value


def test_claims_are_read_by_a_tokens_short_name(box: Sandbox) -> None:
    box.browser("alice").open("jwt").login()
    claims = box.claims("A1")
    assert (claims["sub"], claims["role"], claims["email"], claims["jti"]) == (
        "1", "user", "alice@bank.example", "jti(A1)",
    )  # fmt: skip
    assert claims["exp"] - claims["iat"] == 7 * 86400
    with pytest.raises(UnknownName, match="Choose from: A1"):
        box.claims("A2")


def test_looking_at_tables_is_no_work_of_the_store(box: Sandbox) -> None:
    before = box.store("session").counts.reads
    box.tables("session")
    assert box.store("session").counts.reads == before


def test_a_switch_is_flipped_while_the_server_runs(box: Sandbox) -> None:
    alice = box.browser("alice").open("session")
    alice.login()
    box.switch(live_roles=False)
    alice.profile()
    assert box.log.exchanges[-1].store_reads == 1


def test_a_switch_that_is_refused_changes_nothing(box: Sandbox) -> None:
    before = box.defences
    with pytest.raises(BadSwitch):
        box.switch(secure=True, detect_reuse=True)
    assert box.defences == before


def test_a_role_is_changed_in_every_mode(box: Sandbox) -> None:
    box.set_role("alice", "admin")
    for mode in MODES:
        page = box.browser("alice").open(mode)
        page.login()
        assert page.admin().ok


@pytest.mark.parametrize(
    ("name", "role", "says"), [("alice", "root", "user, admin"), ("mallory", "admin", "alice, bob, carol")]
)
def test_an_unknown_role_or_account_is_refused_with_all_there_are(
    box: Sandbox, name: str, role: str, says: str
) -> None:
    with pytest.raises(UnknownName, match=f"Choose from: {says}"):
        box.set_role(name, role)


# The back office -----------------------------------------------------


def test_a_role_may_be_changed_in_one_mode_alone(box: Sandbox) -> None:
    box.set_role("alice", "admin", "jwt")
    roles = {mode: box.tables(mode)["users"][0]["role"] for mode in MODES}
    assert roles == {"session": "user", "jwt": "admin", "hybrid": "user"}


def test_an_account_is_opened_once_and_in_one_mode(box: Sandbox) -> None:
    for _ in range(2):
        box.add_account("jwt", "mallory")
    assert [row["email"] for row in box.tables("jwt")["users"]].count("mallory@bank.example") == 1
    page = box.browser("mallory").open("jwt")
    assert page.login().ok
    assert page.profile().field("user") == {"id": 4, "email": "mallory@bank.example", "role": "user"}
    assert not box.browser("mallory").open("session").login().ok
    box.set_role("mallory", "admin", "jwt")
    assert page.admin().ok


@pytest.mark.parametrize("overlap", [False, True])
def test_a_rotated_key_throws_everybody_out_of_that_mode_unless_the_keys_overlap(box: Sandbox, overlap: bool) -> None:
    box.switch(key_overlap=overlap)
    pages = {mode: box.browser("alice").open(mode) for mode in MODES}
    for page in pages.values():
        page.login()
    box.rotate_key("jwt")
    assert {mode: page.request("GET", "/profile").ok for mode, page in pages.items()} == {
        "session": True, "jwt": overlap, "hybrid": True,
    }  # fmt: skip
    assert pages["jwt"].login().ok
    assert pages["jwt"].profile().ok


def test_a_weak_secret_is_taken_or_refused_by_its_switch(box: Sandbox) -> None:
    page = box.browser("alice").open("jwt")
    page.login()
    box.configure_secret("jwt", "secret")
    assert not page.profile().ok
    assert page.login().ok
    box.switch(strong_key=True)
    with pytest.raises(WeakKey, match="at least 32 bytes"):
        box.configure_secret("jwt", "changeme")
    assert page.profile().ok


@pytest.mark.parametrize("verify_type", [False, True])
@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
def test_a_confirmation_token_opens_the_account_unless_its_type_is_looked_at(
    box: Sandbox, mode: str, verify_type: bool
) -> None:
    box.switch(verify_type=verify_type)
    mallory = box.attacker()
    mallory.hold_token(mode, box.confirmation_token(mode, "alice"))
    assert mallory.browser.open(mode).request("GET", "/profile").ok is not verify_type


def test_what_is_put_into_tokens_is_in_every_one_from_then_on(box: Sandbox) -> None:
    page = box.browser("alice").open("jwt")
    box.put_in_tokens("jwt", groups=["a", "b"])
    page.login()
    box.put_in_tokens("jwt")
    page.login()
    assert box.claims("A1")["groups"] == ["a", "b"]
    assert "groups" not in box.claims("A2")


def call(box: Sandbox, name: str, *arguments: str) -> None:
    getattr(box, name)(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("rotate_key", ("session",), "jwt, hybrid"), ("rotate_key", ("oauth",), "jwt, hybrid"),
        ("configure_secret", ("session", "x" * 32), "jwt, hybrid"), ("put_in_tokens", ("session",), "jwt, hybrid"),
        ("confirmation_token", ("session", "alice"), "jwt, hybrid"),
        ("confirmation_token", ("jwt", "mallory"), "alice, bob, carol"),
        ("add_account", ("oauth", "x"), "session, jwt"),
        ("add_account", ("jwt", "Mallory"), "a letter, then"), ("add_account", ("jwt", "a" * 41), "40 at most"),
        ("set_role", ("alice", "admin", "oauth"), "session, jwt"), ("add_node", ("oauth",), "session, jwt"),
        ("open_service", ("oauth",), "session, jwt"), ("publish", ("evil.example/x",), "https://host/path"),
        ("publish", ("https:///x",), "https://host/path"),
    ],
)  # fmt: skip
def test_a_bad_name_is_refused_with_the_good_ones(
    box: Sandbox, name: str, arguments: tuple[str, ...], says: str
) -> None:
    with pytest.raises(UnknownName, match=f"Choose from: .*{says}"):
        call(box, name, *arguments)


# The model's network -------------------------------------------------


def statuses(page: Page, times: int = 4) -> list[int]:
    return [page.request("GET", "/profile").status for _ in range(times)]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_second_node_takes_every_other_request_of_its_mode_and_of_no_other(transport: str) -> None:
    with launch("bare", transport=transport) as box:
        pages = [box.browser("alice").open(mode) for mode in ("session", "jwt")]
        for page in pages:
            page.login()
        box.add_node("session")
        assert [statuses(page) for page in pages] == [[200, 401, 200, 401], [200] * 4]


def test_nodes_that_share_their_store_both_know_who_is_logged_in(box: Sandbox) -> None:
    box.switch(shared_store=True)
    page = box.browser("alice").open("session")
    page.login()
    box.add_node("session")
    assert statuses(page) == [200] * 4


def test_a_node_may_be_behind(box: Sandbox) -> None:
    box.add_node("jwt", seconds_behind=20)
    page = box.browser("alice").open("jwt")
    page.login()  # the first node
    assert statuses(page, 3) == [403, 200, 403]  # iat lies ahead of the slow clock
    box.switch(leeway=True)  # reaches both
    assert statuses(page, 4) == [200] * 4


def test_an_account_is_opened_and_a_role_changed_at_every_node(box: Sandbox) -> None:
    box.add_account("jwt", "dave")
    box.add_node("jwt")
    box.add_account("jwt", "erin")
    box.set_role("erin", "admin")
    for name in ("dave", "dave", "erin", "erin"):
        assert box.browser(name).open("jwt").login().ok
    for _ in range(2):
        page = box.browser("erin").open("jwt")
        page.login()
        assert page.admin().ok


def test_keys_and_claims_of_the_operator_reach_every_node(box: Sandbox) -> None:
    box.put_in_tokens("jwt", groups=["a"])
    box.add_node("jwt")
    box.configure_secret("jwt", "x" * 32)
    box.rotate_key("jwt")
    page = box.browser("alice").open("jwt")
    for _ in range(2):
        page.login()
        assert statuses(page, 2) == [200, 200]
        page.profile()  # the turns are odd now
    assert [box.claims(name)["groups"] for name in ("A1", "A2")] == [["a"], ["a"]]


def test_mallorys_token_of_another_service_is_alices_here(box: Sandbox) -> None:
    for _ in range(2):
        box.open_service("jwt")
    mallory = box.attacker()
    body = b'{"email": "mallory@bank.example", "password": "mallory-password"}'
    login = Request("POST", "https://shop.example/jwt/login", (), body)
    mallory.hold_token("jwt", mallory.browser.send(login).field("access_token"))
    page = mallory.browser.open("jwt")
    assert page.profile().field("user")["email"] == "alice@bank.example"
    box.switch(verify_issuer_audience=True)
    assert not page.profile().ok


def test_another_service_knows_no_customer_of_the_bank_and_the_bank_none_of_its(box: Sandbox) -> None:
    box.open_service("session")
    alice = b'{"email": "alice@bank.example", "password": "alice-password"}'
    assert box.attacker().browser.send(Request("POST", "https://shop.example/session/login", (), alice)).status == 401
    assert not box.attacker().browser.open("session").login("mallory-password").ok


def test_what_is_published_is_answered_whatever_the_query_and_recorded(box: Sandbox) -> None:
    box.publish("https://evil.example/x", status=201, headers=(("Set-Cookie", "a=b"),), body=b"page")
    box.publish("http://bank.example/jwt/profile", body=b"intercepted")
    send = box.attacker().browser.send
    found = send(Request("GET", "https://EVIL.example/x?q=1"))
    assert (found.status, found.header("Set-Cookie"), found.body) == (201, "a=b", b"page")
    assert send(Request("GET", "http://bank.example/jwt/profile")).body == b"intercepted"
    assert send(Request("GET", "https://bank.example/jwt/profile")).status == 401
    exchange = box.log.exchanges[0]
    assert (exchange.response, exchange.store_reads, exchange.store_writes) == (found, 0, 0)


@pytest.mark.parametrize("url", ["https://evil.example/", "https://shop.example/healthz", "https://x.bank.example/healthz"])
def test_elsewhere_is_a_404(box: Sandbox, url: str) -> None:
    answer = box.attacker().browser.send(Request("GET", url))
    assert (answer.status, answer.header("Server")) == (404, "elsewhere")


def test_closing_stops_every_node_and_service() -> None:
    before = threading.active_count()
    with launch("bare") as box:
        box.add_node("session")
        box.add_node("jwt", seconds_behind=1)
        box.open_service("jwt")
        ports = [node.server.port for node in box._network.nodes() if node.server]
        assert len(set(ports)) == 4
        assert all(listens(port) for port in ports)
    assert eventually(lambda: threading.active_count() == before)
    assert not any(listens(port) for port in ports)


def test_two_who_send_at_once_are_each_told_their_own_work() -> None:
    with launch("bare") as box:
        pages = [box.browser(name).open("session") for name in ("alice", "bob")]
        for page in pages:
            page.login()
        mark = len(box.log)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda page: [page.request("GET", "/profile") for _ in range(30)], pages))
        assert {(each.store_reads, each.store_writes) for each in box.log.since(mark)} == {(1, 0)}


def test_the_meter_is_in_no_record(box: Sandbox) -> None:
    box.browser("alice").open("session").login()
    assert "sandbox" not in repr([pair for each in box.log for pair in each.response.headers]).lower().replace(
        "auth-sandbox", ""
    )


# Actors --------------------------------------------------------------


def test_each_person_has_an_address_of_their_own(box: Sandbox) -> None:
    box.switch(throttle_login=True)
    mallory = box.browser("mallory").open("jwt")
    statuses = [mallory.login("wrong").status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    subjects = {row["subject"] for row in box.tables("jwt")["login_failures"]}
    assert subjects == {"account mallory@bank.example", "client 203.0.113.66"}


def test_a_sandbox_says_where_it_is(box: Sandbox) -> None:
    assert repr(box) == "<Sandbox in process, clock <Clock 2026-01-01T09:00:00Z>>"
    with launch(**CHEAP) as other:
        assert repr(other) == f"<Sandbox on 127.0.0.1:{other.port}, clock <Clock 2026-01-01T09:00:00Z>>"


@pytest.mark.parametrize("transport", ["loopback", "in-process"])
def test_a_closed_box_answers_nobody(transport: str) -> None:
    with Sandbox(Defences(), transport=transport) as box:
        page = box.browser("alice").open("session")
    with pytest.raises(ServerStopped, match="launch"):
        page.login()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda box: box.put_in_tokens("jwt", groups={1, 2}),
        lambda box: box.put_in_tokens("jwt", share=float("nan")),
        lambda box: box.configure_secret("jwt", "\ud800"),
        lambda box: box.add_node("jwt", seconds_behind=float("nan")),
        lambda box: box.add_node("jwt", seconds_behind=-1.0),
    ],
    ids=["a set", "not a number", "half a letter", "no time", "ahead"],
)
def test_what_an_operator_cannot_mean_is_refused_and_changes_nothing(wrong: Callable[[Sandbox], None]) -> None:
    with Sandbox(Defences(), transport="in-process") as box:
        with pytest.raises(BadInput):
            wrong(box)
        assert box.browser("alice").open("jwt").login().status == 200


def test_under_rs256_there_is_no_shared_secret_to_change() -> None:
    with Sandbox(Defences().but(signing="RS256"), transport="in-process") as box:
        with pytest.raises(BadInput, match="HS256"):
            box.rotate_key("jwt")
        with pytest.raises(BadInput, match="HS256"):
            box.configure_secret("jwt", "x" * 32)


def test_what_several_nodes_keep_and_whose_turn_it_is_is_put_back() -> None:
    with Sandbox(Defences(), transport="in-process") as box:
        box.add_node("session")
        page = box.browser("alice").open("session")
        page.login()
        before = box.save("session")
        seen = [page.profile().status for _ in range(3)]
        box.restore("session", before)
        assert [page.profile().status for _ in range(3)] == seen == [401, 200, 401]
