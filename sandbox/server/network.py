"""The model's network: which name is answered by which node, by what was published there, or by nobody."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Flask

from sandbox.exchange import Answer, Request, Response
from sandbox.server.gate import HOSTS
from sandbox.server.node import Node

ELSEWHERE: Final = Response(404, (("Content-Type", "text/plain"), ("Server", "elsewhere")), b"nothing is here\n")


Saved = tuple[list[bytes], int | None]


class Network:
    """Starts with the one node of the bank. `transport`: loopback or in-process. Raises PortInUse."""

    def __init__(self, app: Flask, *, transport: str, port: int = 0) -> None:
        self._key = secrets.token_urlsafe(32)  # of this launch, for every node
        self._kind = transport
        self.first = Node(app, self._key, transport=transport, port=port)
        self._of_mode: dict[str, tuple[Node, ...]] = {}
        self._turns: dict[str, int] = {}
        """How many requests of a mode have come since its latest node joined."""
        self._of_host: dict[str, Node] = {}
        self._published: dict[str, Response] = {}

    def of_mode(self, mode: str) -> tuple[Node, ...]:
        """The bank's nodes that take this mode's requests in turn, first node first."""
        return self._of_mode.get(mode, (self.first,))

    def join(self, mode: str, app: Flask) -> None:
        """From now on, a further node takes its turn in this mode. The next request goes to the first one again."""
        self._of_mode[mode] = (*self.of_mode(mode), Node(app, self._key, transport=self._kind))
        self._turns[mode] = 0

    def open_host(self, host: str, app: Flask) -> None:
        """Another service, at a name of its own."""
        self._of_host[host] = Node(app, self._key, transport=self._kind, hosts=frozenset({host}))

    def has_host(self, host: str) -> bool:
        return host in self._of_host

    def nodes(self) -> list[Node]:
        """All there are, each once."""
        more = (node for nodes in self._of_mode.values() for node in nodes)
        return list(dict.fromkeys([self.first, *more, *self._of_host.values()]))

    def publish(self, url: str, response: Response) -> None:
        """What is answered to that URL, whatever its query. It wins over any node."""
        self._published[_without_query(url)] = response

    def send(self, request: Request, client_address: str) -> Answer:
        """To whom the URL names; a 404 where it names nobody. Raises ServerStopped."""
        published = self._published.get(_without_query(request.url))
        if published is not None:
            return Answer(published)
        node = self._node(request)
        return Answer(ELSEWHERE) if node is None else node.transport.send(request, client_address)

    def _node(self, request: Request) -> Node | None:
        host = urlsplit(request.url).hostname or ""
        if host not in HOSTS:
            return self._of_host.get(host)
        mode = request.path.split("/")[1] if request.path else ""
        if mode not in self._turns:
            return self.first
        self._turns[mode] += 1
        nodes = self.of_mode(mode)
        return nodes[(self._turns[mode] - 1) % len(nodes)]

    def save(self, mode: str) -> Saved:
        """What every node keeps of this mode, and whose turn it is, for `restore`."""
        return [node.modes[mode].store.save() for node in self.of_mode(mode)], self._turns.get(mode)

    def restore(self, mode: str, saved: Saved) -> None:
        stores, turn = saved
        for node, kept in zip(self.of_mode(mode), stores, strict=True):
            node.modes[mode].store.restore(kept)
        if turn is not None:
            self._turns[mode] = turn

    @property
    def running(self) -> bool:
        return all(node.running for node in self.nodes())

    def close(self) -> None:
        """Stop every node: no thread, no socket stays. Twice does no harm."""
        for node in self.nodes():
            node.close()


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}"
