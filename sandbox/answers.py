"""Keeps what a learner predicted, in a file of the learner's own: what was believed, and what is to be asked again."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from sandbox.errors import BadInput, UnknownName
from sandbox.exchange import MODES

CONFIDENCES: Final = ("guessing", "fairly sure", "certain")
"""How sure somebody may say to be of a prediction."""
LONGEST: Final = 200
"""Characters of a choice, a question's id, and the like."""
OFF: Final = ("off", "no", "false", "0")
"""What SANDBOX_ANSWERS says to keep none. To keep them in a file of such a name: `./no`."""


@dataclass(frozen=True)
class Answer:
    """One prediction, and what came of it. Raises BadInput or UnknownName for what is no answer."""

    learner: str
    """A random code of eight hex digits: nobody's name."""
    question: str
    """The story and the number of its question: `theft/1`."""
    mode: str
    preset: str
    choice: str
    happened: str
    """The choice that turned out to be true."""
    confidence: str | None
    attempt: int
    """1 for the first answer to that question in that mode under that preset."""
    misconception: str | None
    """What a wrong choice gets wrong, by its id: `theft/1/no`. None where it was right, or nothing is known."""

    def __post_init__(self) -> None:
        for part in ("learner", "question", "mode", "preset", "choice", "happened", "misconception"):
            value = getattr(self, part)
            if not (_is_line(value) or (part == "misconception" and value is None)):
                raise BadInput(f"the {part} of an answer can't be kept: make it one line of 1 to {LONGEST} characters")
        if self.mode not in MODES:
            raise UnknownName("mode", self.mode, MODES)
        if self.confidence not in (None, *CONFIDENCES):
            raise UnknownName("confidence", str(self.confidence)[:LONGEST], CONFIDENCES)
        if not re.fullmatch("[0-9a-f]{8}", self.learner):
            raise BadInput("a learner's code is eight hex digits, no name: leave it as it was drawn")
        if type(self.attempt) is not int or self.attempt < 1:
            raise BadInput("attempts are counted from 1: leave the number as it was counted")
        if self.right and self.misconception is not None:
            raise BadInput("a right choice shows no misconception: leave it out")

    @property
    def right(self) -> bool:
        """Whether it happened as predicted."""
        return self.choice == self.happened


class Answers:
    """The book of one learner: one answer a line, as JSON. It is read anew whenever it is asked.

    Another kernel may write into the same file meanwhile. Lines that can't be read are skipped and counted, never
    lost. All of it raises BadInput where the file itself can't be read or written. An empty book is false.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self.path = Path(path).absolute()  # the book stays where it is when the kernel moves to another folder
        except OSError as error:
            raise _refusal(path, "found", error) from error
        self._drawn = secrets.token_hex(4)

    @property
    def learner(self) -> str:
        """The code in the file's first answer; as long as there is none, a random one."""
        return next((each.learner for each in self), self._drawn)

    @property
    def unreadable(self) -> int:
        """How many lines were skipped."""
        return len(read(self.path)[1])

    def add(
        self,
        question: str,
        mode: str,
        *,
        preset: str,
        choice: str,
        happened: str,
        confidence: str | None = None,
        misconception: str | None = None,
    ) -> Answer:
        """Append one answer; where the choice was right, without the misconception. Raises BadInput, UnknownName."""
        asked = [(each.question, each.mode, each.preset) for each in self]
        attempt = asked.count((question, mode, preset)) + 1
        misconception = misconception if choice != happened else None
        new = Answer(self.learner, question, mode, preset, choice, happened, confidence, attempt, misconception)
        _append(self.path, json.dumps(asdict(new)))
        return new

    def latest(self) -> list[Answer]:
        """The last answer to each question, in each mode, under each preset."""
        return list({(each.question, each.mode, each.preset): each for each in self}.values())

    def surprises(self) -> list[Answer]:
        """Those of the latest that were wrong: what is to be asked again."""
        return [each for each in self.latest() if not each.right]

    def export(self, path: str | Path) -> int:
        """Write all answers into a new CSV file, and say how many. Raises BadInput: nothing is ever overwritten."""
        answers, text, made = list(self), io.StringIO(), False
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*(each.name for each in fields(Answer)), "right"])
        for each in answers:
            table.writerow([_cell(value) for value in (*asdict(each).values(), "yes" if each.right else "no")])
        try:
            with open(path, "xb", buffering=0, opener=_private) as file:
                made = True
                _check_whole(text.getvalue().encode(), file.write(text.getvalue().encode()))
        except (OSError, ValueError) as error:
            if made:
                Path(path).unlink(missing_ok=True)
            raise _refusal(path, "written", error, "Choose a new name, in a folder that you may write in") from error
        return len(answers)

    def erase(self) -> int:
        """Remove the file, and say how many answers were in it. Raises BadInput where it holds something else."""
        answers, broken = read(self.path)
        if broken and not answers:
            raise BadInput(f"{self.path} holds no answers and is left alone: delete it by hand if it is not needed")
        try:
            self.path.resolve().unlink(missing_ok=True)
        except OSError as error:
            raise _refusal(self.path, "erased", error, "Delete it by hand") from error
        self._drawn = secrets.token_hex(4)
        return len(answers)

    def __iter__(self) -> Iterator[Answer]:
        return iter(read(self.path)[0])

    def __len__(self) -> int:
        return len(read(self.path)[0])

    def __repr__(self) -> str:
        try:
            (answers, broken), again = read(self.path), self.surprises()
            lines = [f"learner           {self.learner}"]
        except BadInput as error:
            return f"<Answers: {error}>"
        lines.append(f"answers           {len(answers)}")
        lines.append(f"right             {sum(each.right for each in answers)}")
        lines.append(f"still surprising  {len(again)}")
        if broken:
            lines.append(f"unreadable        {len(broken)}, the first is line {broken[0]} of {self.path.name}")
        for each in again:
            sure = f", {each.confidence}" if each.confidence else ""
            lines.append(f"  {each.question} in {each.mode}, {each.preset}: {each.happened}, not {each.choice}{sure}")
        return "\n".join(lines)


