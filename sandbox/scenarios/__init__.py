"""The stories, one per file: a file here is a story, found by its name."""

from __future__ import annotations

import importlib
import pkgutil

from sandbox.engine import Story
from sandbox.errors import BadStory, UnknownName

CORE = ("login", "theft", "expiry", "revocation")
"""The four stories of the comparison itself, in the order of the course; all others are attacks."""


def story_ids() -> list[str]:
    """Every story's id: the core ones first, then the attacks by name."""
    found = {module.name for module in pkgutil.iter_modules(__path__)}
    return [*CORE, *sorted(found - set(CORE))]


def story(story_id: str) -> Story:
    """The story of that id. Raises UnknownName, or BadStory for a file that holds none of its name."""
    if story_id not in story_ids():
        raise UnknownName("story", story_id, story_ids())
    found = getattr(importlib.import_module(f"{__name__}.{story_id}"), "STORY", None)
    if not isinstance(found, Story) or found.id != story_id:
        raise BadStory(f"sandbox/scenarios/{story_id}.py must end in STORY = Story({story_id!r}, ...)")
    return found
