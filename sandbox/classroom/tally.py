"""Counts what a class answered: who answered, who was right at first and at last, and which misconceptions showed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sandbox.answers import CONFIDENCES, Answer
from sandbox.classroom.books import LeftOut, gather
from sandbox.classroom.groups import hidden, is_small, told
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Question
from sandbox.scenarios import story, story_ids

RIGHT: Final = "right"
OTHER: Final = "another wrong choice"
NONE: Final = "no answer"
UNSAID: Final = "not said"
MOST: Final = 5
"""Questions that are named as the most surprising."""

Count = int | None
"""Learners; None: hidden."""


@dataclass(frozen=True)
class Part:
    """Those of the class who said the same of a question in a mode: at first, and at last.

    `says` is RIGHT, OTHER, NONE, or a wrong choice whose misconception is known.
    """

    says: str
    first: Count
    last: Count


@dataclass(frozen=True)
class InMode:
    """A question in one mode. `answered`: learners who did. `again`: those of them who did so more than once.

    Who answered once answered at last as at first. `together`: what the hidden parts come to, at first and at last.
    """

    mode: str
    answered: Count
    again: Count
    parts: tuple[Part, ...]
    together: tuple[Count, Count]

    @property
    def wrong(self) -> Count:
        """How many were wrong at first; None: hidden."""
        first = {part.says: part.first for part in self.parts}
        right = first.pop(RIGHT)
        if self.answered is not None and right is not None:
            return self.answered - right
        del first[NONE]
        return None if None in first.values() else sum(count or 0 for count in first.values())


@dataclass(frozen=True)
class QuestionTally:
    """`step`: the title of the step before which it is asked."""

    id: str
    step: str
    text: str
    misconceptions: Mapping[str, str]
    """By wrong choice, what it gets wrong."""
    modes: tuple[InMode, ...]


@dataclass(frozen=True)
class StoryTally:
    """`finished`: by mode, the learners who answered all of its questions."""

    id: str
    title: str
    finished: Mapping[str, Count]
    questions: tuple[QuestionTally, ...]


@dataclass(frozen=True)
class Sureness:
    """First answers by how sure they were: how many were right, how many wrong. Answers, not learners; None: hidden."""

    confidence: str
    right: int | None
    wrong: int | None


@dataclass(frozen=True)
class Class:
    """`learners`: who answered anything; None: too few for anything to be told."""

    learners: Count
    stories: tuple[StoryTally, ...]
    sureness: tuple[Sureness, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def lines_left_out(self) -> dict[str, int]:
        """By reason, how many lines were not counted."""
        found: Counter[str] = Counter()
        for each in self.left_out:
            found[each.why] += len(each.lines)
        return {why: count for why, count in found.items() if count}

    @property
    def files_left_out(self) -> int:
        """Files and folders that could not be read."""
        return sum(not each.lines for each in self.left_out)

    @property
    def surprising(self) -> list[tuple[QuestionTally, InMode]]:
        """The questions that most learners were wrong about at first, each in its mode; the worst first."""
        asked = [(each, mode) for about in self.stories for each in about.questions for mode in each.modes]
        return sorted((pair for pair in asked if pair[1].wrong), key=lambda pair: -(pair[1].wrong or 0))[:MOST]

    def to_json(self) -> dict[str, Any]:
        """As `class --json` prints it. A hidden number is null."""
        stories = [asdict(each) for each in self.stories]
        return {
            "learners": self.learners,
            "stories": stories,
            "surprising": [
                {"question": each.id, "mode": mode.mode, "wrong": mode.wrong} for each, mode in self.surprising
            ],
            "confidence": [asdict(each) for each in self.sureness],
            "left_out": {"lines": self.lines_left_out, "files": self.files_left_out},
        }


@dataclass(frozen=True)
class _Asked:
    question: Question
    step: str
    modes: tuple[str, ...]


def merge(folder: Path) -> Class:
    """What the learners whose books lie in that folder answered. Raises BadInput where there is no book."""
    learners, left_out = gather(folder, _is_known)
    if is_small(len(learners)) or not learners:
        return Class(None, (), (), left_out)
    books = list(learners.values())
    found = {answer.question.partition("/")[0] for book in books for answer in book}
    return Class(
        learners=len(books),
        stories=tuple(_story(each, books) for each in story_ids() if each in found),
        sureness=_sureness(books),
        left_out=left_out,
    )


@cache
def _questions(story_id: str) -> Mapping[str, _Asked]:
    """By id, what a story asks: found by playing it, for only its script knows."""
    player = Player(story(story_id), transport="in-process")
    found: dict[str, _Asked] = {}
    try:
        while not player.finished:
            if player.question and player.question_id:
                found[player.question_id] = _Asked(player.question, player.next_title or "", player.asked_modes)
            player.step()
    finally:
        player.close()
    return found


def _is_known(answer: Answer) -> bool:
    """Whether this version asks that question in that mode, with these choices."""
    story_id = answer.question.partition("/")[0]
    asked = _questions(story_id).get(answer.question) if story_id in story_ids() else None
    if asked is None or answer.mode not in asked.modes:
        return False
    return {answer.choice, answer.happened} <= set(asked.question.choices)


def _story(story_id: str, books: list[list[Answer]]) -> StoryTally:
    asked = _questions(story_id)
    modes = [mode for mode in MODES if any(mode in each.modes for each in asked.values())]
    return StoryTally(
        id=story_id,
        title=story(story_id).title,
        finished={mode: _finished(asked, mode, books) for mode in modes},
        questions=tuple(
            QuestionTally(
                id=question_id,
                step=each.step,
                text=each.question.text,
                misconceptions=dict(each.question.misconceptions),
                modes=tuple(_in_mode(question_id, each.question, mode, books) for mode in each.modes),
            )
            for question_id, each in asked.items()
        ),
    )


def _finished(asked: Iterable[str], mode: str, books: list[list[Answer]]) -> Count:
    """Hidden, too, where it would tell of the few who answered one question and not another."""
    done = [{answer.question for answer in book if answer.mode == mode} for book in books]
    wholes = [sum(each in one for one in done) for each in asked]
    finished = sum(set(asked) <= one for one in done)
    if len(wholes) == 2 and is_small(len(books) - sum(wholes) + finished):  # who answered neither
        return None
    return told(finished, len(books), *wholes)


def _in_mode(question_id: str, question: Question, mode: str, books: list[list[Answer]]) -> InMode:
    given = [[each for each in book if (each.question, each.mode) == (question_id, mode)] for book in books]
    answers = [each for each in given if each]
    again = sum(len(each) > 1 for each in answers)
    answered = told(len(answers), len(books))
    wrong = [choice for choice in question.choices if choice in question.misconceptions]
    says = [RIGHT, *wrong, *([OTHER] if len(wrong) < len(question.choices) else []), NONE]
    first, last = (_split([each[end] for each in answers], says, question, len(books)) for end in (0, -1))
    if is_small(len(answers)):
        places = set(range(len(says)))
    elif answered is None:
        places = hidden(first, last)  # who gave no answer are among them, and few
    else:  # who gave no answer are told, so the others must keep their secrets among themselves
        places = hidden(first[:-1], last[:-1])
    tell_last = not is_small(again)
    parts = [
        Part(says[i], *((None, None) if i in places else (first[i], last[i] if tell_last else None)))
        for i in range(len(says))
    ]
    at_first, at_last = (sum(split[i] for i in places) for split in (first, last))
    return InMode(
        mode=mode,
        answered=answered,
        again=told(again, answered, len(books)),
        parts=tuple(parts),
        together=(told(at_first), told(at_last) if tell_last else None) if places else (None, None),
    )


def _split(answers: list[Answer], says: list[str], question: Question, whole: int) -> list[int]:
    """How many said what, in the order of `says`. The file's own word on a misconception is not needed for it."""
    found = Counter(
        RIGHT if each.right else each.choice if each.choice in question.misconceptions else OTHER for each in answers
    )
    found[NONE] = whole - len(answers)
    return [found[each] for each in says]


def _sureness(books: list[list[Answer]]) -> tuple[Sureness, ...]:
    rows = (*CONFIDENCES, UNSAID)
    counted: Counter[tuple[str, bool]] = Counter()
    whose: dict[tuple[str, bool], set[int]] = {}
    for number, book in enumerate(books):
        firsts: dict[tuple[str, str], Answer] = {}
        for answer in book:
            firsts.setdefault((answer.question, answer.mode), answer)
        for answer in firsts.values():
            cell = (answer.confidence or UNSAID, answer.right)
            counted[cell] += 1
            whose.setdefault(cell, set()).add(number)
    few = {rows.index(row) for (row, _), learners in whose.items() if is_small(len(learners))}
    right, wrong = ([counted[row, side] for row in rows] for side in (True, False))
    places = hidden(right, wrong, always=few)
    return tuple(Sureness(row, *((None, None) if i in places else (right[i], wrong[i]))) for i, row in enumerate(rows))
