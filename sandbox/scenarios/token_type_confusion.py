"""Token type confusion: a token from a mail that says "confirm your address" is used as an access token."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "a session id is looked up among the sessions: what a mail bears is not found there"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step(
        "Alice logs in, and the bank mails her a link that confirms her address",
        because="The link bears a token for one purpose. It is signed with the same key, for the same user.",
        source="RFC 8725 2.8, 3.11",
    )
    login = alice.login()
    in_the_link = scene.box.confirmation_token(scene.mode, "alice")

    yield Step(
        "Alice forwards the mail, and Mallory uses the link's token as an access token",
        after=60,
        ask=Question(
            "Does the server take Mallory for Alice?",
            misconceptions={
                "no": "signature, issuer, audience and times are all right: nothing else in it is looked at",
                "yes": "a server that asks for typ at+jwt takes access tokens, and no other kind",
            },
        ),
        because="Links travel: they are forwarded, and end up in logs and histories. This one was good for a click. "
        "verify_type looks at typ, the kind that the token's header names: at+jwt for an access token.",
        source="RFC 8725 3.11; RFC 9068 2.1, 4",
    )
    mallory.hold_like(scene.mode, login, in_the_link)
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "token_type_confusion",
    "Token type confusion",
    "A token from a mailed link is used as an access token",
    script,
    switch="verify_type",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="RFC 8725 3.11; RFC 9068 4",
    remains="The link still confirms the address for whoever opens it first.",
)
