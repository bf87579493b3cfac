"""What learners predicted is kept, line by line: nothing is lost, nothing broken raises, and nobody is named."""

import ast
import csv
import getpass
import json
import os
import re
import socket
import stat
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.answers import CONFIDENCES, Answer, Answers, answers, place, read
from sandbox.errors import BadInput, SandboxError, UnknownName
from sandbox.exchange import MODES
from sandbox.record import Question

WRITER = """
import sys
from sandbox.answers import Answers
book = Answers(sys.argv[1])
print("ready", flush=True)
input()
for number in range(200):
    book.add(f"theft/{number}", "jwt", preset="bare", choice=sys.argv[2], happened="no")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


@pytest.fixture
def book(path: Path) -> Answers:
    return Answers(path)


def tell(book: Answers, question: str = "theft/1", mode: str = "jwt", **parts: Any) -> Answer:
    return book.add(question, mode, **{"preset": "as_written", "choice": "no", "happened": "yes", **parts})


def a_line(**parts: Any) -> str:
    whole = Answer("0123abcd", "theft/1", "jwt", "as_written", "no", "yes", "certain", 1, "theft/1/no")
    return json.dumps({**asdict(whole), **parts})


# One answer ------------------------------------------------------------


def test_what_was_added_is_read_back(book: Answers, path: Path) -> None:
    told = tell(book, confidence="certain", misconception="theft/1/no")
    assert list(book) == list(Answers(path)) == [told]
    assert told == Answer(book.learner, "theft/1", "jwt", "as_written", "no", "yes", "certain", 1, "theft/1/no")
    assert len(book) == 1


def test_an_answer_is_right_when_it_happened_so(book: Answers) -> None:
    assert [tell(book, choice=choice).right for choice in ("yes", "no")] == [True, False]


def test_a_right_choice_is_kept_without_a_misconception(book: Answers) -> None:
    assert tell(book, choice="yes", misconception="theft/1/yes").misconception is None


def test_attempts_are_counted_per_question_mode_and_preset(book: Answers) -> None:
    tell(book)
    assert tell(book).attempt == 2
    assert tell(book, question="theft/2").attempt == 1
    assert tell(book, mode="hybrid").attempt == 1
    assert tell(book, preset="hardened").attempt == 1
    assert tell(book, choice="yes").attempt == 3


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"mode": "cookie"}, UnknownName),
        ({"confidence": "sure"}, UnknownName),
        ({"question": ""}, BadInput),
        ({"choice": "two\nlines"}, BadInput),
        ({"choice": "\x1b[2J"}, BadInput),
        ({"happened": "\ud800"}, BadInput),
        ({"happened": None}, BadInput),
        ({"preset": "x" * 201}, BadInput),
        ({"misconception": ""}, BadInput),
    ],
)
def test_what_is_no_answer_is_refused_and_not_written(
    book: Answers, path: Path, parts: dict[str, Any], error: type[SandboxError]
) -> None:
    with pytest.raises(error):
        tell(book, **parts)
    assert not path.exists()


def test_every_choice_that_a_story_offers_can_be_kept() -> None:
    folder = Path(answers.__code__.co_filename).parent / "scenarios"
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")}
    calls = [(name, node) for name, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asked = [(name, node) for name, node in calls if isinstance(node.func, ast.Name) and node.func.id == "Question"]
    assert len(asked) > 20
    for name, node in asked:
        given = {each.arg: each.value for each in node.keywords}
        choices = ast.literal_eval(given["choices"]) if "choices" in given else Question("?").choices
        for choice in choices:
            Answer("0123abcd", f"{name}/10", "jwt", "as_written", choice, "?", None, 1, f"{name}/10/{choice}")


# The learner -------------------------------------------------------------


def test_the_learners_code_is_the_same_for_every_object(book: Answers, path: Path) -> None:
    before = book.learner
    assert re.fullmatch("[0-9a-f]{8}", before)
    tell(book)
    later = Answers(path)
    tell(later, "theft/2")
    assert {each.learner for each in read(path)[0]} == {before} == {book.learner} == {later.learner}


def test_another_kernels_first_answer_gives_the_code(book: Answers, path: Path) -> None:
    assert book.learner != Answers(path).learner
    first = tell(Answers(path)).learner
    assert tell(book).learner == book.learner == first


def test_a_broken_first_line_gives_no_code(book: Answers, path: Path) -> None:
    path.write_text(a_line(learner="Alice") + "\n" + a_line(learner="89abcdef") + "\n")
    assert book.learner == "89abcdef"
    assert book.unreadable == 1


def test_no_name_host_or_network_is_in_the_file(book: Answers, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "a-learner-s-name")
    monkeypatch.setenv("LOGNAME", "a-learner-s-name")
    assert getpass.getuser() == "a-learner-s-name"
    for mode in MODES:
        tell(book, mode=mode, confidence="guessing")
    text = path.read_text()
    home = Path.home()
    for name in (getpass.getuser(), socket.gethostname(), str(home), str(path.parent), "127.0.0.1", "@"):
        assert name not in text
    kept = ["learner", "question", "mode", "preset", "choice", "happened", "confidence", "attempt", "misconception"]
    assert all(list(json.loads(line)) == kept for line in text.splitlines())


# What a teacher and a learner ask --------------------------------------------


def test_the_latest_answer_counts(book: Answers) -> None:
    tell(book)
    tell(book, preset="hardened")
    tell(book, choice="yes")
    assert [(each.preset, each.attempt, each.right) for each in book.latest()] == [
        ("as_written", 2, True),
        ("hardened", 1, False),
    ]


def test_a_surprise_is_gone_once_it_is_answered_right(book: Answers) -> None:
    tell(book, mode="session", choice="yes")
    wrong = tell(book)
    assert book.surprises() == [wrong]
    tell(book, choice="yes")
    assert book.surprises() == []


def test_the_book_is_read_anew_whenever_it_is_asked(book: Answers, path: Path) -> None:
    assert len(book) == 0
    tell(Answers(path))
    assert (len(book), len(book.surprises())) == (1, 1)


def test_the_text_says_what_is_still_surprising(book: Answers, path: Path) -> None:
    tell(book, mode="session", choice="yes")
    tell(book, confidence="certain")
    tell(book, mode="hybrid", preset="hardened")
    path.write_text("{\n" + path.read_text() + "[]\n")
    assert repr(book) == (
        f"learner           {book.learner}\n"
        "answers           3\n"
        "right             1\n"
        "still surprising  2\n"
        "unreadable        2, the first is line 1 of answers.jsonl\n"
        "  theft/1 in jwt, as_written: yes, not no, certain\n"
        "  theft/1 in hybrid, hardened: yes, not no"
    )


def test_an_empty_book_has_a_text_too(book: Answers) -> None:
    assert repr(book).splitlines()[1:] == ["answers           0", "right             0", "still surprising  0"]


# Broken lines ----------------------------------------------------------


def test_a_half_written_line_is_skipped_and_counted(book: Answers, path: Path) -> None:
    tell(book)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] + b"\n" + whole)
    assert (len(book), book.unreadable, read(path)[1]) == (1, 1, [1])


def test_after_a_cut_off_write_the_next_answer_begins_on_a_new_line(book: Answers, path: Path) -> None:
    tell(book)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-20])
    tell(book, "theft/2")
    assert [each.question for each in book] == ["theft/1", "theft/2"]
    assert (book.unreadable, path.read_bytes()[: 2 * len(whole) - 20]) == (1, whole + whole[:-20])


def test_a_whole_line_without_its_newline_counts(book: Answers, path: Path) -> None:
    path.write_text(a_line())
    assert tell(book).attempt == 2
    assert (len(book), book.unreadable) == (2, 0)


def test_blank_lines_and_a_windows_editors_marks_are_no_damage(book: Answers, path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + a_line().encode() + b"\r\n\r\n" + a_line().encode() + b"\r\n\n")
    assert (len(book), book.unreadable) == (2, 0)


@pytest.mark.parametrize(
    "line",
    [
        "null", "[]", "1", '"text"', "{}", "not json", "\x00" * 50,
        a_line(extra=1), a_line(learner="Alice Smith"), a_line(learner=7), a_line(learner=None),
        a_line(question=["theft/1"]), a_line(mode="cookie"), a_line(mode=None), a_line(mode={}),
        a_line(confidence="sure"), a_line(confidence=["certain"]), a_line(choice="\ud800"), a_line(happened="\x1b[2J"),
        a_line(attempt=0), a_line(attempt=True), a_line(attempt="1"), a_line(attempt=1.0), a_line(attempt=float("nan")),
        a_line(attempt=1).replace(": 1,", f": {'9' * 5000},"), a_line(choice="yes"), a_line(misconception=""),
        a_line(misconception=1), a_line(choice="x" * 10_000_000), "[" * 10_000_000, '{"a":' * 100_000,
    ],
    ids=lambda line: f"{zlib.crc32(line.encode('utf-8', 'replace')):08x}",
)  # fmt: skip
def test_a_line_that_is_no_answer_is_skipped_and_counted(book: Answers, path: Path, line: str) -> None:
    path.write_text(f"{a_line()}\n{line}\n{a_line()}\n")
    assert (len(book), read(path)[1]) == (2, [2])
    assert "unreadable        1, the first is line 2" in repr(book)


ANSWER_LIKE = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.just(value), st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
        for name, value in json.loads(a_line()).items()
    },
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
LINES = st.one_of(st.binary(max_size=80), (ANSWER_LIKE | JSON).map(lambda value: json.dumps(value).encode()))


@given(st.lists(LINES, max_size=6))
@example([b"\xff\xfe" + a_line().encode("utf-16-le")])
def test_no_garbage_ever_raises_or_is_lost(garbage: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, book = Path(folder) / "answers.jsonl", Answers(Path(folder) / "answers.jsonl")
        path.write_bytes(b"\n".join(garbage))
        before, earlier = path.read_bytes(), len(book)
        assert earlier + book.unreadable == len([line for line in before.split(b"\n") if line.strip()])
        assert repr(book).startswith("learner")
        told = tell(book, "theft/99")
        assert path.read_bytes().startswith(before)
        assert (list(book)[-1], len(book)) == (told, earlier + 1)
        assert book.export(Path(folder) / "out.csv") == earlier + 1


# The file ----------------------------------------------------------------


def test_two_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen([*command, "one"], **pipes) as one,
        subprocess.Popen([*command, "x" * 199], **pipes) as other,
    ):
        for each in (one, other):
            assert each.stdout.readline() == "ready\n"
        for each in (one, other):
            each.stdin.write("\n")
            each.stdin.flush()
        assert [each.wait(60) for each in (one, other)] == [0, 0]
    kept, unreadable = read(path)
    assert unreadable == []
    for choice in ("one", "x" * 199):
        assert [each.question for each in kept if each.choice == choice] == [f"theft/{n}" for n in range(200)]
    choices = [each.choice for each in kept]
    assert choices not in (sorted(choices), sorted(choices, reverse=True)), "they did not write at once"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_new_file_is_its_owners_alone(book: Answers, path: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        tell(book)
        book.export(tmp_path / "out.csv")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, tmp_path / "out.csv")] == [0o600, 0o600]


def test_a_symlink_is_followed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "mine.jsonl"
    path.symlink_to(real)
    book = Answers(path)
    tell(book)
    assert len(read(real)[0]) == 1
    assert book.erase() == 1
    assert path.is_symlink()
    assert not real.exists()


def test_a_book_stays_where_it_is_when_the_kernel_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    book = Answers("answers.jsonl")
    monkeypatch.chdir(tmp_path / "other")
    tell(book)
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["answers.jsonl"]


@contextmanager
def nobody() -> Iterator[None]:
    """As a user who may do little: root may do all."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def every_way_in(book: Answers) -> list[Any]:
    return [lambda: tell(book), lambda: list(book), book.latest, book.erase, lambda: book.learner, lambda: len(book)]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_file_of_another_user_is_named_with_the_remedy(book: Answers, path: Path) -> None:
    tell(book)
    before = path.read_bytes()
    path.chmod(0)
    with nobody():
        for way in every_way_in(book):
            with pytest.raises(BadInput, match=r"answers\.jsonl.*SANDBOX_ANSWERS"):
                way()
        assert repr(book).startswith("<Answers: ")
    path.chmod(0o600)
    assert path.read_bytes() == before


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_what_is_no_file_is_named_with_the_remedy(book: Answers, path: Path, make: str) -> None:
    if not hasattr(os, make):
        pytest.skip("there are no pipes of that kind here")
    getattr(os, make)(path)
    for way in every_way_in(book):
        with pytest.raises(BadInput, match=r"answers\.jsonl can't be .*: it is no file\. .*SANDBOX_ANSWERS"):
            way()
    assert "it is no file" in repr(book)


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", "x" * 300, "a\0b"])
def test_a_path_that_cannot_be_is_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="SANDBOX_ANSWERS"):
        tell(Answers(tmp_path / name))


