"""Session fixation: Mallory knows the id that Alice comes with. After her login, it must be worth nothing."""

from __future__ import annotations

from itertools import combinations

from sandbox.actors.attacker import bearing
from sandbox.actors.browser import Browser
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit


def session_of(browser: Browser) -> str:
    """The value of the cookie `session`; empty where there is none."""
    return next((each.value for each in browser.cookies.all() if each.name == "session"), "")


def plant(browser: Browser, value: str) -> None:
    """As another site under the same domain can: a cookie of the attacker's choice, in the victim's browser."""
    browser.cookies.put(bearing("session", value, browser.clock.now()))


def logged_in(visit: Visit, name: str, browser: Browser | None = None) -> Browser:
    """That customer, in a fresh browser or in this one. Raises Broken where the login fails."""
    there = browser or visit.browser(name)
    answer = there.open("session").login(visit.password(name))
    expect(answer.ok, f"{name.capitalize()} logs in with her own password, and is answered {answer.status}")
    return there


def email_seen(browser: Browser) -> object:
    """Whose profile the browser is shown: an e-mail, or None."""
    user = browser.open("session").profile().field("user")
    return user.get("email") if isinstance(user, dict) else None


def _works(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    expect(email_seen(alice) == "alice@bank.example", "after her login, Alice is not shown her profile")
    bob = logged_in(visit, "bob")
    expect(email_seen(bob) == "bob@bank.example", "after his login, Bob is not shown his profile")
    expect(email_seen(alice) == "alice@bank.example", "once Bob has logged in, Alice is not shown her profile any more")


def _works_after_a_visit(visit: Visit) -> None:
    alice = visit.browser("alice")
    alice.fetch("GET", "/")
    logged_in(visit, "alice", alice)
    expect(email_seen(alice) == "alice@bank.example", "Alice visits the bank first, then logs in: no profile is shown")


def _refuses(visit: Visit) -> None:
    answer = visit.browser("alice").open("session").login("a wrong password")
    expect(answer.status == 401, f"a wrong password is answered {answer.status}")
    alice = logged_in(visit, "alice")
    alice.open("session").login("a wrong password")
    expect(email_seen(alice) == "alice@bank.example", "a wrong password ends the login that Alice had")


def _fixation(visit: Visit) -> None:
    mallory, alice = visit.browser("mallory"), visit.browser("alice")
    mallory.fetch("GET", "/")
    plant(alice, session_of(mallory))
    logged_in(visit, "alice", alice)
    expect(email_seen(mallory) is None, "the id that Mallory planted shows him Alice's profile")


def _old_id(visit: Visit) -> None:
    alice = visit.browser("alice")
    alice.fetch("GET", "/")
    before = session_of(alice)
    logged_in(visit, "alice", alice)
    mallory = visit.browser("mallory")
    plant(mallory, before)
    expect(email_seen(mallory) is None, "the id that Alice had before her login still opens her profile")
    plant(mallory, session_of(alice))
    logged_in(visit, "alice", alice)
    expect(email_seen(mallory) is None, "Alice logs in once more: the id of her first login still opens her profile")


def _unknown_id(visit: Visit) -> None:
    alice, mallory = visit.browser("alice"), visit.browser("mallory")
    chosen = f"chosen-{visit.facts.nonce}"
    plant(alice, chosen)
    logged_in(visit, "alice", alice)
    plant(mallory, chosen)
    expect(email_seen(mallory) is None, "an id that the server never made became Alice's session")


def _guess(visit: Visit) -> None:
    ids = [session_of(logged_in(visit, "alice")) for _ in range(3)]
    expect(len(set(ids)) == 3, "two logins of Alice's got the same id")
    expect(all(len(each) >= 22 for each in ids), "an id is shorter than 22 letters: it can be guessed")
    alike = max(sum(a == b for a, b in zip(one, other, strict=False)) for one, other in combinations(ids, 2))
    expect(alike <= min(map(len, ids)) / 2, "two ids are alike in most places: the next one can be guessed")
    alice = next(user for user in visit.facts.users if user.email == "alice@bank.example")
    told = any(all(part in each for each in ids) for part in (alice.id, alice.email))  # in one it may be by chance
    expect(not told, "an id tells who the customer is")


EXERCISE = Exercise(
    "ex02_session_fixation",
    "Session fixation",
    ("login",),
    (
        Criterion("works", "customers log in, and each sees their own profile", "start from the code as it was given",
                  False, _works),
        Criterion("works_after_a_visit", "who visited before can log in too",
                  "a login that comes with an id is a login too: refuse none", False, _works_after_a_visit),
        Criterion("refuses", "a wrong password is refused, and ends no login", "return None before anything else",
                  False, _refuses),
        Criterion("fixation", "an id that Mallory planted is worth nothing after Alice's login",
                  "which id does the cookie hold after the login: the one that came, or another?", True, _fixation),
        Criterion("old_id", "the id from before the login is dead",
                  "a new id is half of it: what does `sessions` still say of the old one?", True, _old_id),
        Criterion("unknown_id", "an id that the server never made is not taken over",
                  "only `bank.new_id()` may make ids", True, _unknown_id),
        Criterion("guess", "an id can't be guessed, and no two logins share one",
                  "an id must be random, and say nothing of the customer: `bank.new_id()`", True, _guess),
    ),
    after="Mallory would copy the new id instead, by script (HttpOnly) or by listening (Secure): see ex03. Rights may "
    "also grow without a login, when a clerk becomes an admin for an hour: the id should change then too.",
)  # fmt: skip
