"""The record says what happened, in the design's JSON, and hides credentials unless told to reveal."""

import json
from collections.abc import Iterator

import pytest

from sandbox.defences import switches
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import VERDICTS, LaneStep, Question, Record, StepRecord
from sandbox.scenarios import story


@pytest.fixture(scope="module")
def record() -> Iterator[Record]:
    player = Player(story("theft"), preset="hardened", transport="in-process")
    player.run()
    yield player.record
    player.close()


def lane(answer: str | None) -> LaneStep:
    return LaneStep((), {}, {}, answer, "")


def test_the_json_has_the_designs_shape(record: Record) -> None:
    told = record.to_json()
    assert list(told) == ["scenario", "preset", "options", "defences", "switch", "source", "remains", "modes"]
    assert (told["scenario"], told["preset"], told["options"]) == ("theft", "hardened", {"loot": "all"})
    assert list(told["defences"]) == list(switches())
    assert tuple(told["modes"]) == MODES
    for mode in told["modes"].values():
        ends = ["verdict", "attacker_seconds", "searched_seconds"]
        assert list(mode) == ["applies", *ends, "status", "measures", "summary", "steps"]
        for step in mode["steps"]:
            assert list(step) == ["title", "clock", "exchanges"]
            for each in step["exchanges"]:
                assert list(each) == ["actor", "clock", "request", "response", "store_reads", "store_writes"]
                assert list(each["request"]) == ["method", "url", "headers", "body"]
                assert list(each["response"]) == ["status", "headers", "body"]
                assert all(isinstance(pair, list) and len(pair) == 2 for pair in each["request"]["headers"])


def test_the_json_is_json(record: Record) -> None:
    assert json.loads(json.dumps(record.to_json(), allow_nan=False)) == record.to_json()


@pytest.mark.parametrize("mode", MODES)
def test_credentials_bear_names_unless_they_are_revealed(record: Record, mode: str) -> None:
    hidden, revealed = json.dumps(record.to_json()), json.dumps(record.to_json(reveal=True))
    values = record.names[mode].known()
    assert values
    for name, value in values.items():
        assert value not in hidden
        assert value in revealed
        assert name in hidden


def test_a_play_that_has_not_ended_has_no_verdict_yet() -> None:
    player = Player(story("theft"), transport="in-process")
    player.step()
    told = player.record.to_json()["modes"]["jwt"]
    player.close()
    assert (told["applies"], told["verdict"], told["attacker_seconds"]) == (True, None, None)
    assert (told["measures"], told["summary"], len(told["steps"])) == ({}, "", 1)


def test_a_lane_that_cannot_be_has_a_reason_and_no_steps() -> None:
    player = Player(story("theft"), options={"loot": "refresh"}, transport="in-process")
    player.run()
    told = player.record.to_json()["modes"]["jwt"]
    player.close()
    assert told == {
        "applies": False, "verdict": None, "attacker_seconds": None, "searched_seconds": None, "status": None,
        "measures": {}, "summary": "jwt mode has no refresh token to steal", "steps": [],
    }  # fmt: skip


def test_a_surprise_is_a_prediction_that_turned_out_otherwise() -> None:
    lanes = {"session": lane("yes"), "jwt": lane("no")}
    said = {"session": "no", "jwt": "no", "hybrid": "yes"}
    assert StepRecord("a step", 0.0, lanes, Question("?"), said).surprises() == {"session": ("no", "yes")}
    assert StepRecord("a step", 0.0, lanes, Question("?")).surprises() == {}


def test_there_are_four_verdicts() -> None:
    assert VERDICTS == ("breached", "contained", "held", "measured")
