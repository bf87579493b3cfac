"""Throttled logins: so many failures per account and per client address, in simulated time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.server.refusals import Refused
from sandbox.server.site import Site
from sandbox.server.stores.sqlite import SQLiteStore

WINDOW: Final = 900
"""Simulated seconds over which failures count."""
PER_ACCOUNT: Final = 5
PER_CLIENT: Final = 20


@dataclass(frozen=True)
class Throttle:
    """Counts failed logins and refuses further tries (ASVS 5 6.3.1). A correct first guess still wins."""

    site: Site
    store: SQLiteStore

    def _on(self) -> bool:
        return bool(self.site.defences.throttle_login)

    def check(self, email: str, client: str) -> None:
        """Raises Refused, 429, when this account or this client has failed too often."""
        if not self._on():
            return
        since = self.site.clock.now() - WINDOW
        too_many = (
            self.store.login_failures(f"account {email}", since) >= PER_ACCOUNT
            or self.store.login_failures(f"client {client}", since) >= PER_CLIENT
        )
        if too_many:
            raise Refused(429, "too_many_failures", "too many failed logins: wait", retry_after=WINDOW)

    def failed(self, email: str, client: str) -> None:
        if self._on():
            now = self.site.clock.now()
            self.store.note_login_failure((f"account {email}", f"client {client}"), now, now - WINDOW)

    def succeeded(self, email: str) -> None:
        if self._on():
            self.store.forget_login_failures(f"account {email}")
