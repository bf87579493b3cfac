"""A learner's way through JupyterLab: `lab` opens it, Chromium runs a notebook and clicks a story to its end."""

from collections.abc import Iterator
from typing import Any

import pytest

import sandbox
from sandbox.views import words

from . import jupyter

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def page(browser: Any, lab: str) -> Iterator[Any]:
    """The theft's notebook, all of its cells run."""
    page = browser.new_page(viewport={"width": 1400, "height": 1400})
    jupyter.run_all(page, lab.replace("00_start_here", "02_theft"))
    yield page
    page.close()


def test_theft_is_clicked_to_its_end_and_the_page_shows_the_measured_verdicts(page: Any) -> None:
    from playwright.sync_api import expect

    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    stage = jupyter.OnStage(page).reset()
    stage.step(4)
    measured = sandbox.play("theft", preset="as_written", transport="in-process").run()
    for mode in ("session", "jwt"):  # the notebook looks at these two first
        expect(stage.lane(mode)).to_contain_text(words.verdict(measured[mode]))
    expect(page.locator(".Toastify__toast")).to_have_count(0)  # no offers of news over the lesson
    assert not problems


def test_run_all_stops_where_a_prediction_is_asked_for(page: Any) -> None:
    from playwright.sync_api import expect

    refused = page.locator(".jp-OutputArea-output", has_text="PredictionRefused")
    expect(refused).to_have_count(1)
    assert refused.inner_text().splitlines()[0] == (
        'PredictionRefused: predict first: put "yes" or "no", with the quotes, in place of ...'
    )


def test_an_interrupted_click_is_said_and_the_next_one_goes_on(page: Any) -> None:
    from playwright.sync_api import expect

    stage = jupyter.OnStage(page).reset(level=4)
    stage.root.get_by_text("All switches").click()
    stage.root.get_by_label("Preset").select_option("as_advised")
    expect(stage.root.get_by_text("preset as_advised").first).to_be_visible()
    stage.step(3)
    stage.press("Skip the question")
    stage.button("Next").click()  # the long one: a search
    expect(stage.status).to_contain_text("Working: Mallory keeps coming back")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Interrupt Kernel", exact=True).click()
    expect(stage.status).to_contain_text("Interrupted", timeout=20_000)
    stage.press("Next")
    expect(stage.status).to_contain_text("replayed up to here", timeout=60_000)
