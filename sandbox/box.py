"""The running sandbox: the server, its clock, switches and tables, and the actors who talk to it."""

from __future__ import annotations

import re
import weakref
from typing import Any, Final, Self

from sandbox.actors.attacker import Attacker
from sandbox.actors.browser import Browser
from sandbox.clock import DAY, Clock
from sandbox.defences import Defences, Value
from sandbox.errors import BadInput, ServerStopped, UnknownName
from sandbox.exchange import Exchange, Headers, Log, Request, Response, Send
from sandbox.names import Names
from sandbox.server.app import create_app, create_service
from sandbox.server.back_office import BackOffice
from sandbox.server.network import Network
from sandbox.server.tokens import decode_unverified

TRANSPORTS: Final = ("loopback", "in-process")

_ADDRESSES: Final = {"alice": "198.51.100.1", "bob": "198.51.100.2", "carol": "198.51.100.3", "mallory": "203.0.113.66"}
"""The model's addresses of the actors (RFC 5737): what `throttle_login` sees."""

SHOP: Final = "shop.example"
"""Where another service of the bank's company answers, once a story has opened it."""


class Sandbox(BackOffice):
    """One launch. A context manager too: leaving it stops the server.

    `transport`: loopback (real sockets on 127.0.0.1) or in-process (no sockets, no threads).
    Raises UnknownName, BadSwitch, PortInUse.
    """

    def __init__(self, defences: Defences, *, transport: str = "loopback", port: int = 0) -> None:
        if transport not in TRANSPORTS:
            raise UnknownName("transport", transport, TRANSPORTS)
        self.clock = Clock()
        self.log = Log()
        app = create_app(defences=defences, clock=self.clock)
        super().__init__(Network(app, transport=transport, port=port))
        self._server = self._network.first.server
        self._closed = False

    # The learner's own controls: Python in the kernel, never HTTP ------

    @property
    def defences(self) -> Defences:
        """The switches as they stand now."""
        return self._network.first.site.defences

    def switch(self, **settings: Value) -> None:
        """Flip switches while the server runs: `box.switch(rotate_refresh=True)`. Raises UnknownName, BadSwitch.

        `shared_store` alone is asked only when a node is added.
        """
        defences = self.defences.but(**settings)
        for node in self._network.nodes():
            node.site.defences = defences

    def tables(self, mode: str, *, reveal: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The rows that this mode's store keeps now, table by table. Each mode has a store of its own.

        Credentials bear their short names, unless `reveal`. Raises UnknownName.
        """
        shown = (lambda text: text) if reveal else self._names().mask
        return {
            name: [{key: shown(cell) if isinstance(cell, str) else cell for key, cell in row.items()} for row in rows]
            for name, rows in self.store(mode).tables().items()
        }

    def wire(self) -> list[str]:
        """What has gone over the wire so far, a line per exchange: `alice: POST /jwt/login 200  gets A1`."""
        names = self._names()
        return [names.line(exchange) for exchange in self.log]

    def held(self, browser: Browser) -> dict[str, str]:
        """What lies in that browser now, and where: `{"cookie session": "S1"}`."""
        holdings, mask = browser.holdings(), self._names().mask
        return {
            **{f"cookie {each.name}": mask(each.value) for each in holdings.cookies},
            **{f"localStorage {name}": mask(value) for name, value in holdings.local_storage.items()},
            **{f"memory {name}": mask(value) for name, value in holdings.memory.items()},
        }

    def claims(self, name: str) -> dict[str, Any]:
        """The claims of the self-contained token of that short name, read without any key. Raises UnknownName."""
        names = self._names()
        tokens = {each: value for each, value in names.known().items() if each.startswith("A")}
        if name not in tokens:
            raise UnknownName("token", name, tokens)
        _, claims = decode_unverified(tokens[name])
        return {claim: names.mask(value) if isinstance(value, str) else value for claim, value in claims.items()}

    def _names(self) -> Names:
        """The short names of what has gone over the wire so far."""
        names = Names()
        for exchange in self.log:
            names.learn(exchange)
        return names

    # The model's network ----------------------------------------------

    def add_node(self, mode: str, *, seconds_behind: float = 0.0) -> None:
        """One more server joins the bank for this mode, whose requests then alternate: first node first.

        `seconds_behind`: how slow its clock is. Raises UnknownName, BadInput.
        """
        self._check_mode(mode)
        if not 0 <= seconds_behind <= DAY:
            raise BadInput(f"a clock may be behind by 0 to {DAY:.0f} seconds, not {seconds_behind}")
        clock = self.clock.behind(seconds_behind) if seconds_behind else self.clock
        self._network.join(mode, create_app(beside=self._network.first.app, clock=clock))

    def open_service(self, mode: str) -> None:
        """Another service of the bank's company answers at https://shop.example: same signing keys, own accounts.

        Its one account is Mallory's; its tokens are for `https://shop.example/{mode}`. Raises UnknownName.
        """
        self._check_mode(mode)
        if not self._network.has_host(SHOP):  # one for all modes
            mallory = ("mallory", "user", "+44 20 7946 0099", 1000)
            self._network.open_host(SHOP, create_service(self._network.first.app, f"https://{SHOP}", mallory))

    def save(self, mode: str) -> Any:
        """What the servers keep of this mode now, for `restore`. The clock is not part of it."""
        return self._network.save(mode)

    def restore(self, mode: str, saved: Any) -> None:
        """Put this mode back to that moment, as if nothing had happened since; the clock stays."""
        self._network.restore(mode, saved)

    def publish(self, url: str, *, status: int = 200, headers: Headers = (), body: bytes = b"") -> None:
        """What another host, or an interceptor on plain http, answers to that URL, whatever its query.

        It wins over the bank's own answer. Where nothing is published, the outside answers 404. Raises UnknownName.
        """
        if not re.match("https?://[^/]", url):
            raise UnknownName("kind of URL", url, ("https://host/path", "http://host/path"))
        self._network.publish(url, Response(status, headers, body))

    # Actors -----------------------------------------------------------

    def browser(self, name: str, log: Log | None = None) -> Browser:
        """A fresh browser with that person before it: alice, bob or carol, by the demo accounts."""
        return Browser(name, self._send_as(name, log), self.clock, lambda: self.defences)

    def attacker(self, name: str = "mallory", log: Log | None = None) -> Attacker:
        """An attacker with empty pockets."""
        return Attacker(name, self._send_as(name, log), self.clock, lambda: self.defences)

    def _send_as(self, name: str, log: Log | None) -> Send:
        """What this actor sends goes over the wire, and into the log with the server's work for it."""
        kept = self.log if log is None else log
        address = _ADDRESSES.get(name, "198.51.100.99")

        def send(request: Request) -> Response:
            if self._closed:
                raise ServerStopped("this sandbox is closed: launch() again, or reset the player")
            answer = self._network.send(request, address)
            kept.append(Exchange(name, self.clock.now(), request, *answer, defences=self.defences))
            return answer.response

        return send

    # Coming and going --------------------------------------------------

    @property
    def running(self) -> bool:
        return not self._closed and self._network.running

    @property
    def port(self) -> int | None:
        """The server's port on 127.0.0.1; None in process."""
        return self._server.port if self._server else None

    def close(self) -> None:
        """Stop the server: no thread, no socket stays. Twice does no harm."""
        self._closed = True
        self._network.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        where = f"on 127.0.0.1:{self.port}" if self.port else "in process"
        return f"<Sandbox {where if self.running else 'stopped'}, clock {self.clock!r}>"


_launched: weakref.ref[Sandbox] | None = None


def launch(preset: str = "as_written", *, transport: str = "loopback", port: int = 0, **settings: Value) -> Sandbox:
    """Start a sandbox; one that an earlier `launch` started is stopped, so a cell may be run again.

    `settings` are switches on top of the preset: `launch(preset="as_written", rotate_refresh=True)`.
    Raises UnknownName, BadSwitch, PortInUse.
    """
    global _launched
    defences = Defences.preset(preset).but(**settings)
    earlier = _launched() if _launched else None
    if earlier:
        earlier.close()
    box = Sandbox(defences, transport=transport, port=port)
    _launched = weakref.ref(box)
    return box
