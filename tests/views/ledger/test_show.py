"""What `sandbox.ledger` gives: a finding or a DataFrame that a notebook shows; how far it is, where somebody looks."""

import json
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

import sandbox
from sandbox.claims import Claim, Finding
from sandbox.errors import UnknownName
from sandbox.views import progress_bar
from sandbox.views.ledger import markup, show, text
from sandbox.views.ledger import words as words
from sandbox.views.ledger.show import Ledger, Settled

pytestmark = pytest.mark.usefixtures("claims")


def test_without_ids_it_is_a_data_frame_of_all_claims() -> None:
    frame = sandbox.ledger()
    assert type(frame).__name__ == "DataFrame"
    assert (frame.index.name, list(frame.index)) == ("id", ["S1", "S2", "S3"])
    assert list(frame.columns) == ["claim", "experiment", "measured", "verdict", "source", "notebook"]
    assert list(frame["verdict"]) == ["holds only if the store is shared", "holds", "does not hold"]
    assert frame.loc["S3", "measured"] == f"3 times {words.VARIES}"


def test_with_several_ids_it_is_a_data_frame_of_those_as_they_were_asked_for() -> None:
    assert list(sandbox.ledger("S3", "S1").index) == ["S3", "S1"]


def test_with_one_id_it_is_that_finding() -> None:
    one = sandbox.ledger("S1")
    assert isinstance(one, Settled)
    assert (one.claim.id, one.verdict) == ("S1", "holds only if the store is shared")
    assert one.numbers["shares"] == {2: 0.5}
    assert [table.title for table in one.tables] == ["Seconds"]
    assert [chart.kind for chart in one.charts] == ["line", "bars"]
    assert one.measured == "half at 2 servers"
    assert repr(one) == "<Settled S1: holds only if the store is shared>"


def test_a_finding_shows_itself_and_always_as_text_too() -> None:
    one = sandbox.ledger("S1")
    bundle = one._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == one.text() == text.render_one(one.claim, one.finding)
    assert bundle["text/html"] == markup.finding(one.claim, one.finding)


@pytest.mark.parametrize("ids", [["S9"], ["S1", "x2"], [""]])
def test_an_unknown_id_is_refused(ids: list[str]) -> None:
    with pytest.raises(UnknownName, match=r"unknown claim .* Choose from: S1, S2, S3"):
        sandbox.ledger(*ids)


def test_where_pandas_is_missing_it_is_a_table_that_shows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    ledger = sandbox.ledger()
    assert isinstance(ledger, Ledger)
    bundle = ledger._repr_mimebundle_()
    assert bundle["text/html"] == markup.ledger(ledger.found)
    assert bundle["text/plain"] == ledger.text() == text.render(ledger.found)
    assert (len(ledger), repr(ledger)) == (3, "<Ledger of 3 claims>")
    assert isinstance(sandbox.ledger("S1"), Settled)


def test_numbers_become_json_whatever_records_they_hold(found: words.Found) -> None:
    @dataclass
    class Point:
        hits: float
        ends: tuple[int, ...]

    claim = found["S1"][0]
    told = Settled(claim, Finding("holds", "m", numbers={"at": Point(1.5, (1, 2)), "by": {2: None}})).to_json()
    assert list(told) == [*words.COLUMNS, "varies", "numbers"]
    assert told["numbers"] == {"at": {"hits": 1.5, "ends": [1, 2]}, "by": {"2": None}}
    assert json.loads(json.dumps(told)) == told


# How far it is --------------------------------------------------------


def test_where_nobody_looks_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sandbox.ledger("S2")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, claims: dict[str, Claim]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    sandbox.ledger()
    out, err = capsys.readouterr()
    assert out == ""
    assert "settling the claims" in err
    assert f"{len(claims)}/{len(claims)}" in err


def test_one_claim_alone_has_no_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    sandbox.ledger("S1")
    assert capsys.readouterr() == ("", "")


def test_a_notebook_has_a_bar_whose_text_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ipykernel = ModuleType("ipykernel")
    ipykernel.version_info = (7, 0, 0)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipykernel", ipykernel)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", object)
    displayed: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: displayed.append(data))
    with progress_bar.shown("Settling the claims") as progress:
        assert progress
        progress(3, 4)
        from ipywidgets.widgets import widget

        view = displayed[0].pop("application/vnd.jupyter.widget-view+json")
        bar = widget._instances[view["model_id"]]
        assert (bar.value, bar.max, bar.description) == (3, 4, "Settling the claims")
    assert displayed == [{"text/plain": "Settling the claims ..."}]
    assert bar.layout.display == "none"
