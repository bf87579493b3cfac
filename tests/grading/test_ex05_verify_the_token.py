"""Exercise 5: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import hmac
import json

import jwt
import pytest

import sandbox
from sandbox import base64url

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex05_verify_the_token"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_believes_whatever_it_reads_and_is_refused():
    attacks = ["unsigned", "forged", "expired", "endless", "elsewhere", "kind", "garbage"]
    assert refused_by(parts_of(STUB, EXERCISE)) == attacks


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def by_hand(token, key, now):
    """No library: the signature first, then each claim."""
    try:
        head, body, signature = token.split(".")
        made = hmac.digest(key, f"{head}.{body}".encode(), "sha256")
        if not hmac.compare_digest(made, base64url.decode(signature)):
            return None
        header, claims = json.loads(base64url.decode(head)), json.loads(base64url.decode(body))
        end, audience = claims["exp"], claims["aud"]
        audiences = [audience] if isinstance(audience, str) else audience
        good = header["alg"] == "HS256" and header["typ"] == "at+jwt" and claims["iss"] == "https://bank.example"
        good = good and "https://bank.example/api" in audiences and end <= now + 3600
        return claims if good and now < end + 30 else None
    except (ValueError, KeyError, TypeError):
        return None


def test_a_solution_without_a_library_passes():
    assert sandbox.check(EXERCISE, verify=by_hand).passed


def test_a_list_of_audiences_counts_where_it_is_compared_as_a_text_too():
    def verify(token, key, now):
        claims = by_hand(token, key, now)
        return claims if claims and claims["aud"] == "https://bank.example/api" else None

    assert refused_by({"verify": verify}) == ["works"]


RIGHT = {
    "trust": "",
    "algorithms": '"algorithms": ["HS256"]',
    "issuer": '"issuer": "https://bank.example"',
    "audience": '"audience": "https://bank.example/api"',
    "options": '{"require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}',
    "error": "jwt.PyJWTError",
    "number": "not isinstance(claims['exp'], int)",
    "kind": 'read["header"].get("typ") != "at+jwt"',
    "past": "now >= claims['exp'] + 30",
    "far": "claims['exp'] > now + 930",
}
"""The pieces of a solution: a wrong one has another piece in one place."""

SOURCE = """
import jwt

def verify(token, key, now):
    try:
        {trust}
        read = jwt.decode_complete(token, key, **{{{algorithms}, {issuer}, {audience}, "options": {options}}})
    except {error}:
        return None
    claims = read["payload"]
    if {number} or {kind} or {past} or {far}:
        return None
    return claims
