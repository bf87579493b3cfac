"""A user agent's cookie store, by RFC 6265bis: what Set-Cookie leaves behind, and what is sent back.

Where Chromium does otherwise, the store does as Chromium. Left out: Partitioned, and a limit on how many are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from sandbox.actors.cookie_date import parse_cookie_date
from sandbox.actors.sites import is_address, is_public_suffix, is_trustworthy
from sandbox.clock import Clock

MAX_NAME_AND_VALUE: Final = 4096
MAX_ATTRIBUTE: Final = 1024
"""Bytes; more is ignored (RFC 6265bis 5.6)."""

MAX_AGE_LIMIT: Final = 400 * 86400
"""Seconds: no cookie is kept for longer than 400 days (RFC 6265bis 5.6.1)."""


LAX_ALLOWING_UNSAFE: Final = 120
"""Seconds after its creation for which a cookie without SameSite goes along with a cross-site POST navigation
(RFC 6265bis 5.6.7.2). Chromium does so."""


@dataclass(frozen=True)
class Occasion:
    """When cookies are read or set: by which request, or by script (RFC 6265bis 5.7, 5.8.3)."""

    same_site: bool = True
    """Whether the request is same-site with all pages above it."""
    navigation: bool = False
    """Whether it navigates the tab itself."""
    safe: bool = True
    """Whether its method is GET, HEAD or OPTIONS (RFC 9110 9.2.1)."""
    http: bool = True
    """False: script, by `document.cookie`."""


SAME_SITE: Final = Occasion()
SCRIPT: Final = Occasion(http=False)


@dataclass(frozen=True)
class StoredCookie:
    """One cookie as it lies in the store (RFC 6265bis 5.7). Times in simulated seconds since the epoch."""

    name: str
    value: str = field(repr=False)
    domain: str
    host_only: bool
    path: str
    secure_only: bool
    http_only: bool
    same_site: str
    """Strict, Lax, None, or Default where the attribute is unset."""
    created_at: float
    expires_at: float | None
    """None: until the browser is closed."""


class CookieStore:
    """Cookies of one browser, against the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cookies: list[StoredCookie] = []

    def receive(self, url: str, set_cookie: str, occasion: Occasion = SAME_SITE) -> StoredCookie | None:
        """Take one Set-Cookie header of an answer from `url`, or what script sets; None where it is ignored."""
        cookie = parse_set_cookie(url, set_cookie, self._clock.now())
        kept = self.all()
        if cookie is None or not _may_be_set(cookie, occasion):
            return None
        if not is_trustworthy(url) and any(_shadows(cookie, old) for old in kept):
            return None
        if not occasion.http and any(old.http_only and _identity(old) == _identity(cookie) for old in kept):
            return None
        place = next((n for n, old in enumerate(kept) if _identity(old) == _identity(cookie)), len(kept))
        if place < len(kept):
            old = kept.pop(place)
            if old.value == cookie.value:
                cookie = replace(cookie, created_at=old.created_at)
            else:  # Chromium: a new value is a new cookie. RFC 6265bis 5.7 keeps the creation time even then
                place = len(kept)
        alive = cookie.expires_at is None or cookie.expires_at > self._clock.now()
        kept[place:place] = [cookie] if alive else []
        self._cookies = kept
        return cookie

    def put(self, cookie: StoredCookie) -> None:
        """Place a cookie as it is: what malware does in a browser of its own."""
        self._cookies = [old for old in self._cookies if _identity(old) != _identity(cookie)] + [cookie]

    def all(self) -> list[StoredCookie]:
        """What the store holds now; what has expired is gone."""
        now = self._clock.now()
        self._cookies = [each for each in self._cookies if each.expires_at is None or each.expires_at > now]
        return list(self._cookies)

    def for_request(self, url: str, occasion: Occasion = SAME_SITE) -> list[StoredCookie]:
        """The cookies that a request to `url` carries, or script there sees: longest path first (5.8.3)."""
        parts = urlsplit(url)
        host, path = (parts.hostname or "").lower(), parts.path or "/"
        found = [
            each
            for each in self.all()
            if (host == each.domain if each.host_only else domain_matches(host, each.domain))
            and path_matches(path, each.path)
            and (is_trustworthy(url) or not each.secure_only)
            and (occasion.http or not each.http_only)
            and (occasion.same_site or self._goes_across_sites(each, occasion))
        ]
        return sorted(found, key=lambda each: (-len(each.path), each.created_at))

    def _goes_across_sites(self, cookie: StoredCookie, occasion: Occasion) -> bool:
        """Whether another site's page may make the browser send it (RFC 6265bis 5.6.7, 5.8.3)."""
        if cookie.same_site == "None":
            return True
        if cookie.same_site == "Strict" or not (occasion.http and occasion.navigation):
            return False
        young = self._clock.now() - cookie.created_at < LAX_ALLOWING_UNSAFE
        return occasion.safe or (cookie.same_site == "Default" and young)

    def forget_session_cookies(self) -> None:
        """Closing the browser: what has no expiry is gone."""
        self._cookies = [each for each in self._cookies if each.expires_at is not None]

    def save(self) -> list[StoredCookie]:
        return list(self._cookies)

    def restore(self, saved: list[StoredCookie]) -> None:
        self._cookies = list(saved)


