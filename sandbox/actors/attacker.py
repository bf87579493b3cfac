"""Mallory: holds what leaked, and tries it, with a browser of Mallory's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sandbox.actors.browser import Browser, Holdings
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Response, Send

LOOT: Final = ("all", "access", "refresh")
"""What a theft may take: everything, the access credential alone, the refresh token alone."""


class Attacker:
    """Knows nothing of the server's insides: only what was copied, and what the answers say."""

    def __init__(self, name: str, send: Send, clock: Clock, defences: Callable[[], Defences]) -> None:
        self.browser = Browser(name, send, clock, defences)
        self.last: Response | None = None
        """The last answer, whatever it was."""

    @property
    def name(self) -> str:
        return self.browser.name

    def steal(self, victim: Browser, loot: str = "all") -> Holdings:
        """Copy what the victim's browser holds, by malware: no flag of a cookie hides it, and nobody notices."""
        taken = select(victim.holdings(), loot)
        self.browser.plant(taken)
        return taken

    def get_in(self, mode: str, *, renew: bool = False) -> bool:
        """Whether Mallory reads the victim's profile now: with what is held, refreshing where that must be.

        `renew`: refreshing in any case where the mode can, and that must succeed too.
        """
        page = self.browser.open(mode)
        self.last = page.request("GET", "/profile")
        if page.can_refresh and (renew or not self.last.ok):
            if not page.refresh().ok:
                return False
            self.last = page.request("GET", "/profile")
        return self.last.ok


def select(holdings: Holdings, loot: str) -> Holdings:
    """The part of the holdings that a theft of `loot` takes. A refresh token is what bears that name."""
    if loot == "all":
        return holdings

    def wanted(name: str) -> bool:
        return ("refresh" in name) == (loot == "refresh")

    return replace(
        holdings,
        cookies=tuple(each for each in holdings.cookies if wanted(each.name)),
        local_storage={name: value for name, value in holdings.local_storage.items() if wanted(name)},
        memory={name: value for name, value in holdings.memory.items() if wanted(name)},
    )
