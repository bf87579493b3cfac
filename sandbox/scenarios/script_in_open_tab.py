"""Injected script acts in the page that Alice has open. No switch stops it."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.script import InjectedScript
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

AMOUNT = 100
RIDES = {
    "session": "The browser adds the cookie, as with every request of the page. HttpOnly keeps script from reading a "
    "cookie, and the browser sends it all the same.",
    "jwt": "The page's own code adds the token, from localStorage or from memory. Script in the page can call that "
    "code, or stand in for it. HttpOnly has no part in it: it keeps script from reading a cookie, not from sending "
    "one.",
    "hybrid": "Script asks for a new access token as the page does, and reads the answer: an access token for itself. "
    "HttpOnly on the refresh cookie keeps script from reading that cookie, and the browser sends it all the same.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")

    yield Step("Alice logs in, and leaves the tab open")
    alice.login()

    yield Step(
        "Mallory's script runs in the open page, and transfers money",
        after=60,
        ask=Question(
            "Does Mallory's script move Alice's money?",
            misconceptions={
                "no": "HttpOnly and a token kept in memory stop the reading of a credential, not its use from within "
                "the page",
                "yes": "the page itself had nothing left that the bank would take",
            },
        ),
        because=RIDES[scene.mode],
        source="RFC 10017 5; CWE-79",
    )
    injected = InjectedScript(alice)
    taken = injected.refresh().field("access_token") if scene.mode == "hybrid" else None
    answer = injected.ride("POST", "/transfer", {"to": "bob@bank.example", "amount": AMOUNT})
    scene.answer("yes" if answer.ok else "no")

    moved = AMOUNT if answer.ok else 0
    summary = f"{moved} were moved by script in Alice's own page" if moved else f"No money was moved: {answer.status}"
    return endings.deed(
        answer.ok,
        "money moved",
        summary + (", which took an access token too." if taken else "."),
        answer.status,
        amount=moved,
        tokens_taken=int(taken is not None),
    )


STORY = Story(
    "script_in_open_tab",
    "Script in an open tab",
    "Injected script acts in the page that Alice has open",
    script,
    source="CWE-79; RFC 10017 5",
    remains="All of it. Who runs script in the page is the page. Only keeping such script out helps: escape what "
    "others wrote, set a content security policy, ask for the password again before money moves.",
)
