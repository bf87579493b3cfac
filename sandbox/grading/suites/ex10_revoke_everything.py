"""Revoke everything: whoever logs out everywhere, or has a new password, ends all earlier tokens, and no one else's."""

from __future__ import annotations

from typing import Final

from sandbox.actors.page import Page
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

ROUNDS: Final = 6
"""How often Alice logs out everywhere: more often than a small number goes round."""
CHANGES: Final = 3
"""How often she has a new password."""


def logged_in(visit: Visit, name: str, password: str = "") -> Page:
    """That customer's page after a login, in a fresh browser. Raises Broken where the login fails."""
    page = visit.browser(name).open("hybrid")
    answer = page.login(password or visit.password(name))
    expect(answer.ok, f"{name.capitalize()} logs in with the right password, and is answered {answer.status}")
    return page


def thief_of(visit: Visit, page: Page, loot: str = "all") -> Page:
    """Mallory's page, with a copy of what the other one holds now: `all`, or `access` or `refresh` alone."""
    mallory = visit.attacker()
    mallory.steal(page.browser, loot)
    return mallory.browser.open("hybrid")


def opens(page: Page, name: str = "alice") -> bool:
    """Whether the access token that the page holds shows that customer's profile."""
    user = page.request("GET", "/profile").field("user")
    return isinstance(user, dict) and user.get("email") == f"{name}@bank.example"


def renews(page: Page, name: str = "alice") -> bool:
    """Whether its refresh token brings an access token that does."""
    return page.refresh().ok and opens(page, name)


def log_out_everywhere(page: Page) -> None:
    """The page keeps its tokens: an attacker's copy would be just the same."""
    answer = page.request("POST", "/logout-all")
    expect(answer.ok, f"to log out everywhere is answered {answer.status}")


def change_password(visit: Visit, page: Page, name: str, old: str = "") -> str:
    """The new one. `old`: the one until now; empty where it is the first."""
    new = f"{old or name}-{visit.facts.nonce}"
    answer = page.request("POST", "/password", {"old": old or visit.password(name), "new": new})
    expect(answer.ok, f"a change of the password is answered {answer.status}")
    return new


def goes_on(page: Page, what: str) -> None:
    """Raises Broken where an honest page gets no profile, with its access token or after a refresh."""
    name = page.browser.name
    expect(opens(page, name), f"{what}: {name.capitalize()} is not shown the profile")
    expect(renews(page, name), f"{what}: {name.capitalize()} is not shown the profile after a refresh")


def has_ended(page: Page, what: str) -> None:
    """Raises Broken where its access token or its refresh token still opens Alice's profile."""
    expect(not opens(page), f"{what}: the access token from before still opens Alice's profile")
    expect(not renews(page), f"{what}: the refresh token from before still leads to Alice's profile")


def a_moment_later(visit: Visit) -> None:
    visit.clock.advance(seconds=2)


def _works(visit: Visit) -> None:
    phone, laptop, bob = logged_in(visit, "alice"), logged_in(visit, "alice"), logged_in(visit, "bob")
    for page in (phone, laptop, bob):
        goes_on(page, "after the logins, Alice's two and Bob's")
    visit.clock.advance(days=1)
    for page in (phone, laptop, bob):
        expect(renews(page, page.browser.name), "a day after the logins, a refresh leads to no profile")


