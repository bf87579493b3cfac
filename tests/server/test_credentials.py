"""Where a credential travels and what is kept of it: cookies and their attributes, CSRF tokens, hashes at rest."""

import hashlib

import pytest

from sandbox.defences import PRESETS
from sandbox.exchange import MODES

COOKIES = pytest.mark.parametrize(
    ("mode", "name", "path", "given"),
    [
        ("session", "session", "/", {}),
        ("jwt", "session", "/", {"carrier": "cookie"}),
        ("hybrid", "refresh", "/hybrid/refresh", {"refresh_cookie": True}),
    ],
    ids=["session", "jwt", "refresh"],
)


def cookie_of(answer):
    """Name and value of the one cookie that was set, and its attributes in lower case."""
    (line,) = answer.headers.getlist("Set-Cookie")
    pair, *attributes = line.split("; ")
    name, _, value = pair.partition("=")
    parted = (each.partition("=") for each in attributes)
    return name, value, {key.lower(): text for key, _, text in parted}


# --- attributes


@COOKIES
def test_a_bare_cookie_has_a_path_and_nothing_else(open_bank, mode, name, path, given):
    found, _, attributes = cookie_of(open_bank("bare", **given).visitor(mode).try_login())
    assert (found, attributes) == (name, {"path": path})


@COOKIES
@pytest.mark.parametrize(
    ("switches", "wanted"),
    [
        ({"http_only": True}, {"httponly": ""}),
        ({"secure": True}, {"secure": ""}),
        ({"same_site": "Lax"}, {"samesite": "Lax"}),
        ({"same_site": "Strict"}, {"samesite": "Strict"}),
        ({"same_site": "None", "secure": True}, {"samesite": "None", "secure": ""}),
        ({"cookie_max_age": 3600.0}, {"max-age": "3600", "expires": "Thu, 01 Jan 2026 10:00:00 GMT"}),
    ],
    ids=["http_only", "secure", "Lax", "Strict", "None", "cookie_max_age"],
)
def test_each_attribute_follows_its_switch(open_bank, mode, name, path, given, switches, wanted):
    found, _, attributes = cookie_of(open_bank("bare", **given, **switches).visitor(mode).try_login())
    assert (found, attributes) == (name, {"path": path} | wanted)


@COOKIES
def test_a_host_prefix_needs_secure_and_the_path_of_the_whole_host(open_bank, mode, name, path, given):
    bank = open_bank("bare", **given, secure=True, host_prefix=True)
    found, _, attributes = cookie_of(bank.visitor(mode).try_login())
    assert (found, attributes) == (f"__Host-{name}", {"path": "/", "secure": ""})


@COOKIES
def test_with_a_host_prefix_the_plain_name_is_not_heeded(open_bank, mode, name, path, given):
    alice = open_bank("bare", **given, secure=True, host_prefix=True).visitor(mode).login()
    value, _ = alice.cookies.pop(f"__Host-{name}")
    alice.cookies[name] = (value, "/")
    assert (alice.refresh() if mode == "hybrid" else alice.profile()).status_code in (400, 401)


@COOKIES
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("prefix", [False, True])
def test_a_cookie_is_deleted_with_the_attributes_that_it_was_set_with(
    open_bank, preset, mode, name, path, given, prefix
):
    switches = {"host_prefix": True, "secure": True} if prefix else {"host_prefix": False}
    alice = open_bank(preset, **given, **switches).visitor(mode)
    set_name, _, set_with = cookie_of(alice.try_login())
    gone_name, value, gone_with = cookie_of(alice.logout())
    assert (gone_name, value) == (set_name, "")
    assert gone_with.pop("max-age") == "0"
    assert gone_with.pop("expires") == "Thu, 01 Jan 1970 00:00:00 GMT"
    set_with = {key: text for key, text in set_with.items() if key not in ("max-age", "expires")}
    assert gone_with == set_with


