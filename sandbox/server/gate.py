"""The gate before the lesson app: only known hosts, and only who holds the launch's secret."""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

KEY_HEADER: Final = "X-Sandbox-Key"
CLIENT_HEADER: Final = "X-Sandbox-Client"
"""The model's address of the actor. Heeded beside a right key only."""

METER_HEADER: Final = "X-Sandbox-Meter"
"""Asks for the server's work for this request, and tells it. Heeded beside a right key only."""

METERED: Final = "sandbox.metered"
"""In the environ: the gate's word to the meter behind it that it may tell."""

HOSTS: Final = frozenset({"bank.example", "127.0.0.1", "localhost"})

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class Gate:
    """WSGI middleware. Others on a shared machine reach 127.0.0.1 too: without the key they get 403.

    A Host that is not ours gets 421 (RFC 9110 15.5.20), against DNS rebinding. The app behind it never
    sees the key. `key=None` lets everybody on this machine in. `hosts`: the names that the app answers to.
    """

    def __init__(self, app: Application, key: str | None, hosts: frozenset[str] = HOSTS) -> None:
        self._app = app
        self._key = None if key is None else key.encode()
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = environ.pop("HTTP_X_SANDBOX_KEY", "").encode("latin-1", "replace")
        client = environ.pop("HTTP_X_SANDBOX_CLIENT", "")
        asks = environ.pop("HTTP_X_SANDBOX_METER", None) is not None
        if _host(environ) not in self._hosts:
            return _refuse(start_response, "421 Misdirected Request", "unknown host")
        if self._key is not None:
            if not hmac.compare_digest(sent, self._key):
                return _refuse(start_response, "403 Forbidden", "send this launch's key as X-Sandbox-Key")
            if _is_address(client):
                environ["REMOTE_ADDR"] = client
            environ[METERED] = asks
        return self._app(environ, start_response)


def _host(environ: WSGIEnvironment) -> str:
    """The Host header's name without its port, in lower case."""
    host: str = environ.get("HTTP_HOST", "")
    name, colon, port = host.partition(":")
    return name.lower() if not colon or port.isdigit() else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _refuse(start_response: StartResponse, status: str, why: str) -> list[Any]:
    body = json.dumps({"error": "refused", "error_description": why}).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
