"""One mode at one step: its arrows, and what lies where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.actors.browser import Holdings
from sandbox.actors.cookies import StoredCookie
from sandbox.clock import describe
from sandbox.exchange import Exchange
from sandbox.names import Names, place
from sandbox.record import LaneStep, Record, StepRecord
from sandbox.views import words
from sandbox.views.stage.chips import Chip, Fates, good

ATTACKER: Final = "mallory"
SERVER: Final = "server"
MOST_ROWS: Final = 5
"""Rows of one table that are shown, the latest; of the others, how many."""


@dataclass(frozen=True)
class Arrow:
    """One exchange, or the same one several times in a row."""

    first: int
    """The place of its (first) exchange in the step's lane, from 0."""
    count: int
    actor: str
    to: str
    """`server`, or `mallory` where the site is Mallory's."""
    call: str
    """`POST /jwt/login`."""
    status: int
    reason: str
    """`OK`."""
    sends: tuple[Chip, ...]
    gets: tuple[Chip, ...]
    later: str
    """`6 days 23 h later`, where it was tried at another time than the step's; else empty."""
    reads: int = 0
    """Statements that the store ran for it; of several, for the first."""
    writes: int = 0
    alike: bool = False
    """Whether every lane has the same one."""
    changed: str = ""
    """What the run before had here: `was 200`, or `new`; empty where it is the same, or there was none."""

    @property
    def says(self) -> str:
        """All of it in a sentence."""
        carried = f", sends {' '.join(chip.name for chip in self.sends)}" if self.sends else ""
        handed = f", gets {' '.join(chip.name for chip in self.gets)}" if self.gets else ""
        often = f", {self.count} times" if self.count > 1 else ""
        when = f", {self.later}" if self.later else ""
        return f"{self.actor}: {self.call}{carried}: {self.status} {self.reason}{handed}{often}{when}"

    @property
    def in_short(self) -> str:
        """Who called what, and what came of it."""
        often = f", {self.count} times" if self.count > 1 else ""
        when = f", {self.later}" if self.later else ""
        return f"{self.actor}: {self.call} {self.status}{often}{when}"


@dataclass(frozen=True)
class Kept:
    """One thing that lies somewhere."""

    place: str
    """`cookie session`, `localStorage jwt.access_token`, `sessions`, `denylist`."""
    chips: tuple[Chip, ...]
    says: str
    """What else is to be said of it: a cookie's attributes, a row's other columns."""
    gone: bool = False
    """It lay here before this step, and no more."""
    new: bool = False
    """The run before had it not, at this step."""
    changed: str = ""
    """What the run before said of it: `was HttpOnly`; empty where it said the same, or there was none."""


@dataclass(frozen=True)
class Keeping:
    """What one of the three keeps."""

    title: str
    things: tuple[Kept, ...]


