"""What the text and the page of a class say alike."""

from __future__ import annotations

from typing import Final

from sandbox.classroom import FEWEST, Class, InMode, Part, QuestionTally
from sandbox.classroom.tally import NONE, OTHER, RIGHT

TITLE: Final = "What the class predicted"
_SPELLED: Final = {5: "five"}
FEW: Final = f"fewer than {_SPELLED.get(FEWEST, FEWEST)}"
HIDDEN: Final = "hidden"
RULE: Final = (
    f"{FEW.capitalize()}: hidden. A group of {FEW} learners is not shown, nor is a number from which such a group "
    "could be worked out. What the hidden rows of a question come to together is told."
)
HOW: Final = (
    "A learner counts once for each question in each mode, under whatever switches the story was played: with the "
    "first answer, and with the last. Who answered once answered at last as at first."
)
NOBODY_COUNTED: Final = f"{FEW.capitalize()} learners: hidden."
SURENESS: Final = "First answers, not learners: how sure somebody said to be, and whether it happened as predicted."


def intro(about: Class) -> list[str]:
    """The paragraphs above everything else."""
    if about.learners is None:
        return [NOBODY_COUNTED, left_out(about)]
    return [f"{about.learners} learners answered something. {HOW}", RULE, left_out(about)]


def left_out(about: Class) -> str:
    """`Left out: 3 lines (2 are no answer; ...).`, without the name of any file."""
    said = [f"{counted(count, 'line')} ({why})" for why, count in about.lines_left_out.items()]
    if about.files_left_out:
        said.append(f"{counted(about.files_left_out, 'file')} that can't be read as answers")
    return f"Left out: {'; '.join(said) or 'nothing'}."


def counted(count: int, what: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def of(count: int | None, whole: int | None) -> str:
    """`12 of 30`, or that it is hidden."""
    return HIDDEN if count is None else f"{count} of {whole}"


def asked(question: QuestionTally) -> str:
    """The step and its question: several of one story may ask the same."""
    return f"{question.step}: {question.text}"


def row(part: Part, question: QuestionTally) -> str:
    """What a part of the class said, in words: with the misconception, where it is one."""
    if part.says in (RIGHT, OTHER, NONE):
        return part.says
    return f"{part.says}: {question.misconceptions[part.says]}"


def again(mode: InMode, whole: int | None) -> str:
    """Who answered, and who did so more than once."""
    return f"answered: {of(mode.answered, whole)}; more than once: {of(mode.again, whole)}"


def share(right: int, wrong: int) -> str:
    """How many of these were right, in percent."""
    return f"{100 * right / (right + wrong):.0f} %" if right + wrong else "-"
