"""What is the same in every lane, and what differs from the run before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sandbox.views import words
from sandbox.views.stage.lanes import Arrow, Keeping, Kept, LanePicture

Lanes = Mapping[str, LanePicture]
_Thing = TypeVar("_Thing")


def across(lanes: Lanes) -> dict[str, LanePicture]:
    """The lanes, with each arrow marked that every lane has, for which the story is told, with the same answer."""
    told = [lane for lane in lanes.values() if lane.applies]
    if len(told) < 2:
        return dict(lanes)
    counted = [Counter(_same_in_all(lane.mode, arrow) for arrow in lane.arrows) for lane in told]
    shared = {key: min(count[key] for count in counted) for key in counted[0]}

    def marked(lane: LanePicture) -> LanePicture:
        left = Counter(shared)
        arrows = []
        for arrow in lane.arrows:
            key = _same_in_all(lane.mode, arrow)
            arrows.append(replace(arrow, alike=left[key] > 0))
            left[key] -= 1
        return replace(lane, arrows=tuple(arrows))

    return {mode: marked(lane) for mode, lane in lanes.items()}


def since(before: Lanes, now: Lanes) -> dict[str, LanePicture]:
    """The lanes of now, with marks where the run before had something else at the same step."""
    return {mode: _marked(before[mode], lane) if mode in before else lane for mode, lane in now.items()}


def _marked(before: LanePicture, now: LanePicture) -> LanePicture:
    """Each arrow beside its like of the run before: of the same call at the same time, else at another time."""
    likes, left = _paired(before.arrows, now.arrows, _same_call_and_time, _same_call)
    arrows = tuple(replace(arrow, changed=_difference(likes.get(at), arrow)) for at, arrow in enumerate(now.arrows))
    differs = before.verdict and now.verdict and before.verdict != now.verdict
    gone = [arrow.in_short for arrow in left]
    browsers = [_beside(_keeping(before.browsers, each.title), each, gone) for each in now.browsers]
    server = _beside(before.server, now.server, gone)
    attacker = _beside(before.attacker, now.attacker, gone) if now.attacker else None
    return replace(
        now,
        arrows=arrows,
        browsers=tuple(browsers),
        server=server,
        attacker=attacker,
        gone=tuple(said if often == 1 else f"{said}, {often} times" for said, often in Counter(gone).items()),
        verdict_changed=f"was {before.verdict}" if differs else "",
    )


def _paired(
    before: Iterable[_Thing], now: Sequence[_Thing], *kinds: Callable[[_Thing], Hashable]
) -> tuple[dict[int, _Thing], list[_Thing]]:
    """By its place in `now`, what each thing is set beside, and what of `before` is left over.

    `kinds`: what makes two things the same, the strictest first. Each is beside one at most.
    """
    left = list(before)
    likes: dict[int, _Thing] = {}
    for kind in kinds:
        for at, thing in enumerate(now):
            like = next((number for number, each in enumerate(left) if kind(each) == kind(thing)), None)
            if at not in likes and like is not None:
                likes[at] = left.pop(like)
    return likes, left


def _keeping(keepings: Iterable[Keeping], title: str) -> Keeping | None:
    return next((each for each in keepings if each.title == title), None)


def _beside(before: Keeping | None, now: Keeping, gone: list[str]) -> Keeping:
    """What is kept now, with marks on what the run before did not keep, or not so; what it kept and this one does not
    is gone.
    """
    if before is None:
        return now
    likes, left = _paired(before.things, now.things, _same_words, _same_thing)
    gone += [f"{before.title} {place} {chips}".rstrip() for place, chips in map(_same_thing, left)]
    things = tuple(_kept(likes.get(at), each) for at, each in enumerate(now.things))
    return replace(now, things=things)


def _kept(before: Kept | None, now: Kept) -> Kept:
    if before is None:
        return replace(now, new=True)
    was = [] if before.gone == now.gone else ["deleted in this step" if before.gone else "kept"]
    if before.says != now.says:
        had, has = (kept.says.split(", ") for kept in (before, now))
        was += [part for part in had if part and part not in has] or [before.says or "nothing more"]
    return replace(now, changed=f"was {', '.join(was)}" if was else "")


def _same_thing(kept: Kept) -> tuple[str, str]:
    """What makes two things the same: where they lie, and which credentials they are."""
    return kept.place, " ".join(chip.name for chip in kept.chips)


def _same_words(kept: Kept) -> Hashable:
    return _same_thing(kept), kept.gone, kept.says


def _difference(before: Arrow | None, now: Arrow) -> str:
    """What the run before had here, in words; empty where it had the same."""
    if before is None:
        return "new"
    was = []
    if before.status != now.status:
        was.append(f"{before.status} {before.reason}".rstrip())
    if before.count != now.count:
        was.append("once" if before.count == 1 else f"{before.count} times")
    if before.later != now.later:
        was.append(before.later or "at once")
    if not was and (before.reads, before.writes) != (now.reads, now.writes):
        was.append(f"{words.store_work(before.reads, before.writes)}, now {now.reads} and {now.writes}")
    return f"was {', '.join(was)}" if was else ""


def _same_in_all(mode: str, arrow: Arrow) -> Hashable:
    """What makes two arrows of two lanes the same: the path but for its prefix, and what came of it."""
    return arrow.actor, arrow.to, arrow.call.replace(f"/{mode}/", "/"), arrow.status, arrow.count, arrow.later


def _same_call(arrow: Arrow) -> Hashable:
    return arrow.actor, arrow.to, arrow.call


def _same_call_and_time(arrow: Arrow) -> Hashable:
    return _same_call(arrow), arrow.later
