"""Algorithm confusion: Mallory signs with the bank's public key, as if it were a shared secret."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import as_another, read_token, write_token
from sandbox.defences import Value
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

PUBLIC_KEY = "https://bank.example/public-key.pem"
RSA: dict[str, Value] = {"signing": "RS256"} if find_spec("cryptography") else {}
MISSING = "RS256 needs the package cryptography, which is not installed here"
NOT_IN = {"session": "a session id bears no signature", **({} if RSA else {"jwt": MISSING, "hybrid": MISSING})}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()
    scene.box.add_account(scene.mode, "mallory")
    page = mallory.browser.open(scene.mode)

    yield Step(
        "Mallory, a customer too, logs in and reads the token that comes back",
        because="Its header says RS256, a signature with a key pair: the bank signs with the private key, and anybody "
        "may check with the public one.",
        source="RFC 7518 3.3",
    )
    login = page.login()
    header, claims = read_token(handed_out(login)[1])

    yield Step(
        "Mallory fetches the bank's public key",
        because="It is meant to be read by everybody: other services check the bank's tokens with it.",
        source="RFC 7517 1, 4.5",
    )
    public_key = page.browser.visit(PUBLIC_KEY).response
    assert public_key is not None

    def write(sub: str) -> str:
        forged = as_another(claims, sub, scene.box.clock.now())
        return write_token({**header, "alg": "HS256"}, forged, public_key.body)

    yield Step(
        "Mallory writes a token with Alice's number and HS256 as its algorithm (alg), and signs it with the bytes of "
        "the public key",
        after=60,
        ask=Question(
            "Does the server take Mallory for Alice?",
            misconceptions={
                "no": "where the token chooses the algorithm, the server takes its public key for a shared secret",
                "yes": "where only RS256 is accepted, nobody signs without the private key",
            },
        ),
        because="HS256 is a signature with a shared key: the one that checks is the one that signs. A server that "
        "reads HS256 from the token uses the one key that it has for checking, and that one is public. With "
        "pin_algorithms only RS256 counts.",
        source="RFC 8725 2.1, 3.1; CWE-347",
    )
    return (yield from endings.forgery(scene, mallory, login, write, source="CWE-347"))


STORY = Story(
    "algorithm_confusion",
    "Algorithm confusion",
    "A token signed with the public key, as if it were a shared secret",
    script,
    switch="pin_algorithms",
    given={"jwt": RSA, "hybrid": RSA},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-347; RFC 8725 2.1, 3.1",
)
