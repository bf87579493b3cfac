"""Cross-origin resource sharing: which other origins' pages may read this server's answers (Fetch 3.2)."""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response, request

from sandbox.server.site import Site

ALLOWED_ORIGINS: Final = ("https://app.bank.example", "https://partner.example")
"""The bank's other front ends. Its own pages are of the same origin, and need nothing."""

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-CSRF-Token, DPoP",
    "Access-Control-Max-Age": "600",
}


def install(app: Flask, site: Site) -> None:
    """Answer preflights, and say on every other answer whether the page that asked may read it."""

    @app.before_request
    def preflight() -> Response | None:
        return Response(status=204) if _is_preflight() else None

    @app.after_request
    def share(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin is None or not _may_read(site, origin):
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.vary.add("Origin")
        if _is_preflight():
            response.headers.update(_PREFLIGHT)
        return response


def _is_preflight() -> bool:
    """Fetch 4.8: the browser's question beforehand. It bears no credentials."""
    asked = request.headers.get("Access-Control-Request-Method")
    return request.method == "OPTIONS" and asked is not None and "Origin" in request.headers


def _may_read(site: Site, origin: str) -> bool:
    if site.defences.cors_allowlist:
        return origin in ALLOWED_ORIGINS
    return re.fullmatch("[!-~]{1,255}", origin) is not None  # whoever asks, if only it can stand in a header
