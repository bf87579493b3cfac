"""Read the wire: fresh recordings of the three modes, some in disguise. What is read must be what was recorded."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.actors.attacker import bearing
from sandbox.actors.page import Page
from sandbox.box import Sandbox
from sandbox.defences import Defences, Value
from sandbox.exchange import MODES, Exchange, Request, Response
from sandbox.grading.exercise import Broken, Criterion, Exercise, expect
from sandbox.grading.visit import Visit

Kinds = dict[str, str]
"""Kinds of credentials, each with its carrier: `{"session id": "cookie"}`."""

MOST: Final = 200
"""Letters of what the reader says that are told."""

_SHUFFLED: Final = secrets.SystemRandom()


@dataclass(frozen=True)
class Recorded:
    """One exchange, and what it carries."""

    exchange: Exchange
    sent: Kinds
    got: Kinds
    small: bool = False
    """Whether the names of its headers are written small, as HTTP/2 has them (RFC 9113 8.2)."""

    @property
    def call(self) -> str:
        return f"{self.exchange.request.method} {self.exchange.request.path}"

    @property
    def shown(self) -> dict[str, Any]:
        """What the reader is shown."""
        request, response = self.exchange.request, self.exchange.response
        return {
            "request": {"method": request.method, "path": request.path, **self._plain(request)},
            "response": {"status": response.status, **self._plain(response)},
        }

    def _plain(self, message: Request | Response) -> dict[str, Any]:
        headers = [[name.lower() if self.small else name, value] for name, value in message.headers]
        return {"headers": headers, "body": message.body.decode()}


def recording(mode: str, use: Callable[[Page], object], **switches: Value) -> list[Recorded]:
    """Alice logs in at the sandbox's own server, then does `use`; all real requests. Paths don't tell the mode."""
    box = Sandbox(Defences.preset("as_written").but(bcrypt_cost=4, **switches), transport="in-process")
    try:
        page = box.browser("alice").open(mode)
        page.login()
        use(page)
        kinds: dict[str, str] = {}
        for each in box.log:
            kinds |= handed_over(mode, each)
        return [_recorded(mode, each, kinds) for each in box.log]
    finally:
        box.close()


def with_long_id(recorded: list[Recorded]) -> list[Recorded]:
    """The same visit at a server that signs its session ids: a long random value, a dot, and a signature."""
    long = f"{secrets.token_urlsafe(60)}.{secrets.token_urlsafe(29)}"
    short = next(value for each in recorded for value, kind in handed_over("session", each.exchange).items()
                 if kind == "session id")  # fmt: skip

    def renamed(message: Request | Response) -> dict[str, Any]:
        headers = tuple((name, value.replace(short, long)) for name, value in message.headers)
        return {"headers": headers, "body": message.body.replace(short.encode(), long.encode())}

    return [
        replace(each, exchange=replace(
            each.exchange,
            request=replace(each.exchange.request, **renamed(each.exchange.request)),
            response=replace(each.exchange.response, **renamed(each.exchange.response)),
        ))
        for each in recorded
    ]  # fmt: skip


def handed_over(mode: str, exchange: Exchange) -> dict[str, str]:
    """The credentials that an exchange hands over, by value: known from the mode, which the reader is not told."""
    access = "session id" if mode == "session" else "access token"
    named = {"password": "password", "access_token": access, "refresh_token": "refresh token", "session": access,
             "refresh": "refresh token"}  # fmt: skip
    pairs = [each.partition(";")[0].partition("=")[::2] for each in exchange.response.all("Set-Cookie")]
    for body in (exchange.request.json(), exchange.response.json()):
        pairs += body.items() if isinstance(body, dict) else []
    return {value: named[name.removeprefix("__Host-")] for name, value in pairs
            if name.removeprefix("__Host-") in named and value}  # fmt: skip


def _recorded(mode: str, exchange: Exchange, kinds: dict[str, str]) -> Recorded:
    def carried(message: Request | Response, cookies: list[str]) -> Kinds:
        places = {
            "cookie": "\n".join(cookies),
            "header": message.header("Authorization") or "",
            "body": message.body.decode(),
        }
        return {kind: place for value, kind in kinds.items() for place, text in places.items() if value in text}

    request, response = exchange.request, exchange.response
    sent, got = carried(request, [request.header("Cookie") or ""]), carried(response, response.all("Set-Cookie"))
    told = tuple((name, value.replace(f"Path=/{mode}/", "Path=/")) for name, value in response.headers)
    nameless = replace(
        exchange,
        request=replace(request, url=request.url.replace(f"/{mode}/", "/")),
        response=replace(response, headers=told),
    )
    return Recorded(nameless, sent, got)


def check(visit: Visit, recorded: list[Recorded]) -> None:
    """The reader is shown each exchange alone, in no order; the first that it reads wrongly is told, in theirs."""
    asked: dict[int, Exchange] = {}
    for number in _SHUFFLED.sample(range(len(recorded)), len(recorded)):
        visit.call("POST", "/read", actor="bank", body=recorded[number].shown)
        asked[number] = visit.log.exchanges[-1]
    for number, each in enumerate(recorded):
        try:
            _check_one(each, asked[number].response.field("said"))
        except Broken:
            visit.log.keep(0, (each.exchange, asked[number]))
            raise


def _check_one(recorded: Recorded, said: object) -> None:
    call = recorded.call
    if not isinstance(said, dict):
        raise Broken(f'of {call}, read does not say {{"sent": {{...}}, "got": {{...}}}}')
    for way, so in (("sent", recorded.sent), ("got", recorded.got)):
        expect(said.get(way) == so, f"of {call}, read says {way}: {_told(said.get(way))}")


def check_mode(visit: Visit, mode: str, recorded: list[Recorded]) -> None:
    """The reader is shown the whole visit; where it is wrong, the login is told, which decides."""
    said = visit.call("POST", "/mode", actor="bank", body=[each.shown for each in recorded]).field("said")
    if said != mode:
        visit.log.keep(0, (recorded[0].exchange, visit.log.exchanges[-1]))
        expect(said in MODES, "mode_of does not say session, jwt or hybrid")
        raise Broken(f"a visit in another mode is taken for {said!r}")


def _told(said: object) -> str:
    if isinstance(said, dict):
        said = ", ".join(f"{kind} by {carrier}" for kind, carrier in sorted(said.items())) or "nothing"
    return (said if isinstance(said, str) else json.dumps(said))[:MOST]


# What Alice does after her login -----------------------------------------


def _works(page: Page) -> None:
    for _ in range(_SHUFFLED.randrange(1, 4)):
        page.profile()
    page.transfer("bob@bank.example", _SHUFFLED.randrange(1, 100))


def _refreshes(page: Page) -> None:
    page.profile()
    page.refresh()
    page.profile()


def _with_trifles(page: Page) -> None:
    """Cookies of the page's own: a language, and a number by which visitors are counted."""
    for name, value in (("language", "de"), ("visitor", f"1.2.{secrets.token_urlsafe(24)}")):
        page.browser.cookies.put(bearing(name, value, page.browser.clock.now()))
    _works(page)


