"""Injected script reads document.cookie, and carries the credential away."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.script import InjectedScript
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"jwt": "the token does not lie in a cookie: see script_reads_storage"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step(
        "Mallory's script runs in Alice's page, and reads document.cookie",
        after=60,
        ask=Question(
            "Does the script get hold of the credential?",
            misconceptions={
                "no": "script of the page reads every cookie that bears no HttpOnly",
                "yes": "HttpOnly keeps the cookie from script, in this page and in any frame",
            },
        ),
        because="A comment that the page shows without escaping it, a library that was tampered with: such script is "
        "of the bank's own origin. For a cookie with a narrow path it opens a frame there, of the same origin too.",
        source="RFC 6265bis 4.1.2.6; CWE-79, CWE-1004",
    )
    injected = InjectedScript(alice)
    found = injected.cookies() or injected.cookies(f"/{scene.mode}/refresh")
    mallory.hold_cookies(found)
    scene.answer("yes" if found else "no")

    yield Step("Mallory sends what was found", because="What script could read, Mallory can send from anywhere.")
    return endings.access(scene, mallory)


STORY = Story(
    "script_reads_cookie",
    "Script reads the cookie",
    "Injected script reads document.cookie, and Mallory sends what it finds",
    script,
    switch="http_only",
    given={"hybrid": {"refresh_cookie": True}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-1004; RFC 6265bis 4.1.2.6",
    remains="HttpOnly stops the reading. The script still rides the open page: see script_in_open_tab.",
)
