"""Refresh replay: Alice refreshes first, then Mallory uses a copy of the old refresh token."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {
    "session": "session mode has no refresh token: one cookie serves from login to logout",
    "jwt": "jwt mode has no refresh token: when its one token ends, the user logs in again",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step("Mallory copies Alice's refresh token", after=60, source="CWE-294; RFC 9700 4.14")
    mallory.steal(alice.browser, "refresh")
    stolen_at = scene.box.clock.now()

    yield Step(
        "Alice's page refreshes",
        after=60,
        because="With rotate_refresh she is given a new refresh token, and the old one is marked as used. Without, "
        "she keeps the one that she has: Mallory has it too.",
        source="RFC 9700 4.14.2",
    )
    alice.refresh()

    yield Step(
        "A minute later Mallory uses the copy",
        after=60,
        ask=Question(
            "Does the copy still serve, after Alice's refresh?",
            misconceptions={
                "no": "without rotation a refresh token serves as often as one likes, whoever bears it",
                "yes": "a refresh token that rotates serves once: Alice has used this one",
            },
        ),
        because="A refresh token that serves once is worth nothing to who comes second. "
        "Had Mallory come first, Alice would have been second: see refresh_reuse.",
        source="RFC 9700 4.14.2",
    )
    outcome = endings.access(scene, mallory, since=stolen_at)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "refresh_replay",
    "Refresh replay",
    "Alice refreshes first, then Mallory uses a copy of the old refresh token",
    script,
    switch="rotate_refresh",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-294; RFC 9700 4.14.2",
    remains="Rotation stops who comes second. A thief who comes first goes on: see refresh_reuse. The FAPI 2.0 "
    "Security Profile, made for banks, objects to rotation: when an answer is lost on the way, the honest user is "
    "logged out. It binds tokens to the client's key instead: see sender_constraint.",
)
