"""The bank's own access tokens, for exercises whose matter lies elsewhere: JWTs, signed with the key of the run."""

from __future__ import annotations

from typing import Any, Final

from sandbox.clock import MINUTE
from sandbox.grading.bank import Bank
from sandbox.grading.mounts import hs256

HEADER: Final = {"alg": "HS256", "typ": "at+jwt"}
LIFETIME: Final = 15 * MINUTE
"""Simulated seconds."""


def issue(bank: Bank, claims: dict[str, Any], lifetime: float = LIFETIME) -> str:
    """These claims, with a `jti` and an `exp` of their own, signed (RFC 7519 4.1)."""
    return hs256.write(HEADER, {**claims, "jti": bank.new_id(), "exp": int(bank.now() + lifetime)}, bank.key)


def read(bank: Bank, token: str) -> dict[str, Any] | None:
    """The claims of a token that this bank signed, before its exp; None for any other."""
    parts = hs256.read(token)
    if parts is None or not hs256.signed_by(token, bank.key) or bank.now() >= parts[1]["exp"]:
        return None
    return parts[1]


def bearer(authorization: str | None) -> str:
    """The token of a header `Authorization: Bearer ...` (RFC 6750 2.1); empty where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
