"""Where Chromium is, or that it is missing; JupyterLab on a copy of the sandbox, and a page with stages on it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import jupyter

STAGES = [
    "import sandbox\nsandbox.play('theft', level=3)",
    "sandbox.play('revocation', level=4)",
    "sandbox.play('login', modes=('session',), level=1)",
]
"""What the page of stages plays."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program. Without it the test is skipped, or fails where SANDBOX_REQUIRE_CHROMIUM=1 says so."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := shutil.which(name):
            return program
    if os.environ.get("SANDBOX_REQUIRE_CHROMIUM") == "1":
        pytest.fail("Chromium is not installed, and SANDBOX_REQUIRE_CHROMIUM=1 forbids to skip this test")
    pytest.skip("Chromium is not installed: on Debian, apt install chromium")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sandbox, with a notebook `stages` beside its own."""
    return jupyter.clone(tmp_path_factory.mktemp("clone"), stages=STAGES)


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that `python -m sandbox lab` opened there."""
    with jupyter.lab(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=jupyter.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stages(browser: Any, lab: str) -> Iterator[Any]:
    """The page of stages in JupyterLab, all of its cells run."""
    may = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1400, "height": 1600}, permissions=may)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    jupyter.run_all(page, lab.replace("00_start_here", "stages"))
    yield page
    context.close()
