"""A notebook is shown a table, and always its text; how far it is, where somebody looks; files come whole or not."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import sandbox
from sandbox.sweep import Matrix
from sandbox.views.matrix import file, progress_bar, text
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
    with progress_bar.shown() as progress:
        assert progress is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar_on_stderr_that_goes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar.shown() as progress:
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
    with progress_bar.shown() as progress:
        assert progress
        progress(3, 4)
        from ipywidgets.widgets import widget

        view = displayed[0].pop("application/vnd.jupyter.widget-view+json")
        bar = widget._instances[view["model_id"]]
        assert (bar.value, bar.max, bar.description) == (3, 4, "Playing the matrix")
    assert displayed == [{"text/plain": "Playing the matrix ..."}]
    assert bar.layout.display == "none"


# Files ----------------------------------------------------------------


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.svg"
    path.write_text("old")
    file.save(path, "né\n")
    assert path.read_bytes() == "né\n".encode()
    assert os.listdir(tmp_path) == ["m.svg"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.svg"
    path.write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(sandbox.SandboxError, match="can't be written: No space left on device"):
        file.save(path, "new")
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["m.svg"])


@pytest.mark.parametrize(
    ("name", "says"), [("no/such/m.svg", "there is no folder .*no/such. Make it"), (".", "it is no file")]
)
def test_a_file_that_cannot_be_is_refused_before_the_work(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(sandbox.SandboxError, match=says):
        file.check(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ones_own_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(sandbox.SandboxError, match="not yours to write in"):
        file.check(tmp_path / "m.svg")
