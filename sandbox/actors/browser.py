"""A browser with a person before it: a user agent that keeps cookies, localStorage and a page's memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.actors.cookies import CookieStore, StoredCookie
from sandbox.actors.page import Page
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.errors import UnknownName
from sandbox.exchange import MODES, Request, Response, Send

SITE: Final = "https://bank.example"


@dataclass(frozen=True)
class Holdings:
    """All that a browser holds of a site, and where it lies."""

    cookies: tuple[StoredCookie, ...] = ()
    local_storage: dict[str, str] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    """What the page's script keeps in variables: gone with the page."""

    def __repr__(self) -> str:
        """What lies where, by name: a value in a cell's output would be saved with the notebook."""
        cookies = [each.name for each in self.cookies]
        return f"Holdings(cookies={cookies}, local_storage={list(self.local_storage)}, memory={list(self.memory)})"


class Browser:
    """Sends requests as a browser does: its own cookies go along by themselves."""

    def __init__(self, name: str, send: Send, clock: Clock, defences: Callable[[], Defences]) -> None:
        self.name = name
        self.defences = defences
        self.cookies = CookieStore(clock)
        self.local_storage: dict[str, str] = {}
        self.memory: dict[str, str] = {}
        self._send = send

    def open(self, mode: str) -> Page:
        """The bank's page for `mode` (session, jwt or hybrid), in this browser. Raises UnknownName."""
        if mode not in MODES:
            raise UnknownName("mode", mode, MODES)
        return Page(self, mode)

    def fetch(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """One request from the bank's own page to `path` of the bank. Raises ServerStopped."""
        url = f"{SITE}{path}"
        sent = list((headers or {}).items())
        body = b""
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.append(("Content-Type", "application/json"))
        cookies = self.cookies.for_request(url)
        if cookies:
            pairs = (f"{each.name}={each.value}" if each.name else each.value for each in cookies)
            sent.append(("Cookie", "; ".join(pairs)))
        response = self._send(Request(method, url, tuple(sent), body))
        for header in response.all("Set-Cookie"):
            self.cookies.receive(url, header)
        return response

    def close_and_reopen(self) -> None:
        """Close the browser and start it anew: variables and session cookies are gone, localStorage stays."""
        self.cookies.forget_session_cookies()
        self.memory.clear()

    def holdings(self) -> Holdings:
        """Everything that lies in this browser now, whatever flag it bears: what malware sees."""
        return Holdings(tuple(self.cookies.all()), dict(self.local_storage), dict(self.memory))

    def plant(self, loot: Holdings) -> None:
        """Put stolen things into this browser. A thief heeds no expiry date of a cookie."""
        for cookie in loot.cookies:
            self.cookies.put(replace(cookie, expires_at=None))
        self.local_storage.update(loot.local_storage)
        self.memory.update(loot.memory)

    def save(self) -> Any:
        """Its state now, for `restore`."""
        return self.cookies.save(), dict(self.local_storage), dict(self.memory)

    def restore(self, saved: Any) -> None:
        cookies, local_storage, memory = saved
        self.cookies.restore(cookies)
        self.local_storage, self.memory = dict(local_storage), dict(memory)
