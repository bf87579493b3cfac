"""One fresh mount of a submission, and the people who call on it. Requests go out, answers come back: nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from sandbox.actors.attacker import Attacker
from sandbox.actors.browser import Browser
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Answer, Exchange, Log, Request, Response, Send
from sandbox.grading.bank import Facts

SITE: Final = "https://bank.example"
LONGEST: Final = 64 << 10
"""Bytes of an answer: of its headers and its body together."""


class Transport(Protocol):
    """Carries requests to where the submission is mounted."""

    def send(self, request: Request, client_address: str) -> Answer:
        """Raises ServerStopped when nothing answers."""
        ...


class Visit:
    """`facts` is what the mount was given. `moved`: told of each move of the clock, before the next request.

    `outside`: who answers when the submission calls outside; a suite sets it before it needs it.
    """

    def __init__(
        self, transport: Transport, facts: Facts, clock: Clock | None = None,
        moved: Callable[[float], None] = lambda now: None,
    ) -> None:  # fmt: skip
        self.facts = facts
        self.clock = clock or Clock()
        self.log = Log()
        self.outside: Callable[[Request], Response] | None = None
        self._transport = transport
        self._moved = moved
        self._told: float | None = None

    def browser(self, name: str) -> Browser:
        """A fresh browser with that customer before it: alice, bob, carol or mallory."""
        return Browser(name, self._send_as(name), self.clock, Defences)

    def attacker(self, name: str = "mallory") -> Attacker:
        """An attacker with empty pockets."""
        return Attacker(name, self._send_as(name), self.clock, Defences)

    def password(self, name: str) -> str:
        """That customer's, in this run: `browser.open("session").login(visit.password("alice"))`."""
        return self.facts.passwords[f"{name}@bank.example"]

    def call(
        self,
        method: str,
        path: str,
        *,
        actor: str = "mallory",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One request as any HTTP client makes it: no cookie goes along by itself. `body`: sent as JSON."""
        sent = dict(headers or {})
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return self._send_as(actor)(Request(method, f"{SITE}{path}", tuple(sent.items()), content))

    def _send_as(self, name: str) -> Send:
        def send(request: Request) -> Response:
            if self._told != self.clock.now():
                self._told = self.clock.now()
                self._moved(self._told)
            answer = self._transport.send(request, "198.51.100.1")
            response = _bounded(answer.response)
            self.log.append(Exchange(name, self.clock.now(), request, response))
            return response

        return send


def _bounded(response: Response) -> Response:
    """No answer of a bank's is longer: what a submission sends beyond that is cut off, and no pass comes of it."""
    size = len(response.body) + sum(len(name) + len(value) for name, value in response.headers)
    if size <= LONGEST:
        return response
    return Response(response.status, (), f"an answer of {size} bytes".encode())
