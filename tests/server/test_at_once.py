"""Many at once: what must hold however the server's threads interleave."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.server.throttle import PER_ACCOUNT

WRONG = {"email": "alice@bank.example", "password": "wrong-password"}
RIGHT = {"email": "alice@bank.example", "password": "alice-password"}


def together(count, call):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: call(), range(count)))


@pytest.fixture
def post(open_bank):
    def one(mode, body, preset="bare", **switches):
        bank = open_bank(preset, **switches)
        return lambda: bank.app.test_client().post(f"/{mode}/login", json=body)

    return one


def test_wrong_logins_at_once_don_t_slip_through_the_throttle(post):
    call = post("session", WRONG, throttle_login=True, bcrypt_cost=8)
    answers = [answer.status_code for answer in together(24, call)]
    assert answers.count(401) == PER_ACCOUNT
    assert answers.count(429) == 24 - PER_ACCOUNT


def test_right_logins_at_once_share_one_rsa_key(open_bank):
    pytest.importorskip("cryptography")
    bank = open_bank("bare", signing="RS256")

    def login_and_look():
        client = bank.app.test_client()
        token = client.post("/jwt/login", json=RIGHT).get_json()["access_token"]
        return client.get("/jwt/profile", headers={"Authorization": f"Bearer {token}"}).status_code

    assert together(8, login_and_look) == [200] * 8


def test_a_logout_within_a_refresh_leaves_nothing_alive(open_bank, monkeypatch):
    bank = open_bank("bare", rotate_refresh=True, end_on_logout=True, denylist=True)
    alice = bank.visitor("hybrid").login()
    mallory = alice.copy()
    store = bank.store("hybrid")
    rotate = store.rotate

    def logout_first(*args):
        monkeypatch.setattr(store, "rotate", rotate)
        assert alice.logout().status_code == 204
        return rotate(*args)

    monkeypatch.setattr(store, "rotate", logout_first)
    assert mallory.refresh().status_code == 400
    assert mallory.profile().status_code == 401
