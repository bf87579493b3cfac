"""kid injection: Mallory writes SQL into the token's key id, and so chooses the key that checks it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import as_another, read_token, write_token
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

KEY = "mallory"
INJECTED = f"x' UNION SELECT '{KEY}"
NOT_IN = {"session": "a session id names no key: it is only looked up, as a bound parameter"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()
    scene.box.add_account(scene.mode, "mallory")
    page = mallory.browser.open(scene.mode)

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
        because="A look-up that pastes kid into its SQL, the database's language, finds no key x, and then the one "
        "that UNION adds. The signature is checked with Mallory's own key, and it is right. In the same way a kid "
        "that becomes a path finds a file whose content Mallory knows. With kid_map it is a name in a fixed map, and "
        "nothing else.",
        source="RFC 8725 3.10; CWE-89, CWE-22",
    )
    return (yield from endings.forgery(scene, mallory, login, write, source="CWE-89"))


STORY = Story(
    "kid_injection",
    "kid injection",
    "SQL in the token's key id chooses the key that checks it",
    script,
    switch="kid_map",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-89, CWE-22; RFC 8725 3.10",
)
