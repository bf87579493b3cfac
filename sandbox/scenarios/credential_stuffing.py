"""Credential stuffing: a leaked list of e-mails and passwords is tried at the bank's login."""

from __future__ import annotations

import random
from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

LEAKED = 1000
"""Pairs in the list."""
HARM = "an account is opened"
ALICES = ("alice@bank.example", "alice-password")
LOOKED_AT = (200, 401)
"""Statuses of a login whose password the server has compared."""


def leaked_pairs() -> list[tuple[str, str]]:
    """E-mail and password, in a shuffled order that is the same on every run. Alice's pair stands at place 27."""
    names = [f"{first}.{number}" for first in ("ann", "ben", "cleo", "dan", "eve") for number in range(LEAKED // 5)]
    pairs = [(f"{name}@mail.example", f"{name}-secret") for name in names][: LEAKED - 1]
    pairs.append(ALICES)
    random.Random(2030).shuffle(pairs)
    return pairs


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()

    yield Step(
        "Mallory has a list of 1,000 e-mails and passwords that leaked at another site",
        because="People use one password at many sites. Alice does.",
    )

    yield Step(
        "Mallory tries them at the bank's login, one after the other",
        ask=Question(
            "Does Mallory find a pair that opens an account?",
            misconceptions={
                "no": "a password that leaked elsewhere is no secret, however well the bank hashes it",
                "yes": "after too many failures the server does not even look at the next pair",
            },
        ),
        because="With throttle_login the server counts failures, by account and by client address. A list has one try "
        "for each account, so the second count is the one that stops it: 20 failures within a quarter of an hour.",
        source="ASVS 5 6.3.1; CWE-307",
    )
    pairs = leaked_pairs()
    tried = pairs[: pairs.index(ALICES) + 1]
    answers = [
        mallory.browser.fetch("POST", f"/{scene.mode}/login", json_body={"email": email, "password": password})
        for email, password in tried
    ]
    found, status, tries = answers[-1].ok, answers[-1].status, len(answers)
    scene.answer("yes" if found else "no")

    looked_at = [number for number, answer in enumerate(answers, 1) if answer.status in LOOKED_AT]
    refused_from = max(looked_at, default=0) + 1
    if refused_from > tries:
        said = "opens her account" if found else f"is answered {status}"
        return endings.deed(found, HARM, f"Try {tries}, Alice's pair, {said}.", status, tries=tries)
    summary = f"From try {refused_from} on no pair is looked at. Alice's, try {tries}, is answered {status}."
    return endings.deed(found, HARM, summary, status, tries=tries, refused_from=refused_from)


STORY = Story(
    "credential_stuffing",
    "Credential stuffing",
    "1,000 leaked pairs are tried at the login, Alice's among them",
    script,
    switch="throttle_login",
    source="CWE-307; ASVS 5 6.3.1",
    remains="Alice's pair stands at place 27. Among the first 20 it would have been tried before the server refuses. "
    "Who waits a quarter of an hour may try 20 more. Who has many addresses need not wait. A second factor, or a "
    "check of new passwords against leaked ones, helps more.",
)
