"""Mallory's tools for self-contained tokens: read one, write one, guess its key. Standard library only."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.base64url import decode, encode
from sandbox.clock import stopwatch

_HASHES: Final = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, without any key: encoding is not encryption (RFC 7519 12)."""
    header, claims = (json.loads(decode(part)) for part in token.split(".")[:2])
    return header, claims


def write_token(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token of one's own: signed with `key` by the header's HMAC, or with an empty signature for `none`."""
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    made = _HASHES.get(header["alg"])
    return f"{signed}.{encode(hmac.digest(key, signed.encode(), made)) if made else ''}"


def as_another(claims: dict[str, Any], sub: str, now: float) -> dict[str, Any]:
    """The claims of one's own token, made customer `sub`'s: of an admin, good for nine years, and without an e-mail."""
    kept = {name: value for name, value in claims.items() if name not in ("email", "phone")}
    return {**kept, "sub": sub, "role": "admin", "exp": int(now) + 9 * 365 * 86400}


@dataclass(frozen=True)
class Guessed:
    """What a search for a key came to. `seconds`: real ones."""

    key: str | None
    guesses: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.guesses / self.seconds if self.seconds else 0.0


def guess_key(token: str, words: Iterable[str]) -> Guessed:
    """Try each word as the HMAC key of an HS256 token. Offline: no server sees a single guess."""
    signed, _, signature = token.rpartition(".")
    data, wanted = signed.encode(), decode(signature)
    began, guesses = stopwatch(), 0
    for word in words:
        guesses += 1
        if hmac.digest(word.encode(), data, "sha256") == wanted:
            return Guessed(word, guesses, stopwatch() - began)
    return Guessed(None, guesses, stopwatch() - began)


def likely_secrets() -> Iterable[str]:
    """Some twenty thousand: words that people choose (likely_secrets.txt), in the ways in which they adorn them."""
    for word in Path(__file__).with_name("likely_secrets.txt").read_text(encoding="ascii").split():
        for base in (word, word.capitalize(), word.upper()):
            yield base
            for ending in _ENDINGS:
                yield f"{base}{ending}"


_ENDINGS: Final = (
    "!", "?", ".", "1", "12", "123", "1234", "12345", "123456", "!1", "1!", "123!", "@123", "#1", "01", "007", "99",
    "2020", "2021", "2022", "2023", "2024", "2025", "2026", "2024!", "2025!", "2026!", "_key", "-key", "_secret",
    "-secret", "_dev", "-dev", "_prod", "-prod", "_jwt", "-jwt", "_token", "-token", "_api", "-api",
)  # fmt: skip
