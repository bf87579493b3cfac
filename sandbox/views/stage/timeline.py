"""One clock under all lanes: lifetimes as bars, steps as marks, the attacker's way in as a band. Its scale breaks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from sandbox.clock import DAY, HOUR, describe, iso
from sandbox.exchange import Exchange
from sandbox.names import place
from sandbox.record import LaneStep, Record
from sandbox.views import words
from sandbox.views.stage.chips import Fates
from sandbox.views.stage.lanes import ATTACKER

BARS: Final = {"S": "session", "A": "access", "R": "refresh"}
_BREAK: Final = 0.07
"""Width of one break of the scale, as a part of the whole; all widths and places here are such parts."""
_END: Final = 0.04
"""Room at the right, for what has no end."""
_TOO_FAR: Final = 20.0
"""A gap over an hour that is so many times as long as all before it since the last break is left out."""
_MOST_BREAKS: Final = 6
"""Of more, only those are made that are longer than the next: equal gaps are drawn as they are."""
_LETTER: Final = 0.0042
"""Half the room that one letter of a label takes."""
WAY_IN: Final = "Mallory gets in"


@dataclass(frozen=True)
class Bar:
    """A credential's lifetime, or an attacker's way in. `left` and `right` are parts of the width."""

    name: str
    left: float
    right: float
    open: bool
    """It goes on: no end is in sight."""
    says: str


@dataclass(frozen=True)
class Mark:
    """Steps at one moment: `1`, or `3-5`."""

    steps: str
    at: float
    says: str
    now: bool = False
    """Whether the page that is shown is among them."""


@dataclass(frozen=True)
class Row:
    """One mode's line."""

    mode: str
    bars: tuple[Bar, ...]
    bands: tuple[Bar, ...]


@dataclass(frozen=True)
class Timeline:
    """All of it. `ticks` and `breaks` are places on the axis, with what is written there."""

    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]
    breaks: tuple[tuple[float, str], ...]
    now: float
    says: tuple[str, ...]
    """A sentence for each bar and band: the picture in words."""


@dataclass(frozen=True)
class _Span:
    """From when to when, in simulated seconds since the epoch; None: open."""

    name: str
    begins: float
    ends: float | None


def timeline(record: Record, fates: Mapping[str, Fates], position: int) -> Timeline | None:
    """The clock's picture when so many steps have run; None before the first."""
    steps = record.steps[:position]
    if not steps:
        return None
    bars = {mode: list(_lifetimes(record, mode, fates[mode], position)) for mode in fates}
    bands = {mode: list(_ways_in(record, mode, fates[mode], position)) for mode in fates}
    start, now = steps[0].clock, steps[-1].clock
    moments = {start, now, *(record.steps[number - 1].clock for number in _marked(record, position))}
    for span in (span for spans in (*bars.values(), *bands.values()) for span in spans):
        moments.update({span.begins, span.ends} - {None})  # type: ignore[arg-type]
    scale = _Scale(sorted(moments))
    rows = tuple(
        Row(mode, tuple(scale.bar(each) for each in bars[mode]), tuple(scale.bar(each) for each in bands[mode]))
        for mode in fates
    )
    return Timeline(
        rows=rows,
        marks=tuple(_marks(record, position, scale)),
        ticks=_ticks(sorted(moments, key=lambda moment: (moment != now, moment)), start, scale),
        breaks=scale.breaks,
        now=scale.at(now),
        says=tuple(f"{row.mode}: {bar.says}" for row in rows for bar in (*row.bars, *row.bands)),
    )


def _lifetimes(record: Record, mode: str, fates: Fates, position: int) -> Iterable[_Span]:
    """Of each kind of credential, when there was a good one: from its issue to its end, by itself or by the server.

    What only the tries of the page that is shown were given is among them.
    """
    lives = {name: life for name, life in fates.lives(position).items() if life.by_bank}
    for each in _tried(record, mode, position):
        for name in fates.names.handed_out(each):
            if name not in lives and (life := fates.only_tried(name, each.clock)):
                lives[name] = life
    for letter, title in BARS.items():
        spans = [_Span(title, life.born, life.ends if life.over is None else life.over)
                 for name, life in lives.items() if name.startswith(letter)]  # fmt: skip
        yield from _joined(sorted(spans, key=lambda span: span.begins))


