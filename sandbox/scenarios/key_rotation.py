"""Key rotation: the bank changes its signing key, and honest users hold tokens of the old one."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

HARM = "honest users thrown out"
CHECKED = {
    "session": "No key signs a session id. There is nothing to change, and nobody notices.",
    "jwt": "Every token that is out was signed with the old key. With key_overlap the old key still checks for a day, "
    "and signs no more. Without, none of them can be checked, and nothing renews them: all must log in.",
    "hybrid": "Every access token that is out was signed with the old key. With key_overlap the old key still checks "
    "for a day, and signs no more. Without, none of them can be checked. But a refresh token bears no signature: it "
    "is looked up, and buys a new access token. The page does so on 401, not on a bare 403.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    people = [scene.person(name) for name in ("alice", "bob", "carol")]

    yield Step("Alice, Bob and Carol log in")
    for each in people:
        each.login()

    yield Step(
        "The bank changes its signing key",
        after=60,
        because="Keys are changed by plan, and at once when one may have leaked.",
        source="RFC 7517 4.5; CWE-320",
    )
    if scene.mode != "session":
        scene.box.rotate_key(scene.mode)

    yield Step(
        "All three go on working",
        after=60,
        ask=Question(
            "Must they log in again?",
            misconceptions={
                "no": "a signature can't be checked without its key",
                "yes": "what is looked up needs no key; and for a while a server can check with two",
            },
        ),
        because=CHECKED[scene.mode],
        source="RFC 7517 4.5",
    )
    mark = len(scene.log)
    answers = [each.profile() for each in people]
    failed = [each.response for each in scene.log.since(mark) if not each.response.ok]
    thrown_out = [each for each, answer in zip(people, answers, strict=True) if not answer.ok]
    scene.answer("yes" if thrown_out else "no")

    yield Step(
        "Who was thrown out logs in again",
        because="The new login is signed with the new key. Nothing is lost but time; for a whole bank at once, a lot.",
    )
    for each in thrown_out:
        each.login()
        each.profile()

    counts = {"failed_calls": len(failed), "forced_logins": len(thrown_out)}
    status = failed[0].status if failed else answers[0].status
    if failed and not thrown_out:
        healed = f"{len(failed)} calls fail with {status}, and the pages refresh: nobody must log in."
        return Outcome(True, healed, "contained", None, {"harm": "calls fail, then heal", **counts}, status=status)
    summary = f"{len(thrown_out)} of {len(people)} must log in again." if thrown_out else "Nobody notices."
    return endings.deed(bool(thrown_out), HARM, summary, status, **counts)


STORY = Story(
    "key_rotation",
    "Key rotation",
    "The bank changes its signing key while people are logged in",
    script,
    switch="key_overlap",
    given={
        "jwt": {"jwt_lifetime": 15 * MINUTE},
        "hybrid": {"access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY},
    },
    source="CWE-320; RFC 7517 4.5",
    remains="The overlap, a day here, must be as long as the longest token lives: a token that outlives it fails when "
    "it is over. A key that leaked forges tokens for all that time: then it is better to throw everybody out.",
)
