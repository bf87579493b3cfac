"""The claims A1 to A4: what the samples do, done so and otherwise, and how the verdicts turn."""

import pytest

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS
from sandbox.claims.of_samples import CLAIMS, verdict_on
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES

PLAIN = 7 * 86400.0 + 900 - 61


@pytest.fixture(scope="module")
def found():
    bench = Workbench()
    return {each.id: each.settle(bench) for each in CLAIMS}


def test_nothing_that_the_samples_do_may_be_done(found):
    assert {id: each.verdict for id, each in found.items()} == dict.fromkeys(("A1", "A2", "A3", "A4"), DOES_NOT_HOLD)


def test_a_client_that_refreshes_on_401_never_refreshes_on_403(found):
    weeks = found["A1"].numbers
    assert weeks["403"] == {"forced_logins": 11, "silent_refreshes": 0, "failed_calls_seen": 11}
    assert weeks["401"] == {"forced_logins": 0, "silent_refreshes": 11, "failed_calls_seen": 11}


def test_what_a_leaked_table_is_worth(found):
    assert found["A2"].numbers == {
        "leak_seconds": (PLAIN, 0.0), "leak_statuses": (200, 400), "replay_seconds": (PLAIN, 0.0),
    }  # fmt: skip


def test_an_id_that_is_kept_across_login_can_be_planted(found):
    assert found["A3"].numbers == {"attacker_seconds": (None, 0.0), "statuses": (200, 401)}


def test_an_unknown_email_is_answered_sooner_by_a_hash(found):
    numbers = found["A4"].numbers
    assert (numbers["told_apart"], numbers["told_apart_with_dummy_hash"]) == (MODES, ())
    assert all(each > 0.5 for each in numbers["hashes_longer"].values())
    assert all(abs(each) < 0.5 for each in numbers["hashes_longer_with_dummy_hash"].values())
    assert found["A4"].varies


@pytest.mark.parametrize(
    ("harms", "verdict"),
    [
        ([(True, False)], DOES_NOT_HOLD),
        ([(False, False), (True, False)], DOES_NOT_HOLD),
        ([(False, False)], HOLDS),
        ([(True, True)], HOLDS),  # otherwise it is no better: not the sample's doing
    ],
)
def test_the_verdict_on_a_sample_turns_with_the_harm(harms, verdict):
    assert verdict_on(*harms) == verdict