@dataclass(frozen=True)
class LanePicture:
    """One mode at one step. Lists are in the order in which things happened, or lie."""

    mode: str
    about: str
    applies: bool
    verdict: str = ""
    """`✗ BREACHED: 6 days 23 h 59 min`; empty as long as the story goes on."""
    verdict_kind: str = ""
    """One of `VERDICTS`, or `nothing` where the story can't be in this mode."""
    verdict_changed: str = ""
    told: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Who sends from the left side: `alice`."""
    arrows: tuple[Arrow, ...] = ()
    gone: tuple[str, ...] = ()
    """What the run before had at this step and this one has not."""
    untold: str = ""
    browsers: tuple[Keeping, ...] = ()
    server: Keeping = field(default=Keeping("Server keeps", ()))
    attacker: Keeping | None = None
    because: str = ""
    prediction: str = ""
    result: str = ""
    """The same without the reason: `✗ yes, you said no`."""
    surprised: bool = False


def lane(record: Record, fates: Fates, mode: str, position: int) -> LanePicture:
    """What is to be seen of a mode when so many steps have run."""
    outcome = record.outcomes.get(mode) if position == len(record.steps) else None
    applies = outcome.applies if outcome else mode not in record.outcomes or record.outcomes[mode].applies
    if not applies:
        why = record.outcomes[mode].summary
        return LanePicture(mode, words.ABOUT[mode], False, "- DOES NOT APPLY", "nothing", told=(why,))
    picture = LanePicture(mode, words.ABOUT[mode], True)
    if outcome:
        kind = outcome.verdict or "measured"
        picture = replace(picture, verdict=words.verdict(outcome), verdict_kind=kind, told=tuple(words.told(outcome)))
    step = record.steps[position - 1] if position else None
    here = step.lanes.get(mode) if step else None
    if step is None or here is None:
        return picture
    followed = record.follows(mode, position)
    before = record.steps[followed - 1].lanes.get(mode) if followed else None
    first = record.steps[0].lanes.get(mode)
    held = {name: _held(holdings, fates, position) for name, holdings in here.holdings.items()}
    return replace(
        picture,
        people=tuple(name for name in here.holdings if name != ATTACKER),
        arrows=_arrows(here, step, fates, position),
        untold=words.untold(here),
        browsers=tuple(Keeping(f"{name.capitalize()}'s browser keeps", things)
                       for name, things in held.items() if name != ATTACKER),
        server=Keeping("Server keeps", tuple(_rows(here, before, first, fates, position))),
        attacker=Keeping("Mallory holds", held[ATTACKER]) if ATTACKER in held else None,
        because=here.because,
        prediction=words.prediction_line(step, mode),
        result=_result(step, mode),
        surprised=mode in step.surprises(),
    )  # fmt: skip


def _result(step: StepRecord, mode: str) -> str:
    """The answer that turned out to be true, and whether it was said before; empty where nothing was asked."""
    answer = step.lanes[mode].answer
    if step.question is None or answer is None:
        return ""
    said = step.prediction.get(mode) if step.prediction else None
    if said is None:
        return answer
    return f"✓ {answer}, as you said" if said == answer else f"✗ {answer}, you said {said}"


# Over the wire ---------------------------------------------------------


def _arrows(here: LaneStep, step: StepRecord, fates: Fates, position: int) -> tuple[Arrow, ...]:
    """The same exchange again and again is one arrow with a count."""
    arrows, at = [], 0
    for _, group in groupby(here.exchanges, key=lambda each: fates.names.line(each, step.clock)):
        exchanges = list(group)
        arrows.append(_arrow(exchanges[0], at, len(exchanges), step.clock, fates, position))
        at += len(exchanges)
    return tuple(arrows)


def _arrow(exchange: Exchange, at: int, count: int, clock: float, fates: Fates, position: int) -> Arrow:
    request, status = exchange.request, exchange.response.status
    later = exchange.clock - clock
    return Arrow(
        first=at,
        count=count,
        actor=exchange.actor,
        to=ATTACKER if (urlsplit(request.url).hostname or "").endswith("evil.example") else SERVER,
        call=f"{request.method} {place(request)}",
        status=status,
        reason=HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "",
        sends=tuple(_sent(name, exchange, fates, position) for name in fates.names.carried(request)),
        gets=tuple(_handed_out(name, exchange, fates, position) for name in fates.names.handed_out(exchange)),
        later=f"{describe(later)} later" if later > 0 else "",
        reads=exchange.store_reads,
        writes=exchange.store_writes,
    )


def _sent(name: str, exchange: Exchange, fates: Fates, position: int) -> Chip:
    """On the way, a credential is what its answer says of it: what was accepted was good then."""
    chip, before = fates.chip(name, position, exchange.clock), fates.lives_before(position).get(name)
    if chip.fate not in ("ended", "expired") or not exchange.response.ok:
        return chip
    path = exchange.request.path
    whoever_asks = path.endswith(("/login", "/logout"))  # these answer alike without a credential
    decides = name.startswith("R") == path.endswith("/refresh")  # the other one only goes along
    ended_here = chip.fate == "ended" and (before is None or before.over is None)
    return good(name) if ended_here or (decides and not whoever_asks) else chip


def _handed_out(name: str, exchange: Exchange, fates: Fates, position: int) -> Chip:
    """What has just been handed out is good, whatever became of it in the same step."""
    chip = fates.chip(name, position, exchange.clock)
    return good(name) if chip.fate in ("ended", "expired") else chip


# What lies where -------------------------------------------------------


def _held(holdings: Holdings, fates: Fates, position: int) -> tuple[Kept, ...]:
    kept = [
        Kept(f"cookie {each.name}", fates.within(each.value, position), _attributes(each)) for each in holdings.cookies
    ]
    for title, values in (("localStorage", holdings.local_storage), ("memory", holdings.memory)):
        kept += [Kept(f"{title} {key}", fates.within(value, position), "") for key, value in values.items()]
    return tuple(kept)


def _attributes(cookie: StoredCookie) -> str:
    """`Secure, HttpOnly, SameSite=Strict`."""
    flags = (("Secure", cookie.secure_only), ("HttpOnly", cookie.http_only))
    same_site = [] if cookie.same_site == "Default" else [f"SameSite={cookie.same_site}"]
    return ", ".join([*(name for name, on in flags if on), *same_site]) or "no attribute guards it"


_HIDDEN: Final = ("token", "jti", "id", "user_id", "email", "epoch", "password_hash", "jkt", "proof")
"""Columns that a row's line leaves out: the chip stands for some, the inspector shows all."""


