"""The two transports, one protocol: over real sockets, or in process where a browser kernel has none."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import quote, urlsplit

from sandbox.errors import BadInput, ServerStopped
from sandbox.exchange import Answer, Headers, Request, Response
from sandbox.server.gate import CLIENT_HEADER, KEY_HEADER, METER_HEADER, Application
from sandbox.server.meter import hear

_NOT_RECORDED: Final = frozenset({"connection", "keep-alive", "transfer-encoding", METER_HEADER.lower()})
"""Of one connection, not of the message (RFC 9110 7.6.1), or of the sandbox: so that both transports agree."""

_TIMEOUT: Final = 30.0
"""Real seconds that an answer may take."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""A field's name and value (RFC 9110 5.1, 5.5)."""

Raw = tuple[int, Iterable[tuple[str, str]], bytes]
"""An answer as it came: status, headers, body."""


class _Transport(ABC):
    """Resolves the model's names to the sandbox's server, and adds the launch's secret on the way."""

    def __init__(self, key: str) -> None:
        self._key = key

    @abstractmethod
    def _exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Raw:
        """One request and its answer."""

    def send(self, request: Request, client_address: str) -> Answer:
        """Raises ServerStopped when nothing answers, BadInput for a header that can't be sent."""
        for name, value in request.headers:
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise BadInput(f"the header {name!r} can't be sent: letters, digits and signs of Latin-1, on one line")
        host, target = _host_and_target(request.url)
        own = ((KEY_HEADER, self._key), (CLIENT_HEADER, client_address), (METER_HEADER, ""))
        status, headers, body = self._exchange(
            request.method, target, (("Host", host), *request.headers, *own), request.body
        )
        told = tuple((_cased(name), value) for name, value in headers)
        work = next((hear(value) for name, value in told if name == METER_HEADER), ())
        kept = tuple(pair for pair in told if pair[0].lower() not in _NOT_RECORDED)
        return Answer(Response(status, kept, body), *work)


class Loopback(_Transport):
    """Real requests over real sockets to 127.0.0.1, a connection each, for the server closes it after its answer.

    No proxy, no TLS: the model's https is the model's.
    """

    def __init__(self, port: int, key: str) -> None:
        super().__init__(key)
        self._port = port

    def _exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Raw:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, HTTPException) as error:
            raise ServerStopped(
                f"the sandbox's server does not answer ({type(error).__name__}): launch() again, or reset the player"
            ) from error
        finally:
            connection.close()


class InProcess(_Transport):
    """The same requests handed to the app by a call."""

    def __init__(self, app: Application, key: str) -> None:
        super().__init__(key)
        self._app = app

    def _exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Raw:
        from werkzeug.test import create_environ, run_wsgi_app

        environ = create_environ(target, method=method, headers=list(headers), data=body)
        answer, status, told = run_wsgi_app(self._app, environ, buffered=True)
        return int(status[:3]), told.to_wsgi_list(), b"".join(answer)


@lru_cache(maxsize=256)
def _host_and_target(url: str) -> tuple[str, str]:
    """What the lines of a request say of the model's `url`, in ASCII (RFC 3986 2.1)."""
    parts = urlsplit(url)
    query = f"?{quote(parts.query, safe=_AS_THEY_ARE)}" if parts.query else ""
    return parts.netloc, quote(parts.path or "/", safe=_AS_THEY_ARE) + query


_AS_THEY_ARE: Final = "%/:?@!$&'()*+,;=[]~"


@lru_cache(maxsize=256)
def _cased(name: str) -> str:
    """`content-type` as people write it: `Content-Type`. Header names have no case of their own (RFC 9110 5.1)."""
    return "-".join("WWW" if part.lower() == "www" else part.capitalize() for part in name.split("-"))
