"""Theft: Mallory copies what Alice's browser holds, and nobody notices. For how long does the copy serve?"""

from __future__ import annotations

from collections.abc import Generator, Mapping

from sandbox.actors.attacker import LOOT
from sandbox.clock import describe
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question
from sandbox.search import find_end

LASTS = ("not at all", "minutes", "hours", "days", "without end")

USED = {
    "session": "Who bears the cookie is Alice, as far as the server can tell. It is a bearer token.",
    "jwt": "Who bears the token is Alice, as far as the server can tell. "
    "A signature says who issued it, not who sends it.",
    "hybrid": "Both tokens serve whoever bears them. Neither says who sends it.",
}
ENDS = {
    "session": "A session ends when the server says so: by a timeout, an absolute lifetime, or a logout. "
    "Without one, nothing ends it; and Mallory's own visits push an inactivity timeout ahead.",
    "jwt": "A JWT ends at its exp, and at nothing else that happens in this story.",
    "hybrid": "The access token ends at its exp, but the refresh token buys a new one until it ends too. "
    "With rotate_refresh, each refresh brings a new refresh token with a new lifetime. A second use of the old one "
    "would betray Mallory, but Alice is idle.",
}


def how_long(seconds: float | None) -> str:
    """One of `LASTS`."""
    if seconds is None:
        return "without end"
    limits = ((1, "not at all"), (3600, "minutes"), (86400, "hours"))
    return next((word for limit, word in limits if seconds < limit), "days")


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in and reads her profile", because="Each mode hands Alice's browser something to show.")
    alice.login()
    alice.profile()

    yield Step(
        "Mallory copies what Alice's browser holds",
        after=60,
        because="Malware reads files and memory: HttpOnly, Secure and SameSite are promises of Alice's own browser.",
        source="RFC 9700 4.10, 4.14; RFC 10017 5",
    )
    mallory.steal(alice.browser, scene.options["loot"])
    stolen_at = scene.box.clock.now()

    yield Step(
        "Mallory uses the copy",
        ask=Question(
            "Does the server let Mallory in?",
            misconceptions={"no": "unless something binds it to its owner, a token serves whoever bears it"},
        ),
        because=USED[scene.mode],
        source="RFC 6750 1.2, 5.1",
    )
    scene.answer("yes" if mallory.get_in(scene.mode) else "no")

    yield Step(
        "Mallory keeps coming back, while Alice stays idle",
        ask=Question(
            "For how long does Mallory get in?",
            LASTS,
            misconceptions={
                "hours": "a lifetime that each visit pushes ahead does not end: Mallory's visits are visits too",
                "minutes": "what can be renewed outlives a short lifetime, and not every token has a short one",
                "days": "what is renewed with each use has no end of its own; what is not ends at its exp",
            },
        ),
        because=ENDS[scene.mode],
        source="ASVS 5 7.3.1, 7.3.2; RFC 9700 4.14.2",
    )
    waited = scene.box.clock.now() - stolen_at
    found = find_end(scene, mallory)
    seconds = found.seconds and found.seconds + waited
    scene.answer(how_long(seconds))

    return Outcome(
        applies=True,
        verdict="held" if seconds == 0 else "breached",
        attacker_seconds=seconds,
        summary=said(seconds, found.searched),
        searched_seconds=found.searched,
    )


def said(seconds: float | None, searched: float) -> str:
    if seconds is None:
        return f"Mallory still gets in after {describe(searched)}: no end was found."
    return f"Mallory gets in for {describe(seconds)} from the theft on." if seconds else "Mallory never gets in."


def not_in(mode: str, options: Mapping[str, str]) -> str | None:
    if options["loot"] == "refresh" and mode != "hybrid":
        return f"{mode} mode has no refresh token to steal"
    return None


STORY = Story(
    "theft",
    "Theft",
    "Mallory copies what Alice's browser holds; nobody notices",
    script,
    options={"loot": LOOT},
    levers=("rotate_refresh", "absolute_lifetime", "jwt_lifetime"),
    not_in=not_in,
)
