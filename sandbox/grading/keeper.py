"""Keeps a submission's process: starts it, says what it is to mount, ends it in time. Its word counts for nothing."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from sandbox.clock import Clock, stopwatch
from sandbox.errors import BadInput, SandboxError, ServerStopped
from sandbox.exchange import Request, Response
from sandbox.grading import isolation
from sandbox.grading.bank import fresh_facts
from sandbox.grading.exercise import Broken, Exercise, Result
from sandbox.grading.judge import MOST, judge
from sandbox.grading.visit import SITE, Visit
from sandbox.grading.wire import Wire

STARTING: Final = 60.0
"""Real seconds that a process may take to start: until then nothing of a submission has run."""
LOADING: Final = 10.0
"""Real seconds that the cells may take."""
CRITERION: Final = 8.0
"""Real seconds that one criterion may take."""
SUBMISSION: Final = 24.0
"""Real seconds that a submission may take; what has not been tried by then is not met."""
LINE: Final = 256 << 10
"""Bytes of one line from the process."""
CALLS: Final = 1000
"""Calls to the outside of one process, at most."""
AT_ONCE: Final = 40
"""Calls to the outside that are answered at once; the others wait."""

Cells = Sequence[tuple[str, str]]
"""The solution's cells: their ids and sources."""

_CHILD: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from sandbox.grading.child import main; main(sys.argv[2])"
)


class Fault(SandboxError):
    """A submission can't be tried at all."""


@dataclass(frozen=True)
class How:
    """`unsafe`: nothing locks the processes in. `hidden`: files that they must not see, such as others' submissions."""

    unsafe: bool = False
    hidden: tuple[Path, ...] = ()


class Stopped(SandboxError):
    """The grading was stopped: there is no verdict."""


class Stop:
    """Set once, from any thread: then every process that is there ends, and none is started."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._alive: set[Process] = set()
        self._is_set = False

    def set(self) -> None:
        with self._changing:
            self._is_set = True
            alive = list(self._alive)
        for each in alive:
            each.end("the grading was stopped")

    def check(self) -> None:
        """Raises Stopped once it is set."""
        if self._is_set:
            raise Stopped("the grading was stopped")

    def joins(self, process: Process) -> None:
        with self._changing:
            self._alive.add(process)

    def leaves(self, process: Process) -> None:
        with self._changing:
            self._alive.discard(process)


def try_out(how: How) -> None:
    """Start a process and end it. Raises isolation.Refused where this system can't lock one in."""
    Process(how, 0).end("it was tried out")


def grade(exercise: Exercise, cells: Cells, how: How, slot: int = 0, stop: Stop | None = None) -> Result:
    """How a submission does: it runs in a process of its own, and is called from this one.

    `slot`: no two that are graded at once have the same. What the submission does is in the result. Raises Stopped,
    isolation.Refused.
    """
    keeper = _Keeper(exercise, cells, how, slot, stop or Stop())
    try:
        keeper.start()
        found = judge(exercise, keeper.visit)
    except Fault as fault:
        found = Result(exercise, fault=in_a_line(str(fault)))
    finally:
        keeper.end()
    keeper.check()
    checked = (replace(each, seen=in_a_line(each.seen), exchanges=()) for each in found.checked)
    return replace(found, checked=tuple(checked))


