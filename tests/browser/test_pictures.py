"""The README's pictures of the stage, taken as a visitor would see it: `make screenshots` stores them."""

import os
from pathlib import Path
from typing import Any

import pytest

from .jupyter import ROOT, OnStage

pytestmark = pytest.mark.chromium

FOLDER = Path(os.environ.get("SANDBOX_SCREENSHOTS", ROOT / "build"))


@pytest.fixture
def revocation(stages: Any) -> OnStage:
    stages.emulate_media(reduced_motion="reduce")
    FOLDER.mkdir(parents=True, exist_ok=True)
    return OnStage(stages, 1).reset(level=4)


def take(stage: OnStage, name: str, part: Any = None) -> None:
    before = stage.page.viewport_size
    stage.page.set_viewport_size({"width": 1400, "height": 2600})
    stage.page.mouse.move(0, 0)
    stage.root.scroll_into_view_if_needed()
    stage.page.wait_for_timeout(600)
    (part or stage.root).screenshot(path=FOLDER / name)
    stage.page.set_viewport_size(before)
    assert (FOLDER / name).stat().st_size > 30_000


def test_a_picture_of_the_question(revocation: OnStage) -> None:
    revocation.to_level(3)
    revocation.step(2)
    revocation.choose(session="no", jwt="no", hybrid="yes")
    take(revocation, "stage_question.png")


def test_a_picture_of_the_answer(revocation: OnStage) -> None:
    revocation.step(2)
    revocation.choose(session="no", jwt="no", hybrid="yes")
    revocation.press("Lock prediction")
    revocation.press("Next")
    revocation.press("Skip the question")
    take(revocation, "stage.png")


def test_a_picture_of_a_flipped_switch_in_the_dark(revocation: OnStage) -> None:
    from .test_stage import use_theme

    revocation.step(3)
    revocation.press("Skip the question")
    switch = revocation.root.get_by_role("switch", name="denylist")
    switch.click()
    revocation.lane("jwt").locator(".sbx-arrow.mallory.changed").wait_for()
    use_theme(revocation.page, "JupyterLab Dark")
    take(revocation, "stage_switch.png")
    use_theme(revocation.page, "JupyterLab Light")
    switch.click()
    revocation.rest()


def test_a_picture_of_an_opened_arrow(revocation: OnStage) -> None:
    revocation.step(3)
    take(revocation, "stage_inspector.png", part=revocation.inspect("session", 0))
    revocation.page.keyboard.press("Escape")
