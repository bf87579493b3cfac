"""kid injection: Mallory writes SQL into the token's key id, and so chooses the key that checks it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import as_another, read_token, write_token
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

ALICE, CAROL = "1", "3"
KEY = "mallory"
INJECTED = f"x' UNION SELECT '{KEY}"
NOT_IN = {"session": "a session id names no key: it is only looked up, as a bound parameter"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    page = scene.customer("mallory")

    yield Step(
        "Mallory, a customer too, logs in and reads the token that comes back",
        because="Its header bears kid, the name of the key that signed it: a bank with several keys needs to know.",
        source="RFC 7515 4.1.4",
    )
    login = page.login()
    header, claims = read_token(handed_out(login)[1])

    def write(sub: str) -> str:
        forged = as_another(claims, sub, scene.box.clock.now())
        return write_token({**header, "alg": "HS256", "kid": INJECTED}, forged, KEY.encode())

    yield Step(
        f"Mallory writes a token with Alice's number and the kid {INJECTED}, signed with the key {KEY}",
        after=60,
        ask=Question(
            "Does the server take Mallory for Alice?",
            misconceptions={
                "no": "kid is read before the signature is checked: until then, it is a stranger's text",
                "yes": "in a fixed map, a name that is not there finds no key",
            },
        ),
        because="A look-up that pastes kid into its SQL finds no key x, and then the one that the UNION adds. The "
        "signature is checked with Mallory's own key, and it is right. In the same way a kid that becomes a path "
        "finds a file whose content Mallory knows. With kid_map it is a name in a fixed map, and nothing else.",
        source="RFC 8725 3.10; CWE-89, CWE-22",
    )
    mallory = scene.attacker()
    mallory.hold_like(scene.mode, login, write(ALICE))
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")

    yield Step(
        "Mallory writes one for Carol, who is an admin, and opens /admin",
        because="Numbers of customers count up, so they are easily guessed. Who can sign tokens is whoever they like.",
        source="CWE-89",
    )
    mallory.hold_like(scene.mode, login, write(CAROL))
    return replace(outcome, measures={"admin_status": mallory.browser.open(scene.mode).admin().status})


STORY = Story(
    "kid_injection",
    "kid injection",
    "SQL in the token's key id chooses the key that checks it",
    script,
    switch="kid_map",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-89, CWE-22; RFC 8725 3.10",
)
