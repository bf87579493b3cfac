"""The denylist: self-contained tokens that were ended before their exp."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.server.site import Site
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.tokens import leeway


@dataclass(frozen=True)
class Denylist:
    """Off, it neither writes nor reads: the token alone decides. On, it costs a read per request."""

    site: Site
    store: SQLiteStore

    def _on(self) -> bool:
        return bool(self.site.defences.denylist)

    def denies(self, jti: str) -> bool:
        return self._on() and self.store.denies(jti)

    def deny(self, jti: str, expires_at: float | None) -> None:
        if self._on():
            self.store.deny(jti, expires_at)
            self._prune()

    def note(self, jti: str, family_id: int, expires_at: float | None) -> None:
        """Remember a token that was issued from this family, so that `deny_family` finds it."""
        if self._on():
            self.store.note_live_token(jti, family_id, expires_at)
            self._prune()

    def deny_family(self, family_id: int) -> None:
        """Deny every live token that was issued from this family."""
        if self._on():
            self.store.deny_family(family_id)

    def _prune(self) -> None:
        """Drop what no verifier takes any more: after exp, and the leeway on top of it."""
        if self.site.defences.prune_denylist:
            self.store.prune_denied(self.site.clock.now() - leeway(self.site))
