"""Claims made by hand: one of each verdict, and one whose every text is what a test puts in."""

from collections.abc import Callable

import pytest

from sandbox.claims import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Chart, Claim, Finding, Series, Table

from .made import BARS, CURVE, one


@pytest.fixture
def found() -> dict[str, tuple[Claim, Finding]]:
    """S1 holds only under a condition and has all that a finding may have; S2 holds; S3 does not, and varies."""
    table = Table("Seconds", ("mode", "seconds", "ends"), (("session", 0, True), ("jwt", 604740.6, "no end")))
    full = Finding(HOLDS_ONLY_IF, "half at 2 servers", "the store is shared", {"shares": {2: 0.5}, "end": None},
                   (table,), (CURVE, BARS))  # fmt: skip
    findings = {"S1": full, "S2": Finding(HOLDS, "0 reads"), "S3": Finding(DOES_NOT_HOLD, "3 times", varies=True)}
    return {id: (one(id, finding), finding) for id, finding in findings.items()}


@pytest.fixture
def claims(found: dict[str, tuple[Claim, Finding]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Claim]:
    """The same, as all the claims that there are."""
    made = {id: claim for id, (claim, _) in found.items()}
    monkeypatch.setattr("sandbox.claims.everything._CLAIMS", made)
    return made


@pytest.fixture
def saying() -> Callable[[str], dict[str, tuple[Claim, Finding]]]:
    """`saying(text)`: a claim and a finding whose every text is this one."""

    def of(text: str) -> dict[str, tuple[Claim, Finding]]:
        chart = Chart("bars", text, text, text, (Series(text, ((0, 1),)), Series(text, ((0, 2),))), text, (text,))
        curve = Chart("line", text, text, text, (Series(text, ((1, 1), (2, 2))),), text,
                      ticks_x=((1, text),), ticks_y=((1, text),))  # fmt: skip
        finding = Finding(HOLDS_ONLY_IF, text, text, {}, (Table(text, (text,), ((text,),)),), (chart, curve))
        return {"S": (Claim(text, text, text, text, text, lambda bench: finding), finding)}

    return of
