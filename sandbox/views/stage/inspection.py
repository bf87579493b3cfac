"""One arrow, opened: what went over the wire, what it says, what the server did for it, and by which lines."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sandbox.clock import LATEST, describe, spoken
from sandbox.exchange import Exchange, Statement
from sandbox.guards import Shown
from sandbox.names import Names
from sandbox.record import Record
from sandbox.server.tokens import InvalidToken, decode_unverified
from sandbox.views import words
from sandbox.views.stage.chips import KINDS
from sandbox.views.stage.curl import curl
from sandbox.views.stage.lanes import ATTACKER

_TELLING: Final = {
    "cookie": "the browser adds it by itself, whoever caused the request",
    "authorization": "the page's script adds it; no browser does so by itself",
    "dpop": "signed for this one request, by a key that does not leave the device",
    "origin": "the browser says which site's page sent this; script can't change it",
    "x-csrf-token": "only a page that may read the login's answer knows it",
    "set-cookie": "the browser keeps it, and heeds its attributes",
    "www-authenticate": "how to come back with a credential (RFC 9110 11.6.1)",
    "access-control-allow-origin": "which site's page may read this answer",
    "access-control-allow-credentials": "whether it may when cookies went along",
    "cache-control": "who may keep a copy of this answer",
    "retry-after": "when to come back",
    "location": "where the browser goes next",
}
"""Headers that matter to this comparison, and why."""

_TO_ATTACKER: Final = {
    **dict.fromkeys(("cookie", "authorization", "dpop", "origin", "x-csrf-token"), "Mallory puts it there"),
    "set-cookie": "Mallory may keep it, and need not heed its attributes",
    "location": "where Mallory may go next",
}
"""The same of a client of Mallory's own: no browser, and no page of the bank's."""

_PREVENTS: Final = {
    "secure": "sent over https only: a listener sees nothing",
    "httponly": "script can't read it",
    "samesite=strict": "never sent on a request from another site",
    "samesite=lax": "sent from another site only when the user follows a link",
    "samesite=none": "sent from every site",
    "path": "sent to addresses below this path only; no defence, says RFC 6265bis 8.5",
    "domain": "sent to all hosts below this domain too",
    "max-age": "the browser forgets it then; a copy elsewhere stays",
    "expires": "the browser forgets it then; a copy elsewhere stays",
}
_LACKS: Final = {
    "secure": "goes over plain http too, readable on the way",
    "httponly": "script that runs in the page can read it",
    "samesite": "the browser's default: like Lax, with two minutes' grace in Chromium",
}

_Text = Callable[[str], str]


@dataclass(frozen=True)
class Line:
    """A line of a message; `why` it matters, empty where it does not."""

    text: str
    why: str = ""


@dataclass(frozen=True)
class Fact:
    """A name, and what is said of it."""

    name: str
    says: str


@dataclass(frozen=True)
class Credential:
    """One that went along or was handed out: its kind, and its claims in words if it has any."""

    name: str
    kind: str
    claims: tuple[Fact, ...]


@dataclass(frozen=True)
class SetCookie:
    """A cookie that the answer sets: each attribute with what it prevents, or what its lack allows."""

    name: str
    attributes: tuple[Fact, ...]


@dataclass(frozen=True)
class Work:
    """One statement of the database, with the rows that it read, or how many it wrote."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    says: str


@dataclass(frozen=True)
class Source:
    """One function of the server with the lines that a switch decides."""

    file: str
    lines: tuple[tuple[int, str, bool], ...]
    """Number, text, and whether it is one of them."""


@dataclass(frozen=True)
class Asked:
    """A switch that the server asked for this request, and where."""

    name: str
    value: str
    does: str
    source: str
    """The standard that says so."""
    places: tuple[Source, ...]


