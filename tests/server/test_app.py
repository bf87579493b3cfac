"""The lesson app as a whole: what is in it, its clock on the wire, and Flask's own errors as JSON."""

import pytest

from sandbox.clock import Clock
from sandbox.defences import PRESETS, Defences
from sandbox.errors import UnknownName
from sandbox.exchange import MODES
from sandbox.server import create_app
from sandbox.server.app import MAX_BODY, create_service
from sandbox.server.tokens import decode_unverified


def test_healthz_says_ok(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_create_app_needs_no_arguments_and_is_hardened():
    assert create_app().extensions["sandbox"].defences == Defences.preset("hardened")


@pytest.mark.parametrize("preset", PRESETS)
def test_create_app_takes_each_preset(preset):
    assert create_app(preset).extensions["sandbox"].defences == Defences.preset(preset)


def test_an_unknown_preset_is_refused():
    with pytest.raises(UnknownName, match="hardened"):
        create_app("hardend")


def test_defences_override_the_preset():
    defences = Defences(denylist=True)
    assert create_app("hardened", defences=defences).extensions["sandbox"].defences is defences


def test_two_apps_share_neither_keys_nor_stores():
    one, other = create_app("bare"), create_app("bare")
    assert one.extensions["sandbox"].keys != other.extensions["sandbox"].keys
    assert one.extensions["sandbox_modes"]["jwt"].store is not other.extensions["sandbox_modes"]["jwt"].store


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_the_demo_accounts_can_log_in(open_bank, mode, name):
    role = "admin" if name == "carol" else "user"
    profile = open_bank().visitor(mode, name).login().profile()
    assert profile.get_json()["user"] | {"id": 0} == {"id": 0, "email": f"{name}@bank.example", "role": role}


@pytest.mark.parametrize("cost", [4, 5, 10])
def test_demo_accounts_have_a_hash_at_the_cost_that_is_set(cost):
    modes = create_app(defences=Defences(bcrypt_cost=cost)).extensions["sandbox_modes"]
    user = modes["session"].store.user_by_email("alice@bank.example")
    assert user.password_hash.startswith(f"$2b${cost:02}$")


def test_nothing_done_in_one_mode_disturbs_another(open_bank):
    bank = open_bank()
    bank.visitor("session").login().transfer(100)
    balances = {mode: bank.rows(mode, "users")[0]["balance"] for mode in MODES}
    assert balances == {"session": 900, "jwt": 1000, "hybrid": 1000}


# --- on every answer


@pytest.mark.parametrize("path", ["/healthz", "/session/profile", "/nowhere", "/jwt/login"])
def test_every_answer_bears_the_simulated_date_and_is_not_cached(open_bank, path):
    bank = open_bank()
    bank.clock.advance(days=40)
    answer = bank.app.test_client().get(path)
    assert answer.headers["Date"] == "Tue, 10 Feb 2026 09:00:00 GMT"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Server"] == "auth-sandbox"


def test_without_a_clock_the_simulated_one_stands_at_its_start():
    assert create_app().extensions["sandbox"].clock.now() == Clock().now()


# --- Flask's own errors


@pytest.mark.parametrize("path", ["/", "/nowhere", "/session", "/session/nowhere", "/jwt/refresh", "/jwt/sessions/1/2"])
def test_an_unknown_path_is_a_404_in_json(client, path):
    answer = client.post(path)
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/session/login", {"POST", "OPTIONS"}),
        ("POST", "/jwt/profile", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/hybrid/transfer", {"POST", "OPTIONS"}),
        ("GET", "/hybrid/refresh", {"POST", "OPTIONS"}),
        ("GET", "/session/sessions/1", {"DELETE", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_a_405_in_json_that_names_the_right_ones(client, method, path, allowed):
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.get_json()["error"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/session//profile", "/session/profile//", "/./healthz", "/session/../healthz"])
def test_a_path_that_is_merely_like_one_of_ours_is_a_404(client, path):
    answer = client.get("/", environ_overrides={"PATH_INFO": path})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["/login", "/transfer", "/password"])
def test_a_body_over_the_limit_is_a_413_in_json(open_bank, mode, path):
    visitor = open_bank().visitor(mode).login()
    answer = visitor.call("POST", path, data=b"x" * (MAX_BODY + 1), content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]) == (413, "request_entity_too_large")


def test_a_body_at_the_limit_is_read(open_bank):
    answer = open_bank().visitor("session").call("POST", "/login", data=b"x" * MAX_BODY)
    assert answer.status_code == 400


def test_an_error_of_the_server_itself_is_json_without_its_reason(open_bank):
    bank = open_bank()
    bank.modes["session"].store.user_by_email = lambda email: 1 / 0
    answer = bank.visitor("session").try_login()
    assert answer.status_code == 500
    assert "zero" not in answer.get_data(as_text=True)
    assert set(answer.get_json()) == {"error", "error_description"}


# --- the public key


def test_whoever_asks_reads_the_public_key_and_nothing_private(open_bank):
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    bank = open_bank("bare", signing="RS256")
    answer = bank.app.test_client().get("/public-key.pem")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-pem-file")
    assert answer.data == bank.site.keys.public_pem()
    assert answer.data.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert serialization.load_pem_public_key(answer.data) == bank.site.keys.rsa().public_key()


def test_hs256_has_no_public_key(client):
    answer = client.get("/public-key.pem")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


def test_rs256_works_whole_and_with_a_kid_of_its_own(open_bank):
    pytest.importorskip("cryptography")
    for kid_map in (False, True):
        alice = open_bank("bare", signing="RS256", kid_map=kid_map).visitor("jwt").login()
        assert alice.profile().status_code == 200
        assert decode_unverified(alice.access_token)[0] == {"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}


# --- further nodes, and other services


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("on", [False, True])
def test_shared_store_decides_whether_a_further_node_knows_what_the_first_keeps(open_bank, mode, on):
    bank = open_bank("bare", shared_store=on, live_roles=True)
    alice = bank.visitor(mode).login()
    bank.store(mode).set_role("bob@bank.example", "admin")
    other = create_app(beside=bank.app)
    there = alice.copy()
    there._client = other.test_client(use_cookies=False)
    knows = there.profile().status_code == 200
    assert knows is (on or mode != "session")  # a token says it all, and both nodes have the keys
    if mode == "hybrid":
        assert (there.refresh().status_code == 200) is on
    second = other.extensions["sandbox_modes"][mode].store
    assert (second is bank.store(mode)) is on
    assert second.tables()["users"] == bank.rows(mode, "users")


def test_a_further_node_may_have_a_slow_clock(open_bank):
    bank = open_bank("bare")
    other = create_app(beside=bank.app, clock=bank.clock.behind(20))
    assert other.test_client().get("/healthz").headers["Date"] == "Thu, 01 Jan 2026 08:59:40 GMT"


def test_another_service_signs_with_the_same_keys_for_itself(open_bank):
    bank = open_bank("bare")
    shop = create_service(bank.app, "https://shop.example", ("mallory", "user", "1", 5))
    login = {"email": "mallory@bank.example", "password": "mallory-password"}
    token = shop.test_client().post("/jwt/login", json=login).get_json()["access_token"]
    claims = decode_unverified(token)[1]
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("https://shop.example", "https://shop.example/jwt", "1")
    assert [row["email"] for row in shop.extensions["sandbox_modes"]["jwt"].store.tables()["users"]] == [login["email"]]
    for strict in (False, True):
        bank.switch(verify_issuer_audience=strict)
        relayed = bank.visitor("jwt").call("GET", "/profile", headers={"Authorization": f"Bearer {token}"})
        assert (relayed.status_code == 401) is strict
