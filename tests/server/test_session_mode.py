"""Session mode: the id means nothing, the row means everything, and the server can end it."""

import pytest

from sandbox.clock import DAY, HOUR

PLANTED = "planted-by-mallory"


def test_every_login_has_an_id_of_its_own_with_256_random_bits(open_bank):
    bank = open_bank()
    ids = {bank.visitor("session").login().cookies["session"][0] for _ in range(20)}
    assert len(ids) == 20
    assert {len(each) for each in ids} == {43}  # 32 bytes in base64url


def test_without_regenerate_id_login_adopts_any_id_that_is_sent(open_bank):
    bank = open_bank("bare", regenerate_id=False)
    alice, mallory = bank.visitor("session"), bank.visitor("session", "mallory")
    alice.cookies = mallory.cookies = {"session": (PLANTED, "/")}
    alice.login()
    assert alice.cookies["session"][0] == PLANTED
    assert mallory.profile().get_json()["user"]["email"] == "alice@bank.example"


def test_with_regenerate_id_a_second_login_ends_the_first_session_of_that_browser(open_bank):
    bank = open_bank("bare", regenerate_id=True)
    alice = bank.visitor("session").login()
    copied = alice.copy()
    alice.login()
    assert alice.profile().status_code == 200
    assert copied.profile().status_code == 401


def test_with_regenerate_id_a_planted_id_is_worth_nothing(open_bank):
    bank = open_bank("bare", regenerate_id=True)
    alice, mallory = bank.visitor("session"), bank.visitor("session", "mallory")
    alice.cookies = mallory.cookies = {"session": (PLANTED, "/")}
    alice.login()
    assert alice.cookies["session"][0] != PLANTED
    assert mallory.profile().status_code == 401
    assert alice.profile().status_code == 200


def test_an_adopted_id_gives_no_access_before_the_login(open_bank):
    mallory = open_bank("bare").visitor("session")
    mallory.cookies = {"session": (PLANTED, "/")}
    assert mallory.profile().status_code == 401


def test_a_second_login_under_an_adopted_id_takes_the_place_of_the_first(open_bank):
    bank = open_bank("bare", regenerate_id=False)
    alice, bob = bank.visitor("session").login(), bank.visitor("session", "bob")
    bob.cookies = alice.cookies
    bob.login()
    assert alice.profile().get_json()["user"]["email"] == "bob@bank.example"
    assert len(bank.rows("session", "sessions")) == 1


def test_a_session_has_no_end_under_bare(open_bank):
    bank = open_bank("bare")
    alice = bank.visitor("session").login()
    bank.clock.advance(days=4000)
    assert alice.profile().status_code == 200


# --- lifetimes, at the exact second


@pytest.mark.parametrize(("seconds", "status"), [(HOUR - 1, 200), (HOUR, 401), (HOUR + 1, 401)])
def test_a_session_that_is_not_used_ends_at_the_inactivity_timeout(open_bank, seconds, status):
    bank = open_bank("bare", inactivity_timeout=HOUR)
    alice = bank.visitor("session").login()
    bank.clock.advance(seconds=seconds)
    assert alice.profile().status_code == status


def test_each_use_starts_the_inactivity_timeout_anew(open_bank):
    bank = open_bank("bare", inactivity_timeout=HOUR)
    alice = bank.visitor("session").login()
    for _ in range(48):
        bank.clock.advance(seconds=HOUR - 1)
        assert alice.profile().status_code == 200
    bank.clock.advance(seconds=HOUR)
    assert alice.profile().status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_the_absolute_lifetime_ends_a_busy_session_too(open_bank, seconds, status):
    bank = open_bank("bare", absolute_lifetime=DAY, inactivity_timeout=2 * HOUR)
    alice = bank.visitor("session").login()
    for _ in range(23):
        bank.clock.advance(hours=1)
        assert alice.profile().status_code == 200
    bank.clock.advance(seconds=HOUR + seconds)
    assert alice.profile().status_code == status


@pytest.mark.parametrize("lifetime", ["inactivity_timeout", "absolute_lifetime"])
def test_a_session_that_has_run_out_leaves_the_store(open_bank, lifetime):
    bank = open_bank("bare", **{lifetime: HOUR})
    alice = bank.visitor("session").login()
    bank.clock.advance(hours=1)
    answer = alice.profile()
    assert answer.headers["WWW-Authenticate"] == 'Session realm="sandbox", error="invalid_token"'
    assert bank.rows("session", "sessions") == []


def test_a_session_that_has_run_out_stays_out_when_its_lifetime_is_lifted(open_bank):
    bank = open_bank("bare", inactivity_timeout=HOUR)
    alice = bank.visitor("session").login()
    bank.clock.advance(hours=1)
    alice.profile()
    bank.switch(inactivity_timeout=None)
    assert alice.profile().status_code == 401


def test_a_role_is_kept_in_the_row_as_it_was_at_login(open_bank):
    bank = open_bank("bare", live_roles=False)
    carol = bank.visitor("session", "carol").login()
    bank.store("session").set_role("carol@bank.example", "user")
    assert carol.profile().get_json()["user"]["role"] == "admin"


def test_logging_out_once_more_is_harmless(open_bank):
    alice = open_bank("hardened").visitor("session").login()
    again = alice.copy()
    assert [alice.logout().status_code, again.logout().status_code] == [204, 204]


def test_the_id_travels_in_a_header_where_carrier_says_so(open_bank):
    alice = open_bank("bare", carrier="header").visitor("session")
    answer = alice.try_login()
    assert answer.get_json()["token_type"] == "Bearer"
    assert "Set-Cookie" not in answer.headers
    assert alice.profile().status_code == 200
    alice.cookies, alice.access_token = {"session": (alice.access_token, "/")}, None
    assert alice.profile().status_code == 401
