"""The phrases that all views share: a verdict is a word with its sign, a number says what it counts."""

import pytest

from sandbox.clock import DAY, START
from sandbox.record import HORIZON, VERDICTS, LaneStep, Outcome, Question, StepRecord
from sandbox.views import words


def test_each_verdict_has_a_sign_and_a_word_of_its_own() -> None:
    assert tuple(words.MARKS) == VERDICTS
    signs = [mark.split()[0] for mark in words.MARKS.values()]
    assert len(set(signs)) == len(VERDICTS)
    for verdict, mark in words.MARKS.items():
        assert mark.split()[1] == verdict.upper()


@pytest.mark.parametrize(
    ("seconds", "searched", "says"),
    [
        (0.0, HORIZON, "never"), (840.0, HORIZON, "14 min"), (604740.0, HORIZON, "6 days 23 h 59 min"),
        (None, HORIZON, "no end in 400 days"), (None, 30 * DAY, "no end in 30 days"),
    ],
)  # fmt: skip
def test_a_verdict_says_for_how_long(seconds: float | None, searched: float, says: str) -> None:
    outcome = Outcome(True, "", "breached", seconds, searched_seconds=searched)
    assert words.verdict(outcome) == f"✗ BREACHED: {says}"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("forced_logins", 11, "forced logins: 11"),
        ("store_reads_per_request", 1.5, "store reads per request: 1.5"),
        ("after_logout_seconds", 0.0, "after logout: out at once"),
        ("after_logout_seconds", 60.0, "after logout: 1 min"),
        ("after_logout_seconds", None, "after logout: no end in 400 days"),
        ("a_new_one", "x", "a new one: x"),
    ],
)
def test_a_measure_says_what_it_counts(name: str, value: float | str | None, says: str) -> None:
    assert words.measure(name, value) == says


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (0.0, "09:00"), (30.0, "09:00:30"), (60.0, "09:01"), (3600.0, "10:00"), (15 * 3600 - 1, "23:59:59"),
        (15 * 3600, "2 Jan 00:00"), (7 * DAY, "8 Jan 09:00"), (7 * DAY + 1, "8 Jan 09:00:01"),
        (-9 * 3600.0, "00:00"), (-9 * 3600.0 - 60, "31 Dec 2025"), (365 * DAY, "1 Jan 2027"),
        (400 * DAY, "5 Feb 2027"),
    ],
)  # fmt: skip
def test_a_moment_says_no_more_of_its_date_than_today_leaves_open(after: float, says: str) -> None:
    assert words.when(START.timestamp() + after, START.timestamp()) == says


@pytest.mark.parametrize(
    ("prediction", "answer", "says"),
    [
        ({"jwt": "yes"}, "yes", "you said yes, and so it is"), (None, "yes", "it turned out: yes"),
        ({"jwt": "no"}, "yes", "you said no; it turned out: yes (a hint)"), ({"jwt": "yes"}, None, ""),
        ({"jwt": "yes"}, "no", "you said yes; it turned out: no"), ({"session": "yes"}, "no", "it turned out: no"),
    ],
)  # fmt: skip
def test_a_prediction_is_set_beside_what_happened(
    prediction: dict[str, str] | None, answer: str | None, says: str
) -> None:
    lane = LaneStep((), {}, {}, answer, "")
    question = Question("Well?", misconceptions={"no": "a hint"})
    step = StepRecord("a step", 0.0, {"jwt": lane}, question, prediction)
    assert words.prediction_line(step, "jwt") == says
    assert words.prediction_line(step, "session") == ""
