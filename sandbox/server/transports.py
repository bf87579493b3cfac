"""The two transports, one protocol: over real sockets, or in process where a browser kernel has none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Final

import httpx

from sandbox.errors import ServerStopped
from sandbox.exchange import Answer, Request, Response
from sandbox.server.gate import CLIENT_HEADER, KEY_HEADER, METER_HEADER, Application

_NOT_RECORDED: Final = frozenset({"connection", "keep-alive", "transfer-encoding", METER_HEADER.lower()})
"""Of one connection, not of the message (RFC 9110 7.6.1), so that both transports agree; and the meter's."""

_TIMEOUT: Final = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 10.0}
"""Real seconds."""


class _HttpxTransport(ABC):
    """Resolves the model's names to the sandbox's server, and adds the launch's secret on the way."""

    def __init__(self, key: str, carrier: httpx.BaseTransport) -> None:
        self._key = key
        self._carrier = carrier

    @abstractmethod
    def _origin(self) -> str:
        """Where requests really go, whatever host the model's URL names."""

    def send(self, request: Request, client_address: str) -> Answer:
        """Raises ServerStopped when nothing answers."""
        target, host = _target(self._origin(), request.url)
        own = [(KEY_HEADER, self._key), (CLIENT_HEADER, client_address), (METER_HEADER, "")]
        outgoing = httpx.Request(
            request.method,
            target,
            headers=[("Host", host), *request.headers, *own],
            content=request.body or None,
            extensions={"timeout": _TIMEOUT},
        )
        try:
            answer = self._carrier.handle_request(outgoing)
            try:
                body = answer.read()
            finally:
                answer.close()
        except httpx.TransportError as error:
            raise ServerStopped(
                f"the sandbox's server does not answer ({type(error).__name__}): launch() again, or reset the player"
            ) from error
        reads, writes = map(int, answer.headers.get(METER_HEADER, "0 0").split())
        headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
        kept = tuple((_cased(name), value) for name, value in headers if name.lower() not in _NOT_RECORDED)
        return Answer(Response(answer.status_code, kept, body), reads, writes)

    def close(self) -> None:
        self._carrier.close()


class Loopback(_HttpxTransport):
    """Real requests over real sockets to 127.0.0.1. No proxy, no TLS: the model's https is the model's."""

    def __init__(self, port: int, key: str) -> None:
        super().__init__(key, httpx.HTTPTransport(verify=False, trust_env=False))
        self._port = port

    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"


class InProcess(_HttpxTransport):
    """The same requests handed to the app by a call."""

    def __init__(self, app: Application, key: str) -> None:
        super().__init__(key, httpx.WSGITransport(app=app, raise_app_exceptions=False))

    def _origin(self) -> str:
        return "http://bank.example"


@lru_cache(maxsize=256)
def _target(origin: str, url: str) -> tuple[httpx.URL, str]:
    """Where a request for the model's `url` really goes, and the host that it names."""
    named = httpx.URL(url)
    return httpx.URL(origin).copy_with(raw_path=named.raw_path), named.netloc.decode("ascii")


@lru_cache(maxsize=256)
def _cased(name: str) -> str:
    """`content-type` as people write it: `Content-Type`. Header names have no case of their own (RFC 9110 5.1)."""
    return "-".join("WWW" if part.lower() == "www" else part.capitalize() for part in name.split("-"))
