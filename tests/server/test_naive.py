"""The naive look-up and the naive check do what they are there for, and no harm beyond it."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.server import naive
from sandbox.server.naive import NoSuchKey, believes, key_by_sql

RING = {"k1": b"first", "k2": b"\x00\xff"}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def text(header):
    return f"{encoded(json.dumps(header).encode())}.{encoded(b'{}')}"


def test_the_file_says_that_it_is_wrong():
    assert naive.__doc__.startswith("DELIBERATELY WRONG")
    for function in (key_by_sql, believes):
        assert function.__doc__.startswith("WRONG: ")
        assert "RFC 8725" in function.__doc__


# --- the look-up


@pytest.mark.parametrize("kid", RING)
def test_an_honest_kid_finds_its_key(kid):
    assert key_by_sql(kid, RING) == RING[kid]


@pytest.mark.parametrize(
    ("kid", "key"),
    [
        ("x' UNION SELECT 'mallory", b"mallory"),
        ("x' UNION SELECT x'00ff' --", b"\x00\xff"),
        ("x' OR kid='k1", b"first"),
    ],
)
def test_an_injected_kid_chooses_the_key(kid, key):
    assert key_by_sql(kid, RING) == key


@pytest.mark.parametrize(
    "kid",
    [
        "k3", "", "'", "x' UNION SELECT 1 --", "x' UNION SELECT NULL --", "x'; DROP TABLE signing_keys; --",
        "\0", "\ud800",
        "x' UNION SELECT load_extension('x') --", "x' UNION SELECT zeroblob(1000000000) --", "x' UNION SELECT 1, 2 --",
        "x' AND 1 = (SELECT count(*) FROM sqlite_master, nowhere) --", "' " + "(" * 5000, "x" * 70_000,
    ],
    ids=lambda kid: repr(kid)[:40],
)  # fmt: skip
def test_what_finds_no_key_is_refused_and_nothing_else(kid):
    with pytest.raises(NoSuchKey):
        key_by_sql(kid, RING)


@pytest.mark.parametrize("what", ["count(*)", "group_concat(randomblob(60000))"])
def test_an_injected_statement_without_an_end_is_broken_off(what):
    endless = f"x' UNION SELECT (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT {what} FROM c) --"
    before = time.perf_counter()
    with pytest.raises(NoSuchKey) as refused:
        key_by_sql(endless, RING)
    assert time.perf_counter() - before < 5
    assert any(word in str(refused.value.__cause__) for word in ("interrupted", "too big"))


def test_no_answer_bears_what_was_looked_up():
    """SQLite quotes what it stumbles over: a key must not get into an error that way."""
    telling = "x' UNION SELECT json_extract('{}', hex(secret)) FROM signing_keys --"
    with pytest.raises(NoSuchKey, match=r"^the look-up of kid failed$"):
        key_by_sql(telling, RING)


@given(st.text())
def test_no_kid_at_all_raises_anything_else(kid):
    try:
        assert key_by_sql(kid, RING) in RING.values()
    except NoSuchKey:
        assert kid not in RING


# --- the check


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
def test_it_believes_a_token_that_says_it_needs_no_signature(alg):
    assert believes(text({"alg": alg}) + ".", b"key")
    assert believes(text({"alg": alg}) + ".AAAA", b"key")


@pytest.mark.parametrize("alg", ["sha256", "sha384", "sha512"])
def test_it_takes_any_bytes_for_an_hmac_key(alg):
    head = text({"alg": alg.replace("sha", "HS")})
    signature = encoded(hmac.digest(b"a public key", head.encode(), getattr(hashlib, alg)))
    assert believes(f"{head}.{signature}", b"a public key")
    assert not believes(f"{head}.{signature}", b"another")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "é.é.é", text({"alg": "RS256"}) + ".AAAA", text({"alg": None}) + ".", text({}) + ".",
     text([]) + ".", text({"alg": "HS256"}) + ".", text({"alg": "HS256"}) + ".é", "\ud800.\ud800.",
     text({"alg": ["none"]})],
)  # fmt: skip
def test_all_else_is_left_to_pyjwt(token):
    assert not believes(token, b"key")


@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_no_text_makes_it_stumble(token):
    assert not believes(token, b"key")
