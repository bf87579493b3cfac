"""Cross-service relay: a token that the shop issued to Mallory is shown to the bank."""

from __future__ import annotations

import json
from collections.abc import Generator

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Request
from sandbox.record import Outcome, Question

SHOP = "https://shop.example"
NOT_IN = {"session": "a session id of the shop stands in no row of the bank: each looks it up in its own store"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.open_service(scene.mode)
    mallory = scene.attacker()

    yield Step(
        "Mallory has an account at shop.example, and logs in there",
        because="The shop signs with the same key as the bank: one firm runs both. At the shop, Mallory is customer "
        "number 1. At the bank, number 1 is Alice.",
        source="RFC 8725 2.7",
    )
    body = json.dumps({"email": "mallory@bank.example", "password": "mallory-password"}).encode()
    login = mallory.browser.exchange(
        Request("POST", f"{SHOP}/{scene.mode}/login", (("Content-Type", "application/json"),), body)
    )

    yield Step(
        "Mallory shows the shop's token to the bank",
        after=60,
        ask=Question(
            "Does the bank take Mallory for Alice?",
            misconceptions={
                "no": "the signature is right: it says who signed, not for whom the token was meant",
                "yes": "a server that checks issuer and audience refuses what was issued elsewhere, or for another",
            },
        ),
        because="The claim sub says who the user is: a name within one service. Who issued the token stands in iss "
        "(issuer), whom it is for in aud (audience), but somebody must compare them. PyJWT, the library, compares iss "
        "only if it is told which one to expect. It refuses a token that bears an aud when none is expected: many "
        "turn that check off, rather than name one.",
        source="RFC 8725 3.8, 3.9; RFC 7519 4.1.1 to 4.1.3; CWE-345",
    )
    mallory.hold_like(scene.mode, login, handed_out(login)[1])
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "cross_service_relay",
    "Cross-service relay",
    "A token of the shop is shown to the bank, which shares its key",
    script,
    switch="verify_issuer_audience",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-345; RFC 8725 3.8, 3.9",
    remains="Where the switch is off, a short lifetime helps little: the shop gives Mallory a new token at each login. "
    "Services that share the key of an HMAC, a signature that one key both makes and checks, can sign in each other's "
    "name, whatever is checked: only keys of their own, or a key pair (RS256) with the private key in one place, keep "
    "them apart.",
)
