"""Verify the token: who can write, keep or find a token that the bank did not mean must not get in with it."""

from __future__ import annotations

import secrets
from typing import Any, Final

from sandbox import base64url
from sandbox.actors.forgery import write_token
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

ISSUER: Final = "https://bank.example"
AUDIENCE: Final = "https://bank.example/api"
LIFETIME: Final = 15 * 60
LEEWAY: Final = 30
"""Simulated seconds, as the task states both."""

HEADER: Final = {"alg": "HS256", "typ": "at+jwt"}


def logged_in(visit: Visit, name: str, kind: str = "access_token") -> str:
    """That customer's token of a fresh login. Raises Broken where there is none."""
    answer = visit.browser(name).open("jwt").login(visit.password(name))
    token = answer.field(kind)
    good = isinstance(token, str) and token.isascii() and token.count(".") == 2
    expect(good, f"{name.capitalize()} logs in, and gets no {kind}")
    return str(token)


def email_seen(visit: Visit, token: str, actor: str = "mallory") -> object:
    """Whose profile that token opens: an e-mail, or None."""
    user = visit.call("GET", "/jwt/profile", actor=actor, headers={"Authorization": f"Bearer {token}"}).field("user")
    return user.get("email") if isinstance(user, dict) else None


def claims_of(visit: Visit, name: str, **other: Any) -> dict[str, Any]:
    """What the bank writes into that customer's access token now, but for `other`; None leaves a claim out."""
    sub = next(user.id for user in visit.facts.users if user.email == f"{name}@bank.example")
    now = int(visit.clock.now())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + LIFETIME,
              "jti": secrets.token_urlsafe(12)}  # fmt: skip
    return {claim: value for claim, value in {**claims, **other}.items() if value is not None}


def signed(visit: Visit, **other: Any) -> str:
    """Alice's token, truly signed with the bank's key, but with other claims. `header`: with other fields there too."""
    header = {**HEADER, **other.pop("header", {})}
    kept = {name: value for name, value in header.items() if value is not None}
    return write_token(kept, claims_of(visit, "alice", **other), visit.facts.key)


def refuse(visit: Visit, token: str, what: str) -> None:
    """Raises Broken where that token opens a profile. `what` it is: `a token of another service`."""
    expect(email_seen(visit, token) is None, f"{what} opens Alice's profile")


def _works(visit: Visit) -> None:
    tokens = {name: logged_in(visit, name) for name in ("alice", "bob")}
    for name in ("alice", "bob", "alice"):
        seen = email_seen(visit, tokens[name], name)
        expect(seen == f"{name}@bank.example", f"after the login, {name.capitalize()} is not shown the own profile")
    visit.clock.advance(seconds=LIFETIME - 1)
    expect(email_seen(visit, tokens["alice"], "alice") is not None, "a second before its exp, Alice's token is refused")
    both = signed(visit, aud=["https://cards.example", AUDIENCE])
    expect(email_seen(visit, both, "alice") is not None, "a token whose aud is a list with the bank's API is refused")


def _leeway(visit: Visit) -> None:
    token = logged_in(visit, "alice")
    visit.clock.advance(seconds=LIFETIME + LEEWAY - 1)
    expect(email_seen(visit, token, "alice") is not None, f"{LEEWAY - 1} seconds after its exp, a token is refused")


def _unsigned(visit: Visit) -> None:
    claims, signature = claims_of(visit, "alice"), logged_in(visit, "mallory").rpartition(".")[2]
    for alg in ("none", "None", "NONE", "nOnE", ""):
        token = write_token({**HEADER, "alg": alg}, claims)
        refuse(visit, token, f"a token without signature, whose header says alg {alg or 'nothing'},")
        refuse(visit, f"{token}{signature}", f"a token with alg {alg or 'nothing'} and some signature")
    refuse(visit, f"{write_token(HEADER, claims).rpartition('.')[0]}.", "a token whose signature is empty")
    for alg in ("HS384", "HS512"):
        refuse(visit, signed(visit, header={"alg": alg}), f"a token with alg {alg}, signed so with the bank's key,")


def _forged(visit: Visit) -> None:
    claims, own = claims_of(visit, "alice"), secrets.token_bytes(32)
    refuse(visit, write_token(HEADER, claims, own), "a token that Mallory signed with a key of his own")
    sent_along = {"kty": "oct", "k": base64url.encode(own)}
    refuse(visit, write_token({**HEADER, "jwk": sent_along}, claims, own), "a token that brings its own key along")
    for key, name in ((b"", "an empty key"), (b"secret", "the key `secret`"), (ISSUER.encode(), "the issuer's name")):
        refuse(visit, write_token(HEADER, claims, key), f"a token that is signed with {name}")
    header, _, signature = logged_in(visit, "mallory").split(".")
    changed = write_token(HEADER, claims).split(".")[1]
    refuse(visit, f"{header}.{changed}.{signature}", "Mallory's own token, with Alice's number put in,")


def _expired(visit: Visit) -> None:
    token = logged_in(visit, "alice")
    visit.clock.advance(seconds=LIFETIME + LEEWAY + 1)
    refuse(visit, token, f"{LEEWAY + 1} seconds after its exp, a token")
    visit.clock.advance(days=30)
    refuse(visit, token, "a month after its exp, a token")
    refuse(visit, signed(visit, exp=0), "a token whose exp is 0")


