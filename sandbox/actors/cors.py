"""Cross-origin resource sharing as a browser keeps it: whom it asks beforehand, whom it lets read (Fetch 3.2)."""

from __future__ import annotations

import re
from typing import Final

from sandbox.exchange import Headers, Request, Response

_SIMPLE_METHODS: Final = ("GET", "HEAD", "POST")
_WRITTEN_LARGE: Final = (*_SIMPLE_METHODS, "DELETE", "OPTIONS", "PUT")
_SIMPLE_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_BY_BROWSER: Final = ("origin", "cookie")
_VISIBLE: Final = (
    "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma",
)  # fmt: skip
_FORBIDDEN: Final = (
    "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
    "connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin",
    "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
)  # fmt: skip


def normal_method(method: str) -> str:
    """`put` is PUT; what is not of the old methods stays as it is written: `patch` (Fetch 2.2.1)."""
    return method.upper() if method.upper() in _WRITTEN_LARGE else method


def settable(headers: dict[str, str]) -> Headers:
    """What script may set of them: Cookie, Origin and more are the browser's own, and dropped (Fetch 2.2.2)."""
    return tuple(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _FORBIDDEN and not name.lower().startswith(("sec-", "proxy-"))
    )


def is_simple(request: Request) -> bool:
    """Whether it goes out without asking: a form could send the same (Fetch 2.2.2)."""
    return request.method in _SIMPLE_METHODS and not _unsafe_headers(request)


def _unsafe_headers(request: Request) -> list[str]:
    """Names, in lower case and order, of what script set and a form could not."""
    return sorted({name.lower() for name, value in request.headers if not _is_safelisted(name.lower(), value)})


def _is_safelisted(name: str, value: str) -> bool:
    if name in _BY_BROWSER:
        return True
    if len(value.encode()) > 128:
        return False
    if name in ("accept-language", "content-language"):
        return re.fullmatch(r"[0-9A-Za-z *,\-.;=]*", value) is not None
    if name == "range":
        return re.fullmatch(r"bytes=[0-9]+-[0-9]*", value) is not None
    if re.search(r'["():<>?@\[\\\]{}\x00-\x08\x0a-\x1f\x7f]', value):
        return False
    if name == "content-type":
        return value.partition(";")[0].strip().lower() in _SIMPLE_TYPES
    return name == "accept"


def preflight(request: Request, origin: str) -> Request:
    """The question: may I send this method, these headers? (Fetch 4.8)."""
    asked = [("Access-Control-Request-Method", request.method)]
    if unsafe := _unsafe_headers(request):
        asked.append(("Access-Control-Request-Headers", ",".join(unsafe)))
    return Request("OPTIONS", request.url, (("Origin", origin), *asked))


def preflight_allows(answer: Response, request: Request, origin: str, with_credentials: bool) -> bool:
    """Whether the answer lets the request go out (Fetch 4.8)."""
    if not answer.ok or not readable(answer, origin, with_credentials):
        return False
    methods, headers = _listed(answer, "Access-Control-Allow-Methods"), _listed(answer, "Access-Control-Allow-Headers")
    star = not with_credentials
    method_ok = request.method in (*_SIMPLE_METHODS, *methods) or (star and "*" in methods)
    allowed = [name.lower() for name in headers]
    return method_ok and all(
        name in allowed or (star and "*" in allowed and name != "authorization") for name in _unsafe_headers(request)
    )


def readable(answer: Response, origin: str, with_credentials: bool) -> bool:
    """Whether script of `origin` may read this answer (Fetch 4.9)."""
    allowed = answer.all("Access-Control-Allow-Origin")
    if allowed == ["*"]:
        return not with_credentials
    if allowed != [origin]:
        return False
    return not with_credentials or answer.all("Access-Control-Allow-Credentials") == ["true"]


def visible(answer: Response, with_credentials: bool) -> Response:
    """The answer as cross-origin script sees it: few headers (Fetch 2.2.6, 4.9)."""
    exposed = {name.lower() for name in _listed(answer, "Access-Control-Expose-Headers")}
    every = "*" in exposed and not with_credentials
    kept = tuple(pair for pair in answer.headers if every or pair[0].lower() in (*_VISIBLE, *exposed))
    return without_cookies(Response(answer.status, kept, answer.body))


def without_cookies(answer: Response) -> Response:
    """No script reads Set-Cookie, not even of its own server: HttpOnly would hide nothing (Fetch 2.2.2)."""
    kept = tuple(pair for pair in answer.headers if pair[0].lower() not in ("set-cookie", "set-cookie2"))
    return Response(answer.status, kept, answer.body)


def _listed(answer: Response, name: str) -> list[str]:
    return [part.strip() for value in answer.all(name) for part in value.split(",") if part.strip()]
