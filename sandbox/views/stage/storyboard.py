"""The stage's static twin: a whole record as one SVG picture, a panel for each step, which needs nothing but itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from sandbox.record import Record
from sandbox.views import text as in_text
from sandbox.views.stage.chips import KINDS, Chip
from sandbox.views.stage.drawn.clock_line import clock_line
from sandbox.views.stage.drawn.ending import afterwards, heading, verdicts
from sandbox.views.stage.drawn.keeps import lying_before
from sandbox.views.stage.drawn.panel import WIDTH as INNER
from sandbox.views.stage.drawn.panel import columns, panel
from sandbox.views.stage.drawn.piece import Piece, chip, chip_width, line, paragraph, placed, room_of, stacked
from sandbox.views.stage.drawn.style import SCOPE, style
from sandbox.views.stage.drawn.wires import cast, wires
from sandbox.views.stage.lanes import LanePicture
from sandbox.views.stage.picture import Picture, Pictures
from sandbox.views.svg import rect, title, units, written

WIDTH: Final = 1000
"""User units, as are all lengths here: pixels, where the picture is not scaled."""
_MARGIN: Final = (WIDTH - INNER) / 2
_NARROW: Final = 480.0
"""Width of one lane alone, with its arrows and nothing beside them."""


def render(record: Record) -> str:
    """A whole SVG file: the record as far as it went. The same record gives the same bytes."""
    pictures = Pictures(record)
    ran = len(record.steps)
    pages = [pictures.at(position, clock=position == ran) for position in range(1, ran + 1)]
    last = pages[-1] if pages else pictures.at(0)
    story = stacked(_pieces(pictures, pages, last), INNER, gap=14)
    return _file(story, WIDTH, in_text.heading(record), written(_described(last)))


def over_the_wire(record: Record, mode: str) -> str:
    """A small SVG file: the arrows of the last step in one mode, and nothing else."""
    pictures = Pictures(record)
    lane = pictures.lanes(len(record.steps))[mode]
    said = " ".join(f"{each.says}." for each in lane.arrows)
    return _file(wires(lane, cast([lane]), _NARROW, compared=False), _NARROW + 2 * _MARGIN, record.title, written(said))


def _file(drawing: Piece, width: float, name: str, described: str) -> str:
    """The drawing on its page, with what is said of it. The same drawing gives the same bytes."""
    wide, height = round(width), round(drawing.height + 2 * _MARGIN)
    inside = placed(drawing, _MARGIN, _MARGIN, width - 2 * _MARGIN)
    drawn = f'<rect class="page" width="{wide}" height="{height}"/>{inside}'
    told = f"sbx-{hashlib.sha256((described + drawn).encode()).hexdigest()[:12]}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{SCOPE}" viewBox="0 0 {wide} {height}" width="{wide}"'
            f' height="{height}" role="img" aria-label="{written(name)}" aria-describedby="{told}">',
            title(name),
            f'<desc id="{told}">{described}</desc>',
            f"<style>{style()}</style>",
            drawn,
            "</svg>\n",
        ]
    )


def _pieces(pictures: Pictures, pages: Sequence[Picture], last: Picture) -> Iterable[Piece]:
    """From the top down."""
    record = pictures.record
    title, under = paragraph(record.title, 2, INNER - 4, "title"), paragraph(in_text.conditions(record), 2, INNER - 4)
    yield stacked([title, under], INNER)
    casts = {mode: cast(page.lanes[mode] for page in pages) for mode, lane in last.lanes.items() if lane.applies}
    yield stacked([_modes(last), _legend(pages)], INNER, gap=6)
    if casts and not pages:
        yield paragraph("No step has run yet.", 2, INNER - 4)
    for step, page in zip(record.steps, pages, strict=True):
        was = {mode: lying_before(record, pictures.fates[mode], mode, page.position) for mode in casts}
        yield panel(page, was, step.question, casts)
    ended = verdicts([last.lanes[mode] for mode in casts])
    if ended.height:
        yield stacked([heading("How it ended"), ended], INNER)
    if last.timeline and casts:
        yield stacked([heading("One clock"), clock_line(last.timeline, casts)], INNER)
    yield afterwards(last.afterwards)


def _modes(last: Picture) -> Piece:
    """What each mode is, over its lanes; a line for one in which the story can't be."""
    there = [lane for lane in last.lanes.values() if lane.applies]
    parts, height = [], 0.0
    for lane, (left, width) in zip(there, columns(max(2, len(there))), strict=False):
        said = paragraph(lane.about, 2, width - 2, "small")
        parts += [line(left + 2, 14, lane.mode, "head", width - 2), placed(said, left, 19, width)]
        height = max(height, 19 + said.height)
    absent = [
        paragraph(f"{lane.mode} {lane.verdict}: {' '.join(lane.told)}", 2, INNER - 4, "small")
        for lane in last.lanes.values()
        if not lane.applies
    ]
    return stacked([Piece(tuple(parts), height), *absent], INNER)


