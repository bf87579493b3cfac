"""Rotation and reuse: a refresh token serves once, even when eight ask at once, and a second use ends its family."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

from sandbox.actors.page import Page
from sandbox.exchange import Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

AT_ONCE: Final = 8
ROUNDS: Final = 3
"""How often eight try at once: once may go well by luck."""


def logged_in(visit: Visit, name: str) -> Page:
    """That customer's page after a login, in a fresh browser. Raises Broken where the login fails."""
    page = visit.browser(name).open("hybrid")
    answer = page.login(visit.password(name))
    expect(answer.ok, f"{name.capitalize()} logs in with the right password, and is answered {answer.status}")
    return page


def thief_of(visit: Visit, page: Page) -> Page:
    """Mallory's page, with a copy of the refresh token that the other one holds now."""
    mallory = visit.attacker()
    mallory.steal(page.browser, "refresh")
    return mallory.browser.open("hybrid")


def token_of(page: Page) -> object:
    """The refresh token that a page holds."""
    return page.browser.local_storage.get("hybrid.refresh_token")


def goes_on(page: Page, what: str) -> None:
    """One honest refresh: a new token, and the profile of whoever sits there. Raises Broken."""
    before, name = token_of(page), page.browser.name
    answer = page.refresh()
    expect(answer.ok, f"{what}: the refresh is answered {answer.status}")
    expect(token_of(page) not in (None, before), f"{what}: the refresh brings no new refresh token")
    user = page.request("GET", "/profile").field("user")
    email = user.get("email") if isinstance(user, dict) else None
    expect(email == f"{name}@bank.example", f"{what}: after the refresh, {name.capitalize()} is not shown the profile")


def all_at_once(pages: list[Page]) -> list[Response]:
    """Every page refreshes, all at the same moment. Each keeps what it gets."""
    start = Barrier(len(pages))

    def refresh(page: Page) -> Response:
        start.wait()
        return page.refresh()

    with ThreadPoolExecutor(len(pages)) as threads:
        return list(threads.map(refresh, pages))


def _chain(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    seen = {token_of(alice)}
    for _ in range(5):
        visit.clock.advance(hours=1)
        goes_on(alice, "Alice refreshes five times, an hour apart")
        seen.add(token_of(alice))
    expect(len(seen) == 6, "of six refresh tokens, two are the same")


def _each_served(visit: Visit) -> None:
    pages = [logged_in(visit, name) for name in ("alice", "bob") * (AT_ONCE // 2)]
    for _ in range(2):
        served = all(answer.ok for answer in all_at_once(pages))
        expect(served, "eight logins refresh at the same moment, each with its own token: not all are served")


def _unknown(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    invented = f"invented-{visit.facts.nonce}"
    for body in ({"refresh_token": invented}, {"refresh_token": ""}, {}):
        answer = visit.call("POST", "/hybrid/refresh", body=body)
        expect(answer.status == 400, f"a token that the bank never made is answered {answer.status}")
    goes_on(alice, "Mallory has sent invented tokens")


def _two_families(visit: Visit) -> None:
    phone, laptop, bob = logged_in(visit, "alice"), logged_in(visit, "alice"), logged_in(visit, "bob")
    goes_on(phone, "Alice has two logins")
    thief = thief_of(visit, phone)
    goes_on(phone, "Alice has two logins")
    thief.refresh()  # a second use, on the phone's family alone
    goes_on(laptop, "the phone's token was used twice; Alice's laptop goes on")
    goes_on(bob, "a token of Alice's was used twice; Bob goes on")
    goes_on(logged_in(visit, "alice"), "a token of Alice's was used twice, and she logs in anew")
    goes_on(laptop, "Alice has logged in anew; her laptop goes on")


def _thief_second(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    thief = thief_of(visit, alice)
    alice.refresh()
    expect(not thief.refresh().ok, "Alice has used the token, and Mallory's copy of it still serves")
    expect(not alice.refresh().ok, "Mallory has shown a used token, and its family goes on as if nothing had happened")


def _thief_first(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    thief = thief_of(visit, alice)
    thief.refresh()
    expect(not alice.refresh().ok, "Mallory has used the token, and Alice's copy of the same still serves")
    expect(not thief.refresh().ok, "Alice has shown a used token, and Mallory, who used it first, goes on")


def _long_ago(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    thief = thief_of(visit, alice)
    for _ in range(5):
        visit.clock.advance(hours=1)
        alice.refresh()
    expect(not thief.refresh().ok, "five refreshes later, Mallory's copy of the first token still serves")
    expect(not alice.refresh().ok, "Mallory has shown the first token, five refreshes later, and the family goes on")


def _parallel(visit: Visit) -> None:
    for _ in range(ROUNDS):
        alice = logged_in(visit, "alice")
        served = sum(answer.ok for answer in all_at_once([thief_of(visit, alice) for _ in range(AT_ONCE)]))
        expect(served <= 1, "eight requests came at once with the same token, and more than one was served")


def _after_parallel(visit: Visit) -> None:
    for _ in range(ROUNDS):
        alice = logged_in(visit, "alice")
        before = len(visit.log)
        all_at_once([thief_of(visit, alice) for _ in range(AT_ONCE)])
        for served in [each.response.field("refresh_token") for each in visit.log.since(before) if each.response.ok]:
            answer = visit.call("POST", "/hybrid/refresh", body={"refresh_token": served})
            expect(not answer.ok, "eight requests came at once with one token, and one that was served can go on")


EXERCISE = Exercise(
    "ex08_rotation_and_reuse",
    "Rotation and reuse",
    ("refresh",),
    (
        Criterion("chain", "who refreshes in turn goes on, with a new token each time",
                  "start from the code as it was given: each refresh returns a token that stands in `tokens`, unused",
                  False, _chain),
        Criterion("each_served", "eight logins may refresh at the same moment",
                  "whom do you keep waiting, and whom do you turn away? Other tokens are none of this one's business",
                  False, _each_served),
        Criterion("unknown", "an invented token is refused, and ends nothing", "`tokens.get` gives None for it", False,
                  _unknown),
        Criterion("two_families", "each login is a family of its own: the others go on when one ends",
                  "a row of `tokens` says which family it is of. End that one, not the customer", False,
                  _two_families),
        Criterion("thief_second", "Alice first, Mallory second: the copy is refused, and the family ends",
                  "a token that was used must be told from one that was never made: keep its row, and act on it", True,
                  _thief_second),
        Criterion("thief_first", "Mallory first, Alice second: the family ends, and Mallory with it",
                  "nobody can tell who of the two is the thief. What must happen to the tokens that follow?", True,
                  _thief_first),
        Criterion("long_ago", "the first token of a long chain still betrays the thief",
                  "it is not enough to know the last token that was used", True, _long_ago),
        Criterion("parallel", "of eight requests at once with one token, at most one is served",
                  "between your look and your mark, seven others looked. Which call to a table does both in one step?",
                  True, _parallel),
        Criterion("after_parallel", "whoever was served of those eight can't go on: the family has ended",
                  "the successor may be written after the family was ended. Where must each refresh look?", True,
                  _after_parallel),
    ),
    after="As long as Alice stays away, nobody shows the old token, and Mallory rotates on alone: only an absolute "
    "lifetime of the family ends that. And he would dump the table: keep a hash of each token, not the token.",
)  # fmt: skip
