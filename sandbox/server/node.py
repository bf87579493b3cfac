"""One node: an app behind its meter and its gate, on a socket of its own or called in process, and the way to it."""

from __future__ import annotations

from flask import Flask

from sandbox.exchange import Transport
from sandbox.server.embedded import EmbeddedServer
from sandbox.server.gate import HOSTS, Gate
from sandbox.server.meter import Meter
from sandbox.server.mode import Mode
from sandbox.server.site import Site
from sandbox.server.transports import InProcess, Loopback


class Node:
    """Answers from the moment it is made. `transport`: loopback or in-process. Raises PortInUse."""

    def __init__(
        self, app: Flask, key: str, *, transport: str, port: int = 0, hosts: frozenset[str] = HOSTS
    ) -> None:
        self.app = app
        self.site: Site = app.extensions["sandbox"]
        self.modes: dict[str, Mode] = app.extensions["sandbox_modes"]
        gate = Gate(Meter(app), key, hosts)
        self.server = EmbeddedServer(gate, port) if transport == "loopback" else None
        self.transport: Transport = Loopback(self.server.port, key) if self.server else InProcess(gate, key)

    @property
    def running(self) -> bool:
        return self.server is None or self.server.running

    def close(self) -> None:
        """No thread, no socket stays. Twice does no harm."""
        if self.server:
            self.server.stop()
