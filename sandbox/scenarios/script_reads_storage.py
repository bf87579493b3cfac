"""Injected script reads localStorage, and carries the tokens away."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.script import InjectedScript
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "nothing lies in localStorage: see script_reads_cookie"}
TOKENS = ("access_token", "refresh_token")


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step(
        "Mallory's script runs in Alice's page, and reads localStorage",
        after=60,
        ask=Question(
            "Does the script find a token at rest?",
            misconceptions={
                "no": "localStorage is open to every script of the origin, and bears no flag against it",
                "yes": "what the page keeps in its own variables is not in localStorage",
            },
        ),
        because="localStorage is made for script: whatever runs in the page reads all of it.",
        source="RFC 10017 5.1; CWE-922",
    )
    storage = InjectedScript(alice).storage()
    found = [name for name in TOKENS if f"{scene.mode}.{name}" in storage]
    for name in found:
        mallory.hold_token(scene.mode, storage[f"{scene.mode}.{name}"], name)
    scene.answer("yes" if found else "no")

    yield Step("Mallory sends what was found", because="What script could read, Mallory can send from anywhere.")
    return endings.access(scene, mallory)


STORY = Story(
    "script_reads_storage",
    "Script reads localStorage",
    "Injected script reads localStorage, and Mallory sends what it finds",
    script,
    switch="token_in_memory",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-922; RFC 10017 5.1",
    remains="A script that waits sees the next token on its way: see script_in_open_tab.",
)
