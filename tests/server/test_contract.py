"""The HTTP contract: every call's success and every failure, in each mode, under each preset where it differs."""

import json

import pytest

from sandbox.defences import PRESETS
from sandbox.exchange import MODES
from sandbox.server.contract import NEW_PASSWORD_LENGTH

SCHEME = {"session": "Session", "jwt": "Bearer", "hybrid": "Bearer"}

everywhere = pytest.mark.parametrize("preset", PRESETS)
in_each_mode = pytest.mark.parametrize("mode", MODES)

NEEDS_LOGIN = [
    ("GET", "/profile", None),
    ("POST", "/transfer", {"to": "bob@bank.example", "amount": 1}),
    ("GET", "/admin", None),
    ("POST", "/logout-all", None),
    ("POST", "/password", {"old": "alice-password", "new": "a new password"}),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions/1", None),
]
call_that_needs_login = pytest.mark.parametrize(
    ("method", "path", "body"), NEEDS_LOGIN, ids=[f"{method} {path}" for method, path, _ in NEEDS_LOGIN]
)


def error_of(answer):
    """Status and error code of a refusal, once its form is right."""
    body = answer.get_json()
    assert set(body) == {"error", "error_description"}
    assert body["error_description"]
    return answer.status_code, body["error"]


# --- POST /login


@everywhere
def test_a_session_login_answers_with_the_user_and_a_cookie(open_bank, preset):
    bank = open_bank(preset)
    answer = bank.visitor("session").try_login()
    fields = {"user", "csrf_token"} if bank.site.defences.csrf_token else {"user"}
    assert set(answer.get_json()) == fields
    assert answer.get_json()["user"] == {"id": 1, "email": "alice@bank.example", "role": "user"}
    assert len(answer.headers.getlist("Set-Cookie")) == 1


@everywhere
def test_a_jwt_login_answers_as_rfc_6750_and_sets_no_cookie(open_bank, preset):
    bank = open_bank(preset)
    answer = bank.visitor("jwt").try_login()
    lifetime = bank.site.defences.jwt_lifetime
    body = answer.get_json()
    assert body.pop("access_token").count(".") == 2
    assert body == {"token_type": "Bearer"} | ({"expires_in": lifetime} if lifetime else {})
    assert "Set-Cookie" not in answer.headers


@everywhere
def test_a_hybrid_login_hands_out_a_refresh_token_too(open_bank, preset):
    bank = open_bank(preset)
    answer = bank.visitor("hybrid").try_login()
    in_cookie = bool(answer.headers.getlist("Set-Cookie"))
    assert ("refresh_token" in answer.get_json()) is not in_cookie
    assert in_cookie is bank.site.defences.refresh_cookie
    assert "csrf_token" not in answer.get_json()  # the access token travels in a header


@everywhere
@in_each_mode
def test_answers_with_a_credential_are_not_cached(open_bank, preset, mode):
    visitor = open_bank(preset).visitor(mode)
    answers = [visitor.try_login()] + ([visitor.refresh()] if mode == "hybrid" else [])
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "application/json"


@everywhere
@in_each_mode
@pytest.mark.parametrize("email", ["alice@bank.example", "nobody@bank.example", "ALICE@bank.example", "' OR 1=1 --"])
def test_a_failed_login_is_a_401_that_does_not_say_what_was_wrong(open_bank, preset, mode, email):
    visitor = open_bank(preset).visitor(mode)
    answer = visitor.post("/login", {"email": email, "password": "wrong"})
    assert error_of(answer) == (401, "invalid_login")
    assert answer.get_json()["error_description"] == "e-mail or password is wrong"
    assert answer.headers["WWW-Authenticate"] == f'{SCHEME[mode]} realm="sandbox"'
    assert "Set-Cookie" not in answer.headers


MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "null": b"null",
    "no fields": b"{}",
    "not UTF-8": b'{"email": "\xff", "password": "x"}',
    "a number": b'{"email": "alice@bank.example", "password": 1}',
    "a list": b'{"email": ["alice@bank.example"], "password": "x"}',
    "empty": b'{"email": "", "password": ""}',
    "NUL": b'{"email": "alice@bank.example", "password": "a\\u0000b"}',
    "half a surrogate pair": b'{"email": "alice@bank.example", "password": "\\ud800"}',
    "nested too deeply": b"[" * 60_000,
    "a number of 5000 digits": b'{"email": ' + b"9" * 5000 + b"}",
}


@in_each_mode
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_login_is_a_400(open_bank, mode, body):
    answer = open_bank("hardened").visitor(mode).call("POST", "/login", data=body, content_type="application/json")
    assert error_of(answer)[0] == 400


