"""DELIBERATELY WRONG, the whole file: how key look-up and signature check are often written. Copy nothing from here.

PyJWT refuses these attacks whatever one asks of it, so the "off" side of two switches needs code of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from typing import Final

from sandbox import base64url


class NoSuchKey(Exception):
    """The look-up gave no key, or was no valid SQL."""


MOST_STEPS: Final = 10_000
"""Of SQLite's machine, so that an injected statement can't run for ever; a look-up takes some twenty."""


def key_by_sql(kid: str, ring: dict[str, bytes]) -> bytes:
    """WRONG: the sender's `kid` becomes part of an SQL statement (RFC 8725 3.10 asks to sanitize it).

    A kid of `x' UNION SELECT 'mallory` makes `mallory` the key. The switch `kid_map` off. Raises NoSuchKey.
    """
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute("CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, secret BLOB NOT NULL)")
        db.executemany("INSERT INTO signing_keys VALUES (?, ?)", ring.items())
        _contain(db)
        row = db.execute(f"SELECT secret FROM signing_keys WHERE kid = '{kid}'").fetchone()
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        raise NoSuchKey("the look-up of kid failed") from error  # SQLite's own words may hold what was looked up
    finally:
        db.close()
    secret = row[0].encode() if row and isinstance(row[0], str) else row and row[0]
    if not isinstance(secret, bytes):
        raise NoSuchKey("no key has that kid")
    return secret


def _contain(db: sqlite3.Connection) -> None:
    """What is injected harms the look-up alone: it changes nothing, ends soon, and takes little memory."""
    db.execute("PRAGMA query_only = ON")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 65_536)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    db.set_progress_handler(lambda: 1, MOST_STEPS)


def believes(token: str, key: bytes) -> bool:
    """WRONG: the token says itself how it is to be checked (RFC 8725 2.1, 3.1 ask to fix the algorithm).

    `alg: none`, in any case, needs no signature. `HS256`, `HS384` and `HS512` are an HMAC with whatever `key` is, a
    public RSA key too. Anything else is left to PyJWT. The switch `pin_algorithms` off.
    """
    signed, _, signature = token.rpartition(".")
    try:
        header = json.loads(base64url.decode(signed.partition(".")[0]))
        algorithm = header["alg"].lower()
        if algorithm == "none":
            return True
        hashes = {"hs256": hashlib.sha256, "hs384": hashlib.sha384, "hs512": hashlib.sha512}
        wanted = hmac.new(key, signed.encode(), hashes[algorithm]).digest()
        return hmac.compare_digest(wanted, base64url.decode(signature))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