def _leaves(page: Page) -> None:
    page.profile()
    page.logout()


# The criteria --------------------------------------------------------------


def _session(visit: Visit) -> None:
    recorded = recording("session", _works)
    check(visit, recorded)
    check_mode(visit, "session", recorded)


def _jwt(visit: Visit) -> None:
    recorded = recording("jwt", _works)
    check(visit, recorded)
    check_mode(visit, "jwt", recorded)


def _hybrid(visit: Visit) -> None:
    recorded = recording("hybrid", _refreshes)
    check(visit, recorded)
    check_mode(visit, "hybrid", recorded)


def _jwt_in_a_cookie(visit: Visit) -> None:
    recorded = recording("jwt", _works, carrier="cookie")
    check(visit, recorded)
    check_mode(visit, "jwt", recorded)


def _id_in_a_header(visit: Visit) -> None:
    recorded = recording("session", _works, carrier="header")
    check(visit, recorded)
    check_mode(visit, "session", recorded)


def _long_id(visit: Visit) -> None:
    for carrier in ("cookie", "header"):
        recorded = with_long_id(recording("session", _works, carrier=carrier))
        check(visit, recorded)
        check_mode(visit, "session", recorded)


_PREFIXED: Final[dict[str, Value]] = {"secure": True, "host_prefix": True}


