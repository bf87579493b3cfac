"""A page of another origin logs Alice in at the bank and reads her profile: what a browser lets its script read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from sandbox.actors.browser import SITE
from sandbox.claims.claim import Table
from sandbox.claims.workbench import Workbench
from sandbox.defences import Value

SAME_SITE: Final = "https://app.bank.example"
OTHER_SITE: Final = "https://partner.example"
UNLISTED: Final = "https://other.example"
ORIGINS: Final = {
    SAME_SITE: "same site, listed by the bank",
    OTHER_SITE: "another site, listed by the bank",
    UNLISTED: "another site, not listed",
}
"""Where the page is from, and in words how that stands to the bank."""


@dataclass(frozen=True)
class Way:
    """How a credential travels: the mode, where, and the switches that make it so."""

    mode: str
    where: str
    switches: tuple[tuple[str, Value], ...] = ()


_NONE: Final = ("same_site", "None")
SESSION_UNSET: Final = Way("session", "cookie, SameSite unset")
SESSION_LAX: Final = Way("session", "cookie, SameSite=Lax", (("same_site", "Lax"),))
SESSION_STRICT: Final = Way("session", "cookie, SameSite=Strict", (("same_site", "Strict"),))
SESSION_NONE: Final = Way("session", "cookie, SameSite=None", (_NONE,))
SESSION_HEADER: Final = Way("session", "header", (("carrier", "header"),))
JWT_HEADER: Final = Way("jwt", "header")
JWT_LAX: Final = Way("jwt", "cookie, SameSite=Lax", (("carrier", "cookie"), ("same_site", "Lax")))
JWT_NONE: Final = Way("jwt", "cookie, SameSite=None", (("carrier", "cookie"), _NONE))
HYBRID_HEADER: Final = Way("hybrid", "header")
WAYS: Final = (
    SESSION_UNSET, SESSION_LAX, SESSION_STRICT, SESSION_NONE, SESSION_HEADER, JWT_HEADER, JWT_LAX, JWT_NONE,
    HYBRID_HEADER,
)  # fmt: skip


@dataclass(frozen=True)
class Called:
    """What came of the call to /profile."""

    status: int | None
    """What script could read; None: the browser kept the answer from it, or did not ask."""
    requests: int
    """How many went out for it: a preflight is one."""

    @property
    def served(self) -> bool:
        return self.status == 200


def calls(bench: Workbench) -> dict[Way, dict[str, Called]]:
    """Every way from every origin."""
    return bench.once(_calls)


def _calls(bench: Workbench) -> dict[Way, dict[str, Called]]:
    return {way: {origin: _called(bench, way, origin) for origin in ORIGINS} for way in WAYS}


def _called(bench: Workbench, way: Way, origin: str) -> Called:
    with bench.box(secure=True, rfc6750_errors=True, **dict(way.switches)) as box:
        box.publish(f"{origin}/")
        page = box.browser("alice").visit(f"{origin}/")
        body = json.dumps({"email": "alice@bank.example", "password": "alice-password"}).encode()
        kind = {"Content-Type": "application/json"}
        login = page.fetch(f"{SITE}/{way.mode}/login", "POST", headers=kind, body=body, credentials="include")
        token = login.field("access_token") if login else None
        bearing = {"Authorization": f"Bearer {token}"} if token else {}
        before = len(box.log)
        answer = page.fetch(f"{SITE}/{way.mode}/profile", headers=bearing, credentials="include")
        return Called(answer.status if answer else None, len(box.log) - before)


def statuses(found: dict[Way, dict[str, Called]]) -> dict[str, dict[str, int | None]]:
    """What `calls` found as numbers: by `mode, where`, then by origin."""
    return {
        f"{way.mode}, {way.where}": {origin: called.status for origin, called in row.items()}
        for way, row in found.items()
    }


def table(found: dict[Way, dict[str, Called]]) -> Table:
    """What `calls` found, as it is shown."""
    return Table(
        "What script of a page reads of GET /profile, after it has logged Alice in",
        ("mode", "credential", *(f"{origin} ({stands})" for origin, stands in ORIGINS.items()), "requests per call"),
        tuple(
            (way.mode, way.where, *(_said(each) for each in row.values()), row[SAME_SITE].requests)
            for way, row in found.items()
        ),
    )


def _said(called: Called) -> str:
    return "nothing" if called.status is None else str(called.status)
