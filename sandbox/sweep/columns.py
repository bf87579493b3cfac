"""The four columns of the matrix: under which preset and which switches a story is played in each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.defences import Defences, Value, settings, switch
from sandbox.engine import Story
from sandbox.errors import BadStory
from sandbox.exchange import MODES

COLUMNS: Final = ("off", "on", "as_advised", "hardened")

Conditions = tuple[str, dict[str, Value]]
"""A preset, and all that is set on top of it: what the story gives is among it."""


def columns(story: Story, modes: Iterable[str] = MODES) -> dict[str, Conditions]:
    """Of each column, what a play of this story in these modes is made with. A story without a switch has no `on`.

    off: `bare`, what the story gives, and what its switch requires. on: the same and that one switch, at its strongest
    value unless the story names one. as_advised, hardened: the preset and what the story gives; hardened has the
    story's switch even where the preset lacks it. Raises UnknownName, BadSwitch, BadStory.
    """
    given = story.settings(modes)
    if story.switch is None:
        return {column: (preset, given) for column, preset in _PRESETS.items() if column != "on"}
    own = settings([story.switch])
    name = next(iter(own))
    if name in given:
        raise BadStory(f"the story {story.id} gives {name}, its own switch: then no column has it off")
    required = _required(name)
    lacking = Defences.preset("hardened").to_json()[name] == switch(name).off
    on_top: dict[str, dict[str, Value]] = {
        "off": required,
        "on": {**required, **own},
        "as_advised": {},
        "hardened": {**required, **own} if lacking else {},
    }
    return {column: (_PRESETS[column], {**on_top[column], **given}) for column in COLUMNS}


_PRESETS: Final = {"off": "bare", "on": "bare", "as_advised": "as_advised", "hardened": "hardened"}


def _required(name: str) -> dict[str, Value]:
    """What a switch requires, and what that requires in turn, each at its strongest."""
    found: dict[str, Value] = {}
    for other in switch(name).requires:
        found |= {**_required(other), other: switch(other).strongest}
    return found