def _rows(
    here: LaneStep, before: LaneStep | None, first: LaneStep | None, fates: Fates, position: int
) -> Iterable[Kept]:
    """The rows that are there, those which this step took away, and what has changed of the users."""
    for table, rows in here.tables.items():
        if table == "users":
            continue
        if len(rows) > MOST_ROWS:
            yield Kept(table.replace("_", " "), (), _more(len(rows) - MOST_ROWS, "earlier"))
        for row in rows[-MOST_ROWS:]:
            yield _row(table, row, here, fates, position)
        left = [row for row in (before.tables.get(table, ()) if before else ()) if _key(row) not in map(_key, rows)]
        for row in left[:MOST_ROWS]:
            yield replace(_row(table, row, here, fates, position), gone=True)
        if len(left) > MOST_ROWS:
            yield Kept(table.replace("_", " "), (), _more(len(left) - MOST_ROWS, "more"), gone=True)
    yield from _changed_users(here, first or here)


def _row(table: str, row: Mapping[str, Any], here: LaneStep, fates: Fates, position: int) -> Kept:
    value = str(row.get("token") or row.get("jti") or row.get("proof") or "")
    chips = fates.within(value, position)
    hashed = "hashed" if fates.names.mask(value).startswith("sha256(") else ""
    owner = next((user["email"].partition("@")[0] for user in here.tables["users"]
                  if user["id"] == row.get("user_id")), "")  # fmt: skip
    number = f"family {row['id']}" if table == "refresh_families" else ""
    said = [f"{_column(name)} {_cell(name, cell, fates.names, fates.clock(position))}" for name, cell in row.items()
            if name not in _HIDDEN and cell is not None]  # fmt: skip
    return Kept(table.replace("_", " "), chips, ", ".join(part for part in (number, owner, hashed, *said) if part))


def _more(count: int, which: str) -> str:
    """`15 earlier ones`."""
    return f"{count} {which} {'one' if count == 1 else 'ones'}"


def _key(row: Mapping[str, Any]) -> Any:
    """What tells a row of a table from another. Not a session's number: the next one may get that of a dead one."""
    return row.get("token") or row.get("jti") or row.get("proof") or row.get("id") or tuple(row.values())


def _column(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_id").replace("_", " ")


def _cell(name: str, cell: Any, names: Names, clock: float) -> str:
    return words.when(cell, clock) if words.is_moment(name, cell) else names.mask(str(cell))


def _changed_users(here: LaneStep, first: LaneStep) -> Iterable[Kept]:
    """`alice: balance 1000 -> 900`, against the first step."""
    before = {user["id"]: user for user in first.tables["users"]}
    for user in here.tables["users"]:
        old = before.get(user["id"], user)
        names = [name for name in user if user[name] != old[name]]
        said = ", ".join(
            "a new password hash" if name == "password_hash" else f"{name} {old[name]} → {user[name]}" for name in names
        )
        if said:
            yield Kept("users", (), f"{user['email'].partition('@')[0]}: {said}")
