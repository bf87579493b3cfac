"""A listener on the network sees one visit over plain http."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

NOT_IN = {"jwt": "a header goes where the page's code sends it, and that is https: only its encryption helps"}

ADDRESS = {"session": "/profile", "hybrid": "/refresh"}
"""One to which this mode's cookie goes."""


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()

    yield Step("Alice logs in over https", because="On the way, TLS, the encryption of https, hides it from listeners.")
    alice.login()

    yield Step(
        "Alice types an address of the bank, with http instead of https",
        after=60,
        ask=Question(
            "Does the listener see the credential?",
            misconceptions={
                "no": "without Secure, the cookie goes to the same host over http too, in plain text",
                "yes": "a Secure cookie does not leave the browser over http",
            },
        ),
        because="Whoever shares the network reads what goes over http. An old link leads there too, or a page that was "
        "tampered with on its way.",
        source="RFC 6265bis 4.1.2.5, 8.3; CWE-319",
    )
    mark = len(scene.log)
    alice.browser.visit(f"http://bank.example/{scene.mode}{ADDRESS[scene.mode]}")
    seen = [each.request.header("Cookie") or "" for each in scene.log.since(mark)]
    for header in seen:
        mallory.hold_cookies(header)
    scene.answer("yes" if any(seen) else "no")

    yield Step("Mallory sends what was seen", because="A cookie is a bearer token: a copy serves as well.")
    return endings.access(scene, mallory)


STORY = Story(
    "sniffing",
    "Sniffing",
    "A listener sees one visit over plain http",
    script,
    switch="secure",
    given={"hybrid": {"refresh_cookie": True}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-614, CWE-319; RFC 6265bis 8.3",
    remains="Secure guards the cookie that is sent, not the one that is set: a listener who answers over http may "
    "plant one. See session_fixation.",
)
