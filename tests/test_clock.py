"""The clock stands still until it is moved, and says its time in words."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import DAY, HOUR, MINUTE, START, Clock, describe, duration, iso, spoken

NINE_O_CLOCK = 1767258000.0
"""2026-01-01T09:00:00Z."""


def test_a_clock_starts_on_a_thursday_at_nine() -> None:
    assert Clock().now() == NINE_O_CLOCK
    assert iso(Clock().now()) == "2026-01-01T09:00:00Z"
    assert spoken(Clock().now()) == "Thu 1 Jan 2026, 09:00:00"


def test_a_clock_stands_still_while_real_time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("sandbox.clock.time.time", lambda: 5e9)
    assert clock.now() == NINE_O_CLOCK


def test_a_running_clock_goes_on_with_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [1_800_000_000.0]
    monkeypatch.setattr("sandbox.clock.time.time", lambda: real[0])
    clock = Clock(running=True)
    real[0] += 7
    assert clock.now() == 1_800_000_007.0
    clock.advance(hours=1)
    real[0] += 1
    assert clock.now() == 1_800_000_008.0 + HOUR


@pytest.mark.parametrize(
    ("step", "seconds"),
    [({"seconds": 5}, 5), ({"minutes": 15}, 900), ({"hours": 2}, 7200), ({"days": 7}, 604800), ({}, 0),
     ({"days": 1, "hours": 1, "minutes": 1, "seconds": 1}, 90061)],
)  # fmt: skip
def test_each_unit_moves_the_clock_by_its_own_length(step: dict[str, float], seconds: float) -> None:
    clock = Clock()
    clock.advance(**step)
    assert clock.now() - NINE_O_CLOCK == seconds


def test_a_clock_never_goes_back_by_hand() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="replay the story"):
        clock.advance(minutes=1, seconds=-61)
    assert clock.now() == NINE_O_CLOCK


@pytest.mark.parametrize("running", [False, True])
def test_a_snapshot_sets_the_clock_back_to_its_moment(running: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.clock.time.time", lambda: 1_800_000_000.0)
    clock = Clock(running=running)
    moment = clock.now()
    clock.advance(days=400)
    clock.rewind_to(moment)
    assert clock.now() == moment


def test_a_clock_may_start_elsewhere() -> None:
    assert iso(Clock(datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)).now()) == "2030-05-06T07:08:09Z"
    assert START.isoformat() == "2026-01-01T09:00:00+00:00"


def test_a_clock_shows_its_time() -> None:
    assert repr(Clock()) == "<Clock 2026-01-01T09:00:00Z>"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (1, "1 s"), (59.9, "59 s"), (60, "1 min"), (840, "14 min"), (3600, "1 h"), (86400, "1 day"),
     (172800, "2 days"), (604740, "6 days 23 h 59 min"), (605639, "7 days 13 min 59 s")],
)  # fmt: skip
def test_a_duration_is_said_in_words(seconds: float, words: str) -> None:
    assert describe(seconds) == words


@given(st.integers(0, 10**9))
def test_the_words_of_a_duration_lose_no_second(seconds: int) -> None:
    sizes = {"day": DAY, "days": DAY, "h": HOUR, "min": MINUTE, "s": 1.0}
    said = re.findall(r"(\d+) (\w+)", describe(seconds))
    assert sum(int(count) * sizes[unit] for count, unit in said) == seconds


@given(st.integers(0, 10**9))
def test_a_duration_is_read_as_it_is_said(seconds: int) -> None:
    said = describe(seconds)
    for text in (said, said.replace(" ", ""), said.replace(" days", "d").replace(" day", "d")):
        assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 day 2 h", 93600), ("1d2h", 93600), ("24 h", DAY), ("15 min", 900), ("1 h 30 min", 5400), ("90", 90),
     ("2 days 1 s", 2 * DAY + 1)],
)  # fmt: skip
def test_a_duration_may_be_written_shorter(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "soon", "2 h 1 day", "1 h 1 h", "1 h 30", "1.5 h", "-1 h", "1 hour", "1 h,"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration(text)


@pytest.mark.parametrize("step", [{"days": 4e6}, {"seconds": float("nan")}, {"hours": float("inf")}])
def test_the_clock_stops_before_the_year_3000(step: dict[str, float]) -> None:
    clock = Clock()
    before = clock.now()
    with pytest.raises(ValueError, match="year 3000"):
        clock.advance(**step)
    assert clock.now() == before


def test_a_slow_clock_follows_another_and_cannot_be_moved() -> None:
    clock = Clock()
    slow = clock.behind(20)
    assert slow.now() == NINE_O_CLOCK - 20
    clock.advance(minutes=5)
    assert slow.now() == clock.now() - 20
    with pytest.raises(ValueError, match="advance that one"):
        slow.advance(seconds=1)
    with pytest.raises(ValueError, match="rewind that one"):
        slow.rewind_to(NINE_O_CLOCK)
    assert repr(slow) == "<Clock 2026-01-01T09:04:40Z>"
    assert slow.behind(10).now() == clock.now() - 30
