"""Carries requests to a submission's process, and reads no more of an answer than is fit to be an answer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Final

from sandbox.errors import ServerStopped
from sandbox.exchange import Headers
from sandbox.grading.exercise import Broken
from sandbox.server.gate import CLIENT_HEADER, KEY_HEADER, METER_HEADER
from sandbox.server.transports import Loopback, Raw

MOST: Final = 256 << 10
"""Bytes of one answer's body."""
IN_ALL: Final = 4 << 20
"""Bytes of all answers of one mount: they are kept until its criterion is judged."""
LONGEST: Final = 30.0
"""Real seconds for one step of an exchange. The keeper ends a late process sooner."""

_OWN: Final = {KEY_HEADER.lower(), CLIENT_HEADER.lower(), METER_HEADER.lower()}

Connect = Callable[[], socket.socket]


class Wire(Loopback):
    """`connect`: a new connection to the process. `ended`: why there is no answer, once a connection broke."""

    def __init__(self, connect: Connect, ended: Callable[[], Exception]) -> None:
        super().__init__(0, "")
        self._connect = connect
        self._ended = ended
        self._left = IN_ALL

    def _exchange(self, method: str, target: str, headers: Headers, body: bytes) -> Raw:
        """Raises ServerStopped where nothing answers in time, Broken for an answer that is none."""
        connection = HTTPConnection("bank.example", timeout=LONGEST)
        try:
            connection.sock = self._connect()
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in _OWN:  # nothing says that it is the grader who asks
                    connection.putheader(name, value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read(MOST + 1)
            told = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OWN]
            status = answer.status
            if answer.length and len(content) <= MOST:
                raise ConnectionError("the answer's end is missing")
        except TimeoutError as error:
            raise ServerStopped("no answer came in time") from error
        except (OSError, IncompleteRead) as error:
            raise self._ended() from error
        except (HTTPException, ValueError) as error:
            raise Broken(f"an answer is no HTTP that can be read ({type(error).__name__})") from error
        finally:
            connection.close()
        if len(content) > MOST:
            raise Broken(f"an answer is longer than {MOST >> 10} KiB")
        self._left -= len(content) + sum(len(name) + len(value) for name, value in told)
        if self._left < 0:
            raise Broken(f"the answers are longer than {IN_ALL >> 20} MiB in all")
        return status, told, content