def _joined(spans: Iterable[_Span]) -> Iterable[_Span]:
    """One span for those that overlap or touch; they come in the order of their beginnings."""
    open_one: _Span | None = None
    for span in spans:
        if open_one is None:
            open_one = span
        elif open_one.ends is None or span.begins <= open_one.ends:
            both = (open_one.ends, span.ends)
            open_one = replace(open_one, ends=None if None in both else max(end for end in both if end is not None))
        else:
            yield open_one
            open_one = span
    if open_one is not None:
        yield open_one


def _tried(record: Record, mode: str, position: int) -> Iterable[Exchange]:
    """What was tried on the page that is shown: in its step, or by hand since the story's last."""
    for number in reversed(record.path(mode, position)):
        step = record.steps[number - 1]
        if number != position and not step.by_hand:
            return
        here = step.lanes.get(mode)
        yield from (each for each in (here.exchanges if here else ()) if each.tried)


def _ways_in(record: Record, mode: str, fates: Fates, position: int) -> Iterable[_Span]:
    """From the attacker's first call that succeeded with a credential to the first that was refused after it.

    What a search found holds until the clock moves on, another search is made, or the attacker is refused; what was
    tried by hand counts on the pages that are by hand. Where long nothing was tried before the refusal, a way in ends
    with the last of the credentials that the attacker holds.
    """
    shown = record.steps[position - 1]
    found: list[tuple[float, bool]] = []
    ahead: list[tuple[float, bool]] = []
    for number in record.path(mode, position):
        step = record.steps[number - 1]
        here = step.lanes.get(mode)
        if here is None:
            continue
        done, tried = ([each for each in here.exchanges if each.tried == was_tried] for was_tried in (False, True))
        now, later = _tries(done, here, mode, fates), _tries(tried, here, mode, fates)
        if later or step.clock != shown.clock or any(not let_in for _, let_in in now):
            ahead = []
        found += [*now, *later] if step.by_hand else now
        ahead += later if step.clock == shown.clock and not step.by_hand else []
    begins: float | None = None
    last = 0.0
    for moment, let_in in sorted([*found, *ahead], key=lambda each: each[0]):
        if let_in:
            begins, last = moment if begins is None else begins, moment
        elif begins is not None:
            yield _Span(WAY_IN, begins, _end(record, mode, fates, position, last, moment))
            begins = None
    if begins is not None:
        yield _Span(WAY_IN, begins, None if last > shown.clock else last)


def _end(record: Record, mode: str, fates: Fates, position: int, last: float, refused: float) -> float:
    """When a way in ended between these two moments: with the last credential that the attacker holds, if it tells."""
    here = record.steps[position - 1].lanes[mode]
    held = here.holdings.get(ATTACKER)
    lives = fates.lives(position)
    known = [lives[name] for value in (held.values() if held else ()) for name in fates.names.within(value)
             if name in lives and lives[name].by_bank]  # fmt: skip
    ends = [life.ends if life.over is None else life.over for life in known]
    if not ends or None in ends:
        return refused
    latest = max(end for end in ends if end is not None)
    return latest if last <= latest <= refused else refused


def _tries(exchanges: Iterable[Exchange], here: LaneStep, mode: str, fates: Fates) -> list[tuple[float, bool]]:
    """The moments at which the attacker tried, and whether one way led in: by a refresh, or at one of two nodes.

    To be let into an account of one's own is no way in.
    """
    mine = [each for each in exchanges
            if each.actor == ATTACKER and place(each.request).startswith(f"/{mode}/")
            and fates.names.carried(each.request)]  # fmt: skip
    own = {each.clock for each in mine if _of_own_account(each, here)}
    let_in: dict[float, bool] = {}
    for each in mine:
        if each.clock not in own:
            let_in[each.clock] = let_in.get(each.clock, False) or each.response.ok
    return list(let_in.items())


def _of_own_account(exchange: Exchange, here: LaneStep) -> bool:
    """By the bank's own number of the customer: the rest of an answer may come from a token of the attacker's own."""
    user = exchange.response.field("user")
    names = {row["id"]: row["email"] for row in here.tables["users"]}
    return isinstance(user, dict) and str(names.get(user.get("id"))).startswith(f"{ATTACKER}@")


