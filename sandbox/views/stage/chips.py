"""Credentials as chips: by short name, and what has become of each by now. All of it is read from the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sandbox.clock import LATEST, describe, spoken
from sandbox.defences import Defences
from sandbox.names import Names
from sandbox.record import LaneStep, Record, Tables
from sandbox.server.tokens import InvalidToken, decode_unverified

KINDS: Final = {
    "S": "reference token",
    "A": "self-contained token",
    "R": "refresh token",
    "C": "CSRF token",
    "P": "DPoP proof",
    "K": "public key",
}
"""What the letter of a short name stands for."""

FATES: Final = ("good", "expired", "ended", "foreign")
"""good: nothing is known against it. expired: its time is over. ended: the server has ended it. foreign: no answer that
is told handed it out.
"""


@dataclass(frozen=True)
class Chip:
    """One credential at one moment. `fate`: one of `FATES`. `says`: the same in words, for who can't see it."""

    name: str
    kind: str
    fate: str
    says: str


def good(name: str) -> Chip:
    """The chip of a credential against which nothing is known."""
    return Chip(name, KINDS[name[0]], "good", f"{name}, {KINDS[name[0]]}")


@dataclass(frozen=True)
class Life:
    """What the record says of one credential's time, in simulated seconds since the epoch."""

    born: float
    ends: float | None
    """When it ends by itself; None: never, or nothing says so."""
    over: float | None
    """When the server had ended it; None: it has not."""
    by_bank: bool
    """Whether the bank handed it out; of what it keeps a row of, whether it ever had one."""


@dataclass(frozen=True)
class _Moment:
    """What is known when so many steps have run. `had_rows`: the credentials that the server has kept a row of."""

    clock: float
    lives: dict[str, Life] = field(default_factory=dict)
    had_rows: set[str] = field(default_factory=set)


class Fates:
    """What becomes of each credential of one lane, step by step."""

    def __init__(self, record: Record, mode: str) -> None:
        self.names = record.names[mode]
        self._moments = [_Moment(0.0)]
        self._followed = [0, *(record.follows(mode, number) for number in range(1, len(record.steps) + 1))]
        for number, step in enumerate(record.steps, 1):
            before = self._moments[self._followed[number]]
            now = _Moment(step.clock, dict(before.lives), set(before.had_rows))
            if here := step.lanes.get(mode):
                self._look(here, step.clock, record.defences, now)
            self._moments.append(now)

    def lives(self, position: int) -> Mapping[str, Life]:
        """By short name, the credentials that were seen when so many steps had run."""
        return self._moments[position].lives

    def lives_before(self, position: int) -> Mapping[str, Life]:
        """The same, when the last of these steps had not run yet."""
        return self._moments[self._followed[position]].lives

    def clock(self, position: int) -> float:
        """The simulated clock when so many steps had run, in seconds since the epoch."""
        return self._moments[position].clock

    def chip(self, name: str, position: int, clock: float | None = None) -> Chip:
        """The chip of that short name, when so many steps had run. `clock`: as it was tried at another time."""
        now, lives = self.clock(position), self.lives(position)
        life = lives.get(name) or self.only_tried(name)
        if life is None:
            return good(name)
        fate, words = _fate(life, now if clock is None else clock)
        if clock not in (None, now) and fate != "foreign":  # its use since may have moved its end
            words = "" if fate == "good" else f", {fate} by then"
        return Chip(name, KINDS[name[0]], fate, f"{name}, {KINDS[name[0]]}{words}")

    def chips(self, names: Iterable[str], position: int) -> tuple[Chip, ...]:
        return tuple(self.chip(name, position) for name in names)

    def within(self, text: str, position: int) -> tuple[Chip, ...]:
        """The chips of all credentials that a text of the record bears: in full, hashed, or by jti."""
        return self.chips(self.names.within(text), position)

    def only_tried(self, name: str, born: float = 0.0) -> Life | None:
        """Of what was handed out in a try alone, at `born`: a self-contained token says itself when it ends."""
        return Life(born, _exp(_claims(self.names.known()[name])), None, True) if name.startswith("A") else None

    def _look(self, here: LaneStep, clock: float, defences: Defences, now: _Moment) -> None:
        """Take in what one step tells of every credential known by then. What was tried has not happened."""
        lives, had_rows, rows = now.lives, now.had_rows, _rows(here.tables, self.names)
        happened = [each for each in here.exchanges if not each.tried]
        of_bank = [each for each in happened if each.request.url.startswith("https://bank.example/")]
        handed_out = set(chain(*(self.names.handed_out(each) for each in of_bank)))
        seen = {name for each in happened for name in self.names.carried(each.request)}
        for held in here.holdings.values():
            seen.update(name for value in held.values() for name in self.names.within(value))
        had_rows.update(name for name in handed_out if name[0] == "S")
        for name, value in self.names.known().items():
            if name[0] not in "SAR" or name not in handed_out | seen | lives.keys():
                continue
            before = lives.get(name)
            ends, ended = _ends(name, value, rows.get(name), here.tables, defences)
            if name in rows:
                had_rows.add(name)
            elif name in had_rows:
                ends, ended = before.ends if before else None, True
            by_bank = name in handed_out | had_rows or (before is not None and before.by_bank)
            over = before.over if before else None
            if over is None and (ends is None or ends > clock):  # what has run out by itself is not ended any more
                over = clock
            lives[name] = Life(
                born=before.born if before and before.by_bank == by_bank else clock,
                ends=ends,
                over=over if ended else None,
                by_bank=by_bank,
            )


