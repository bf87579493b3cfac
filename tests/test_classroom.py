"""A class is merged into numbers: each learner once, nobody by name, and no group of fewer than five."""

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sandbox.answers import CONFIDENCES, Answer
from sandbox.classroom import FEWEST, LARGEST, Class, InMode, merge
from sandbox.classroom.groups import hidden, is_small, told
from sandbox.classroom.tally import NONE, OTHER, RIGHT, _questions
from sandbox.errors import BadInput

Split = tuple[int, ...]


def line(number: int, question: str = "theft/1", mode: str = "jwt", **parts: Any) -> dict[str, Any]:
    """What learner `number` answered: `no`, where `yes` is true."""
    whole = Answer(f"{number:08x}", question, mode, "as_written", "no", "yes", "certain", 1, None)
    return {**asdict(whole), **parts}


def write(path: Path, *lines: dict[str, Any] | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines), "utf-8")


def a_class(folder: Path, right: int, wrong: int, **parts: Any) -> None:
    """So many learners, a book each, who answered one question."""
    for number in range(right + wrong):
        write(folder / f"{number}.jsonl", line(number, **({"choice": "yes"} if number < right else {}) | parts))


def of(found: Class, question: str = "theft/1", mode: str = "jwt") -> InMode:
    asked = [each for told in found.stories for each in told.questions]
    return next(each for one in asked if one.id == question for each in one.modes if each.mode == mode)


def says(mode: InMode) -> dict[str, tuple[int | None, int | None]]:
    return {part.says: (part.first, part.last) for part in mode.parts}


def simulated(folder: Path, size: int = 30, seed: int = 7) -> list[dict[str, Any]]:
    """A class that learns: everyone begins the four stories, most finish, and surprises are asked again."""
    chance = random.Random(seed)
    truths: dict[tuple[str, str], str] = {}
    lines: list[dict[str, Any]] = []
    for number in range(size):
        book: list[dict[str, Any]] = []
        stories = ("login", "theft", "expiry", "revocation")[: 4 if number < size - 8 else 2]
        for question, asked in (pair for story in stories for pair in _questions(story).items()):
            choices = asked.question.choices
            truth = {mode: truths.setdefault((question, mode), chance.choice(choices)) for mode in asked.modes}
            for attempt, sure_of_it in ((1, 0.55), (2, 0.85)):
                for mode, happened in truth.items():
                    others = [each for each in choices if each != happened]
                    choice = happened if chance.random() < sure_of_it else chance.choice(others)
                    sure = chance.choices((*CONFIDENCES, None), (3, 4, 2, 2))[0]
                    book.append(line(number, question, mode, choice=choice, happened=happened, confidence=sure,
                                     attempt=attempt))  # fmt: skip
                if chance.random() < 0.5:
                    break
        write(folder / f"group {number % 3}" / f"{number}.jsonl", *book)
        lines += book
    return lines


# What is counted -------------------------------------------------------


def test_a_class_of_thirty_is_counted_as_its_books_say(tmp_path: Path) -> None:
    lines = simulated(tmp_path)
    found = merge(tmp_path)
    assert found.learners == 30
    assert found.left_out == ()
    assert [each.id for each in found.stories] == ["login", "theft", "expiry", "revocation"]
    told_numbers = 0
    for about in found.stories:
        for question in about.questions:
            for mode in question.modes:
                given: dict[str, list[dict[str, Any]]] = defaultdict(list)
                for each in lines:
                    if (each["question"], each["mode"]) == (question.id, mode.mode):
                        given[each["learner"]].append(each)
                assert mode.answered in (None, len(given))
                for place, which in ((0, 0), (1, -1)):
                    ends = [each[which] for each in given.values()]
                    right = sum(each["choice"] == each["happened"] for each in ends)
                    assert says(mode)[RIGHT][place] in (None, right)
                    for wrong in question.misconceptions:
                        count = sum(each["choice"] == wrong != each["happened"] for each in ends)
                        assert says(mode)[wrong][place] in (None, count)
                        told_numbers += says(mode)[wrong][place] is not None
    assert told_numbers > 20
    assert of(found, "login/1").answered == 30
    assert found.stories[3].finished == dict.fromkeys(("session", "jwt", "hybrid"), 22)


