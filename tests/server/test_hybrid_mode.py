"""Hybrid mode: a short access token, and a stored refresh token that rotates, is detected, and can be revoked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.defences import PRESETS
from sandbox.server.modes.hybrid_mode import GRACE
from sandbox.server.tokens import LEEWAY

DETECT = {"rotate_refresh": True, "detect_reuse": True}
FORGIVE = {**DETECT, "reuse_grace": True}


def invalid_grant(answer):
    """Whether a refresh was refused as RFC 6749 5.2 says it."""
    refused = answer.status_code == 400
    if refused:
        assert answer.get_json()["error"] == "invalid_grant"
        assert "WWW-Authenticate" not in answer.headers
    return refused


@pytest.mark.parametrize("preset", PRESETS)
def test_a_refresh_gives_a_new_access_token_and_a_new_refresh_token_if_rotated(open_bank, preset):
    bank = open_bank(preset)
    alice = bank.visitor("hybrid").login()
    before = alice.copy()
    answer = alice.refresh()
    assert answer.status_code == 200
    assert answer.get_json()["token_type"] == "Bearer"
    assert answer.get_json().get("expires_in") == bank.site.defences.access_lifetime
    assert alice.access_token != before.access_token
    rotated = (alice.refresh_token, alice.cookies) != (before.refresh_token, before.cookies)
    assert rotated is bank.site.defences.rotate_refresh
    assert alice.profile().status_code == 200
    assert alice.refresh().status_code == 200


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "body",
    [None, {}, [], "x", {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": 1}, {"refresh_token": "é"},
     {"refresh_token": "unknown"}, {"refresh_token": ["x"]}, {"refresh_token": "\0"}, {"refresh_token": "x" * 9999}],
)  # fmt: skip
def test_what_is_no_refresh_token_is_an_invalid_grant(open_bank, preset, body):
    assert invalid_grant(open_bank(preset).visitor("hybrid").post("/refresh", body))


def test_an_access_token_is_no_refresh_token(open_bank):
    alice = open_bank().visitor("hybrid").login()
    alice.refresh_token = alice.access_token
    assert invalid_grant(alice.refresh())


def test_a_refresh_token_is_no_access_token(open_bank):
    alice = open_bank().visitor("hybrid").login()
    alice.access_token = alice.refresh_token
    assert alice.profile().status_code == 401


# --- lifetimes, at the exact second


@pytest.mark.parametrize("leeway", [False, True])
@pytest.mark.parametrize(("second", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_an_access_token_ends_at_its_exp_and_a_refresh_heals_it(open_bank, leeway, second, status):
    bank = open_bank("bare", access_lifetime=5 * MINUTE, leeway=leeway)
    alice = bank.visitor("hybrid").login()
    bank.clock.advance(seconds=5 * MINUTE + (LEEWAY if leeway else 0) + second)
    assert alice.profile().status_code == status
    alice.refresh()
    assert alice.profile().status_code == 200


@pytest.mark.parametrize("leeway", [False, True])
@pytest.mark.parametrize(("second", "refused"), [(-1, False), (0, True), (1, True)])
def test_a_refresh_token_ends_so_long_after_its_own_issue(open_bank, second, refused, leeway):
    bank = open_bank("bare", refresh_lifetime=DAY, leeway=leeway)
    alice = bank.visitor("hybrid").login()
    bank.clock.advance(seconds=DAY + second)
    assert invalid_grant(alice.refresh()) is refused


@pytest.mark.parametrize("rotate", [False, True])
def test_rotation_lets_the_refresh_lifetime_slide(open_bank, rotate):
    bank = open_bank("bare", refresh_lifetime=DAY, rotate_refresh=rotate)
    alice = bank.visitor("hybrid").login()
    bank.clock.advance(seconds=DAY - 1)
    assert not invalid_grant(alice.refresh())
    bank.clock.advance(seconds=DAY - 1)
    assert invalid_grant(alice.refresh()) is not rotate


@pytest.mark.parametrize(("second", "refused"), [(-1, False), (0, True), (1, True)])
def test_the_absolute_lifetime_ends_a_family_however_busy(open_bank, second, refused):
    bank = open_bank("bare", rotate_refresh=True, refresh_lifetime=2 * HOUR, absolute_lifetime=DAY)
    alice = bank.visitor("hybrid").login()
    for _ in range(23):
        bank.clock.advance(hours=1)
        assert not invalid_grant(alice.refresh())
    bank.clock.advance(seconds=HOUR + second)
    assert invalid_grant(alice.refresh()) is refused


# --- rotation and reuse


def test_without_rotation_a_copy_works_beside_the_original(open_bank):
    alice = open_bank("bare").visitor("hybrid").login()
    thief = alice.copy()
    assert [each.refresh().status_code for each in (alice, thief, alice, thief)] == [200] * 4


def test_a_rotated_refresh_token_works_once(open_bank):
    alice = open_bank("bare", rotate_refresh=True).visitor("hybrid").login()
    thief = alice.copy()
    assert not invalid_grant(alice.refresh())
    assert invalid_grant(thief.refresh())
    assert not invalid_grant(alice.refresh())  # without detect_reuse the family lives on


def test_reused_refresh_token_revokes_the_family(open_bank):
    bank = open_bank("bare", **DETECT)
    alice, elsewhere = bank.visitor("hybrid").login(), bank.visitor("hybrid").login()
    thief = alice.copy()
    assert not invalid_grant(thief.refresh())
    assert invalid_grant(alice.refresh())
    assert invalid_grant(thief.refresh())
    assert not invalid_grant(elsewhere.refresh())


def test_the_use_of_an_ended_familys_token_is_no_reuse_of_another(open_bank):
    bank = open_bank("bare", **DETECT, end_on_logout=True)
    alice, elsewhere = bank.visitor("hybrid").login(), bank.visitor("hybrid").login()
    thief = alice.copy()
    alice.logout()
    assert invalid_grant(thief.refresh())
    assert not invalid_grant(elsewhere.refresh())


@pytest.mark.parametrize("seconds", [0, 1, GRACE])
def test_within_the_grace_a_second_use_gets_the_same_successor(open_bank, seconds):
    bank = open_bank("bare", **FORGIVE)
    one_tab = bank.visitor("hybrid").login()
    other_tab = one_tab.copy()
    one_tab.refresh()
    bank.clock.advance(seconds=seconds)
    assert not invalid_grant(other_tab.refresh())
    assert other_tab.refresh_token == one_tab.refresh_token
    assert not invalid_grant(one_tab.refresh())


def test_after_the_grace_a_second_use_revokes_the_family(open_bank):
    bank = open_bank("bare", **FORGIVE)
    alice = bank.visitor("hybrid").login()
    thief = alice.copy()
    alice.refresh()
    bank.clock.advance(seconds=GRACE + 1)
    assert invalid_grant(thief.refresh())
    assert invalid_grant(alice.refresh())


def test_the_grace_does_not_revive_an_ended_family(open_bank):
    bank = open_bank("bare", **FORGIVE, end_on_logout=True)
    alice = bank.visitor("hybrid").login()
    thief = alice.copy()
    alice.refresh()
    alice.logout()
    assert invalid_grant(thief.refresh())


def test_a_revoked_family_takes_its_access_tokens_along_with_a_denylist(open_bank):
    bank = open_bank("bare", **DETECT, denylist=True)
    alice = bank.visitor("hybrid").login()
    thief = alice.copy()
    alice.refresh()
    thief.refresh()
    assert alice.profile().status_code == 401
    assert thief.profile().status_code == 401


def test_a_successor_can_be_guessed_only_with_the_servers_key(open_bank):
    one, other = open_bank("bare", rotate_refresh=True), open_bank("bare", rotate_refresh=True)
    alice = one.visitor("hybrid").login()
    first = alice.refresh_token
    store = other.store("hybrid")
    store.add_family(store.user(1), first, other.clock.now(), None)
    elsewhere = other.visitor("hybrid")
    elsewhere.refresh_token = first
    alice.refresh()
    elsewhere.refresh()
    assert alice.refresh_token != elsewhere.refresh_token


@pytest.mark.parametrize(("grace", "winners"), [(False, 1), (True, 8)])
def test_of_many_refreshes_at_once_one_wins_or_all_get_the_same_successor(open_bank, grace, winners):
    bank = open_bank("bare", rotate_refresh=True, detect_reuse=grace, reuse_grace=grace)
    alice = bank.visitor("hybrid").login()
    tabs = [alice.copy() for _ in range(8)]
    at_once = Barrier(len(tabs))

    def refresh(tab):
        at_once.wait()
        return tab.refresh().status_code

    with ThreadPoolExecutor(len(tabs)) as pool:
        statuses = list(pool.map(refresh, tabs))
    assert sorted(statuses) == [200] * winners + [400] * (len(tabs) - winners)
    assert len({tab.refresh_token for tab in tabs} - {alice.refresh_token}) == 1


# --- logout


@pytest.mark.parametrize("holds", ["both", "access token", "refresh token"])
def test_logout_finds_the_family_by_either_token(open_bank, holds):
    alice = open_bank("bare", end_on_logout=True).visitor("hybrid").login()
    thief = alice.copy()
    if holds == "access token":
        alice.refresh_token = None
    if holds == "refresh token":
        alice.access_token = None
    alice.logout()
    assert invalid_grant(thief.refresh())


def test_an_access_token_that_has_expired_still_finds_its_family_at_logout(open_bank):
    bank = open_bank("bare", end_on_logout=True, access_lifetime=60)
    alice = bank.visitor("hybrid").login()
    thief = alice.copy()
    bank.clock.advance(hours=1)
    alice.refresh_token = None
    alice.logout()
    assert invalid_grant(thief.refresh())


def test_a_forged_access_token_ends_no_family_at_logout(open_bank):
    bank = open_bank("bare", end_on_logout=True)
    alice = bank.visitor("hybrid").login()
    mallory = bank.visitor("hybrid", "mallory")
    mallory.access_token = alice.access_token[:-4] + "AAAA"
    mallory.logout()
    assert not invalid_grant(alice.refresh())


def test_after_logout_the_access_token_stays_good_until_its_exp(open_bank):
    bank = open_bank("as_written")
    alice = bank.visitor("hybrid").login()
    thief = alice.copy()
    alice.logout()
    bank.clock.advance(seconds=15 * MINUTE - 1)
    assert thief.profile().status_code == 200
    bank.clock.advance(seconds=1)
    assert thief.profile().status_code == 403


# --- the refresh token in a cookie


def test_the_refresh_cookie_is_scoped_to_the_refresh_call(open_bank):
    alice = open_bank("bare", refresh_cookie=True).visitor("hybrid")
    answer = alice.try_login()
    assert "refresh_token" not in answer.get_json()
    assert alice.cookies["refresh"][1] == "/hybrid/refresh"
    assert alice.refresh().status_code == 200


@pytest.mark.parametrize("on", [False, True])
def test_a_refresh_token_is_read_from_where_refresh_cookie_says_and_nowhere_else(open_bank, on):
    alice = open_bank("bare", refresh_cookie=on).visitor("hybrid").login()
    if on:
        alice.refresh_token, alice.cookies = alice.cookies["refresh"][0], {}
    else:
        alice.cookies, alice.refresh_token = {"refresh": (alice.refresh_token, "/")}, None
    assert invalid_grant(alice.refresh())


def test_the_carrier_switch_leaves_hybrid_mode_alone(open_bank):
    alice = open_bank("bare", carrier="cookie").visitor("hybrid").login()
    assert alice.cookies == {}
    assert alice.profile().status_code == 200
