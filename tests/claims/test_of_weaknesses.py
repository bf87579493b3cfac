"""The claims V1 to V7: each attack without its switch and with it, and how the verdicts turn."""

import pytest

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF
from sandbox.claims.of_weaknesses import CLAIMS, _young, coarse, verdict_on
from sandbox.claims.played import Sides
from sandbox.claims.workbench import Workbench
from sandbox.record import Outcome

WEEK, QUARTER, DAY = 7 * 86400.0, 900.0, 86400.0
PLAIN = WEEK + QUARTER - 61

VERDICTS = {
    "V1": HOLDS, "V2": HOLDS, "V3": HOLDS, "V4": HOLDS_ONLY_IF, "V5": HOLDS, "V6": HOLDS_ONLY_IF, "V7": HOLDS_ONLY_IF
}  # fmt: skip


@pytest.fixture(scope="module")
def bench():
    return Workbench()


@pytest.fixture(scope="module")
def found(bench):
    return {each.id: each.settle(bench) for each in CLAIMS}


def test_the_verdicts_on_the_weaknesses(found):
    assert {id: each.verdict for id, each in found.items()} == VERDICTS


def test_a_weak_key_is_found_offline_and_opens_admin(found):
    numbers = found["V1"].numbers
    assert numbers["guesses"] < numbers["guesses_with_strong_key"]
    assert (numbers["admin_status"], numbers["admin_status_with_strong_key"]) == (200, 403)
    assert 0 < numbers["seconds"] < 60
    assert found["V1"].varies


def test_a_token_without_exp_never_ends(found):
    assert found["V2"].numbers == {"old_token_seconds": (None, 0.0), "theft_seconds": (None, 840.0)}


def test_claims_are_read_with_no_key(found):
    assert found["V3"].numbers["personal_claims"] == {"session": (0, 0), "jwt": (2, 0), "hybrid": (2, 0)}


def test_rotation_ends_the_replay_and_not_the_thief_who_comes_first(found):
    assert found["V4"].numbers == {
        "thief_second_seconds": (PLAIN, 0.0),
        "thief_first_seconds": (PLAIN, None),
        "thief_first_detected_seconds": QUARTER,
    }
    assert "until reuse is detected" in found["V4"].condition


def test_fixation_is_of_sessions_alone(found):
    assert found["V5"].numbers["attacker_seconds"] == (None, 0.0)
    (table,) = found["V5"].tables
    assert [row[0] for row in table.rows if row[1].startswith("can't be")] == ["jwt", "hybrid"]


def test_hijacking_is_of_every_mode(found):
    numbers = found["V6"].numbers
    assert numbers["by_mode"] == {"session": None, "jwt": WEEK - 60, "hybrid": PLAIN}
    assert list(numbers["attacker_seconds"].values()) == [(None, 0.0), (None, 0.0), (None, DAY - 60)]
    assert "jwt and hybrid" in found["V6"].condition


def test_the_carrier_decides_on_forged_forms(found):
    numbers = found["V7"].numbers
    assert list(numbers["obeyed_seconds"].values()) == [120.0, None, 0.0, 0.0] * 2 + [0.0, 0.0]
    assert (numbers["moved"], numbers["moved_under_strict"], numbers["moved_under_none"]) == (100, 0, (100, 0))
    assert found["V7"].condition.endswith("the cookie is under 2 min old or bears SameSite=None")
    assert _young(120.0, 120.0) == "the cookie is under 2 min old"
    assert _young(None, None) == _young(0.0, None) == ""


def attack(off, on):
    return Sides(*(Outcome(True, "", "held" if each == 0 else "breached", each) for each in (off, on)))


@pytest.mark.parametrize(
    ("off", "on", "conditions", "verdict"),
    [
        (None, 0.0, (), HOLDS),
        (None, 60.0, ("",), HOLDS),
        (None, 0.0, ("in a cookie",), HOLDS_ONLY_IF),
        (0.0, 0.0, ("in a cookie",), DOES_NOT_HOLD),
        (None, None, (), DOES_NOT_HOLD),
        (60.0, 60.0, (), DOES_NOT_HOLD),
    ],
)
def test_the_verdict_on_a_weakness_turns_with_the_seconds(off, on, conditions, verdict):
    assert verdict_on(attack(off, on), *conditions)[0] == verdict


def test_real_seconds_are_said_coarsely():
    assert [coarse(each) for each in (0.003, 2, 61, 7200)] == [
        "less than a second", "less than a minute", "less than an hour", "more than an hour",
    ]  # fmt: skip
