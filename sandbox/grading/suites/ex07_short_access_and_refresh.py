"""Short access, stored refresh: what is stolen ends soon, or can be ended; and the customer notices nothing of it."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from typing import Any, Final

from sandbox import base64url
from sandbox.actors.forgery import read_token, write_token
from sandbox.actors.page import Page
from sandbox.clock import DAY
from sandbox.exchange import Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

ACCESS: Final = 15 * 60
REFRESH: Final = 7 * DAY
"""Simulated seconds that the two tokens live, as the task states both."""

SHORTEST: Final = 22
"""Letters of a refresh token: in base64url, 128 bits."""


def tokens_of(answer: Response, what: str) -> tuple[str, str]:
    """The access token and the refresh token of an answer. Raises Broken where one is missing."""
    found = answer.field("access_token"), answer.field("refresh_token")
    expect(answer.ok, f"{what} is answered {answer.status}")
    expect(all(isinstance(each, str) and each for each in found), f"{what} does not bring two tokens")
    return str(found[0]), str(found[1])


def login(visit: Visit, name: str) -> tuple[str, str]:
    """That customer's two tokens, of a fresh login. Raises Broken."""
    answer = visit.browser(name).open("hybrid").login(visit.password(name))
    return tokens_of(answer, f"{name.capitalize()}'s login")


def page_of(visit: Visit, name: str) -> Page:
    """The bank's page in a fresh browser of that customer, logged in: it refreshes by itself. Raises Broken."""
    page = visit.browser(name).open("hybrid")
    tokens_of(page.login(visit.password(name)), f"{name.capitalize()}'s login")
    return page


def refresh(visit: Visit, sent: str, actor: str = "mallory") -> Response:
    return visit.call("POST", "/hybrid/refresh", actor=actor, body={"refresh_token": sent})


def get(visit: Visit, path: str, bearer: str, actor: str = "mallory") -> Response:
    """One request with that token in the header, and no second try."""
    return visit.call("GET", f"/hybrid{path}", actor=actor, headers={"Authorization": f"Bearer {bearer}"})


def email_in(answer: Response) -> object:
    """Whose profile an answer shows: an e-mail, or None."""
    user = answer.field("user")
    return user.get("email") if isinstance(user, dict) else None


def sees_own(page: Page, when: str) -> None:
    """Raises Broken unless the page, which refreshes where it must, shows its own customer."""
    name = page.browser.name
    expect(email_in(page.profile()) == f"{name}@bank.example", f"{when}, {name.capitalize()} is not shown the profile")


def claims_in(token: str) -> dict[str, Any]:
    """What a token says, if it is one; else nothing."""
    try:
        _, claims = read_token(token)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def set_role(visit: Visit, of: str, role: str) -> None:
    """Carol, an admin, gives somebody another role."""
    carol = {"email": "carol@bank.example", "password": visit.password("carol")}
    body = {**carol, "of": f"{of}@bank.example", "role": role}
    expect(visit.call("POST", "/operator/role", actor="carol", body=body).ok, "Carol can't change a role")


def _refreshes(visit: Visit) -> None:
    access, sent = login(visit, "alice")
    visit.clock.advance(seconds=ACCESS - 1)
    seen = email_in(get(visit, "/profile", access, "alice"))
    expect(seen == "alice@bank.example", "within its 15 minutes, Alice's access token does not show her profile")
    renewed, _ = tokens_of(refresh(visit, sent, "alice"), "Alice's refresh")
    visit.clock.advance(seconds=ACCESS - 1)
    seen = email_in(get(visit, "/profile", renewed, "alice"))
    expect(seen == "alice@bank.example", "within 15 minutes of a refresh, the access token of it shows no profile")
    page = page_of(visit, "alice")
    sees_own(page, "after her login")
    visit.clock.advance(seconds=ACCESS + 1)
    sees_own(page, "16 minutes after her login")
    for day in range(1, 7):
        visit.clock.advance(days=1)
        sees_own(page, f"{day} days after her login")
    idle = page_of(visit, "alice")
    visit.clock.advance(seconds=REFRESH - 1)
    sees_own(idle, "idle for a second less than 7 days")


