"""The claims H1 to H3: what was measured, and how the verdicts turn with it."""

import pytest

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF
from sandbox.claims.measuring.tradeoff import CALLS, LIFETIMES, Point, tail
from sandbox.claims.of_hybrids import CLAIMS, judged, stopped
from sandbox.claims.workbench import Workbench

QUARTER = 900.0
WEEK = 7 * 86400.0
DAY = 86400.0


@pytest.fixture(scope="module")
def bench():
    return Workbench()


@pytest.fixture(scope="module")
def found(bench):
    return {each.id: each.settle(bench) for each in CLAIMS}


def test_each_claim_of_hybrids_is_there():
    assert [each.id for each in CLAIMS] == ["H1", "H2", "H3"]


# H1 ---------------------------------------------------------------------


def test_the_curve_runs_from_many_store_hits_to_a_long_tail(found):
    curve = found["H1"].numbers["hybrid"]
    assert [each["lifetime"] for each in curve] == list(LIFETIMES)
    assert [each["tail"] for each in curve] == list(LIFETIMES)  # a thief stays one access lifetime
    hits = [each["hits"] for each in curve]
    assert hits == sorted(hits, reverse=True)
    assert {each["logins"] for each in curve} == {1}


def test_the_pure_modes_stand_at_the_ends_of_the_curve(found):
    numbers = found["H1"].numbers
    session, jwt, advised = numbers["session"], numbers["jwt"], numbers["hybrid"][2]
    assert (session["tail"], jwt["tail"], advised["tail"]) == (0.0, WEEK, QUARTER)
    assert session["hits"] == pytest.approx(1000 * (CALLS + 2) / CALLS)  # a read per call; at login a read and a write
    assert jwt["hits"] == pytest.approx(1000 / CALLS)
    assert jwt["hits"] < advised["hits"] < session["hits"]


def test_at_a_minute_the_hybrid_asks_the_store_more_often_than_a_session(found):
    numbers = found["H1"].numbers
    assert numbers["hybrid"][0]["hits"] > numbers["session"]["hits"]
    assert "1 min the store works harder" in found["H1"].condition


def test_where_each_call_asks_the_store_the_hybrid_saves_little(found):
    numbers = found["H1"].numbers
    session, advised = numbers["loading_the_user"]
    assert advised["hits"] - numbers["hybrid"][2]["hits"] == pytest.approx(1000)
    assert session["hits"] / advised["hits"] < 2 < numbers["session"]["hits"] / numbers["hybrid"][2]["hits"]
    assert numbers["with_denylist"]["tail"] == 0.0
    assert numbers["with_denylist"]["hits"] > numbers["session"]["hits"]


def test_a_theft_that_nobody_notices_lasts_longer_than_with_a_short_jwt(found):
    assert found["H1"].numbers["unnoticed_seconds"] == {"jwt": QUARTER - 60, "hybrid": WEEK + QUARTER - 61}
    assert found["H1"].numbers["jwt_short"]["logins"] > 15


def test_the_chart_draws_what_was_measured(found):
    (chart,) = found["H1"].charts
    curve, session, jwt = chart.series
    assert curve.points == tuple((each["hits"], each["tail"]) for each in found["H1"].numbers["hybrid"])
    assert session.points[0][1] == 1.0  # a logarithmic axis has no zero
    assert jwt.points[0][1] == WEEK
    assert dict(chart.ticks_y)[1.0] == "not at all"


def point(mode, hits, tail):
    return Point(mode, QUARTER, hits, tail, 1)


@pytest.mark.parametrize(
    ("hybrid", "verdict"),
    [
        (point("hybrid", 2, 0.0), HOLDS),
        (point("hybrid", 140, QUARTER), HOLDS_ONLY_IF),
        (point("hybrid", 2000, QUARTER), DOES_NOT_HOLD),
        (point("hybrid", 140, WEEK), DOES_NOT_HOLD),
        (point("hybrid", 140, None), DOES_NOT_HOLD),
    ],
)
def test_the_verdict_on_the_best_of_both_turns_with_the_points(hybrid, verdict):
    loading = point("session", 2000, 0.0), point("hybrid", 1140, QUARTER)
    assert judged(point("session", 1000, 0.0), point("jwt", 2, WEEK), [hybrid], loading)[0] == verdict


