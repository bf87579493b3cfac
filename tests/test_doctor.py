"""The doctor says what is there, and of what is missing how to get it, in one line each."""

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import box, doctor, lab
from sandbox.__main__ import main
from sandbox.errors import PortInUse

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def test_where_all_is_there_every_line_says_ok(capsys: Capture) -> None:
    assert main(["doctor"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"ok    {name}" for name, _ in doctor.CHECKS]
    assert last == "All is there."


def test_the_versions_are_named(capsys: Capture) -> None:
    doctor.report()
    shown = capsys.readouterr().out
    assert f"Python: {'.'.join(map(str, sys.version_info[:3]))}\n" in shown
    for name in (*doctor.CORE, *doctor.LAB):
        assert f"{name} {importlib.metadata.version(name)}" in shown


def without(package: str) -> Callable[[Patch, Path], None]:
    def hide(patch: Patch, folder: Path) -> None:
        version = importlib.metadata.version

        def found(name: str) -> str:
            if name == package:
                raise importlib.metadata.PackageNotFoundError(name)
            return version(name)

        patch.setattr(importlib.metadata, "version", found)

    return hide


def no_widgets(patch: Patch, folder: Path) -> None:
    patch.setattr(doctor, "sys", SimpleNamespace(prefix=str(folder), base_prefix=str(folder), version_info=(3, 11, 0)))


def no_loopback(patch: Patch, folder: Path) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError("refused")

    patch.setattr(doctor, "socket", SimpleNamespace(create_server=refused))


def no_server(patch: Patch, folder: Path) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PortInUse("port 0 is in use or not allowed: choose another")

    patch.setattr(box, "launch", refused)


def no_login(patch: Patch, folder: Path) -> None:
    patch.setattr("sandbox.actors.page.Page.login", lambda page: SimpleNamespace(status=500))


def no_notebooks(patch: Patch, folder: Path) -> None:
    patch.setattr(lab, "ROOT", folder)


MISSING: list[tuple[str, Callable[[Patch, Path], None], str, str]] = [
    *(("core packages", without(name), f"{name} is not installed", "run python3 start.py") for name in doctor.CORE),
    *(("notebook packages", without(name), f"{name} is not installed", "run python3 start.py") for name in doctor.LAB),
    ("widgets", no_widgets, "JupyterLab would show no buttons", "run python3 start.py"),
    ("loopback", no_loopback, "127.0.0.1 does not answer (refused)", "allow it in the firewall, or play in-process"),
    ("server", no_server, "port 0 is in use or not allowed", "choose another"),
    ("server", no_login, "a login was answered 500", "run python3 start.py test, and report what fails"),
    ("notebooks", no_notebooks, "00_start_here.ipynb is not in", "start from a clone of the repository"),
]


@pytest.mark.parametrize(("name", "break_it", "says", "remedy"), MISSING, ids=[each[2] for each in MISSING])
def test_what_is_missing_is_one_line_with_its_remedy(
    name: str,
    break_it: Callable[[Patch, Path], None],
    says: str,
    remedy: str,
    tmp_path: Path,
    monkeypatch: Patch,
    capsys: Capture,
) -> None:
    break_it(monkeypatch, tmp_path)
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    *lines, last = captured.out.splitlines()
    failed = [line for line in lines if not line.startswith("ok    ")]
    assert len(lines) == len(doctor.CHECKS)
    assert len(failed) == 1
    assert failed[0].startswith(f"FAIL  {name}: {says}")
    assert remedy in failed[0]
    assert last == "1 missing: each line above says what to do."
    assert captured.err == ""


def test_what_is_optional_is_noted_and_nothing_is_missing(monkeypatch: Patch, capsys: Capture, tmp_path: Path) -> None:
    without("cryptography")(monkeypatch, tmp_path)
    assert doctor.report() == 0
    *lines, last = capsys.readouterr().out.splitlines()
    (noted,) = (line for line in lines if not line.startswith("ok    "))
    assert noted.startswith("note  RS256: cryptography is not installed; run python3 start.py")
    assert last == "All is there."


def test_all_that_is_missing_is_counted(tmp_path: Path, monkeypatch: Patch, capsys: Capture) -> None:
    no_widgets(monkeypatch, tmp_path)
    no_notebooks(monkeypatch, tmp_path)
    assert doctor.report() == 1
    assert capsys.readouterr().out.endswith("2 missing: each line above says what to do.\n")