def in_a_line(text: str) -> str:
    """What a submission said, fit to be shown: signs that print, and not too many of them."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:MOST])


class _Keeper:
    """Of one submission: one process at a time, another one where a criterion was its end."""

    def __init__(self, exercise: Exercise, cells: Cells, how: How, slot: int, stop: Stop) -> None:
        self._exercise, self._cells, self._how, self._slot, self._stop = exercise, cells, how, slot, stop
        self._process: Process | None = None
        self._begun = stopwatch()
        self._refused: isolation.Refused | None = None

    def check(self) -> None:
        """Raises Stopped, isolation.Refused: what was found is no verdict then."""
        self._stop.check()
        if self._refused:
            raise self._refused

    def start(self) -> Process:
        """A process in which the cells have run. Raises Fault where they can't."""
        self._stop.check()
        try:
            self._process = process = Process(self._how, self._slot)
        except isolation.Refused as refused:
            self._refused = refused
            raise
        self._stop.joins(process)
        self._stop.check()
        try:
            with process.within(LOADING):
                told = {"exercise": self._exercise.id, "cells": list(self._cells), "parts": self._exercise.parts}
                wrong = process.ask("load", told)
        except ServerStopped:
            raise Fault(f"the cell has not ended within {LOADING:g} s") from None
        except Broken as broken:
            raise Fault(str(broken)) from None
        if wrong:
            raise Fault(wrong)
        return process

    def end(self) -> None:
        if self._process:
            self._process.end("it was ended")
            self._stop.leaves(self._process)

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """Raises Broken, ServerStopped: a criterion that is not met."""
        left = SUBMISSION - (stopwatch() - self._begun)
        if left <= 0:
            raise Broken(f"the {SUBMISSION:g} s of this submission are over")
        process = self._process
        if process is None or not process.alive:
            self.end()
            process = self.start()
        facts, clock = fresh_facts(), Clock()
        visit = Visit(Wire(process.connect, process.why_ended), facts, clock, process.tell_time)
        process.visit = visit
        with process.within(min(left, CRITERION)):
            try:
                told = replace(facts, nonce="").to_json()
                raised = process.ask("mount", {"facts": told, "now": clock.now()})
                if raised:
                    raise Broken(f"your code raised {raised}")
                yield visit
            except SandboxError:
                raise
            except Exception as error:  # what an answer holds may be anything, and a suite expects sense
                raise Broken(f"an answer can't be worked with ({type(error).__name__})") from error
        if process.late:
            raise ServerStopped("no answer came in time")


