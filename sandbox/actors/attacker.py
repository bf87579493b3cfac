"""Mallory: holds what leaked, and tries it, with a browser of Mallory's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sandbox.actors.browser import Browser, Holdings
from sandbox.actors.cookies import StoredCookie
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
        self.goal = "/profile"
        """What Mallory wants to read."""

    @property
    def name(self) -> str:
        return self.browser.name

    def steal(self, victim: Browser, loot: str = "all") -> Holdings:
        """Copy what the victim's browser holds, by malware: no flag of a cookie hides it, and nobody notices."""
        taken = select(victim.holdings(), loot)
        self.browser.plant(taken)
        return taken

    def holds(self, loot: str) -> bool:
        """Whether Mallory holds any of that: one of `LOOT`."""
        held = select(self.browser.holdings(), loot)
        return bool(held.cookies or held.local_storage or held.memory)

    def can_refresh(self, mode: str) -> bool:
        """Whether Mallory holds a refresh token, in a mode that has them."""
        return self.browser.open(mode).can_refresh and self.holds("refresh")

    def hold_cookies(self, header: str) -> list[str]:
        """Take over what a Cookie header, or `document.cookie`, shows: the names."""
        pairs = [pair.partition("=")[::2] for pair in header.split("; ") if pair]
        for name, value in pairs:
            self.browser.cookies.put(bearing(name, value, self.browser.clock.now()))
        return [name for name, _ in pairs]

    def hold_token(self, mode: str, token: str, name: str = "access_token") -> None:
        """Take over one token, as if this browser had been given it."""
        self.browser.local_storage[f"{mode}.{name}"] = token

    def hold_like(self, mode: str, answer: Response, token: str) -> None:
        """Take over one token in place of all that was held: where such an answer of the bank puts one, in a cookie or
        in the page's keeping.
        """
        self.browser.restore(([], {}, {}))
        name, _ = handed_out(answer)
        if name:
            self.browser.cookies.put(bearing(name, token, self.browser.clock.now()))
        else:
            self.hold_token(mode, token)

    def get_in(self, mode: str, *, renew: bool = False) -> bool:
        """Whether Mallory reaches the goal now: with what is held, refreshing where that must be.

        `renew`: refreshing in any case where the mode can, and that must succeed too.
        """
        page = self.browser.open(mode)
        self.last = page.request("GET", self.goal)
        if self.can_refresh(mode) and (renew or not self.last.ok):
            self.last = page.refresh()
            if not self.last.ok:
                return False
            self.last = page.request("GET", self.goal)
        return self.last.ok


def handed_out(answer: Response) -> tuple[str, str]:
    """What a login hands out for the calls to come: the name of its cookie, empty where it is in the body; the value.

    Both are empty where it hands out nothing.
    """
    in_body = answer.field("access_token")
    if isinstance(in_body, str):
        return "", in_body
    name, _, value = (answer.header("Set-Cookie") or "").partition(";")[0].partition("=")
    return name, value


def bearing(name: str, value: str, now: float) -> StoredCookie:
    """A cookie of the bank as one's own script would send it: with every request, without end."""
    return StoredCookie(
        name=name, value=value, domain="bank.example", host_only=True, path="/", secure_only=False, http_only=False,
        same_site="None", created_at=now, expires_at=None,
    )  # fmt: skip


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