@pytest.mark.parametrize("preset", PRESETS)
def test_no_cookie_names_a_domain(open_bank, preset):
    for mode in MODES:
        for line in open_bank(preset).visitor(mode).try_login().headers.getlist("Set-Cookie"):
            assert "domain" not in line.lower()


def test_expires_follows_the_simulated_clock(open_bank):
    bank = open_bank("bare", cookie_max_age=60.0)
    bank.clock.advance(days=365)
    assert cookie_of(bank.visitor("session").try_login())[2]["expires"] == "Fri, 01 Jan 2027 09:01:00 GMT"


def test_a_rotated_refresh_token_replaces_the_cookie_with_the_same_attributes(open_bank):
    alice = open_bank("hardened").visitor("hybrid")
    name, first, attributes = cookie_of(alice.try_login())
    again, second, attributes_again = cookie_of(alice.refresh())
    assert (again, attributes_again) == (name, attributes)
    assert second != first


# --- size_guard


@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize(("too_long", "status"), [(0, 200), (1, 400)])
def test_size_guard_refuses_a_cookie_over_4096_bytes(open_bank, on, too_long, status):
    bank = open_bank("bare", size_guard=on)  # an adopted id is as long as one likes
    alice = bank.visitor("session")
    alice.cookies = {"session": ("x" * (4096 - len("session") + too_long), "/")}
    answer = alice.try_login()
    assert answer.status_code == (status if on else 200)
    if answer.status_code == 400:
        assert answer.get_json()["error"] == "cookie_too_large"
        assert "Set-Cookie" not in answer.headers


def test_size_guard_answers_a_jwt_that_has_outgrown_its_cookie(open_bank):
    bank = open_bank("bare", size_guard=True, carrier="cookie")
    bank.store("jwt").add_user("fat@bank.example", bank.rows("jwt", "users")[0]["password_hash"], "user", "1" * 4000, 0)
    answer = bank.visitor("jwt", "fat").try_login("alice-password")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "cookie_too_large")


# --- csrf_token

BY_COOKIE = pytest.mark.parametrize(
    ("mode", "given"), [("session", {}), ("jwt", {"carrier": "cookie"})], ids=["session", "jwt"]
)
BY_HEADER = pytest.mark.parametrize(
    ("mode", "given"),
    [("session", {"carrier": "header"}), ("jwt", {}), ("hybrid", {})],
    ids=["session", "jwt", "hybrid"],
)
UNSAFE = [
    ("POST", "/transfer", {"to": "bob@bank.example", "amount": 1}),
    ("POST", "/logout-all", None),
    ("POST", "/password", {"old": "alice-password", "new": "a new password"}),
    ("DELETE", "/sessions/1", None),
]


@BY_COOKIE
@pytest.mark.parametrize(("method", "path", "body"), UNSAFE, ids=[path for _, path, _ in UNSAFE])
@pytest.mark.parametrize("sent", [None, "", "wrong", "é", "0" * 64], ids=repr)
def test_an_unsafe_call_by_cookie_without_the_csrf_token_is_a_403(
    open_bank, mode, given, method, path, body, sent
):
    bank = open_bank("bare", csrf_token=True, **given)
    alice = bank.visitor(mode).login()
    before = bank.store(mode).tables()
    alice.csrf_token = None
    answer = alice.call(method, path, json=body, headers={} if sent is None else {"X-CSRF-Token": sent})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "csrf_token_required")
    assert "WWW-Authenticate" not in answer.headers
    assert bank.store(mode).tables() == before


@BY_COOKIE
@pytest.mark.parametrize(("method", "path", "body"), UNSAFE, ids=[path for _, path, _ in UNSAFE])
def test_with_the_csrf_token_it_works(open_bank, mode, given, method, path, body):
    alice = open_bank("bare", csrf_token=True, **given).visitor(mode).login()
    assert alice.csrf_token
    wanted = 404 if (mode, method) == ("jwt", "DELETE") else 200 if path == "/transfer" else 204
    assert alice.call(method, path, json=body).status_code == wanted


