"""How a notebook shows a player: the widget where there is one, and always the text twin."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from sandbox.player import Player
from sandbox.views import text as twin


class Notebook:
    """One player's renderer. However often the player is displayed, it is the same widget."""

    def __init__(self) -> None:
        self._view: Any = None

    def bundle(self, player: Player) -> dict[str, Any]:
        """A MIME bundle: the text twin, and the widget's view where ipywidgets and a kernel are there."""
        shown: dict[str, Any] = {"text/plain": self.text(player, step=False)}
        if "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets"):
            from sandbox.views.player_view import PlayerView

            self._view = self._view or PlayerView(player)
            view = self._view.widget._repr_mimebundle_()
            shown |= {kind: data for kind, data in view.items() if kind != "text/plain"}
        return shown

    def text(self, player: Player, *, step: bool) -> str:
        """The play as far as it is shown, or the shown step alone, in plain text."""
        record = player.shown
        if step and record.steps:
            return twin.render_step(record, record.steps[-1])
        return twin.render(record)
