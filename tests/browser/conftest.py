"""Where Chromium is, or that it is missing."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program. Without it the test is skipped, or fails where SANDBOX_REQUIRE_CHROMIUM=1 says so."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := shutil.which(name):
            return program
    if os.environ.get("SANDBOX_REQUIRE_CHROMIUM") == "1":
        pytest.fail("Chromium is not installed, and SANDBOX_REQUIRE_CHROMIUM=1 forbids to skip this test")
    pytest.skip("Chromium is not installed: on Debian, apt install chromium")
