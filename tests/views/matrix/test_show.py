"""A notebook is shown a table, and always its text; how far it is, where somebody looks."""

import sys
from types import ModuleType
from typing import Any

import pytest

import sandbox
from sandbox.sweep import Matrix
from sandbox.views import progress_bar
from sandbox.views.matrix import text
from sandbox.views.matrix.show import Notebook
from sandbox.views.matrix.table import table


def test_a_notebook_gets_the_table_and_the_same_text_as_the_terminal(matrix: Matrix) -> None:
    shown = matrix.show_with(Notebook())
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == shown.text() == text.render(matrix)
    assert table(matrix) in bundle["text/html"]
    assert "\x1b" not in bundle["text/plain"]
    assert shown == matrix


def test_the_public_name_gives_a_matrix_that_shows_itself() -> None:
    found = sandbox.matrix("logout_replay", modes=("jwt",))
    assert [(attack.id, row.mode) for attack, row in found] == [("logout_replay", "jwt")]
    assert found.text() == text.render(found)


# How far it is --------------------------------------------------------


def test_where_nobody_looks_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar.shown("Playing the matrix") as progress:
        assert progress is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_on_stderr_that_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar.shown("Playing the matrix") as progress:
        assert progress
        progress(0, 4)
        progress(3, 4)
    out, err = capsys.readouterr()
    assert out == ""
    assert "3/4" in err


def test_a_notebook_has_a_bar_whose_text_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ipykernel = ModuleType("ipykernel")
    ipykernel.version_info = (7, 0, 0)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipykernel", ipykernel)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", object)
    displayed: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: displayed.append(data))
    with progress_bar.shown("Playing the matrix") as progress:
        assert progress
        progress(3, 4)
        from ipywidgets.widgets import widget

        view = displayed[0].pop("application/vnd.jupyter.widget-view+json")
        bar = widget._instances[view["model_id"]]
        assert (bar.value, bar.max, bar.description) == (3, 4, "Playing the matrix")
    assert displayed == [{"text/plain": "Playing the matrix ..."}]
    assert bar.layout.display == "none"
