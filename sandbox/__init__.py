"""The auth sandbox: session, jwt and hybrid mode side by side, on one server, under one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from sandbox import server
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(f"{missing.name} is not installed: run python3 start.py, or pip install .") from missing
from sandbox.box import Sandbox, launch
from sandbox.defences import Defences, Value
from sandbox.errors import SandboxError
from sandbox.exchange import MODES

if TYPE_CHECKING:
    from sandbox.player import Player

__all__ = ["Defences", "Sandbox", "SandboxError", "launch", "play", "server"]
__version__ = "0.1.0"


def play(
    scenario: str,
    preset: str = "as_written",
    *,
    modes: tuple[str, ...] = MODES,
    transport: str = "loopback",
    bcrypt_cost: int = 4,
    **settings: Value,
) -> Player:
    """A player of the story `scenario`: at the end of a cell it shows itself, and every button is a method too.

    `settings` are the story's options and switches on top of the preset: `play("theft", loot="refresh",
    rotate_refresh=True)`. Raises UnknownName, BadSwitch, BadStory, each a SandboxError.
    """
    from sandbox.player import Player
    from sandbox.scenarios import story
    from sandbox.views.show import Notebook

    told = story(scenario)
    options = {name: str(settings.pop(name)) for name in told.options if name in settings}
    player = Player(
        told,
        preset=preset,
        settings=settings,
        modes=modes,
        options=options,
        transport=transport,
        bcrypt_cost=bcrypt_cost,
    )
    return player.show_with(Notebook())
