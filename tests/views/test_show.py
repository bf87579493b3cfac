"""A notebook is shown the widget and its text twin; where no kernel runs, the text alone."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from sandbox.player import Player
from sandbox.scenarios import story
from sandbox.views import text
from sandbox.views.show import Notebook

WIDGET = "application/vnd.jupyter.widget-view+json"


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
def test_without_a_kernel_there_is_text_alone(player: Player) -> None:
    assert player._repr_mimebundle_() == {"text/plain": text.render(player.shown)}


@pytest.mark.usefixtures("kernel")
def test_in_a_kernel_there_is_the_widget_and_the_same_text(player: Player) -> None:
    bundle = player._repr_mimebundle_()
    assert set(bundle) == {"text/plain", WIDGET}
    assert bundle["text/plain"] == text.render(player.shown)
    assert len(bundle[WIDGET]["model_id"]) == 32


@pytest.mark.usefixtures("kernel")
def test_a_kernel_without_widgets_gets_the_text(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert set(player._repr_mimebundle_()) == {"text/plain"}


@pytest.mark.usefixtures("kernel")
def test_the_widget_that_is_shown_is_this_players(player: Player) -> None:
    from ipywidgets.widgets import widget

    found = widget._instances[player._repr_mimebundle_()[WIDGET]["model_id"]]
    heading = found.children[0]
    assert "preset as_written" in heading.value
    player.switch("bare")
    assert "preset bare" in heading.value


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
