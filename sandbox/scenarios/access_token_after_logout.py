"""Access token after logout: a self-contained token, captured before logout, is used after it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "session mode hands out no self-contained token: its cookie is looked up on each request"}

LEFT = {
    "jwt": "Alice's page forgets its token. The copy is signed as before, and its end (exp) has not come.",
    "hybrid": "Logout ends the refresh family, where end_on_logout is on. The copied access token is of another kind: "
    "unless there is a denylist, no request looks it up, and there is no row to end.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step(
        "Mallory copies Alice's access token, and nothing else",
        after=60,
        because="A self-contained token says all that the server wants to know. The copy says it too.",
        source="RFC 6750 5.1",
    )
    mallory.steal(alice.browser, "access")

    yield Step("At that moment Alice logs out", because=LEFT.get(scene.mode, ""), source="ASVS 5 7.4.1")
    alice.logout()

    yield Step(
        "Mallory uses the copy",
        ask=Question(
            "Does the copied access token still serve, after Alice's logout?",
            misconceptions={
                "no": "neither deleting the client's token nor ending the refresh token ends an access token",
                "yes": "a denylist ends it at once, at the cost of a look-up on each request",
            },
        ),
        because="Without denylist, a good signature and an end (exp) to come are all that the server asks for. With "
        "it, the server asks its store too, on each request, whether this token's number (jti) is on the list of "
        "those that were ended.",
        source="ASVS 5 7.4.1; CWE-613",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "access_token_after_logout",
    "Access token after logout",
    "A self-contained token, captured before logout, is used after it",
    script,
    switch="denylist",
    given={
        "jwt": {"jwt_lifetime": 15 * MINUTE},
        "hybrid": {"access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY},
    },
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-613; ASVS 5 7.4.1",
    remains="The denylist knows of tokens that Alice ended. Until she logs out, the copy serves.",
)
