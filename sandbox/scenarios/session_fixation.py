"""Session fixation: Mallory chooses the session id, and Alice logs in under it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

CHOSEN = "an-id-that-mallory-has-chosen"
PLAIN = "http://bank.example/"
NOT_IN = {
    "jwt": "the token is made at login: there is none before it that login could adopt",
    "hybrid": "both tokens are made at login: there is none before it that login could adopt",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step(
        "Before her login, Alice opens http://bank.example, and Mallory answers in the bank's place",
        because="Over plain http, whoever controls the network may answer. The answer sets a cookie. The attribute "
        "Secure does not prevent it: it says where a cookie is sent, not who may set one of that name.",
        source="RFC 6265bis 8.6",
    )
    scene.box.publish(PLAIN, headers=(("Set-Cookie", f"session={CHOSEN}; Path=/"),))
    alice.browser.visit(PLAIN)

    yield Step(
        "Alice logs in",
        after=60,
        because="With regenerate_id, login makes a new id, and the planted one stands for nobody. Without, the server "
        "adopts the id that came with the request.",
        source="RFC 6265bis 8.4; ASVS 5 7.2.4",
    )
    alice.login()

    yield Step(
        "Mallory sends the chosen id",
        ask=Question(
            "Mallory stole nothing. Is Mallory logged in as Alice?",
            misconceptions={
                "no": "whoever knows the id is in: stolen or chosen makes no difference",
                "yes": "a new id at login makes the planted one worthless",
            },
        ),
        because="A session id must be made by the server, at login, and by nobody else.",
        source="CWE-384",
    )
    mallory.hold_cookies(f"session={CHOSEN}; __Host-session={CHOSEN}")
    outcome = endings.access(scene, mallory)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "session_fixation",
    "Session fixation",
    "Mallory plants a session id, and Alice logs in under it",
    script,
    switch="regenerate_id",
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-384; RFC 6265bis 8.4; ASVS 5 7.2.4",
)
