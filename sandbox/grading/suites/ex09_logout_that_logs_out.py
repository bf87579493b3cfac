"""A logout that logs out: no copy of the token serves after it, no other token ends, and the denylist stays small."""

from __future__ import annotations

from typing import Final

from sandbox.actors.forgery import read_token, write_token
from sandbox.clock import DAY, MINUTE
from sandbox.exchange import Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

QUARTER: Final = 15 * MINUTE
WEEK: Final = 7 * DAY
MANY: Final = 10
"""Logouts, after which the denylist must come down again."""


def logged_in(visit: Visit, name: str, remember: bool = False) -> str:
    """The access token of a login. `remember`: one for a week. Raises Broken where the login fails."""
    body = {"email": f"{name}@bank.example", "password": visit.password(name), "remember": remember}
    answer = visit.call("POST", "/jwt/login", actor=name, body=body)
    token = answer.field("access_token")
    expect(isinstance(token, str), f"{name.capitalize()} logs in, and is answered {answer.status}")
    return str(token)


def send(visit: Visit, method: str, path: str, token: str, actor: str) -> Response:
    return visit.call(method, path, actor=actor, headers={"Authorization": f"Bearer {token}"})


def opens(visit: Visit, token: str, name: str, actor: str = "mallory") -> bool:
    """Whether the token shows that customer's profile."""
    user = send(visit, "GET", "/jwt/profile", token, actor).field("user")
    return isinstance(user, dict) and user.get("email") == f"{name}@bank.example"


def log_out(visit: Visit, token: str, name: str) -> None:
    answer = send(visit, "POST", "/jwt/logout", token, name)
    expect(answer.ok, f"a logout is answered {answer.status}")


def size(visit: Visit) -> object:
    """How long the denylist is."""
    return visit.call("GET", "/operator/denylist", actor="operator").field("size")


def forgeries(token: str, own: str) -> list[str]:
    """Tokens with the claims of `token`, as whoever read them but has no key can write them."""
    header, claims = read_token(token)
    unsigned = write_token({**header, "alg": "none"}, claims)
    stranger = write_token(header, claims, b"a key that is not the bank's: 32 b")
    another = f"{token.rpartition('.')[0]}.{own.rpartition('.')[2]}"
    return [unsigned, stranger, another]


def _works(visit: Visit) -> None:
    alice, bob = logged_in(visit, "alice"), logged_in(visit, "bob")
    expect(opens(visit, alice, "alice", "alice"), "after her login, Alice is not shown her profile")
    expect(opens(visit, bob, "bob", "bob"), "after his login, Bob is not shown his profile")
    log_out(visit, alice, "alice")
    again = logged_in(visit, "alice")
    expect(opens(visit, again, "alice", "alice"), "Alice logs out, and in again: she is not shown her profile")


def _others(visit: Visit) -> None:
    phone, laptop, bob = logged_in(visit, "alice"), logged_in(visit, "alice"), logged_in(visit, "bob")
    log_out(visit, phone, "alice")
    expect(opens(visit, laptop, "alice", "alice"), "Alice logs out on her phone, and her laptop is logged out too")
    expect(opens(visit, bob, "bob", "bob"), "Alice logs out, and Bob is logged out too")
    for _ in range(2 * MANY):
        log_out(visit, logged_in(visit, "alice"), "alice")
    fresh = [logged_in(visit, "bob") for _ in range(4 * MANY)]
    expect(all(opens(visit, each, "bob", "bob") for each in fresh), "Alice logs out often, and new logins are refused")


