"""What goes over the wire: frozen requests, responses, exchanges, and the log that keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from sandbox.defences import Defences

MODES: Final = ("session", "jwt", "hybrid")
"""The three ways of staying logged in, in the order in which they are shown."""

Headers = tuple[tuple[str, str], ...]


def header(headers: Headers, name: str) -> str | None:
    """The first header of that name, in any case (RFC 9110 5.1), or None."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def parsed_json(body: bytes) -> Any:
    """A body as JSON, or None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class Request:
    """A request as the actor meant it: the model's URL (`https://bank.example/...`), no transport header."""

    method: str
    url: str
    headers: Headers = field(default=(), repr=False)  # a credential in a cell's output would be saved with the notebook
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def header(self, name: str) -> str | None:
        return header(self.headers, name)

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        return parsed_json(self.body)

    def head(self) -> list[str]:
        """The lines before the body as HTTP/1.1 writes them (RFC 9112): request line, Host, headers."""
        parts = urlsplit(self.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
        return lines + [f"{name}: {value}" for name, value in self.headers]

    def wire_bytes(self) -> int:
        """Bytes of this request on the wire."""
        return sum(len(line.encode("utf-8", "replace")) + 2 for line in self.head()) + 2 + len(self.body)


@dataclass(frozen=True)
class Response:
    """A response as it came back. `headers` keeps the order and every repeated Set-Cookie."""

    status: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        return header(self.headers, name)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        return parsed_json(self.body)

    def field(self, name: str) -> Any:
        """One field of a JSON object, or None."""
        body = self.json()
        return body.get(name) if isinstance(body, dict) else None


@dataclass(frozen=True)
class Statement:
    """One statement that the database ran, and what came of it."""

    sql: str = field(repr=False)  # its values and the rows may be credentials
    """As the database's own trace shows it: its values filled in, every run of white space as one space."""
    rows: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, hash=False)
    """What a read found, by column: at most its first 20 rows, and none where too much would have to be told."""
    changed: int | None = None
    """How many rows a write changed; None for a read."""
    left_out: int = 0
    """How many rows a read found beyond `rows`."""


@dataclass(frozen=True)
class Exchange:
    """One request and its response: who, when (simulated seconds since the epoch), and the server's work for it."""

    actor: str
    clock: float
    request: Request
    response: Response
    store_reads: int = 0
    store_writes: int = 0
    statements: Sequence[Statement] = field(default=(), repr=False)
    """What the store's database ran, in order. Where too much would have to be told, the last are missing."""
    asked: tuple[str, ...] = ()
    """Names of the switches that the server read, in order of first reading."""
    defences: Defences | None = field(default=None, repr=False, compare=False)
    """The switches as they stood then: a story may set some for the length of a step."""
    tried: bool = False
    """Tried, then put back, by a search or by hand: what followed knows nothing of it."""


class Answer(NamedTuple):
    """What came back, and the server's work for this one request, as an `Exchange` has it."""

    response: Response
    store_reads: int = 0
    store_writes: int = 0
    statements: Sequence[Statement] = ()
    asked: tuple[str, ...] = ()


class Transport(Protocol):
    """Carries requests to the sandbox's server: over real sockets, or in process."""

    def send(self, request: Request, client_address: str) -> Answer:
        """Raises ServerStopped when nothing answers."""
        ...


Send = Callable[[Request], Response]
"""What an actor is given: it sends, and the answer is recorded on the way back."""


@dataclass
class Log:
    """Exchanges in the order in which they happened."""

    exchanges: list[Exchange] = field(default_factory=list)
    broken: str = ""
    """The first request that was answered by an error of the server's own (5xx), and its status; empty: none."""

    dropped: int = 0
    """How many exchanges `keep` has taken out."""

    def append(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if exchange.response.status >= 500 and not self.broken:
            self.broken = f"{exchange.request.method} {exchange.request.path} was answered {exchange.response.status}"

    def since(self, mark: int) -> tuple[Exchange, ...]:
        return tuple(self.exchanges[mark:])

    def keep(self, mark: int, kept: tuple[Exchange, ...]) -> None:
        """Replace all since `mark` by `kept`: of a search, only its evidence stays in the record."""
        self.dropped += len(self.exchanges) - mark - len(kept)
        self.exchanges[mark:] = kept

    def mark_tried(self, mark: int) -> None:
        """Say of all since `mark` that it was put back."""
        self.exchanges[mark:] = [replace(each, tried=True) for each in self.exchanges[mark:]]

    def __len__(self) -> int:
        return len(self.exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.exchanges)
