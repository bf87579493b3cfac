"""Store leak: a dump of the server's tables gets out, and Mallory shows what stands in it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.attacker import Attacker
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Response
from sandbox.record import Outcome, Question

NOT_IN = {"jwt": "jwt mode stores no token that could leak; but a leaked signing key would forge a token for anyone"}

TABLES = {"session": "sessions", "hybrid": "refresh_tokens"}
STORED = {
    "session": "The row says which session id is whose. Without hash_at_rest it holds the id itself: "
    "that is all a cookie needs.",
    "hybrid": "The row holds the refresh token itself, without hash_at_rest. The access token is not stored.",
}
HASHED = (
    "With hash_at_rest the row holds SHA-256 of the token. The server hashes what it is shown and compares, so a hash "
    "that is shown is hashed once more, and found nowhere. A slow hash such as bcrypt is for passwords, which can be "
    "guessed. 256 random bits can't: SHA-256 serves."
)


def hold(mallory: Attacker, mode: str, token: str, login: Response) -> None:
    """Put the token where this mode's travels. The name of a cookie is no secret: each login's answer tells it."""
    names = [header.partition("=")[0] for header in login.all("Set-Cookie")]
    if names:
        mallory.hold_cookies(f"{names[0]}={token}")
    else:
        mallory.hold_token(mode, token, "refresh_token" if mode == "hybrid" else "access_token")


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in", because=STORED.get(scene.mode, ""))
    login = alice.login()

    yield Step(
        "A backup of the database gets out: Mallory reads Alice's row",
        after=60,
        because="Backups, logs, an injected query: what is stored gets out sooner or later.",
        source="CWE-522; CWE-312",
    )
    rows = scene.box.tables(scene.mode, reveal=True)[TABLES[scene.mode]]
    hold(mallory, scene.mode, rows[-1]["token"], login)

    yield Step(
        "Mallory shows the server what stands in the row",
        ask=Question(
            "Does the server let Mallory in?",
            misconceptions={
                "no": "a token that is stored as it is serves whoever reads the table",
                "yes": "a hash is no token: the server hashes what it is shown, and a hash of a hash is found nowhere",
            },
        ),
        because=HASHED,
        source="RFC 9700 4.14; RFC 6819 5.1.4.1.3",
    )
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "store_leak",
    "Store leak",
    "A dump of the server's tables gets out",
    script,
    switch="hash_at_rest",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-312, CWE-522; RFC 9700 4.14; RFC 6819 5.1.4.1.3",
    remains="The rest of the dump is read all the same: e-mails, phones, balances. Weak passwords can be guessed from "
    "their hashes. A key that signs tokens forges one for anyone, in jwt and hybrid mode.",
)
