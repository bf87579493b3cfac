"""No verdict is written down: where the figures of an experiment are turned, what it says turns with them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sandbox.claims import DOES_NOT_HOLD, HOLDS, Workbench, claim, claim_ids, of_hybrids, of_samples
from sandbox.claims.constraints import Constraint, Fit
from sandbox.claims.findings import readable_data
from sandbox.claims.measuring import cross_origin, nodes, plain_client, wire_bytes
from sandbox.claims.measuring.tradeoff import Point

MANY = 7
KEPT = {"calls", "guesses", "guesses_per_second"}
"""Measures that say how often something was tried, not what came of it."""


def turned(outcome, succeeds):
    """The same end, had every attack succeeded without an end and every count been the same; or none, and all 0."""

    def figure(name, value):
        if name in KEPT or name == "harm":
            return value
        if name == "same_words" or isinstance(value, bool):
            return succeeds != (name == "same_words")
        if name.endswith("_seconds"):
            return None if succeeds else 0.0
        return MANY if succeeds else 0

    if not outcome.applies:
        return outcome
    measures = {name: figure(name, value) for name, value in outcome.measures.items() if succeeds or name != "harm"}
    verdict = "measured" if outcome.verdict == "measured" else "breached" if succeeds else "held"
    return replace(outcome, verdict=verdict, attacker_seconds=None if succeeds else 0.0, measures=measures)


class Turned(Workbench):
    """A bench over which every attack succeeds, or none does. What is tried in boxes is as it is."""

    def __init__(self, real, succeeds):
        super().__init__()
        self._real, self._succeeds = real, succeeds

    def record(self, *given, **named):
        record = self._real.record(*given, **named)
        ends = {mode: turned(outcome, self._succeeds) for mode, outcome in record.outcomes.items()}
        return replace(record, outcomes=ends)

    def once(self, measure, *given):
        return self._real.once(measure, *given)


SHUT = dict.fromkeys(plain_client.PRESETS, plain_client.Tried((401, 401, 401), 0))


def from_everywhere(called):
    """What `cross_origin.calls` finds where every page, with every credential, fares so."""
    return dict.fromkeys(cross_origin.WAYS, dict.fromkeys(cross_origin.ORIGINS, called))


CHOICES = {f"W{number}": "session" if number <= 5 else "jwt" for number in range(1, 11)}
IN_BOXES = {
    "S2": (readable_data, "readable", lambda *_, **__: readable_data.Readable(("sub",), 11, ())),
    "S6": (nodes, "shares", lambda *_, **__: {lane: dict.fromkeys(nodes.COUNTS, 0.0) for lane in nodes.LANES}),
    "S7": (cross_origin, "calls", lambda _: from_everywhere(cross_origin.Called(200, 1))),
    "J3": (plain_client, "every", lambda _: dict.fromkeys(plain_client.APPS, SHUT)),
    "J4": (cross_origin, "calls", lambda _: from_everywhere(cross_origin.Called(None, 1))),
    "J6": (wire_bytes, "by_groups", lambda *_, **__: dict.fromkeys(wire_bytes.GROUPS, wire_bytes.Sent(99, 0, 200))),
    "H1": (of_hybrids, "point", lambda _, mode, lifetime=None, **__: Point(mode, lifetime, 9.0, None, 1)),
    "H2": (of_hybrids, "tail", lambda *_: None),
    "A4": (of_samples, "answers", lambda *_, **__: SimpleNamespace(told_apart=False, same=True, hashes_longer=0)),
}  # fmt: skip
"""What measures a claim in boxes of its own, by the claim, and figures that turn it."""

PLAYED = [id for id in claim_ids() if id not in IN_BOXES and id not in ("W2", "W4", "W5", "W8", "W9", "W10")]

SAME = {
    ("S5", True): "a session that reads the store more often needs it no less",
    ("J2", False): "the service that hears of no logout is tried in a box, and is as it is",
}
"""What does not turn, and why."""


@pytest.fixture(scope="module")
def real():
    return Workbench()


@pytest.fixture(scope="module")
def said(real):
    """`said("S1")`: verdict and condition by the real figures, settled once."""
    found = {}

    def one(id):
        if id not in found:
            finding = claim(id).settle(real)
            found[id] = finding.verdict, finding.condition
        return found[id]

    return one


@pytest.mark.parametrize("succeeds", [True, False], ids=["every attack succeeds", "no attack succeeds"])
@pytest.mark.parametrize("id", PLAYED)
def test_what_is_said_turns_with_what_was_played(real, said, id, succeeds):
    finding = claim(id).settle(Turned(real, succeeds))
    is_same = (finding.verdict, finding.condition) == said(id)
    assert is_same == ((id, succeeds) in SAME), (finding.verdict, finding.condition)


@pytest.mark.parametrize("id", IN_BOXES)
def test_what_is_said_turns_with_what_was_tried_in_boxes(real, said, monkeypatch, id):
    before = said(id)
    module, name, figures = IN_BOXES[id]
    monkeypatch.setattr(module, name, figures)
    finding = claim(id).settle(real)
    assert (finding.verdict, finding.condition) != before


@pytest.mark.parametrize("id", CHOICES)
def test_a_choice_turns_with_the_mode_that_meets_the_demand(real, monkeypatch, id):
    chosen = CHOICES[id]
    for meets, verdict in ((chosen, HOLDS), ({"session": "jwt", "jwt": "session"}[chosen], DOES_NOT_HOLD)):
        monkeypatch.setattr(Constraint, "meets", lambda *given, only=meets, **_: Fit(given[2] == only, ""))
        assert claim(id).settle(real).verdict == verdict


def test_every_claim_is_turned_by_one_of_these():
    assert {*PLAYED, *IN_BOXES, *CHOICES} == set(claim_ids())
