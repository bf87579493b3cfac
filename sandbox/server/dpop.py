"""Sender-constrained tokens by RFC 9449: a token is bound to the client's key, and useless without a fresh proof."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from flask import request

from sandbox import base64url
from sandbox.server.site import Site
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.tokens import InvalidToken, thumbprint, verify_proof

WINDOW: Final = 60
"""Simulated seconds by which a proof's iat may differ from the server's clock (RFC 9449 11.1)."""


class InvalidProof(Exception):
    """A proof that is malformed, forged, stale, used before, or made for another request. The text says which."""


class WrongHolder(Exception):
    """A bound token that is not shown as it must be: by scheme, or by the key that it is bound to."""


@dataclass(frozen=True)
class Proofs:
    """Off, the header DPoP and the scheme DPoP are not read, and a token is good for whoever holds it."""

    site: Site
    store: SQLiteStore

    def _on(self) -> bool:
        return bool(self.site.defences.dpop)

    def key_of_request(self, bound_to: str | None = None) -> str | None:
        """The thumbprint of the key that a new token is to be bound to; None for a bearer token.

        `bound_to`: the key that must be proved, if any must. Raises InvalidProof, WrongHolder.
        """
        if not self._on():
            return None
        key = self._verified() if "DPoP" in request.headers else None
        if bound_to not in (None, key):
            raise WrongHolder("the refresh token is bound to a key: send a proof made by that key")
        return key

    def read_token(self) -> str | None:
        """The token of a request under the scheme DPoP (RFC 9449 7.1)."""
        return _shown() if self._on() else None

    def check(self, token: str, claims: dict[str, Any]) -> None:
        """Whether who shows this token may: whoever holds it, or who proves its key. Raises the errors above."""
        if not self._on():
            return
        bound_to = _bound_to(claims)
        by_scheme = _shown() == token
        if bound_to is None and not by_scheme:
            return
        if bound_to is None or not by_scheme:
            raise WrongHolder("a bound token comes under the scheme DPoP, and no other token does")
        if self._verified(token) != bound_to:
            raise WrongHolder("the token is bound to another key")

    def _verified(self, token: str | None = None) -> str:
        """The thumbprint of the key that made this request's proof (RFC 9449 4.3). Raises InvalidProof."""
        if "DPoP" not in request.headers:
            raise InvalidProof("send a proof in the header DPoP")
        try:
            claims, jwk = verify_proof(request.headers["DPoP"])
        except InvalidToken as error:
            raise InvalidProof(str(error)) from error
        now, issued_at, jti = self.site.clock.now(), claims.get("iat"), claims.get("jti")
        if claims.get("htm") != request.method or _place(claims.get("htu")) != self.site.issuer + request.path:
            raise InvalidProof("the proof was made for another request")
        if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
            raise InvalidProof("iat must be a number")
        if not now - WINDOW <= issued_at <= now + WINDOW:
            raise InvalidProof("the proof is not fresh")
        if token is not None and claims.get("ath") != _digest(token):
            raise InvalidProof("the proof was made for another token")
        if not isinstance(jti, str) or not jti.isascii() or not 0 < len(jti) <= 200:
            raise InvalidProof("jti must be a short text")
        key = thumbprint(jwk)
        if not self.store.note_proof(f"{key} {jti}", issued_at + WINDOW, now):
            raise InvalidProof("the proof was used before")
        return key


def _shown() -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "dpop" else None


def _bound_to(claims: dict[str, Any]) -> str | None:
    """The key that a token is bound to (RFC 9449 6.1)."""
    confirmation = claims.get("cnf")
    bound_to = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    return None if bound_to is None else str(bound_to)


def _place(htu: object) -> str:
    """A proof's htu without query and fragment."""
    return str(htu).partition("#")[0].partition("?")[0]


def _digest(token: str) -> str:
    return base64url.encode(hashlib.sha256(token.encode()).digest())