def parse_set_cookie(url: str, header: str, now: float) -> StoredCookie | None:
    """The cookie that a Set-Cookie header asks for, or None where it is to be ignored (RFC 6265bis 5.6, 5.7)."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    (name, equals, value), *rest = [_parted(part) for part in header.split(";")]
    if not equals:
        name, value = "", name
    if not (name or value) or len(name.encode()) + len(value.encode()) > MAX_NAME_AND_VALUE:
        return None
    if any(_has_control_character(text) for text in (name, value, *(text for av in rest for text in av))):
        return None
    attributes = {
        name.lower(): value for name, _, value in rest if len(value.encode()) <= MAX_ATTRIBUTE
    }  # of a repeated one the last counts

    domain = _domain(attributes.get("domain", ""), host)
    if domain is None:
        return None
    path = attributes.get("path", "")
    cookie = StoredCookie(
        name=name,
        value=value,
        domain=domain or host,
        host_only=not domain,
        path=path if path.startswith("/") else default_path(parts.path),
        secure_only="secure" in attributes,
        http_only="httponly" in attributes,
        same_site=_same_site(attributes.get("samesite", "")),
        created_at=now,
        expires_at=_expires_at(attributes, now),
    )
    allowed = _is_allowed(cookie, trustworthy=is_trustworthy(url), names_root=path == "/")
    return cookie if allowed else None


def _parted(text: str) -> tuple[str, str, str]:
    """Name, the equals sign if there is one, and value, without the spaces round them."""
    name, equals, value = text.partition("=")
    return name.strip(" \t"), equals, value.strip(" \t")


def _has_control_character(text: str) -> bool:
    """A tab inside counts: Chromium refuses it too, the RFC does not."""
    return any(ord(letter) < 32 or ord(letter) == 127 for letter in text)


def _domain(attribute: str, host: str) -> str | None:
    """The domain for which the cookie is; "" the host alone; None: not for this host to set."""
    domain = attribute.removeprefix(".").lower()
    if domain == host and (is_address(host) or is_public_suffix(host)):
        return ""
    if attribute and (is_public_suffix(domain) or not domain_matches(host, domain)):
        return None
    return domain


def _same_site(value: str) -> str:
    return {"strict": "Strict", "lax": "Lax", "none": "None"}.get(value.lower(), "Default")


def _expires_at(attributes: dict[str, str], now: float) -> float | None:
    """Max-Age wins over Expires if it is a number; neither means until the browser is closed."""
    max_age = attributes.get("max-age", "")
    if re.fullmatch(r"[-+]?[0-9]+", max_age):
        seconds = int(max_age[:20])
        return now + min(seconds, MAX_AGE_LIMIT) if seconds > 0 else 0.0
    moment = parse_cookie_date(attributes.get("expires", ""))
    return None if moment is None else min(moment, now + MAX_AGE_LIMIT)


def _is_allowed(cookie: StoredCookie, *, trustworthy: bool, names_root: bool) -> bool:
    """Secure from https only, SameSite=None with Secure only, and what a name's prefix promises (RFC 6265bis 5.7).

    The prefixes with Http are younger than the RFC; Chromium keeps them.
    """
    if cookie.secure_only and not trustworthy:
        return False
    if cookie.same_site == "None" and not cookie.secure_only:
        return False
    name = cookie.name.lower()
    if not name:
        return "=" not in cookie.value and not cookie.value.lower().startswith(("__secure-", "__host-", "__http-"))
    if name.startswith(("__http-", "__host-http-")) and not cookie.http_only:
        return False
    if name.startswith(("__secure-", "__http-")):
        return cookie.secure_only
    if name.startswith("__host-"):
        return cookie.secure_only and cookie.host_only and names_root
    return True


def _may_be_set(cookie: StoredCookie, occasion: Occasion) -> bool:
    """Script sets no HttpOnly cookie; what another site's page loads sets none but SameSite=None (5.7)."""
    if cookie.http_only and not occasion.http:
        return False
    return cookie.same_site == "None" or occasion.same_site or occasion.navigation


def domain_matches(host: str, domain: str) -> bool:
    """RFC 6265bis 5.1.3: the same, or `host` ends in a dot and `domain`, and is no address."""
    return host == domain or (host.endswith(f".{domain}") and not is_address(host))


def path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265bis 5.1.4."""
    return path == cookie_path or (
        path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")
    )


def default_path(path: str) -> str:
    """RFC 6265bis 5.1.4: the folder of the request's path."""
    return path[: path.rindex("/")] or "/" if path.startswith("/") else "/"


def _shadows(cookie: StoredCookie, old: StoredCookie) -> bool:
    """Whether a cookie from plain http would stand in the way of a Secure one (RFC 6265bis 5.7, step 11)."""
    one_domain = domain_matches(cookie.domain, old.domain) or domain_matches(old.domain, cookie.domain)
    return old.secure_only and old.name == cookie.name and one_domain and path_matches(cookie.path, old.path)


def _identity(cookie: StoredCookie) -> tuple[str, str, bool, str]:
    return cookie.name, cookie.domain, cookie.host_only, cookie.path
