"""A key that stays in one device, and the proofs that it makes (RFC 9449 4.2)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sandbox.base64url import encode as base64url


class DeviceKey:
    """An ES256 key pair. It signs, and nothing reads it out. Needs the package cryptography."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = ec.generate_private_key(ec.SECP256R1())

    def proof(self, method: str, url: str, now: float, access_token: str | None = None) -> str:
        """A DPoP proof for one request. `now` in simulated seconds since the epoch."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": url, "iat": int(now)}
        if access_token:
            claims["ath"] = base64url(hashlib.sha256(access_token.encode()).digest())
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._public()}
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (head, claims))
        return f"{signed}.{base64url(self._sign(signed.encode()))}"

    def _public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", **{name: base64url(getattr(numbers, name).to_bytes(32)) for name in "xy"}}

    def _sign(self, data: bytes) -> bytes:
        """R and S side by side, as JWS has them (RFC 7518 3.4)."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        return b"".join(part.to_bytes(32) for part in decode_dss_signature(self._key.sign(data, ECDSA(SHA256()))))
