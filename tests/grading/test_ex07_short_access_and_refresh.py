"""Exercise 7: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import hashlib

import jwt
import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex07_short_access_and_refresh"
DAY = 24 * 3600


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_hands_out_one_token_twice_and_is_refused():
    attacks = ["access_ends", "refresh_ends", "not_access", "not_refresh", "logout", "own"]
    assert refused_by(parts_of(STUB, EXERCISE)) == ["role", *attacks]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_that_hashes_rotates_and_ends_at_a_fixed_moment_passes():
    def hashed(token):
        return hashlib.sha256(token.encode()).hexdigest()

    def handed_out(bank, table, user, end):
        fresh = bank.new_id()
        table[hashed(fresh)] = {"of": user.id, "end": end}
        claims = {"sub": user.id, "role": user.role, "exp": bank.now() + 900, "iat": bank.now()}
        return jwt.encode(claims, bank.key, "HS256"), fresh

    def issue(bank, table, user):
        return handed_out(bank, table, user, bank.now() + 7 * DAY)

    def refresh(bank, table, sent):
        row = table.pop(hashed(sent), None)
        return handed_out(bank, table, bank.user(row["of"]), row["end"]) if row and bank.now() < row["end"] else None

    def logout(bank, table, sent):
        table.pop(hashed(sent), None)

    assert sandbox.check(EXERCISE, issue=issue, refresh=refresh, logout=logout).passed


def test_a_refresh_token_that_is_signed_with_a_key_of_its_own_and_stored_by_its_number_passes():
    def key(bank):
        return hashlib.sha256(b"refresh" + bank.key).digest()

    def access(bank, user):
        return jwt.encode({"sub": user.id, "role": user.role, "exp": int(bank.now()) + 900}, bank.key, "HS256")

    def issue(bank, table, user):
        claims = {"jti": bank.new_id(), "sub": user.id, "until": bank.now() + 7 * DAY}
        table.setdefault("live", set()).add(claims["jti"])
        return access(bank, user), jwt.encode(claims, key(bank), "HS256")

    def claims_of(bank, table, sent):
        try:
            claims = jwt.decode(sent, key(bank), algorithms=["HS256"])
        except jwt.PyJWTError:
            return None
        return claims if claims["jti"] in table["live"] and bank.now() < claims["until"] else None

    def refresh(bank, table, sent):
        claims = claims_of(bank, table, sent)
        return (access(bank, bank.user(claims["sub"])), sent) if claims else None

    def logout(bank, table, sent):
        claims = claims_of(bank, table, sent)
        table["live"] -= {claims["jti"]} if claims else set()

    assert sandbox.check(EXERCISE, issue=issue, refresh=refresh, logout=logout).passed


RIGHT = {
    "at_login": "900",
    "later": "900",
    "exp": "int(bank.now()) + lifetime",
    "fresh": "bank.new_id()",
    "store": "table[fresh] = [user.id, bank.now() + 7 * 86_400]",
    "row": "table.get(sent)",
    "end": "row[1]",
    "user": "bank.user(row[0])",
    "used": "pass",
    "returned": "sent",
    "end_login": "table.pop(sent, None)",
}
"""The pieces of a solution: a wrong one has another piece in one place."""

SOURCE = """
import base64, hashlib, jwt

def signed(bank, user, lifetime):
    return jwt.encode({{"sub": user.id, "role": user.role, "exp": {exp}}}, bank.key, algorithm="HS256")

def issue(bank, table, user):
    fresh = {fresh}
    {store}
    return signed(bank, user, {at_login}), fresh

def refresh(bank, table, sent):
    row = {row}
    if row is None or bank.now() >= {end}:
        return None
    user = {user}
    {used}
    return signed(bank, user, {later}), {returned}

def logout(bank, table, sent):
    {end_login}
