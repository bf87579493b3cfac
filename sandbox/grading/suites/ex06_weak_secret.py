"""Weak secret: the key that signs must not be guessed, told, shared or kept for ever; and nobody may be thrown out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sandbox import base64url
from sandbox.actors.forgery import likely_secrets, read_token, write_token
from sandbox.exchange import Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

LIFETIME: Final = 15 * 60
"""Simulated seconds that a token lives, as the task states."""
SIZE: Final = 32
"""Bytes of a key for HS256 (RFC 7518 3.2)."""


def login(visit: Visit, name: str, place: str = "bank") -> str:
    """That customer's fresh token. Raises Broken where there is none."""
    body = {"email": f"{name}@bank.example", "password": visit.password(name)}
    token = visit.call("POST", f"/{place}/login", actor=name, body=body).field("access_token")
    good = isinstance(token, str) and token.isascii() and token.count(".") == 2
    expect(good, f"{name.capitalize()} logs in, and gets no token")
    return str(token)


def header_of(token: str) -> dict[str, Any]:
    """The token's header. Raises Broken for what is none."""
    try:
        header, _ = read_token(token)
    except (ValueError, RecursionError):
        header = {}
    expect(isinstance(header, dict) and isinstance(header.get("kid"), str), "a token's header has no kid that is text")
    return header


def rotate(visit: Visit, place: str = "bank") -> Response:
    """Carol, who is an admin, brings the next key. Raises Broken where that fails."""
    body = {"email": "carol@bank.example", "password": visit.password("carol")}
    answer = visit.call("POST", f"/{place}/rotate", actor="carol", body=body)
    expect(answer.ok, f"the rotation is answered {answer.status}")
    return answer


def profile(visit: Visit, token: str, place: str = "bank", actor: str = "alice") -> Response:
    return visit.call("GET", f"/{place}/profile", actor=actor, headers={"Authorization": f"Bearer {token}"})


def shown(visit: Visit, token: str, name: str = "alice", place: str = "bank") -> bool:
    """Whether that token opens that customer's profile."""
    user = profile(visit, token, place, name).field("user")
    return isinstance(user, dict) and user.get("email") == f"{name}@bank.example"


def key_fits(answer: Response) -> bool:
    """Whether the signature was found to be good: it was let in, or would have been with a longer key."""
    return answer.ok or answer.field("error") == "weak_key"


def first_signed(tokens: Iterable[str], keys: Iterable[bytes]) -> str | None:
    """The first token of which one of the keys is the key; None. Offline: no server sees a single guess."""
    signed: list[tuple[str, bytes, bytes]] = []
    for each in tokens:
        content, _, signature = each.rpartition(".")
        try:
            signed.append((each, content.encode(), base64url.decode(signature)))
        except ValueError:
            continue
    for key in keys:
        for token, data, wanted in signed:
            if hmac.digest(key, data, "sha256") == wanted:
                return token
    return None


def hashed(data: bytes) -> Iterator[bytes]:
    """Its hashes, as bytes where those are as many as a key has, and in hex."""
    for made in (hashlib.sha256(data), hashlib.sha512(data)):
        yield made.digest()
        yield made.hexdigest().encode()
    for short in (hashlib.md5(data), hashlib.sha1(data)):
        yield short.hexdigest().encode()


def made_of(word: bytes) -> Iterator[bytes]:
    """The keys that people make of a word so that it looks like one: as it is, filled up, hashed, encoded.

    Filled up with zero bytes behind, it is the same key to HMAC as the word itself (RFC 2104 2).
    """
    yield word
    yield (word * SIZE)[:SIZE]
    yield word.rjust(SIZE, b"\0")
    for filler in (b"0", b" "):
        yield word.rjust(SIZE, filler)
        yield word.ljust(SIZE, filler)
    yield from hashed(word)
    yield base64url.encode(word).encode()
    yield word.hex().encode()