def answers(path: str | Path | None = None) -> Answers:
    """The learner's book, at `path` or at its usual place. Raises BadInput where SANDBOX_ANSWERS turns keeping off."""
    where = place() if path is None else Path(path)
    if where is None:
        raise BadInput("SANDBOX_ANSWERS turns the keeping of answers off: unset it, or let it name a file")
    return Answers(where)


def place() -> Path | None:
    """Where a learner's answers are kept: the file that SANDBOX_ANSWERS names, else `answers.jsonl` in this folder.

    None, nowhere, where that variable is empty, or one of `OFF` in any case. A symlink is followed.
    """
    named = os.environ.get("SANDBOX_ANSWERS", "answers.jsonl").strip()
    return None if named.lower() in ("", *OFF) else Path(os.path.expanduser(named))


def read(path: str | Path) -> tuple[list[Answer], list[int]]:
    """The answers in a file, and the numbers of its lines that can't be read, from 1 on. Without a file: nothing.

    Raises BadInput where the file itself can't be read.
    """
    answers: list[Answer] = []
    unreadable: list[int] = []
    try:
        if Path(path).exists() and not Path(path).is_file():  # a pipe would be waited for, without end
            raise OSError(errno.EINVAL, "it is no file")
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    answers += [Answer(**json.loads(str(line, "utf-8-sig")))] if line.strip() else []
                except (BadInput, UnknownName, TypeError, ValueError, RecursionError):
                    unreadable.append(number)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise _refusal(path, "read", error) from error
    return answers, unreadable


def _append(path: Path, line: str) -> None:
    """In one write, so that two kernels may do it at once; on a new line, should an earlier write have been cut off."""
    try:
        with open(path, "a+b", buffering=0, opener=_private) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            cut_off = file.read(1) not in (b"", b"\n")
            data = (f"\n{line}\n" if cut_off else f"{line}\n").encode()
            _check_whole(data, file.write(data))
    except (OSError, ValueError) as error:
        raise _refusal(path, "written", error) from error


def _private(path: str, flags: int) -> int:
    """A new file is its owner's alone: others on a shared hub don't read it."""
    return os.open(path, flags, 0o600)


def _check_whole(data: bytes, written: int) -> None:
    """A disk that fills up takes the beginning. Raises OSError."""
    if written != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _refusal(path: str | Path, done: str, error: Exception, remedy: str = "") -> BadInput:
    why = getattr(error, "strerror", None) or str(error)
    remedy = remedy or "Let SANDBOX_ANSWERS name a file in a folder that you may write in, or off to keep none"
    return BadInput(f"{path} can't be {done}: {why}. {remedy}")


def _is_line(value: object) -> bool:
    """What a terminal, a table and a CSV file can show: no control characters, no half of a character."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _cell(value: object) -> object:
    """A spreadsheet runs what begins like a formula, and a file edited by hand may hold that."""
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@", "\t")) else value
