"""A class is merged into numbers: each learner once, nobody by name, and no group of fewer than five."""

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from itertools import combinations, pairwise, product
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from sandbox.answers import CONFIDENCES, Answer
from sandbox.classroom import FEWEST, LARGEST, Class, InMode, merge
from sandbox.classroom.groups import Told, at_least, is_small, tell
from sandbox.classroom.tally import OTHER, RIGHT, _questions
from sandbox.errors import BadInput

Split = tuple[int, ...]
TEACHING = (Path(__file__).resolve().parent.parent / "notebooks" / "teaching.md").read_text(encoding="utf-8")


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
    return next(each for one in found.questions if one.id == question for each in one.modes if each.mode == mode)


def says(mode: InMode) -> dict[str, tuple[int | None, int | None]]:
    return {part.says: (part.first, part.last) for part in mode.parts}


def sure(found: Class) -> dict[str, tuple[int | None, int | None]]:
    return {each.confidence: (each.right, each.wrong) for each in found.sureness}


def simulated(folder: Path, size: int = 30, seed: int = 7) -> list[dict[str, Any]]:
    """A class that learns: questions are hard or easy, a fifth leaves early, some skip one, half answer once more.

    At first 35 to 90 of a hundred are right, as the question is; at last 85 of those who answer again.
    """
    chance = random.Random(seed)
    asked = {key: each for name in ("login", "theft", "expiry", "revocation") for key, each in _questions(name).items()}
    truths = {(key, mode): chance.choice(each.question.choices) for key, each in asked.items() for mode in each.modes}
    easy = {key: chance.uniform(0.35, 0.9) for key in truths}
    lines: list[dict[str, Any]] = []
    for number in range(size):
        stays = number >= size // 5
        skipped = {question for question, _ in truths if chance.random() < 0.05}
        again = chance.random() < 0.5
        book: list[dict[str, Any]] = []
        for (question, mode), happened in truths.items():
            if question in skipped or not (stays or question.startswith(("login", "theft"))):
                continue
            others = [each for each in asked[question].question.choices if each != happened]
            for attempt, knows in ((1, easy[question, mode]), (2, 0.85))[: 1 + again]:
                choice = happened if chance.random() < knows else chance.choice(others)
                said = chance.choices((*CONFIDENCES, None), (3, 4, 2, 2))[0]
                book.append(line(number, question, mode, choice=choice, happened=happened, confidence=said,
                                 attempt=attempt))  # fmt: skip
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
    for question, mode in ((asked, mode) for asked in found.questions for mode in asked.modes):
        given: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in lines:
            if (each["question"], each["mode"]) == (question.id, mode.mode):
                given[each["learner"]].append(each)
        assert mode.answered == len(given) // 5 * 5
        for end, (place, crowd) in zip((0, -1), enumerate(mode.all_but_few), strict=True):
            counted = Counter(
                RIGHT if each["choice"] == each["happened"]
                else each["choice"] if each["choice"] in says(mode) else OTHER
                for each in (answers[end] for answers in given.values())
            )  # fmt: skip
            assert set(counted) <= set(says(mode))
            for said, told in says(mode).items():
                assert told[place] in (None, counted[said] // 5 * 5)
                told_numbers += told[place] is not None
                assert (crowd == said) == (len(says(mode)) == 2 and len(given) >= 10
                                           and 0 < len(given) - counted[said] < 5)  # fmt: skip
    assert told_numbers > 50


def test_first_and_last_answers_are_told_apart(tmp_path: Path) -> None:
    for number in range(20):
        last = line(number, choice="yes" if number < 12 else "no", attempt=2)
        write(tmp_path / f"{number}.jsonl", line(number, choice="yes" if number < 6 else "no"), last)
    mode = of(merge(tmp_path))
    assert says(mode) == {RIGHT: (5, 10), "no": (10, 5)}
    assert (mode.answered, mode.again, mode.all_but_few) == (20, True, (None, None))


def test_what_is_small_at_last_is_told_at_first(tmp_path: Path) -> None:
    for number in range(20):
        again = line(number, choice="yes" if number < 17 else "no", attempt=2)
        write(tmp_path / f"{number}.jsonl", line(number, choice="yes" if number < 6 else "no"), again)
    mode = of(merge(tmp_path))
    assert says(mode) == {RIGHT: (5, None), "no": (10, None)}
    assert mode.all_but_few == (None, RIGHT)


def test_who_answered_once_answered_at_last_as_at_first(tmp_path: Path) -> None:
    a_class(tmp_path, 6, 9)
    mode = of(merge(tmp_path))
    assert says(mode) == {RIGHT: (5, 5), "no": (5, 5)}
    assert mode.again is False


def test_wrong_choices_without_a_misconception_are_together_another_wrong_choice(tmp_path: Path) -> None:
    a_class(tmp_path, 6, 9, happened="no", choice="yes")
    assert says(of(merge(tmp_path))) == {RIGHT: (0, 0), "yes": (15, 15)}  # the only one
    for number in range(15):
        choice = "not at all" if number < 9 else "without end"
        write(tmp_path / f"{number}.jsonl", line(number, "theft/2", choice=choice, happened="days"))
    known = {RIGHT: (0, 0), "hours": (0, 0), "minutes": (0, 0)}
    assert says(of(merge(tmp_path), "theft/2")) == {**known, OTHER: (15, 15)}


def test_what_nobody_can_have_said_has_no_row(tmp_path: Path) -> None:
    a_class(tmp_path / "yes", 6, 9)
    assert list(says(of(merge(tmp_path)))) == [RIGHT, "no"]
    write(tmp_path / "no.jsonl", line(20, happened="no"))
    assert list(says(of(merge(tmp_path)))) == [RIGHT, "no", "yes"]


def test_who_gave_no_answer_hides_nothing(tmp_path: Path) -> None:
    a_class(tmp_path, 10, 17)
    for number in range(27, 30):
        write(tmp_path / f"{number}.jsonl", line(number, "login/1"))
    assert says(of(merge(tmp_path))) == {RIGHT: (10, 10), "no": (15, 15)}
    assert of(merge(tmp_path)).answered == 25


def test_the_earlier_file_of_a_learner_is_that_with_fewer_attempts_whatever_it_is_called(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / f"{number}_a_friday.jsonl", line(number, choice="yes", attempt=2))
        write(tmp_path / f"{number}_b_monday.jsonl", line(number))
    assert says(of(merge(tmp_path))) == {RIGHT: (0, 10), "no": (10, 0)}


def test_a_learner_in_two_files_is_one_and_a_line_twice_counts_once(tmp_path: Path) -> None:
    a_class(tmp_path, 5, 5)
    for number in range(10):
        write(tmp_path / "handed in again" / f"{number}.jsonl", line(number), line(number, choice="yes"),
              line(number, attempt=2))  # fmt: skip
    found = merge(tmp_path)
    assert (found.learners, of(found).answered, of(found).again) == (10, 10, True)
    a_class(tmp_path / "copies", 5, 5)
    assert merge(tmp_path) == found


def test_the_most_surprising_is_what_most_chose_wrongly_at_first(tmp_path: Path) -> None:
    for number in range(20):
        modes = (("jwt", 5), ("hybrid", 18), ("session", 0))
        lines = [line(number, mode=mode, choice="no" if number < wrong else "yes") for mode, wrong in modes]
        write(tmp_path / f"{number}.jsonl", *lines)
    assert merge(tmp_path).to_json()["surprising"] == [
        {"question": "theft/1", "mode": "hybrid", "says": "no", "at_least": 16},
        {"question": "theft/1", "mode": "jwt", "says": "no", "at_least": 5},
    ]


def test_how_sure_stands_beside_how_right(tmp_path: Path) -> None:
    for number in range(40):
        certain = number < 20
        choice = "yes" if number % 20 < (6 if certain else 10) else "no"
        write(tmp_path / f"{number}.jsonl", line(number, confidence="certain" if certain else None, choice=choice))
    assert sure(merge(tmp_path)) == {"certain": (5, 10), "not said": (10, 10)}


def test_five_numbers_of_how_sure_they_were_could_tell_their_sum(tmp_path: Path) -> None:
    for number in range(45):
        parts = {"confidence": (*CONFIDENCES, None)[number % 3], "choice": "yes" if number % 2 else "no"}
        write(tmp_path / f"{number}.jsonl", line(number, **parts | ({"choice": "no"} if number % 3 == 2 else {})))
    assert sure(merge(tmp_path)) == {"guessing": (5, 5), "fairly sure": (5, 5), "certain": (None, None)}


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


@pytest.mark.parametrize(
    ("right", "wrong", "crowd"), [(4, 16, "no"), (16, 4, RIGHT), (4, 4, None), (1, 5, None), (19, 1, RIGHT)]
)
def test_a_small_group_is_hidden_and_so_is_what_would_give_it_away(
    tmp_path: Path, right: int, wrong: int, crowd: str | None
) -> None:
    a_class(tmp_path, right, wrong)
    found = merge(tmp_path)
    assert says(of(found)) == dict.fromkeys((RIGHT, "no"), (None, None))
    assert of(found).all_but_few == (crowd, crowd)
    assert sure(found) == {"certain": (None, None)}
    assert [part.says for _, _, part in found.surprising] == (["no"] if crowd == "no" else [])


def test_the_few_who_answered_are_hidden_and_those_who_did_not_are_told_in_steps(tmp_path: Path) -> None:
    a_class(tmp_path, 2, 2)
    for number in range(4, 30):
        write(tmp_path / f"{number}.jsonl", line(number, "login/1"))
    found = merge(tmp_path)
    assert (of(found).answered, of(found, "login/1").answered) == (None, 25)
    assert not of(found).tells
    assert of(found, mode="session").answered == 0


def test_last_answers_are_hidden_where_few_answered_again(tmp_path: Path) -> None:
    a_class(tmp_path, 10, 10)
    write(tmp_path / "19.jsonl", line(19), line(19, attempt=2, choice="yes"))
    mode = of(merge(tmp_path))
    assert mode.again is None
    assert says(mode) == {RIGHT: (10, None), "no": (10, None)}
    assert mode.all_but_few == (None, None)


def test_how_sure_a_few_were_is_hidden_however_often_they_said_so(tmp_path: Path) -> None:
    for number in range(20):
        for mode in ("session", "jwt", "hybrid"):
            confidence = "guessing" if number < 3 else "certain"
            with open(tmp_path / f"{number}.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(line(number, mode=mode, confidence=confidence)) + "\n")
    assert sure(merge(tmp_path)) == {"guessing": (None, None), "certain": (0, 50)}


def splits(whole: int, parts: int) -> Iterator[Split]:
    """All ways to split so many learners into so many parts."""
    for bars in combinations(range(whole + parts - 1), parts - 1):
        yield tuple(end - start - 1 for start, end in pairwise((-1, *bars, whole + parts - 1)))


def exactly(split: Split) -> tuple[Any, ...]:
    """What somebody knows at most: the told parts to the learner, and all but which part are few."""
    told = tell(split)
    shown = tuple(count if part is not None else None for part, count in zip(told.parts, split, strict=True))
    return (shown, told.all_but_few)


def worked_out(worlds: Iterable[tuple[Any, Split]]) -> list[tuple[Any, int]]:
    """Of worlds, each with what is seen of it and its parts: the parts that are the same few wherever it looks so."""
    could_be: dict[Any, list[set[int]]] = {}
    for seen, split in worlds:
        for counts, count in zip(could_be.setdefault(seen, [set() for _ in split]), split, strict=True):
            counts.add(count)
    return [
        (seen, place)
        for seen, parts in could_be.items()
        for place, counts in enumerate(parts)
        if len(counts) == 1 and is_small(min(counts))
    ]


@pytest.mark.parametrize(("parts", "most"), [(2, 40), (3, 30), (4, 20), (5, 14)])
def test_who_knows_the_rule_cannot_work_out_a_hidden_group(parts: int, most: int) -> None:
    """Not even where it is known to the learner how many answered, and how many are in each part that is told."""
    for whole in range(FEWEST, most + 1):
        every = list(splits(whole, parts))
        assert not any(is_small(count) for split in every for count in exactly(split)[0] if count is not None)
        assert worked_out((exactly(split), split) for split in every) == []


def lookers(at_first: Split, at_last: Split) -> Iterator[bool | None]:
    """What may be said of who answered again, where it came from the one to the other."""
    moved = sum(max(0, last - first) for first, last in zip(at_first, at_last, strict=True))
    if moved == 0:
        yield False
    if moved < FEWEST:
        yield None
    yield True


@pytest.mark.parametrize("whole", range(FEWEST, 15))
def test_first_and_last_answers_together_give_no_hidden_group_away(whole: int) -> None:
    known = [(split, exactly(split)) for split in splits(whole, 3)]
    assert worked_out(
        ((first, last if again is not None else None, again), at_first + at_last)
        for (at_first, first), (at_last, last) in product(known, known)
        for again in lookers(at_first, at_last)
    ) == []  # fmt: skip


def looks_like(split: Split) -> tuple[int | None, Told]:
    """All that is told of so many learners' answers."""
    return at_least(sum(split)), tell(split)


@pytest.mark.parametrize(
    ("parts", "each", "answers"),
    [
        (2, range(40), range(40)), (3, range(20), range(20)), (4, range(10), range(10)),
        (5, (0, *range(5, 10)), range(45)), (5, range(5, 11), (45, 46)),
    ],
)  # fmt: skip
def test_who_knows_the_class_cannot_work_out_the_few_who_did_not_answer(
    parts: int, each: Iterable[int], answers: Collection[int]
) -> None:
    """Whatever is told, just so many may have answered as it says, or one more: so none, or some, may be missing."""
    could_be: dict[Any, set[int]] = defaultdict(set)
    for split in product(each, repeat=parts):
        if sum(split) in answers:
            could_be[looks_like(split)].add(sum(split))
    for (answered, told), wholes in could_be.items():
        if answered is None:
            assert wholes == set(range(1, FEWEST))
        elif answered:
            assert {answered, answered + 1} <= wholes, (answered, told, wholes)


def test_how_sure_they_were_gives_no_few_away_either() -> None:
    """Of a class that answered one question, two confidences: what is told of both, and of all, comes of several."""
    could_be: dict[Any, list[Split]] = defaultdict(list)
    for whole in range(FEWEST, 25):
        for split in splits(whole, 4):
            right, wrong, also_right, also_wrong = split
            rows = tuple(
                None if any(map(is_small, row)) else tuple(map(at_least, row)) if any(row) else "nobody"
                for row in ((right, wrong), (also_right, also_wrong))
            )
            could_be[rows, looks_like((right + also_right, wrong + also_wrong))].append(split)
    for (rows, _), worlds in could_be.items():
        wholes = set(map(sum, worlds))
        assert min(wholes) + 1 in wholes, rows
        assert worked_out((0, split) for split in worlds) == []


def test_a_number_is_told_in_steps_of_five_unless_it_is_small() -> None:
    assert [at_least(count) for count in (0, 1, 4, 5, 9, 15, 16, 19, 20)] == [0, None, None, 5, 5, 15, 15, 15, 20]


def told_of(folder: Path, size: int, seed: int) -> tuple[int, int]:
    """Of a simulated class: of how many questions something is told, and of how many in one mode."""
    simulated(folder, size, seed)
    questions = merge(folder).questions
    return sum(each.tells for each in questions), sum(mode.tells for each in questions for mode in each.modes)


def test_the_teachers_page_says_from_what_size_on_a_class_is_told_something(tmp_path: Path) -> None:
    rows = [
        f"| {size} | {' | '.join(map(str, map(median, zip(*found, strict=True))))} |"
        for size in (10, 15, 20, 30)
        for found in [[told_of(tmp_path / f"{size} {seed}", size, seed) for seed in range(5)]]
    ]
    assert "\n".join(rows) in TEACHING


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
