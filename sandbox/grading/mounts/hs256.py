"""Signed tokens without a library: HMAC with SHA-256 over header and claims (RFC 7515 5, RFC 7518 3.2)."""

from __future__ import annotations

import hmac
import json
from typing import Any

from sandbox import base64url


def write(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """A token: `header.claims.signature`, each in base64url."""
    signed = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{base64url.encode(hmac.digest(key, signed.encode(), 'sha256'))}"


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims as they stand there, believed by nobody yet; None for what is no token."""
    try:
        header, claims, _ = (base64url.decode(part) for part in token.split("."))
        parts = json.loads(header), json.loads(claims)
    except (ValueError, RecursionError):
        return None
    return parts if all(isinstance(part, dict) for part in parts) else None


def signed_by(token: str, key: bytes) -> bool:
    """Whether that key made the token's signature. Whatever the token says of its algorithm: it is HS256 here."""
    signed, _, signature = token.rpartition(".")
    made = base64url.encode(hmac.digest(key, signed.encode(), "sha256"))
    return hmac.compare_digest(made.encode(), signature.encode())
