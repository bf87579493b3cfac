"""How a notebook shows a player: the stage where there is one, and always its twins, a picture and a text."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from sandbox.answers import Answers, place
from sandbox.errors import BadInput
from sandbox.player import Player
from sandbox.views import text
from sandbox.views.stage import LEVELS


class Notebook:
    """One player's renderer. However often the player is displayed, it is the same stage.

    `level`: how much the stage shows, from 1 to 4. Raises BadInput.
    """

    def __init__(self, level: int = 3) -> None:
        if level not in range(1, LEVELS + 1):
            raise BadInput(f"the stage has the levels 1 to {LEVELS}: {level!r} is none of them")
        self._level = level
        self._stage: Any = None

    def bundle(self, player: Player) -> dict[str, Any]:
        """A MIME bundle: the twins, as text and as HTML, and the stage where anywidget and a kernel are there."""
        from sandbox.views.stage import twin

        shown: dict[str, Any] = {"text/plain": self.text(player, step=False), "text/html": twin.render(player.shown)}
        if "ipykernel" in sys.modules and importlib.util.find_spec("anywidget"):
            from sandbox.views.stage.widget import Stage

            if self._stage is None:
                where = place()
                if where and not player.keeps_answers:
                    player.keep_answers(Answers(where))
                self._stage = Stage(player, level=self._level)
            view = self._stage._repr_mimebundle_()
            view = view[0] if isinstance(view, tuple) else view
            shown |= {kind: data for kind, data in view.items() if kind != "text/plain"}
        return shown

    def text(self, player: Player, *, step: bool) -> str:
        """The play as far as it is shown, or the shown step alone, in plain text."""
        record = player.shown
        if step and record.steps:
            return text.render_step(record, record.steps[-1])
        return text.render(record)
