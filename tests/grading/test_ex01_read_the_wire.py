"""Exercise 1: who goes by names alone, or by looks alone, misreads the recording that was made for it."""

import re

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex01_read_the_wire"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_goes_by_names_and_is_refused():
    assert refused_by(parts_of(STUB, EXERCISE)) == [
        "hybrid", "jwt_in_a_cookie", "id_in_a_header", "long_id", "other_names", "refresh_cookie", "trifles",
        "small_letters", "taken_back",
    ]  # fmt: skip


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_in_another_style_passes():
    form = re.compile(r"(Bearer )?eyJ[\w-]+\.[\w-]+\.[\w-]*")

    def kinds(values):
        for carrier, pairs in values.items():
            for name, value in pairs.items():
                small = name.lower()
                if not value:
                    continue
                if small == "password":
                    yield "password", carrier
                elif "refresh" in small:
                    yield "refresh token", carrier
                elif form.fullmatch(value):
                    yield "access token", carrier
                elif small in ("authorization", "access_token") or small.endswith("session"):
                    yield "session id", carrier

    def read(exchange):
        return {"sent": dict(kinds(exchange["sent"])), "got": dict(kinds(exchange["got"]))}

    def mode_of(recording):
        login = read(recording[0])["got"]
        return "hybrid" if len(login) == 2 else "session" if "session id" in login else "jwt"

    assert sandbox.check(EXERCISE, read=read, mode_of=mode_of).passed


RIGHT = """
def kind_of(name, value):
    known = name.lower().removeprefix("__host-")
    kind = {"password": "password", "refresh": "refresh token", "refresh_token": "refresh token"}.get(known)
    if known in ("session", "authorization", "access_token"):
        kind = "access token" if value.count(".") == 2 else "session id"
    return kind if value else None

def read(exchange):
    return {way: {kind_of(name, value): carrier
                  for carrier, values in exchange[way].items()
                  for name, value in values.items() if kind_of(name, value)} for way in ("sent", "got")}

def mode_of(recording):
    got = {kind for exchange in recording for kind in read(exchange)["got"]}
    return "hybrid" if "refresh token" in got else "jwt" if "access token" in got else "session"
"""

JWT = '"access token" if value.count(".") == 2 else "session id"'
MODE = 'return "hybrid" if "refresh token" in got else "jwt" if "access token" in got else "session"'
KNOWN = 'if known in ("session", "authorization", "access_token"):'
WRONG = {
    "takes_every_cookie_for_a_session_id": (
        JWT, f'"session id" if known == "session" else {JWT}',
        ["jwt_in_a_cookie", "trifles"]),
    "takes_all_that_follows_bearer_for_a_jwt": (
        JWT, f'{JWT} if known == "session" else "access token"',
        ["id_in_a_header", "long_id"]),
    "takes_a_long_value_for_a_jwt": (
        JWT, '"access token" if len(value) > 80 else "session id"',
        ["long_id"]),
    "takes_a_dot_for_a_jwt": (
        JWT, '"access token" if "." in value else "session id"',
        ["long_id"]),
    "takes_a_long_value_with_a_dot_for_a_jwt": (
        JWT, '"access token" if len(value) > 80 and "." in value else "session id"',
        ["long_id"]),
    "does_not_know_prefixes": (
        '.removeprefix("__host-")', "",
        ["other_names", "refresh_cookie"]),
    "does_not_know_the_prefix_of_refresh": (
        "name.lower()", 'name.lower().replace("__host-refresh", "")',
        ["refresh_cookie"]),
    "takes_all_that_looks_random_for_a_credential": (
        KNOWN, f"{KNOWN[:-1]} or len(value) > 30 and kind is None:",
        ["trifles"]),
    "takes_two_dots_for_a_jwt_anywhere": (
        KNOWN, f'{KNOWN[:-1]} or value.count(".") == 2:',
        ["trifles"]),
    "knows_one_case_of_a_name": (
        "name.lower()", '("" if name == "authorization" else name.lower())',
        ["small_letters"]),
    "counts_an_empty_cookie": (
        "kind if value else None", "kind",
        ["taken_back"]),
    "forgets_the_third_mode": (
        '"hybrid" if "refresh token" in got else "jwt"', '"jwt"',
        ["hybrid", "refresh_cookie", "small_letters"]),
    "tells_hybrid_by_a_refresh": (
        '"refresh token" in got', 'any(each["path"] == "/refresh" for each in recording)',
        ["refresh_cookie", "small_letters"]),
    "looks_for_refresh_tokens_in_the_body_alone": (
        '"refresh": "refresh token", ', "",
        ["refresh_cookie"]),
    "takes_every_visit_for_a_session": (
        MODE, 'return "session"',
        ["jwt", "hybrid", "jwt_in_a_cookie", "refresh_cookie", "trifles", "small_letters"]),
    "does_not_read_what_comes_back": (
        '("sent", "got")}', '("sent",)} | {"got": {}}',
        ["session", "jwt", "hybrid", "jwt_in_a_cookie", "id_in_a_header", "long_id", "other_names", "refresh_cookie",
         "trifles", "small_letters", "taken_back"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    right, wrong, criteria = WRONG[name]
    assert right in RIGHT
    assert refused_by(parts_in(RIGHT.replace(right, wrong), EXERCISE)) == criteria


def test_what_was_read_wrongly_is_shown():
    text = sandbox.check(EXERCISE, **parts_of(STUB, EXERCISE)).text()
    shown = text[text.index("a JWT is seen to be one in a cookie too") :].splitlines()[1:4]
    assert [line.strip() for line in shown] == [
        "seen: of POST /login, read says got: session id by cookie",
        "alice: POST /login 200  gets A1",
        "bank: POST /read 200  sends A1",
    ]


def test_two_runs_of_the_stub_tell_the_same():
    stub = parts_of(STUB, EXERCISE)
    assert sandbox.check(EXERCISE, **stub).text() == sandbox.check(EXERCISE, **stub).text()
