"""The working week of an app that is no browser: it keeps what the login hands out, and sends it back."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sandbox.claims.measuring.plain_client import Client
from sandbox.claims.workbench import Workbench
from sandbox.defences import Value
from sandbox.exchange import Response
from sandbox.scenarios.expiry import visits

CALLS: Final = 3
"""At each visit, as in the story `expiry`."""


class KeepingClient(Client):
    """Keeps the cookie, the tokens and the CSRF token, whichever the login hands out; on 401 it refreshes once."""

    def keep(self, answer: Response) -> None:
        fields = ("access_token", "refresh_token", "csrf_token")
        self.kept |= {name: str(value) for name in fields if (value := answer.field(name))}
        if cookie := answer.header("Set-Cookie"):
            self.kept["cookie"] = cookie.partition(";")[0]

    def credentials(self) -> dict[str, str]:
        kept = {"Cookie": "cookie", "X-CSRF-Token": "csrf_token"}
        headers = {name: self.kept[what] for name, what in kept.items() if what in self.kept}
        if "access_token" in self.kept:
            headers["Authorization"] = f"Bearer {self.kept['access_token']}"
        return headers

    def call(self, method: str, path: str, body: Any = None) -> Response:
        answer = self.send(method, path, body)
        if self.mode != "hybrid" or answer.status != 401:
            return answer
        token = {name: value for name, value in self.kept.items() if name == "refresh_token"}  # or in the cookie
        refreshed = self.send("POST", "/refresh", token)
        if not refreshed.ok:
            return answer
        self.keep(refreshed)
        return self.send(method, path, body)


class Week(NamedTuple):
    transfer: int
    """The status of a transfer right after the first login."""
    logins: int
    """How often Alice must type her password again."""


def week(bench: Workbench, mode: str, preset: str = "as_written", **switches: Value) -> Week:
    """Alice uses the app at the times of the story `expiry`. Raises UnknownName, BadSwitch."""
    with bench.box(preset, **switches) as box:
        app = KeepingClient(box.browser("alice").send, mode)
        app.login()
        transfer = app.call("POST", "/transfer", {"to": "bob@bank.example", "amount": 1}).status
        logins, before = 0, visits()[0][1]
        for _, moment in visits():
            box.clock.advance(seconds=moment - before)
            before = moment
            for _ in range(CALLS):
                if not app.call("GET", "/profile").ok:
                    logins += 1
                    app.kept.clear()
                    app.login()
        return Week(transfer, logins)
