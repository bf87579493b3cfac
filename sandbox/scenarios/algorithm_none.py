"""Algorithm none: Mallory writes a token that says of itself that it needs no signature."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import as_another, read_token, write_token
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "a session id says nothing of itself, and so not how it is to be checked"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()
    scene.box.add_account(scene.mode, "mallory")
    page = mallory.browser.open(scene.mode)

    yield Step(
        "Mallory, a customer too, logs in and reads the token that comes back",
        because="Header and claims (what the token says) are base64url, an alphabet, not a cipher. Now Mallory knows "
        "what the bank's tokens look like.",
        source="RFC 7515 3; RFC 7519 3",
    )
    login = page.login()
    header, claims = read_token(handed_out(login)[1])

    def write(sub: str) -> str:
        return write_token({**header, "alg": "none"}, as_another(claims, sub, scene.box.clock.now()))

    yield Step(
        "Mallory writes a token with Alice's number, alg none and no signature, and shows it to the bank",
        after=60,
        ask=Question(
            "Does the server take Mallory for Alice?",
            misconceptions={
                "no": "a server that reads from the token how to check it lets the attacker choose: no check at all",
                "yes": "where the algorithm is fixed beforehand, the token's alg has no say",
            },
        ),
        because="The header's alg says how the signature was made, and none is a value that the standard knows. A "
        "server that believes it checks nothing. With pin_algorithms only the configured algorithm counts.",
        source="RFC 7519 6; RFC 8725 2.1, 3.1; CWE-347",
    )
    return (yield from endings.forgery(scene, mallory, login, write, source="CWE-347"))


STORY = Story(
    "algorithm_none",
    "Algorithm none",
    "A token that says of itself that it needs no signature",
    script,
    switch="pin_algorithms",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-347; RFC 8725 2.1, 3.1",
)