"""

WRONG = {
    "issues_for_a_week": ({"at_login": "7 * 86_400"}, ["access_ends"]),
    "issues_for_a_week_after_a_refresh": ({"later": "7 * 86_400"}, ["access_ends"]),
    "issues_for_half_a_minute_after_a_refresh": ({"later": "30"}, ["refreshes"]),
    "writes_exp_in_milliseconds": ({"exp": "int(bank.now() + lifetime) * 1000"}, ["access_ends"]),
    "writes_no_exp": ({"exp": "None} if False else {\"sub\": user.id, \"role\": user.role"}, ["access_ends"]),
    "issues_for_five_minutes": ({"at_login": "300"}, ["refreshes"]),
    "counts_from_1970": ({"exp": "lifetime"}, ["refreshes", "each_login", "role", "logout", "own"]),
    "never_reads_the_end": ({"end": "bank.now() + 1"}, ["refresh_ends"]),
    "pushes_the_end_ahead_at_each_use": ({"used": "row[1] = bank.now() + 7 * 86_400"}, ["refresh_ends"]),
    "ends_after_a_day": ({"store": "table[fresh] = [user.id, bank.now() + 86_400]"}, ["refreshes"]),
    "takes_a_signed_token_for_refresh": (
        {"fresh": 'jwt.encode({"sub": user.id, "role": user.role, "jti": bank.new_id()}, bank.key, "HS256")'},
        ["not_access"]),
    "renews_whatever_is_signed": (
        {"row": "table.get(sent) or (sent.count('.') == 2 and [jwt.decode(sent, bank.key, ['HS256'], options={"
                "'verify_exp': False})['sub'], bank.now() + 1] or None)"}, ["not_refresh", "own"]),
    "keeps_the_role_of_the_login": ({"store": "table[fresh] = [user, bank.now() + 7 * 86_400]", "user": "row[0]"},
                                    ["role"]),
    "forgets_to_log_out": ({"end_login": "pass"}, ["logout"]),
    "logs_out_the_end_alone": ({"end_login": "table.get(sent, [0, 0])[1] == 0"}, ["logout"]),
    "logs_everybody_out": ({"end_login": "table.clear()"}, ["each_login"]),
    "logs_the_phone_out_too": ({"end_login": "row = table.get(sent, [0]); [table.pop(each) for each in list(table) "
                                             "if table[each][0] == row[0]]"}, ["each_login"]),
    "has_one_row_for_each_customer": ({"store": "[table.pop(each) for each in list(table) if table[each][0] == user.id]"
                                                "; table[fresh] = [user.id, bank.now() + 7 * 86_400]"},
                                      ["each_login"]),
    "breaks_at_an_unknown_token": ({"end_login": "del table[sent]"}, ["each_login"]),
    "lets_used_tokens_live_after_a_logout": (
        {"used": "sent = bank.new_id(); table[sent] = row"}, ["logout"]),
    "counts_the_logins": ({"fresh": "str(len(table))"}, ["own"]),
    "makes_the_token_of_the_customer": (
        {"fresh": "hashlib.sha256((user.id + str(len(table))).encode()).hexdigest()"}, ["own"]),
    "makes_the_token_of_customer_and_time": (
        {"fresh": "hashlib.sha256((user.id + str(bank.now())).encode()).hexdigest()"}, ["each_login", "own"]),
    "counts_the_logins_behind_a_long_name": ({"fresh": 'f"refresh-token-number-{len(table):06}"'}, ["own"]),
    "hashes_the_count_of_the_logins": ({"fresh": "hashlib.sha256(str(len(table)).encode()).hexdigest()"}, ["own"]),
    "hashes_the_customer_and_a_count": (
        {"fresh": 'hashlib.md5(f"{user.email}:{len(table)}".encode()).hexdigest()'}, ["own"]),
    "puts_the_refresh_token_into_the_access_token": (
        {"fresh": "bank.new_id(); bank.latest = fresh",
         "exp": "int(bank.now()) + lifetime, \"with\": [getattr(bank, \"latest\", None)]"}, ["not_refresh"]),
    "believes_the_number_in_the_token": (
        {"fresh": "user.id + '.' + bank.new_id()", "store": "table[fresh.partition('.')[2]] = [user.id, bank.now() + "
                                                           "7 * 86_400]",
         "row": "(lambda id, kept: kept and (id, kept[1]))(sent.partition('.')[0], table.get(sent.partition('.')[2]))",
         "end_login": "table.pop(sent.partition('.')[2], None)"}, ["own"]),
    "breaks_at_an_empty_token": ({"row": "sent[0] and table.get(sent)"}, ["not_refresh"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    pieces, criteria = WRONG[name]
    assert refused_by(parts_in(SOURCE.format(**{**RIGHT, **pieces}), EXERCISE)) == criteria


def test_the_pieces_are_a_solution_where_none_is_wrong():
    assert refused_by(parts_in(SOURCE.format(**RIGHT), EXERCISE)) == []
