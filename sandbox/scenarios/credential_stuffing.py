"""Credential stuffing: a leaked list of e-mails and passwords is tried at the bank's login."""

from __future__ import annotations

import random
from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

LEAKED = 1000
"""Pairs in the list."""


def leaked_pairs() -> list[tuple[str, str]]:
    """E-mail and password, in a shuffled order that is the same on every run. Alice's pair is among them."""
    names = [f"{first}.{number}" for first in ("ann", "ben", "cleo", "dan", "eve") for number in range(LEAKED // 5)]
    pairs = [(f"{name}@mail.example", f"{name}-secret") for name in names][: LEAKED - 1]
    pairs.append(("alice@bank.example", "alice-password"))
    random.Random(2034).shuffle(pairs)  # any seed would do
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
        because="throttle_login counts failures by account and by client address: a list has one try for each account, "
        "so the second count is the one that stops it.",
        source="ASVS 5 6.3.1; CWE-307",
    )
    tries, answer = 0, None
    for email, password in leaked_pairs():
        answer = mallory.browser.fetch(
            "POST", f"/{scene.mode}/login", json_body={"email": email, "password": password}
        )
        tries += 1
        if answer.status != 401:
            break
    found = answer is not None and answer.ok
    scene.answer("yes" if found else "no")

    status = answer.status if answer else None
    summary = f"Try {tries} opens Alice's account." if found else f"Try {tries} is answered {status}, as all after it."
    return endings.deed(found, "an account is opened", summary, status, tries=tries)


STORY = Story(
    "credential_stuffing",
    "Credential stuffing",
    "1,000 leaked pairs are tried at the login, Alice's among them",
    script,
    switch="throttle_login",
    source="CWE-307; ASVS 5 6.3.1",
    remains="A correct first guess still wins. Who waits a quarter of an hour may try 20 more. Who has many "
    "addresses need not wait. A second factor, or a check of new passwords against leaked ones, helps more.",
)
