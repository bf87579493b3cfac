"""Sender constraint: Mallory steals the token, but the key to which it is bound can't be copied."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from importlib.util import find_spec

from sandbox import endings
from sandbox.actors.device_key import DeviceKey
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

MISSING = "a proof of possession needs the package cryptography, which is not installed here"
NOT_IN = {
    "session": "a proof of possession (DPoP) binds tokens, not cookies; device bound session credentials, a draft, do"
}
if not find_spec("cryptography"):
    NOT_IN |= {"jwt": MISSING, "hybrid": MISSING}
PROOF = (
    "A proof names the method, the URL, the time and the token. Mallory makes proofs too, and they are well made: by "
    "another key. With dpop the token says which key is to sign, and Mallory has not the key. Without, nobody looks."
)
NEEDED = {"jwt": PROOF, "hybrid": f"{PROOF} The refresh token is bound in the same way."}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    alice.browser.device_key = DeviceKey()
    mallory = scene.attacker()
    mallory.browser.device_key = DeviceKey()

    yield Step(
        "Alice's page makes a key pair, logs in with a proof, and reads her profile",
        because="The private key is made so that script can sign with it and never read it. Where dpop is on, the "
        "token says to which public key it belongs; where it is off, the server overlooks the proof.",
        source="RFC 9449 4, 5, 6.1",
    )
    alice.login()
    alice.profile()

    yield Step(
        "Mallory copies all that Alice's browser holds, but the private key",
        after=60,
        because="The browser hands out signatures, not the key.",
        source="RFC 9449 2; Web Cryptography, extractable",
    )
    mallory.steal(alice.browser)

    yield Step(
        "Mallory uses the copy, with proofs by a key of Mallory's own",
        ask=Question(
            "Does the server let Mallory in?",
            misconceptions={
                "no": "a bearer token serves whoever bears it",
                "yes": "a bound token is worth nothing without a fresh proof by its own key",
            },
        ),
        because=NEEDED[scene.mode],
        source="RFC 9449 4.2, 4.3, 5, 7.1; RFC 6750 1.2",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")

    yield Step(
        "Alice reads her profile again; Mallory sends her request once more, word for word, with her proof",
        because="With dpop, each proof bears a number of its own (jti), and the server takes a number once. A captured "
        "request is used up already. Without, it serves again.",
        source="RFC 9449 4.2, 11.1",
    )
    alice.profile()
    replayed = mallory.browser.send(scene.log.exchanges[-1].request)
    return replace(outcome, measures={"replay_status": replayed.status})


STORY = Story(
    "sender_constraint",
    "Sender constraint",
    "A stolen token is used without the key to which it is bound",
    script,
    switch="dpop",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="RFC 9449",
    remains="Script in the open tab can't read the key, but signs with it: see script_in_open_tab.",
)
