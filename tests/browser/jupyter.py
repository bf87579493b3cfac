"""JupyterLab and Notebook as a learner opens them, in a folder of their own, and the stages on their pages."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sandbox

ROOT = Path(sandbox.__file__).resolve().parent.parent
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LONG = 60_000
"""Real milliseconds."""


def clone(folder: Path, **notebooks: list[str]) -> Path:
    """The sandbox and its notebooks, copied: my/ here may be a learner's. More notebooks: by name, their code cells."""
    for name in ("sandbox", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "home").mkdir()
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    for name, cells in notebooks.items():
        empty = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        code = [{**empty, "id": f"c{at}", "source": cell} for at, cell in enumerate(cells)]
        content = {"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    return folder


@contextmanager
def running(folder: Path, *command: str, address: str) -> Iterator[str]:
    """The address that a server prints, by a pattern, while it runs."""
    home, log = str(folder / "home"), folder / f"{command[0]}.log"
    environment = {key: value for key, value in os.environ.items() if key != "SANDBOX_ANSWERS"}
    environment |= {"PYTHONPATH": str(folder), "HOME": home, "JUPYTER_RUNTIME_DIR": home}
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _printed(log, server, address)
    finally:
        server.terminate()
        server.wait(20)


def lab(folder: Path) -> Any:
    """JupyterLab as `python -m sandbox lab` opens it."""
    command = ("sandbox", "lab", "--no-browser", "--ServerApp.port_retries=50")
    return running(folder, *command, address=r"http://127\.0\.0\.1:\d+/lab/tree/my/00_start_here\.ipynb\?token=\w+")


def notebook(folder: Path) -> Any:
    """Jupyter Notebook 7, on the same folder."""
    command = ["notebook", "--no-browser", "--ServerApp.port_retries=50", "--ServerApp.ip=127.0.0.1"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return running(folder, *command, address=r"http://127\.0\.0\.1:\d+/tree\?token=\w+")


def _printed(log: Path, server: "subprocess.Popen[bytes]", pattern: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(pattern, log.read_text()):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"it did not start:\n{log.read_text()}")


def run_all(page: Any, address: str) -> None:
    """Open that notebook, and run all its cells to the end."""
    lab, idle = "/lab/" in address, page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first
    page.goto(f"{address}&reset")  # without what other pages have open
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=LONG)
    page.get_by_text("| Idle").wait_for(timeout=LONG) if lab else page.wait_for_timeout(5000)  # the kernel is there
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(".sbx-stage").first.wait_for(timeout=LONG)
    idle.wait_for(state="attached", timeout=LONG)


class OnStage:
    """One stage on a page, as a person uses it."""

    def __init__(self, page: Any, number: int = 0) -> None:
        self.page = page
        self.root = page.locator(".sbx-stage").nth(number)

    @property
    def status(self) -> Any:
        return self.root.get_by_role("status")

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=name, exact=True)

    def lane(self, mode: str) -> Any:
        return self.root.get_by_role("group", name=f"{mode} mode")

    def press(self, name: str) -> None:
        """Click a button, and wait until the kernel has done what it stands for; before it, what is under way."""
        self.rest()
        self.button(name).click()
        self.page.wait_for_timeout(100)  # what the kernel does at once is not announced
        self.rest()

    def rest(self) -> None:
        from playwright.sync_api import expect

        expect(self.root.locator(".sbx-main")).to_have_attribute("aria-busy", "false", timeout=LONG)

    def reset(self, level: int = 3) -> "OnStage":
        """Back at its start, at that level, under the preset that it began with."""
        from playwright.sync_api import expect

        self.root.scroll_into_view_if_needed()
        self.press("Reset")
        expect(self.status).to_contain_text("Before the first step.")
        self.to_level(level)
        return self

    def to_level(self, level: int) -> None:
        while (here := int(self.root.get_by_text(re.compile(r"^level \d of 4$")).inner_text().split()[1])) != level:
            self.button("Show more" if here < level else "Show less").click()

    def step(self, times: int = 1) -> None:
        """Go on so many steps, and skip what is asked."""
        from playwright.sync_api import expect

        for _ in range(times):
            here = self.root.locator(".sbx-rail li").count()
            if self.button("Skip the question").count() and self.button("Skip the question").is_enabled():
                self.press("Skip the question")
            self.press("Next")
            expect(self.root.locator(".sbx-rail li")).to_have_count(here + 1, timeout=LONG)

    def run(self) -> None:
        self.press("Run all")
        self.page.wait_for_timeout(100)

    def choose(self, **choices: str) -> None:
        for mode, choice in choices.items():
            self.root.get_by_role("group", name=mode, exact=True).get_by_label(choice, exact=True).check()

    def arrow(self, mode: str, number: int = 0) -> Any:
        return self.lane(mode).locator(".sbx-arrow button").nth(number)

    def inspect(self, mode: str, number: int = 0) -> Any:
        """Open an arrow: the dialog."""
        self.arrow(mode, number).click()
        dialog = self.root.get_by_role("dialog")
        dialog.wait_for()
        return dialog
