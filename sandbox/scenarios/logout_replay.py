"""Logout replay: what was captured before logout is used after it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

LEFT = {
    "session": "With end_on_logout the server deletes the row. Without, only Alice's browser forgets the cookie.",
    "jwt": "Alice's page forgets the token. The server keeps nothing of it that it could end, unless a denylist notes "
    "that it was ended early.",
    "hybrid": "With end_on_logout the refresh family ends. Without, only Alice's page forgets its tokens. "
    "An access token that is out already lives on until its end (exp), unless a denylist notes that it was ended "
    "early.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step("Mallory copies what Alice's browser holds", after=60, source="CWE-613")
    loot = "refresh" if scene.mode == "hybrid" else "all"  # the access token has a story of its own
    mallory.steal(alice.browser, loot)

    yield Step("At that moment Alice logs out", because=LEFT[scene.mode], source="ASVS 5 7.4.1; RFC 7009 2.1")
    alice.logout()

    yield Step(
        "Mallory uses the copy",
        ask=Question(
            "Does the copy still serve, after Alice's logout?",
            misconceptions={
                "no": "deleting what the client holds ends nothing: copies live on until the server ends them",
                "yes": "what the server looks up on each request, it can end at once",
            },
        ),
        because=LEFT[scene.mode],
        source="ASVS 5 7.4.1",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "logout_replay",
    "Logout replay",
    "What was captured before logout is used after it",
    script,
    switch="end_on_logout",
    source="CWE-613; ASVS 5 7.4.1; RFC 7009 2.1",
    remains="In jwt mode nothing is kept that logout could end, unless a denylist is: see access_token_after_logout.",
)
