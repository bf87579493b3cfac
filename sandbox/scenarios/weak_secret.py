"""Weak secret: Mallory guesses the key that signs the bank's tokens, without asking the bank."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from sandbox import endings
from sandbox.actors.attacker import handed_out
from sandbox.actors.forgery import as_another, guess_key, likely_secrets, read_token, write_token
from sandbox.engine import Scene, Step, Story
from sandbox.errors import WeakKey
from sandbox.record import Outcome, Question

CHOSEN = "Sunshine2024!"
NOT_IN = {"session": "no key signs a session id: it is random, and only the server's row gives it a meaning"}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.attacker()
    scene.box.add_account(scene.mode, "mallory")
    page = mallory.browser.open(scene.mode)

    yield Step(
        f"The bank's operator sets the signing key to {CHOSEN}",
        because="It looks like a good password: upper and lower case, digits, a sign. But it has 13 bytes, and "
        "people choose such words. strong_key refuses a key of less than 32 bytes for HS256: a signature (HMAC) whose "
        "key is shared by who signs and who checks.",
        source="RFC 7518 3.2; CWE-326",
    )
    try:
        scene.box.configure_secret(scene.mode, CHOSEN)
        key_now = f"The bank signs with {CHOSEN}."
    except WeakKey as refused:
        key_now = f"The operator's key was refused ({refused}), and the bank signs with its 32 random bytes."

    yield Step(
        "Mallory, a customer too, logs in and keeps the token",
        because=f"{key_now} One token is enough: it bears text and signature side by side.",
        source="RFC 8725 2.2",
    )
    login = page.login()
    token = handed_out(login)[1]
    header, claims = read_token(token)

    yield Step(
        "At home, Mallory tries one likely key after the other on that token",
        after=60,
        ask=Question(
            "Does Mallory find the key?",
            misconceptions={
                "no": "no server counts these guesses: a machine makes hundreds of thousands of them a second",
                "yes": "32 random bytes stand in no list, and all of them can't be tried",
            },
        ),
        because="To check a guess, sign the token's text with it and compare. No request goes out, so nothing is "
        "logged and nothing throttles. The number of guesses per second was measured on this machine.",
        source="RFC 8725 2.2, 3.5; CWE-326",
    )
    guessed = guess_key(token, likely_secrets())
    scene.answer("yes" if guessed.key else "no")

    def write(sub: str) -> str:
        forged = as_another(claims, sub, scene.box.clock.now())
        return write_token({**header, "alg": "HS256"}, forged, (guessed.key or "secret").encode())

    yield Step(
        "Mallory signs a token with Alice's number, with the key that was found or else with a bad guess",
        ask=Question(
            "Does the server take Mallory for Alice?",
            misconceptions={
                "no": "who has the key signs as the bank does: nothing tells the two tokens apart",
                "yes": "without the key, the signature is wrong",
            },
        ),
        because="With HS256, who can check can sign. The right key makes any token genuine; a wrong one makes none.",
        source="RFC 8725 2.2",
    )
    outcome = yield from endings.forgery(scene, mallory, login, write, source="RFC 8725 2.2")
    found = f"The key is guess {guessed.guesses}." if guessed.key else f"Not one of {guessed.guesses} guesses fits."
    counts = {"guesses": guessed.guesses, "guesses_per_second": round(guessed.per_second)}
    return replace(outcome, summary=f"{found} {outcome.summary}", measures={**outcome.measures, **counts})


STORY = Story(
    "weak_secret",
    "Weak secret",
    "The signing key is guessed offline, from a list of likely words",
    script,
    switch="strong_key",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-326; RFC 8725 3.5; RFC 7518 3.2",
    remains="The switch counts bytes, not randomness: 32 times the letter a would pass. Take random bytes.",
)
