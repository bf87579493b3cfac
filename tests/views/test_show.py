"""A notebook is shown the stage and its twins, a text and a picture; where no kernel runs, the twins alone."""

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import pytest

import sandbox
from sandbox.answers import answers
from sandbox.errors import BadInput
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.scenarios import story
from sandbox.views import text
from sandbox.views.show import Notebook
from sandbox.views.stage import storyboard, twin

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "text/html"


@pytest.fixture
def player() -> Iterator[Player]:
    player = Player(story("theft"), transport="in-process").show_with(Notebook())
    player.step()
    yield player
    player.close()


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a notebook's process has loaded."""
    ipykernel = ModuleType("ipykernel")
    ipykernel.version_info = (7, 0, 0)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipykernel", ipykernel)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)


@pytest.mark.usefixtures("terminal")
def test_without_a_kernel_there_are_the_twins_alone(player: Player) -> None:
    twins = {"text/plain": text.render(player.shown), PICTURE: twin.render(player.shown)}
    assert player._repr_mimebundle_() == twins


@pytest.mark.usefixtures("kernel")
def test_in_a_kernel_there_is_the_stage_and_the_same_twins(player: Player) -> None:
    bundle = player._repr_mimebundle_()
    assert set(bundle) == {"text/plain", PICTURE, WIDGET}
    assert bundle["text/plain"] == text.render(player.shown)
    assert len(bundle[WIDGET]["model_id"]) == 32


@pytest.mark.usefixtures("kernel")
def test_a_kernel_without_widgets_gets_the_twins(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert set(player._repr_mimebundle_()) == {"text/plain", PICTURE}


@pytest.mark.usefixtures("kernel")
def test_the_widget_that_is_shown_is_this_players(player: Player) -> None:
    from ipywidgets.widgets import widget

    found = widget._instances[player._repr_mimebundle_()[WIDGET]["model_id"]]
    assert "preset as_written" in found.picture["about"]
    player.switch("bare")
    assert "preset bare" in found.picture["about"]


@pytest.mark.usefixtures("kernel")
def test_a_player_that_is_shown_twice_has_one_widget(player: Player) -> None:
    first = player._repr_mimebundle_()[WIDGET]
    player.step()
    assert player._repr_mimebundle_()[WIDGET] == first
    assert len(player._watchers) == 1


def test_the_text_is_of_the_page_that_is_shown(player: Player) -> None:
    assert player.text() == text.render(player.shown)
    player.run()
    assert player.text() == text.render(player.record)
    assert player.text(step=True) == text.render_step(player.record, player.record.steps[-1])
    player.back()
    assert "Outcome" not in player.text()
    assert player.text(step=True) == text.render_step(player.record, player.record.steps[-2])


def test_before_the_first_step_the_text_says_so(player: Player) -> None:
    player.reset()
    assert "(no step has run yet)" in player.text()
    assert player.text(step=True) == player.text()


def test_the_html_twin_has_the_storyboard_and_the_text_and_no_more(player: Player) -> None:
    html = twin.render(player.shown)
    found = re.fullmatch(r'<img alt="([^"]*)" src="data:image/svg\+xml,([^"]*)" [^<]*>(<details>.*)', html, re.S)
    assert found
    assert found[1] == "Theft, preset as_written, loot=all, bcrypt cost 4: the storyboard. The same follows as text."
    assert unquote(found[2]) == storyboard.render(player.shown)
    assert escape(text.render(player.shown)) in found[3]


# Answers -----------------------------------------------------------------


@pytest.mark.usefixtures("kernel")
def test_what_is_predicted_in_a_kernel_is_kept_in_the_learners_file(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_ANSWERS", str(tmp_path / "mine.jsonl"))
    player._repr_mimebundle_()
    player.step()
    player.predict("no", confidence="certain")
    player.step()
    kept = list(answers(tmp_path / "mine.jsonl"))
    assert [(each.question, each.mode, each.choice, each.happened) for each in kept] == [
        ("theft/1", mode, "no", "yes") for mode in MODES
    ]
    assert {(each.confidence, each.misconception, each.attempt) for each in kept} == {("certain", "theft/1/no", 1)}


@pytest.mark.usefixtures("kernel")
def test_nothing_is_kept_where_keeping_is_off(player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SANDBOX_ANSWERS", "off")
    player._repr_mimebundle_()
    player.step()
    player.predict("no")
    player.step()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("level", [0, 5, "2", None])
def test_a_level_that_is_none_is_refused(level: Any) -> None:
    with pytest.raises(BadInput, match="the stage has the levels 1 to 4"):
        sandbox.play("theft", level=level, transport="in-process")
