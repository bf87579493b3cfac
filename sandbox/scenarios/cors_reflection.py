"""CORS reflection: the bank lets any other site's page read its answers, so one of evil.example reads Alice's."""

from __future__ import annotations

from collections.abc import Generator
from urllib.parse import urlencode

from sandbox import endings
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

EVIL = "https://evil.example/prizes"
AMOUNT = 100
HARM = "another site's page reads what is Alice's"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

READ = {
    "session": "The cookie goes along by itself, so the answer is Alice's. Whether script may read it, the bank says "
    "by CORS: a header of the answer names the origin that may.",
    "jwt": "No credential goes along by itself: the token lies in the bank's own localStorage, and the page of "
    "evil.example can't reach it. What it reads is a refusal.",
    "hybrid": "The refresh cookie goes along by itself. The answer to /hybrid/refresh bears a new access token: "
    "whether script may read it, the bank says by CORS.",
}
SENT = {
    "session": "CORS guards the reading of answers, not the sending of requests. This one looks like a form's, so "
    "the browser asks nobody before. Only a token against cross-site request forgery (CSRF), or SameSite, stops it.",
    "jwt": "A request without credentials moves nobody's money. CORS has no part in it.",
    "hybrid": "A transfer wants the access token, in a header. The refresh cookie moves no money.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    scene.box.publish(EVIL, body=b"<script> fetch(...) with credentials: include </script>")
    alice = scene.person("alice")
    mallory = scene.attacker()
    bank = f"{alice.browser.bank.origin}/{scene.mode}"

    yield Step(
        "Alice logs in",
        because="By cross-origin resource sharing (CORS), a header of the bank's answers says which other sites' pages "
        "may read them.",
        source="Fetch 3.2",
    )
    alice.login()

    yield Step(
        "Alice opens a page of evil.example; its script fetches from the bank, with credentials",
        after=60,
        ask=Question(
            "Can the page read what is Alice's?",
            misconceptions={
                "no": "a server that reflects any origin, with credentials, tells the browser to let everybody read",
                "yes": "the browser keeps the answer from script, or the answer holds nothing of Alice's",
            },
        ),
        because=READ[scene.mode],
        source="Fetch 3.2; CWE-942; ASVS 5 3.4.2",
    )
    evil = alice.browser.visit(EVIL)
    method, path = ("POST", "/refresh") if alice.can_refresh else ("GET", "/profile")
    seen = evil.fetch(f"{bank}{path}", method, credentials="include")
    answered = scene.log.exchanges[-1].response.status
    read = seen is not None and seen.ok
    token = seen.field("access_token") if seen and seen.ok else None
    if isinstance(token, str):
        mallory.hold_token(scene.mode, token)
        mallory.get_in(scene.mode)
    scene.answer("yes" if read else "no")

    yield Step(
        "The same script posts a transfer, as a form would",
        ask=Question(
            "Does Alice's money move?",
            misconceptions={
                "no": "CORS does not stop cross-site request forgery: what a form could send goes out unasked",
                "yes": "without a cookie that stands for Alice, or without the CSRF token, the bank moves nothing",
            },
        ),
        because=SENT[scene.mode],
        source="Fetch 3.2; CWE-352",
    )
    body = urlencode({"to": "bob@bank.example", "amount": AMOUNT}).encode()
    evil.fetch(f"{bank}/transfer", "POST", headers=FORM, body=body, credentials="include")
    moved = AMOUNT if scene.log.exchanges[-1].response.ok else 0
    scene.answer("yes" if moved else "no")

    if read:
        what = "an access token of Alice's" if token else "Alice's profile"
        summary = f"The page of evil.example reads {what}."
    elif seen:
        summary = f"The page of evil.example reads a refusal: {answered}."
    else:
        summary = f"The browser keeps the answer from the page. The server answered {answered} all the same."
    return endings.deed(read, HARM, summary, answered, server_answered=answered, moved_unread=moved)


STORY = Story(
    "cors_reflection",
    "CORS reflection",
    "A page of evil.example reads the bank's answers with Alice's credentials",
    script,
    switch="cors_allowlist",
    given={
        "session": {"secure": True, "same_site": "None"},
        "hybrid": {"secure": True, "same_site": "None", "refresh_cookie": True},
    },
    source="CWE-942; ASVS 5 3.4.2; Fetch 3.2",
    remains="CORS guards the reading of answers only. The request arrives, and does what it asks for: see csrf. "
    "Some browsers keep cookies back from every page of another site by themselves; no server should count on it.",
)
