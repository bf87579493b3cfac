"""How a notebook shows a player: the widget where there is one, and always the text twin."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from sandbox.player import Player
from sandbox.views import text


def bundle(player: Player) -> dict[str, Any]:
    """A MIME bundle: the text twin, and the widget's view where ipywidgets and a kernel are there."""
    shown: dict[str, Any] = {"text/plain": text.render(player.shown)}
    if "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets"):
        from sandbox.views.player_view import PlayerView

        view = PlayerView(player).widget._repr_mimebundle_()
        shown |= {kind: data for kind, data in view.items() if kind != "text/plain"}
    return shown
