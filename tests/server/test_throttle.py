"""Throttled logins: by account and by client address, in simulated time."""

import pytest

from sandbox.exchange import MODES
from sandbox.server.throttle import PER_ACCOUNT, PER_CLIENT, WINDOW


@pytest.fixture
def bank(open_bank):
    return open_bank("bare", throttle_login=True)


def fail(visitor, times):
    return [visitor.try_login("wrong").status_code for _ in range(times)]


@pytest.mark.parametrize("mode", MODES)
def test_an_account_is_throttled_after_five_failures_even_for_the_right_password(bank, mode):
    alice = bank.visitor(mode)
    assert fail(alice, PER_ACCOUNT + 1) == [401] * PER_ACCOUNT + [429]
    answer = alice.try_login()
    assert (answer.status_code, answer.get_json()["error"]) == (429, "too_many_failures")
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("mode", MODES)
def test_off_nobody_is_throttled(open_bank, mode):
    bank = open_bank("bare")
    assert fail(bank.visitor(mode), 100) == [401] * 100
    assert bank.rows(mode, "login_failures") == []


def test_a_correct_first_guess_still_wins(bank):
    assert bank.visitor("session").try_login().status_code == 200


def test_the_last_try_before_the_limit_counts(bank):
    alice = bank.visitor("session")
    fail(alice, PER_ACCOUNT - 1)
    assert alice.try_login().status_code == 200


def test_who_waits_as_long_as_retry_after_says_may_try_again(bank):
    alice = bank.visitor("session")
    fail(alice, PER_ACCOUNT)
    wait = int(alice.try_login().headers["Retry-After"])
    assert wait == WINDOW
    bank.clock.advance(seconds=wait - 1)
    assert alice.try_login().status_code == 429
    bank.clock.advance(seconds=1)
    assert alice.try_login().status_code == 200


def test_a_throttled_try_is_no_further_failure(bank):
    alice = bank.visitor("session")
    fail(alice, PER_ACCOUNT)
    bank.clock.advance(seconds=WINDOW - 1)
    assert fail(alice, 3) == [429] * 3
    bank.clock.advance(seconds=1)
    assert alice.try_login().status_code == 200


def test_a_success_wipes_the_accounts_slate_but_not_the_clients(bank):
    alice = bank.visitor("session")
    for _ in range(PER_CLIENT // (PER_ACCOUNT - 1)):
        assert set(fail(alice, PER_ACCOUNT - 1)) == {401}
        assert alice.try_login().status_code in (200, 429)
    assert alice.try_login().status_code == 429  # the client's twenty are full


def test_an_account_is_throttled_whoever_tries(bank):
    for number in range(PER_ACCOUNT):
        fail(bank.visitor("session", address=f"203.0.113.{number}"), 1)
    assert bank.visitor("session", address="203.0.113.99").try_login().status_code == 429


def test_a_client_is_throttled_whatever_account_it_tries(bank):
    statuses = [
        bank.visitor("session", f"user{number}", address="203.0.113.66").try_login().status_code
        for number in range(PER_CLIENT + 1)
    ]
    assert statuses == [401] * PER_CLIENT + [429]
    assert bank.visitor("session", address="203.0.113.66").try_login().status_code == 429
    assert bank.visitor("session", address="198.51.100.1").try_login().status_code == 200


def test_one_account_leaves_the_others_alone(bank):
    fail(bank.visitor("session"), PER_ACCOUNT)
    assert bank.visitor("session", "bob").try_login().status_code == 200


def test_an_unknown_account_is_throttled_as_a_known_one(bank):
    assert fail(bank.visitor("session", "nobody"), PER_ACCOUNT + 1) == [401] * PER_ACCOUNT + [429]


def test_old_failures_leave_the_store(bank):
    fail(bank.visitor("session"), 3)
    bank.clock.advance(seconds=WINDOW + 1)
    fail(bank.visitor("session"), 1)
    assert len(bank.rows("session", "login_failures")) == 2  # one for the account, one for the client