def _each_login(visit: Visit) -> None:
    laptop, phone, bob = page_of(visit, "alice"), page_of(visit, "alice"), page_of(visit, "bob")
    visit.clock.advance(seconds=ACCESS + 1)
    for page, where in ((laptop, "on the laptop"), (phone, "on the phone, too"), (bob, "on a machine of his own")):
        sees_own(page, f"logged in {where}")
    expect(laptop.logout().ok, "Alice can't log out on the laptop")
    visit.call("POST", "/hybrid/logout", actor="alice", body={"refresh_token": "unknown"})
    visit.clock.advance(seconds=ACCESS + 1)
    sees_own(phone, "once she logged out on the laptop, on the phone")
    sees_own(bob, "once Alice logged out")


def _role(visit: Visit) -> None:
    bob = page_of(visit, "bob")
    expect(bob.admin().status == 403, "Bob, who is no admin, is let in as one")
    set_role(visit, "bob", "admin")
    expect(bob.refresh().ok, "Bob can't refresh")
    expect(bob.admin().ok, "Carol made Bob an admin, and after his next refresh he is still none")
    set_role(visit, "bob", "user")
    expect(bob.refresh().ok, "Bob can't refresh a second time")
    expect(bob.admin().status == 403, "Carol took the role from Bob, and after his next refresh he still has it")


def _access_ends(visit: Visit) -> None:
    access, sent = login(visit, "alice")
    visit.clock.advance(seconds=60)
    renewed, _ = tokens_of(refresh(visit, sent, "alice"), "Alice's refresh")
    visit.clock.advance(seconds=ACCESS - 60 + 1)
    expect(not get(visit, "/profile", access).ok, "15 minutes after the login, the stolen access token still serves")
    visit.clock.advance(seconds=60)
    expect(not get(visit, "/profile", renewed).ok, "15 minutes after the refresh, the access token of it still serves")
    visit.clock.advance(days=400)
    expect(not get(visit, "/profile", access).ok, "400 days after the login, the stolen access token serves")


def _refresh_ends(visit: Visit) -> None:
    (_, idle), (_, used) = login(visit, "alice"), login(visit, "alice")
    for _ in range(6):
        visit.clock.advance(days=1)
        refresh(visit, used, "alice")
    visit.clock.advance(seconds=DAY + 1)
    expect(not refresh(visit, idle).ok, "7 days after the login, the stolen refresh token still serves")
    expect(not refresh(visit, used).ok, "used each day, a refresh token still serves after its 7 days")


def _not_access(visit: Visit) -> None:
    _, first = login(visit, "carol")
    _, second = tokens_of(refresh(visit, first, "carol"), "Carol's refresh")
    for token in dict.fromkeys((first, second)):
        expect(not get(visit, "/profile", token).ok, "the refresh token opens Carol's profile by itself")
        expect(not get(visit, "/admin", token).ok, "the refresh token makes its bearer an admin by itself")


def _not_refresh(visit: Visit) -> None:
    access, sent = login(visit, "alice")
    told = len(sent) >= SHORTEST and sent in json.dumps(claims_in(access))
    expect(not told, "the refresh token can be read in the access token")
    values = [value for value in claims_in(access).values() if isinstance(value, str)][:20]
    for value in ("", *values):
        expect(not refresh(visit, value).ok, "what can be read in the access token renews it")
    expect(not refresh(visit, access).ok, "Alice's access token, sent as a refresh token, is renewed")
    visit.clock.advance(seconds=ACCESS + 1)
    expect(not refresh(visit, access).ok, "an access token that has ended is renewed")


def _logout(visit: Visit) -> None:
    page = visit.browser("alice").open("hybrid")
    _, first = tokens_of(page.login(visit.password("alice")), "Alice's login")
    page.refresh()
    loot = visit.attacker()
    loot.steal(page.browser, "refresh")
    visit.clock.advance(seconds=ACCESS + 1)
    expect(page.logout().ok, "Alice can't log out")
    expect(not loot.browser.open("hybrid").refresh().ok, "after Alice's logout, Mallory's copy of her token renews")
    expect(not refresh(visit, first).ok, "after Alice's logout, the refresh token of her login still renews")
    expect(email_in(page_of(visit, "alice").profile()) is not None, "after her logout, Alice can't log in again")


def as_alice(token: str, own: str, hers: str) -> Iterator[str]:
    """Mallory's refresh token, with Alice's number in place of his, wherever such a number may stand."""
    yield token.replace(own, hers)
    try:
        plain = base64url.decode(token).decode()
        yield base64url.encode(plain.replace(own, hers).encode())
        yield base64url.encode(plain.replace("mallory", "alice").encode())
    except ValueError:
        pass
    claims = claims_in(token)
    if claims:
        changed = write_token({"alg": "none", "typ": "JWT"}, {**claims, "sub": hers})
        yield changed
        yield f"{changed}{token.rpartition('.')[2]}"