@in_each_mode
def test_the_content_type_of_a_login_does_not_matter(open_bank, mode):
    body = json.dumps({"email": "alice@bank.example", "password": "alice-password"})
    assert open_bank().visitor(mode).call("POST", "/login", data=body, content_type="text/plain").status_code == 200


# --- no credentials, and bad ones


@everywhere
@in_each_mode
@call_that_needs_login
def test_no_credentials_is_a_401_with_a_challenge_and_no_error_code(open_bank, preset, mode, method, path, body):
    answer = open_bank(preset).visitor(mode).call(method, path, json=body)
    assert error_of(answer) == (401, "no_credentials")
    assert answer.headers["WWW-Authenticate"] == f'{SCHEME[mode]} realm="sandbox"'


def holding_a_bad_credential(bank, mode):
    visitor = bank.visitor(mode).login()
    visitor.access_token = "bad" if visitor.access_token else None
    visitor.cookies = dict.fromkeys(visitor.cookies, ("bad", "/"))
    return visitor


@everywhere
@call_that_needs_login
def test_a_bad_session_is_a_401_under_every_preset(open_bank, preset, method, path, body):
    answer = holding_a_bad_credential(open_bank(preset), "session").call(method, path, json=body)
    assert error_of(answer) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Session realm="sandbox", error="invalid_token"'


@pytest.mark.parametrize("preset", ["bare", "hardened"])
@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
@call_that_needs_login
def test_a_bad_token_is_a_401_with_the_error_of_rfc_6750(open_bank, preset, mode, method, path, body):
    answer = holding_a_bad_credential(open_bank(preset), mode).call(method, path, json=body)
    assert error_of(answer) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sandbox", error="invalid_token"'


@pytest.mark.parametrize("preset", ["as_written", "as_advised"])
@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
@call_that_needs_login
def test_without_rfc6750_errors_a_bad_token_is_a_bare_403(open_bank, preset, mode, method, path, body):
    answer = holding_a_bad_credential(open_bank(preset), mode).call(method, path, json=body)
    assert error_of(answer) == (403, "invalid_token")
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic YWxpY2U6", "Token x", "", "bearer\t", "Digest x=1"])
def test_an_authorization_header_without_a_bearer_token_is_no_credentials(open_bank, value):
    answer = open_bank().visitor("jwt").call("GET", "/profile", headers={"Authorization": value})
    assert error_of(answer) == (401, "no_credentials")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(open_bank, scheme):
    alice = open_bank().visitor("jwt").login()
    assert alice.call("GET", "/profile", headers={"Authorization": f"{scheme} {alice.access_token}"}).status_code == 200


# --- GET /profile and GET /admin


@everywhere
@in_each_mode
def test_a_profile_has_id_email_and_role(open_bank, preset, mode):
    answer = open_bank(preset).visitor(mode).login().profile()
    assert answer.status_code == 200
    assert answer.get_json() == {"user": {"id": 1, "email": "alice@bank.example", "role": "user"}}


@everywhere
@in_each_mode
def test_an_admin_sees_the_admin_page(open_bank, preset, mode):
    answer = open_bank(preset).visitor(mode, "carol").login().call("GET", "/admin")
    assert answer.status_code == 200
    assert "alice@bank.example" in answer.get_json()["accounts"]


@everywhere
@in_each_mode
def test_lacking_the_role_is_a_403_insufficient_scope(open_bank, preset, mode):
    answer = open_bank(preset).visitor(mode).login().call("GET", "/admin")
    assert error_of(answer) == (403, "insufficient_scope")
    assert answer.headers["WWW-Authenticate"] == f'{SCHEME[mode]} realm="sandbox", error="insufficient_scope"'


@in_each_mode
def test_a_changed_role_counts_at_once_with_live_roles_and_at_the_next_login_without(open_bank, mode):
    bank = open_bank()
    carol = bank.visitor(mode, "carol").login()
    bank.store(mode).set_role("carol@bank.example", "user")
    assert carol.call("GET", "/admin").status_code == 200
    bank.switch(live_roles=True)
    assert carol.call("GET", "/admin").status_code == 403
    bank.switch(live_roles=False)
    assert bank.visitor(mode, "carol").login().call("GET", "/admin").status_code == 403


# --- POST /transfer


@everywhere
@in_each_mode
@pytest.mark.parametrize("form", [False, True], ids=["JSON", "form"])
def test_a_transfer_moves_money_and_answers_with_the_balance(open_bank, preset, mode, form):
    bank = open_bank(preset)
    alice = bank.visitor(mode).login()
    body = {"to": "bob@bank.example", "amount": 250}
    answer = alice.call("POST", "/transfer", **({"data": body} if form else {"json": body}))
    assert (answer.status_code, answer.get_json()) == (200, {"balance": 750})
    assert [row["balance"] for row in bank.rows(mode, "users")] == [750, 1250, 1000]


