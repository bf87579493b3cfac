"""Cross-site request forgery: forms of evil.example, with whatever token Mallory can come by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from sandbox import base64url
from sandbox.actors.browser import SITE, Browser
from sandbox.exchange import Request, Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.suites.elsewhere import overheard
from sandbox.grading.suites.ex02_session_fixation import logged_in, session_of
from sandbox.grading.suites.ex03_cookie_attributes import BLOG, EVIL, balance
from sandbox.grading.visit import Visit

TRANSFER = f"{SITE}/session/transfer"
SHORTEST = 22
"""Letters of base64url that 16 random bytes make."""
PIECE = 12
"""So many letters of a session's id, one after another, are in no token by chance."""


def customer(visit: Visit, name: str, browser: Browser | None = None) -> Browser:
    """Logged in, in this browser or in a fresh one that is old: it sends no Origin (Fetch 3.1), so that nothing but the
    token tells whose page is asking.
    """
    old = browser or visit.browser(name)
    if browser is None:
        send = old.send

        def without_origin(request: Request) -> Response:
            kept = tuple((field, value) for field, value in request.headers if field != "Origin")
            return send(replace(request, headers=kept))

        old.send = without_origin
    return logged_in(visit, name, old)


def token_of(browser: Browser) -> str:
    """What the bank's page holds in this browser, opened now. Raises Broken where there is none."""
    token = browser.fetch("GET", "/session/page").field("csrf_token")
    expect(isinstance(token, str) and bool(token), "the bank's page has no token in it")
    return str(token)


def by_form(browser: Browser, to: str, token: str) -> Response:
    """The form of the bank's own page is sent."""
    fields = {"to": f"{to}@bank.example", "amount": "100", "csrf_token": token}
    return browser.bank.submit(TRANSFER, fields).response or Response(0)


def forged(visit: Visit, alice: Browser, mallory: Browser, token: str | None = None) -> bool:
    """Alice opens Mallory's page, whose form pays him, with that token or with no such field: did money move?"""
    before = balance(mallory)
    fields = {"to": "mallory@bank.example", "amount": "100"} | ({} if token is None else {"csrf_token": token})
    alice.visit(EVIL).submit(TRANSFER, fields)
    return balance(mallory) != before


def two(visit: Visit) -> tuple[Browser, Browser]:
    """Alice and Mallory, each logged in; what Alice sends elsewhere reaches Mallory."""
    mallory, alice = customer(visit, "mallory"), customer(visit, "alice")
    overheard(visit, alice)
    return alice, mallory


def _works(visit: Visit) -> None:
    alice, bob = customer(visit, "alice"), customer(visit, "bob")
    token = token_of(alice)
    of_bob = token_of(bob)
    before = balance(bob)
    answer = by_form(alice, "bob", token)
    expect(answer.ok, f"Alice sends the form of the bank's page, and is answered {answer.status}")
    expect(balance(bob) == before + 100, "Alice sends the form of the bank's page, and Bob's balance stays as it was")
    body = {"to": "alice@bank.example", "amount": 5}
    answer = bob.fetch("POST", "/session/transfer", json_body=body, headers={"X-CSRF-Token": of_bob})
    expect(answer.ok, f"the page's script sends Bob's token in a header, and is answered {answer.status}")


def _two_tabs(visit: Visit) -> None:
    alice = customer(visit, "alice")
    first, second = token_of(alice), token_of(alice)
    for tab, token in (("first", first), ("second", second)):
        answer = by_form(alice, "bob", token)
        expect(answer.ok, f"Alice has the page open in two tabs: the {tab} one's form is answered {answer.status}")


def _form(visit: Visit) -> None:
    alice, mallory = two(visit)
    token_of(alice)
    expect(not forged(visit, alice, mallory), "a form of evil.example, with no token in it, moves Alice's money")


def _own_token(visit: Visit) -> None:
    alice, mallory = two(visit)
    token_of(alice)
    of_mallory = token_of(mallory)
    expect(not forged(visit, alice, mallory, of_mallory), "with the token of Mallory's own page, Alice's money moves")


def _empty(visit: Visit) -> None:
    alice, mallory = two(visit)
    for moment in ("Alice has not opened the page yet", "Alice has the page open"):
        for token, what in ((None, "no token"), ("", "an empty token"), ("None", "the token `None`")):
            moved = forged(visit, alice, mallory, token)
            expect(not moved, f"{moment}: a form of evil.example with {what} moves her money")
        token_of(alice)


def _nearly(visit: Visit) -> None:
    alice, mallory = two(visit)
    right = token_of(alice)
    for token, what in (
        (right[:-1], "without its last letter"), (right + right[-1], "with a letter more"),
        (right[1:], "without its first letter"), (f"x{right}", "with a letter before it"),
        ("é" * len(right), "of as many other letters"), ("x" * 10_000, "of ten thousand letters"),
    ):  # fmt: skip
        expect(not forged(visit, alice, mallory, token), f"a token {what} is taken for Alice's")