def counted(visit: Visit) -> set[str]:
    """What a server makes that counts its logins, or notes the time: the number, with a customer's name or hashed."""
    numbers = [*map(str, range(50)), f"{visit.clock.now()}", f"{int(visit.clock.now())}"]
    names = [each for user in visit.facts.users for each in (user.id, user.email, user.email.partition("@")[0])]
    joined = [f"{name}{sign}{n}" for name, sign, n in itertools.product(names, ("", ":", "-", "_", ".", "|"), numbers)]
    made: set[str] = set()
    for plain in (*numbers, *names, *joined):
        data = plain.encode()
        made |= {plain, base64url.encode(data)}
        for hashing in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
            found = hashing(data)
            made |= {found.hexdigest(), base64url.encode(found.digest())}
    return made


def _own(visit: Visit) -> None:
    ids = {user.email.partition("@")[0]: user.id for user in visit.facts.users}
    logins = [login(visit, name)[1] for name in ("mallory", "alice", "alice")]
    expect(len(set(logins)) == 3, "two logins got the same refresh token")
    long = all(len(each) >= SHORTEST for each in logins)
    expect(long, f"a refresh token is shorter than {SHORTEST} letters: it can be guessed")
    unlike = min(max(map(len, pair)) - sum(map(str.__eq__, *pair)) for pair in itertools.combinations(logins, 2))
    expect(unlike >= 16, "two refresh tokens are alike but for a few letters: the next one can be guessed")
    expect(not counted(visit) & set(logins), "a refresh token is made of a number or a name: it can be guessed")
    endings = ("", "1", "-1", ":1", "2", f"{visit.clock.now()}", f"{int(visit.clock.now())}")
    guesses = [f"{each}{ending}" for each in (ids["alice"], "alice@bank.example", "alice") for ending in endings]
    guesses += [made(each.encode()).hexdigest() for each in guesses for made in (hashlib.sha256, hashlib.md5)]
    for sent in (*guesses, *(each for each in as_alice(logins[0], ids["mallory"], ids["alice"]) if each != logins[0])):
        answer = refresh(visit, sent)
        expect(not answer.ok, "Mallory made up a refresh token of Alice's, and got an access token")
    access, _ = tokens_of(refresh(visit, logins[0]), "Mallory's own refresh")
    seen = email_in(get(visit, "/profile", access))
    expect(seen == "mallory@bank.example", "Mallory refreshes with his own token, and is not shown his own profile")


EXERCISE = Exercise(
    "ex07_short_access_and_refresh",
    "Short access, stored refresh",
    ("issue", "refresh", "logout"),
    (
        Criterion("refreshes", "for 7 days, the customer's page renews the access token, and nobody notices",
                  "an access token lives 15 minutes, a refresh token 7 days, both by `bank.now()`", False, _refreshes),
        Criterion("each_login", "each login stands for itself: a logout on the laptop leaves the phone logged in",
                  "a row for each login, not for each customer; and `logout` ends the row that it was sent",
                  False, _each_login),
        Criterion("role", "a change of role is seen at the next refresh",
                  "who the customer is now, `bank.user(id)` says; a row or a token says who it was", False, _role),
        Criterion("access_ends", "a stolen access token ends after 15 minutes",
                  "`exp` is in seconds since the epoch, and counted from `bank.now()`", True, _access_ends),
        Criterion("refresh_ends", "a stolen refresh token ends after 7 days, however often it was used",
                  "store when it ends, once, at the login, and compare at each refresh", True, _refresh_ends),
        Criterion("not_access", "a refresh token opens nothing by itself",
                  "what is signed with the bank's key, the bank takes for an access token: a refresh token needs no "
                  "signature if it is looked up", True, _not_access),
        Criterion("not_refresh", "an access token, or what stands in it, renews nothing",
                  "only what the table knows may be renewed", True, _not_refresh),
        Criterion("logout", "after a logout, no copy of the refresh token renews anything",
                  "to end a token, the server must have it somewhere: what does `logout` take away?", True, _logout),
        Criterion("own", "nobody can make up, change or guess another customer's refresh token",
                  "a random text with a row behind it says nothing, and can't be changed: `bank.new_id()`", True, _own),
    ),
    after="Mallory would use the stolen refresh token at once and again and again: for 7 days he looks like Alice. "
    "Used once only, the token betrays him (ex08). The access token still serves for minutes after a logout (ex09).",
)  # fmt: skip
