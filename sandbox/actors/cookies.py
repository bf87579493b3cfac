"""A user agent's cookie store, by RFC 6265bis: what Set-Cookie leaves behind, and what is sent back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from sandbox.clock import Clock

MAX_NAME_AND_VALUE: Final = 4096
MAX_ATTRIBUTE: Final = 1024
"""Bytes; more is ignored (RFC 6265bis 5.6)."""

MAX_AGE_LIMIT: Final = 400 * 86400
"""Seconds: no cookie is kept for longer than 400 days (RFC 6265bis 5.6.1)."""


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

    def receive(self, url: str, set_cookie: str) -> StoredCookie | None:
        """Take one Set-Cookie header of an answer from `url`; None where the browser ignores it."""
        cookie = parse_set_cookie(url, set_cookie, self._clock.now())
        kept = self.all()
        if cookie is None or (urlsplit(url).scheme != "https" and any(_shadows(cookie, old) for old in kept)):
            return None
        place = next((n for n, old in enumerate(kept) if _identity(old) == _identity(cookie)), len(kept))
        if place < len(kept):
            cookie = replace(cookie, created_at=kept[place].created_at)
        alive = cookie.expires_at is None or cookie.expires_at > self._clock.now()
        kept[place : place + 1] = [cookie] if alive else []
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

    def for_request(self, url: str, *, same_site: bool = True) -> list[StoredCookie]:
        """The cookies that a request to `url` carries, longest path first (RFC 6265bis 5.8.3).

        `same_site`: whether the page that asks is of the same site.
        """
        parts = urlsplit(url)
        host, path = (parts.hostname or "").lower(), parts.path or "/"
        found = [
            each
            for each in self.all()
            if (host == each.domain if each.host_only else domain_matches(host, each.domain))
            and path_matches(path, each.path)
            and (parts.scheme == "https" or not each.secure_only)
            and (same_site or each.same_site == "None")
        ]
        return sorted(found, key=lambda each: (-len(each.path), each.created_at))

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
    pair, *rest = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(" \t"), value.strip(" \t")
    if not (name or value) or len(name.encode()) + len(value.encode()) > MAX_NAME_AND_VALUE:
        return None
    if any((ord(letter) < 32 and letter != "\t") or ord(letter) == 127 for letter in header):
        return None
    attributes = _attributes(rest)

    domain = attributes.get("domain", "").removeprefix(".").lower()
    if domain and (not domain_matches(host, domain) or ("." not in domain and domain != host)):
        return None  # of the public suffixes, only those without a dot are known here
    path = attributes.get("path", "")
    secure = "secure" in attributes
    cookie = StoredCookie(
        name=name,
        value=value,
        domain=domain or host,
        host_only=not domain,
        path=path if path.startswith("/") else default_path(parts.path),
        secure_only=secure,
        http_only="httponly" in attributes,
        same_site=_same_site(attributes.get("samesite", "")),
        created_at=now,
        expires_at=_expires_at(attributes, now),
    )
    allowed = _is_allowed(cookie, secure_origin=parts.scheme == "https", names_path="path" in attributes)
    return cookie if allowed else None


def _attributes(parts: list[str]) -> dict[str, str]:
    """Attribute names in lower case; of a repeated one the last counts that is not to be ignored."""
    found = {}
    for part in parts:
        name, _, value = part.partition("=")
        name, value = name.strip(" \t").lower(), value.strip(" \t")
        ignored = len(value.encode()) > MAX_ATTRIBUTE or (name == "max-age" and not re.fullmatch(r"-?[0-9]+", value))
        if not ignored:
            found[name] = value
    return found


def _same_site(value: str) -> str:
    return {"strict": "Strict", "lax": "Lax", "none": "None"}.get(value.lower(), "Default")


def _expires_at(attributes: dict[str, str], now: float) -> float | None:
    """Max-Age wins over Expires; neither means until the browser is closed."""
    if max_age := attributes.get("max-age"):
        seconds = int(max_age[:20])
        return now + min(seconds, MAX_AGE_LIMIT) if seconds > 0 else 0.0
    try:
        date = parsedate_to_datetime(attributes["expires"])
        moment = date.replace(tzinfo=date.tzinfo or UTC).timestamp()  # a cookie-date is UTC (RFC 6265bis 5.1.1)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    return min(moment, now + MAX_AGE_LIMIT)


def _is_allowed(cookie: StoredCookie, *, secure_origin: bool, names_path: bool) -> bool:
    """Secure from https only, SameSite=None with Secure only, and the two name prefixes (RFC 6265bis 5.7)."""
    if cookie.secure_only and not secure_origin:
        return False
    if cookie.same_site == "None" and not cookie.secure_only:
        return False
    name = cookie.name.lower()
    if not name:
        return not cookie.value.lower().startswith(("__secure-", "__host-"))
    if name.startswith("__secure-"):
        return cookie.secure_only
    if name.startswith("__host-"):
        return cookie.secure_only and cookie.host_only and names_path and cookie.path == "/"
    return True


def domain_matches(host: str, domain: str) -> bool:
    """RFC 6265bis 5.1.3: the same, or `host` ends in a dot and `domain`, and is no address."""
    return host == domain or (host.endswith(f".{domain}") and not host.replace(".", "").isdigit())


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
