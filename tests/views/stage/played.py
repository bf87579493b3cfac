"""A story played to its end, once for all tests of this folder."""

from functools import cache

from sandbox.defences import Value
from sandbox.player import Player
from sandbox.record import Record
from sandbox.scenarios import story


@cache
def played(told: str, preset: str = "as_written", **settings: Value) -> Record:
    player = Player(story(told), preset=preset, settings=settings, transport="in-process")
    try:
        player.run()
        return player.record
    finally:
        player.close()
