"""Grades many submissions, several at once. One that misbehaves harms no other."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import BadInput
from sandbox.grading.exercise import Result
from sandbox.grading.keeper import How, Stop, grade, try_out
from sandbox.grading.submission import Submission
from sandbox.grading.verdicts import Verdicts, key

Progress = Callable[[int, int], None]
"""Called with the submissions that are graded, and their whole number."""

MOST_WORKERS: Final = 64
"""At once: each has a user of its own, where root grades."""

Done = tuple[str, Result | Exception]


@dataclass(frozen=True)
class Graded:
    """A submission, and how it did."""

    submission: Submission
    result: Result


@dataclass(frozen=True)
class Batch:
    """`kept`: how many verdicts are an earlier run's."""

    graded: tuple[Graded, ...]
    kept: int = 0


def grade_all(
    submissions: Sequence[Submission], how: How, *, workers: int | None = None, kept_in: Path | None = None,
    progress: Progress | None = None,
) -> Batch:  # fmt: skip
    """Every submission gets a result, in the order given. The same cells twice are graded once.

    `kept_in`: where verdicts are kept as they come, and found again. Raises BadInput; isolation.Refused, before any is
    graded where this system can't lock one in; SandboxError where verdicts can't be kept.
    """
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise BadInput(f"{workers} submissions can't be graded at once: choose from 1 to {MOST_WORKERS}")
    tell = progress or (lambda done, total: None)
    verdicts = Verdicts(kept_in) if kept_in else None
    results: dict[str, Result] = {}
    todo: dict[str, Submission] = {}
    for each in submissions:
        if not each.fault and (id := key(each)) not in results:
            known = verdicts.get(id, each.exercise) if verdicts else None
            if known:
                results[id] = known
            else:
                todo[id] = each
    kept, total = len(results), len(results) + len(todo)
    tell(kept, total)
    if todo:
        try_out(how)
        for id, result in _found(todo, how, min(workers or _cores(), len(todo))):
            if verdicts:
                verdicts.add(id, result)
            results[id] = result
            tell(len(results), total)
    told = (Result(each.exercise, fault=each.fault) if each.fault else results[key(each)] for each in submissions)
    return Batch(tuple(map(Graded, submissions, told)), kept)


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


def _found(todo: dict[str, Submission], how: How, workers: int) -> Iterable[tuple[str, Result]]:
    """Results as they come. However it ends, no process is left."""
    waiting: queue.SimpleQueue[tuple[str, Submission] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[Done] = queue.SimpleQueue()
    stop = Stop()
    for item in todo.items():
        waiting.put(item)
    threads = [
        threading.Thread(target=_work, args=(waiting, done, how, slot, stop), daemon=True) for slot in range(workers)
    ]
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.start()
    try:
        for _ in todo:
            id, found = _next(done)
            if isinstance(found, Exception):
                raise found
            yield id, found
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _next(done: queue.SimpleQueue[Done]) -> Done:
    """An interrupt is heard while nothing comes, on every system."""
    while True:
        try:
            return done.get(timeout=0.5)
        except queue.Empty:
            continue


def _work(
    waiting: queue.SimpleQueue[tuple[str, Submission] | None], done: queue.SimpleQueue[Done], how: How, slot: int,
    stop: Stop,
) -> None:  # fmt: skip
    while (task := waiting.get()) is not None:
        id, submission = task
        try:
            stop.check()
            done.put((id, grade(submission.exercise, submission.cells, how, slot, stop)))
        except Exception as error:  # raised where the results are awaited: nobody waits in vain
            done.put((id, error))