def guesses(visit: Visit) -> Iterator[bytes]:
    """A word, a number, one sign again and again, two bytes, or what everybody knows of this bank."""
    words = [word.encode() for word in (*likely_secrets(), *map(str, range(10_000)))]
    yield from words
    known = {each for user in visit.facts.users for each in (user.id, user.email, user.role)}
    known |= {"bank.example", "https://bank.example", "bank", "k1", "HS256"}
    known |= {str(visit.clock.now()), str(int(visit.clock.now()))}
    for word in (*(each.encode() for each in sorted(known)), *words):
        yield from made_of(word)
    for pair in map(bytes, itertools.product(range(256), repeat=2)):
        yield pair
        yield pair * (SIZE // 2)
        yield pair.rjust(SIZE, b"\0")
    for sign in range(256):
        yield from (bytes([sign]), bytes([sign]) * 2 * SIZE)
    yield from (b"", bytes(range(SIZE)), b"0123456789abcdef" * 2, b"0123456789" * 4)


def following(key: bytes, told: Iterable[str]) -> Iterator[bytes]:
    """The keys that a person makes of the key before, alone or with what everybody is told."""
    yield from (key, key[::-1])
    for turned, step in itertools.product((1, -1), (1, -1)):  # a number, with its first or its last byte in front
        number = (int.from_bytes(key[::turned]) + step) % (1 << 8 * len(key))
        yield number.to_bytes(len(key))[::turned]
    for more in (b"", b"\0", b"\1", b"\2", b"0", b"1", b"2", *(each.encode(errors="replace") for each in told)):
        for whole in (key + more, more + key, key.hex().encode() + more):
            yield from hashed(whole)
        yield from (hmac.digest(key, more, "sha256"), hmac.digest(more, key, "sha256"))


def texts(found: Any) -> Iterator[str]:
    """Every text in a piece of JSON, whatever holds it."""
    left = [found]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            left += [*each, *each.values()] if isinstance(each, dict) else each


def keys_in(text: str) -> Iterator[bytes]:
    """What that text could be as a key: itself, decoded, reversed, hashed."""
    for each in (text, text[::-1]):
        yield from made_of(each.encode(errors="replace"))
        for decode in (bytes.fromhex, base64url.decode, from_base32, base64.b85decode, base64.a85decode, from_digits):
            try:
                yield decode(each)
            except (ValueError, OverflowError):
                continue


def from_base32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8), casefold=True)


def from_digits(text: str) -> bytes:
    """A key that was written as one large number."""
    return int(text).to_bytes(SIZE, "big")


def _works(visit: Visit) -> None:
    for name in ("alice", "bob"):
        token = login(visit, name)
        visit.clock.advance(seconds=LIFETIME - 1)
        expect(shown(visit, token, name), f"{name.capitalize()} logs in, and is not shown the own profile")


def _overlap(visit: Visit) -> None:
    visit.clock.advance(days=30)  # so long has the first key served by now
    first = login(visit, "alice")
    rotate(visit)
    expect(shown(visit, first), "right after the rotation, Alice's token is refused")
    visit.clock.advance(seconds=60)
    second = login(visit, "bob")
    expect(shown(visit, second, "bob"), "after the rotation, Bob logs in, and his token is refused")
    rotate(visit)
    visit.clock.advance(seconds=LIFETIME - 61)
    expect(shown(visit, first), "after two rotations, a second before its exp, Alice's token is refused")
    visit.clock.advance(seconds=60)
    expect(shown(visit, second, "bob"), "a second before its exp, Bob's token, of the key in the middle, is refused")


def _cards(visit: Visit) -> None:
    for when in ("at first", "after a rotation"):
        expect(shown(visit, login(visit, "alice"), place="cards"), f"the card service does not serve Alice {when}")
        rotate(visit)


def _guess(visit: Visit) -> None:
    first = login(visit, "mallory")
    rotate(visit)
    second = login(visit, "mallory")
    found = first_signed((first, second), guesses(visit))
    expect(found != first, "Mallory took one token home, and found the key in his list of likely ones")
    expect(found is None, "after the rotation, Mallory found the new key in his list of likely ones")


def _copies(visit: Visit) -> None:
    for when in ("", ", after a rotation in both"):
        token = login(visit, "alice", "copy")
        expect(shown(visit, token, place="copy"), "the second installation of the software refuses its own token")
        for service in ("bank", "cards"):
            seen = f"this bank finds the signature of another installation's token good{when}: both have the same key"
            expect(not key_fits(profile(visit, token, service, "mallory")), seen)
        rotate(visit)
        rotate(visit, "copy")


def _told(visit: Visit) -> None:
    tokens = [login(visit, "mallory")]
    profile(visit, tokens[0], actor="mallory")
    rotate(visit)
    tokens.append(login(visit, "mallory"))
    said = {text for token in tokens for text in texts(header_of(token))}
    for each in visit.log:
        said |= set(texts(each.response.json())) | {value for _, value in each.response.headers}
    short = sorted(text for text in said if len(text) <= 200)[:200]
    found = first_signed(tokens, itertools.chain.from_iterable(map(keys_in, short)))
    expect(found is None, "the key, or what it is made of, stands in the bank's own answers")


