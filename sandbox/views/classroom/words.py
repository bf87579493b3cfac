"""What the text and the page of a class say alike."""

from __future__ import annotations

from typing import Final

from sandbox.classroom import FEWEST, Class, InMode, Part, QuestionTally

TITLE: Final = "What the class predicted"
_SPELLED: Final = {5: "five"}
FEW: Final = f"fewer than {_SPELLED.get(FEWEST, FEWEST)}"
HIDDEN: Final = "hidden"
SILENT: Final = "too few to tell"
ALL_BUT_FEW: Final = f"all but 1 to {FEWEST - 1}"
RULE: Final = (
    f"{FEW.capitalize()}: hidden. A group of {FEW} learners is not shown, nor is a number from which such a group "
    f"could be worked out. So numbers are told in steps of {_SPELLED.get(FEWEST, FEWEST)}: {3 * FEWEST}+ is "
    f"{3 * FEWEST} to {4 * FEWEST - 1}. Of two choices, where most made one: {ALL_BUT_FEW} made it."
)
HOW: Final = (
    "A learner counts once for each question in each mode, under whatever switches the story was played: with the "
    "first answer, and with the last. Who answered once answered at last as at first. Bars are of those who answered."
)
NOBODY_COUNTED: Final = f"{FEW.capitalize()} learners: hidden."
SURENESS: Final = (
    "First answers, not learners: how sure somebody said to be, and how many were right. "
    f"Hidden where {FEW} learners were right, or wrong."
)


def intro(about: Class) -> list[str]:
    """The paragraphs above everything else."""
    if about.learners is None:
        return [NOBODY_COUNTED, left_out(about)]
    return [f"{about.learners} learners answered something. {HOW}", RULE, left_out(about), silent(about)]


def silent(about: Class) -> str:
    """`Too few to tell: 2 of 13 questions (login/1, login/3).`"""
    found = [each.id for each in about.questions if not each.tells]
    named = f" ({', '.join(found)})" if found else ""
    return f"{SILENT.capitalize()}: {len(found)} of {counted(len(about.questions), 'question')}{named}."


def left_out(about: Class) -> str:
    """`Left out: 3 lines (2 are no answer; ...).`, without the name of any file."""
    said = [f"{counted(count, 'line')} ({why})" for why, count in about.lines_left_out.items()]
    if about.files_left_out:
        said.append(f"{counted(about.files_left_out, 'file')} that can't be read as answers")
    return f"Left out: {'; '.join(said) or 'nothing'}."


def counted(count: int, what: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def number(count: int | None) -> str:
    """`15+`, 0, or that it is hidden."""
    return HIDDEN if count is None else f"{count}+" if count else "0"


def cells(part: Part, mode: InMode) -> tuple[str, str]:
    """How many said that, at first and at last."""
    first, last = (
        ALL_BUT_FEW if crowd == part.says else number(count)
        for count, crowd in zip((part.first, part.last), mode.all_but_few, strict=True)
    )
    return first, last


def shares(part: Part, mode: InMode) -> tuple[float, float]:
    """How long the bars of that are, at first and at last: of those who answered; 0 where it is hidden."""
    whole = mode.answered or FEWEST
    first, last = (
        ((whole - FEWEST + 1) if crowd == part.says else count or 0) / whole
        for count, crowd in zip((part.first, part.last), mode.all_but_few, strict=True)
    )
    return first, last


def rows(mode: InMode) -> tuple[list[Part], list[Part]]:
    """The parts of which something is told, and those that are hidden at first and at last."""
    hidden = [part for part in mode.parts if cells(part, mode) == (HIDDEN, HIDDEN)]
    return [part for part in mode.parts if part not in hidden], hidden


def hidden_rows(parts: list[Part]) -> str:
    """Which parts are hidden, in one line."""
    return f"{HIDDEN}: {', '.join(part.says for part in parts)}"


def asked(question: QuestionTally) -> str:
    """The step and its question: several of one story may ask the same."""
    return f"{question.step}: {question.text}"


def row(part: Part, question: QuestionTally) -> str:
    """What a part of the class said, in words: with the misconception, where it is one."""
    hint = question.misconceptions.get(part.says)
    return f"{part.says}: {hint}" if hint else part.says


def answered(mode: InMode) -> str:
    """How many answered, and whether some did so more than once."""
    if not mode.answered:
        return "nobody answered" if mode.answered == 0 else f"{FEW} answered"
    again = {None: HIDDEN, False: "nobody", True: f"{FEWEST}+"}[mode.again]
    return f"{number(mode.answered)} answered; more than once: {again}"
