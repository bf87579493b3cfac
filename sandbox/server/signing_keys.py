"""The keys that sign one mode's tokens: a ring of them by kid, of which the latest signs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from sandbox.clock import HOUR

OVERLAP: Final = 24 * HOUR
"""Simulated seconds for which, with the switch `key_overlap`, a key still verifies after its successor came."""


@dataclass(frozen=True)
class SigningKey:
    """One key of the ring."""

    secret: bytes = field(repr=False)
    retired_at: float | None = None
    """In simulated seconds since the epoch; None: it signs."""


class SigningKeys:
    """Made anew at each launch. `k1` signs until `rotate` makes `k2`, and so on (RFC 7517 4.5)."""

    def __init__(self) -> None:
        self._ring = {"k1": SigningKey(secrets.token_bytes(32))}

    @property
    def kid(self) -> str:
        """The name of the key that signs now."""
        return next(reversed(self._ring))

    @property
    def secret(self) -> bytes:
        """The key that signs now."""
        return self._ring[self.kid].secret

    def ring(self, now: float, overlap: float) -> dict[str, bytes]:
        """The keys that verify then, by kid: the current one, and those retired less than `overlap` seconds ago."""
        return {
            kid: key.secret
            for kid, key in self._ring.items()
            if key.retired_at is None or (overlap and now < key.retired_at + overlap)
        }

    def rotate(self, now: float) -> None:
        """From now on, a fresh key of 32 bytes signs."""
        retired = SigningKey(self.secret, now)
        self._ring = {**self._ring, self.kid: retired, f"k{len(self._ring) + 1}": SigningKey(secrets.token_bytes(32))}

    def configure(self, secret: bytes) -> None:
        """The operator's own choice in place of the key that signs; its kid stays."""
        self._ring = {**self._ring, self.kid: SigningKey(secret)}
