"""Mallory reads any token, writes any token, and guesses the key of a weak one."""

import jwt
import pytest

from sandbox.actors.forgery import guess_key, likely_secrets, read_token, write_token

CLAIMS = {"sub": "alice", "role": "admin"}
KEY = "a key of thirty-two bytes or more, for HS512 of sixty-four or even more"


def test_anybody_reads_the_claims_without_a_key() -> None:
    assert read_token(jwt.encode(CLAIMS, KEY, "HS256"))[1] == CLAIMS


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_who_has_the_key_writes_what_a_library_takes(algorithm: str) -> None:
    token = write_token({"alg": algorithm, "typ": "JWT"}, CLAIMS, KEY.encode())
    assert jwt.decode(token, KEY, algorithms=[algorithm]) == CLAIMS


def test_alg_none_has_an_empty_signature_and_a_library_refuses_it() -> None:
    token = write_token({"alg": "none"}, CLAIMS)
    assert token.endswith(".")
    assert read_token(token) == ({"alg": "none"}, CLAIMS)
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(token, KEY, algorithms=["HS256"])


def test_a_key_that_is_among_the_words_is_found_and_the_guesses_are_counted() -> None:
    found = guess_key(write_token({"alg": "HS256"}, CLAIMS, b"third"), ["first", "second", "third", "fourth"])
    assert (found.key, found.guesses) == ("third", 3)


def test_a_key_that_is_not_among_the_words_is_not_found() -> None:
    found = guess_key(write_token({"alg": "HS256"}, CLAIMS, KEY.encode()), ["first", "second"])
    assert (found.key, found.guesses) == (None, 2)


def test_the_likely_secrets_are_some_twenty_thousand_in_the_ways_people_adorn_them() -> None:
    words = list(likely_secrets())
    assert 15_000 < len(words) < 40_000
    assert {"secret", "Secret123", "CHANGEME!"} <= set(words)
    assert KEY not in words
