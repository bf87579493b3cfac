"""Denylist growth: twenty logouts a minute, and an entry for each."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise

from sandbox import endings
from sandbox.actors.page import Page
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"session": "session mode needs no denylist: logout deletes the row, so the store shrinks"}

RATE = 20
"""Logins and logouts in a minute."""

TIMES = int(7 * DAY / (15 * MINUTE))
SIZE = (
    "An entry is needed for as long as its token would have lived: after exp the token is refused anyhow. So the list "
    "need not be larger than the rate of logouts times the lifetime of a token. "
    f"With tokens of 7 days it is {TIMES} times as large as with tokens of 15 minutes."
)


def busy_minute(scene: Scene, alice: Page) -> int:
    """Log in and out, twenty times; how long the denylist is then. Of the twenty, the log keeps one."""
    mark = len(scene.log)
    for _ in range(RATE):
        alice.login()
        alice.logout()
    scene.log.keep(mark, scene.log.since(mark)[-2:])
    return len(scene.box.tables(scene.mode, reveal=True)["denylist"])


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
        because="By now the tokens of the minute before have ended by themselves: their exp has come.",
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
    grows = all(before < after for before, after in pairwise(sizes))
    scene.answer("yes" if grows else "no")

    told = ", ".join(map(str, sizes))
    summary = f"Entries minute by minute: {told}. " + ("It keeps growing." if grows else "It grows no more.")
    status = scene.log.exchanges[-1].response.status
    return endings.deed(grows, "the denylist grows without end", summary, status, sizes=sizes)


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
