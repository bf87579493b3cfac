"""The keys that sign one mode's tokens: a ring of them by kid, of which the latest signs."""

from __future__ import annotations

import secrets
import threading
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
        """Replaced as a whole, so that a request sees one state of it."""
        self._changing = threading.Lock()

    def current(self) -> tuple[str, bytes]:
        """The key that signs now: its kid and its secret."""
        kid, key = next(reversed(self._ring.items()))
        return kid, key.secret

    def ring(self, now: float, overlap: float) -> dict[str, bytes]:
        """The keys that verify then, by kid: the current one, and those retired less than `overlap` seconds ago."""
        return {
            kid: key.secret
            for kid, key in self._ring.items()
            if key.retired_at is None or (overlap and now < key.retired_at + overlap)
        }

    def rotate(self, now: float) -> None:
        """From now on, a fresh key of 32 bytes signs."""
        with self._changing:
            kid, secret = self.current()
            fresh = SigningKey(secrets.token_bytes(32))
            self._ring = {**self._ring, kid: SigningKey(secret, now), f"k{len(self._ring) + 1}": fresh}

    def configure(self, secret: bytes) -> None:
        """The operator's own choice in place of the key that signs; its kid stays."""
        with self._changing:
            self._ring = {**self._ring, self.current()[0]: SigningKey(secret)}
