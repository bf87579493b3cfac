"""The process in which a submission runs: it serves the parts over HTTP. It knows no attack, and draws no verdict.

Lines of JSON on stdin say what to mount and what time it is; each is answered by a line on stdout.
"""

from __future__ import annotations

import base64
import itertools
import json
import linecache
import logging
import os
import queue
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.errors import BadInput
from sandbox.exchange import Headers
from sandbox.grading import isolation
from sandbox.grading.bank import Bank, Facts
from sandbox.grading.exercise import Application
from sandbox.grading.mounts import mount

Frame = dict[str, Any]
"""One line, either way: {"do": "mount", ...} and {"done": 1}, {"call": 1, ...} and {"answer": 1, ...}."""

_LONGEST: Final = 300
"""Letters of what a cell raised."""


def main(told: str) -> NoReturn:
    """`told`: JSON, {"room": an isolation.Room or null, "listener": a file descriptor or null}. Ends with stdin."""
    settings = json.loads(told)
    control = _Control(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.close(nowhere)
    try:
        if settings["room"]:
            isolation.enter(isolation.Room(**settings["room"]))
        else:
            isolation.limit(alone=False)
        desk = _Desk(control, settings["listener"])
    except Exception as error:
        control.say({"refused": getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"})
        os._exit(1)
    desk.work()


class _Control:
    """The lines to the grader, and from it."""

    def __init__(self, lines_in: int, lines_out: int) -> None:
        self._in = os.fdopen(lines_in, "rb")
        self._out = lines_out
        self._writing = threading.Lock()

    def say(self, frame: Frame) -> None:
        line = memoryview(json.dumps(frame).encode() + b"\n")
        with self._writing:
            while line:
                line = line[os.write(self._out, line) :]

    def lines(self) -> Iterable[Frame]:
        return map(json.loads, self._in)


class _Desk:
    """Does what the grader says, one thing after another, beside the server and whoever calls outside."""

    def __init__(self, control: _Control, listener: int | None) -> None:
        self._control = control
        self._todo: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._calls: dict[int, queue.SimpleQueue[Frame]] = {}
        self._numbers = itertools.count(1)
        self._exercise = ""
        self._parts: dict[str, Any] = {}
        self._cells: list[str] = []
        self._app: Application | None = None
        self._now = 0.0
        self._server = _server(self._serve, listener)

    def work(self) -> NoReturn:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()
        self._control.say({"ready": self._server.server_address[1] if self._server.port else 0})
        while True:
            frame = self._todo.get()
            do: dict[str, Callable[[Frame], str]] = {"load": self._load, "mount": self._mount, "clock": self._set_clock}
            self._control.say({"done": frame["number"], "raised": do[frame["do"]](frame)})

    def _read(self) -> NoReturn:
        for frame in self._control.lines():
            if "answer" in frame:
                self._calls.pop(frame["answer"]).put(frame)
            else:
                self._todo.put(frame)
        os._exit(0)

    def _load(self, frame: Frame) -> str:
        """Run the cells, in one namespace. What went wrong, in a line; empty where nothing did."""
        self._exercise = frame["exercise"]
        there = types.ModuleType("solution")
        sys.modules["solution"] = there
        for id, source in frame["cells"]:
            file = f"<{id}>"
            self._cells.append(file)
            linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for inspect.getsource
            try:
                exec(compile(source, file, "exec", dont_inherit=True), vars(there))
            except BaseException as error:
                return f"the cell raised {_in_a_line(error, self._cells)}"
        missing = [name for name in frame["parts"] if name not in vars(there)]
        self._parts = {name: vars(there).get(name) for name in frame["parts"]}
        return f"no `{missing[0]}` is defined" if missing else ""

    def _mount(self, frame: Frame) -> str:
        self._now = frame["now"]
        bank = Bank(Facts.from_json(frame["facts"]), lambda: self._now, self._outside)
        try:
            self._app = mount(self._exercise, self._parts, bank)
        except BaseException as error:
            self._app = None
            return _in_a_line(error, self._cells)
        return ""

    def _set_clock(self, frame: Frame) -> str:
        self._now = frame["now"]
        return ""

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert self._app is not None
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _outside(
        self, method: str, path: str, headers: Headers = (), body: bytes = b""
    ) -> tuple[int, Headers, bytes]:
        """The submission calls outside: the grader asks the suite, and says what it answered."""
        number, answers = next(self._numbers), queue.SimpleQueue[Frame]()
        self._calls[number] = answers
        told = [[str(name), str(value)] for name, value in headers]
        content = base64.b64encode(bytes(body)).decode()
        self._control.say({"call": number, "method": method, "path": path, "headers": told, "body": content})
        frame = answers.get()
        if frame["refused"]:
            raise BadInput(frame["refused"])
        back = tuple((name, value) for name, value in frame["headers"])
        return frame["status"], back, base64.b64decode(frame["body"])


def _server(app: Application, listener: int | None) -> BaseWSGIServer:
    """On the socket that was inherited; where there is none, on a free port of 127.0.0.1."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    if listener is not None:
        return make_server("unix://submission", 0, app, threaded=True, request_handler=_Handler, fd=listener)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as bound:
        return make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Handler, fd=bound.fileno())


class _Handler(WSGIRequestHandler):
    timeout = 10  # real seconds
    wbufsize = -1

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone, as in the notebook's check."""
        self.send_response_only(code, message)


def _in_a_line(error: BaseException, cells: list[str]) -> str:
    """`NameError: name 'x' is not defined, in line 3 of your cell`: of the innermost line that is the learner's."""
    told = f"{type(error).__name__}: {error}"
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename in cells]
    if isinstance(error, SyntaxError) and error.filename in cells:
        told, lines = f"SyntaxError: {error.msg}", [error.lineno or 1]
    return told.rstrip(": ")[:_LONGEST] + (f", in line {lines[-1]} of your cell" if lines else "")
