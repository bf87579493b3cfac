"""User enumeration: the time of the answer tells whether an e-mail is known."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import stopwatch
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import MODES, Response
from sandbox.record import Outcome, Question
from sandbox.server.passwords import demo_hash, verify_password

KNOWN = [f"{name}@bank.example" for name in ("alice", "bob", "carol")] * 2
"""Tried one after the other, each with one that nobody has: no more than a throttled login lets through."""

COST = 7
"""bcrypt's: a hash long enough to be told from the noise of a busy machine, and short enough to wait for."""


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()

    def try_login(email: str) -> Response:
        body = {"email": email, "password": "a wrong password"}
        return mallory.browser.fetch("POST", f"/{scene.mode}/login", json_body=body)

    def answer_time(email: str) -> float:
        """Real seconds until the answer to a login with a wrong password."""
        began = stopwatch()
        try_login(email)
        return stopwatch() - began

    yield Step(
        "Mallory sends a wrong password for alice@bank.example, and for an e-mail that nobody has",
        because="What an answer says must not tell whether somebody has that e-mail: the same status, the same words.",
        source="ASVS 5 6.3.8; CWE-204",
    )
    unknown_answer, known_answer = try_login("nobody@bank.example"), try_login("alice@bank.example")
    same_words = (known_answer.status, known_answer.body) == (unknown_answer.status, unknown_answer.body)

    yield Step(
        f"Mallory does so with three known e-mails, {len(KNOWN)} times in all, and with a stopwatch",
        ask=Question(
            "Do the times tell the two apart?",
            misconceptions={
                "no": "a password hash is slow on purpose: whether one was computed is easy to see",
                "yes": "where a hash is checked for unknown users too, both take as long",
            },
        ),
        because="A server that finds no user has no hash to check, and answers at once. dummy_hash checks one all "
        "the same.",
        source="CWE-208; ASVS 5 6.3.8",
    )
    times = [(answer_time(email), answer_time(f"nobody{n}@bank.example")) for n, email in enumerate(KNOWN)]
    known, unknown = (min(column) for column in zip(*times, strict=True))  # the fastest: nothing held it up
    hashes = (known - unknown) / hash_time(scene)
    slower = hashes > 0.5
    scene.answer("yes" if slower else "no")

    words = "The same words" if same_words else "Other words"
    summary = f"{words} for both. The known e-mail's answer takes longer by so many password hashes: {round(hashes)}."
    return endings.deed(
        slower or not same_words, "known e-mails are told apart", summary, known_answer.status,
        same_words=same_words, hashes_longer=round(hashes),
    )  # fmt: skip


def hash_time(scene: Scene) -> float:
    """Real seconds of one password hash on this machine, at the server's cost: the fastest of seven."""
    stored = demo_hash("alice", scene.box.defences.bcrypt_cost)
    times = []
    for _ in range(7):
        began = stopwatch()
        verify_password("a wrong password", stored)
        times.append(stopwatch() - began)
    return min(times)


STORY = Story(
    "user_enumeration",
    "User enumeration",
    "The time of the 401 tells whether an e-mail is known",
    script,
    switch="dummy_hash",
    given={mode: {"bcrypt_cost": COST} for mode in MODES},
    source="CWE-208, CWE-204; ASVS 5 6.3.8",
    timed=True,
    remains="Registration and password reset often tell more plainly whether an e-mail is known.",
)
