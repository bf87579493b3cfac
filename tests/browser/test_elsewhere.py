"""The stage in Jupyter Notebook 7, and its picture in nbconvert's page, where no network is."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter

import sandbox
from sandbox.exchange import MODES
from sandbox.views import words

from . import jupyter

pytestmark = pytest.mark.chromium


def test_a_story_is_clicked_to_its_end_in_notebook_7(browser: Any, folder: Path) -> None:
    from playwright.sync_api import expect

    with jupyter.notebook(folder) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        jupyter.run_all(page, address.replace("/tree", "/notebooks/notebooks/stages.ipynb"))
        stage, cells = jupyter.OnStage(page), page.locator(".jp-Notebook .jp-Cell").count()
        stage.step(4)
        measured = sandbox.play("theft", transport="in-process").run()
        for mode in MODES:
            expect(stage.lane(mode)).to_contain_text(words.verdict(measured[mode]))
        assert "GET /jwt/profile HTTP/1.1" in stage.inspect("jwt", 0).inner_text()
        page.keyboard.press("Escape")
        expect(stage.root.get_by_role("dialog")).to_be_hidden()
        stage.button("Reset").focus()
        page.keyboard.press("b")
        expect(stage.status).to_contain_text("Step 3:")
        assert page.locator(".jp-Notebook .jp-Cell").count() == cells  # to Jupyter, B is a new cell
        page.close()


def test_an_exported_notebook_shows_the_storyboard_without_network(browser: Any, tmp_path: Path) -> None:
    notebook = nbformat.read(jupyter.ROOT / "notebooks" / "02_theft.ipynb", as_version=4)
    exported, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "theft.html").write_text(exported, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    page.route(re.compile("^(?!file:)"), lambda route: route.abort())
    page.goto((tmp_path / "theft.html").as_uri())
    pictures = page.get_by_role("img", name="Theft, preset as_written, loot=all, bcrypt cost 4: the storyboard.")
    assert pictures.count() == 2
    last = pictures.last
    last.scroll_into_view_if_needed()
    assert last.evaluate("image => image.complete && image.naturalWidth === 1000 && image.naturalHeight > 1500")
    page.get_by_text("Theft as text").last.click()
    said = page.locator("details pre").last.inner_text()
    for outcome in sandbox.play("theft", transport="in-process").run().values():
        assert words.verdict(outcome).partition(": ")[2] in " ".join(said.split())
    page.close()