def test_first_and_last_answers_are_told_apart(tmp_path: Path) -> None:
    for number in range(20):
        last = line(number, choice="yes" if number < 12 else "no", attempt=2)
        write(tmp_path / f"{number}.jsonl", line(number, choice="yes" if number < 6 else "no"), last)
    mode = of(merge(tmp_path))
    assert says(mode) == {RIGHT: (6, 12), "no": (14, 8), OTHER: (0, 0), NONE: (0, 0)}
    assert (mode.answered, mode.again, mode.wrong) == (20, 20, 14)


def test_what_is_small_at_last_is_hidden_at_first_too(tmp_path: Path) -> None:
    for number in range(20):
        again = line(number, choice="yes" if number < 17 else "no", attempt=2)
        write(tmp_path / f"{number}.jsonl", line(number, choice="yes" if number < 6 else "no"), again)
    assert says(of(merge(tmp_path))) == {**dict.fromkeys((RIGHT, "no", OTHER), (None, None)), NONE: (0, 0)}


def test_who_answered_once_answered_at_last_as_at_first(tmp_path: Path) -> None:
    a_class(tmp_path, 6, 9)
    mode = of(merge(tmp_path))
    assert says(mode) == {RIGHT: (6, 6), "no": (9, 9), OTHER: (0, 0), NONE: (0, 0)}
    assert mode.again == 0


def test_a_wrong_choice_without_a_misconception_is_another_wrong_choice(tmp_path: Path) -> None:
    a_class(tmp_path, 6, 9, happened="no", choice="yes")
    assert says(of(merge(tmp_path)))[OTHER] == (15, 15)


def test_a_learner_in_two_files_is_one_and_a_line_twice_counts_once(tmp_path: Path) -> None:
    a_class(tmp_path, 5, 5)
    for number in range(10):
        write(tmp_path / "handed in again" / f"{number}.jsonl", line(number), line(number, choice="yes"),
              line(number, attempt=2))  # fmt: skip
    found = merge(tmp_path)
    assert (found.learners, of(found).answered, of(found).again) == (10, 10, 10)
    a_class(tmp_path / "copies", 5, 5)
    assert merge(tmp_path) == found


def test_a_story_is_finished_in_a_mode_by_who_answered_all_its_questions_there(tmp_path: Path) -> None:
    for number in range(20):
        more = [line(number, "theft/2", choice="days", happened="days")] if number < 12 else []
        write(tmp_path / f"{number}.jsonl", line(number), line(number, mode="session"), *more)
    assert merge(tmp_path).stories[0].finished == {"session": 0, "jwt": 12, "hybrid": 0}


def test_the_most_surprising_is_what_most_were_wrong_about(tmp_path: Path) -> None:
    for number in range(20):
        modes = (("jwt", 5), ("hybrid", 15), ("session", 0))
        lines = [line(number, mode=mode, choice="no" if number < wrong else "yes") for mode, wrong in modes]
        write(tmp_path / f"{number}.jsonl", *lines)
    assert [(each.id, mode.mode, mode.wrong) for each, mode in merge(tmp_path).surprising] == [
        ("theft/1", "hybrid", 15), ("theft/1", "jwt", 5),
    ]  # fmt: skip


def test_how_sure_stands_beside_how_right(tmp_path: Path) -> None:
    for number in range(40):
        sure = "certain" if number < 20 else None
        choice = "yes" if number % 20 < 6 else "no"
        write(tmp_path / f"{number}.jsonl", line(number, confidence=sure, choice=choice))
    rows = {each.confidence: (each.right, each.wrong) for each in merge(tmp_path).sureness}
    assert rows == {"guessing": (0, 0), "fairly sure": (0, 0), "certain": (6, 14), "not said": (6, 14)}


def test_a_question_is_found_by_playing_its_story() -> None:
    asked = _questions("theft")
    assert list(asked) == ["theft/1", "theft/2"]
    assert asked["theft/2"].step == "Mallory keeps coming back, while Alice stays idle"
    assert asked["theft/2"].question.text == "For how long does Mallory get in?"
    assert _questions("refresh_race")["refresh_race/1"].modes == ("hybrid",)


# What is hidden --------------------------------------------------------


def test_fewer_than_five_learners_are_hidden_altogether(tmp_path: Path) -> None:
    a_class(tmp_path, 2, 2)
    assert merge(tmp_path).to_json() == {
        "learners": None, "stories": [], "surprising": [], "confidence": [], "left_out": {"lines": {}, "files": 0},
    }  # fmt: skip
    a_class(tmp_path, 5, 0)
    assert merge(tmp_path).learners == 5


