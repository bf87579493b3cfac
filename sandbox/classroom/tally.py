"""Counts what a class answered: who answered, who was right at first and at last, and which misconceptions showed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sandbox.answers import CONFIDENCES, Answer
from sandbox.classroom.books import LeftOut, gather
from sandbox.classroom.groups import FEWEST, Told, at_least, is_small, tell
from sandbox.player import Player
from sandbox.record import Question
from sandbox.scenarios import story, story_ids

RIGHT: Final = "right"
OTHER: Final = "another wrong choice"
UNSAID: Final = "not said"
MOST: Final = 5
"""Wrong choices that are named as the most surprising."""

Count = int | None
"""Learners, rounded down to a multiple of five; None: hidden."""


@dataclass(frozen=True)
class Part:
    """Those who said the same of a question in a mode: at first, and at last.

    `says` is RIGHT, a wrong choice, or OTHER: all wrong choices whose misconception is not known, if several.
    """

    says: str
    first: Count
    last: Count


@dataclass(frozen=True)
class InMode:
    """A question in one mode, among those who answered it.

    `again`: whether any of them did so more than once; None: few did. Who answered once answered at last as at first.
    `all_but_few`: of two parts, what all said but fewer than five, at first and at last; else None.
    A part that nobody can have said, by what came out, is not there.
    """

    mode: str
    answered: Count
    again: bool | None
    parts: tuple[Part, ...]
    all_but_few: tuple[str | None, str | None]

    @property
    def tells(self) -> bool:
        """Whether anything is told of what was said."""
        return bool(self.answered) and any(
            told is not None for part in self.parts for told in (part.first, part.last, *self.all_but_few)
        )

    def at_first(self, part: Part) -> int:
        """How many said that at first, at least; 0 where it is hidden."""
        if self.all_but_few[0] == part.says:
            return (self.answered or FEWEST) - FEWEST + 1
        return part.first or 0


@dataclass(frozen=True)
class QuestionTally:
    """`step`: the title of the step before which it is asked."""

    id: str
    step: str
    text: str
    misconceptions: Mapping[str, str]
    """By wrong choice, what it gets wrong."""
    modes: tuple[InMode, ...]

    @property
    def tells(self) -> bool:
        """Whether anything is told of what was said, in any mode."""
        return any(each.tells for each in self.modes)


@dataclass(frozen=True)
class StoryTally:
    """A story and its questions, in the order in which it asks them."""

    id: str
    title: str
    questions: tuple[QuestionTally, ...]


@dataclass(frozen=True)
class Sureness:
    """First answers by how sure they were: how many were right, how many wrong. Answers, not learners.

    Rounded down to a multiple of five; None: hidden.
    """

    confidence: str
    right: int | None
    wrong: int | None


@dataclass(frozen=True)
class Class:
    """`learners`: who answered anything; None: too few for anything to be told. `sureness`: of what anybody said."""

    learners: int | None
    stories: tuple[StoryTally, ...]
    sureness: tuple[Sureness, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def questions(self) -> list[QuestionTally]:
        """Of all stories."""
        return [each for about in self.stories for each in about.questions]

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
    def surprising(self) -> list[tuple[QuestionTally, InMode, Part]]:
        """The wrong choices that the largest shares chose at first, the worst first: ranked by what is told."""
        wrong = [
            (each, mode, part)
            for each in self.questions
            for mode in each.modes
            for part in mode.parts
            if part.says != RIGHT and mode.at_first(part)
        ]
        return sorted(wrong, key=lambda found: -found[1].at_first(found[2]) / (found[1].answered or 1))[:MOST]

    def to_json(self) -> dict[str, Any]:
        """As `class --json` prints it. A hidden number is null, any other rounded down to a multiple of five."""
        stories = [asdict(each) for each in self.stories]
        return {
            "learners": self.learners,
            "stories": stories,
            "surprising": [
                {"question": each.id, "mode": mode.mode, "says": part.says, "at_least": mode.at_first(part)}
                for each, mode, part in self.surprising
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
    """By id, what a story asks: found by playing it, for only its script knows. An unknown story asks nothing."""
    if story_id not in story_ids():
        return {}
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
    asked = _questions(answer.question.partition("/")[0]).get(answer.question)
    if asked is None or answer.mode not in asked.modes:
        return False
    return {answer.choice, answer.happened} <= set(asked.question.choices)


def _story(story_id: str, books: list[list[Answer]]) -> StoryTally:
    asked = _questions(story_id)
    return StoryTally(
        id=story_id,
        title=story(story_id).title,
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


def _in_mode(question_id: str, question: Question, mode: str, books: list[list[Answer]]) -> InMode:
    given = [[each for each in book if (each.question, each.mode) == (question_id, mode)] for book in books]
    answers = [each for each in given if each]
    says = _can_be_said(question, {each.happened for one in answers for each in one})
    first, last = (tell(_split([each[end] for each in answers], says)) for end in (0, -1))
    again = sum(len(each) > 1 for each in answers)
    if is_small(again):
        last = Told((None,) * len(says), None)
    crowds = (None if told.all_but_few is None else says[told.all_but_few] for told in (first, last))
    return InMode(
        mode=mode,
        answered=at_least(len(answers)),
        again=None if is_small(again) else again > 0,  # a number would bound how far last is from first
        parts=tuple(Part(*each) for each in zip(says, first.parts, last.parts, strict=True)),
        all_but_few=(next(crowds), next(crowds)),
    )


def _can_be_said(question: Question, happened: set[str]) -> list[str]:
    """What a part of the class can have said, where that came out: not a choice as wrong that was right for all."""
    wrong = [choice for choice in question.choices if happened - {choice}]
    known = [choice for choice in wrong if choice in question.misconceptions]
    others = [choice for choice in wrong if choice not in known]
    return [RIGHT, *known, *(others if len(others) < 2 else [OTHER])]


def _split(answers: list[Answer], says: list[str]) -> list[int]:
    """How many said what, in the order of `says`. The file's own word on a misconception is not needed for it."""
    found = Counter(RIGHT if each.right else each.choice if each.choice in says else OTHER for each in answers)
    return [found[each] for each in says]


def _sureness(books: list[list[Answer]]) -> tuple[Sureness, ...]:
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
    few = {row for (row, _), learners in whose.items() if is_small(len(learners))}
    said = [row for row in (*CONFIDENCES, UNSAID) if counted[row, True] or counted[row, False]]
    if not few and len(whose) == FEWEST:  # as in groups.tell: five roundings could tell the exact sum
        few = {said[-1]}
    return tuple(
        Sureness(row, *((None, None) if row in few else (at_least(counted[row, True]), at_least(counted[row, False]))))
        for row in said
    )
