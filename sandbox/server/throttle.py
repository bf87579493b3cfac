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
    """Refuses logins after too many failures (ASVS 5 6.3.1). A correct first guess still wins.

    A try counts as a failure from its start, until it has succeeded: so many at once don't all slip through.
    """

    site: Site
    store: SQLiteStore

    def _on(self) -> bool:
        return bool(self.site.defences.throttle_login)

    def begin(self, email: str, client: str) -> None:
        """Raises Refused, 429, when this account or this client has failed too often."""
        if not self._on():
            return
        limits = {f"account {email}": PER_ACCOUNT, f"client {client}": PER_CLIENT}
        if not self.store.note_login(limits, self.site.clock.now(), WINDOW):
            raise Refused(429, "too_many_failures", "too many failed logins: wait", retry_after=WINDOW)

    def succeeded(self, email: str, client: str) -> None:
        """Forget this account's failures, and this one try of the client."""
        if self._on():
            self.store.forget_login(f"account {email}", f"client {client}")