@BY_COOKIE
def test_a_form_may_bear_the_csrf_token_in_a_field(open_bank, mode, given):
    alice = open_bank("bare", csrf_token=True, **given).visitor(mode).login()
    form = {"to": "bob@bank.example", "amount": "1", "csrf_token": alice.csrf_token}
    alice.csrf_token = None
    assert alice.call("POST", "/transfer", data=form).status_code == 200


@BY_COOKIE
def test_safe_calls_need_no_csrf_token_and_logout_needs_one(open_bank, mode, given):
    alice = open_bank("bare", csrf_token=True, **given).visitor(mode).login()
    token, alice.csrf_token = alice.csrf_token, None
    assert alice.profile().status_code == 200
    assert alice.logout().status_code == 403
    alice.csrf_token = token
    assert alice.logout().status_code == 204


def test_what_is_refused_for_want_of_a_csrf_token_is_no_use_of_the_session(open_bank):
    bank = open_bank("bare", csrf_token=True, inactivity_timeout=60.0)
    alice = bank.visitor("session").login()
    alice.csrf_token = None
    bank.clock.advance(seconds=50)
    assert alice.transfer().status_code == 403
    bank.clock.advance(seconds=10)
    assert alice.profile().status_code == 401


@BY_COOKIE
def test_the_csrf_token_of_another_login_is_refused(open_bank, mode, given):
    bank = open_bank("bare", csrf_token=True, **given)
    alice, mallory = bank.visitor(mode).login(), bank.visitor(mode, "bob").login()
    alice.csrf_token = mallory.csrf_token
    assert alice.transfer().status_code == 403


@BY_COOKIE
def test_without_csrf_token_a_cookie_alone_moves_money(open_bank, mode, given):
    alice = open_bank("bare", **given).visitor(mode).login()
    assert alice.csrf_token is None
    assert alice.transfer().status_code == 200


@BY_HEADER
def test_what_travels_in_a_header_needs_no_csrf_token(open_bank, mode, given):
    alice = open_bank("bare", csrf_token=True, **given).visitor(mode).login()
    assert alice.csrf_token is None
    assert alice.transfer().status_code == 200


# --- hash_at_rest


@pytest.mark.parametrize(("mode", "table"), [("session", "sessions"), ("hybrid", "refresh_tokens")])
@pytest.mark.parametrize("on", [False, True])
def test_hash_at_rest_decides_whether_the_store_holds_the_value_or_its_sha_256(open_bank, mode, table, on):
    bank = open_bank("bare", hash_at_rest=on, rotate_refresh=True)
    alice = bank.visitor(mode).login()
    values = [alice.cookies["session"][0]] if mode == "session" else [alice.refresh_token]
    if mode == "hybrid":
        alice.refresh()
        values.append(alice.refresh_token)
    kept = [row["token"] for row in bank.rows(mode, table)]
    assert kept == [hashlib.sha256(each.encode()).hexdigest() if on else each for each in values]
    assert alice.profile().status_code == 200


@pytest.mark.parametrize("mode", ["session", "hybrid"])
@pytest.mark.parametrize("on", [False, True])
def test_hash_at_rest_decides_whether_a_leaked_store_opens_the_door(open_bank, mode, on):
    bank = open_bank("bare", hash_at_rest=on)
    bank.visitor(mode).login()
    thief = bank.visitor(mode, "mallory")
    if mode == "session":
        thief.cookies = {"session": (bank.rows(mode, "sessions")[0]["token"], "/")}
        assert thief.profile().status_code == (401 if on else 200)
    else:
        thief.refresh_token = bank.rows(mode, "refresh_tokens")[0]["token"]
        assert thief.refresh().status_code == (400 if on else 200)


def test_no_store_holds_a_self_contained_token(open_bank):
    bank = open_bank("hardened")
    for mode in ("jwt", "hybrid"):
        alice = bank.visitor(mode).login()
        alice.logout()
        assert alice.access_token not in str(bank.store(mode).tables())