def test_a_disk_that_fills_up_loses_nothing(book: Answers, path: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    tell(book)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 20):
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, hard))
        try:
            with pytest.raises(BadInput, match=r"answers\.jsonl can't be written"):
                tell(book)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            with pytest.raises(BadInput, match=r"out\.csv can't be written"):
                book.export(tmp_path / "out.csv")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes().startswith(before)
    assert not (tmp_path / "out.csv").exists()
    assert tell(book).attempt == 2
    assert (len(book), book.unreadable) == (2, 1)


# Out of the book -----------------------------------------------------------


def test_export_is_a_table_with_a_header(book: Answers, tmp_path: Path) -> None:
    tell(book, confidence="fairly sure", misconception="theft/1/no")
    tell(book, choice="yes")
    assert book.export(tmp_path / "out.csv") == 2
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    parts = ["learner", "question", "mode", "preset", "choice", "happened", "confidence", "attempt", "misconception"]
    assert header == [*parts, "right"]
    same = [book.learner, "theft/1", "jwt", "as_written"]
    assert rows == [
        [*same, "no", "yes", "fairly sure", "1", "theft/1/no", "no"],
        [*same, "yes", "yes", "", "2", "", "yes"],
    ]


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
def test_a_cell_that_looks_like_a_formula_is_exported_as_text(
    book: Answers, path: Path, tmp_path: Path, first: str
) -> None:
    path.write_text(a_line(choice=f"{first}1+1") + "\n")
    book.export(tmp_path / "out.csv")
    assert f",'{first}1+1," in (tmp_path / "out.csv").read_text()


