"""No expiry: a token that names no end, from the time before tokens had lifetimes, is still around."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.defences import Value
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "when a session ends is decided by the server on each request, not by what the cookie says"}

FINITE: dict[str, Value] = {"jwt_lifetime": 15 * MINUTE, "access_lifetime": 15 * MINUTE}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step(
        "In the bank's early days Alice logs in, and Mallory copies her access token",
        because="In those days the bank set no lifetime: the token bears no exp, the claim that names its end.",
        source="RFC 7519 4.1.4",
    )
    with scene.under(jwt_lifetime=None, access_lifetime=None, require_exp=False):
        alice.login()
    mallory.steal(alice.browser, "access")

    yield Step(
        "A month later every new token bears an exp; Mallory uses the old one",
        after=30 * DAY,
        ask=Question(
            "Does the server refuse Mallory's old token?",
            misconceptions={
                "yes": "exp is optional: a check that compares exp with the clock has nothing to compare",
                "no": "require_exp refuses what does not say when it ends",
            },
        ),
        because="The lifetime is put in when a token is issued. A new setting does not reach the tokens that are out "
        "already. Libraries check an exp that is there. That it must be there, they have to be told (require_exp).",
        source="RFC 7519 4.1.4; ASVS 5 9.2.1; CWE-613",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("yes" if outcome.verdict == "held" else "no")
    return outcome


STORY = Story(
    "no_expiry",
    "No expiry",
    "A token that names no end (exp), from before lifetimes were finite, is used",
    script,
    switch="require_exp",
    given={  # require_exp wants a finite lifetime of both tokens, whichever mode is played
        "jwt": FINITE,
        "hybrid": {**FINITE, "refresh_lifetime": 7 * DAY},
    },
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-613; RFC 7519 4.1.4; ASVS 5 9.2.1",
    remains="An exp a hundred years away is an exp. A server may also refuse tokens whose iat, the time of issue, "
    "lies too far back.",
)
