"""Where a credential travels: read from and put into a cookie, the Authorization header, or the body."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from sandbox.exchange import parsed_json
from sandbox.server.refusals import Refused
from sandbox.server.site import Site

MAX_COOKIE = 4096
"""Bytes of name and value together that a user agent must take; over that it drops the cookie (RFC 6265bis 5.6)."""


@dataclass(frozen=True)
class Cookie:
    """One credential's cookie: its name and path, with the attributes that the switches say."""

    site: Site
    plain_name: str
    plain_path: str = "/"

    def _name_and_path(self) -> tuple[str, str]:
        if self.site.defences.host_prefix:
            return f"__Host-{self.plain_name}", "/"
        return self.plain_name, self.plain_path

    def _attributes(self) -> dict[str, Any]:
        defences = self.site.defences
        same_site = defences.same_site
        return {
            "httponly": bool(defences.http_only),
            "secure": bool(defences.secure),
            "samesite": None if same_site == "unset" else same_site,
        }

    def read(self) -> str | None:
        name, _ = self._name_and_path()
        return request.cookies.get(name) or None

    def put(self, response: Response, value: str) -> None:
        """Raises Refused where `size_guard` finds the cookie too large for a browser."""
        name, path = self._name_and_path()
        if self.site.defences.size_guard and len(name) + len(value) > MAX_COOKIE:
            raise Refused(400, "cookie_too_large", f"a cookie of {len(name) + len(value)} bytes would be dropped")
        lifetime = self.site.defences.cookie_max_age
        response.set_cookie(name, value, path=path, **self._until(lifetime), **self._attributes())

    def _until(self, lifetime: float | None) -> dict[str, Any]:
        """Max-Age and Expires, the latter by the simulated clock: Werkzeug would take the real one."""
        if lifetime is None:
            return {}
        return {"max_age": int(lifetime), "expires": self.site.clock.now() + int(lifetime)}

    def forget(self, response: Response) -> None:
        """Tell the browser to drop it. The attributes must fit, or a browser ignores a `__Host-` cookie."""
        name, path = self._name_and_path()
        response.delete_cookie(name, path=path, **self._attributes())


@dataclass(frozen=True)
class RefreshCarrier:
    """Carries hybrid's refresh token: in a cookie scoped to /hybrid/refresh, or in the body."""

    site: Site

    def by_cookie(self) -> bool:
        return bool(self.site.defences.refresh_cookie)

    @property
    def cookie(self) -> Cookie:
        return Cookie(self.site, "refresh", "/hybrid/refresh")

    def read(self) -> str | None:
        """The refresh token of this request, or None."""
        if self.by_cookie():
            return self.cookie.read()
        body = parsed_json(request.get_data())
        value = body.get("refresh_token") if isinstance(body, dict) else None
        return value if isinstance(value, str) and value.isascii() else None

    def put(self, response: Response, value: str) -> None:
        """Into the cookie, or into the response's JSON."""
        if self.by_cookie():
            self.cookie.put(response, value)
        else:
            response.set_data(jsonify({**response.get_json(), "refresh_token": value}).get_data())

    def forget(self, response: Response) -> None:
        if self.by_cookie():
            self.cookie.forget(response)


@dataclass(frozen=True)
class Carrier:
    """Carries the credential of session or jwt mode, or hybrid's access token, where `carrier` says."""

    site: Site
    default: str
    """cookie or header."""
    fixed: bool = False
    """Hybrid's access token always travels in the header."""

    @property
    def cookie(self) -> Cookie:
        return Cookie(self.site, "session")

    def by_cookie(self) -> bool:
        chosen = self.site.defences.carrier
        return (self.default if self.fixed or chosen == "default" else chosen) == "cookie"

    def read(self) -> str | None:
        """The credential of this request, or None."""
        if self.by_cookie():
            return self.cookie.read()
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        return value.strip() or None if scheme.lower() == "bearer" else None

    def put(self, response: Response, body: dict[str, Any], value: str) -> None:
        """Into the response's cookie, or into its body's `access_token`. The caller serializes the body later."""
        csrf = self.csrf_token(value)
        if csrf is not None:
            body["csrf_token"] = csrf
        if self.by_cookie():
            self.cookie.put(response, value)
        else:
            body["access_token"] = value
            body["token_type"] = body.pop("token_type", "Bearer")

    def forget(self, response: Response) -> None:
        if self.by_cookie():
            self.cookie.forget(response)

    def csrf_token(self, value: str) -> str | None:
        """The token that a page proves itself with: derived, so nothing is stored. None where none is asked for."""
        if self.site.defences.csrf_token and self.by_cookie():
            return hmac.new(self.site.keys.csrf, value.encode(), hashlib.sha256).hexdigest()
        return None

    def check_csrf(self) -> None:
        """Unsafe requests bear the token in X-CSRF-Token or in a form field (ASVS 5 3.5.1). Raises Refused."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        presented = self.read()
        wanted = self.csrf_token(presented) if presented else None
        sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token") or ""
        if wanted is not None and not hmac.compare_digest(wanted.encode(), sent.encode("utf-8", "replace")):
            raise Refused(403, "csrf_token_required", "send the csrf_token of the login body in X-CSRF-Token")
