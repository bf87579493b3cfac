"""Cross-site request forgery (CSRF) where SameSite is out of use: only a token that the form can't know is left."""

from __future__ import annotations

from collections.abc import Generator

from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question
from sandbox.scenarios.csrf import EVIL, FORM, forged_transfer, moved_by

NOT_IN = {
    "jwt": "the token travels in a header, which no form can add",
    "hybrid": "the access token travels in a header, which no form can add",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.publish(EVIL, body=FORM)
    alice = scene.person("alice")

    yield Step(
        "Alice logs in, and transfers 10",
        because="The cookie bears SameSite=None, 'send it from other sites too': perhaps the bank's page must work in "
        "other sites' frames.",
        source="RFC 6265bis 4.1.2.7",
    )
    alice.login()
    alice.transfer("bob@bank.example", 10)

    yield Step(
        "Five minutes later Alice opens a page of evil.example, which posts a form to the bank",
        after=300,
        ask=Question(
            "Does Alice's money move?",
            misconceptions={
                "no": "with SameSite=None the cookie goes along with every form, however old it is",
                "yes": "the cookie goes along, but the form does not know the token that must come with it",
            },
        ),
        because="Where SameSite is unset, a cookie goes along for its first two minutes. With None it always does. "
        "csrf_token asks each unsafe request for a value that stood in the login's answer. Alice's page has read that "
        "answer. A page of another site can't.",
        source="ASVS 5 3.5.1; CWE-352",
    )
    answer = forged_transfer(scene, alice)
    scene.answer("yes" if answer.ok else "no")
    return moved_by(answer)


STORY = Story(
    "csrf_without_samesite",
    "CSRF without SameSite",
    "Cross-site request forgery (CSRF) by the same form, where the cookie bears SameSite=None",
    script,
    switch="csrf_token",
    given={"session": {"secure": True, "same_site": "None"}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-352; ASVS 5 3.5.1",
    remains="Script in the bank's own page reads the token and sends it: see script_in_open_tab.",
)
