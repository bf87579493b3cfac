"""Plays every attack in every column, on as many cores as there are, and puts the cells in order."""

from __future__ import annotations

import os
import queue
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sandbox.box import TRANSPORTS
from sandbox.defences import Defences, Value
from sandbox.engine import Story
from sandbox.errors import BadInput, BadStory, UnknownName
from sandbox.exchange import MODES
from sandbox.scenarios import CORE, story, story_ids
from sandbox.sweep.cells import Attack, Cell, Matrix, Row
from sandbox.sweep.columns import COLUMNS
from sandbox.sweep.one_play import Cells, How, failed
from sandbox.sweep.one_play import play as play_here
from sandbox.sweep.workers import Done, Task, children

Progress = Callable[[int, int], None]
"""Called with the plays that are done, and their whole number."""

_LONGEST_FIRST: Final = ("as_advised", "hardened", "off", "on")
"""What slides without end takes the most requests to search. The longest come first, so that no core waits long."""

PATIENCE: Final = 300
"""Real seconds that this process, when it is done itself, waits for another's play."""

_PLAYS_A_CHILD: Final = 8
"""To start a child takes as long as a few plays: with fewer plays than these, it is not worth its while."""


def attack_ids() -> list[str]:
    """Every story but the four of the comparison itself, by name."""
    return [each for each in story_ids() if each not in CORE]


def sweep(
    stories: Iterable[Story] | None = None,
    *,
    attacks: Sequence[str] = (),
    modes: Sequence[str] = MODES,
    transport: str = "in-process",
    bcrypt_cost: int = 4,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Matrix:
    """Play `stories`, or every attack there is; of these, `attacks` alone, if any is named.

    `workers`: how many processes play, this one among them; None: as many as there are cores, fewer for a few plays.
    The others see the modules as they lie on the disk; a story that is no module's STORY is played here. A story that
    raises gives cells that say so, and the others go on. Raises UnknownName, BadInput, BadSwitch, BadStory for what is
    asked.
    """
    if workers is not None and workers < 1:
        raise BadInput(f"{workers} processes can't play: 1 or more, or none to choose for you")
    found = _chosen(_by_id(stories), attacks)
    how = _how(modes, transport, bcrypt_cost)
    loaded = {name: _loaded(name, each, how) for name, each in found.items()}
    stories_ = [each for each in loaded.values() if isinstance(each, Story)]
    plays = [Task(each, column) for column in _LONGEST_FIRST for each in stories_ if column != "on" or each.switch]
    cells = _played(plays, how, _processes(workers, len(plays)), progress or (lambda done, total: None))
    told = [
        _told(each, how, cells) if isinstance(each, Story) else _not_loaded(name, each) for name, each in loaded.items()
    ]
    return Matrix(tuple(told), how.modes, bcrypt_cost)


# What is asked --------------------------------------------------------


def _by_id(stories: Iterable[Story] | None) -> dict[str, Story | None]:
    """The stories in their order; None for what is yet to be loaded. Raises BadStory for the same id twice."""
    if stories is None:
        return dict.fromkeys(attack_ids())
    given = list(stories)
    found: dict[str, Story | None] = {each.id: each for each in given}
    if len(found) != len(given):
        raise BadStory(f"two stories have the same id: {', '.join(each.id for each in given)}")
    return found


def _chosen(found: dict[str, Story | None], attacks: Sequence[str]) -> dict[str, Story | None]:
    for name in attacks:
        if name not in found:
            raise UnknownName("attack", name, found)
    return {name: each for name, each in found.items() if name in attacks or not attacks}


def _how(modes: Sequence[str], transport: str, bcrypt_cost: int) -> How:
    """Wrong use is refused before anything is played."""
    for mode in modes:
        if mode not in MODES:
            raise UnknownName("mode", mode, MODES)
    if not modes:
        raise BadStory(f"choose at least one mode: {', '.join(MODES)}")
    if transport not in TRANSPORTS:
        raise UnknownName("transport", transport, TRANSPORTS)
    Defences().but(bcrypt_cost=bcrypt_cost)
    return How(tuple(mode for mode in MODES if mode in modes), transport, bcrypt_cost)


def _loaded(name: str, given: Story | None, how: How) -> Story | Cells:
    """The story, or cells that say why its file can't be read."""
    try:
        return given or story(name)
    except Exception as error:
        return failed(how, error)


def _processes(asked: int | None, plays: int) -> int:
    if sys.platform == "emscripten" or not sys.executable:  # a browser kernel has no processes
        return 1
    if asked is not None:
        return asked
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 1 + plays // _PLAYS_A_CHILD)


# Playing --------------------------------------------------------------


def _played(plays: list[Task], how: How, processes: int, progress: Progress) -> dict[tuple[str, str], Cells]:
    """The cells by story and column: first what must run alone. Then this process plays beside the others, and of that
    first what it alone can.
    """
    alone = deque(task for task in plays if task.story.timed)
    here = deque(task for task in plays if task.module is None and not task.story.timed)
    shared = deque(task for task in plays if task.module is not None and not task.story.timed)
    done: queue.SimpleQueue[Done] = queue.SimpleQueue()
    cells: dict[tuple[str, str], Cells] = {}
    progress(0, len(plays))
    while task := _next(alone):
        cells[task.story.id, task.column] = play_here(task.story, task.column, how)
        progress(len(cells), len(plays))
    with children(processes - 1, shared, done, how):
        while len(cells) < len(plays):
            task = _next(here, shared)
            if task:
                done.put((task, play_here(task.story, task.column, how)))
            while len(cells) < len(plays) and not (task and done.empty()):
                try:
                    ended, found = done.get(timeout=PATIENCE)
                except queue.Empty:
                    return cells | _given_up(plays, cells, how)
                cells[ended.story.id, ended.column] = found
                progress(len(cells), len(plays))
    return cells


def _given_up(plays: list[Task], cells: Mapping[tuple[str, str], Cells], how: How) -> dict[tuple[str, str], Cells]:
    """Cells for what other processes hang on. They are ended with the rest."""
    late = failed(how, TimeoutError(f"it has not ended in {PATIENCE} s"))
    return {(each.story.id, each.column): late for each in plays if (each.story.id, each.column) not in cells}


def _next(*queues: deque[Task]) -> Task | None:
    """The next play that is left; None where there is none. A child may take the last one first."""
    for each in queues:
        try:
            return each.popleft()
        except IndexError:
            continue
    return None


# Putting in order -----------------------------------------------------


def _told(story: Story, how: How, cells: Mapping[tuple[str, str], Cells]) -> Attack:
    by_column = {column: cells[story.id, column] for column in COLUMNS if (story.id, column) in cells}
    rows = (
        _row(mode, story.given.get(mode, {}), {column: found[mode] for column, found in by_column.items()})
        for mode in how.modes
    )
    switch = story.switch.partition("=")[0] if story.switch else None
    return Attack(story.id, tuple(rows), story.title, story.about, switch, story.source, story.remains)


def _row(mode: str, given: Mapping[str, Value], cells: Mapping[str, Cell]) -> Row:
    why = next((cell.summary or "the story does not say why" for cell in cells.values() if not cell.applies), "")
    return Row(mode, dict(given), why, *(None if why else cells.get(column) for column in COLUMNS))


def _not_loaded(name: str, cells: Cells) -> Attack:
    return Attack(name, tuple(_row(mode, {}, dict.fromkeys(COLUMNS, cell)) for mode, cell in cells.items()))
