"""Claims are readable: whoever sees a token reads what it says, with no key."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import read_token
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

PERSONAL = ("email", "phone")
NAMES = (
    "The short names are the standard's: iss says who issued it, aud for whom, sub about whom, iat and exp from when "
    "to when, jti its number."
)
SAYS = {
    "session": "The cookie's value is random. What it stands for lies in the server's row.",
    "jwt": "Three parts with dots between them: header and claims (what the token says) in base64url, an alphabet, "
    "then the signature. The signature keeps the claims from being changed, not from being read. With minimal_claims "
    "the personal ones stay out. " + NAMES,
    "hybrid": "The access token is a JWT: its claims, what it says, are in base64url, an alphabet. The signature "
    "keeps them from being changed, not from being read. With minimal_claims the personal ones stay out. " + NAMES,
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in and reads her profile", because="Each mode hands Alice's browser something to show.")
    login = alice.login()
    alice.profile()

    yield Step(
        "A year later Mallory finds the credential in a proxy's log, and looks at it",
        after=365 * 86400,
        ask=Question(
            "Does Mallory learn Alice's e-mail or phone from it?",
            misconceptions={
                "no": "signed is not secret: base64url is an alphabet, not a cipher, and takes no key to read",
                "yes": "what was not put into it can't be read from it",
            },
        ),
        because=SAYS[scene.mode],
        source="RFC 7519 12; RFC 7515 3; CWE-312",
    )
    credential = handed_out(login)[1]
    mallory.hold_like(scene.mode, login, credential)
    said = claims_of(credential)
    found = [name for name in PERSONAL if name in said]
    scene.answer("yes" if found else "no")

    summary = f"Read with no key: {', '.join(said)}." if said else "There is nothing in it to read."
    return endings.deed(bool(found), "e-mail and phone read", summary, None, personal_claims=len(found))


def claims_of(credential: str) -> dict[str, Any]:
    """What it says of itself; nothing where it is no self-contained token."""
    try:
        return read_token(credential)[1]
    except ValueError:
        return {}


STORY = Story(
    "claims_are_readable",
    "Claims are readable",
    "Whoever sees a token reads its claims, with no key and long after its end",
    script,
    switch="minimal_claims",
    source="CWE-312; RFC 7519 12; ASVS 5 14",
    remains="The user's number (sub), the role and the times stay readable. An encrypted token (RFC 7516) would hide "
    "them too.",
)
