"""A learner's way through JupyterLab: `lab` opens it, Chromium runs a notebook and clicks a story to its end."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox.exchange import MODES
from sandbox.views import words

ROOT = Path(sandbox.__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOT = Path(os.environ.get("SANDBOX_SCREENSHOT", ROOT / "build" / "02_theft.png"))

pytestmark = pytest.mark.chromium


@pytest.fixture
def chromium() -> str:
    if CHROMIUM:
        return CHROMIUM
    if os.environ.get("SANDBOX_REQUIRE_CHROMIUM") == "1":
        pytest.fail("Chromium is not installed, and SANDBOX_REQUIRE_CHROMIUM=1 forbids to skip this test")
    pytest.skip("Chromium is not installed: on Debian, apt install chromium")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab that `python -m sandbox lab` opened, on a copy: my/ here may be a learner's."""
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


def _address(log: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab/tree/my/00_start_here\.ipynb\?token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def test_theft_is_clicked_to_its_end_and_the_page_shows_the_measured_verdicts(chromium: str, lab: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(lab.replace("00_start_here", "02_theft"))
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.get_by_text("Python 3", exact=False).first.wait_for(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()

        player = page.locator(".jp-OutputArea-output", has=page.get_by_role("button", name="Next", exact=True)).first
        player.wait_for(timeout=60_000)
        expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
        player.get_by_role("button", name="Reset", exact=True).click()
        player.get_by_text("Before the first step.").wait_for(timeout=20_000)

        status = player.get_by_role("status")
        skip = player.get_by_role("button", name="Skip the question", exact=True)
        for number in range(1, 20):
            if skip.is_visible() and skip.is_enabled():
                skip.click()
            player.get_by_role("button", name="Next", exact=True).click()
            expect(status).to_contain_text(f"Step {number}:", timeout=30_000)
            if "The end." in status.inner_text():
                break

        shown = {mode: player.get_by_role("group", name=f"{mode} mode").inner_text() for mode in MODES}
        expect(page.locator(".Toastify__toast")).to_have_count(0)  # no offers of news over the lesson
        SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
        player.scroll_into_view_if_needed()
        player.screenshot(path=SCREENSHOT)
        browser.close()

    measured = sandbox.play("theft", preset="as_written", transport="in-process").run()
    for mode in MODES:
        assert words.verdict(measured[mode]) in shown[mode]
    assert not problems

