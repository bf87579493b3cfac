"""Cross-site request forgery (CSRF) against a JWT in a cookie: the carrier decides, not the format."""

from __future__ import annotations

from collections.abc import Generator

from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question
from sandbox.scenarios.csrf import EVIL, FORM, forged_transfer, moved_by

NOT_IN = {
    "session": "the session's id always travels in a cookie here: that is the story csrf",
    "hybrid": "hybrid's access token always travels in a header",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.publish(EVIL, body=FORM)
    alice = scene.person("alice")

    yield Step(
        "Alice logs in; her token, a JWT, lies in a cookie",
        because="A cookie is a common place for a token: script can't read it there if the cookie is HttpOnly.",
    )
    alice.login()

    yield Step(
        "A minute later Alice opens a page of evil.example, which posts a form to the bank",
        after=60,
        ask=Question(
            "Does Alice's money move?",
            misconceptions={
                "no": "the browser sends a cookie by itself, whatever is written in it: a JWT is no safer there",
                "yes": "a Strict cookie does not go along with another site's form, whatever is written in it",
            },
        ),
        because="The browser does not look into a cookie: by its attributes, SameSite above all, it decides whether "
        "the cookie goes along. The carrier decides, not the format. In a header the same token would stay at home.",
        source="RFC 6750 5.3; CWE-352",
    )
    answer = forged_transfer(scene, alice)
    scene.answer("yes" if answer.ok else "no")
    return moved_by(answer)


STORY = Story(
    "csrf_token_in_cookie",
    "CSRF against a JWT in a cookie",
    "Cross-site request forgery (CSRF) by the same form, against a JWT that lies in a cookie",
    script,
    switch="same_site",
    given={"jwt": {"carrier": "cookie"}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-352; RFC 6750 5.3",
)
