"""What goes over the wire in one lane: life lines, and an arrow for each exchange."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sandbox.views import lettering
from sandbox.views.stage.chips import Chip
from sandbox.views.stage.drawn import strokes
from sandbox.views.stage.drawn.piece import Piece, chips, chips_width, line, room_of, said_of, times
from sandbox.views.stage.drawn.strokes import Box
from sandbox.views.stage.drawn.style import LETTERS
from sandbox.views.stage.lanes import ATTACKER, Arrow, LanePicture
from sandbox.views.svg import rect, title, units

PAD: Final = 8.0
"""Between a lane's border and what is in it."""
_EDGE: Final = 24.0
"""From a lane's border to the nearest life line."""


@dataclass(frozen=True)
class Cast:
    """Who occurs in one mode, at any step: those on the left side, and whether there is an attacker."""

    people: tuple[str, ...]
    attacker: bool

    @property
    def left(self) -> str:
        """`Alice's browser`, `Alice, Bob, Carol`."""
        names = [name.capitalize() for name in self.people]
        return f"{names[0]}'s browser" if len(names) == 1 else ", ".join(names)


def cast(lanes: Iterable[LanePicture]) -> Cast:
    """Of one mode's lanes, step by step."""
    people: dict[str, None] = {}
    attacker = False
    for lane in lanes:
        actors = {arrow.actor for arrow in lane.arrows}
        people |= dict.fromkeys([*lane.people, *sorted(actors - {ATTACKER})])
        attacker = attacker or lane.attacker is not None or any(ATTACKER in (a.actor, a.to) for a in lane.arrows)
    return Cast(tuple(people), attacker)


def wires(lane: LanePicture, who: Cast, width: float, compared: bool) -> Piece:
    """The arrows of a lane from the top down. `compared`: what differs from the other lanes is in a frame."""
    paper = _Paper(who, width)
    if not lane.arrows:
        paper.note("(nothing goes over the wire)")
    else:
        paper.heads()
    for alike, group in groupby(lane.arrows, key=lambda arrow: arrow.alike):
        if alike:
            for arrow in group:
                paper.small(arrow)
        else:
            paper.large(list(group), framed=compared)
    if lane.untold:
        paper.note(lane.untold)
    return paper.piece()


