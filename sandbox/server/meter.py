"""The meter around the lesson app: what the server did for one request, told to who asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from sandbox.exchange import Statement
from sandbox.server import work
from sandbox.server.gate import METER_HEADER, METERED, Application

if TYPE_CHECKING:
    from _typeshed import OptExcInfo

LONGEST: Final = 60_000
"""Characters of the statements: http.client takes no line of more than 65536."""


class Meter:
    """WSGI middleware behind the gate, which says whose question is heard.

    A request is served by one thread, from its beginning to its end: so what the thread did meanwhile was for it.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.pop(METERED, False):
            return self._app(environ, start_response)
        done = work.begin()

        def start(status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /) -> Any:
            return start_response(status, [*headers, (METER_HEADER, tell(done))], exc_info)

        try:
            return self._app(environ, start)
        finally:
            work.end()


def tell(done: work.Work) -> str:
    """Reads, writes, the switches that were asked, and the statements as JSON in ASCII: `1 0 carrier,denylist [...]`.

    What would be too long is told without rows, and then without the last statements.
    """
    writes = sum(changed is not None for _, changed, *_ in done.statements)
    text = json.dumps(done.statements)
    if len(text) > LONGEST:
        kept = [[*each[:-1], ()] for each in done.statements]
        while len(text := json.dumps(kept)) > LONGEST:
            kept = kept[: len(kept) // 2]
    return f"{len(done.statements) - writes} {writes} {','.join(dict.fromkeys(done.asked))} {text}"


def hear(text: str) -> tuple[int, int, Sequence[Statement], tuple[str, ...]]:
    """What was told, as an `Answer` has it: reads, writes, statements, and the switches that were asked."""
    reads, writes, asked, statements = text.split(" ", 3)
    return int(reads), int(writes), _Told(statements), tuple(asked.split(",")) if asked else ()


class _Told(Sequence[Statement]):
    """Statements that are read from their JSON when somebody looks: of most requests nobody does."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _statements(self) -> tuple[Statement, ...]:
        return tuple(_statement(*each) for each in json.loads(self._text))

    def __getitem__(self, index: Any) -> Any:
        return self._statements[index]

    def __len__(self) -> int:
        return len(self._statements)

    def __eq__(self, other: object) -> bool:
        return self._statements == other

    def __hash__(self) -> int:
        return hash(self._statements)

    def __repr__(self) -> str:
        return repr(self._statements)


def _statement(sql: str, changed: int | None, found: int, columns: list[str], rows: list[list[Any]]) -> Statement:
    kept = tuple(dict(zip(columns, row, strict=True)) for row in rows)
    return Statement(" ".join(sql.split()), kept, changed, found - len(kept))