def _other_names(visit: Visit) -> None:
    recorded = recording("session", _works, **_PREFIXED)
    check(visit, recorded)
    check_mode(visit, "session", recorded)


def _refresh_cookie(visit: Visit) -> None:
    for names in ({}, _PREFIXED):
        for use in (_works, _refreshes):
            recorded = recording("hybrid", use, refresh_cookie=True, **names)
            check(visit, recorded)
            check_mode(visit, "hybrid", recorded)


def _trifles(visit: Visit) -> None:
    for mode, carrier in (("session", "default"), ("jwt", "cookie")):
        recorded = recording(mode, _with_trifles, carrier=carrier, csrf_token=True)
        check(visit, recorded)
        check_mode(visit, mode, recorded)


def _small_letters(visit: Visit) -> None:
    for mode in MODES:
        recorded = [replace(each, small=True) for each in recording(mode, _works)]
        check(visit, recorded)
        check_mode(visit, mode, recorded)


def _taken_back(visit: Visit) -> None:
    check(visit, recording("session", _leaves))
    check(visit, recording("hybrid", _leaves, refresh_cookie=True)[-1:])


EXERCISE = Exercise(
    "ex01_read_the_wire",
    "Read the wire",
    ("read", "mode_of"),
    (
        Criterion("session", "a visit in session mode is read right", "what does each call of the visit carry? "
                  "Look at the cookies, the headers and the body, one after another", False, _session),
        Criterion("jwt", "a visit in jwt mode is read right", "the access token comes in one carrier, and goes "
                  "out in another", False, _jwt),
        Criterion("hybrid", "a visit in hybrid mode is read right", "hybrid mode has one kind of credential more than "
                  "jwt mode: where does it come, and where does it go?", False, _hybrid),
        Criterion("jwt_in_a_cookie", "a JWT is seen to be one in a cookie too",
                  "the cookie's name says what somebody called it. What does the value look like?", True,
                  _jwt_in_a_cookie),
        Criterion("id_in_a_header", "a session id is seen to be one in a header too",
                  "`Bearer` says that whoever bears it gets in, not what it is. What does the value look like?", True,
                  _id_in_a_header),
        Criterion("long_id", "a session id is seen to be one, however long it is",
                  "a dot alone makes no JWT, and a long value neither: how many pieces has a JWT?", True, _long_id),
        Criterion("other_names", "cookies with a prefix to their names don't hide",
                  "a name may begin with `__Host-`: what of it stays the same?", True, _other_names),
        Criterion("refresh_cookie", "a refresh token is seen in a cookie too",
                  "in some banks the refresh token comes in a cookie `refresh`, or `__Host-refresh`, and goes back in "
                  "it: which kind is it there?", True, _refresh_cookie),
        Criterion("trifles", "what is no credential is not taken for one",
                  "would a stranger who has only this value be let in?", True, _trifles),
        Criterion("small_letters", "header names in small letters don't hide",
                  "names of headers have no case of their own; HTTP/2 writes them small", True, _small_letters),
        Criterion("taken_back", "a cookie that is taken back is not one that is handed out",
                  "what is the cookie's value in the answer to a logout?", True, _taken_back),
    ),
    after="Mallory reads the same wire. What he finds there he can send himself: see ex03 for how cookies are kept "
    "from him. What a JWT says, he reads without any key: see ex05.",
)  # fmt: skip
