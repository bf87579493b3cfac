"""Opens JupyterLab on the learner's own copies of notebooks and exercises, under `my/`: never overwritten."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError

ROOT = Path(__file__).resolve().parent.parent
FIRST = "00_start_here.ipynb"
_BESIDE = re.compile(r"\]\(\.\./(notebooks|exercises)/")
"""How a notebook links to an exercise, and an exercise to a notebook: the copies lie side by side."""


def open_lab(*, fresh: bool, arguments: Sequence[str]) -> int:
    """Copy what is not there yet, then run JupyterLab until it is closed; its exit status. Raises SandboxError."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise SandboxError("jupyterlab is not installed: run python3 start.py, which installs it into .venv")
    mine = copy_notebooks(ROOT, fresh=fresh)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command += [f"--LabApp.default_url=/lab/tree/{mine.name}/{FIRST}"]
    command += [f"--LabApp.app_settings_dir={lesson_settings(mine)}", *arguments]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in arguments:
        print("You are root: JupyterLab is started with --allow-root.", file=sys.stderr)
        command.insert(3, "--allow-root")
    print(f"Your notebooks are in {mine}: they are yours, and stay as you leave them.", file=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no JupyterLab is left behind
    child = subprocess.Popen(command)
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # JupyterLab got it too, and asks before it stops
                continue
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def copy_notebooks(root: Path, *, fresh: bool = False) -> Path:
    """`root/my`, holding a copy of each of `root/notebooks` and `root/exercises`. What is there already stays as it is.

    `fresh`: set the learner's copies aside first, in a folder of their own. Raises SandboxError.
    """
    originals, mine = root / "notebooks", root / "my"
    if not (originals / FIRST).is_file():
        raise SandboxError(f"there are no notebooks in {originals}: start from a clone of the repository")
    mine.mkdir(exist_ok=True)
    if fresh:
        _set_aside(mine)
    for original in [*sorted(originals.iterdir()), *sorted((root / "exercises").glob("*.ipynb"))]:
        copy = mine / original.name
        if copy.exists() or original.name.startswith("."):
            continue
        unfinished = mine / f".{original.name}.part"
        if original.suffix == ".ipynb":
            unfinished.write_text(to_be_answered(original.read_text(encoding="utf-8")), encoding="utf-8")
            unfinished.replace(copy)
        elif original.is_file():
            shutil.copyfile(original, unfinished)
            unfinished.replace(copy)
        elif original.is_dir():  # pictures of the pages beside them
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(original, unfinished)
            unfinished.replace(copy)
    return mine


def lesson_settings(mine: Path) -> Path:
    """A settings folder for JupyterLab: no offers of news and updates, and clicks that can be interrupted.

    By default JupyterLab sends a widget's clicks to a thread of their own, which no interrupt reaches.
    """
    folder = mine / ".jupyterlab"
    folder.mkdir(exist_ok=True)
    settings = {
        "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
        "@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"},
    }
    (folder / "overrides.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def to_be_answered(notebook: str) -> str:
    """The notebook's JSON as a learner gets it: nothing is told before it is run, and no prediction is made yet.

    Outputs and execution counts are cleared. In a line `guess = {"jwt": "no"}` each answer becomes `...`, which
    `player.predict` refuses: Run All stops there.
    """
    content = json.loads(notebook)
    for cell in content["cells"]:
        as_text = isinstance(cell["source"], str)
        lines = cell["source"].splitlines(keepends=True) if as_text else cell["source"]
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            lines = [_unanswered(line) if line.startswith("guess = ") else line for line in lines]
        else:
            lines = [_BESIDE.sub("](", line) for line in lines]
        cell["source"] = "".join(lines) if as_text else lines
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _unanswered(line: str) -> str:
    """`guess = {"jwt": ...}  # yours?` for `guess = {"jwt": "no"}  # yours?`. Raises SyntaxError for half a line."""
    statement = ast.parse(line).body[0]
    assert isinstance(statement, ast.Assign)
    answer, blank = statement.value, ast.Constant(...)
    if isinstance(answer, ast.Dict):
        blanked: ast.expr = ast.Dict(answer.keys, [blank for _ in answer.values])
    else:
        blanked = blank
    written = ast.unparse(blanked).replace("'", '"')
    after = line.encode()[answer.end_col_offset :].decode()  # ast counts bytes
    return f"guess = {written}{after}"


def _set_aside(mine: Path) -> None:
    number = 1
    while (aside := mine / f"set-aside-{number}").exists():
        number += 1
    kept = [each for each in mine.iterdir() if not each.name.startswith(("set-aside-", "."))]
    if not kept:
        return
    aside.mkdir()
    for each in kept:
        each.rename(aside / each.name)
    print(f"Your earlier copies are in {aside}.", file=sys.stderr)
