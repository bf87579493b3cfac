"""`lab` opens JupyterLab on the learner's own copies, never writes over them, and leaves nothing running."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import lab
from sandbox.__main__ import main
from sandbox.errors import SandboxError
from sandbox.lab import FIRST, copy_notebooks, open_lab, to_be_answered

ROOT = Path(__file__).resolve().parent.parent
ORIGINALS = sorted((ROOT / "notebooks").glob("*.ipynb"))

Capture = pytest.CaptureFixture[str]


def notebook(*sources: str) -> str:
    """A notebook's JSON: a Markdown cell, and executed code cells with an output each."""
    code = [
        {"cell_type": "code", "source": source, "execution_count": number, "metadata": {},
         "outputs": [{"output_type": "stream", "name": "stdout", "text": "told before it is run"}]}
        for number, source in enumerate(sources, 1)
    ]  # fmt: skip
    markdown = {"cell_type": "markdown", "source": "# Grüße", "metadata": {}}
    return json.dumps({"cells": [markdown, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the repository, as far as `lab` looks at it."""
    originals = tmp_path / "notebooks"
    originals.mkdir()
    (originals / FIRST).write_text(notebook("1 + 1"), encoding="utf-8")
    (originals / "01_login.ipynb").write_text(notebook("2", "3"), encoding="utf-8")
    (originals / "notes.md").write_text("notes", encoding="utf-8")
    (originals / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    (originals / ".hidden").write_text("", encoding="utf-8")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


# The copies ----------------------------------------------------------


def test_each_notebook_is_copied_with_nothing_told_before_it_is_run(clone: Path) -> None:
    mine = copy_notebooks(clone)
    assert mine == clone / "my"
    assert names(mine) == [FIRST, "01_login.ipynb", "notes.md", "picture.png"]
    copied = (mine / "01_login.ipynb").read_text(encoding="utf-8")
    assert "told before" not in copied
    markdown, *code = json.loads(copied)["cells"]
    assert markdown["source"] == "# Grüße"
    assert [(cell["source"], cell["outputs"], cell["execution_count"]) for cell in code] == [
        ("2", [], None), ("3", [], None),
    ]  # fmt: skip


def test_what_is_no_notebook_is_copied_as_it_is(clone: Path) -> None:
    mine = copy_notebooks(clone)
    for name in ("notes.md", "picture.png"):
        assert (mine / name).read_bytes() == (clone / "notebooks" / name).read_bytes()


def test_the_originals_keep_their_outputs(clone: Path) -> None:
    before = {each.name: each.read_bytes() for each in (clone / "notebooks").iterdir()}
    copy_notebooks(clone)
    copy_notebooks(clone, fresh=True)
    assert {each.name: each.read_bytes() for each in (clone / "notebooks").iterdir()} == before


def test_a_copy_is_never_written_over(clone: Path) -> None:
    mine = copy_notebooks(clone)
    (mine / FIRST).write_text("my own work", encoding="utf-8")
    (mine / "notes.md").write_text("my own notes", encoding="utf-8")
    (clone / "notebooks" / FIRST).write_text(notebook("new"), encoding="utf-8")
    copy_notebooks(clone)
    assert (mine / FIRST).read_text(encoding="utf-8") == "my own work"
    assert (mine / "notes.md").read_text(encoding="utf-8") == "my own notes"


def test_what_is_new_comes_beside_the_old(clone: Path) -> None:
    mine = copy_notebooks(clone)
    (mine / FIRST).write_text("my own work", encoding="utf-8")
    (clone / "notebooks" / "05_new.ipynb").write_text(notebook("5"), encoding="utf-8")
    copy_notebooks(clone)
    assert "05_new.ipynb" in names(mine)
    assert (mine / FIRST).read_text(encoding="utf-8") == "my own work"


def test_a_copy_that_was_broken_off_is_made_anew(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a notebook under its own name would never be written over."""
    write = Path.write_text

    def interrupted(path: Path, text: str, **how: Any) -> int:
        write(path, text[:20], **how)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", interrupted)
        with pytest.raises(KeyboardInterrupt):
            copy_notebooks(clone)
    mine = copy_notebooks(clone)
    assert json.loads((mine / FIRST).read_text(encoding="utf-8"))["cells"]
    assert names(mine) == [FIRST, "01_login.ipynb", "notes.md", "picture.png"]


def test_fresh_copies_set_the_old_ones_aside_each_time_in_a_folder_of_their_own(clone: Path, capsys: Capture) -> None:
    for number in (1, 2):
        mine = copy_notebooks(clone)
        (mine / FIRST).write_text(f"my work {number}", encoding="utf-8")
        (mine / "own.ipynb").write_text(f"my own {number}", encoding="utf-8")
        copy_notebooks(clone, fresh=True)
        assert json.loads((mine / FIRST).read_text(encoding="utf-8"))["cells"]
        assert f"Your earlier copies are in {mine / f'set-aside-{number}'}." in capsys.readouterr().err
    for number in (1, 2):
        aside = mine / f"set-aside-{number}"
        assert (aside / FIRST).read_text(encoding="utf-8") == f"my work {number}"
        assert (aside / "own.ipynb").read_text(encoding="utf-8") == f"my own {number}"
    assert names(mine) == [FIRST, "01_login.ipynb", "notes.md", "picture.png", "set-aside-1", "set-aside-2"]


def test_without_notebooks_the_remedy_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"there are no notebooks in .*: start from a clone of the repo") as no:
        copy_notebooks(tmp_path)
    assert len(str(no.value).splitlines()) == 1
    assert names(tmp_path) == []


def test_without_notebooks_lab_exits_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    assert main(["lab"]) == 2
    assert capsys.readouterr().err.startswith("sandbox: there are no notebooks in ")


@pytest.mark.parametrize("original", ORIGINALS, ids=lambda path: path.name)
def test_of_a_real_notebook_all_is_kept_but_outputs_and_counts(original: Path) -> None:
    content = original.read_text(encoding="utf-8")
    before, after = json.loads(content), json.loads(to_be_answered(content))
    assert len(ORIGINALS) >= 5
    assert any(cell.get("outputs") for cell in before["cells"])
    for cell in before["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    for cell in (*before["cells"], *after["cells"]):
        kept = [line for line in cell["source"] if not line.startswith("guess = ")]
        cell["source"] = [re.sub(r"\]\(\.\./(notebooks|exercises)/", "](", line) for line in kept]
    assert after == before


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ('guess = {"jwt": "no", "hybrid": "a \'b\'"}  # yours? "yes" or "no"\n',
         'guess = {"jwt": ..., "hybrid": ...}  # yours? "yes" or "no"\n'),
        ('guess = {"jwt": "für immer"}  # yours? "für immer"', 'guess = {"jwt": ...}  # yours? "für immer"'),
        ("guess = 3  # reads?", "guess = ...  # reads?"), ('guess = "no"\n', "guess = ...\n"),
        ("    guess = 3", "    guess = 3"), ("guesses = 3", "guesses = 3"),
    ],
)  # fmt: skip
def test_a_guess_is_to_be_made_anew(line: str, asked: str) -> None:
    cell = {"cell_type": "code", "source": [line], "outputs": [], "execution_count": 1}
    assert "".join(json.loads(to_be_answered(json.dumps({"cells": [cell]})))["cells"][0]["source"]) == asked


def test_what_a_copied_notebook_links_to_is_there_too(tmp_path: Path) -> None:
    for folder in ("notebooks", "exercises"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    mine = copy_notebooks(tmp_path)
    assert (mine / "ex02_session_fixation.ipynb").is_file()
    assert not (mine / "solutions").exists()
    links = {
        (path.name, link)
        for path in mine.glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
        for link in re.findall(r"""\]\(([^)#\s]+)|(?:src|href)=["']([^"'#]+)""", "".join(cell["source"]))
        for link in link
        if link and not re.match(r"[a-z]+:", link)
    }
    assert len(links) >= 10
    assert [(name, link) for name, link in sorted(links) if not (mine / link).exists()] == []


# JupyterLab ----------------------------------------------------------


class Child:
    """Stands in for JupyterLab: `waits` is what each wait gives or raises."""

    def __init__(self, command: list[str], waits: list[int | BaseException]) -> None:
        self.command, self.waits = command, waits
        self.ended: int | None = None
        self.terminated = False

    def wait(self) -> int:
        step = 0 if self.terminated else self.waits.pop(0)
        if isinstance(step, BaseException):
            raise step
        self.ended = step
        return step

    def poll(self) -> int | None:
        return self.ended

    def terminate(self) -> None:
        self.terminated = True


@pytest.fixture
def opened(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`opened(waits)`: what `lab` would start in the clone, as a plain user; the handler of SIGTERM is put back."""
    before = signal.getsignal(signal.SIGTERM)
    started: list[Child] = []
    waits: list[int | BaseException] = [0]

    def start(command: list[str]) -> Child:
        started.append(Child(command, waits))
        return started[-1]

    monkeypatch.setattr(lab, "ROOT", clone)
    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)

    def open_one(*arguments: str, given: list[int | BaseException] | None = None) -> tuple[int, Child]:
        waits[:] = given or [0]
        try:
            status = open_lab(fresh=False, arguments=arguments)
        except SystemExit as ended:
            status = int(str(ended.code))
        return status, started[-1]

    open_one.started = started  # type: ignore[attr-defined]
    yield open_one
    signal.signal(signal.SIGTERM, before)


def test_jupyterlab_opens_on_the_first_of_the_copies(opened: Any, clone: Path, capsys: Capture) -> None:
    status, child = opened()
    assert status == 0
    assert child.command == [
        sys.executable, "-m", "jupyterlab",
        f"--ServerApp.root_dir={clone}",
        "--LabApp.default_url=/lab/tree/my/00_start_here.ipynb",
        f"--LabApp.app_settings_dir={clone / 'my' / '.jupyterlab'}",
    ]  # fmt: skip
    assert (clone / "my" / FIRST).is_file()
    captured = capsys.readouterr()
    assert captured.err == f"Your notebooks are in {clone / 'my'}: they are yours, and stay as you leave them.\n"
    assert captured.out == ""


def test_further_arguments_go_to_jupyterlab(opened: Any) -> None:
    _, child = opened("--no-browser", "--port=9999")
    assert child.command[-2:] == ["--no-browser", "--port=9999"]


def test_the_verb_passes_on_what_it_does_not_know(opened: Any) -> None:
    assert main(["lab", "--fresh", "--no-browser", "--port", "9999"]) == 0
    assert opened.started[-1].command[-3:] == ["--no-browser", "--port", "9999"]
    assert "--fresh" not in opened.started[-1].command


def test_no_news_disturb_the_lesson_and_clicks_can_be_interrupted(opened: Any, clone: Path) -> None:
    opened()
    overrides = json.loads((clone / "my" / ".jupyterlab" / "overrides.json").read_text(encoding="utf-8"))
    assert overrides == {
        "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
        "@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"},
    }


def test_root_gets_what_root_needs_and_is_told_so(
    opened: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    _, child = opened("--no-browser")
    assert child.command.count("--allow-root") == 1
    assert child.command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "You are root: JupyterLab is started with --allow-root." in capsys.readouterr().err
    _, child = opened("--allow-root")
    assert child.command.count("--allow-root") == 1
    assert "You are root" not in capsys.readouterr().err


def test_nobody_else_gets_it(opened: Any, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    _, child = opened()
    assert "--allow-root" not in child.command
    monkeypatch.delattr(os, "geteuid")  # Windows has none
    _, child = opened()
    assert "--allow-root" not in child.command
    assert "You are root" not in capsys.readouterr().err


def test_the_status_is_jupyterlabs(opened: Any) -> None:
    status, child = opened(given=[3])
    assert (status, child.terminated) == (3, False)


def test_an_interrupt_is_left_to_jupyterlab_which_asks_first(opened: Any) -> None:
    status, child = opened(given=[KeyboardInterrupt(), KeyboardInterrupt(), 0])
    assert (status, child.terminated, child.waits) == (0, False, [])


def test_what_breaks_the_wait_ends_jupyterlab(opened: Any) -> None:
    with pytest.raises(OSError, match="broken"):
        opened(given=[OSError("broken")])
    assert opened.started[-1].terminated


def test_a_request_to_stop_is_passed_on(opened: Any) -> None:
    opened()
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    with pytest.raises(SystemExit) as ended:
        handler(signal.SIGTERM, None)
    assert ended.value.code == 143
    status, child = opened(given=[SystemExit(143)])
    assert (status, child.terminated) == (143, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a process can't be sent SIGTERM there")
def test_no_jupyterlab_outlives_a_killed_lab(clone: Path) -> None:
    """A real process that stands in for JupyterLab: it is gone when `lab` is."""
    script = textwrap.dedent(
        """
        import subprocess, sys
        from pathlib import Path
        from sandbox import lab
        start = subprocess.Popen
        sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
        subprocess.Popen = lambda command: start([sys.executable, "-c", sleeper])
        lab.ROOT = Path(sys.argv[1])
        sys.exit(lab.open_lab(fresh=False, arguments=[]))
        """
    )
    command = [sys.executable, "-c", script, str(clone)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.terminate()
        assert process.wait(20) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
