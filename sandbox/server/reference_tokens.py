"""Reference tokens: random values that mean nothing without a row in the store, and what the store keeps of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sandbox.server.site import Site


def new_reference_token() -> str:
    """256 random bits, in base64url: a session id or a refresh token."""
    return secrets.token_urlsafe(32)


def successor_of(site: Site, refresh_token: str) -> str:
    """The refresh token that follows this one: derived, so the store need not keep its value."""
    return hmac.new(site.keys.successor, refresh_token.encode(), hashlib.sha256).hexdigest()


def at_rest(site: Site, token: str) -> str:
    """What the store keeps of a reference token. SHA-256 serves: 256 random bits can't be guessed (RFC 9700 4.14)."""
    if site.defences.hash_at_rest:
        return hashlib.sha256(token.encode()).hexdigest()
    return token
