"""A browser with a person before it: a user agent that keeps cookies, localStorage and a page's memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.actors.cookies import CookieStore, Occasion, StoredCookie
from sandbox.actors.device_key import DeviceKey
from sandbox.actors.document import Document
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

    def values(self) -> list[str]:
        """All that is held, wherever it lies."""
        return [*(each.value for each in self.cookies), *self.local_storage.values(), *self.memory.values()]

    def __repr__(self) -> str:
        """What lies where, by name: a value in a cell's output would be saved with the notebook."""
        cookies = [each.name for each in self.cookies]
        return f"Holdings(cookies={cookies}, local_storage={list(self.local_storage)}, memory={list(self.memory)})"


class Browser:
    """Sends requests as a browser does: its own cookies go along by themselves."""

    def __init__(self, name: str, send: Send, clock: Clock, defences: Callable[[], Defences]) -> None:
        self.name = name
        self.send = send
        self.clock = clock
        self.defences = defences
        self.cookies = CookieStore(clock)
        self.storage: dict[tuple[str, str], dict[str, str]] = {}
        """localStorage, by the site of the tab where that differs, and by origin."""
        self.memory: dict[str, str] = {}
        self.device_key: DeviceKey | None = None
        """A key that script may sign with and nobody can copy (RFC 9449; Web Cryptography, extractable false)."""

    def open(self, mode: str) -> Page:
        """The bank's page for `mode` (session, jwt or hybrid), in this browser. Raises UnknownName."""
        if mode not in MODES:
            raise UnknownName("mode", mode, MODES)
        return Page(self, mode)

    def visit(self, url: str) -> Document:
        """The person types an address: a navigation that no page asked for. Raises ServerStopped."""
        return Document(self, url, self.exchange(Request("GET", url), Occasion(navigation=True)))

    @property
    def bank(self) -> Document:
        """A page of the bank, taken as open already."""
        return Document(self, f"{SITE}/")

    @property
    def local_storage(self) -> dict[str, str]:
        """The bank's own."""
        return self.bank.local_storage

    def fetch(
        self, method: str, path: str, *, json_body: Any = None, headers: dict[str, str] | None = None
    ) -> Response:
        """One request from the bank's own page to `path` of the bank. Raises ServerStopped."""
        return self.exchange(self.prepare(method, path, json_body=json_body, headers=headers))

    def prepare(
        self, method: str, path: str, *, json_body: Any = None, headers: dict[str, str] | None = None
    ) -> Request:
        """The same request, made and not sent."""
        sent = dict(headers or {})
        body = b""
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        return self.bank.prepare(f"{SITE}{path}", method, headers=sent, body=body)

    def exchange(self, request: Request, occasion: Occasion | None = Occasion()) -> Response:  # noqa: B008 - frozen
        """Send it, with the cookies of that occasion; None: without any, and taking none."""
        return self.take(request, self.send(self.with_cookies(request, occasion)), occasion)

    def with_cookies(self, request: Request, occasion: Occasion | None = Occasion()) -> Request:  # noqa: B008
        """The request as it goes over the wire."""
        cookies = self.cookies.for_request(request.url, occasion) if occasion else []
        if not cookies:
            return request
        pairs = (f"{each.name}={each.value}" if each.name else each.value for each in cookies)
        return replace(request, headers=(*request.headers, ("Cookie", "; ".join(pairs))))

    def take(self, request: Request, response: Response, occasion: Occasion | None = Occasion()) -> Response:  # noqa: B008
        """Keep the cookies of an answer."""
        for header in response.all("Set-Cookie") if occasion else []:
            self.cookies.receive(request.url, header, occasion or Occasion())
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
        return self.cookies.save(), {where: dict(kept) for where, kept in self.storage.items()}, dict(self.memory)

    def restore(self, saved: Any) -> None:
        cookies, storage, memory = saved
        self.cookies.restore(cookies)
        self.storage = {where: dict(kept) for where, kept in storage.items()}
        self.memory = dict(memory)