@pytest.mark.parametrize("taken", ["file", "folder", "dangling", "answers"])
def test_export_overwrites_nothing(book: Answers, path: Path, tmp_path: Path, taken: str) -> None:
    tell(book)
    target = tmp_path / "out.csv"
    match taken:
        case "file":
            target.write_text("mine")
        case "folder":
            target.mkdir()
        case "dangling":
            target.symlink_to(tmp_path / "gone.csv")
        case "answers":
            target = path
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    with pytest.raises(BadInput, match=rf"{target.name} can't be written.*Choose a new name"):
        book.export(target)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()} == before


def test_export_into_a_missing_folder_is_refused_with_the_remedy(book: Answers, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"out\.csv can't be written.*in a folder that you may write in"):
        book.export(tmp_path / "missing" / "out.csv")


def test_erase_says_how_many_and_begins_a_new_book(book: Answers, path: Path) -> None:
    before = tell(book).learner
    tell(book)
    path.write_text(path.read_text() + "garbage\n")
    assert book.erase() == 2
    assert not path.exists()
    assert book.erase() == 0
    assert tell(book).attempt == 1
    assert book.learner != before


def test_erase_leaves_alone_what_holds_no_answers(tmp_path: Path) -> None:
    work = tmp_path / "work.ipynb"
    work.write_text('{"cells": []}')
    with pytest.raises(BadInput, match="delete it by hand"):
        Answers(work).erase()
    assert work.read_text() == '{"cells": []}'


