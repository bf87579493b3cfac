"""How many bytes a request has as claims grow, and from which size on a browser drops the cookie that bears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sandbox.box import Sandbox
from sandbox.claims.workbench import Workbench

GROUPS: Final = (0, 1, 3, 10, 30, 100, 180, 200, 300)
"""How many groups Alice is in, each a claim of ten letters or so."""


@dataclass(frozen=True)
class Sent:
    """One call after a login."""

    request_bytes: int
    cookie_bytes: int
    """Name and value of the cookie that the login handed out; 0 where it handed out none."""
    status: int


def by_groups(bench: Workbench, mode: str, **switches: Any) -> dict[int, Sent]:
    """The call to /profile, by the number of groups. In session mode groups stay on the server."""
    with bench.box(**switches) as box:
        return {count: _sent(box, mode, count) for count in GROUPS}


def last_kept(bench: Workbench) -> tuple[Sent, Sent]:
    """JWT in a cookie, one group after the other: the last login whose cookie came back, the first whose did not."""
    with bench.box(carrier="cookie") as box:
        kept, dropped = 0, GROUPS[-1]
        while dropped - kept > 1:
            middle = (kept + dropped) // 2
            kept, dropped = (middle, dropped) if _sent(box, "jwt", middle).status == 200 else (kept, middle)
        return _sent(box, "jwt", kept), _sent(box, "jwt", dropped)


def _sent(box: Sandbox, mode: str, count: int) -> Sent:
    if mode != "session":
        groups = [f"branch-{number:03}" for number in range(count)]
        box.put_in_tokens(mode, **({"groups": groups} if groups else {}))  # in none: the token as it is
    alice = box.browser("alice").open(mode)
    cookie = (alice.login().header("Set-Cookie") or "").partition(";")[0]
    answer = alice.request("GET", "/profile")
    request = box.log.exchanges[-1].request
    return Sent(request.wire_bytes(), len(cookie.replace("=", "", 1)), answer.status)
