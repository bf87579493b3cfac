"""Denylist growth: twenty logouts a minute, and an entry for each."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from sandbox import endings
from sandbox.actors.page import Page
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "session mode needs no denylist: logout deletes the row, so the store shrinks"}

HARM = "entries are kept for tokens that have ended anyway"
RATE = 20
"""Logins and logouts in a minute."""

TIMES = int(7 * DAY / (15 * MINUTE))
SIZE = (
    "An entry is needed for as long as its token would have lived: after its end (exp) it is refused anyhow. So the "
    "list need not be larger than the rate of logouts times the lifetime of a token. "
    f"With tokens of 7 days it is {TIMES} times as large as with tokens of 15 minutes."
)


LEEWAY = 30
"""Seconds for which a server may still take a token after its end."""


def busy_minute(scene: Scene, alice: Page) -> int:
    """Log in and out, twenty times; how long the denylist is then. Of the twenty, the log keeps one."""
    mark = len(scene.log)
    for _ in range(RATE):
        alice.login()
        alice.logout()
    scene.log.keep(mark, scene.log.since(mark)[-2:])
    return len(entries(scene))


def entries(scene: Scene) -> list[dict[str, Any]]:
    """What stands in the denylist now."""
    return scene.box.tables(scene.mode)["denylist"]


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")

    yield Step(
        "In the first minute, twenty logins and twenty logouts",
        because="Each logout denies one token. The tokens here live for a minute, so that two more will show it.",
        source="ASVS 5 7.4.1",
    )
    sizes = [busy_minute(scene, alice)]

    yield Step(
        "In the second minute, twenty more",
        after=MINUTE,
        because="The tokens of the minute before have come to their end by now, but for 30 s of leeway where that is "
        "on.",
    )
    sizes.append(busy_minute(scene, alice))

    yield Step(
        "In the third minute, twenty more",
        after=MINUTE,
        ask=Question(
            "Does the list still grow?",
            misconceptions={
                "no": "nobody removes an entry unless the server is told to, though its token has long ended",
                "yes": "entries leave when their token has ended: as many go as come",
            },
        ),
        because=SIZE,
        source="CWE-770",
    )
    sizes.append(busy_minute(scene, alice))
    scene.answer("yes" if sizes[-1] > sizes[-2] else "no")

    yield Step(
        "Eight days later, one login and one logout more",
        after=8 * DAY,
        because="No token of those minutes is taken any more, so their entries serve nobody. With prune_denylist they "
        "leave when the next entry comes. Without, nobody removes them.",
        source="CWE-770",
    )
    alice.login()
    alice.logout()
    ended = scene.box.clock.now() - LEEWAY
    kept = entries(scene)
    in_vain = [each for each in kept if each["expires_at"] is not None and each["expires_at"] <= ended]

    told = ", ".join(map(str, sizes))
    later = f"Eight days later {len(in_vain)} of {len(kept)} are for tokens that have ended anyway."
    summary = f"Entries minute by minute: {told}. {later}"
    return endings.deed(bool(in_vain), HARM, summary, None, sizes=sizes, kept_in_vain=len(in_vain))


STORY = Story(
    "denylist_growth",
    "Denylist growth",
    "Twenty logouts a minute, and an entry in the denylist for each",
    script,
    switch="prune_denylist",
    given={
        "jwt": {"denylist": True, "jwt_lifetime": MINUTE},
        "hybrid": {"denylist": True, "access_lifetime": MINUTE, "refresh_lifetime": 7 * DAY},
    },
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-770; ASVS 5 7.4.1",
    remains="The list is as large as the rate of logouts times the lifetime of a token. Each request reads it.",
)
