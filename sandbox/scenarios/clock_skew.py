"""Clock skew: a token just issued is shown to a server whose clock is 20 seconds behind."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

BEHIND = 20
NOT_IN = {"session": "a session id bears no time that another server's clock could contradict"}

FUTURE = (
    "By the second server's clock, the token's iat, its time of issue, lies in the future. With leeway, 30 s either "
    "way are granted. Without, PyJWT, the library, refuses such a token."
)
TOO_EARLY = {"jwt": FUTURE, "hybrid": f"{FUTURE} A refresh does not help then: the new token is as new as the old one."}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.add_node(scene.mode, seconds_behind=BEHIND)
    alice = scene.person("alice")

    yield Step(
        "Alice logs in at the first of two servers",
        because=f"Requests go to the two in turn. The second server's clock is {BEHIND} s behind the first one's.",
    )
    alice.login()

    yield Step(
        "Alice's next call goes to the second server",
        ask=Question(
            "Is Alice's honest call refused?",
            misconceptions={
                "no": f"to a clock that is behind, a token of this moment was issued {BEHIND} s from now",
                "yes": "a leeway larger than the difference makes up for it",
            },
        ),
        because=TOO_EARLY[scene.mode],
        source="RFC 7519 4.1.4 to 4.1.6",
    )
    first = alice.profile()
    scene.answer("no" if first.ok else "yes")

    yield Step(
        "Half a minute later Alice tries again, twice",
        after=30,
        because="By now the second server's clock has passed the token's time of issue. Faults that heal by "
        "themselves are hard to find. A clock that is ahead does the same harm at the other end: it takes tokens for "
        "expired too early.",
        source="RFC 7519 4.1.4",
    )
    later = [alice.profile() for _ in range(2)]

    refused = [each for each in (first, *later) if not each.ok]
    summary = f"Honest calls that were refused: {len(refused)} of 3." if refused else "No honest call is refused."
    return endings.deed(bool(refused), "an honest call refused", summary, first.status, refused_calls=len(refused))


STORY = Story(
    "clock_skew",
    "Clock skew",
    "A token just issued is shown to a server whose clock is 20 s behind",
    script,
    switch="leeway",
    given={
        "jwt": {"jwt_lifetime": 15 * MINUTE},
        "hybrid": {"access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY},
    },
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="RFC 7519 4.1.4",
    remains="A leeway makes up for seconds. Clocks that differ by more must be set right.",
)
