"""Child processes that play beside this one: each is sent a line of JSON for a play, and answers with its cells.

No pool of `multiprocessing`: that would run a script without a `__main__` guard once more in each child, and to fork a
notebook's kernel, with its threads, is not safe.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pkgutil import resolve_name

from sandbox.engine import Story
from sandbox.sweep.cells import Cell
from sandbox.sweep.one_play import Cells, How, failed, play

_SERVE = "from sandbox.sweep.workers import serve; serve()"
_READY = "ready"


class WorkerEnded(Exception):
    """A child process ended before it answered."""


@dataclass(frozen=True)
class Task:
    """A story that is to be played in one column."""

    story: Story
    column: str

    @property
    def module(self) -> str | None:
        """Where a child process finds the story: the module whose STORY it is; None where there is none."""
        name = self.story.script.__module__
        found = getattr(sys.modules.get(name), "STORY", None)
        return name if found is self.story and name != "__main__" else None


Done = tuple[Task, Cells]


@contextmanager
def children(count: int, todo: deque[Task], done: queue.SimpleQueue[Done], how: How) -> Iterator[None]:
    """So many children take from `todo` and put into `done`. At the end, however it comes, none is left.

    Fewer where the system refuses one: what they don't take stays in `todo`.
    """
    started: list[subprocess.Popen[str]] = []
    threads: list[threading.Thread] = []
    try:
        for _ in range(count):
            child = _child()
            if child is None:
                break
            started.append(child)
            threads.append(threading.Thread(target=_feed, args=(child, todo, done, how), daemon=True))
            threads[-1].start()
        yield
    finally:
        todo.clear()
        for child in started:
            child.kill()
        for thread in threads:
            thread.join()
        for child in started:
            child.communicate()


def serve() -> None:
    """What a child does: play what each line on stdin says, and answer with a line on stdout; end with stdin."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a story prints is no answer
    print(_READY, file=answers, flush=True)
    for line in sys.stdin:
        cells = _answer(**json.loads(line))
        print(json.dumps({mode: asdict(cell) for mode, cell in cells.items()}), file=answers, flush=True)


def _answer(module: str, column: str, modes: list[str], transport: str, bcrypt_cost: int) -> Cells:
    how = How(tuple(modes), transport, bcrypt_cost)
    try:
        story: Story = resolve_name(f"{module}:STORY")
    except Exception as error:
        return failed(how, error)
    return play(story, column, how)


def _child() -> subprocess.Popen[str] | None:
    """A process of this Python that finds the same modules. Ctrl-C does not reach it: this process ends it."""
    path = os.pathsep.join(each or os.getcwd() for each in sys.path)
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows
        )
    except (OSError, ValueError):
        return None


def _feed(child: subprocess.Popen[str], todo: deque[Task], done: queue.SimpleQueue[Done], how: How) -> None:
    """Give the child one play after another, until nothing is left or it ends; none to one that did not come up."""
    assert child.stdout is not None
    ready = child.stdout.readline().strip() == _READY
    while ready and child.poll() is None:
        try:
            task = todo.popleft()
        except IndexError:
            return
        try:
            done.put((task, _asked(child, task, how)))
        except Exception as error:  # whatever it is: who waits for this play must not wait for ever
            done.put((task, failed(how, error)))


def _asked(child: subprocess.Popen[str], task: Task, how: How) -> Cells:
    """Raises WorkerEnded, or OSError where the pipe is broken already."""
    assert child.stdin is not None
    assert child.stdout is not None
    asked = {**asdict(how), "module": task.module, "column": task.column}
    child.stdin.write(json.dumps(asked) + "\n")
    child.stdin.flush()
    answer = child.stdout.readline()
    if not answer:
        raise WorkerEnded(f"the process that played it ended with status {child.wait()}")
    return {mode: Cell(**cell) for mode, cell in json.loads(answer).items()}
