"""Several servers in turn: which share of an honest user's calls they refuse, by whose the store is."""

from __future__ import annotations

from typing import Final

from sandbox.actors.page import Page
from sandbox.claims.workbench import Workbench
from sandbox.exchange import Response

COUNTS: Final = (1, 2, 4)
"""How many servers."""

CALLS: Final = 12
"""A whole round for each of `COUNTS`."""

LANES: Final = {
    "session": ("session", "/profile"),
    "jwt": ("jwt", "/profile"),
    "hybrid, calls": ("hybrid", "/profile"),
    "hybrid, refreshes": ("hybrid", "/refresh"),
}
"""What is called, by name: the mode, and the path."""


def shares(bench: Workbench, *, shared: bool) -> dict[str, dict[int, float]]:
    """The share of calls that are refused, from 0 to 1: by lane, then by how many servers take turns."""
    return bench.once(_shares, shared)


def _shares(bench: Workbench, shared: bool) -> dict[str, dict[int, float]]:
    return {
        name: {count: _share(bench, mode, path, count, shared) for count in COUNTS}
        for name, (mode, path) in LANES.items()
    }


def _share(bench: Workbench, mode: str, path: str, count: int, shared: bool) -> float:
    with bench.box(shared_store=shared) as box:
        for _ in range(count - 1):
            box.add_node(mode)
        alice = box.browser("alice").open(mode)
        alice.login()
        return _refused([_call(alice, path) for _ in range(CALLS)])


def kept_at_one(bench: Workbench) -> tuple[float, float]:
    """Two servers with stores of their own, and each user always at the same one: the share refused to Alice's session.

    And the share once she comes to the other server, as when her own stops. Bob's calls take the turns between.
    """
    with bench.box(shared_store=False) as box:
        box.add_node("session")
        alice, bob = (box.browser(name).open("session") for name in ("alice", "bob"))
        alice.login()
        bob.login()

        def in_turn() -> list[Response]:
            answers = []
            for _ in range(CALLS):
                answers.append(alice.profile())
                bob.profile()
            return answers

        at_her_own = _refused(in_turn())
        bob.profile()  # one turn more of his: the next one is hers, at the other server
        return at_her_own, _refused(in_turn())


def _call(page: Page, path: str) -> Response:
    return page.refresh() if path == "/refresh" else page.request("GET", path)


def _refused(answers: list[Response]) -> float:
    return sum(not each.ok for each in answers) / len(answers)
