"""The four core stories give the catalogue's numbers: every preset, every mode, over both transports."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from sandbox.clock import iso
from sandbox.defences import PRESETS
from sandbox.errors import SandboxError
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Outcome, Record
from sandbox.scenarios import CORE, story, story_ids

MIN, HOUR, DAY = 60.0, 3600.0, 86400.0
NO_END = None
TA, TR, LEEWAY = 15 * MIN, 7 * DAY, 30.0


@cache
def record(scenario: str, preset: str, loot: str = "", **settings: Any) -> Record:
    """One play in process, kept: the tests below only read it."""
    options = {"loot": loot} if loot else {}
    player = Player(story(scenario), preset=preset, options=options, settings=settings, transport="in-process")
    player.run()
    player.close()
    return player.record


def outcomes(scenario: str, preset: str, loot: str = "", **settings: Any) -> dict[str, Outcome]:
    return dict(record(scenario, preset, loot, **settings).outcomes)


def measured(scenario: str, preset: str, mode: str, **settings: Any) -> dict[str, Any]:
    outcome = outcomes(scenario, preset, **settings)[mode]
    assert outcome.applies
    return dict(outcome.measures)


def answers(scenario: str, preset: str, mode: str) -> list[str | None]:
    return [step.lanes[mode].answer for step in record(scenario, preset).steps if step.question]


def test_the_core_stories_come_first() -> None:
    assert CORE == ("login", "theft", "expiry", "revocation")
    assert tuple(story_ids()[:4]) == CORE


# Theft: seconds from the theft on, one minute after login ------------

# The last refresh comes a second before the refresh token, or the family, ends: hence the -1.
STOLEN_ALL = {
    "bare": (NO_END, NO_END, NO_END),
    "as_written": (NO_END, 7 * DAY - MIN, TR - 1 + TA - MIN),
    "as_advised": (NO_END, 15 * MIN - MIN, NO_END),  # a sliding session and a rotated token: the thief keeps both
    "hardened": (DAY - MIN, 15 * MIN + LEEWAY - MIN, DAY - 1 + 5 * MIN + LEEWAY - MIN),
}
STOLEN_ACCESS = {  # in session and jwt mode there is but one credential
    "bare": (NO_END, NO_END, NO_END),
    "as_written": (NO_END, 7 * DAY - MIN, TA - MIN),
    "as_advised": (NO_END, 15 * MIN - MIN, TA - MIN),
    "hardened": (DAY - MIN, 15 * MIN + LEEWAY - MIN, 5 * MIN + LEEWAY - MIN),
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("loot", "table"), [("all", STOLEN_ALL), ("access", STOLEN_ACCESS)], ids=["all", "access"])
def test_a_theft_lasts_as_long_as_the_catalogue_says(
    loot: str, table: dict[str, tuple[float | None, ...]], preset: str
) -> None:
    found = outcomes("theft", preset, loot)
    assert tuple(found[mode].attacker_seconds for mode in MODES) == table[preset]
    assert {found[mode].verdict for mode in MODES} == {"breached"}


def test_the_written_numbers_of_a_theft_are_these() -> None:
    seconds = [each.attacker_seconds for each in outcomes("theft", "as_written").values()]
    assert seconds == [None, 604740.0, 605639.0]


@pytest.mark.parametrize(
    ("preset", "seconds"),
    [("bare", None), ("as_written", 605639.0), ("as_advised", None), ("hardened", 86669.0)],
)
def test_a_refresh_token_alone_lasts_as_long_as_all(preset: str, seconds: float | None) -> None:
    found = outcomes("theft", preset, "refresh")
    assert (found["hybrid"].verdict, found["hybrid"].attacker_seconds) == ("breached", seconds)
    for mode in ("session", "jwt"):
        assert found[mode] == Outcome(applies=False, summary=f"{mode} mode has no refresh token to steal")


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("bare", ("without end", "without end", "without end")),
        ("as_written", ("without end", "days", "days")),
        ("as_advised", ("without end", "minutes", "without end")),
        ("hardened", ("hours", "minutes", "days")),
    ],
)
def test_the_question_of_how_long_is_answered_by_the_search(preset: str, said: tuple[str, ...]) -> None:
    assert tuple(answers("theft", preset, mode)[1] for mode in MODES) == said


@pytest.mark.parametrize("cap", [DAY, 8 * DAY, 14 * DAY])
def test_an_absolute_lifetime_ends_what_slides(cap: float) -> None:
    found = outcomes("theft", "as_advised", absolute_lifetime=cap)
    assert found["session"].attacker_seconds == cap - MIN
    assert found["jwt"].attacker_seconds == 14 * MIN
    assert found["hybrid"].attacker_seconds == cap - 1 + TA - MIN


def test_an_inactivity_timeout_does_not_stop_a_thief_who_polls() -> None:
    assert outcomes("theft", "as_written", inactivity_timeout=DAY)["session"].attacker_seconds is None


def test_the_evidence_of_an_end_is_in_the_record() -> None:
    """The last way in is one second before the first refusal, and the number counts up to the refusal."""
    found = record("theft", "as_written")
    stolen_at = found.steps[1].clock
    for mode in ("jwt", "hybrid"):
        profiles = [each for each in found.steps[-1].lanes[mode].exchanges if each.request.path.endswith("/profile")]
        let_in, refused = profiles[-2:]
        assert (let_in.response.status, refused.response.status) == (200, 403)
        assert refused.clock - let_in.clock == 1
        assert refused.clock - stolen_at == found.outcomes[mode].attacker_seconds


def test_the_last_refresh_of_a_thief_is_in_the_record() -> None:
    found = record("theft", "as_written")
    wire = [
        (iso(each.clock), each.request.path, each.response.status) for each in found.steps[-1].lanes["hybrid"].exchanges
    ]
    assert wire == [
        ("2026-01-08T08:59:59Z", "/hybrid/profile", 403),
        ("2026-01-08T08:59:59Z", "/hybrid/refresh", 200),
        ("2026-01-08T08:59:59Z", "/hybrid/profile", 200),
        ("2026-01-08T09:14:58Z", "/hybrid/profile", 200),
        ("2026-01-08T09:14:59Z", "/hybrid/profile", 403),
        ("2026-01-08T09:14:59Z", "/hybrid/refresh", 400),
    ]


def test_where_no_end_is_found_the_last_try_is_400_days_later() -> None:
    [last] = record("theft", "as_written").steps[-1].lanes["session"].exchanges
    assert (iso(last.clock), last.response.status) == ("2027-02-05T09:01:00Z", 200)


# Expiry: logins, refreshes and failures of a week --------------------

A_WEEK = {  # forced logins, silent refreshes, failed calls
    "bare": {"session": (0, 0, 0), "jwt": (0, 0, 0), "hybrid": (0, 0, 0)},
    # 7 d outlast the week; hybrid's 15 min end 11 times, and to a bare 403 the page does not refresh.
    "as_written": {"session": (0, 0, 0), "jwt": (0, 0, 0), "hybrid": (11, 0, 11)},
    # The cookie's Max-Age of 24 h has passed on Tuesday, Wednesday and Friday at 09:00, and does not slide.
    "as_advised": {"session": (3, 0, 3), "jwt": (11, 0, 11), "hybrid": (11, 0, 11)},
    # Hybrid refreshes three times a day; at 09:00 the family of 24 h is over: a 401, and a refused refresh.
    "hardened": {"session": (11, 0, 11), "jwt": (11, 0, 11), "hybrid": (3, 12, 4 * 3 + 3 * 2)},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_week_costs_alice_what_the_catalogue_says(preset: str, mode: str) -> None:
    forced, silent, failed = A_WEEK[preset][mode]
    wanted = {"forced_logins": forced, "silent_refreshes": silent, "failed_calls_seen": failed}
    assert measured("expiry", preset, mode) == wanted
    outcome = outcomes("expiry", preset)[mode]
    assert (outcome.verdict, outcome.attacker_seconds) == ("measured", None)


def test_a_401_brings_the_silent_refreshes() -> None:
    """From as_written, one switch: 11 logins become 11 refreshes."""
    wanted = {"forced_logins": 0, "silent_refreshes": 11, "failed_calls_seen": 11}
    assert measured("expiry", "as_written", "hybrid", rfc6750_errors=True) == wanted


def test_the_week_has_sixteen_visits_and_one_absence() -> None:
    steps = record("expiry", "as_written").steps
    assert [iso(step.clock) for step in steps] == [
        f"2026-01-{day:02}T{time}:00Z" for day in (5, 6, 7, 9) for time in ("09:00", "09:10", "11:10", "16:00")
    ]


def test_each_visit_makes_three_requests() -> None:
    steps = record("expiry", "bare").steps
    assert [len(step.lanes["jwt"].exchanges) for step in steps] == [4] + [3] * 15  # and the first login


# Revocation: seconds from Alice's act, five minutes after login ------

ENDED = {  # after logout, after logging out everywhere, after a new password
    "bare": {
        "session": (NO_END, NO_END, NO_END), "jwt": (NO_END, NO_END, NO_END), "hybrid": (NO_END, NO_END, NO_END),
    },
    "as_written": {
        "session": (0, 0, NO_END),
        "jwt": (7 * DAY - 5 * MIN,) * 3,
        "hybrid": (TA - 5 * MIN, TA - 5 * MIN, TR - 1 + TA - 5 * MIN),
    },
    "as_advised": {
        "session": (0, 0, NO_END), "jwt": (10 * MIN,) * 3, "hybrid": (10 * MIN, 10 * MIN, NO_END),
    },
    "hardened": {"session": (0, 0, 0), "jwt": (0, 0, 0), "hybrid": (0, 0, 0)},
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("preset", PRESETS)
def test_what_alice_does_ends_what_the_catalogue_says(preset: str, mode: str) -> None:
    seconds = ENDED[preset][mode]
    names = ("after_logout_seconds", "after_logout_all_seconds", "after_password_seconds")
    assert measured("revocation", preset, mode) == dict(zip(names, seconds, strict=True))
    outcome = outcomes("revocation", preset)[mode]
    assert outcome.attacker_seconds == (None if None in seconds else max(each for each in seconds if each is not None))
    assert outcome.verdict == ("held" if preset == "hardened" else "breached")
    assert answers("revocation", preset, mode) == ["no" if each == 0 else "yes" for each in seconds]


def test_the_written_numbers_of_a_revocation_are_these() -> None:
    seconds = [each.attacker_seconds for each in outcomes("revocation", "as_written").values()]
    assert seconds == [None, 604500.0, 605399.0]
    assert measured("revocation", "as_written", "hybrid")["after_logout_seconds"] == 600.0


@pytest.mark.parametrize(
    ("switch", "mode", "seconds"),
    [
        ("denylist", "session", (0, 0, NO_END)),
        ("denylist", "jwt", (0, 0, 604500.0)),
        ("denylist", "hybrid", (0, 0, 605399.0)),
        ("user_epoch", "session", (0, 0, 0)),
        ("user_epoch", "jwt", (604500.0, 0, 0)),
        ("user_epoch", "hybrid", (600.0, 0, 0)),
    ],
)
def test_one_switch_ends_what_it_answers(switch: str, mode: str, seconds: tuple[float | None, ...]) -> None:
    assert tuple(measured("revocation", "as_written", mode, **{switch: True}).values()) == seconds


@pytest.mark.parametrize("mode", ["session", "hybrid"])
def test_without_end_on_logout_nothing_is_ended(mode: str) -> None:
    found = measured("revocation", "as_written", mode, end_on_logout=False)
    longest = None if mode == "session" else 605399.0
    assert list(found.values()) == [longest] * 3


def test_each_act_is_a_run_of_its_own() -> None:
    for mode in MODES:
        steps = record("revocation", "as_written").steps[2:]
        acts = [step.lanes[mode].exchanges[0] for step in steps]
        assert [act.request.path for act in acts] == [f"/{mode}/logout", f"/{mode}/logout-all", f"/{mode}/password"]
        assert [act.response.status for act in acts] == [204, 204, 204]
        assert {iso(act.clock) for act in acts} == {"2026-01-01T09:05:00Z"}


# Login: what is kept where -------------------------------------------

KEPT = {  # request bytes, client bytes, server bytes, reads, writes per request
    "bare": {"session": (114, 50, 80, 1, 0), "jwt": (433, 376, 0, 0, 0), "hybrid": (451, 457, 71, 0, 0)},
    "as_written": {"session": (114, 50, 80, 2, 0), "jwt": (456, 399, 0, 1, 0), "hybrid": (474, 480, 83, 1, 0)},
    "as_advised": {"session": (114, 132, 80, 2, 1), "jwt": (381, 324, 0, 1, 0), "hybrid": (399, 405, 83, 1, 0)},
    "hardened": {"session": (121, 139, 101, 2, 1), "jwt": (381, 324, 0, 2, 0), "hybrid": (467, 399, 133, 2, 0)},
}
STILL_IN = {  # after the browser was closed
    "bare": ("no", "yes", "yes"),
    "as_written": ("no", "yes", "yes"),
    "as_advised": ("yes", "yes", "yes"),
    "hardened": ("yes", "no", "yes"),  # memory is gone; the refresh cookie's Max-Age outlives the browser
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_login_keeps_and_costs_what_it_does(preset: str, mode: str) -> None:
    names = ("request_bytes", "client_bytes", "server_bytes", "store_reads_per_request", "store_writes_per_request")
    assert measured("login", preset, mode) == dict(zip(names, KEPT[preset][mode], strict=True))
    assert outcomes("login", preset)[mode].verdict == "measured"


def test_a_session_cookie_is_all_that_the_browser_holds_and_sends() -> None:
    """The bytes of the table, taken apart: 256 random bits are 43 letters of base64url."""
    request = "GET /session/profile HTTP/1.1\r\nHost: bank.example\r\nCookie: session=" + 43 * "x" + "\r\n\r\n"
    found = measured("login", "bare", "session")
    assert (found["request_bytes"], found["client_bytes"]) == (len(request), len("session") + 43)


@pytest.mark.parametrize("preset", PRESETS)
def test_who_is_still_logged_in_after_closing_the_browser(preset: str) -> None:
    assert tuple(answers("login", preset, mode)[2] for mode in MODES) == STILL_IN[preset]


@pytest.mark.parametrize("preset", PRESETS)
def test_jwt_mode_alone_keeps_nothing_on_the_server(preset: str) -> None:
    assert [answers("login", preset, mode)[0] for mode in MODES] == ["yes", "no", "yes"]


# All four ------------------------------------------------------------


@pytest.mark.parametrize("scenario", CORE)
def test_the_steps_line_up_across_the_modes(scenario: str) -> None:
    for step in record(scenario, "as_written").steps:
        assert tuple(step.lanes) == MODES
        for lane in step.lanes.values():
            assert (lane.answer is not None) == (step.question is not None or scenario == "expiry")
            before_the_end = [each for each in lane.exchanges if each.actor == "alice"]
            assert {each.clock for each in before_the_end} <= {step.clock}


@pytest.mark.parametrize(
    ("scenario", "clocks"),
    [
        ("login", ["09:00:00", "09:01:00", "09:02:00"]),
        ("theft", ["09:00:00", "09:01:00", "09:01:00", "09:01:00"]),
        ("revocation", ["09:00:00", "09:01:00", "09:05:00", "09:05:00", "09:05:00"]),
    ],
)
def test_the_steps_stand_at_their_times(scenario: str, clocks: list[str]) -> None:
    assert [iso(step.clock) for step in record(scenario, "as_written").steps] == [f"2026-01-01T{at}Z" for at in clocks]


@pytest.mark.parametrize("scenario", CORE)
def test_every_question_is_explained_with_its_source(scenario: str) -> None:
    asked = [step for step in record(scenario, "as_written").steps if step.question]
    assert asked
    for step in asked:
        assert step.source
        assert all(lane.because for lane in step.lanes.values())


@pytest.fixture
def over() -> Iterator[Callable[[str, str], Record]]:
    players = []

    def over(transport: str, scenario: str) -> Record:
        players.append(Player(story(scenario), preset="hardened", transport=transport))
        players[-1].run()
        return players[-1].record

    yield over
    for player in players:
        player.close()


@pytest.mark.parametrize("scenario", CORE)
def test_both_transports_leave_the_same_record(over: Callable[[str, str], Record], scenario: str) -> None:
    assert over("loopback", scenario).to_json() == over("in-process", scenario).to_json()


@pytest.mark.parametrize("scenario", CORE)
@pytest.mark.parametrize("preset", PRESETS)
def test_two_runs_are_equal_to_the_letter(preset: str, scenario: str) -> None:
    again = record.__wrapped__(scenario, preset)
    assert again is not record(scenario, preset)
    assert again.to_json() == record(scenario, preset).to_json()


@pytest.mark.parametrize("content", ["", "STORY = None\n"])
def test_a_file_that_holds_no_story_of_its_name_is_named(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    module = types.ModuleType("sandbox.scenarios.theft")
    exec(content, module.__dict__)
    monkeypatch.setitem(sys.modules, "sandbox.scenarios.theft", module)
    with pytest.raises(SandboxError, match=r"sandbox/scenarios/theft\.py must end in STORY = Story\('theft'"):
        story("theft")
