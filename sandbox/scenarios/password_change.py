"""Password change: what was captured before the new password is used after it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

TIED = {
    "session": "The session's row says nothing of a password. With user_epoch it bears the user's epoch: a number "
    "that each new password raises. A row of an earlier epoch is refused.",
    "jwt": "The token was signed before, and stays signed. With user_epoch it bears the user's epoch, a number that "
    "each new password raises: the server must read the user to compare.",
    "hybrid": "Neither token says anything of a password. With user_epoch both bear the user's epoch, a number that "
    "each new password raises: the server must read the user to compare.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step("Mallory copies what Alice's browser holds", after=60, source="CWE-613")
    mallory.steal(alice.browser)

    yield Step(
        "Alice suspects something: she changes her password",
        because="A password is what one logs in with. Alice and Mallory are logged in already.",
        source="ASVS 5 7.4.3",
    )
    alice.change_password("alice-password", "alice-new-password")

    yield Step(
        "Mallory uses the copy",
        ask=Question(
            "Does the copy still serve, after Alice's new password?",
            misconceptions={
                "no": "nobody asks for the password again: a login that is under way goes on without it",
                "yes": "where each login bears the user's epoch, a new password ends all earlier ones",
            },
        ),
        because=TIED[scene.mode],
        source="ASVS 5 7.4.3; CWE-613",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "password_change",
    "Password change",
    "What was captured before the new password is used after it",
    script,
    switch="user_epoch",
    source="CWE-613; ASVS 5 7.4.3",
    remains="user_epoch ends every earlier login, so Alice logs in once more too. Who has learnt the new password "
    "logs in with it.",
)
