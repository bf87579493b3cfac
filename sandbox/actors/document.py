"""A page from anywhere, open in a browser: what it may send, what it may read, what its script sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlencode, urlsplit

from sandbox.actors.cookies import Occasion
from sandbox.actors.cors import (
    is_simple,
    normal_method,
    preflight,
    preflight_allows,
    readable,
    settable,
    visible,
    without_cookies,
)
from sandbox.actors.sites import is_same_site, origin, site
from sandbox.exchange import Request, Response

if TYPE_CHECKING:
    from sandbox.actors.browser import Browser

Credentials = Literal["omit", "same-origin", "include"]

_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Document:
    """One document. `above` is the one that has it in a frame; None: it fills a tab of its own.

    Followed from the standards: Fetch 3.2 and 4, HTML 7.4, RFC 6265bis 5.2, and compared with Chromium by
    tests/browser/test_user_agent.py. Left out: redirects, caches (a preflight is never remembered), referrers,
    Sec-Fetch headers, client hints, content security policy, sandboxed frames, private network access, mixed content
    (all pages of the stories are with TLS), and the blocking of other sites' cookies, which some browsers do whatever
    SameSite says.
    """

    def __init__(self, browser: Browser, url: str, response: Response | None = None, above: Document | None = None):
        self.browser = browser
        self.url = url
        self.response = response
        """What the server answered; None for a page that the story takes as open already."""
        self.above = above

    @property
    def origin(self) -> str:
        return origin(self.url)

    # Going somewhere --------------------------------------------------

    def follow(self, url: str) -> Document:
        """The person follows a link: a GET that fills the tab."""
        return self._navigate(Request("GET", url))

    def submit(self, url: str, fields: dict[str, str], method: str = "POST") -> Document:
        """A form is sent, by the person or by script: it fills the tab. No other site's leave is asked."""
        if method == "GET":
            return self._navigate(Request("GET", f"{url}?{form_encoded(fields)}"))
        headers = (("Origin", self.origin), ("Content-Type", "application/x-www-form-urlencoded"))
        return self._navigate(Request(method, url, headers, form_encoded(fields).encode()))

    def embed(self, url: str) -> Document:
        """Another document, in a frame of this one."""
        response = self.browser.exchange(Request("GET", url), self._occasion(url, "GET"))
        return Document(self.browser, url, response, above=self)

    def load(self, url: str) -> None:
        """An image, a script, a style sheet: a GET whose answer script can't read."""
        self.browser.exchange(Request("GET", url), self._occasion(url, "GET"))

    def _navigate(self, request: Request) -> Document:
        occasion = self._occasion(request.url, request.method, navigation=self.above is None)
        return Document(self.browser, request.url, self.browser.exchange(request, occasion), above=self.above)

    def _occasion(self, url: str, method: str, *, navigation: bool = False) -> Occasion:
        return Occasion(same_site=self.is_same_site(url), navigation=navigation, safe=method in _SAFE)

    def is_same_site(self, url: str) -> bool:
        """Whether `url` is of one site with this document and with every one above it (RFC 6265bis 5.2)."""
        return is_same_site(self.url, url) and (self.above is None or self.above.is_same_site(url))

    # What script does -------------------------------------------------

    def fetch(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        credentials: Credentials = "same-origin",
    ) -> Response | None:
        """`fetch()` as script here calls it; None where the browser keeps the answer from script, or never asks.

        The server may have answered all the same: CORS guards the reading, not the sending (Fetch 3.2).
        """
        request = self.prepare(url, method, headers=headers, body=body)
        same_origin = origin(url) == self.origin
        if not same_origin and not is_simple(request) and not self._is_allowed_beforehand(request, credentials):
            return None
        with_credentials = credentials == "include" or (credentials == "same-origin" and same_origin)
        occasion = self._occasion(url, request.method) if with_credentials else None
        response = self.browser.exchange(request, occasion)
        if same_origin:
            return without_cookies(response)
        return visible(response, with_credentials) if readable(response, self.origin, with_credentials) else None

    def prepare(self, url: str, method: str, *, headers: dict[str, str] | None, body: bytes) -> Request:
        """The request that script here makes, before the browser adds cookies."""
        method = normal_method(method)
        sent = list(settable(headers or {}))
        if origin(url) != self.origin or method not in ("GET", "HEAD"):
            sent.insert(0, ("Origin", self.origin))
        return Request(method, url, tuple(sent), body)

    def _is_allowed_beforehand(self, request: Request, credentials: Credentials) -> bool:
        """Ask the server by a preflight, without credentials (Fetch 4.8)."""
        answer = self.browser.exchange(preflight(request, self.origin), None)
        return preflight_allows(answer, request, self.origin, credentials == "include")

    # What script sees -------------------------------------------------

    @property
    def cookie(self) -> str:
        """`document.cookie`: what bears no HttpOnly."""
        found = self.browser.cookies.for_request(self.url, self._script())
        return "; ".join(f"{each.name}={each.value}" if each.name else each.value for each in found)

    def set_cookie(self, text: str) -> None:
        """`document.cookie = text`."""
        self.browser.cookies.receive(self.url, text, self._script())

    def _script(self) -> Occasion:
        return Occasion(same_site=self.is_same_site(self.url), http=False)

    @property
    def local_storage(self) -> dict[str, str]:
        """`localStorage`: one for each origin, and in another site's frame a separate one (Storage 4.6)."""
        top = self
        while top.above:
            top = top.above
        inside = "" if self.is_same_site(self.url) else site(top.url)
        return self.browser.storage.setdefault((inside, self.origin), {})

    def may_read(self, other: Document) -> bool:
        """Whether script here reaches into that document: same origin only (HTML 7.1.1)."""
        return self.origin == other.origin

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


def form_encoded(fields: dict[str, str]) -> str:
    """Fields as a form sends them (URL 5.2)."""
    return urlencode(fields, safe="*").replace("~", "%7E")
