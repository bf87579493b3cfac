"""How long does an attacker get in? Found by trying, over snapshots, down to one second of simulated time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sandbox.actors.attacker import Attacker
from sandbox.engine import Scene
from sandbox.exchange import Exchange
from sandbox.record import HORIZON

MOST_REQUESTS: Final = 4000
"""Requests after which a search gives up: a short timeout that slides would take very many to reach the horizon."""


@dataclass(frozen=True)
class Found:
    """What a search found. Both in simulated seconds, from its start on."""

    seconds: float | None
    """Until the attacker is refused for good; 0.0 at once; None no end was found."""
    searched: float
    """How far the search went: to the end, to the horizon of 400 days, or as far as `MOST_REQUESTS` reach."""


def find_end(scene: Scene, attacker: Attacker) -> Found:
    """Let the attacker come back, from now on, until no way in is left.

    The attacker stays away for as long as what is held can still be renewed, comes back and renews it, and
    so on; when that is over, stays for as long as the last credential lasts. Every try is a real request. Of
    all tries, the log keeps the last that refreshed, the last that got in, and the first that was refused.
    Afterwards all is as it was before. Raises ServerStopped.
    """
    search = _Search(scene, attacker)
    before, mark, start = scene.save(), len(scene.log), scene.box.clock.now()
    try:
        seconds = search.run()
        return Found(seconds, scene.box.clock.now() - start)
    finally:
        scene.restore(before)
        scene.box.clock.rewind_to(start)
        scene.log.keep(mark, (*search.refreshed, *search.last, *search.refused))
        scene.log.mark_tried(mark)


class _Search:
    def __init__(self, scene: Scene, attacker: Attacker) -> None:
        self.scene, self.attacker, self.clock = scene, attacker, scene.box.clock
        self.start, self.mark = self.clock.now(), len(scene.log)
        self.refreshed: tuple[Exchange, ...] = ()
        self.last: tuple[Exchange, ...] = ()
        self.refused: tuple[Exchange, ...] = ()

    def run(self) -> float | None:
        if not self._visit(0, renew=False):
            return 0.0
        for renew in (True, False) if self.attacker.can_refresh(self.scene.mode) else (False,):
            if not self._come_back_until_refused(renew):
                return None
        self._visit(1, renew=False)
        return self.clock.now() - self.start

    def _come_back_until_refused(self, renew: bool) -> bool:
        """Stay away as long as it goes, visit, and again; False where the search is over without a refusal."""
        away = HORIZON
        while away:
            left = self.start + HORIZON - self.clock.now()
            if left <= 0 or len(self.scene.log) - self.mark >= MOST_REQUESTS:
                return False
            away = min(away, left)
            if not self._would_get_in(away, renew, stay=True):
                away = self._longest(renew, too_long=away)
        return True

    def _longest(self, renew: bool, *, too_long: float) -> float:
        """The largest whole number of seconds, below `too_long`, after which the attacker still gets in; 0 at once.

        Bisected. What was found before in this story is tried first, for lifetimes come again.
        """
        low, high = 0, int(too_long)

        def try_at(seconds: int) -> None:
            nonlocal low, high
            if low < seconds < high:
                low, high = (seconds, high) if self._would_get_in(float(seconds), renew) else (low, seconds)

        for likely in (0, *self.scene.lifetimes[:2]):
            try_at(likely + 1)
            try_at(likely)
        while high - low > 1:
            try_at((low + high) // 2)
        if low and low not in self.scene.lifetimes:
            self.scene.lifetimes.insert(0, low)
        return float(low)

    def _would_get_in(self, away: float, renew: bool, *, stay: bool = False) -> bool:
        """Try a visit after so long. Unless it succeeds and the attacker is to `stay` there, all is put back."""
        here, now, evidence = self.scene.save(), self.clock.now(), (self.refreshed, self.last, self.refused)
        let_in = self._visit(away, renew)
        if not (let_in and stay):
            self.scene.restore(here)
            self.clock.rewind_to(now)
            self.refreshed, self.last, self.refused = evidence
        return let_in

    def _visit(self, away: float, renew: bool) -> bool:
        tried = len(self.scene.log)
        self.clock.advance(seconds=away)
        let_in = self.attacker.get_in(self.scene.mode, renew=renew)
        seen = self.scene.log.since(tried)
        if let_in:
            self.refreshed = self.last if len(self.last) > 1 else self.refreshed
            self.last = seen
        else:
            self.refused = seen
        return let_in
