"""A sibling subdomain sets a cookie for the bank, and Alice works in Mallory's account."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

BLOG = "https://blog.bank.example/{mode}"
NOT_IN = {"jwt": "the page sends its own token in a header: no cookie of another host stands in for it"}
AIMED_AT = {"session": "/session/profile", "hybrid": "/hybrid/refresh"}
"""The path of Mallory's cookie: the calls that shall bear it, and not Alice's login."""

FIRST = (
    "Without host_prefix, the browser sends both cookies, Mallory's first: its path is longer, or it is older. The "
    "server can't see who set which: it takes the first. With host_prefix the name begins with __Host-, and the "
    "browser takes such a cookie from the host itself alone."
)


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    mallory = scene.customer("mallory")
    alice = scene.person("alice")

    yield Step("Mallory, a customer too, logs in with a browser of Mallory's own")
    mallory.login()

    yield Step(
        "Alice reads the bank's blog, on a server that Mallory has taken over",
        after=60,
        because="blog.bank.example may set cookies for all of bank.example. Its answer tries to set one: with the name "
        "of the bank's own, and a credential of Mallory's in it.",
        source="RFC 6265bis 4.1.2.3, 8.6",
    )
    blog = BLOG.format(mode=scene.mode)
    path = AIMED_AT[scene.mode]
    planted = [  # none, where the bank hands out no cookie
        ("Set-Cookie", f"{own.name}={own.value}; Domain=bank.example; Path={path}")
        for own in mallory.browser.cookies.all()[:1]
    ]
    scene.box.publish(blog, headers=tuple(planted))
    alice.browser.visit(blog)

    yield Step("Alice logs in", after=60)
    alice.login()

    yield Step(
        "Half an hour later Alice goes on working",
        after=1800,
        ask=Question(
            "Whose account does Alice work in?",
            ("her own", "Mallory's"),
            misconceptions={
                "her own": "a cookie does not say which host set it",
                "Mallory's": "a __Host- cookie can't be set by another host",
            },
        ),
        because=FIRST,
        source="RFC 6265bis 4.1.3.2, 5.8.3; CWE-565",
    )
    if alice.can_refresh:
        alice.refresh()  # the refresh token is what lies in a cookie there
    answer = alice.profile()
    email = (answer.field("user") or {}).get("email", "nobody")
    mistaken = email == "mallory@bank.example"
    scene.answer("Mallory's" if mistaken else "her own")

    summary = f"Alice's page works for {email}."
    return endings.deed(mistaken, "Alice works in Mallory's account", summary, answer.status, pages_seen=int(mistaken))


STORY = Story(
    "sibling_subdomain",
    "Sibling subdomain",
    "blog.bank.example sets a cookie, and Alice works in Mallory's account",
    script,
    switch="host_prefix",
    given={"hybrid": {"refresh_cookie": True}},
    not_in=lambda mode, options: NOT_IN.get(mode),
    source="CWE-565; RFC 6265bis 4.1.3, 8.6",
    remains="The sibling can still set a cookie of the plain name, without __Host-. The server must not read that one "
    "too.",
)
