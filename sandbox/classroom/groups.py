"""Which numbers may be told: no group of fewer than five, and none from which such a group could be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 5
"""Learners in a group that may be told, and the step in which numbers are told. Nobody at all is no group."""


@dataclass(frozen=True)
class Told:
    """What is told of a split of some learners into parts.

    `parts`: as `at_least`; None: hidden. `all_but_few`: of two parts that are hidden, the place of the one to which all
    but fewer than five belong, of ten or more; else None. Of more parts, it would tell who the few are.
    """

    parts: tuple[int | None, ...]
    all_but_few: int | None


def is_small(count: int) -> bool:
    """Whether so many learners are a group that is hidden."""
    return 0 < count < FEWEST


def at_least(count: int) -> int | None:
    """The count rounded down to a multiple of five, or None to hide it. 0 is nobody; 15 is 15 to 19.

    Rounded, for those who answered would else, taken from the class, leave the few who did not.
    """
    return None if is_small(count) else count - count % FEWEST


def tell(split: Sequence[int]) -> Told:
    """What may be told of so many learners in each part, to somebody who knows how many they are together."""
    places = hidden(split)
    if not places and sum(map(bool, split)) == FEWEST:  # five roundings are whole steps, and could tell the exact sum
        places = {max(place for place, count in enumerate(split) if count)}
    crowded = len(split) == 2 and len(places) == 2 and sum(split) >= 2 * FEWEST
    return Told(
        parts=tuple(None if place in places else at_least(count) for place, count in enumerate(split)),
        all_but_few=split.index(max(split)) if crowded else None,
    )


def hidden(split: Sequence[int]) -> set[int]:
    """The places of the parts to hide, were the other parts and the whole told exactly.

    One hidden part alone would be what the others leave of the whole. So more parts are hidden with it, the last
    ones first, whatever their size: until what is hidden is together no small group, and could be split otherwise.
    """
    found = {place for place, count in enumerate(split) if is_small(count)}
    if found and sum(split) < 2 * FEWEST:
        return set(range(len(split)))
    for place in reversed(range(len(split))):
        together = sum(split[each] for each in found)
        all_at_most = (FEWEST - 1) * len(found)  # as many as small groups can be: then each has just so many
        if not found or (together >= FEWEST and together != all_at_most):
            break
        found.add(place)
    return found