def _fate(life: Life, clock: float) -> tuple[str, str]:
    """One of `FATES`, and what is said of it."""
    if life.over is not None:
        return "ended", f", ended by the server at {spoken(life.over)}"
    if life.ends is not None and life.ends <= clock:
        return "expired", f", expired at {spoken(life.ends)}"
    if not life.by_bank:
        return "foreign", ", no answer here handed it out"
    return "good", f", {describe(life.ends - clock)} to go" if life.ends is not None else ""


def _rows(tables: Tables, names: Names) -> Mapping[str, dict[str, Any]]:
    """By short name, the row that the server keeps of a session or a refresh token."""
    kept = (*tables.get("sessions", ()), *tables.get("refresh_tokens", ()))
    return {name: row for row in kept for name in names.within(str(row["token"]))}


def _ends(
    name: str, value: str, row: dict[str, Any] | None, tables: Tables, defences: Defences
) -> tuple[float | None, bool]:
    """When a credential ends by itself, and whether the server has ended it: by its claims, or by its row."""
    if name.startswith("A"):
        return _claimed(value, tables, defences)
    if row is None:
        return None, False
    if name.startswith("R"):
        family = next(each for each in tables["refresh_families"] if each["id"] == row["family_id"])
        limits = [row["expires_at"], _after(family["created_at"], defences.absolute_lifetime)]
        return _first(limits), family["ended_at"] is not None or row["used_at"] is not None or _stale(
            family, tables, defences
        )
    last_used_at = row["last_used_at"] or row["created_at"]
    limits = [_after(last_used_at, defences.inactivity_timeout), _after(row["created_at"], defences.absolute_lifetime)]
    return _first(limits), _stale(row, tables, defences)


def _claimed(value: str, tables: Tables, defences: Defences) -> tuple[float | None, bool]:
    """A self-contained token says itself when it ends; the server may deny it by its jti, or by its epoch."""
    claims = _claims(value)
    denied = any(row["jti"] == claims.get("jti") for row in tables.get("denylist", ()))
    stale = _stale({"user_id": claims.get("sub"), "epoch": claims.get("epoch")}, tables, defences)
    return _exp(claims), denied or stale


@lru_cache(maxsize=1024)  # looked at on every page again
def _claims(value: str) -> Mapping[str, Any]:
    try:
        return decode_unverified(value)[1]
    except InvalidToken:
        return {}


def _exp(claims: Mapping[str, Any]) -> float | None:
    exp = claims.get("exp")
    return float(exp) if isinstance(exp, int | float) and 0 <= exp <= LATEST else None


def _stale(row: Mapping[str, Any], tables: Tables, defences: Defences) -> bool:
    """Whether a new epoch of its user has begun since, where the server heeds that."""
    epochs = {str(user["id"]): user["epoch"] for user in tables["users"]}
    return defences.user_epoch and epochs.get(str(row["user_id"]), row["epoch"]) != row["epoch"]


def _after(moment: float, seconds: float | None) -> float | None:
    return None if seconds is None else moment + seconds


def _first(limits: Iterable[float | None]) -> float | None:
    return min((each for each in limits if each is not None), default=None)