def _renewed(visit: Visit) -> None:
    old = login(visit, "alice")
    rotate(visit)
    new = login(visit, "alice")
    expect(header_of(old)["kid"] != header_of(new)["kid"], "tokens from before and after the rotation name one kid")
    answer = profile(visit, old, "cards", "mallory")
    seen = "after the rotation, the card service, which has only the new key, takes old signatures"
    expect(not key_fits(answer), seen)
    lost = visit.call("GET", "/bank/retired", actor="mallory").field("key")
    told = (str(header_of(old)["kid"]), str(header_of(new)["kid"]), str(int(visit.clock.now())))
    found = first_signed((new,), following(bytes.fromhex(str(lost)), told))
    expect(found is None, "Mallory found the retired key in a lost backup, and made the new one of it")


def _retired(visit: Visit) -> None:
    old = login(visit, "alice")
    rotate(visit)
    visit.clock.advance(seconds=LIFETIME + 60)
    answer = profile(visit, old, actor="mallory")
    expect(not answer.ok, "a minute after its exp, a token is taken")
    checked = answer.field("error_description") == "the token has expired"
    expect(not checked, "16 minutes after the rotation, the old key still checks tokens: a thief could sign with it")
    expect(shown(visit, login(visit, "alice")), "once the old key has ended, Alice's new token is refused")
    rotate(visit)
    expect(shown(visit, login(visit, "alice")), "after that and one more rotation, Alice's new token is refused")


def _unknown(visit: Visit) -> None:
    token = login(visit, "alice")
    header, (_, claims) = header_of(token), read_token(token)
    unheard = ("", "k999", "None", "__class__", "../../dev/null", "x' OR '1'='1")
    for kid in (*unheard, "k0", "k2", "0", "1", "current", header["kid"]):
        for key in (b"", bytes(SIZE), b"None", b"null", str(kid).encode()):
            forged = write_token({**header, "alg": "HS256", "kid": kid}, claims, key)
            what = f"the kid {kid or 'empty'}" if kid != header.get("kid") else "the right kid and a wrong key"
            answer = profile(visit, forged, actor="mallory")
            expect(not answer.ok, f"a token with {what} opens Alice's profile")
            none = answer.field("error_description") == "no key has that kid"
            expect(none or kid not in unheard, f"for {what}, which names no key, `verifying` returns a key")


EXERCISE = Exercise(
    "ex06_weak_secret",
    "Weak secret",
    ("Keys",),
    (
        Criterion("works", "who logs in is shown the own profile, until the token's exp",
                  "`signing` and `verifying` must know the same key by the same kid", False, _works),
        Criterion("overlap", "a rotation throws nobody out: tokens of earlier keys serve for their life",
                  "a retired key must check for as long as the last token that it signed; there may be two of them",
                  False, _overlap),
        Criterion("cards", "the card service, whose library refuses a short key, serves customers too",
                  "how many bytes has a key for HS256 at least (RFC 7518 3.2)? The same goes for each next key",
                  False, _cards),
        Criterion("guess", "no key, first or later, is in a list of likely ones, as it is, filled up or hashed",
                  "people choose what others guess; and a hash of a word is as likely as the word", True, _guess),
        Criterion("copies", "no other installation of the software has the same key",
                  "what stands in the source is the same everywhere: make the key when `Keys` is made", True, _copies),
        Criterion("told", "the bank's answers don't tell the key",
                  "a kid names a key: it goes out with every token, and the key must not follow from it", True, _told),
        Criterion("renewed", "a rotation brings another key, which does not follow from the old one, under another kid",
                  "a new name for the old key is no rotation, and a key made of the old one is known to whoever has "
                  "that", True, _renewed),
        Criterion("retired", "once its last token has ended, an old key checks nothing any more",
                  "note when each key was retired, and compare with `now` in `verifying`", True, _retired),
        Criterion("unknown", "a kid that names no key opens nothing, and nothing breaks",
                  "for a kid that you don't know, return None: no other key, and no error", True, _unknown),
    ),
    after="Mallory would look for where the key is kept: in a repository, a backup, an environment that a crash report "
    "prints. Whoever checks tokens with HS256 can also make them; with a key pair, only the bank can sign.",
)  # fmt: skip
