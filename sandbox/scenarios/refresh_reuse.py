"""Refresh reuse: Mallory refreshes first, and Alice's page comes second with a token that is used up."""

from __future__ import annotations

from collections.abc import Generator

from sandbox.clock import DAY, MINUTE, describe
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question
from sandbox.scenarios.refresh_replay import NOT_IN
from sandbox.search import find_end

SERVES = ("both tokens", "the access token alone", "nothing")


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in")
    alice.login()

    yield Step(
        "Mallory copies Alice's refresh token, and refreshes at once",
        after=60,
        ask=Question(
            "Suppose that Alice never comes back. Is there an end to Mallory's access?",
            misconceptions={
                "yes": "a second use betrays the thief, and an idle victim makes none: Mallory rotates on alone",
                "no": "an absolute lifetime of the family, or a refresh token that is never renewed, has an end",
            },
        ),
        because="With rotate_refresh, Mallory holds the latest refresh token now. As long as nobody shows the old one, "
        "nothing is amiss. Without, Mallory and Alice hold the same one, and it serves both.",
        source="RFC 9700 4.14.2",
    )
    mallory.steal(alice.browser, "refresh")
    stolen_at = scene.box.clock.now()
    mallory.get_in(scene.mode)
    idle = find_end(scene, mallory)
    scene.answer("no" if idle.seconds is None else "yes")

    yield Step(
        "Eleven seconds later Alice's page refreshes, with the token that it was given",
        after=11,
        because="With rotate_refresh the token is used up, and Alice is refused. The server can't tell who of the two "
        "is the thief. With detect_reuse it ends the whole family: both must log in again, and only Alice can. "
        "Without rotate_refresh she is served, and nobody notices.",
        source="RFC 9700 4.14.2; ASVS 5 10.4.5",
    )
    second = alice.refresh()
    waited = scene.box.clock.now() - stolen_at

    yield Step(
        "Mallory goes on",
        ask=Question(
            "What still serves Mallory?",
            SERVES,
            misconceptions={
                SERVES[0]: "a second use of a refresh token ends its whole family, where reuse is detected",
                SERVES[1]: "without detection the family lives on; with a denylist its access tokens end with it",
                SERVES[2]: "ending a refresh token ends no access token: it is not looked up, and serves until its "
                "end (exp)",
            },
        ),
        because="The family is dead where reuse is detected. An access token that is out already asks no family: "
        "it serves until its end (exp), or until a denylist says no.",
        source="RFC 9700 4.14.2; RFC 7009 3",
    )
    page = mallory.browser.open(scene.mode)
    used = page.request("GET", mallory.goal)
    refreshed = page.refresh()
    scene.answer(SERVES[0] if refreshed.ok else SERVES[1] if used.ok else SERVES[2])

    found = find_end(scene, mallory)
    seconds = None if found.seconds is None else waited + found.seconds
    lasts = "without end" if seconds is None else f"for {describe(seconds)}"
    said = f"Alice is answered {second.status}. Mallory gets in {lasts}"
    said += "." if refreshed.ok else f", and could refresh for {describe(waited)}."
    measures = {"victim_status": second.status, "idle_victim_seconds": idle.seconds}
    verdict = "breached"  # where nobody ended the family, what ends it is a lifetime
    if not refreshed.ok:
        verdict, measures["family_seconds"] = "contained", waited
    # Of Mallory's own search, where that found no end; else of the idle victim's, where that found none.
    endless = next((each for each in (found, idle) if each.seconds is None), None)
    searched = endless.searched if endless else None
    return Outcome(True, said, verdict, seconds, measures, searched, refreshed.status)


STORY = Story(
    "refresh_reuse",
    "Refresh reuse",
    "Mallory refreshes first, Alice's page second",
    script,
    switch="detect_reuse",
    given={"hybrid": {"access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-294; RFC 9700 4.14.2; ASVS 5 10.4.5",
    remains="While Alice is idle there is no second use, so nothing is detected. An access token that is out already "
    "serves until its end, unless a denylist ends it too.",
)
