"""A page or a picture is written whole, or not at all."""

import os
from pathlib import Path

import pytest

import sandbox
from sandbox.views import file


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