WRONG_TRANSFERS = {
    "nothing": ("bob@bank.example", 0),
    "less than nothing": ("bob@bank.example", -1),
    "a fraction": ("bob@bank.example", 1.5),
    "a text": ("bob@bank.example", "1"),
    "true": ("bob@bank.example", True),
    "no amount": ("bob@bank.example", None),
    "too much": ("bob@bank.example", 1001),
    "astronomic": ("bob@bank.example", 10**30),
    "nobody": ("nobody@bank.example", 1),
    "no payee": (None, 1),
}


@in_each_mode
@pytest.mark.parametrize(("to", "amount"), WRONG_TRANSFERS.values(), ids=WRONG_TRANSFERS)
def test_a_wrong_transfer_is_a_400_and_moves_nothing(open_bank, mode, to, amount):
    bank = open_bank("hardened")
    answer = bank.visitor(mode).login().transfer(amount, to)
    assert error_of(answer) == (400, "invalid_request")
    assert [row["balance"] for row in bank.rows(mode, "users")] == [1000, 1000, 1000]


@pytest.mark.parametrize("amount", ["0", "-1", "1.5", "", "x", "1e3", "٣", " 1", "9" * 400])
def test_a_wrong_amount_in_a_form_is_a_400(open_bank, amount):
    alice = open_bank().visitor("session").login()
    answer = alice.call("POST", "/transfer", data={"to": "bob@bank.example", "amount": amount})
    assert error_of(answer) == (400, "invalid_request")


def test_everything_one_has_can_be_sent_but_no_more(open_bank):
    alice = open_bank().visitor("jwt").login()
    assert alice.transfer(1000).get_json() == {"balance": 0}
    assert alice.transfer(1).status_code == 400


def test_money_sent_to_oneself_is_neither_made_nor_lost(open_bank):
    assert open_bank().visitor("session").login().transfer(600, "alice@bank.example").get_json() == {"balance": 1000}


# --- POST /logout and POST /logout-all


@everywhere
@in_each_mode
@pytest.mark.parametrize("path", ["/logout", "/logout-all"])
def test_logout_is_a_204_without_a_body(open_bank, preset, mode, path):
    answer = open_bank(preset).visitor(mode).login().logout(path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Length" not in answer.headers


@everywhere
@in_each_mode
@pytest.mark.parametrize("bad", [False, True], ids=["nothing", "a bad credential"])
def test_logout_with_nothing_to_end_is_a_204_as_well(open_bank, preset, mode, bad):
    bank = open_bank(preset)
    visitor = holding_a_bad_credential(bank, mode) if bad else bank.visitor(mode)
    assert visitor.post("/logout").status_code == 204


@everywhere
@in_each_mode
def test_logout_tells_the_browser_to_drop_its_cookies(open_bank, preset, mode):
    alice = open_bank(preset).visitor(mode).login()
    alice.logout()
    assert alice.cookies == {}


@in_each_mode
def test_logout_ends_one_login_and_logout_all_ends_all_that_the_server_keeps(open_bank, mode):
    bank = open_bank("bare", end_on_logout=True)
    phone, laptop, tablet = (bank.visitor(mode).login() for _ in range(3))
    bob = bank.visitor(mode, "bob").login()
    kept = {each: each.copy() for each in (phone, laptop, tablet, bob)}

    def alive(visitor):
        return (kept[visitor].refresh() if mode == "hybrid" else kept[visitor].profile()).status_code == 200

    phone.logout()
    assert [alive(each) for each in (phone, laptop, tablet)] == [mode == "jwt", True, True]
    laptop.logout("/logout-all")
    assert [alive(each) for each in (phone, laptop, tablet)] == [mode == "jwt"] * 3
    assert alive(bob)


@pytest.mark.parametrize("mode", ["session", "hybrid"])
@pytest.mark.parametrize("path", ["/logout", "/logout-all"])
@pytest.mark.parametrize("on", [False, True])
def test_end_on_logout_decides_whether_the_server_ends_what_it_keeps(open_bank, mode, path, on):
    alice = open_bank("bare", end_on_logout=on).visitor(mode).login()
    thief = alice.copy()
    alice.logout(path)
    assert ((thief.refresh() if mode == "hybrid" else thief.profile()).status_code == 200) is not on


# --- POST /password


@everywhere
@in_each_mode
def test_a_password_can_be_changed(open_bank, preset, mode):
    bank = open_bank(preset)
    answer = bank.visitor(mode).login().change_password("a new password")
    assert (answer.status_code, answer.data) == (204, b"")
    assert bank.visitor(mode).try_login("alice-password").status_code == 401
    assert bank.visitor(mode).try_login("a new password").status_code == 200


@in_each_mode
def test_the_wrong_old_password_is_a_401_and_changes_nothing(open_bank, mode):
    bank = open_bank()
    answer = bank.visitor(mode).login().post("/password", {"old": "wrong", "new": "a new password"})
    assert error_of(answer) == (401, "invalid_login")
    assert answer.headers["WWW-Authenticate"] == f'{SCHEME[mode]} realm="sandbox"'
    assert bank.visitor(mode).try_login().status_code == 200


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ("x" * (NEW_PASSWORD_LENGTH - 1), 400),
        ("x" * NEW_PASSWORD_LENGTH, 204),
        ("x" * 72, 204),
        ("x" * 73, 400),
        ("é" * 36, 204),
        ("é" * 37, 400),
        ("\0" * 8, 400),
    ],
)
def test_a_new_password_has_8_characters_and_at_most_72_bytes(open_bank, new, status):
    assert open_bank().visitor("session").login().change_password(new).status_code == status