def _planted(visit: Visit) -> None:
    mallory = customer(visit, "mallory")
    for token, what in ((f"chosen-{visit.facts.nonce}", "that he chose"), (token_of(mallory), "of his own page")):
        alice = customer(visit, "alice")
        token_of(alice)
        pair = f"csrf_token={token}; Domain=bank.example; Path=/session/transfer; Secure; SameSite=None"
        overheard(visit, alice, {BLOG: pair})
        alice.visit(BLOG)
        moved = forged(visit, alice, mallory, token)
        expect(not moved, f"blog.bank.example plants a token {what} as the cookie, his form has it too: money moves")


def _earlier(visit: Visit) -> None:
    alice, mallory = two(visit)
    old = token_of(alice)
    alice.open("session").logout()
    customer(visit, "alice", alice)
    token_of(alice)
    expect(not forged(visit, alice, mallory, old), "a token from before Alice's last login still moves her money")


def _tells(visit: Visit) -> None:
    tokens = set()  # equal ones are refused by `earlier`
    guesses = list(guessed(visit))
    for _ in range(3):
        alice = customer(visit, "alice")
        token = token_of(alice)
        expect(len(token) >= SHORTEST, f"the token has fewer than {SHORTEST} letters: it can be guessed")
        expect(not told(session_of(alice), token),
               "the token tells the session's id: script can read it, and log in as Alice")  # fmt: skip
        expect(not any(token in each for each in guesses),
               "the token is a hash of a count, with no secret in it: it can be guessed")  # fmt: skip
        tokens.add(token)
    for one, other in combinations(tokens, 2):
        differ = sum(a != b for a, b in zip(one, other, strict=False))
        expect(differ >= SHORTEST / 2, "the tokens of two logins differ in a few letters: the next one can be guessed")


def told(session_id: str, token: str) -> bool:
    """Whether a piece of the id is in the token: as it is, backwards, in hex or in base64."""
    plain = session_id.encode()
    written = [session_id, session_id[::-1], plain.hex()]
    for before in range(3):  # bytes, of whatever it may be
        written.append(base64url.encode(bytes(before) + plain)[2 * before : -1])
    shown = (token, token.lower(), token.replace("+", "-").replace("/", "_"))
    pieces = {way[at : at + PIECE] for way in written for at in range(len(way) - PIECE + 1)}
    return any(piece in each for piece in pieces for each in shown)


def guessed(visit: Visit) -> Iterator[str]:
    """What Mallory would try first: a count, alone or with what he knows of Alice, hashed without a key."""
    alice = next(user for user in visit.facts.users if user.email == "alice@bank.example")
    for number in range(50):
        for known in ("", alice.email, f"{alice.email}:", alice.id):
            text = f"{known}{number}".encode()
            yield from (hashlib.new(name, text).hexdigest() for name in ("md5", "sha1", "sha256"))


EXERCISE = Exercise(
    "ex04_csrf",
    "Cross-site request forgery",
    ("issue", "check"),
    (
        Criterion("works", "the bank's own page transfers money, by form and by script",
                  "`check` must know again what `issue` gave to this session, whoever else was given one meanwhile",
                  False, _works),
        Criterion("two_tabs", "the page may be open in two tabs",
                  "the second page must not make the first one's token worthless", False, _two_tabs),
        Criterion("form", "a form on another site moves no money",
                  "the cookie goes along by itself. What does the bank's page have that another site's can't read?",
                  True, _form),
        Criterion("own_token", "the token of Mallory's own page is worth nothing in Alice's session",
                  "Mallory is a customer, and is given tokens too: to whom does yours belong?", True, _own_token),
        Criterion("empty", "a missing or empty token is refused, before the first page too",
                  "what do you compare with, in a session that was never given a token?", True, _empty),
        Criterion("nearly", "what is nearly the token, or no token at all, is refused in peace",
                  "all of it must be the same. `hmac.compare_digest` takes texts of ASCII only, but any bytes", True,
                  _nearly),
        Criterion("planted", "a token that Mallory planted as a cookie is worth nothing",
                  "a sibling subdomain can set that cookie: a request can't vouch for itself", True, _planted),
        Criterion("earlier", "a token from an earlier login is worth nothing",
                  "what is new with each login? The customer is not", True, _earlier),
        Criterion("tells", "the token can't be guessed, and does not tell the session's id",
                  "script can read the token, and must never learn the id: use `bank.new_id()` or an HMAC", True,
                  _tells),
    ),
    after="Mallory would run script in the bank's own page (CWE-79): it reads the token as the page does. And he would "
    "look for a GET that changes something, or for the login itself, where no token is asked for yet.",
)  # fmt: skip
