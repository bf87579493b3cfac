"""A learner's way through JupyterLab: `lab` opens it, Chromium runs a notebook and clicks a story to its end."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.exchange import MODES
from sandbox.views import words

ROOT = Path(sandbox.__file__).resolve().parent.parent
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOT = Path(os.environ.get("SANDBOX_SCREENSHOT", ROOT / "build" / "02_theft.png"))

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that `python -m sandbox lab` opened, on a copy: my/ here may be a learner's."""
    tmp_path = tmp_path_factory.mktemp("clone")
    for folder in ("sandbox", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    home = tmp_path / "home"
    home.mkdir()
    log = tmp_path / "lab.log"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "HOME": str(home), "JUPYTER_RUNTIME_DIR": str(home)}
    command = [sys.executable, "-m", "sandbox", "lab", "--no-browser", "--ServerApp.port_retries=50"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _address(log, server)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def page(chromium: str, lab: str) -> Iterator[Any]:
    """The theft's notebook, all of its cells run."""
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.goto(lab.replace("00_start_here", "02_theft"))
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.get_by_text("Python 3", exact=False).first.wait_for(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_role("button", name="Next", exact=True).first.wait_for(timeout=60_000)
        expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
        yield page
        browser.close()


def _player(page: Any) -> Any:
    """The first player of the page, back at its start."""
    player = page.locator(".jp-OutputArea-output", has=page.get_by_role("button", name="Next", exact=True)).first
    player.get_by_role("button", name="Reset", exact=True).click()
    player.get_by_text("Before the first step.").wait_for(timeout=20_000)
    return player


def _address(log: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab/tree/my/00_start_here\.ipynb\?token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def _go_to(player: Any, last: int) -> None:
    """Click Next, and skip the questions, until that step or the end."""
    from playwright.sync_api import expect

    skip = player.get_by_role("button", name="Skip the question", exact=True)
    for number in range(1, last + 1):
        if skip.is_visible() and skip.is_enabled():
            skip.click()
        player.get_by_role("button", name="Next", exact=True).click()
        expect(player.get_by_role("status")).to_contain_text(f"Step {number}:", timeout=30_000)
        if "The end." in player.get_by_role("status").inner_text():
            break


def test_theft_is_clicked_to_its_end_and_the_page_shows_the_measured_verdicts(page: Any) -> None:
    from playwright.sync_api import expect

    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    player = _player(page)
    _go_to(player, 20)

    shown = {mode: player.get_by_role("group", name=f"{mode} mode").inner_text() for mode in MODES}
    expect(page.locator(".Toastify__toast")).to_have_count(0)  # no offers of news over the lesson
    SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
    player.scroll_into_view_if_needed()
    player.screenshot(path=SCREENSHOT)

    measured = sandbox.play("theft", preset="as_written", transport="in-process").run()
    for mode in MODES:
        assert words.verdict(measured[mode]) in shown[mode]
    assert not problems


def test_an_interrupted_click_is_said_and_the_next_one_goes_on(page: Any) -> None:
    from playwright.sync_api import expect

    player, status = _player(page), page.get_by_role("status").first
    player.get_by_label("Preset", exact=True).select_option("as_advised")
    expect(player.get_by_text("preset as_advised").first).to_be_visible()
    _go_to(player, 3)
    player.get_by_role("button", name="Skip the question", exact=True).click()
    player.get_by_role("button", name="Next", exact=True).click()  # the long one: a search of some seconds
    expect(status).to_contain_text("Working: Mallory keeps coming back")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Interrupt Kernel", exact=True).click()
    expect(status).to_contain_text("Interrupted", timeout=20_000)
    player.get_by_role("button", name="Next", exact=True).click()
    expect(status).to_contain_text("replayed up to here", timeout=60_000)