def _marked(record: Record, position: int) -> list[int]:
    """The numbers of the steps that have a mark: the story's own, and those by hand that led to the one shown."""
    by_hand = set()
    number = position
    while number and record.steps[number - 1].by_hand:
        by_hand.add(number)
        number -= 1
    return [each for each in range(1, position + 1) if each in by_hand or not record.steps[each - 1].by_hand]


def _marks(record: Record, position: int, scale: _Scale) -> Iterable[Mark]:
    """Steps at the same moment share a mark."""
    at_once: dict[float, list[int]] = {}
    for number in _marked(record, position):
        at_once.setdefault(record.steps[number - 1].clock, []).append(number)
    for moment, numbers in sorted(at_once.items()):
        in_a_row = len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1
        steps = f"{numbers[0]}-{numbers[-1]}" if in_a_row else ",".join(map(str, numbers))
        said = "; ".join(f"step {number}: {record.steps[number - 1].title}" for number in numbers)
        yield Mark(steps, scale.at(moment), said, now=position in numbers)


class _Scale:
    """Places moments on the axis: evenly within a stretch of time, with a break where nothing happens for long."""

    def __init__(self, moments: list[float]) -> None:
        stretches = _stretches(moments)
        room = 1 - _END - _BREAK * (len(stretches) - 1)
        weights = [math.sqrt(stretch[-1] - stretch[0]) for stretch in stretches]
        weights = [max(weight, 0.08 * sum(weights)) or 1.0 for weight in weights]
        breaks, left = [], 0.0
        self._stretches: list[tuple[float, float, float, float]] = []
        for number, stretch in enumerate(stretches):
            if number:
                away = stretch[0] - stretches[number - 1][-1]
                breaks.append((round(left + _BREAK / 2, 4), describe(away // DAY * DAY or away // HOUR * HOUR)))
                left += _BREAK
            width = room * weights[number] / sum(weights)
            self._stretches.append((stretch[0], stretch[-1], left, width))
            left += width
        self.breaks = tuple(breaks)

    def at(self, moment: float) -> float:
        """The place of a moment that is on the scale."""
        for begins, ends, left, width in self._stretches:
            if moment <= ends:
                part = (moment - begins) / (ends - begins) if ends > begins else 0.0
                return round(left + max(0.0, part) * width, 4)
        return 1 - _END

    def bar(self, span: _Span) -> Bar:
        left, begins = self.at(span.begins), iso(span.begins)
        if span.ends is None:
            return Bar(span.name, left, 1.0, True, f"{span.name} from {begins}, no end")
        lasts = span.ends - span.begins
        said = f"from {begins} to {iso(span.ends)}, {describe(lasts)}" if lasts else f"at {begins}"
        return Bar(span.name, left, self.at(span.ends), False, f"{span.name} {said}")


def _stretches(moments: list[float]) -> list[list[float]]:
    """The moments in stretches. What parts them is left out: at most so many gaps, the longest."""
    stretches = [[moments[0]]]
    for moment in moments[1:]:
        begun, last = stretches[-1][0], stretches[-1][-1]
        if moment - last > max(HOUR, _TOO_FAR * (last - begun)):
            stretches.append([moment])
        else:
            stretches[-1].append(moment)
    gaps = sorted((after[0] - before[-1] for before, after in pairwise(stretches)), reverse=True)
    least = gaps[_MOST_BREAKS] if len(gaps) > _MOST_BREAKS else 0.0
    kept = stretches[:1]
    for stretch in stretches[1:]:
        if stretch[0] - kept[-1][-1] > least:
            kept.append(stretch)
        else:
            kept[-1].extend(stretch)
    return kept


def _ticks(moments: Iterable[float], start: float, scale: _Scale) -> tuple[tuple[float, str], ...]:
    """What is written on the axis, as far as there is room for it, in the order of the moments that are given."""
    written: list[tuple[float, str]] = []
    for moment in moments:
        at, label = scale.at(moment), words.when(moment, start)
        if all(abs(at - other) > (len(label) + len(text)) * _LETTER for other, text in written):
            written.append((at, label))
    return tuple(sorted(written))