class _Paper:
    """A lane's sheet, written from the top down."""

    def __init__(self, who: Cast, width: float) -> None:
        self.who, self.width = who, width
        self.left, self.right = _EDGE, width - _EDGE
        self.server = width * (0.5 if who.attacker else 0.42)
        self.top = 0.0
        self.headed = False
        self.later = ""
        self.frames: list[str] = []
        self.parts: list[str] = []
        self.written: list[Box] = []

    def heads(self) -> None:
        """Who stands at which life line."""
        if self.who.people:
            self._head(PAD, self.who.left, "alice", "")
        self._head(self.server, "server", "server", "middle")
        if self.who.attacker:
            self._head(self.width - PAD, "Mallory", "mallory", "end")
        self.top, self.headed = 17.0, True

    def _head(self, left: float, said: str, actor: str, anchor: str) -> None:
        room = self.server - PAD - room_of("server", "tag") / 2 - 6
        self.parts.append(f'<g class="{actor}">{line(left, 11, said, "tag", room, anchor)}</g>')

    def note(self, said: str) -> None:
        """A quiet line over the whole width."""
        self._write(self.width / 2, self.top + 12, said, "small", self.width - 2 * PAD, "middle")
        self.top += 17

    def small(self, arrow: Arrow) -> None:
        """One line, and a second for what is handed out, or where an arrow leaves no side free."""
        self._begin(arrow, "faint")
        tail = f" {arrow.status}{times(arrow.count)}"
        too_long = room_of(self._named(arrow) + tail, "small") > self._free_side(arrow)
        if too_long or arrow.later != self.later or _crosses(arrow):
            self._call(arrow, "small", tail)
        else:
            self._beside(arrow, self.top + 13, self._named(arrow), tail, "small")
        self._shaft(arrow)
        if arrow.gets:
            self._back(arrow)
        self._end()

    def large(self, arrows: list[Arrow], framed: bool) -> None:
        """What the eye should find: the call over its arrow, what came of it beside, and what is handed out below."""
        self.top += 2 if framed else 0
        begun = self.top
        for arrow in arrows:
            answer, often = f"{arrow.status} {arrow.reason}", times(arrow.count)
            crosses = _crosses(arrow)
            self._begin(arrow, "")
            self._call(arrow, "call", f" {answer}{often}" if crosses else "")
            if not crosses:
                self._beside(arrow, self.top + 13, answer, often, "strong")
            self._shaft(arrow)
            if arrow.gets:
                self._back(arrow)
            self._end()
        if framed:
            self.top += 3
            self.frames.append(rect(2.5, begun, self.width - 5, self.top - begun, "frame", 6))
            self.top += 3

    def piece(self) -> Piece:
        there = [self.left] * bool(self.who.people) + [self.server] + [self.right] * self.who.attacker
        lines = strokes.life_lines(there, 16, self.top, self.written) if self.headed else ""
        return Piece((*self.frames, lines, *self.parts), self.top + 2)

    # One arrow ---------------------------------------------------------

    def _begin(self, arrow: Arrow, more: str) -> None:
        actor = "mallory" if arrow.actor == ATTACKER else "alice"
        self.parts.append(f'<g class="{f"{actor} {more}".rstrip()}">{title(arrow.says)}')

    def _end(self) -> None:
        self.parts.append("</g>")

    def _call(self, arrow: Arrow, kind: str, tail: str) -> None:
        """Method and path, over the arrow; on the other side when it was tried, where that has changed."""
        leftwards = arrow.actor == ATTACKER
        sides = (self.width - PAD - 3, PAD + 3) if leftwards else (PAD + 3, self.width - PAD - 3)
        anchors = ("end", "") if leftwards else ("", "end")
        room = self.width - 2 * PAD - 6
        said = lettering.shortened(self._named(arrow), room - room_of(tail, kind), *LETTERS[kind]) + tail
        when = "" if arrow.later == self.later else arrow.later or "at once"
        self.later = arrow.later
        if when and room_of(said, kind) + room_of(when, "small") + 12 > room:
            self._write(sides[1], self.top + 13, when, "small", room, anchors[1])
            self.top += 15
        elif when:
            self._write(sides[1], self.top + 14, when, "small", room, anchors[1])
        self._write(sides[0], self.top + 14, said, kind, room, anchors[0])
        self.top += 18

    def _beside(self, arrow: Arrow, base: float, said: str, tail: str, kind: str) -> None:
        """On the side of the server that the arrow leaves free."""
        leftwards, room = arrow.actor == ATTACKER, self._free_side(arrow)
        said = lettering.shortened(said, room - room_of(tail, kind), *LETTERS[kind]) + tail
        left = self.server - 7 if leftwards else self.server + 7
        self._write(left, base, said, kind, room, "end" if leftwards else "")

    def _shaft(self, arrow: Arrow) -> None:
        """From who sends to who answers, with the credentials that go along; a bar where it was refused."""
        low = bool(arrow.sends) or not _crosses(arrow)
        middle = self.top + (9 if low else 5)
        self.top += 18 if low else 12
        begin, end = self._ends(arrow)
        turn = 1 if end > begin else -1
        refused = arrow.status >= 400
        tip = end - turn * (5 if refused else 1)
        shaft, head = strokes.arrow(begin, tip, middle)
        self.parts.append(f'<path class="wire" d="{shaft}{head}"/>')
        if refused:
            bar = f"M{units(end - turn * 2)} {units(middle - 6)}v12"
            self.parts.append(f'<path class="stop" d="{bar}"/>')
        self._chips(arrow.sends, begin, end, middle)

    def _back(self, arrow: Arrow) -> None:
        """The answer's way, with the credentials that it hands out."""
        middle = self.top + 8
        self.top += 18
        end, begin = self._ends(arrow)
        turn = 1 if end > begin else -1
        shaft, head = strokes.arrow(begin - turn * 2, end - turn, middle)
        self.parts.append(f'<path class="back" d="{shaft}"/><path class="tip" d="{head}"/>')
        self._chips(arrow.gets, end, begin, middle)

    def _chips(self, shown: tuple[Chip, ...], near: float, far: float, middle: float) -> None:
        """Chips upon an arrow, near who sends or is given them; below it what has no room there."""
        room = abs(far - near) - 24
        short = chips_width(shown) > room
        width = min(room, chips_width(shown, short))
        left = near + 10 if far > near else near - 10 - width
        self.parts.append(chips(shown, left, middle, room))
        if short:
            said = ", ".join(said_of(each) for each in shown)
            leftwards = near > far
            edge = self.width - PAD - 3 if leftwards else PAD + 3
            self._write(edge, self.top + 11, said, "small", self.width - 2 * PAD - 6, "end" if leftwards else "")
            self.top += 16

    def _ends(self, arrow: Arrow) -> tuple[float, float]:
        begin = self.right if arrow.actor == ATTACKER else self.left
        if arrow.to != ATTACKER:
            return begin, self.server
        return (self.server, self.right) if arrow.actor == ATTACKER else (begin, self.right)

    def _free_side(self, arrow: Arrow) -> float:
        """Room for text behind the server, as the sender sees it."""
        return (self.server if arrow.actor == ATTACKER else self.width - self.server) - 7 - PAD

    def _named(self, arrow: Arrow) -> str:
        """The call; with who makes it, where several stand at one life line."""
        several = len(self.who.people) > 1 and arrow.actor != ATTACKER
        return f"{arrow.actor}: {arrow.call}" if several else arrow.call

    def _write(self, left: float, base: float, said: str, kind: str, room: float, anchor: str) -> None:
        self.parts.append(line(left, base, said, kind, room, anchor))
        wide = min(room, room_of(said, kind))
        begins = left - {"": 0.0, "middle": wide / 2, "end": wide}[anchor]
        self.written.append(Box(begins - 2, begins + wide + 2, base - 11, base + 4))


def _crosses(arrow: Arrow) -> bool:
    """Whether it passes the server by: to Mallory's own site."""
    return arrow.to == ATTACKER
