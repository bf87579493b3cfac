"""Many at once: what must hold however the server's threads interleave."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from werkzeug.test import Client

from sandbox.server.gate import METER_HEADER, METERED
from sandbox.server.meter import Meter, hear
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


@pytest.mark.parametrize("detect_reuse", [False, True])
def test_of_two_refreshes_at_once_one_wins(open_bank, detect_reuse):
    for _ in range(10):
        bank = open_bank("bare", rotate_refresh=True, detect_reuse=detect_reuse)
        alice = bank.visitor("hybrid").login()
        tabs = [alice.copy(), alice.copy()]
        answers = [answer.status_code for answer in together(2, lambda tabs=tabs: tabs.pop().refresh())]
        assert sorted(answers) == [200, 400]
        [family] = bank.rows("hybrid", "refresh_families")
        assert (family["ended_at"] is not None) is detect_reuse
        assert len(bank.rows("hybrid", "refresh_tokens")) == 2


def test_of_two_refreshes_at_once_both_get_the_same_successor_within_the_grace(open_bank):
    bank = open_bank("bare", rotate_refresh=True, detect_reuse=True, reuse_grace=True)
    alice = bank.visitor("hybrid").login()
    tabs = [alice.copy(), alice.copy()]
    answers = [answer.get_json()["refresh_token"] for answer in together(2, lambda: tabs.pop().refresh())]
    assert len(set(answers)) == 1
    assert bank.rows("hybrid", "refresh_families")[0]["ended_at"] is None


def test_two_requests_at_once_are_each_told_their_own_work(open_bank):
    """A counter of the whole store would tell one the other's work too."""
    bank = open_bank("bare")
    token = bank.visitor("jwt").login().access_token
    meter = Meter(bank.app)
    store, meet = bank.store("jwt"), Barrier(2, timeout=5)
    look_up = store.user_by_email

    def meet_half_way(email):
        meet.wait()  # both are within their requests now
        found = look_up(email)
        meet.wait()
        return found

    store.user_by_email = meet_half_way

    def ask(path, body):
        answer = Client(meter).post(
            path, json=body, headers={"Authorization": f"Bearer {token}"}, environ_overrides={METERED: True}
        )
        return hear(answer.headers[METER_HEADER])

    calls = [("/jwt/login", RIGHT), ("/jwt/transfer", {"to": "bob@bank.example", "amount": 1})]
    with ThreadPoolExecutor(2) as pool:
        login, transfer = pool.map(lambda call: ask(*call), calls)
    assert (login[:2], transfer[:2]) == ((1, 0), (2, 2))
    assert ["alice@bank.example" in each.sql for each in login[2]] == [True]
    assert [each.changed for each in transfer[2]] == [None, 1, 1, None]
    assert {"throttle_login", "jwt_lifetime"} <= {*login[3]} - {*transfer[3]}
    assert {"verify_type", "denylist"} <= {*transfer[3]} - {*login[3]}
