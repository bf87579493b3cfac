"""Exercise 6: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import secrets
from itertools import islice

import pytest

import sandbox
from sandbox.grading.bank import fresh_facts
from sandbox.grading.suites import ex06_weak_secret as suite
from sandbox.grading.visit import Visit

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex06_weak_secret"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_takes_a_word_for_ever_and_is_refused():
    assert refused_by(parts_of(STUB, EXERCISE)) == ["cards", "guess", "copies", "renewed", "retired"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_in_another_style_passes():
    class Keys:
        """A list of keys, the latest last, each with the moment of its successor; the kid is random."""

        def __init__(self):
            self.ring = [(secrets.token_urlsafe(6), secrets.token_hex(32).encode(), None)]

        def signing(self):
            kid, key, _ = self.ring[-1]
            return kid, key

        def verifying(self, kid, now):
            self.ring = [each for each in self.ring if each[2] is None or now - each[2] < 900]
            return next((key for name, key, _ in self.ring if name == kid), None)

        def rotate(self, now):
            kid, key, _ = self.ring.pop()
            self.ring += [(kid, key, now), (secrets.token_urlsafe(6), secrets.token_hex(32).encode(), None)]

    assert sandbox.check(EXERCISE, Keys=Keys).passed


RIGHT = {
    "key": "secrets.token_bytes(32)",
    "kid": 'f"k{len(self.keys) + 1}"',
    "retire": "self.until[self.kid] = now + 900",
    "forget": "pass",
    "look": "self.keys.get(kid) if now < self.until.get(kid, now + 1) else None",
}
"""The pieces of a solution: a wrong one has another piece in one place."""

SOURCE = """
import base64, hashlib, hmac, random, secrets

CONSTANT = secrets.token_bytes(32)

class Keys:
    def __init__(self):
        self.keys, self.until, self.kid = {{}}, {{}}, None
        self.rotate(0)

    def rotate(self, now):
        key = {key}
        if self.kid:
            {retire}
            {forget}
        self.kid = {kid}
        self.keys[self.kid] = key

    def signing(self):
        return self.kid, self.keys[self.kid]

    def verifying(self, kid, now):
        return {look}