@in_each_mode
@pytest.mark.parametrize("on", [False, True])
def test_user_epoch_decides_whether_a_new_password_ends_earlier_logins(open_bank, mode, on):
    bank = open_bank("bare", user_epoch=on)
    alice, bob = bank.visitor(mode).login(), bank.visitor(mode, "bob").login()
    alice.change_password("a new password")
    assert (alice.profile().status_code == 401) is on
    if mode == "hybrid":
        assert (alice.refresh().status_code == 400) is on
    assert bob.profile().status_code == 200
    assert bank.visitor(mode).login("a new password").profile().status_code == 200


@in_each_mode
@pytest.mark.parametrize("on", [False, True])
def test_user_epoch_lets_logout_all_end_what_the_server_does_not_keep(open_bank, mode, on):
    alice = open_bank("bare", user_epoch=on).visitor(mode).login()
    thief = alice.copy()
    alice.logout("/logout-all")
    assert (thief.profile().status_code == 401) is on


# --- GET and DELETE /sessions


@everywhere
@pytest.mark.parametrize("mode", ["session", "hybrid"])
def test_the_server_lists_this_users_logins_and_marks_the_current_one(open_bank, preset, mode):
    bank = open_bank(preset)
    bank.visitor(mode, "bob").login()
    first = bank.visitor(mode).login()
    bank.clock.advance(minutes=1)
    second = bank.visitor(mode).login()
    rows = first.call("GET", "/sessions").get_json()["sessions"]
    assert [(row["created_at"], row["current"]) for row in rows] == [
        ("2026-01-01T09:00:00Z", True),
        ("2026-01-01T09:01:00Z", False),
    ]
    again = second.call("GET", "/sessions").get_json()["sessions"]
    assert [row["current"] for row in again] == [False, True]


@everywhere
def test_jwt_mode_has_no_list_and_says_why(open_bank, preset):
    answer = open_bank(preset).visitor("jwt").login().call("GET", "/sessions")
    assert error_of(answer) == (404, "no_list")
    assert "stateless" in answer.get_json()["error_description"]


@everywhere
@pytest.mark.parametrize("mode", ["session", "hybrid"])
def test_one_login_can_be_ended_from_another(open_bank, preset, mode):
    bank = open_bank(preset)
    lost, here = bank.visitor(mode).login(), bank.visitor(mode).login()
    rows = here.call("GET", "/sessions").get_json()["sessions"]
    (other,) = [row["id"] for row in rows if not row["current"]]
    answer = here.call("DELETE", f"/sessions/{other}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert (lost.refresh() if mode == "hybrid" else lost.profile()).status_code in (400, 401)
    assert here.profile().status_code == 200
    assert error_of(here.call("DELETE", f"/sessions/{other}")) == (404, "not_found")


@everywhere
@pytest.mark.parametrize("mode", ["session", "hybrid"])
def test_nobody_ends_the_login_of_somebody_else(open_bank, preset, mode):
    bank = open_bank(preset)
    bob, alice = bank.visitor(mode, "bob").login(), bank.visitor(mode).login()
    (row,) = bob.call("GET", "/sessions").get_json()["sessions"]
    assert error_of(alice.call("DELETE", f"/sessions/{row['id']}")) == (404, "not_found")
    assert (bob.refresh() if mode == "hybrid" else bob.profile()).status_code == 200


@in_each_mode
@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "1.0", "٣", "9" * 15, "9" * 400, "%00"])
def test_a_login_that_does_not_exist_is_a_404(open_bank, mode, number):
    answer = open_bank("hardened").visitor(mode).login().call("DELETE", f"/sessions/{number}")
    assert error_of(answer) == (404, "not_found")
