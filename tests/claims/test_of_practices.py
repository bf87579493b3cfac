"""The claims P1 and P2: what each practice ends, what it breaks, and how the verdicts turn with it."""

import pytest

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF
from sandbox.claims.of_practices import CLAIMS, Practice, honest, served_on, verdict_on
from sandbox.claims.played import Sides
from sandbox.claims.workbench import Workbench
from sandbox.record import Outcome

WEEK = 7 * 86400.0


@pytest.fixture(scope="module")
def bench():
    return Workbench()


@pytest.fixture(scope="module")
def found(bench):
    return {each.id: each.settle(bench) for each in CLAIMS}


def test_all_but_max_age_end_their_attack(found):
    numbers = found["P1"].numbers
    assert [name for name, helped in numbers["helped"].items() if not helped] == ["Max-Age"]
    assert numbers["attacker_seconds"]["Max-Age"] == (None, None)
    assert numbers["attacker_seconds"]["Secure"] == numbers["attacker_seconds"]["HttpOnly"] == (None, 0.0)
    assert numbers["absolute_lifetime_seconds"] == 86340.0
    assert found["P1"].verdict == HOLDS_ONLY_IF
    assert found["P1"].condition.startswith("Max-Age is not counted on")


def test_each_cookie_attribute_costs_the_honest_user_something(found):
    numbers = found["P1"].numbers
    met = numbers["honest"]
    assert (met["plain"]["over_http"], met["Secure"]["over_http"]) == (200, 401)
    assert (met["plain"]["read_by_script"], met["HttpOnly"]["read_by_script"]) == (1, 0)
    assert (met["plain"]["reopened"], met["Max-Age"]["reopened"]) == (401, 200)
    assert [met[name]["by_link"] for name in ("plain", "SameSite=Lax", "SameSite=Strict")] == [200, 200, 401]
    assert numbers["logins_in_a_week"] == (0, 3)


def test_a_switch_on_top_changes_what_the_honest_user_meets(bench):
    assert honest(bench, secure=True, same_site="None").by_link == 200


def test_each_practice_for_tokens_helps_and_fifteen_minutes_alone_cost_logins(found):
    numbers = found["P2"].numbers
    assert all(numbers["helped"].values())
    assert numbers["attacker_seconds"] == {
        "15 min": (WEEK - 60, 840.0), "issuer and audience": (WEEK - 60, 0.0), "always verify": (None, 0.0),
    }  # fmt: skip
    assert numbers["logins_in_a_week"] == {"7 days": 0, "15 min": 11, "15 min, renewed": 0}
    assert set(numbers["seconds_left"].values()) == {600.0}
    assert found["P2"].condition.endswith("a stolen token may serve on for 10 min, whatever Alice does")
    assert found["P2"].verdict == HOLDS_ONLY_IF


def test_what_alice_can_do_about_a_stolen_token_turns_with_the_seconds():
    assert served_on({"a logout": 0.0, "a new password": 0.0}) == ""
    assert served_on({"a logout": 60.0, "a new password": 0.0}).endswith("on for 1 min, after a logout")
    assert served_on({"a logout": 60.0, "a new password": None}).endswith("no end in 400 days, whatever Alice does")


def test_a_form_of_another_site_is_obeyed_for_two_minutes_or_for_ever(found):
    assert found["P1"].numbers["form_obeyed_seconds"] == {"unset": 120.0, "None": None, "Lax": 0.0, "Strict": 0.0}
    assert "2 min (SameSite unset); a day and on (SameSite None)" in found["P1"].measured


def practice(name, on):
    outcomes = (Outcome(True, "", "breached" if each else "held", each) for each in (900.0, on))
    return Practice(name, "an attack", Sides(*outcomes), "")


@pytest.mark.parametrize(
    ("seconds", "conditions", "verdict"),
    [
        ((0.0, 60.0), (), HOLDS),
        ((0.0, 60.0), ("somebody pays",), HOLDS_ONLY_IF),
        ((0.0, 900.0), (), HOLDS_ONLY_IF),
        ((0.0, 899.0), (), HOLDS_ONLY_IF),  # one second sooner is no help
        ((0.0, 450.0), (), HOLDS),
        ((900.0, 900.0), ("somebody pays",), DOES_NOT_HOLD),
    ],
)
def test_the_verdict_on_practices_turns_with_the_seconds(seconds, conditions, verdict):
    found = [practice(f"practice {number}", each) for number, each in enumerate(seconds)]
    assert verdict_on(found, *conditions)[0] == verdict