"""

WRONG = {
    "takes_a_random_number": ({"key": "str(secrets.randbelow(10_000)).encode()"}, ["cards", "guess"]),
    "takes_sixteen_bytes": ({"key": "secrets.token_bytes(16)"}, ["cards"]),
    "takes_two_bytes": ({"key": "secrets.token_bytes(2)"}, ["cards", "guess"]),
    "takes_two_bytes_sixteen_times": ({"key": "secrets.token_bytes(2) * 16"}, ["guess"]),
    "fills_a_number_up_with_zeros": ({"key": "str(secrets.randbelow(10_000)).zfill(32).encode()"}, ["guess"]),
    "takes_the_md5_of_a_number": ({"key": "hashlib.md5(str(secrets.randbelow(10_000)).encode()).hexdigest().encode()"},
                                  ["guess"]),
    "takes_the_sha512_of_a_number": ({"key": "hashlib.sha512(str(secrets.randbelow(10_000)).encode()).digest()"},
                                     ["guess"]),
    "counts_after_a_good_start": (
        {"key": "hashlib.sha256(b'%d' % len(self.keys)).digest() if self.keys else secrets.token_bytes(32)"},
        ["guess", "copies"]),
    "hashes_the_old_key": (
        {"key": "hashlib.sha256(self.keys[self.kid]).digest() if self.keys else secrets.token_bytes(32)"},
        ["renewed"]),
    "adds_one_to_the_old_key": (
        {"key": "(int.from_bytes(self.keys[self.kid], 'big') + 1).to_bytes(32, 'big') if self.keys "
                "else bytes(1) + secrets.token_bytes(31)"}, ["renewed"]),
    "turns_the_old_key_round": ({"key": "self.keys[self.kid][::-1] if self.keys else secrets.token_bytes(32)"},
                                ["renewed"]),
    "signs_one_with_the_old_key": (
        {"key": "hmac.digest(self.keys[self.kid], b'1', 'sha256') if self.keys else secrets.token_bytes(32)"},
        ["renewed"]),
    "fills_a_word_up": ({"key": 'f"dragon{len(self.keys) or str()}".encode().ljust(32, b"\\0")'}, ["guess", "copies"]),
    "hashes_a_word": ({"key": 'hashlib.sha256(f"dragon{len(self.keys) or str()}".encode()).digest()'},
                      ["guess", "copies"]),
    "has_the_key_in_the_source": ({"key": "hashlib.sha256(CONSTANT + bytes(len(self.keys))).digest()"}, ["copies"]),
    "seeds_chance_with_the_source": ({"key": 'random.Random(f"the bank {len(self.keys)}").randbytes(32)'}, ["copies"]),
    "makes_the_key_of_the_time": ({"key": 'hashlib.sha512(b"%d %d" % (len(self.keys), now)).digest()'}, ["copies"]),
    "names_the_key_by_itself": ({"kid": "key.hex()"}, ["told"]),
    "names_the_key_by_itself_in_base64": ({"kid": "base64.b64encode(key).decode()"}, ["told"]),
    "names_the_key_by_itself_in_base32": ({"kid": "base64.b32encode(key).decode()"}, ["told"]),
    "names_the_key_by_itself_in_base85": ({"kid": "base64.b85encode(key).decode()"}, ["told"]),
    "names_the_key_by_itself_as_a_number": ({"kid": "str(int.from_bytes(key, 'big'))"}, ["told"]),
    "makes_the_key_of_the_kid": ({"key": "hashlib.sha256((fresh := secrets.token_hex(16)).encode()).digest()",
                                  "kid": "fresh"}, ["told"]),
    "gives_the_old_key_a_new_name": ({"key": "self.keys.get(self.kid) or secrets.token_bytes(32)"}, ["renewed"]),
    "forgets_the_old_key_at_once": ({"forget": "self.keys.clear()", "kid": "secrets.token_hex(4)"}, ["overlap"]),
    "keeps_one_old_key_alone": ({"forget": "self.keys = {self.kid: self.keys[self.kid]}",
                                 "kid": "secrets.token_hex(4)"}, ["overlap"]),
    "counts_from_the_birth_of_a_key": ({"retire": "pass", "look": "self.keys.get(kid) if kid == self.kid or now < "
                                        "self.until.setdefault(kid, now) * 0 + 900 else None"}, ["overlap"]),
    "never_retires_a_key": ({"retire": "pass"}, ["retired"]),
    "retires_a_key_after_a_day": ({"retire": "self.until[self.kid] = now + 86_400"}, ["retired"]),
    "retires_the_key_that_signs": ({"look": "self.keys.get(kid) if now < max(self.until.values(), default=now + 1) "
                                    "else None"}, ["retired"]),
    "has_a_key_for_every_kid": ({"look": f"({RIGHT['look']}) or b''"}, ["unknown"]),
    "has_the_latest_key_for_every_kid": (
        {"look": "self.keys.get(kid, self.keys[self.kid]) if now < self.until.get(kid, now + 1) else None"},
        ["unknown"]),
    "breaks_at_an_unknown_kid": ({"look": "self.keys[kid] if now < self.until.get(kid, now + 1) else None"},
                                 ["unknown"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name, monkeypatch):
    pieces, criteria = WRONG[name]
    if "guess" not in criteria:  # the whole list takes seconds; those whom it finds are tried with all of it
        some = list(islice(suite.guesses(Visit(None, fresh_facts())), 40_000))
        monkeypatch.setattr(suite, "guesses", lambda visit: iter(some))
    assert refused_by(parts_in(SOURCE.format(**{**RIGHT, **pieces}), EXERCISE)) == criteria


def test_the_pieces_are_a_solution_where_none_is_wrong():
    assert refused_by(parts_in(SOURCE.format(**RIGHT), EXERCISE)) == []


def test_a_key_that_is_no_bytes_is_told_as_the_error_that_it_raises():
    result = sandbox.check(EXERCISE, **parts_in(SOURCE.format(**{**RIGHT, "key": "secrets.token_hex(32)"}), EXERCISE))
    assert not result.met
    assert "your code raised TypeError" in result.checked[0].seen
