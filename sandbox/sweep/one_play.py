"""One play of the matrix: a story in all modes under one column's switches, and the cells that it gives."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.engine import Story
from sandbox.errors import BadStory
from sandbox.player import Player
from sandbox.record import VERDICTS, Outcome
from sandbox.sweep.cells import Cell
from sandbox.sweep.columns import columns

Cells = dict[str, Cell]
"""By mode."""


@dataclass(frozen=True)
class How:
    """What all plays of a matrix have in common."""

    modes: tuple[str, ...]
    transport: str
    bcrypt_cost: int


def play(story: Story, column: str, how: How) -> Cells:
    """Play it; a story that raises gives cells that say so."""
    try:
        found: Cells = {}
        for modes in _together(story, how.modes):
            found |= _played(story, column, modes, how)
        return {mode: found[mode] for mode in how.modes}
    except Exception as error:
        return failed(how, error)


def _together(story: Story, modes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The modes that one server can play: the story gives them the same switches, or can't be in them at all."""
    groups: list[list[str]] = []
    apart = [mode for mode in modes if story.not_in(mode, story.chosen({})) is None]
    for mode in apart:
        same = next((group for group in groups if story.given.get(mode, {}) == story.given.get(group[0], {})), None)
        if same is None:
            groups.append([mode])
        else:
            same.append(mode)
    nowhere = [mode for mode in modes if mode not in apart]
    if not groups:
        return [tuple(nowhere)]
    groups[0] += nowhere
    return [tuple(group) for group in groups]


def _played(story: Story, column: str, modes: tuple[str, ...], how: How) -> Cells:
    preset, settings = columns(story, modes)[column]
    player = Player(
        story, preset=preset, settings=settings, modes=modes, transport=how.transport, bcrypt_cost=how.bcrypt_cost
    )
    try:
        outcomes = player.run()
    finally:
        player.close()
    return {mode: _cell(story, mode, outcomes.get(mode)) for mode in modes}


def failed(how: How, error: Exception) -> Cells:
    """The same error in every mode: a play is all of them at once."""
    said = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return dict.fromkeys(how.modes, Cell(error=said if len(said) <= 300 else f"{said[:297]}..."))


def _cell(story: Story, mode: str, outcome: Outcome | None) -> Cell:
    """Raises BadStory for a story that ends without a verdict."""
    if outcome is None or (outcome.applies and outcome.verdict not in VERDICTS):
        verdict = outcome.verdict if outcome else None
        raise BadStory(f"the story {story.id} ends with the verdict {verdict!r} in {mode} mode")
    if not outcome.applies:
        return Cell(applies=False, summary=outcome.summary)
    done = outcome.verdict != "held"
    return Cell(
        verdict=outcome.verdict,
        attacker_seconds=outcome.attacker_seconds,
        status=outcome.status,
        harm=str(outcome.measures.get("harm", "")) if done else "",
        summary=outcome.summary,
        searched_seconds=outcome.searched_seconds,
    )
