"""Each criterion has a fresh mount, all are tried, and whatever comes back is a verdict."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.errors import ServerStopped
from sandbox.exchange import Answer, Request, Response
from sandbox.grading.bank import fresh_facts
from sandbox.grading.exercise import Broken, Criterion, Exercise
from sandbox.grading.judge import MOST, judge
from sandbox.grading.visit import LONGEST, Visit


class Stage:
    """Answers every request alike, and counts the mounts."""

    def __init__(self, response: Response | None = None) -> None:
        self.response, self.mounts = response or Response(200, (), b"{}"), 0

    def send(self, request: Request, client_address: str) -> Answer:
        return Answer(self.response)

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        self.mounts += 1
        yield Visit(self, fresh_facts())


def criterion(run, id="one"):
    return Criterion(id, "it is so", "try again", True, run)


def judged(run, stage=None):
    stage = stage or Stage()
    [checked] = judge(Exercise("ex", "An exercise", (), (criterion(run),), "more"), stage.visit).checked
    return checked


def test_each_criterion_is_tried_on_a_mount_of_its_own() -> None:
    def refuses(visit):
        raise Broken("not so")

    stage, runs = Stage(), (refuses, lambda visit: None, refuses)
    exercise = Exercise("ex", "An exercise", (), tuple(criterion(run, str(at)) for at, run in enumerate(runs)), "more")
    result = judge(exercise, stage.visit)
    assert [each.met for each in result.checked] == [False, True, False]
    assert (result.passed, result.met, stage.mounts) == (False, 1, 3)


def test_what_broke_it_is_kept() -> None:
    def run(visit):
        visit.call("GET", "/one")
        raise Broken("not so")

    checked = judged(run)
    assert (checked.seen, [each.request.path for each in checked.exchanges]) == ("not so", ["/one"])


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (ServerStopped("gone"), "no answer came in time"), (KeyError("x"), "an answer could not be read (KeyError)"),
        (RecursionError(), "an answer could not be read (RecursionError)"),
    ],
)  # fmt: skip
def test_whatever_a_suite_meets_is_a_verdict(raised: Exception, seen: str) -> None:
    def run(visit):
        raise raised

    assert (judged(run).met, judged(run).seen) == (False, seen)


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b'{"raised": "KeyError: 3, in line 2 of your cell"}', "your code raised KeyError: 3, in line 2 of your cell"),
        (b"<h1>500</h1>", "the answer was 500"), (b'{"raised": ["x"]}', "the answer was 500"),
    ],
)  # fmt: skip
def test_a_server_error_fails_the_criterion_and_says_what_was_raised(body: bytes, seen: str) -> None:
    checked = judged(lambda visit: visit.call("GET", "/one"), Stage(Response(500, (), body)))
    assert (checked.met, checked.seen) == (False, f"at GET /one, {seen}")


def test_a_submissions_own_text_is_told_up_to_a_length() -> None:
    body = b'{"raised": "' + b"x" * 5000 + b'"}'
    assert len(judged(lambda visit: visit.call("GET", "/one"), Stage(Response(500, (), body))).seen) == MOST


@pytest.mark.parametrize("response", [
    Response(200, (), b'{"a": "' + b"x" * LONGEST + b'"}'),
    Response(200, (("Set-Cookie", "a=" + "x" * LONGEST),), b"{}"),
], ids=["body", "header"])  # fmt: skip
def test_a_huge_answer_is_cut_off_and_nothing_comes_of_it(response: Response) -> None:
    with Stage(response).visit() as visit:
        answer = visit.call("GET", "/one")
    assert (answer.json(), answer.headers, len(answer.body) < 100) == (None, (), True)
    assert [each.response for each in visit.log] == [answer]