"""
TIMES_OFF = '"verify_exp": False, "verify_nbf": False, "verify_iat": False'

WRONG = {
    "takes_the_key_that_the_token_brings": (
        {"trust": 'jwk = jwt.get_unverified_header(token).get("jwk"); '
                  'key = jwt.PyJWK(jwk, algorithm="HS256").key if jwk else key'}, ["forged"]),
    "takes_the_algorithm_that_the_token_names": (
        {"algorithms": '"algorithms": [str(jwt.get_unverified_header(token).get("alg"))]'}, ["unsigned"]),
    "takes_every_hmac": ({"algorithms": '"algorithms": ["HS256", "HS384", "HS512"]'}, ["unsigned"]),
    "takes_an_end_eight_days_ahead": ({"far": "claims['exp'] > now + 8 * 86400"}, ["endless"]),
    "takes_an_end_thirty_years_ahead": ({"far": "claims['exp'] > now + 10**9"}, ["endless"]),
    "takes_what_is_not_a_number_for_one": ({"number": "not isinstance(claims['exp'], (int, float))"}, ["endless"]),
    "takes_any_kind_that_begins_with_an_a": (
        {"kind": 'not str(read["header"].get("typ")).startswith("a")'}, ["kind"]),
    "takes_any_kind_with_at_in_it": ({"kind": '"at" not in str(read["header"].get("typ"))'}, ["kind"]),
    "takes_any_kind_that_begins_right": (
        {"kind": 'not str(read["header"].get("typ")).startswith("at+jwt")'}, ["kind"]),
    "takes_any_kind_that_ends_right": (
        {"kind": 'not str(read["header"].get("typ")).endswith("t+jwt") or read["header"]["typ"] == "rt+jwt"'},
        ["kind"]),
    "takes_any_end": ({"past": "False"}, ["expired"]),
    "grants_no_leeway": ({"past": "now >= claims['exp']"}, ["leeway"]),
    "grants_an_hour_of_leeway": ({"past": "now >= claims['exp'] + 3600"}, ["expired"]),
    "asks_the_clock_of_the_machine": (
        {"options": '{"require": ["exp"], "verify_nbf": False, "verify_iat": False}'}, ["works", "leeway"]),
    "takes_a_token_without_end": (
        {"options": f"{{{TIMES_OFF}}}", "number": "False", "past": "now >= claims.get('exp', now) + 30",
         "far": "claims.get('exp', 0) > now + 930"}, ["endless"]),
    "takes_milliseconds_for_seconds": ({"far": "False"}, ["endless"]),
    "breaks_where_the_end_is_a_word": ({"number": "False"}, ["endless"]),
    "never_asks_for_whom": (
        {"audience": '"audience": None', "options": f'{{"require": ["exp"], "verify_aud": False, {TIMES_OFF}}}'},
        ["elsewhere"]),
    "never_asks_from_whom": ({"issuer": '"issuer": None'}, ["elsewhere"]),
    "compares_the_beginning_of_the_issuer": (
        {"issuer": '"issuer": None', "kind": RIGHT["kind"] + ' or not str(claims.get("iss")).startswith("https://bank.'
                                                             'example")'}, ["elsewhere"]),
    "finds_the_audience_within_another": (
        {"audience": '"audience": None', "options": f'{{"require": ["exp"], "verify_aud": False, {TIMES_OFF}}}',
         "kind": RIGHT["kind"] + ' or "https://bank.example/api" not in str(claims.get("aud"))'}, ["elsewhere"]),
    "never_asks_of_which_kind": ({"kind": "False"}, ["kind"]),
    "lets_any_kind_of_jwt_pass": ({"kind": '"jwt" not in str(read["header"].get("typ"))'}, ["kind"]),
    "refuses_refresh_tokens_alone": ({"kind": 'read["header"].get("typ") == "rt+jwt"'}, ["kind"]),
    "breaks_at_what_is_no_token": ({"error": "jwt.ExpiredSignatureError"},
                                   ["unsigned", "forged", "endless", "elsewhere", "garbage"]),
    "reads_before_it_looks": ({"trust": 'token.split(".")[2]'}, ["garbage"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    pieces, criteria = WRONG[name]
    assert refused_by(parts_in(SOURCE.format(**{**RIGHT, **pieces}), EXERCISE)) == criteria


def test_the_pieces_are_a_solution_where_none_is_wrong():
    assert refused_by(parts_in(SOURCE.format(**RIGHT), EXERCISE)) == []


def test_the_kind_in_its_long_form_passes_too():
    kind = 'str(read["header"].get("typ")).lower().removeprefix("application/") != "at+jwt"'  # RFC 9068 4
    assert refused_by(parts_in(SOURCE.format(**{**RIGHT, "kind": kind}), EXERCISE)) == []


def test_what_is_no_token_is_told_by_what_it_is():
    def verify(token, key, now):
        if token.count(".") != 1:
            return by_hand(token, key, now)
        try:
            return json.loads(base64url.decode(token.partition(".")[2]))
        except ValueError:
            return None

    [missed] = [each for each in sandbox.check(EXERCISE, verify=verify).checked if not each.met]
    seen = "a text of header and claims without a signature opens Alice's profile"
    assert (missed.criterion.id, missed.seen) == ("garbage", seen)


def test_to_read_without_the_key_is_refused():
    def verify(token, key, now):
        claims = jwt.decode(token, options={"verify_signature": False})
        return claims if now < claims["exp"] + 30 else None

    assert {"unsigned", "forged", "elsewhere", "kind"} < set(refused_by({"verify": verify}))


@pytest.mark.parametrize("refused", [(), ("none",)], ids=["believes_alg_none", "refuses_none_in_one_spelling_alone"])
def test_a_token_that_needs_no_signature_is_seen(refused):
    def verify(token, key, now):
        try:
            read = jwt.decode_complete(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return None
        alg = str(read["header"].get("alg", ""))
        return read["payload"] if alg.lower() == "none" and alg not in refused else by_hand(token, key, now)

    assert refused_by({"verify": verify}) == ["unsigned"]


def test_to_refuse_everybody_is_refused():
    assert refused_by({"verify": lambda token, key, now: None}) == ["works", "leeway"]
