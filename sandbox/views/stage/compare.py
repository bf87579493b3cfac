"""What is the same in every lane, and what differs from the run before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from sandbox.views import words
from sandbox.views.stage.lanes import Arrow, Keeping, Kept, LanePicture

Lanes = Mapping[str, LanePicture]


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
    left = list(before.arrows)
    pairs: dict[int, Arrow] = {}
    for same in (_same_call_and_time, _same_call):
        for at, arrow in enumerate(now.arrows):
            like = next((each for each in left if same(each) == same(arrow)), None)
            if at not in pairs and like is not None:
                left.remove(like)
                pairs[at] = like
    arrows = tuple(replace(arrow, changed=_difference(pairs.get(at), arrow)) for at, arrow in enumerate(now.arrows))
    differs = before.verdict and now.verdict and before.verdict != now.verdict
    gone = [arrow.says for arrow in left]
    browsers = [_beside(_keeping(before.browsers, each.title), each, gone) for each in now.browsers]
    server = _beside(before.server, now.server, gone)
    attacker = _beside(before.attacker, now.attacker, gone) if now.attacker else None
    return replace(
        now,
        arrows=arrows,
        browsers=tuple(browsers),
        server=server,
        attacker=attacker,
        gone=tuple(gone),
        verdict_changed=f"was {before.verdict}" if differs else "",
    )


def _keeping(keepings: Iterable[Keeping], title: str) -> Keeping | None:
    return next((each for each in keepings if each.title == title), None)


def _beside(before: Keeping | None, now: Keeping, gone: list[str]) -> Keeping:
    """What is kept now, with marks on what the run before did not keep; what it kept and this one does not is gone."""
    if before is None:
        return now
    had, has = ({_lying(each) for each in keeping.things} for keeping in (before, now))
    gone += [f"{before.title} {place} {chips}".rstrip() for place, chips, _ in sorted(had - has)]
    return replace(now, things=tuple(replace(each, new=_lying(each) not in had) for each in now.things))


def _lying(kept: Kept) -> tuple[str, str, bool]:
    """What makes two things the same: where they lie, and which credentials they are; not since when."""
    return kept.place, " ".join(chip.name for chip in kept.chips), kept.gone


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
