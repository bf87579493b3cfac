"""Idle polling: Mallory comes back just often enough that no timeout ever passes."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"jwt": "jwt mode has nothing to poll for: no use of a token moves its end (exp), so that is the cap"}

PUSHED = {
    "session": "Each request starts the inactivity timeout anew, Mallory's too. It ends a session that nobody uses. "
    "An absolute lifetime counts from login, and no request moves it.",
    "hybrid": "Each refresh brings a new refresh token, with a whole new lifetime. Mallory refreshes shortly before "
    "it ends. An absolute lifetime counts from login, for the whole family, and no refresh moves it.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step(
        "Mallory copies what Alice's browser holds",
        after=60,
        because="Alice goes home, and stays away. Nobody notices.",
        source="CWE-613",
    )
    mallory.steal(alice.browser)

    yield Step(
        "Mallory comes back shortly before each timeout",
        ask=Question(
            "Is there an end to it?",
            misconceptions={
                "yes": "what each use pushes ahead never comes: a timeout stops who stays away, and Mallory does not",
                "no": "an absolute lifetime counts from login: no visit pushes it ahead",
            },
        ),
        because=PUSHED.get(scene.mode, ""),
        source="ASVS 5 7.3.1, 7.3.2",
    )
    capped = scene.box.defences.absolute_lifetime is not None
    outcome = endings.access(scene, mallory, by_defence=capped)
    scene.answer("no" if outcome.attacker_seconds is None else "yes")
    return outcome


STORY = Story(
    "idle_polling",
    "Idle polling",
    "Mallory polls, so that no timeout ever passes",
    script,
    switch="absolute_lifetime",
    given={
        "session": {"inactivity_timeout": 23.5 * HOUR},
        "hybrid": {"rotate_refresh": True, "refresh_lifetime": 7 * DAY, "access_lifetime": 15 * MINUTE},
    },
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-613; ASVS 5 7.3.2",
    remains="Until the absolute lifetime has passed, Mallory gets in. An access token that was issued just before may "
    "outlive it.",
)