def test_the_condition_on_the_best_of_both_turns_with_the_points():
    def condition(tail, loading_hits):
        session, jwt = point("session", 1000, 0.0), point("jwt", 2, WEEK)
        loading = point("session", 2000, 0.0), point("hybrid", loading_hits, QUARTER)
        return judged(session, jwt, [point("hybrid", 140, tail)], loading)[1]

    stays, asks = "a thief may stay for one access lifetime after a logout", "no call asks the store for anything else"
    assert condition(QUARTER, 1140) == f"{stays}, and {asks}"
    assert condition(60.0, 1140) == f"a thief may stay for 1 min after a logout, and {asks}"
    assert condition(QUARTER, 200) == stays  # each call loads the user, and the hybrid saves as much
    assert condition(0.0, 200) == "more work of the store than with a JWT is accepted"


# H2 ---------------------------------------------------------------------


def test_a_revoked_refresh_token_serves_no_more_and_the_access_token_until_its_end(found):
    assert found["H2"].numbers == {
        "refresh_seconds": 0.0,
        "profile_seconds": QUARTER,
        "unended_seconds": WEEK + QUARTER - 1,
        "denied_profile_seconds": 0.0,
    }
    assert found["H2"].verdict == HOLDS_ONLY_IF


def test_the_tail_is_the_access_lifetime_whatever_it_is(bench):
    assert tail(bench, "hybrid", {"access_lifetime": 90.0}) == 90.0
    assert tail(bench, "session", {}) == 0.0


def test_a_store_that_forgets_to_end_the_family_turns_the_verdict(monkeypatch, bench):
    monkeypatch.setattr("sandbox.claims.of_hybrids.tail", lambda *arguments: None)
    claim = next(each for each in CLAIMS if each.id == "H2")
    assert claim.settle(bench).verdict == DOES_NOT_HOLD


# H3 ---------------------------------------------------------------------


def test_rotation_stops_who_comes_second_alone(found):
    seconds = found["H3"].numbers["attacker_seconds"]
    plain = WEEK + QUARTER - 61
    assert seconds["no rotation"] == (plain, plain, plain)
    assert seconds["rotation"] == (0.0, None, None)
    assert seconds["reuse detected"] == (0.0, QUARTER, None)
    assert seconds["family ends at 24 h"] == (0.0, QUARTER, DAY + QUARTER - 61)


def test_reuse_detection_raises_false_alarms_and_the_grace_ends_them(found):
    alarms = found["H3"].numbers["false_alarms"]
    assert [name for name, raised in alarms.items() if raised] == ["reuse detected", "family ends at 24 h"]


def test_the_bars_draw_no_end_at_the_end_of_the_search(found):
    (chart,) = found["H3"].charts
    highest = max(y for each in chart.series for _, y in each.points)
    assert dict(chart.ticks_y)[highest] == "no end in 400 days"
    assert len(chart.categories) == len(chart.series[0].points)


@pytest.mark.parametrize(
    ("alone", "detected", "verdict", "said"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), HOLDS, ""),
        ((0.0, None, None), (0.0, 900.0, None), HOLDS_ONLY_IF, "prolongs the theft"),
        ((0.0, 5.0, 5.0), (0.0, 9.0, 9.0), HOLDS_ONLY_IF, "Alice refreshes first: while she stays idle"),
        ((9.0, 9.0, 9.0), (9.0, 9.0, 9.0), DOES_NOT_HOLD, ""),
    ],
)
def test_the_verdict_on_rotation_turns_with_the_seconds(alone, detected, verdict, said):
    found = stopped({"no rotation": (9.0, 9.0, 9.0), "rotation": alone, "reuse detected": detected})
    assert found[0] == verdict
    assert said in found[1]
