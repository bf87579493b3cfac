"""JWT mode: a self-contained token says it all, and the server keeps nothing that it could end."""

import pytest

from sandbox.clock import MINUTE
from sandbox.server.tokens import LEEWAY, decode_unverified


def claims_of(visitor):
    return decode_unverified(visitor.access_token)[1]


def test_login_keeps_nothing(open_bank):
    bank = open_bank("as_written")
    before = bank.store("jwt").tables()
    bank.visitor("jwt").login().profile()
    assert bank.store("jwt").tables() == before


def test_a_token_outlives_logout_when_nothing_denies_it(open_bank):
    alice = open_bank("as_advised").visitor("jwt").login()
    alice.logout("/logout-all")
    assert alice.profile().status_code == 200


def test_a_token_without_a_lifetime_has_no_exp_and_no_end(open_bank):
    bank = open_bank("bare")
    alice = bank.visitor("jwt").login()
    assert "exp" not in claims_of(alice)
    bank.clock.advance(days=4000)
    assert alice.profile().status_code == 200


@pytest.mark.parametrize("leeway", [False, True])
@pytest.mark.parametrize(("second", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_a_token_ends_at_its_exp_and_the_leeway_on_top_of_it(open_bank, leeway, second, status):
    bank = open_bank("bare", jwt_lifetime=15 * MINUTE, leeway=leeway)
    alice = bank.visitor("jwt").login()
    bank.clock.advance(seconds=15 * MINUTE + (LEEWAY if leeway else 0) + second)
    assert alice.profile().status_code == status


def test_access_lifetime_is_not_for_jwt_mode(open_bank):
    bank = open_bank("bare", access_lifetime=60, jwt_lifetime=120)
    assert bank.visitor("jwt").try_login().get_json()["expires_in"] == 120
    assert bank.visitor("hybrid").try_login().get_json()["expires_in"] == 60


@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
@pytest.mark.parametrize("on", [False, True])
def test_minimal_claims_decides_whether_email_and_phone_can_be_read(open_bank, mode, on):
    alice = open_bank("bare", minimal_claims=on).visitor(mode).login()
    assert {"sub", "role", "jti", "iss", "aud", "iat"} <= set(claims_of(alice))
    assert ({"email", "phone"} & set(claims_of(alice)) == set()) is on
    assert ("alice" in str(claims_of(alice))) is not on
    assert alice.profile().get_json()["user"]["email"] == "alice@bank.example"


@pytest.mark.parametrize("preset", ["bare", "hardened"])
def test_hybrids_token_never_opens_jwt_mode_for_each_mode_has_a_key_of_its_own(open_bank, preset):
    bank = open_bank(preset, verify_issuer_audience=False)
    alice = bank.visitor("jwt")
    alice.access_token = bank.visitor("hybrid").login().access_token
    assert alice.profile().status_code == 401


@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
@pytest.mark.parametrize("on", [False, True])
def test_require_exp_decides_whether_an_old_token_without_exp_still_works(open_bank, mode, on):
    bank = open_bank("bare")
    alice = bank.visitor(mode).login()
    bank.switch(jwt_lifetime=60, access_lifetime=60)
    bank.switch(require_exp=on)
    assert (alice.profile().status_code == 401) is on
    assert bank.visitor(mode).login().profile().status_code == 200


# --- carriers and algorithms


def test_in_a_cookie_the_token_is_in_no_body_and_no_header_is_heeded(open_bank):
    alice = open_bank("bare", carrier="cookie").visitor("jwt")
    answer = alice.try_login()
    assert "access_token" not in answer.get_json()
    assert alice.profile().status_code == 200
    alice.access_token, alice.cookies = alice.cookies["session"][0], {}
    assert alice.profile().status_code == 401


def test_in_a_header_no_cookie_is_heeded(open_bank):
    alice = open_bank("bare").visitor("jwt").login()
    alice.cookies, alice.access_token = {"session": (alice.access_token, "/")}, None
    assert alice.profile().status_code == 401


@pytest.mark.parametrize("carrier", ["cookie", "header"])
@pytest.mark.parametrize("mode", ["session", "jwt"])
@pytest.mark.parametrize("preset", ["bare", "hardened"])
def test_a_whole_visit_works_with_either_carrier(open_bank, preset, mode, carrier):
    alice = open_bank(preset, carrier=carrier).visitor(mode).login()
    assert bool(alice.cookies) is (carrier == "cookie")
    assert alice.profile().status_code == 200
    assert alice.transfer().status_code == 200
    thief = alice.copy()
    assert alice.logout().status_code == 204
    assert (thief.profile().status_code == 401) is (preset == "hardened")


@pytest.mark.parametrize("mode", ["jwt", "hybrid"])
@pytest.mark.parametrize("preset", ["bare", "hardened"])
def test_a_whole_visit_works_with_rs256(open_bank, preset, mode):
    pytest.importorskip("cryptography")
    alice = open_bank(preset, signing="RS256").visitor(mode).login()
    assert decode_unverified(alice.access_token)[0]["alg"] == "RS256"
    assert alice.profile().status_code == 200
    assert alice.transfer().status_code == 200
    assert alice.logout().status_code == 204


@pytest.mark.parametrize(("before", "after"), [("HS256", "RS256"), ("RS256", "HS256")])
def test_a_token_of_the_other_algorithm_is_refused(open_bank, before, after):
    pytest.importorskip("cryptography")
    bank = open_bank("bare", signing=before)
    alice = bank.visitor("jwt").login()
    bank.switch(signing=after)
    assert alice.profile().status_code == 401


def test_no_token_of_another_launch_is_taken(open_bank):
    alice = open_bank("bare").visitor("jwt")
    alice.access_token = open_bank("bare").visitor("jwt").login().access_token
    assert alice.profile().status_code == 401
