"""A plain HTTP client, as an app on a phone has it: no browser, and what it must do for each way to stay logged in."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from dataclasses import dataclass
from typing import Any, Final

from sandbox.actors.browser import SITE
from sandbox.claims.claim import Table
from sandbox.claims.workbench import Workbench
from sandbox.clock import MINUTE, describe
from sandbox.defences import Value
from sandbox.exchange import Request, Response, Send

PAUSE: Final = 20 * MINUTE
"""Simulated seconds before the last call: longer than a short access token lives."""


class Client:
    """Logs in and calls. What a way to stay logged in adds, its subclass has."""

    def __init__(self, send: Send, mode: str) -> None:
        self.mode = mode
        self.kept: dict[str, str] = {}
        """What the app must store until the next call, by name."""
        self._send = send

    def login(self) -> None:
        self.keep(self.send("POST", "/login", {"email": "alice@bank.example", "password": "alice-password"}))

    def call(self, method: str, path: str, body: Any = None) -> Response:
        return self.send(method, path, body)

    def send(self, method: str, path: str, body: Any = None) -> Response:
        """One request, with what is kept."""
        headers = self.credentials() if self.kept else {}
        sent = b"" if body is None else json.dumps(body).encode()
        kind = () if body is None else (("Content-Type", "application/json"),)
        return self._send(Request(method, f"{SITE}/{self.mode}{path}", (*headers.items(), *kind), sent))

    def keep(self, answer: Response) -> None:
        raise NotImplementedError

    def credentials(self) -> dict[str, str]:
        raise NotImplementedError


class CookieClient(Client):
    """Keeps the cookie, and sends it back."""

    def keep(self, answer: Response) -> None:
        self.kept["cookie"] = str(answer.header("Set-Cookie")).partition(";")[0]

    def credentials(self) -> dict[str, str]:
        return {"Cookie": self.kept["cookie"]}


class CookieAndCsrfClient(CookieClient):
    """The same, and the token against cross-site request forgery that the server asks of a cookie's bearer."""

    def keep(self, answer: Response) -> None:
        super().keep(answer)
        self.kept["csrf_token"] = str(answer.field("csrf_token"))

    def credentials(self) -> dict[str, str]:
        return {**super().credentials(), "X-CSRF-Token": self.kept["csrf_token"]}


class HeaderClient(Client):
    """Keeps the token of the answer's body, and sends it in a header (RFC 6750 2.1)."""

    def keep(self, answer: Response) -> None:
        self.kept["access_token"] = str(answer.field("access_token"))

    def credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.kept['access_token']}"}


class RefreshingClient(HeaderClient):
    """The same, and on 401 asks for a new access token and calls once more (RFC 6749 1.5)."""

    def keep(self, answer: Response) -> None:
        super().keep(answer)
        self.kept["refresh_token"] = str(answer.field("refresh_token") or self.kept["refresh_token"])

    def call(self, method: str, path: str, body: Any = None) -> Response:
        answer = self.send(method, path, body)
        if answer.status != 401:
            return answer
        self.keep(self.send("POST", "/refresh", {"refresh_token": self.kept["refresh_token"]}))
        return self.send(method, path, body)


@dataclass(frozen=True)
class Tried:
    """What became of one client. `statuses`: GET /profile, POST /transfer, and after `PAUSE` GET /profile again."""

    statuses: tuple[int, ...]
    kept_bytes: int
    """Bytes of what the app stores."""

    @property
    def served(self) -> bool:
        """Whether the calls right after the login were answered."""
        return all(status == 200 for status in self.statuses[:2])


@dataclass(frozen=True)
class App:
    """A client in a mode, and the switches that say where the credential travels."""

    mode: str
    keeps: str
    client: type[Client]
    switches: tuple[tuple[str, Value], ...] = ()


SESSION_COOKIE: Final = App("session", "a cookie", CookieClient)
SESSION_COOKIE_CSRF: Final = App("session", "a cookie and a CSRF token", CookieAndCsrfClient)
SESSION_HEADER: Final = App("session", "its id, for a header", HeaderClient, (("carrier", "header"),))
JWT_HEADER: Final = App("jwt", "a token, for a header", HeaderClient)
HYBRID_HEADER: Final = App("hybrid", "two tokens, and refreshes", RefreshingClient)
APPS: Final = (SESSION_COOKIE, SESSION_COOKIE_CSRF, SESSION_HEADER, JWT_HEADER, HYBRID_HEADER)
PRESETS: Final = ("as_written", "as_advised")


def every(bench: Workbench) -> dict[App, dict[str, Tried]]:
    """Every app under each of `PRESETS`."""
    return bench.once(_every)


def _every(bench: Workbench) -> dict[App, dict[str, Tried]]:
    return {app: {preset: tried(bench, app, preset) for preset in PRESETS} for app in APPS}


def statuses(found: dict[App, dict[str, Tried]]) -> dict[str, dict[str, tuple[int, ...]]]:
    """What `every` found as numbers: by `mode, what it keeps`, then by preset."""
    return {
        f"{app.mode}, {app.keeps}": {preset: each.statuses for preset, each in row.items()}
        for app, row in found.items()
    }


def table(found: dict[App, dict[str, Tried]]) -> Table:
    """What `every` found, as it is shown."""
    return Table(
        "An app without a browser: what it must do, what it keeps, and what GET /profile, POST /transfer and, "
        f"{describe(PAUSE)} later, GET /profile answer",
        ("mode", "the app keeps", "statements of code", "bytes kept", *PRESETS),
        tuple(
            (
                app.mode, app.keeps, statements(app.client), row["as_advised"].kept_bytes,
                *(" ".join(map(str, row[preset].statuses)) for preset in PRESETS),
            )
            for app, row in found.items()
        ),
    )  # fmt: skip


def tried(bench: Workbench, app: App, preset: str) -> Tried:
    """Log in with that app, call, and call once more later."""
    with bench.box(preset, rfc6750_errors=True, **dict(app.switches)) as box:
        client = app.client(box.browser("alice").send, app.mode)
        client.login()
        kept = sum(len(value) for value in client.kept.values())
        now = client.call("GET", "/profile"), client.call("POST", "/transfer", {"to": "bob@bank.example", "amount": 1})
        box.clock.advance(seconds=PAUSE)
        return Tried(tuple(each.status for each in (*now, client.call("GET", "/profile"))), kept)


def statements(client: type[Client]) -> int:
    """How many statements this way to stay logged in adds to `Client`, counted in the source of its classes."""
    return sum(_statements(each) for each in client.__mro__ if issubclass(each, Client) and each is not Client)


def _statements(kind: type[Client]) -> int:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    counted = (each for each in ast.walk(tree) if isinstance(each, ast.stmt))
    return sum(
        not isinstance(each, ast.ClassDef | ast.FunctionDef)
        and not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in counted
    )
