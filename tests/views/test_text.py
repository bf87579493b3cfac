"""The text twin shows the record in columns that fit, with names for credentials and nothing that harms a terminal."""

import re
from dataclasses import replace
from functools import cache

import pytest

from sandbox.clock import START
from sandbox.defences import PRESETS
from sandbox.exchange import MODES, Exchange, Request, Response
from sandbox.names import Names
from sandbox.player import Player
from sandbox.record import LaneStep, Question, Record, StepRecord
from sandbox.scenarios import CORE, story
from sandbox.views import text

WIDTHS = [60, 61, 79, 80, 100, 133, 160]


@cache
def record(scenario: str, preset: str = "as_written", modes: tuple[str, ...] = MODES, loot: str = "") -> Record:
    options = {"loot": loot} if loot else {}
    player = Player(story(scenario), preset=preset, modes=modes, options=options, transport="in-process")
    player.run()
    player.close()
    return player.record


def by_hand(title: str = "a step", path: str = "/jwt/profile", answer: str | None = None, because: str = "") -> Record:
    """One step in jwt mode, with what a test puts in."""
    exchange = Exchange("alice", START.timestamp(), Request("GET", f"https://bank.example{path}"), Response(200))
    lane = LaneStep((exchange,), {}, {}, answer, because)
    step = StepRecord(title, START.timestamp(), {"jwt": lane}, Question("Well?", (answer,)) if answer else None)
    return replace(record("theft"), modes=("jwt",), steps=(step,), outcomes={}, names={"jwt": Names()})


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scenario", CORE)
def test_no_line_is_wider_than_the_terminal_or_ends_in_a_space(scenario: str, width: int) -> None:
    lines = text.render(record(scenario), width).split("\n")
    assert [line for line in lines if len(line) > width] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[-1] == ""
    assert lines[-2] != ""


def test_three_columns_stand_side_by_side() -> None:
    lines = text.render(record("theft"), 100).splitlines()
    assert lines[0] == "Theft, preset as_written, loot=all, bcrypt cost 4"
    assert lines[2] == "1. Alice logs in and reads her profile" + " " * 40 + "[2026-01-01T09:00:00Z]"
    assert lines[3].split() == ["session", "|", "jwt", "|", "hybrid"]
    assert len({line.index("|") for line in lines[3:9]}) == 1


def test_where_there_is_no_room_for_three_the_columns_stand_one_under_another() -> None:
    assert text.render(record("theft"), 60).count("[session]") == 5
    assert "[session]" not in text.render(record("theft"), 80)


def test_one_mode_alone_takes_the_whole_width() -> None:
    shown = text.render(record("theft", modes=("jwt",)), 80)
    assert "alice: POST /jwt/login 200  gets A1\n" in shown
    assert "session" not in shown
    assert "|" not in shown


def test_an_empty_record_says_so() -> None:
    player = Player(story("theft"), transport="in-process")
    player.close()
    assert text.render(player.record) == (
        "Theft, preset as_written, loot=all, bcrypt cost 4\n\n(no step has run yet)\n"
    )


def test_the_verdicts_stand_at_the_end() -> None:
    shown = text.render(record("theft"), 160)
    end = shown[shown.index("\nOutcome\n") :]
    assert [part in end for part in ("BREACHED: no end in 400 days", "6 days 23 h 59 min", "7 days 13 min 59 s")] == [
        True, True, True,
    ]  # fmt: skip


def test_a_mode_that_cannot_be_says_why() -> None:
    shown = text.render(record("theft", loot="refresh"), 160)
    assert shown.count("DOES NOT APPLY") == 2
    assert "jwt mode has no refresh token to steal" in shown


def test_switches_that_differ_from_the_preset_are_named() -> None:
    player = Player(story("theft"), settings={"denylist": True, "jwt_lifetime": 900.0}, transport="in-process")
    player.close()
    assert text.heading(player.record) == (
        "Theft, preset as_written, jwt_lifetime=15 min, denylist=on, loot=all, bcrypt cost 4"
    )


def test_the_same_line_again_is_counted() -> None:
    assert "alice: GET /jwt/profile 200  sends A1  x3" in text.render(record("expiry", modes=("jwt",)))


def test_an_exchange_at_another_time_says_when() -> None:
    assert "[2026-01-08T09:00:00Z] mallory: GET /jwt/profile 403  sends A1" in text.render(
        record("theft", modes=("jwt",))
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (None, "it turned out: yes"),
        ("yes", "you said yes, and so it is"),
        ("no", "you said no; it turned out: yes (unless something binds it to its owner, a token serves whoever"),
    ],
)
def test_a_prediction_is_compared_with_what_happened(said: str | None, shown: str) -> None:
    player = Player(story("theft"), modes=("jwt",), transport="in-process")
    player.step()
    player.step()
    if said:
        player.predict(said)
    step = player.step()
    player.close()
    assert step is not None
    assert shown in text.render_step(player.record, step, 160)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("scenario", CORE)
def test_no_credential_is_shown_in_full(scenario: str, preset: str) -> None:
    found = record(scenario, preset)
    shown = text.render(found) + "".join(text.render_step(found, step) for step in found.steps)
    values = [value for names in found.names.values() for value in names.known().values()]
    assert len(values) >= 4
    assert [value for value in values if value in shown] == []


@pytest.mark.parametrize("harm", ["\x1b[2J", "\x07", "\x9b31m", "\x00", "\u202e"], ids=ascii)
@pytest.mark.parametrize("where", ["title", "path", "answer", "because"])
def test_hostile_text_is_shown_harmlessly(where: str, harm: str) -> None:
    shown = text.render(by_hand(**{where: f"/x{harm}y"}))
    assert [letter for letter in shown if not letter.isprintable() and letter != "\n"] == []


def test_markup_is_shown_as_it_is() -> None:
    assert "/<script>alert(1)</script>" in text.render(by_hand(path="/<script>alert(1)</script>"))


def test_what_a_search_tried_and_does_not_show_is_counted() -> None:
    told = text.render(record("theft"))
    assert re.search(r"\(\d+ more requests are", told)
    searched = record("theft").steps[-1].lanes["jwt"]
    assert searched.untold > len(searched.exchanges)
    assert record("theft").steps[0].lanes["session"].untold == 0


def test_at_the_end_an_attack_names_the_switch_that_answers_it_and_what_remains() -> None:
    told = " ".join(text.render(record("csrf", "bare")).split())
    assert "The switch that answers it: same_site. Says whether requests from other sites carry the cookie." in told
    assert "What remains: SameSite knows sites, not origins" in told
    assert told.endswith("Source: CWE-352, CWE-1275; RFC 6265bis 8.8")
    assert "What remains" not in text.render(record("theft"))
