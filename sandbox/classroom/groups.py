"""Which numbers may be told: no group of fewer than five, and none from which such a group could be worked out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

FEWEST: Final = 5
"""Learners in a group that may be told. Nobody at all is no group."""


def is_small(count: int) -> bool:
    """Whether so many learners are a group that is hidden."""
    return 0 < count < FEWEST


def told(count: int, *wholes: int | None) -> int | None:
    """The count, or None to hide it: where it is small, or the rest of one of the wholes that are told is."""
    rests = (whole - count for whole in wholes if whole is not None)
    return None if is_small(count) or any(map(is_small, rests)) else count


def hidden(*splits: Sequence[int], always: Collection[int] = ()) -> set[int]:
    """The places of the parts to hide, in splits of the same learners into the same parts.

    One hidden part alone would be what the others leave of the whole. So more parts are hidden with it, the last
    ones first, whatever their size: until what is hidden is together no small group, and could be split otherwise.
    """
    return set().union(*(_hidden(split, always) for split in splits))


def _hidden(split: Sequence[int], always: Collection[int]) -> set[int]:
    found = {place for place, count in enumerate(split) if is_small(count)} | set(always)
    if found and sum(split) < 2 * FEWEST:
        return set(range(len(split)))
    for place in reversed(range(len(split))):
        together = sum(split[each] for each in found)
        all_at_most = (FEWEST - 1) * len(found)  # as many as small groups can be: then each has just so many
        if not found or (len(found) > 1 and together >= FEWEST and together != all_at_most):
            break
        found.add(place)
    return found
