"""Stale role: Carol is an admin no more, and still calls /admin."""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

KEPT = {
    "session": "The role was copied into the session's row at login. Nothing copies it again, so it lasts as long as "
    "the session. With live_roles the user's own row is read on each request.",
    "jwt": "The role was written into the token at login, and signed. It lasts until the token's end (exp). With "
    "live_roles the user's row is read on each request, and the claim is not believed.",
    "hybrid": "The role was written into the access token. It lasts until that token's end (exp): the next one is "
    "made from the user's row, and bears the new role. With live_roles the row is read on each request.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    carol = scene.attacker("carol")  # nothing is stolen here: she uses what she was given
    carol.goal = "/admin"
    page = carol.browser.open(scene.mode)

    yield Step("Carol, an admin, logs in and calls /admin", because="At login the server notes her role.")
    page.login()
    page.admin()

    yield Step(
        "The bank takes the role from her",
        after=60,
        because="Her row in the table of users now says `user`.",
        source="ASVS 5 8.3.2",
    )
    scene.box.set_role("carol", "user", scene.mode)

    yield Step(
        "Carol calls /admin once more",
        ask=Question(
            "Does the server still let her in?",
            misconceptions={
                "no": "a role that was copied at login does not change with the user's row",
                "yes": "a role that is read on each request changes at once",
            },
        ),
        because=KEPT[scene.mode],
        source="ASVS 5 8.3.2; CWE-863",
    )
    outcome = endings.access(scene, carol)
    scene.answer("no" if outcome.verdict == "held" else "yes")
    return outcome


STORY = Story(
    "stale_role",
    "Stale role",
    "A demoted admin calls /admin",
    script,
    switch="live_roles",
    given={
        "jwt": {"jwt_lifetime": 15 * MINUTE},
        "hybrid": {"access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY},
    },
    source="CWE-863; ASVS 5 8.3.2",
    remains="What Carol read or changed while she was an admin stays so.",
)