@dataclass(frozen=True)
class Inspection:
    """All that is known of one exchange. Credentials bear their short names, unless the learner asked for all."""

    title: str
    when: str
    revealed: bool
    request: tuple[Line, ...]
    response: tuple[Line, ...]
    credentials: tuple[Credential, ...]
    cookies: tuple[SetCookie, ...]
    curl: str
    why_no_curl: str
    store: str
    """`2 store reads and 1 write`."""
    statements: tuple[Work, ...]
    asked: tuple[Asked, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def inspect(record: Record, mode: str, position: int, number: int, *, reveal: bool = False) -> Inspection:
    """The exchange at that place, from 0, of the step at that position, from 1. Raises IndexError, KeyError."""
    if position < 1 or number < 0:
        raise IndexError("steps are counted from 1, exchanges from 0")
    step, names = record.steps[position - 1], record.names[mode]
    exchange = step.lanes[mode].exchanges[number]
    shown: _Text = (lambda text: text) if reveal else names.mask
    copied = curl(record, mode, exchange)
    return Inspection(
        title=names.line(exchange),
        when=spoken(exchange.clock),
        revealed=reveal,
        request=tuple(_request(exchange, shown)),
        response=tuple(_response(exchange, shown)),
        credentials=tuple(_credentials(exchange, names, shown)),
        cookies=tuple(_cookie(header) for header in exchange.response.all("Set-Cookie")),
        curl=copied.commands,
        why_no_curl=copied.why_not,
        store=words.store_work(exchange.store_reads, exchange.store_writes),
        statements=tuple(_work(each, exchange.clock, shown) for each in exchange.statements),
        asked=tuple(_asked(record, exchange)),
    )


# What went over the wire ------------------------------------------------


def _request(exchange: Exchange, shown: _Text) -> Iterable[Line]:
    yield from _head(exchange.request.head(), shown, exchange.actor)
    yield from _body(exchange.request.body, shown)


def _response(exchange: Exchange, shown: _Text) -> Iterable[Line]:
    response = exchange.response
    yield Line(f"HTTP/1.1 {response.status}", "the server's answer")
    yield from _head([f"{name}: {value}" for name, value in response.headers], shown, exchange.actor)
    yield from _body(response.body, shown)


def _head(lines: Iterable[str], shown: _Text, actor: str) -> Iterable[Line]:
    telling = _TELLING | _TO_ATTACKER if actor == ATTACKER else _TELLING
    for line in lines:
        yield Line(shown(line), telling.get(line.partition(":")[0].lower(), ""))


def _body(body: bytes, shown: _Text) -> Iterable[Line]:
    if body:
        yield Line("")
        text = shown(body.decode("utf-8", "replace"))  # all at once: a key has several lines
        yield from (Line(line) for line in text.removesuffix("\n").split("\n"))


# What it says -----------------------------------------------------------


def _credentials(exchange: Exchange, names: Names, shown: _Text) -> Iterable[Credential]:
    values = names.known()
    for name in dict.fromkeys((*names.carried(exchange.request), *names.handed_out(exchange))):
        yield Credential(name, KINDS[name[0]], tuple(_claims(values[name], exchange.clock, shown)))


def _claims(value: str, clock: float, shown: _Text) -> Iterable[Fact]:
    """Header and claims of a self-contained token, read without any key; nothing of a random one."""
    try:
        header, claims = decode_unverified(value)
    except InvalidToken:
        return
    for name, part in (*header.items(), *claims.items()):
        timely = name in ("exp", "nbf", "iat") and type(part) is int and 0 <= part <= LATEST
        says = f"{part}: {moment(part, clock)}" if timely else json.dumps(part, ensure_ascii=False)
        yield Fact(_whole(name), _whole(shown(says)))


def _whole(text: str) -> str:
    """JSON may name half of a character, and no message could bear that."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def moment(at: float, clock: float) -> str:
    """`Thu 1 Jan 2026, 09:15:00 (in 14 min)`."""
    away = at - clock
    when = "now" if away == 0 else f"in {describe(away)}" if away > 0 else f"{describe(-away)} ago"
    return f"{spoken(at)} ({when})"


def _cookie(header: str) -> SetCookie:
    """A Set-Cookie header, attribute by attribute, and those that it lacks."""
    pair, *attributes = (part.strip() for part in header.split(";"))
    facts, there = [], set()
    for attribute in attributes:
        key = attribute.partition("=")[0].lower()
        there.add(key)
        says = _PREVENTS.get(attribute.lower() if key == "samesite" else key)
        if says:
            facts.append(Fact(attribute, says))
    facts += [Fact(f"no {_AS_WRITTEN[key]}", says) for key, says in _LACKS.items() if key not in there]
    return SetCookie(pair.partition("=")[0], tuple(facts))


_AS_WRITTEN: Final = {"secure": "Secure", "httponly": "HttpOnly", "samesite": "SameSite"}


# What the server did ----------------------------------------------------


def _work(statement: Statement, clock: float, shown: _Text) -> Work:
    columns = tuple(statement.rows[0]) if statement.rows else ()
    rows = tuple(tuple(shown(_cell(name, row[name], clock)) for name in columns) for row in statement.rows)
    if statement.changed is not None:
        said = "1 row changed" if statement.changed == 1 else f"{statement.changed} rows changed"
    else:
        more = f", {statement.left_out} of them not shown" if statement.left_out else ""
        found = len(rows) + statement.left_out
        said = f"{found or 'no'} row{'' if found == 1 else 's'} found{more}"
    return Work(shown(_HASH.sub(r"\1...", statement.sql)), columns, rows, said)


_HASH: Final = re.compile(r"(\$2[abxy]?\$\d\d\$[./0-9A-Za-z]{5})[./0-9A-Za-z]{48}")
"""A password hash of bcrypt: nobody needs it in full."""


def _cell(name: str, value: Any, clock: float) -> str:
    if value is None:
        return "-"
    if words.is_moment(name, value):
        return moment(value, clock)
    return f"{value[:12]}..." if name == "password_hash" else str(value)


def _asked(record: Record, exchange: Exchange) -> Iterable[Asked]:
    """The story's own switches first; then in the order in which the server asked."""
    first = [name for name in record.levers if name in exchange.asked]
    for name in dict.fromkeys((*first, *exchange.asked)):
        explained = (exchange.defences or record.defences).explain(name)
        about, guard = explained.about, explained.guard
        places = tuple(_source(each) for each in (guard.function, *guard.uses))
        yield Asked(name, explained.value, about.does, about.source, places)


def _source(shown: Shown) -> Source:
    lines = textwrap.dedent(shown.source).splitlines()
    return Source(shown.file, tuple((at, line, at in shown.marks) for at, line in enumerate(lines, shown.begins)))
