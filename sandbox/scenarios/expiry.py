"""Expiry: Alice's working week. How often must she log in again, and what does she notice?"""

from __future__ import annotations

from collections.abc import Generator

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

HOURS = (
    (9 * HOUR, "09:00"),
    (9 * HOUR + 10 * MINUTE, "09:10"),
    (11 * HOUR + 10 * MINUTE, "11:10"),
    (16 * HOUR, "16:00"),
)
DAYS = ((4, "Monday"), (5, "Tuesday"), (6, "Wednesday"), (8, "Friday"))
"""Days after Thursday, 1 January 2026. On the second Thursday, the 8th, Alice is away."""

AGAIN = Question(
    "Must Alice log in again?",
    misconceptions={
        "yes": "a lifetime that has not passed, or a refresh token, spares her the login",
        "no": "what has ended by its lifetime comes anew by a login, or by a refresh: if the page is told to refresh",
    },
)
ASKED = {
    "Monday 11:10": "Two hours have passed since her last call.",
    "Tuesday 09:00": "A night has passed, and just 24 hours since her login on Monday.",
    "Friday 09:00": "Alice was away for 41 hours. What slides with use has had no use.",
}
RENEWS = {
    "session": "Use pushes an inactivity timeout (here {inactivity_timeout}) ahead. The cookie's Max-Age (here "
    "{cookie_max_age}) and an absolute lifetime (here {absolute_lifetime}) stay.",
    "jwt": "The lifetime of a token (here {jwt_lifetime}) counts from the login that issued it. Once its exp has "
    "passed, nothing renews it in jwt mode: Alice must type her password.",
    "hybrid": "Access tokens are short (here {access_lifetime}). Once its exp has passed, the page asks for a new "
    "one, and Alice notices nothing: if the refresh token still lives, and if the server answers 401 "
    "(rfc6750_errors, here {rfc6750_errors}). To a bare 403 the page has no reason to refresh.",
}


def visits() -> list[tuple[str, float]]:
    """Title of each visit, and its simulated seconds after 1 January, 00:00."""
    return [(f"{day} {clock}", number * DAY + time) for number, day in DAYS for time, clock in HOURS]


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    forced_logins = 0
    before = 9 * HOUR

    for number, (title, moment) in enumerate(visits()):
        yield Step(
            title,
            after=moment - before,
            ask=AGAIN if title in ASKED else None,
            because=scene.told(f"{ASKED[title]} {RENEWS[scene.mode]}") if title in ASKED else "",
            source="ASVS 5 7.3.1; RFC 6749 1.5; RFC 6750 3.1" if title in ASKED else "",
        )
        before = moment
        if number == 0:
            alice.login()
        logins = 0
        for _ in range(3):
            if not alice.profile().ok:
                logins += 1
                alice.login()
                alice.profile()
        forced_logins += logins
        scene.answer("yes" if logins else "no")

    refreshes = [each for each in scene.log if each.request.path.endswith("/refresh") and each.response.ok]
    failures = [each for each in scene.log if each.response.status >= 400 and each.actor == "alice"]
    return Outcome(
        applies=True,
        verdict="measured",
        measures={
            "forced_logins": forced_logins,
            "silent_refreshes": len(refreshes),
            "failed_calls_seen": len(failures),
        },
        summary=f"In a week Alice logs in {forced_logins} more times, and her page refreshes {len(refreshes)} times.",
    )


STORY = Story(
    "expiry",
    "Expiry",
    "Alice's working week: who sends her back to the login page?",
    script,
    levers=("inactivity_timeout", "jwt_lifetime", "rfc6750_errors"),
)