def _endless(visit: Visit) -> None:
    now = visit.clock.now()
    refuse(visit, signed(visit, exp=None), "a token without exp")
    refuse(visit, signed(visit, exp=int((now + LIFETIME) * 1000)), "a token whose exp is in milliseconds")
    refuse(visit, signed(visit, exp=int(now + 86400)), "a token whose exp is a day ahead")
    refuse(visit, signed(visit, exp="tomorrow"), "a token whose exp is a word")
    refuse(visit, signed(visit, exp=float("nan")), "a token whose exp is NaN, which is not a number,")
    visit.clock.advance(days=400)
    refuse(visit, signed(visit, exp=int((now + LIFETIME) * 1000)), "400 days later, a token with exp in milliseconds")


def _elsewhere(visit: Visit) -> None:
    for issuer in ("https://shop.example", f"{ISSUER}.evil.example", f"{ISSUER}/test", "", None):
        refuse(visit, signed(visit, iss=issuer), f"a token {f'issued by {issuer}' if issuer else 'without issuer'}")
    shop = "https://shop.example/api"
    for audience in (shop, f"{AUDIENCE}-of-mallory", "https://", [shop], [f"{AUDIENCE}-of-mallory"], [], None):
        shown = audience[0] if isinstance(audience, list) and audience else audience
        refuse(visit, signed(visit, aud=audience), f"a token {f'for {shown}' if shown else 'for nobody'}")


def _kind(visit: Visit) -> None:
    refresh = logged_in(visit, "alice", "refresh_token")
    refuse(visit, refresh, "the refresh token")
    refuse(visit, signed(visit, header={"typ": "JWT"}), "the token of a mailed link (typ JWT)")
    refuse(visit, signed(visit, header={"typ": None}), "a token that names no typ")
    for typ in ("at", "at+jwt+x", "attest+jwt"):
        refuse(visit, signed(visit, header={"typ": typ}), f"a token of another kind (typ {typ})")
    visit.clock.advance(days=7, seconds=-LIFETIME)
    refuse(visit, refresh, "the refresh token, in the last minutes of its life,")


def _garbage(visit: Visit) -> None:
    def part(text: str) -> str:
        return base64url.encode(text.encode())

    header, claims, signature = logged_in(visit, "alice").split(".")
    for text in (".", "..", "...", "a.b.c", "eyJ", "\xe9.\xe9.\xe9"):
        refuse(visit, text, f"the text `{text}`")
    for token, what in (
        ("", "an empty text"), (f"{header}.{claims}", "a text of header and claims without a signature"),
        (f"{header}..{signature}", "a token without claims"), (f".{claims}.{signature}", "a token without header"),
        (f"{header}.{part('null')}.{signature}", "a token whose claims are `null`"),
        (f"{header}.{claims}.!!!", "a token with the signature `!!!`"),
        (f"{header}.{claims}.{'A' * 5000}", "a token with a signature of 5000 letters"),
        (f"{header}.{claims}.{signature}.{signature}", "a token with two signatures"),
    ):  # fmt: skip
        refuse(visit, token, what)
    for text in ("[]", "7", "{", "{}", '{"alg": 7}', '{"alg": ["HS256"]}', '{"alg": "HS256", "typ": 7}'):
        refuse(visit, f"{part(text)}.{claims}.{signature}", f"a token with the header `{text}`")


EXERCISE = Exercise(
    "ex05_verify_the_token",
    "Verify the token",
    ("verify",),
    (
        Criterion("works", "a good token opens its owner's profile, until its exp",
                  "times are compared with `now`, the bank's clock; `aud` may be a text or a list (RFC 7519 4.1.3)",
                  False, _works),
        Criterion("leeway", f"a clock may be {LEEWAY} seconds behind: so long after its exp, a token is still taken",
                  "which moment must have passed before a token is refused: exp, or a little later?", False, _leeway),
        Criterion("unsigned", "a token without signature, or of another algorithm than the bank's, is refused",
                  "who may say how a token is checked: the bank, or the token?", True, _unsigned),
        Criterion("forged", "a token that the bank's key did not sign is refused, whatever it says",
                  "have the signature checked, with the bank's key and no other", True, _forged),
        Criterion("expired", "past its exp and the leeway, a token is refused",
                  "PyJWT asks the machine's clock: compare `exp` with `now` yourself", True, _expired),
        Criterion("endless", "a token that names no end, or one that never comes, is refused",
                  "what if `exp` is missing, is no number, or lies further ahead than an access token ever does?",
                  True, _endless),
        Criterion("elsewhere", "a token from another issuer, or for another service, is refused",
                  "the signature says who signed, not for whom: compare `iss` and `aud`, each as a whole",
                  True, _elsewhere),
        Criterion("kind", "only an access token is taken for one",
                  "the bank signs other tokens with the same key; the header names the kind", True, _kind),
        Criterion("garbage", "what is no token is refused, and nothing breaks",
                  "return None for each: an error that nobody catches is answered 500", True, _garbage),
    ),
    after="Mallory would copy a token that holds: `verify` can't tell who bears it, so its life is kept short (ex07). "
    "Or he would look for the key: with HS256, who can check can sign (ex06).",
)  # fmt: skip
