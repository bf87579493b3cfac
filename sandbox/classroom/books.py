"""Finds the answer books in a folder and reads them: each learner's answers, and what had to be left out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.answers import Answer
from sandbox.errors import BadInput, UnknownName

LARGEST: Final = 5_000_000
"""Bytes of a book. A learner who answers every question a hundred times stays below it; a larger file is left out."""
NO_ANSWER: Final = "no answer"
ANOTHER_VERSION: Final = "a question, a mode or a choice that this version does not have"
_MOST_NAMED: Final = 5
"""Line numbers that are said of one file."""


@dataclass(frozen=True)
class LeftOut:
    """What was not counted: these lines of a file, from 1 on, or with no lines all of it."""

    path: str
    lines: tuple[int, ...]
    why: str

    def __str__(self) -> str:
        named = ", ".join(map(str, self.lines[:_MOST_NAMED]))
        more = f" and {len(self.lines) - _MOST_NAMED} more" if len(self.lines) > _MOST_NAMED else ""
        where = f", line{'s' if len(self.lines) > 1 else ''} {named}{more}" if self.lines else ""
        path = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in self.path)
        return f"left out {path}{where}: {self.why}"


def gather(folder: Path, known: Callable[[Answer], bool]) -> tuple[dict[str, list[Answer]], tuple[LeftOut, ...]]:
    """By learner, the answers in all `*.jsonl` of a folder, at any depth, as they were given.

    Of several files of one learner, that with the fewer attempts is the earlier one, whatever they are called. A line
    that was read before counts once. What is not `known` is left out. Raises BadInput where there is no folder,
    or no such file in it.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: name the one that holds the learners' answers.jsonl, at any depth")
    left_out: list[LeftOut] = []
    learners: dict[str, dict[Path, list[Answer]]] = {}
    found = list(_books(folder, left_out))
    if not found and not left_out:
        raise BadInput(f"there is no *.jsonl in {folder}: put the learners' answers.jsonl there")
    for path in found:
        lines: dict[str, list[int]] = {NO_ANSWER: [], ANOTHER_VERSION: []}
        try:
            for number, line in _lines(path):
                try:
                    answer = Answer(**json.loads(str(line, "utf-8-sig")))
                except (BadInput, UnknownName, TypeError, ValueError, RecursionError):
                    lines[NO_ANSWER].append(number)
                    continue
                if known(answer):
                    learners.setdefault(answer.learner, {}).setdefault(path, []).append(answer)
                else:
                    lines[ANOTHER_VERSION].append(number)
        except OSError as error:
            left_out.append(LeftOut(str(path), (), error.strerror or "it can't be read"))
        left_out += [LeftOut(str(path), tuple(numbers), why) for why, numbers in lines.items() if numbers]
    return {learner: _in_order(books.values()) for learner, books in learners.items()}, tuple(left_out)


def _in_order(books: Iterable[list[Answer]]) -> list[Answer]:
    """All answers of one learner, each once."""
    by_attempts = sorted(books, key=lambda book: max(answer.attempt for answer in book))
    return list(dict.fromkeys(answer for book in by_attempts for answer in book))


def _books(folder: Path, left_out: list[LeftOut]) -> Iterator[Path]:
    """Every `*.jsonl` by its path. What can't be looked into is left out; a link to a folder is not followed."""

    def missed(error: OSError) -> None:
        left_out.append(LeftOut(str(error.filename), (), error.strerror or "it can't be read"))

    for place, folders, files in os.walk(folder, onerror=missed):
        folders.sort()
        yield from (Path(place, name) for name in sorted(files) if name.lower().endswith(".jsonl"))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers. Raises OSError, for what is too large to be a book too."""
    if path.exists() and not path.is_file():  # a pipe would be waited for, without end
        raise OSError(0, "it is no file")
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise OSError(0, f"larger than {LARGEST:,} bytes, which no learner's book is")
        yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