def _new_login(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    a_moment_later(visit)
    log_out_everywhere(alice)
    a_moment_later(visit)
    again = logged_in(visit, "alice")
    goes_on(again, "Alice has logged out everywhere, and in again")
    a_moment_later(visit)
    new = change_password(visit, again, "alice")
    a_moment_later(visit)
    goes_on(logged_in(visit, "alice", new), "Alice has a new password, and logs in with it")


def _others(visit: Visit) -> None:
    bob, alice, carol = (logged_in(visit, name) for name in ("bob", "alice", "carol"))
    a_moment_later(visit)
    log_out_everywhere(alice)
    goes_on(bob, "Alice has logged out everywhere")
    change_password(visit, carol, "carol")
    goes_on(bob, "Carol has a new password")


def _old_access(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    thief = thief_of(visit, alice, "access")
    a_moment_later(visit)
    log_out_everywhere(alice)
    expect(not opens(thief), "Alice has logged out everywhere, and Mallory's copy of the access token still serves")
    visit.clock.advance(minutes=5)
    expect(not opens(thief), "five minutes later, Mallory's copy of the access token serves again")


def _old_refresh(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    thief = thief_of(visit, alice, "refresh")
    thief.refresh()
    a_moment_later(visit)
    log_out_everywhere(alice)
    expect(not opens(thief), "an access token that Mallory got by a refresh before still serves")
    for _ in range(2):
        a_moment_later(visit)
        expect(not renews(thief), "Alice has logged out everywhere; Mallory refreshes, and is in")


def _second_device(visit: Visit) -> None:
    phone, *others = (logged_in(visit, "alice") for _ in range(4))
    a_moment_later(visit)
    log_out_everywhere(phone)
    for page in others:
        has_ended(page, "Alice has logged out everywhere on her phone, and one of three other devices goes on")
    has_ended(phone, "Alice has logged out everywhere on her phone, and the phone itself goes on")


def _password(visit: Visit) -> None:
    password = ""
    for change in range(CHANGES):
        phone, laptop = logged_in(visit, "alice", password), logged_in(visit, "alice", password)
        thief = thief_of(visit, laptop)
        a_moment_later(visit)
        password = change_password(visit, phone, "alice", password)
        for page in (thief, laptop, phone):
            has_ended(page, "Alice has a new password, once more" if change else "Alice has a new password")
        a_moment_later(visit)


def _same_moment(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    log_out_everywhere(alice)
    again = logged_in(visit, "alice")
    has_ended(alice, "Alice logs in, out everywhere and in again, all in one second")
    goes_on(again, "Alice logs in, out everywhere and in again, all in one second")


def _for_good(visit: Visit) -> None:
    ended: list[Page] = []
    for _ in range(ROUNDS):
        alice = logged_in(visit, "alice")
        for page in ended:
            has_ended(page, "Alice has logged out everywhere, and in again")
        a_moment_later(visit)
        log_out_everywhere(alice)
        ended.append(alice)
        a_moment_later(visit)
    for page in ended:
        has_ended(page, f"Alice has logged out everywhere {ROUNDS} times")


EXERCISE = Exercise(
    "ex10_revoke_everything",
    "Revoke everything",
    ("Logins",),
    (
        Criterion("works", "Alice works on two devices, and Bob on his", "start from the code as it was given", False,
                  _works),
        Criterion("new_login", "who logs in afterwards is in again",
                  "what is ended: the customer, or the tokens that the customer had until then?", False, _new_login),
        Criterion("others", "nobody else is thrown out", "whose number is it that goes up?", False, _others),
        Criterion("old_access", "an access token from before is refused",
                  "what must the token bear, so that `serves` can tell it from one that is issued later?", True,
                  _old_access),
        Criterion("old_refresh", "a refresh token from before leads nowhere",
                  "`renew` makes a fresh token. From an old one, does it make a new one, and of which time?", True,
                  _old_refresh),
        Criterion("second_device", "it holds for every device",
                  "the laptop has tokens of its own. What have all of Alice's tokens in common?", True, _second_device),
        Criterion("password", "a new password ends the same tokens",
                  "who changes a password thinks of somebody who knows the old one, and is logged in with it", True,
                  _password),
        Criterion("same_moment", "it holds within one second, for what came before and for what comes after",
                  "a clock can't tell two things of one second apart. What can be counted instead?", True,
                  _same_moment),
        Criterion("for_good", "what was ended stays so, however often Alice comes and goes",
                  "a mark that a login takes away brings the old tokens back; a mark that is set once ends nothing "
                  "the second time", True, _for_good),
    ),
    after="Mallory would make sure to be in after the change: with the new password, or with a login that the bank did "
    "not open by `open`, such as a key for programs. And each request asks the store now: that is the price.",
)  # fmt: skip
