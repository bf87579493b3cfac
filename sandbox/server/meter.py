"""The meter around the lesson app: how many statements the database ran for one request, told to who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIEnvironment

from sandbox.server.gate import METER_HEADER, METERED, Application
from sandbox.server.stores.sqlite import work_of_this_thread

if TYPE_CHECKING:
    from _typeshed import OptExcInfo


class Meter:
    """WSGI middleware behind the gate, which says whose question is heard.

    A request is served by one thread, from its beginning to its end: so what the thread did meanwhile was for it.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.pop(METERED, False):
            return self._app(environ, start_response)
        reads, writes = work_of_this_thread()

        def start(status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /) -> Any:
            more_reads, more_writes = work_of_this_thread()
            told = f"{more_reads - reads} {more_writes - writes}"
            return start_response(status, [*headers, (METER_HEADER, told)], exc_info)

        return self._app(environ, start)
