"""Cross-site request forgery (CSRF): a page of evil.example makes Alice's browser send money."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.actors.page import Page
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Response
from sandbox.record import Outcome, Question

EVIL = "https://evil.example/prizes"
FORM = b"<form method=post> with two hidden fields, and a script that submits it </form>"
AMOUNT = 100

CARRIED = {
    "session": "A cookie goes along by itself, whoever makes the browser send the request: only SameSite, an attribute "
    "of the cookie, or a token that the form can't know, tells the two apart.",
    "jwt": "A form can't add a header: a token that travels in one does not go along by itself. In a cookie (the "
    "switch carrier) it would.",
    "hybrid": "A form can't add a header: an access token that travels in one does not go along by itself. In a cookie "
    "(the switch carrier) it would. The refresh cookie is meant for another address: see the next step.",
}
REFRESHED = {
    "session": "In session mode there is nothing to refresh: no form is sent.",
    "jwt": "In jwt mode there is nothing to refresh: no form is sent.",
    "hybrid": "The refresh cookie goes along as any cookie does, unless SameSite keeps it back. But a refresh moves no "
    "money, and the page of evil.example can't read the answer: the new access token does not reach Mallory.",
}


def forged_transfer(scene: Scene, alice: Page) -> Response:
    """Alice opens Mallory's page, which sends a form to the bank at once."""
    evil = alice.browser.visit(EVIL)
    response = evil.submit(
        f"{alice.browser.bank.origin}/{scene.mode}/transfer", {"to": "bob@bank.example", "amount": str(AMOUNT)}
    ).response
    assert response is not None
    return response


def forged_refresh(scene: Scene, alice: Page) -> dict[str, int | bool]:
    """The same with the address for refreshing. Did Alice's cookie go along, did money move, may evil.example read?"""
    evil, before = alice.browser.visit(EVIL), balance(scene)
    answer = evil.submit(f"{alice.browser.bank.origin}/{scene.mode}/refresh", {})
    return {
        "refresh_cookie_sent": scene.log.exchanges[-1].request.header("Cookie") is not None,
        "moved_by_refresh": before - balance(scene),
        "refresh_answer_read": evil.may_read(answer),
    }


def moved_by(*answers: Response, **counts: int | bool) -> Outcome:
    """How much these forged transfers came to; the first answer is the one that counts."""
    moved, status = AMOUNT * sum(each.ok for each in answers), answers[0].status
    summary = f"{moved} were moved by another site's form." if moved else f"No money was moved: {status}."
    return endings.deed(moved > 0, "money moved", summary, status, amount=moved, **counts)


def balance(scene: Scene) -> int:
    """What Alice has at the bank, by its own books."""
    users = scene.box.tables(scene.mode)["users"]
    return int(next(user["balance"] for user in users if user["email"] == "alice@bank.example"))


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.publish(EVIL, body=FORM)
    alice = scene.person("alice")

    yield Step("Alice logs in and reads her profile")
    alice.login()
    alice.profile()

    yield Step(
        "A minute later Alice opens a page of evil.example, which posts a form to the bank",
        after=60,
        ask=Question(
            "Does Alice's money move?",
            misconceptions={
                "no": "a cookie without SameSite goes along with another site's form, in its first two minutes",
                "yes": "what travels in a header does not go along by itself, nor does a Strict cookie",
            },
        ),
        because=CARRIED[scene.mode],
        source="RFC 6265bis 5.6.7.2, 8.8.1; CWE-352",
    )
    young = forged_transfer(scene, alice)
    scene.answer("yes" if young.ok else "no")

    yield Step(
        "Alice opens the page once more; now its form goes to the bank's address for refreshing",
        because=REFRESHED[scene.mode],
        source="RFC 6265bis 5.6.7.2; HTML 7.1.1",
    )
    refreshed = forged_refresh(scene, alice) if alice.can_refresh else {}

    yield Step(
        "On the same page Alice follows a link to her profile",
        ask=Question(
            "Does Alice arrive logged in?",
            misconceptions={
                "no": "Lax, and unset in most browsers, let cookies go along when a link is followed",
                "yes": "a Strict cookie stays at home even then; a header goes along with no link",
            },
        ),
        because="Following a link is a GET that fills the tab. Lax lets the cookie go along, Strict does not: "
        "its cost is that Alice arrives logged out from every link on another site.",
        source="RFC 6265bis 5.6.7.1, 8.8.2",
    )
    arrived = alice.browser.visit(EVIL).follow(f"{alice.browser.bank.origin}/{scene.mode}/profile").response
    scene.answer("yes" if arrived and arrived.ok else "no")

    yield Step(
        "Five minutes later the same form once more",
        after=300,
        because="A cookie whose SameSite is unset counts as Lax once it is two minutes old: a POST goes without it. "
        "None has no such limit.",
        source="RFC 6265bis 5.6.7.2",
    )
    old = forged_transfer(scene, alice)
    return moved_by(young, old, **refreshed)


STORY = Story(
    "csrf",
    "Cross-site request forgery",
    "A form on evil.example posts a transfer (CSRF), within two minutes of login",
    script,
    switch="same_site",
    given={"hybrid": {"refresh_cookie": True}},
    source="CWE-352, CWE-1275; RFC 6265bis 8.8",
    remains="SameSite knows sites, not origins: a sibling subdomain is of the same site. Cross-origin "
    "resource sharing (CORS) does not help: it guards the reading of answers, and a form reads none.",
)
