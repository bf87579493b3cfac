"""Makes HAR files (HTTP Archive 1.2) to be audited: what an auditor's requests to a bank with known flaws gave."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.actors.page import TOKENS
from sandbox.box import Sandbox
from sandbox.clock import iso
from sandbox.defences import Defences, Value
from sandbox.exchange import Exchange, Headers, Request, Response

THEME: Final = "theme"
"""A cookie that is no credential: script may read it."""

_WELCOME: Final = "https://bank.example/welcome"
_ORIGINS: Final = ("https://partner.example", "https://evil.example")
"""A front end that the bank lists (server/cors.py), and one that it does not."""
_NAMES: Final = ("auth", "bank", "id", "key", "login", "p", "sid", "state", "user")
"""What the bank may call its cookies: a name says nothing."""
_COOKIES: Final = ("http_only", "secure", "same_site")
_CLAIMS: Final = ("minimal_claims", "require_exp")
_random: Final = secrets.SystemRandom()


@dataclass(frozen=True)
class Site:
    """A bank: its mode, where the credential of its calls travels (cookie or header), the switches that are off.

    `refresh_cookie`: in hybrid mode, the refresh token is in a cookie. `same_site`: where that switch is among the
    flaws, `unset` or `None`; empty: either, at random.
    """

    mode: str
    carrier: str
    flaws: tuple[str, ...] = ()
    refresh_cookie: bool = False
    same_site: str = ""

    @property
    def possible(self) -> tuple[str, ...]:
        """The flaws that can be seen from outside, in such a bank."""
        cookies = _COOKIES if self.carrier == "cookie" or self.refresh_cookie else ()
        of_mode = {
            "session": ("regenerate_id", "end_on_logout"),
            "jwt": ("denylist", *_CLAIMS),
            "hybrid": ("rotate_refresh", "end_on_logout", "denylist", *_CLAIMS),
        }[self.mode]
        return (*cookies, *of_mode, "cors_allowlist")

    def with_flaws(self, *flaws: str, never: Iterable[str] = ()) -> Site:
        """Such a bank with these flaws and others, drawn at random: two in all. `never`: what is not drawn."""
        others = [each for each in self.possible if each not in (*flaws, *never)]
        return replace(self, flaws=(*flaws, *_random.sample(others, 2 - len(flaws))))


SITES: Final = (
    Site("session", "cookie"),
    Site("session", "header"),
    Site("jwt", "header"),
    Site("jwt", "cookie"),
    Site("hybrid", "header"),
    Site("hybrid", "header", refresh_cookie=True),
)
"""Every kind of bank."""


def recorded(site: Site) -> dict[str, Any]:
    """The HAR file of one audit of such a bank, as JSON. Each is made anew, by real requests."""
    with Sandbox(_defences(site), transport="in-process") as box:
        _audit(box, site.mode)
        return _har(list(box.log), site.mode)


def _defences(site: Site) -> Defences:
    off: dict[str, Value] = {name: False for name in site.flaws if name != "same_site"}
    if "same_site" in site.flaws:
        drawn = site.same_site or _random.choice(("unset", "None"))
        off["same_site"] = "unset" if "secure" in site.flaws else drawn  # None without Secure: no browser takes it
    if "require_exp" in site.flaws:
        off |= {"jwt_lifetime": None, "access_lifetime": None}
    if "rotate_refresh" in site.flaws:
        off |= {"detect_reuse": False, "reuse_grace": False}
    if "denylist" in site.flaws:
        off["prune_denylist"] = False
    return Defences.preset("hardened").but(
        **{
            "bcrypt_cost": 4, "host_prefix": False, "token_in_memory": False,
            "carrier": site.carrier, "refresh_cookie": site.refresh_cookie, **off,
        }
    )  # fmt: skip


def _audit(box: Sandbox, mode: str) -> None:
    """Log in, call, come from other origins, log in again, log out, and then repeat what was sent before it."""
    box.publish(_WELCOME, headers=(("Set-Cookie", f"{THEME}=dark; Path=/"),), body=b"Welcome")
    browser = box.browser("alice")
    page = browser.open(mode)

    def call() -> Request:
        for _ in range(_random.randint(1, 2)):
            page.request("GET", "/profile")
        return box.log.exchanges[-1].request

    browser.visit(_WELCOME)
    page.login()
    asked = call()
    page.transfer("bob@bank.example", _random.randint(1, 9))
    if page.can_refresh:
        page.refresh()
        asked = call()
    for origin in _ORIGINS:
        browser.send(replace(asked, headers=(*asked.headers, ("Origin", origin))))
    again = page.request("POST", "/login", {"email": "alice@bank.example", "password": "alice-password"})
    for name in TOKENS:
        if isinstance(token := again.field(name), str) and name != "token_type":
            browser.local_storage[f"{mode}.{name}"] = token
    asked = call()
    refresh = page.prepare_refresh() if page.can_refresh else None
    page.logout()
    browser.visit(_WELCOME)
    browser.send(asked)
    if refresh:
        browser.send(refresh)


# As a HAR file says it ----------------------------------------------------


def _har(exchanges: list[Exchange], mode: str) -> dict[str, Any]:
    """http://www.softwareishard.com/blog/har-12-spec/, with the names taken away that say which mode it is."""
    cookies = dict(zip(("session", "refresh"), _random.sample(_NAMES, 2), strict=True))

    def plain(value: str) -> str:
        for name, other in cookies.items():
            value = re.sub(rf"(^|; ){name}=", rf"\g<1>{other}=", value)
        return value.replace(f"/{mode}/", "/")

    def headers(told: Headers) -> list[dict[str, str]]:
        kept = ((name, value) for name, value in told if name.lower() != "www-authenticate")
        return [{"name": name, "value": value if name == "Authorization" else plain(value)} for name, value in kept]

    def asked(request: Request) -> dict[str, Any]:
        body = request.body.decode()
        posted = {"postData": {"mimeType": request.header("Content-Type") or "", "text": body}} if body else {}
        return _message(headers(request.headers), request.body) | {
            "method": request.method, "url": request.url.replace(f"/{mode}/", "/"), "queryString": [], **posted,
        }  # fmt: skip

    def answered(response: Response) -> dict[str, Any]:
        text = response.body.decode() if response.ok else ""  # what refuses bears nothing
        kind = response.header("Content-Type") or ""
        content = {"size": len(text), "mimeType": kind, "text": text}
        told = {"status": response.status, "statusText": "", "redirectURL": "", "content": content}
        return _message(headers(response.headers), response.body) | told

    entries = [
        {
            "startedDateTime": iso(each.clock), "time": 0, "request": asked(each.request),
            "response": answered(each.response), "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0},
        }
        for each in exchanges
    ]  # fmt: skip
    return {"log": {"version": "1.2", "creator": {"name": "the auth sandbox", "version": "1"}, "entries": entries}}


def _message(headers: list[dict[str, str]], body: bytes) -> dict[str, Any]:
    """What a request and a response have in common. The fields `cookies` may stay empty: the headers have them."""
    return {
        "httpVersion": "HTTP/1.1", "headers": headers, "cookies": [], "headersSize": -1, "bodySize": len(body),
    }  # fmt: skip