# Where it is ---------------------------------------------------------------


def test_answers_are_kept_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANDBOX_ANSWERS", raising=False)
    monkeypatch.chdir(tmp_path)
    tell(answers())
    assert [each.name for each in tmp_path.iterdir()] == ["answers.jsonl"]


def test_the_environment_says_where(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_ANSWERS", str(tmp_path / "mine.jsonl"))
    assert answers().path == place() == tmp_path / "mine.jsonl"
    assert answers(path).path == answers(str(path)).path == path
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SANDBOX_ANSWERS", "~/mine.jsonl")
    assert place() == tmp_path / "mine.jsonl"


@pytest.mark.parametrize("off", ["", " ", "off", "OFF", "no", "No", "0", "false", "FALSE"])
def test_the_environment_turns_keeping_off(path: Path, monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    monkeypatch.setenv("SANDBOX_ANSWERS", off)
    assert place() is None
    with pytest.raises(BadInput, match="SANDBOX_ANSWERS turns the keeping of answers off"):
        answers()
    assert answers(path).path == path


def test_a_browser_kernel_has_all_it_imports() -> None:
    tree = ast.parse(Path(answers.__code__.co_filename).read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {name for name in named if name.startswith("sandbox.")}
    assert ours == {"sandbox.errors", "sandbox.exchange"}
    lacking = {"fcntl", "threading", "multiprocessing", "socket", "subprocess", "msvcrt", "time", "datetime", "getpass"}
    assert {name.partition(".")[0] for name in named - ours} <= set(sys.stdlib_module_names) - lacking


def test_there_are_three_confidences() -> None:
    assert CONFIDENCES == ("guessing", "fairly sure", "certain")