def _pruned(visit: Visit) -> None:
    for each in range(MANY):
        token = logged_in(visit, "alice", remember=each == MANY // 2)
        log_out(visit, token, "alice")
    log_out(visit, token, "alice")  # a second time: nothing more to deny
    expect(size(visit) == MANY, f"{MANY} logouts, and `denied` has not {MANY} entries: one for each token, by its jti")
    visit.clock.advance(seconds=QUARTER + 1)
    last = logged_in(visit, "alice")
    log_out(visit, last, "alice")
    opens(visit, last, "alice", "alice")
    told = f"of {MANY} denied tokens all but one have expired, and one more is denied: `denied` has not two entries"
    expect(size(visit) == 2, told)


def _replay(visit: Visit) -> None:
    copy = logged_in(visit, "alice")
    expect(opens(visit, copy, "alice"), "before any logout, a token opens no profile")
    log_out(visit, copy, "alice")
    expect(not opens(visit, copy, "alice"), "Alice has logged out, and Mallory's copy still opens her profile")
    visit.clock.advance(minutes=5)
    expect(not opens(visit, copy, "alice"), "five minutes after her logout, Mallory's copy opens Alice's profile again")


def _until_exp(visit: Visit) -> None:
    copy = logged_in(visit, "alice", remember=True)
    end = visit.clock.now() + WEEK
    log_out(visit, copy, "alice")
    for _ in range(6):
        visit.clock.advance(days=1)
        log_out(visit, logged_in(visit, "bob"), "bob")
        expect(not opens(visit, copy, "alice"), "days after her logout, Mallory's copy opens Alice's profile again")
    visit.clock.advance(seconds=end - 1 - visit.clock.now())
    log_out(visit, logged_in(visit, "bob"), "bob")
    expect(not opens(visit, copy, "alice"), "a second before its exp, Mallory's copy opens Alice's profile again")
    visit.clock.advance(seconds=2)
    log_out(visit, logged_in(visit, "bob"), "bob")
    expect(not opens(visit, copy, "alice"), "after its exp, Mallory's copy opens Alice's profile again")


def _respelled(visit: Visit) -> None:
    copy = logged_in(visit, "alice")
    log_out(visit, copy, "alice")
    expect(not opens(visit, copy, "alice"), "Alice has logged out, and Mallory's copy still opens her profile")
    expect(not opens(visit, f"{copy}=", "alice"), "Mallory writes `=` after the copy, and gets in as Alice")
    token = logged_in(visit, "alice")
    if opens(visit, f"{token}=", "alice", "alice"):  # where this spelling is taken, it must log out too
        log_out(visit, f"{token}=", "alice")
        expect(not opens(visit, token, "alice"), "Alice logs out with `=` after her token, and it serves without")


def _forged(visit: Visit) -> None:
    bob, own = logged_in(visit, "bob"), logged_in(visit, "mallory")
    for forged in forgeries(bob, own):
        log_out(visit, forged, "mallory")
        expect(opens(visit, bob, "bob", "bob"), "Mallory, who knows a jti and no key, has logged Bob out")


def _in_vain(visit: Visit) -> None:
    bob, own = logged_in(visit, "bob"), logged_in(visit, "mallory")
    for forged in (*forgeries(bob, own), "no.token.at-all", "eyJ", ""):
        log_out(visit, forged, "mallory")
    expect(size(visit) == 0, "Mallory logs out with tokens that the bank never signed, and `denied` grows")
    visit.clock.advance(seconds=QUARTER)
    log_out(visit, own, "mallory")
    expect(size(visit) == 0, "Mallory logs out with a token that has expired, and `denied` grows")


EXERCISE = Exercise(
    "ex09_logout_that_logs_out",
    "A logout that logs out",
    ("let_in", "logout"),
    (
        Criterion("works", "customers log in, log out, and log in again", "start from the code as it was given", False,
                  _works),
        Criterion("others", "who logs out on one device stays logged in on the other",
                  "which claim names this one token, and which the customer?", False, _others),
        Criterion("pruned", "the denylist has an entry for each token, until its exp and no longer",
                  "after its exp a token is refused anyhow. When may an entry go, and who takes it out of this very "
                  "dict?", False, _pruned),
        Criterion("replay", "a copy of the token is worth nothing after the logout",
                  "a logout must leave something on the server, and each request must ask for it", True, _replay),
        Criterion("until_exp", "it stays so until the token's own exp",
                  "tokens differ in how long they last. Which claim says how long this one must stay denied?", True,
                  _until_exp),
        Criterion("respelled", "the same token in another spelling is denied too",
                  "a library may take two texts for one token. What is the same in both?", True, _respelled),
        Criterion("forged", "who has no key can log nobody out",
                  "a logout takes a token from a stranger. What must be checked before its jti is believed?", True,
                  _forged),
        Criterion("in_vain", "no token but a good one makes the denylist grow",
                  "what is refused already needs no entry: forged, expired, none at all", True, _in_vain),
    ),
    after="Mallory would use his copy as long as Alice does not log out: nothing is denied until then. And where the "
    "denylist is kept by one server of two, he would ask the other one.",
)  # fmt: skip
