"""Oversized cookie: the claims grow past what a browser keeps, and Alice is out without a word."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"hybrid": "hybrid mode's access token travels in a header, which has no such limit"}

SEES = ("she is in", "login succeeds, then she is refused", "an error at login")

GROWS = {
    "session": "The cookie is an id. It does not grow, whatever the server knows of Alice.",
    "jwt": "A self-contained token carries all that it says, and with base64 a third more.",
}
LIMIT = {
    "session": "Groups are looked up on the server. The cookie is as small as before.",
    "jwt": "A browser ignores a cookie whose name and value have more than 4096 bytes together, and tells nobody. "
    "With size_guard the server counts first, and login says what is wrong. Without, the server answers 200, the page "
    "believes it, and the next call comes without a credential.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    sizes: list[int] = []

    def with_groups(count: int) -> tuple[bool, bool, int]:
        """Put Alice in so many groups, log her in and call: whether each succeeded, and the last status."""
        if scene.mode == "jwt":
            scene.box.put_in_tokens(scene.mode, groups=[f"branch-{number:03}" for number in range(count)])
        login = alice.login()
        sizes.extend(len(header.partition(";")[0]) - 1 for header in login.all("Set-Cookie")[:1])
        call = alice.profile() if login.ok else login
        return login.ok, call.ok, call.status

    yield Step("Alice logs in and reads her profile", because=GROWS.get(scene.mode, ""), source="RFC 6265bis 5.6")
    with_groups(0)

    yield Step(
        "She is put in 100 groups, logs out, and logs in again",
        after=60,
        because=GROWS.get(scene.mode, ""),
        source="RFC 6265bis 5.6",
    )
    alice.logout()
    with_groups(100)

    yield Step(
        "She is put in 400 groups, logs out, and logs in again",
        after=60,
        ask=Question(
            "What does Alice see?",
            SEES,
            misconceptions={
                SEES[0]: "a browser drops a cookie over 4096 bytes, and says nothing",
                SEES[1]: "an id does not grow; and with size_guard the server counts before it issues",
                SEES[2]: "the server can't see what the browser drops: it answers 200, unless it counts first",
            },
        ),
        because=LIMIT.get(scene.mode, ""),
        source="RFC 6265bis 5.6; ASVS 5 3.3.5",
    )
    alice.logout()
    logged_in, called, status = with_groups(400)
    sees = SEES[0] if called else SEES[1] if logged_in else SEES[2]
    scene.answer(sees)

    summary = f"With 400 groups: {sees} ({status}). Bytes of the cookies issued: {', '.join(map(str, sizes))}."
    return endings.deed(sees == SEES[1], "the cookie is dropped in silence", summary, status, cookie_bytes=sizes)


STORY = Story(
    "oversized_cookie",
    "Oversized cookie",
    "The claims grow past the 4096 bytes that a browser keeps",
    script,
    switch="size_guard",
    given={"jwt": {"carrier": "cookie"}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="RFC 6265bis 5.6; ASVS 5 3.3.5",
    remains="Alice can't log in until her claims shrink, but now she can read why. Long lists belong on the server.",
)
