"""Login: what is kept where, and what each request costs, before anything goes wrong."""

from __future__ import annotations

from collections.abc import Generator

from sandbox.actors.browser import Browser
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

KEPT = {
    "session": "The server keeps a row. The cookie bears a random value that means nothing without that row.",
    "jwt": "The token says it all, and the server's signature makes it hard to forge. Nothing is kept.",
    "hybrid": "The access token says it all. Of the refresh token the server keeps a row, in a family of its own.",
}
ASKED = {
    "session": "The cookie is only a random value: without a look-up nobody knows whose.",
    "jwt": "The signature needs no look-up. With live_roles on, the user is read all the same, for a fresh role.",
    "hybrid": "The access token is checked like any JWT. With live_roles on, the user is read all the same.",
}
CLOSED = {
    "session": "A cookie without Max-Age or Expires goes when the browser closes. The server's row does not.",
    "jwt": "localStorage outlives the browser. What the page keeps in memory does not.",
    "hybrid": "localStorage outlives the browser; so does a refresh cookie, if it has a Max-Age. "
    "With a refresh token left, the page gets a new access token without a login.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")

    yield Step(
        "Alice logs in",
        ask=Question(
            "Does the server keep anything of this login?",
            misconceptions={"no": "a mode that can end a login must keep something of it"},
        ),
        because=KEPT[scene.mode],
        source="RFC 6265bis 8.4; RFC 7519 1; RFC 6749 1.5",
    )
    alice.login()
    server_bytes = scene.stored_bytes()
    client_bytes = held_bytes(alice.browser)
    scene.answer("yes" if server_bytes else "no")

    yield Step(
        "Alice reads her profile three times",
        after=60,
        ask=Question(
            "Does such a request make the server read its store?",
            misconceptions={"no": "a token needs no look-up for its signature, but the route may read the user"},
        ),
        because=ASKED[scene.mode],
        source="ASVS 5 8.3.2",
    )
    mark = len(scene.log)
    for _ in range(3):
        alice.profile()
    calls = scene.log.since(mark)
    scene.answer("yes" if any(call.store_reads for call in calls) else "no")

    yield Step(
        "Alice closes her browser, opens it anew and reads her profile",
        after=60,
        ask=Question(
            "Is Alice still logged in?",
            misconceptions={"yes": "a session cookie ends with the browser", "no": "localStorage stays"},
        ),
        because=CLOSED[scene.mode],
        source="RFC 6265bis 4.1.2.1, 4.1.2.2; HTML, Web storage",
    )
    alice.browser.close_and_reopen()
    scene.answer("yes" if alice.profile().ok else "no")

    return Outcome(
        applies=True,
        verdict="measured",
        measures={
            "request_bytes": calls[-1].request.wire_bytes(),
            "client_bytes": client_bytes,
            "server_bytes": server_bytes,
            "store_reads_per_request": sum(call.store_reads for call in calls) / len(calls),
            "store_writes_per_request": sum(call.store_writes for call in calls) / len(calls),
        },
        summary=f"The browser holds {client_bytes} bytes, the server {server_bytes}; "
        f"a request reads the store {sum(call.store_reads for call in calls) / len(calls):g} times.",
    )


def held_bytes(browser: Browser) -> int:
    """Bytes of names and values that lie in the browser: cookies, localStorage, the page's memory."""
    held = browser.holdings()
    pairs = [(cookie.name, cookie.value) for cookie in held.cookies]
    pairs += [*held.local_storage.items(), *held.memory.items()]
    return sum(len(name.encode()) + len(value.encode()) for name, value in pairs)


STORY = Story(
    "login",
    "Login",
    "What is kept where, and what a request costs",
    script,
    levers=("denylist", "live_roles", "refresh_cookie"),
)
