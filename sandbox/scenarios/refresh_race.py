"""Refresh race: two tabs of Alice's browser refresh at once. A false alarm, and she is thrown out."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.attacker import Attacker
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Response
from sandbox.record import Outcome, Question

NOT_IN = {
    "session": "session mode has no refresh token: two tabs send the same cookie, as often as they like",
    "jwt": "jwt mode has no refresh token: two tabs send the same token, as often as they like",
}
HARM = "an honest user thrown out"


def successor(response: Response) -> str | None:
    """The refresh token of an answer: in its body, or in a cookie."""
    cookies = (each.partition(";")[0] for each in response.all("Set-Cookie"))
    return response.field("refresh_token") or next(cookies, None)


def thief(scene: Scene, mallory: Attacker) -> int:
    """The status of Mallory's refresh, now. All is put back."""
    with scene.supposing():
        return mallory.browser.open(scene.mode).refresh().status


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step(
        "Alice logs in; Mallory copies her refresh token, and keeps it for later",
        because="Alice opens a second tab. Both tabs hold the same tokens.",
    )
    alice.login()
    mallory.steal(alice.browser, "refresh")

    yield Step(
        "Both tabs refresh at the same moment, with the same refresh token",
        after=900,
        because="With rotate_refresh the server takes a refresh token once, and gives its successor: of two requests, "
        "one wins. The other shows a token that is used up by now. That is what a thief does too.",
        source="CWE-362; RFC 9700 4.14.2",
    )
    requests = [alice.prepare_refresh(), alice.prepare_refresh()]
    answers = scene.at_once(alice.browser, requests)
    for request, answer in zip(requests, answers, strict=True):
        alice.take_refreshed(request, answer)
    statuses = sorted(each.status for each in answers)
    successors = {token for each in answers if (token := successor(each))}

    yield Step(
        "Suppose that Mallory shows the old token now, ten seconds later",
        after=10,
        ask=Question(
            "Does Mallory get new tokens?",
            misconceptions={
                "no": "within the grace nobody can tell a slow tab from a quick thief; "
                "without rotation the old token serves anyhow",
                "yes": "a family that was ended serves nobody",
            },
        ),
        because="With reuse_grace a second use within ten seconds gets the same successor. That is its price: a thief "
        "who is quick gets it too. Without, a second use ends the whole family, if detect_reuse is on.",
        source="RFC 9700 4.14.2",
    )
    within = thief(scene, mallory)
    scene.answer("yes" if within == 200 else "no")

    yield Step(
        "Suppose instead that Mallory comes one second later",
        after=1,
        because="The ten seconds are over. Where reuse is detected, a second use now is taken for a theft.",
        source="RFC 9700 4.14.2",
    )
    after = thief(scene, mallory)

    yield Step(
        "Mallory did not come. A quarter of an hour later Alice's page refreshes again",
        after=900,
        ask=Question(
            "Is Alice thrown out?",
            misconceptions={
                "no": "reuse detection can't tell two tabs from a thief: the family was ended, and with it her login",
                "yes": "both tabs got the same successor, or the family was never ended",
            },
        ),
        because="Where the race was taken for a theft, the whole family is dead: Alice has done nothing wrong, and "
        "logs in again.",
        source="CWE-362; RFC 9700 4.14.2",
    )
    last = alice.refresh()
    scene.answer("no" if last.ok else "yes")
    told = f"The two tabs got {statuses}."
    summary = f"{told} Alice goes on working." if last.ok else f"{told} Alice is thrown out: {last.status}."
    return endings.deed(
        not last.ok, HARM, summary, last.status, statuses=statuses, successors=len(successors),
        thief_within_grace=within, thief_after_grace=after,
    )  # fmt: skip


STORY = Story(
    "refresh_race",
    "Refresh race",
    "Two tabs of Alice's browser refresh at once",
    script,
    switch="reuse_grace",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-362; RFC 9700 4.14.2",
    remains="A thief who comes within the ten seconds gets the successor too, and nobody notices.",
)
