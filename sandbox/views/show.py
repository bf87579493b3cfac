"""How a notebook shows a player: the widget where there is one, and always the text twin."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from sandbox.player import Player
from sandbox.views import text as twin


def bundle(player: Player) -> dict[str, Any]:
    """A MIME bundle: the text twin, and the widget's view where ipywidgets and a kernel are there."""
    shown: dict[str, Any] = {"text/plain": text(player)}
    if "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets"):
        from sandbox.views.player_view import PlayerView

        view = PlayerView(player).widget._repr_mimebundle_()
        shown |= {kind: data for kind, data in view.items() if kind != "text/plain"}
    return shown


def text(player: Player, *, step: bool = False) -> str:
    """The play as far as it is shown, or the shown step alone, in plain text."""
    record = player.shown
    if step and record.steps:
        return twin.render_step(record, record.steps[-1])
    return twin.render(record)