@pytest.mark.parametrize(("right", "wrong"), [(4, 16), (16, 4), (4, 4), (1, 5), (19, 1)])
def test_a_small_group_is_hidden_and_so_is_what_would_give_it_away(tmp_path: Path, right: int, wrong: int) -> None:
    a_class(tmp_path, right, wrong)
    found = merge(tmp_path)
    shown = says(of(found))
    assert shown[RIGHT] == shown["no"] == (None, None)
    assert [each.right for each in found.sureness].count(None) >= 2
    assert of(found).together == (right + wrong, right + wrong)
    assert of(found).wrong is None
    assert found.surprising == []


def test_the_few_who_did_not_answer_are_hidden_like_the_few_who_did(tmp_path: Path) -> None:
    a_class(tmp_path, 10, 17)
    for number in range(27, 30):
        write(tmp_path / f"{number}.jsonl", line(number, "login/1"))
    found = merge(tmp_path)
    assert of(found).answered is of(found, "login/1").answered is None
    assert says(of(found)) == {RIGHT: (10, 10), "no": (None, None), OTHER: (None, None), NONE: (None, None)}
    assert of(found).together == (20, 20)
    assert set(says(of(found, "login/1")).values()) == {(None, None)}


def test_last_answers_are_hidden_where_few_answered_again(tmp_path: Path) -> None:
    a_class(tmp_path, 10, 10)
    write(tmp_path / "19.jsonl", line(19), line(19, attempt=2, choice="yes"))
    mode = of(merge(tmp_path))
    assert mode.again is None
    assert says(mode) == {RIGHT: (10, None), "no": (10, None), OTHER: (0, None), NONE: (0, None)}


@pytest.mark.parametrize(
    ("first_alone", "second_alone", "both", "finished"),
    [(5, 5, 10, 10), (3, 5, 10, None), (5, 3, 10, None), (7, 7, 13, None)],  # the last: three answered neither
)
def test_the_few_who_answered_one_question_and_not_the_other_are_hidden(
    tmp_path: Path, first_alone: int, second_alone: int, both: int, finished: int | None
) -> None:
    for number in range(30):
        one, other = line(number), line(number, "theft/2", choice="days", happened="days")
        of_theft = [one] * (number < first_alone + both)
        of_theft += [other] * (first_alone <= number < first_alone + both + second_alone)
        write(tmp_path / f"{number}.jsonl", line(number, "login/1"), *of_theft)
    assert merge(tmp_path).stories[1].finished["jwt"] == finished