class Process:
    """A process that serves a submission. Raises isolation.Refused."""

    def __init__(self, how: How, slot: int) -> None:
        self.visit: Visit | None = None
        self.late = False
        self._ended = ""
        self._changing = threading.Condition()
        self._asking, self._writing = threading.Lock(), threading.Lock()
        self._number, self._calls = 0, 0
        self._told: dict[str, Any] = {"number": 0}
        self._slots = threading.Semaphore(AT_ONCE)
        self._address: str | tuple[str, int] = ""
        self._lifeline = -1
        self._ready: dict[str, Any] = {}
        self._locked_in = not how.unsafe
        try:
            self._popen = self._started(how, slot)
        except OSError as error:
            raise isolation.Refused(f"no process can be started ({error.strerror}): end others, try again") from error
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        with self.within(STARTING), self._changing:
            self._changing.wait_for(lambda: self._ready or self._ended)
        if "ready" not in self._ready:
            self.end("it did not start")
            if "refused" in self._ready:
                why = in_a_line(str(self._ready["refused"]))
                raise isolation.Refused(f"this system does not lock a submission in ({why}): grade with --unsafe")
            raise isolation.Refused(f"a process has not started within {STARTING:g} s: end other programs, grade again")
        if how.unsafe:
            self._address = ("127.0.0.1", int(self._ready["ready"]))

    def _started(self, how: How, slot: int) -> subprocess.Popen[bytes]:
        told: dict[str, Any] = {"room": None, "listener": None}
        environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        passed: list[int] = []
        if how.unsafe:
            popen = self._popened(told, environment, passed)
        else:
            room = isolation.room(how.hidden, slot)
            end, self._lifeline = os.pipe()
            # In a namespace without a network. A socket of the family AF_INET could be freed there from what it listens
            # to (connect(2), AF_UNSPEC), and reach all that this process reaches; one of this family can't.
            listener = socket.socket(socket.AF_UNIX)
            try:
                self._address = f"\0auth-sandbox-{secrets.token_hex(16)}"
                listener.bind(self._address)
                listener.listen(128)
                told = {"room": asdict(replace(room, lifeline=end)), "listener": listener.fileno()}
                popen = self._popened(told, environment, [end, listener.fileno()])
            finally:
                os.close(end)
                listener.close()
        return popen

    @staticmethod
    def _popened(told: dict[str, Any], environment: dict[str, str], passed: list[int]) -> subprocess.Popen[bytes]:
        path = json.dumps(isolation.search_path())
        return subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _CHILD, path, json.dumps(told)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env={**environment, "MALLOC_ARENA_MAX": "2"}, pass_fds=passed, start_new_session=True,
        )  # fmt: skip

    # Its end -----------------------------------------------------------

    @property
    def alive(self) -> bool:
        return not self._ended

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The process ends where the block has not ended by then."""
        timer = threading.Timer(seconds, self._too_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        self.late = True
        self.end("no answer came in time")

    def end(self, why: str) -> None:
        """Returns once nothing is left of it, nor of what it started. Twice does no harm."""
        self._has_ended(why)
        with self._changing:
            lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)
        elif not self._locked_in and self._popen.poll() is None:
            if os.name == "posix":
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.kill()
        self._popen.wait()
        self._reader.join(1)
        assert self._popen.stdin
        with self._writing, suppress(OSError):
            self._popen.stdin.close()

    def _has_ended(self, why: str) -> None:
        with self._changing:
            self._ended = self._ended or why
            self._changing.notify_all()

    def why_ended(self) -> Exception:
        """For who got no answer."""
        with self._changing:
            self._changing.wait_for(lambda: self._ended, 0.5)
        if self.late:
            return ServerStopped("no answer came in time")
        return Broken(self._ended or "the connection was closed before an answer came")

    # What is said to it, and what it says -------------------------------

    def connect(self) -> socket.socket:
        """A new connection to its server. Raises OSError."""
        family = socket.AF_INET if isinstance(self._address, tuple) else socket.AF_UNIX
        connection = socket.socket(family)
        try:
            connection.settimeout(LOADING)
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self, do: str, told: dict[str, Any]) -> str:
        """Have something done. What went wrong there, in a line. Raises ServerStopped, Broken where no answer comes."""
        with self._asking:
            self._number += 1
            self._write({"do": do, "number": self._number, **told})
            with self._changing:
                self._changing.wait_for(lambda: self._ended or self._told["number"] == self._number)
                if self._told["number"] == self._number:
                    return in_a_line(str(self._told["raised"]))
        raise self.why_ended()

    def tell_time(self, now: float) -> None:
        self.ask("clock", {"now": now})

    def _write(self, frame: dict[str, Any]) -> None:
        assert self._popen.stdin
        line = memoryview(json.dumps(frame).encode() + b"\n")
        with self._writing, suppress(OSError, ValueError):  # it has ended: so says the reader
            while line:
                line = line[self._popen.stdin.write(line) or 0 :]

    def _read(self) -> None:
        assert self._popen.stdout
        with self._popen.stdout as lines:
            why = "your code ended its own process"
            try:
                while line := lines.readline(LINE):
                    self._hear(json.loads(line))
            except (OSError, ValueError, RecursionError, KeyError, TypeError):
                why = "your code spoke where only the grader's code speaks"
            self._has_ended(why)

    def _hear(self, frame: dict[str, Any]) -> None:
        """Raises ValueError, KeyError, TypeError for what the grader's own code would not say."""
        if "call" in frame and self._calls < CALLS:
            self._calls += 1
            self._slots.acquire()
            threading.Thread(target=self._answer, args=(frame,), daemon=True).start()
            return
        with self._changing:
            if "done" in frame and frame["done"] == self._number != self._told["number"]:
                self._told = {"number": self._number, "raised": str(frame["raised"])}
            elif not self._ready and ("ready" in frame or "refused" in frame):
                self._ready = frame
            else:
                raise ValueError("nothing of that kind was asked")
            self._changing.notify_all()

    def _answer(self, frame: dict[str, Any]) -> None:
        """One call to the outside. Whatever it holds, the suite sees a request; and what fails is said, not raised."""
        back: dict[str, Any] = {"answer": frame["call"], "refused": ""}
        try:
            answer = self._ask_outside(frame)
            content = base64.b64encode(answer.body).decode()
            back |= {"status": answer.status, "headers": answer.headers, "body": content}
        except SandboxError as error:
            back["refused"] = str(error)
        except Exception:
            back["refused"] = "the call can't be worked with"
        finally:
            self._slots.release()
        self._write(back)

    def _ask_outside(self, frame: dict[str, Any]) -> Response:
        """Raises SandboxError, and whatever a frame of lies may raise."""
        visit, method, path = self.visit, frame["method"], frame["path"]
        if visit is None or visit.outside is None:
            raise BadInput("nobody is outside in this exercise")
        if not isinstance(method, str) or not isinstance(path, str) or not path.startswith("/"):
            raise BadInput("a call outside takes a method, and a path that begins with /")
        headers = tuple((str(name), str(value)) for name, value in frame["headers"])
        return visit.outside(Request(method, f"{SITE}{path}", headers, base64.b64decode(frame["body"])))
