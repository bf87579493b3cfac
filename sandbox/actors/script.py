"""Mallory's script in the bank's own page: what injected script sees there, and does (CWE-79)."""

from __future__ import annotations

from typing import Any

from sandbox.actors.page import Page
from sandbox.exchange import Response


class InjectedScript:
    """Runs in a page that the victim has open. HttpOnly hides a cookie from it, and nothing stops its requests."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._document = page.browser.bank

    def cookies(self, path: str = "/") -> str:
        """`document.cookie` of the page; for another path, of a frame there, which is of the same origin."""
        if path == "/":
            return self._document.cookie
        return self._document.embed(f"{self._document.origin}{path}").cookie

    def storage(self) -> dict[str, str]:
        """All of localStorage."""
        return dict(self._document.local_storage)

    def ride(self, method: str, path: str, body: Any = None) -> Response:
        """A request with all that the page's own bear: script replaces `fetch`, and is handed what goes through it."""
        return self._page.request(method, path, body)

    def refresh(self) -> Response:
        """The page's own way to a new access token; script reads the answer."""
        return self._page.refresh()
