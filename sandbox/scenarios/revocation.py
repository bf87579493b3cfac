"""Revocation: Alice notices the theft, and acts. How long after her act does Mallory still get in?"""

from __future__ import annotations

from collections.abc import Callable, Generator

from sandbox.actors.page import Page
from sandbox.clock import describe
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Response
from sandbox.record import HORIZON, Outcome, Question
from sandbox.search import find_end

NEW_PASSWORD = "alice-new-password"

ACTS: tuple[tuple[str, str, str, Callable[[Page], Response]], ...] = (
    ("after_logout_seconds", "logs out", "ASVS 5 7.4.1; RFC 7009 2.1, 3", lambda page: page.logout()),
    ("after_logout_all_seconds", "logs out everywhere", "ASVS 5 7.5.2", lambda page: page.logout_all()),
    (
        "after_password_seconds",
        "changes her password",
        "ASVS 5 7.4.3",
        lambda page: page.change_password("alice-password", NEW_PASSWORD),
    ),
)
ENDED = {
    "session": {
        "logs out": "With end_on_logout (here {end_on_logout}), the server deletes the row: every copy is worthless "
        "then. Without it, only the cookie goes.",
        "logs out everywhere": "With end_on_logout (here {end_on_logout}), all of Alice's rows are deleted. Without "
        "it, they stay.",
        "changes her password": "The row says nothing of a password. With user_epoch (here {user_epoch}), a new one "
        "ends it; else not.",
    },
    "jwt": {
        "logs out": "Alice's page forgets its token. With a denylist (here {denylist}), the server refuses it from "
        "then on; without, it keeps nothing that it could end.",
        "logs out everywhere": "No list says what was issued. With user_epoch (here {user_epoch}), all that is older "
        "is refused; with a denylist (here {denylist}), the token that asked for it, and its copies.",
        "changes her password": "The token was signed before, and stays signed. With user_epoch (here {user_epoch}), "
        "it is refused all the same; without, not.",
    },
    "hybrid": {
        "logs out": "With end_on_logout (here {end_on_logout}), the refresh family ends. An access token lives on "
        "until its exp, unless a denylist (here {denylist}) refuses it.",
        "logs out everywhere": "With end_on_logout (here {end_on_logout}), all of Alice's families end. Access "
        "tokens that are out live on until their exp, unless a denylist (here {denylist}) or user_epoch (here "
        "{user_epoch}) refuses them.",
        "changes her password": "The family says nothing of a password. With user_epoch (here {user_epoch}), a new "
        "one ends it; else not.",
    },
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in and reads her profile", because="Each mode hands Alice's browser something to show.")
    alice.login()
    alice.profile()

    yield Step(
        "Mallory copies what Alice's browser holds, and uses the copy",
        after=60,
        because="A bearer token serves whoever bears it.",
        source="RFC 6750 1.2",
    )
    mallory.steal(alice.browser)
    mallory.get_in(scene.mode)
    unsuspecting = scene.save()

    seconds: dict[str, float | None] = {}
    searched = HORIZON
    for number, (measure, act, source, do) in enumerate(ACTS):
        yield Step(
            f"Alice {act}" if number == 0 else f"Instead, at the same moment, Alice {act}",
            after=240 if number == 0 else 0,
            ask=Question(
                "Does Mallory still get in after that?",
                misconceptions={
                    "no": "an act ends only what it is tied to, and only where each request looks that up",
                    "yes": "where each request looks it up, an act that is tied to it ends it at once",
                },
            ),
            because=scene.told(ENDED[scene.mode][act]),
            source=source,
        )
        scene.go_on_from(unsuspecting)
        do(alice)
        found = find_end(scene, mallory)
        seconds[measure] = found.seconds
        if found.seconds is None:
            searched = min(searched, found.searched)
        scene.answer("no" if seconds[measure] == 0 else "yes")

    longest = None if None in seconds.values() else max(value for value in seconds.values() if value is not None)
    return Outcome(
        applies=True,
        verdict="held" if longest == 0 else "breached",
        attacker_seconds=longest,
        measures=seconds,
        summary=said(longest, searched),
        searched_seconds=searched,
    )


def said(seconds: float | None, searched: float) -> str:
    if seconds is None:
        return f"After one of Alice's acts Mallory still gets in {describe(searched)} later: no end was found."
    return f"At worst, Mallory gets in for {describe(seconds)} after Alice's act." if seconds else "Each act ends it."


STORY = Story(
    "revocation",
    "Revocation",
    "Alice notices, and acts: logout, log out everywhere, a new password",
    script,
    levers=("end_on_logout", "denylist", "user_epoch"),
)
