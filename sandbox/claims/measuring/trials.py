"""What no story tells, tried by real requests: clients that are no browser, other front ends, other nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.claims.workbench import Workbench
from sandbox.defences import Value
from sandbox.engine import Scene
from sandbox.exchange import Request, Response
from sandbox.search import find_end

BANK: Final = "https://bank.example"
PARTNER: Final = "https://partner.example/app"
"""A front end of another site that the bank lists (server/cors.py)."""
CALLS: Final = 10

Switches = Mapping[str, Value]

_JSON: Final = ("Content-Type", "application/json")
_LOGIN: Final = json.dumps({"email": "alice@bank.example", "password": "alice-password"}).encode()


def page_without_script(bench: Workbench, mode: str, preset: str, switches: Switches) -> int:
    """The status of a page of the bank that Alice, logged in, opens by its address: no script adds a header."""
    with bench.box(preset, **switches) as box:
        browser = box.browser("alice")
        browser.open(mode).login()
        answer = browser.visit(f"{BANK}/{mode}/profile").response
        assert answer is not None
        return answer.status


class ListedLogins(NamedTuple):
    rows: int | None
    """How many logins the server lists for somebody with two devices; None: it has no list."""
    seconds: float | None
    """Simulated seconds for which the device that was ended from the list still gets in; None: no end was found."""


def logins_listed(bench: Workbench, mode: str, preset: str, switches: Switches) -> ListedLogins:
    """Alice logs in on two devices, asks for the list, and ends the other device by it."""
    with bench.box(preset, **switches) as box:
        scene = Scene(box, mode, {})
        desk, phone = scene.person("alice"), scene.attacker()  # whoever has the phone now
        desk.login()
        lost = box.browser("alice", scene.log)
        lost.open(mode).login()
        phone.steal(lost)
        rows = desk.sessions().field("sessions")
        for row in rows or ():
            if not row["current"]:
                desk.call("DELETE", f"/sessions/{row['id']}")
        return ListedLogins(None if rows is None else len(rows), find_end(scene, phone).seconds)


def refused_elsewhere(bench: Workbench, mode: str, preset: str, switches: Switches) -> int:
    """How many of ten calls are refused, over two nodes that share the keys, and no store."""
    with bench.box(preset, **{**switches, "shared_store": False}) as box:
        box.add_node(mode)
        page = box.browser("alice").open(mode)
        page.login()
        return sum(not page.request("GET", "/profile").ok for _ in range(CALLS))


def page_of_partner(bench: Workbench, mode: str, preset: str, switches: Switches) -> int | None:
    """The status that a page of another site, listed by the bank, reads: it logs Alice in, then reads her profile.

    None where the browser keeps the answer from it.
    """
    with bench.box(preset, **switches) as box:
        box.publish(PARTNER)
        page = box.browser("alice").visit(PARTNER)
        login = page.fetch(f"{BANK}/{mode}/login", "POST", headers=dict([_JSON]), body=_LOGIN, credentials="include")
        token = login.field("access_token") if login else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = page.fetch(f"{BANK}/{mode}/profile", headers=headers, credentials="include")
        return answer.status if answer else None


class CalledWithHeader(NamedTuple):
    status: int | None
    """Of a call with the credential in the Authorization header; None: login's body bears none."""
    refusal: Response
    """The answer to a credential that is none."""

    @property
    def challenged(self) -> bool:
        """Whether the refusal is 401 with a challenge, as RFC 6750 3.1 and RFC 9110 11.6.1 ask for."""
        return self.refusal.status == 401 and self.refusal.header("WWW-Authenticate") is not None


def client_with_header(bench: Workbench, mode: str, preset: str, switches: Switches) -> CalledWithHeader:
    """A client that knows the Authorization header alone: with its own credential, then with a bad one."""
    with bench.box(preset, **switches) as box:
        client = box.browser("alice")

        def call(credential: str) -> Response:
            headers = (("Authorization", f"Bearer {credential}"),)
            return client.exchange(Request("GET", f"{BANK}/{mode}/profile", headers), None)

        token = client.exchange(_post(f"{BANK}/{mode}/login", _LOGIN), None).field("access_token")
        return CalledWithHeader(call(token).status if token else None, call("no-such-credential"))


def _post(url: str, body: bytes) -> Request:
    return Request("POST", url, (_JSON,), body)