def test_how_sure_a_few_were_is_hidden_however_often_they_said_so(tmp_path: Path) -> None:
    for number in range(20):
        for mode in ("session", "jwt", "hybrid"):
            sure = "guessing" if number < 3 else "certain"
            with open(tmp_path / f"{number}.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(line(number, mode=mode, confidence=sure)) + "\n")
    rows = {each.confidence: each.wrong for each in merge(tmp_path).sureness}
    assert rows["guessing"] is None
    assert list(rows.values()).count(None) > 1


def splits(whole: int, parts: int) -> Iterator[Split]:
    return (each for each in product(range(whole + 1), repeat=parts) if sum(each) == whole)


@pytest.mark.parametrize(("parts", "most"), [(2, 40), (3, 30), (4, 20), (5, 14)])
def test_who_knows_the_rule_cannot_work_out_a_hidden_group(parts: int, most: int) -> None:
    """Every split that looks the same from outside is gathered: a hidden part is never the same small number in all."""
    for whole in range(FEWEST, most + 1):
        could_be: dict[tuple[int | None, ...], list[set[int]]] = {}
        for split in splits(whole, parts):
            places = hidden(split)
            shown = tuple(None if i in places else count for i, count in enumerate(split))
            assert not any(is_small(count) for count in shown if count is not None)
            for counts, count in zip(could_be.setdefault(shown, [set() for _ in split]), split, strict=True):
                counts.add(count)
        for shown, parts_could_be in could_be.items():
            for count, counts in zip(shown, parts_could_be, strict=True):
                assert count is not None or len(counts) > 1 or counts == {0}, (shown, counts)


@pytest.mark.parametrize("whole", range(FEWEST, 15))
def test_first_and_last_answers_together_give_no_hidden_group_away(whole: int) -> None:
    could_be: dict[Any, list[set[int]]] = {}
    for answered in range(FEWEST, whole + 1):
        few = is_small(whole - answered)
        every = [(*each, *([whole - answered] if few else [])) for each in splits(answered, 3)]
        for first, last in product(every, every):
            places = hidden(first, last)
            shown = tuple(None if i in places else (first[i], last[i]) for i in range(len(first)))
            known = could_be.setdefault((few or answered, shown), [set() for _ in first + last])
            for counts, count in zip(known, first + last, strict=True):
                counts.add(count)
    for (_, shown), known in could_be.items():
        for place, counts in enumerate(known):
            small = len(counts) == 1 and is_small(min(counts))
            lonely = whole - FEWEST == 1 and shown[-1] is None  # of six, five or fewer answered: then all is hidden
            assert not small or lonely, (shown, place, counts)


def test_a_count_is_told_unless_it_or_its_rest_is_small() -> None:
    assert [told(count, 20) for count in (0, 1, 4, 5, 15, 16, 19, 20)] == [0, None, None, 5, 15, None, None, 20]
    assert told(10, None) == 10


# What is left out ------------------------------------------------------


def said(folder: Path) -> list[str]:
    return [str(each).replace(f"{folder}{os.sep}", "") for each in merge(folder).left_out]


BROKEN = ["{", "[1, 2]", '"text"', "{}", "\0", "[" * 100_000, json.dumps(line(1, choice="two\nlines")),
          json.dumps(line(1, learner="alice"))]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_line_is_named_and_the_rest_is_merged(tmp_path: Path, text: str) -> None:
    a_class(tmp_path, 5, 5)
    write(tmp_path / "3.jsonl", text, line(3, choice="yes"), "", text)
    assert said(tmp_path) == ["left out 3.jsonl, lines 1, 4: no answer"]
    assert says(of(merge(tmp_path)))[RIGHT] == (5, 5)
    assert merge(tmp_path).lines_left_out == {"no answer": 2}


@pytest.mark.parametrize(
    "parts",
    [
        {"question": "theft/3"}, {"question": "heist/1"}, {"question": "theft"}, {"choice": "perhaps"},
        {"happened": "<b>"}, {"question": "refresh_race/1"}, {"question": "../theft/1"},
    ],
    ids=str,
)  # fmt: skip
def test_what_this_version_does_not_ask_is_named_and_the_rest_is_merged(tmp_path: Path, parts: Any) -> None:
    a_class(tmp_path, 5, 5)
    write(tmp_path / "3.jsonl", line(3, choice="yes"), line(3) | parts)
    assert said(tmp_path) == [
        "left out 3.jsonl, line 2: a question, a mode or a choice that this version does not have"
    ]
    assert says(of(merge(tmp_path)))[RIGHT] == (5, 5)


def test_many_lines_of_one_file_are_said_in_one(tmp_path: Path) -> None:
    write(tmp_path / "notes.jsonl", *["not an answer"] * 1000)
    assert said(tmp_path) == ["left out notes.jsonl, lines 1, 2, 3, 4, 5 and 995 more: no answer"]


def test_a_file_that_is_too_large_is_left_out_unread(tmp_path: Path) -> None:
    a_class(tmp_path, 5, 5)
    with open(tmp_path / "large.jsonl", "wb") as file:
        file.truncate(50_000_000)
    assert said(tmp_path) == [f"left out large.jsonl: larger than {LARGEST:,} bytes, which no learner's book is"]
    assert (merge(tmp_path).learners, merge(tmp_path).files_left_out) == (10, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes of that kind here")
def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    a_class(tmp_path, 5, 5)
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "folder.jsonl").mkdir()
    assert said(tmp_path) == ["left out gone.jsonl: No such file or directory", "left out pipe.jsonl: it is no file"]


def test_a_hostile_file_name_moves_no_cursor(tmp_path: Path) -> None:
    write(tmp_path / "a\x1b[2J\n.jsonl", "x")
    assert said(tmp_path) == ["left out a\\x1b[2J\\n.jsonl, line 1: no answer"]


def test_a_folder_without_books_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no \*\.jsonl in .*: put the learners' answers\.jsonl there"):
        merge(tmp_path)
    for no_folder in (tmp_path / "missing", Path(__file__)):
        with pytest.raises(BadInput, match="is no folder: name the one that holds"):
            merge(no_folder)
