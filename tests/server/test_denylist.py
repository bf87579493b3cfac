"""The denylist: logout denies every live token of a login, and entries leave when no verifier takes them any more."""

import pytest

from sandbox.clock import MINUTE
from sandbox.server.tokens import LEEWAY, decode_unverified

FINITE = {"jwt_lifetime": 15 * MINUTE, "access_lifetime": 15 * MINUTE}
BY_TOKEN = pytest.mark.parametrize("mode", ["jwt", "hybrid"])


def jti_of(visitor):
    return decode_unverified(visitor.access_token)[1]["jti"]


def denied(bank, mode):
    return [row["jti"] for row in bank.rows(mode, "denylist")]


@BY_TOKEN
@pytest.mark.parametrize("path", ["/logout", "/logout-all"])
@pytest.mark.parametrize("on", [False, True])
def test_denylist_decides_whether_logout_ends_the_access_token(open_bank, mode, path, on):
    bank = open_bank("bare", **FINITE, denylist=on)
    alice = bank.visitor(mode).login()
    thief = alice.copy()
    alice.logout(path)
    answer = thief.profile()
    assert (answer.status_code == 401) is on
    assert denied(bank, mode) == ([jti_of(thief)] if on else [])
    if on:
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sandbox", error="invalid_token"'


@BY_TOKEN
def test_only_the_login_that_logs_out_is_denied(open_bank, mode):
    bank = open_bank("bare", denylist=True)
    phone, laptop = bank.visitor(mode).login(), bank.visitor(mode).login()
    phone.logout()
    assert laptop.profile().status_code == 200


def test_logout_denies_every_access_token_of_the_family(open_bank):
    bank = open_bank("bare", denylist=True, rotate_refresh=True)
    alice = bank.visitor("hybrid").login()
    copies = []
    for _ in range(3):
        copies.append(alice.copy())
        alice.refresh()
    copies.append(alice.copy())
    assert [each.profile().status_code for each in copies] == [200] * 4
    alice.logout()
    assert [each.profile().status_code for each in copies] == [401] * 4


def test_logout_by_the_refresh_token_alone_denies_the_access_tokens(open_bank):
    alice = open_bank("bare", denylist=True).visitor("hybrid").login()
    thief = alice.copy()
    alice.access_token = None
    alice.logout()
    assert thief.profile().status_code == 401


def test_a_login_ended_from_another_device_is_denied(open_bank):
    bank = open_bank("bare", denylist=True)
    lost, here = bank.visitor("hybrid").login(), bank.visitor("hybrid").login()
    here.call("DELETE", "/sessions/1")
    assert lost.profile().status_code == 401
    assert here.profile().status_code == 200


@BY_TOKEN
def test_logging_out_once_more_denies_once(open_bank, mode):
    bank = open_bank("bare", denylist=True)
    alice = bank.visitor(mode).login()
    again = alice.copy()
    alice.logout()
    assert again.logout().status_code == 204
    assert len(denied(bank, mode)) == 1


def test_a_forged_token_gets_nothing_denied(open_bank):
    bank = open_bank("bare", denylist=True)
    alice = bank.visitor("jwt").login()
    mallory = alice.copy()
    mallory.access_token = alice.access_token[:-6] + "AAAAAA"
    mallory.logout()
    assert denied(bank, "jwt") == []


def test_session_mode_has_nothing_to_deny(open_bank):
    bank = open_bank("hardened")
    bank.visitor("session").login().logout()
    assert denied(bank, "session") == []


# --- pruning


@BY_TOKEN
@pytest.mark.parametrize("on", [False, True])
def test_prune_denylist_decides_whether_the_denylist_grows_without_end(open_bank, mode, on):
    bank = open_bank("bare", **FINITE, denylist=True, prune_denylist=on)
    for _ in range(60):
        bank.visitor(mode).login().logout()
        bank.clock.advance(minutes=1)
    bank.visitor(mode).login().logout()
    assert len(denied(bank, mode)) == (15 if on else 61)


@BY_TOKEN
@pytest.mark.parametrize("leeway", [False, True])
@pytest.mark.parametrize(("second", "kept"), [(-1, True), (0, False)])
def test_an_entry_is_kept_to_the_last_second_at_which_its_token_would_be_taken(
    open_bank, mode, leeway, second, kept
):
    bank = open_bank("bare", **FINITE, denylist=True, prune_denylist=True, leeway=leeway)
    alice = bank.visitor(mode).login()
    thief, unspent = alice.copy(), bank.visitor(mode).login()
    alice.logout()
    bank.clock.advance(seconds=15 * MINUTE + (LEEWAY if leeway else 0) + second)
    bank.visitor(mode, "bob").login().logout()  # what prunes
    assert (jti_of(thief) in denied(bank, mode)) is kept
    assert thief.profile().status_code == 401
    assert (unspent.profile().status_code == 200) is kept  # the same token, had nobody denied it


def test_an_entry_without_an_end_is_never_pruned(open_bank):
    bank = open_bank("bare", denylist=True, prune_denylist=True)
    alice = bank.visitor("jwt").login()
    thief = alice.copy()
    alice.logout()
    bank.clock.advance(days=4000)
    bank.visitor("jwt").login().logout()
    assert thief.profile().status_code == 401


def test_what_is_noted_of_live_tokens_is_pruned_too(open_bank):
    bank = open_bank("bare", **FINITE, denylist=True, prune_denylist=True)
    for _ in range(5):
        bank.visitor("hybrid").login()
        bank.clock.advance(minutes=10)
    assert len(bank.rows("hybrid", "live_tokens")) == 2


@BY_TOKEN
def test_off_the_denylist_costs_neither_a_read_nor_a_write(open_bank, mode):
    work = {}
    for on in (False, True):
        bank = open_bank("bare", denylist=on)
        alice = bank.visitor(mode).login()
        counts = bank.store(mode).counts
        counts.reset()
        alice.profile()
        work[on] = (counts.reads, counts.writes)
    assert work == {False: (0, 0), True: (1, 0)}
