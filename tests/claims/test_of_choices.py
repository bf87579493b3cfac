"""The claims W1 to W10: which modes meet each demand, and how a verdict turns with it."""

import pytest

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF
from sandbox.claims.constraints import constraint, constraints
from sandbox.claims.measuring import app_week, forged_form
from sandbox.claims.of_choices import CLAIMS, decided
from sandbox.claims.workbench import Workbench
from sandbox.errors import UnknownName
from sandbox.exchange import MODES

ALL, NONE = MODES, ()

MET = {
    "W1": (HOLDS_ONLY_IF, ("session",), ALL, ALL),
    "W2": (HOLDS_ONLY_IF, ("session",), ("session",), ("session", "jwt")),
    "W3": (HOLDS_ONLY_IF, NONE, ALL, ("session",)),
    "W4": (DOES_NOT_HOLD, ("jwt",), ALL, ALL),
    "W5": (HOLDS_ONLY_IF, ("session",), ("session", "hybrid"), ("session", "hybrid")),
    "W6": (HOLDS_ONLY_IF, NONE, ("jwt", "hybrid"), ("jwt", "hybrid")),
    "W7": (HOLDS_ONLY_IF, NONE, NONE, ("jwt",)),
    "W8": (DOES_NOT_HOLD, ("session", "jwt"), NONE, ("session", "hybrid")),
    "W9": (HOLDS_ONLY_IF, ("jwt", "hybrid"), ("jwt", "hybrid"), ("jwt", "hybrid"), ALL),
    "W10": (HOLDS_ONLY_IF, NONE, ("jwt", "hybrid"), ALL),
}
"""The verdict, then who meets the demand as written, hardened, and with what else is tried."""


@pytest.fixture(scope="module")
def bench():
    return Workbench()


def test_each_claim_of_choices_is_there_with_a_constraint():
    assert [each.id for each in CLAIMS] == list(MET)
    assert len(constraints()) == len(MET)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda each: each.id)
def test_who_meets_the_demand_decides(bench, claim):
    found = claim.settle(bench)
    assert (found.verdict, *found.numbers["met"].values()) == MET[claim.id]
    (table,) = found.tables
    signs = {
        row[0]: tuple(mode for mode, cell in zip(MODES, row[1:], strict=True) if cell[:3] == "yes")
        for row in table.rows
    }
    assert signs == found.numbers["met"]


@pytest.mark.parametrize(
    ("name", "mode", "preset", "said"),
    [
        ("immediate logout", "jwt", "as_written", "after logout: 6 days 23 h 55 min"),
        ("immediate logout", "hybrid", "as_written", "after logout: 10 min"),
        ("classic web application", "hybrid", "hardened", "a page is answered 401"),
        ("own infrastructure", "session", "as_written", "5 of 10 calls refused"),
        ("list of active logins", "hybrid", "as_written", "2 listed; what was ended: 15 min"),
        ("list of active logins", "jwt", "hardened", "no list"),
        (
            "microservices", "hybrid", "as_written",
            "0 of 10 calls refused; another service's token serves: 14 min",
        ),
        ("statelessness", "jwt", "as_written", "1 store hit per call; 0 bytes of values kept per login"),
        ("mobile", "session", "hardened", "a transfer is answered 200; 11 more logins in a week"),
        ("mobile", "hybrid", "as_written", "a transfer is answered 200; 11 more logins in a week"),
        (
            "cross-domain", "session", "as_written",
            "the partner's page reads a 401; a forged form is obeyed after a login: 2 min",
        ),
        ("API first", "jwt", "as_written", "a call is answered 200; a bad credential 403, without a challenge"),
    ],
)  # fmt: skip
def test_a_mode_that_misses_a_demand_says_by_how_much(bench, name, mode, preset, said):
    assert constraint(name).meets(bench, mode, preset) == (False, said)


def test_a_constraint_takes_switches_on_top_of_the_preset(bench):
    asked = constraint("immediate logout")
    met, said = asked.meets(bench, "jwt", denylist=True)
    assert (met, said) == (True, "after logout: not at all")
    met, _ = asked.meets(bench, "session", end_on_logout=False)
    assert not met


def test_with_samesite_none_a_partner_reads_and_a_form_is_obeyed_a_day_later(bench):
    met, said = constraint("cross-domain").meets(bench, "session", secure=True, same_site="None")
    assert not met
    assert said == "the partner's page reads a 200; a forged form is obeyed after a login: a day and on"


@pytest.mark.parametrize(
    ("mode", "preset", "switches", "found"),
    [
        ("hybrid", "as_written", {"rfc6750_errors": True}, (200, 0)),
        ("hybrid", "as_written", {"rfc6750_errors": True, "refresh_cookie": True}, (200, 0)),
        ("hybrid", "hardened", {}, (200, 3)),
        ("session", "as_written", {"csrf_token": True}, (200, 0)),
        ("session", "as_advised", {}, (200, 1)),  # a plain client keeps a cookie beyond its Max-Age
        ("jwt", "as_written", {"jwt_lifetime": 900.0}, (200, 11)),
    ],
)
def test_an_app_lives_on_what_the_login_hands_out(bench, mode, preset, switches, found):
    assert app_week.week(bench, mode, preset, **switches) == found


def test_a_form_is_obeyed_to_the_second_and_measured_once(bench):
    assert forged_form.obeyed_for(bench, "session") == 120
    assert forged_form.obeyed_for(bench, "session", same_site="Strict") == 0
    boxes = len(bench._measured)
    forged_form.obeyed_for(bench, "session")
    assert len(bench._measured) == boxes


def test_a_partner_that_is_not_listed_reads_nothing(bench, monkeypatch):
    monkeypatch.setattr("sandbox.claims.measuring.trials.PARTNER", "https://stranger.example/app")
    assert constraint("cross-domain").meets(bench, "jwt").said.startswith("the partner's page reads nothing")


def test_a_constraint_that_does_not_exist_is_refused_by_name():
    with pytest.raises(UnknownName, match="own infrastructure"):
        constraint("own infrastructur")


@pytest.mark.parametrize(
    ("met", "verdict", "said"),
    [
        ({"as written": ("session",), "hardened": ("session",)}, HOLDS, ""),
        ({"as written": ("session",), "hardened": ()}, HOLDS_ONLY_IF, ": hardened, session misses"),
        ({"as written": ("session",), "hardened": ("session", "jwt")}, HOLDS_ONLY_IF, "hardened, jwt meets"),
        ({"as written": ("session", "jwt", "hybrid"), "hardened": ("session", "jwt", "hybrid")}, DOES_NOT_HOLD, ""),
        ({"as written": ("jwt",), "hardened": ()}, DOES_NOT_HOLD, ""),
    ],
)
def test_the_verdict_turns_with_who_meets_the_demand(met, verdict, said):
    found = decided("session", met)
    assert found[0] == verdict
    assert said in found[1]


def test_hybrid_mode_is_no_rival_of_a_jwt():
    assert decided("jwt", {"as written": ("jwt", "hybrid")}) == (HOLDS, "")
    assert decided("session", {"as written": ("session", "hybrid")}) == (
        HOLDS_ONLY_IF, "the other choice is jwt: as written, hybrid meets the demand too"
    )  # fmt: skip