def _legend(pages: Sequence[Picture]) -> Piece:
    """What the signs mean, of those which occur."""
    lanes = [lane for page in pages for lane in page.lanes.values()]
    arrows = [arrow for lane in lanes for arrow in lane.arrows]
    seen = {shown.name: shown for lane in lanes for shown in _chips(lane)}
    fates = {shown.fate for lane in lanes for shown in _chips(lane)}
    samples = [(Chip(f"{letter}1", kind, "good", kind), kind) for letter, kind in KINDS.items()
               if any(name.startswith(letter) for name in seen)]  # fmt: skip
    meanings = {"expired": "its time is over", "ended": "the server ended it", "foreign": "no answer handed it out"}
    first = next(iter(samples), (Chip("A1", "", "good", ""), ""))[0]
    samples += [(Chip(first.name, first.kind, fate, said), said) for fate, said in meanings.items() if fate in fates]
    items = [(chip_width(shown), f'<g class="server">{chip(shown, 0, 10)}</g>', said) for shown, said in samples]
    if any(arrow.status >= 400 for arrow in arrows):
        bar = '<path class="wire" d="M0 10H18m-6 -3.5l6 3.5l-6 3.5"/><path class="stop" d="M22 4v12"/>'
        items.append((24, f'<g class="alice">{bar}</g>', "refused"))
    if len({lane.mode for lane in lanes if lane.applies}) > 1 and any(not arrow.alike for arrow in arrows):
        items.append((24, rect(1, 3, 22, 14, "frame", 4), "differs between the modes"))
    return _flowing(items)


def _flowing(items: Iterable[tuple[float, str, str]]) -> Piece:
    """Samples with their meaning, in as many lines as they need. A sample: its width, and how it is drawn."""
    parts: list[str] = []
    left, top = 2.0, 0.0
    for width, drawn, said in items:
        room = width + 6 + room_of(said, "small")
        if left + room > INNER and parts:
            left, top = 2.0, top + 20
        meaning = line(width + 6, 14, said, "small", room)
        parts.append(f'<g transform="translate({units(left)} {units(top)})">{drawn}{meaning}</g>')
        left += room + 18
    return Piece(tuple(parts), top + 20 if parts else 0.0)


def _chips(lane: LanePicture) -> Iterable[Chip]:
    """All chips of a lane."""
    for arrow in lane.arrows:
        yield from (*arrow.sends, *arrow.gets)
    for keeping in (*lane.browsers, lane.server, *((lane.attacker,) if lane.attacker else ())):
        yield from (shown for thing in keeping.things for shown in thing.chips)


def _described(last: Picture) -> str:
    """The picture for who can't see it: how many steps, which, how each mode ended, and the clock."""
    said = [f"{last.position} step{'' if last.position == 1 else 's'}."]
    said += [f"{number}. {each}." for number, each in enumerate(last.steps, 1)]
    for lane in last.lanes.values():
        said.append(f"{lane.mode}: {' '.join([lane.verdict or 'no verdict yet', *lane.told])}")
    return " ".join([*said, *(f"{each}." for each in (last.timeline.says if last.timeline else ()))])
