"""Two nodes: a second server takes every other request. Does it know Alice?"""

from __future__ import annotations

from collections.abc import Generator

from sandbox import endings
from sandbox.clock import DAY, MINUTE
from sandbox.engine import Scene, Step, Story
from sandbox.record import Outcome, Question

CALLS = 10
SHARES = ("none", "about half", "all")

KNOWN = {
    "session": "With a shared store, both nodes find her session's row. Without one it lies with the node that she "
    "logged in at, and the other has never heard of it.",
    "jwt": "The token says it all. Both nodes hold the key, so both can verify it: nothing need be shared.",
    "hybrid": "Both nodes verify an access token. A refresh token is looked up: with a shared store by both, without "
    "one by the node alone that has its row. The ten calls here are refreshes.",
}
ENDED = {
    "session": "With a shared store, logout deletes the row for both nodes. Without one, it deletes a row where it "
    "lies: a node that has none deletes none.",
    "jwt": "With a shared store, the denylist (the tokens that were ended early) is that of both nodes. Without one it "
    "is the node's own, and the other takes the token as before: who wants to end tokens early has state to share, in "
    "jwt mode too.",
    "hybrid": "With a shared store, logout ends the refresh family for both nodes; the access token ends with it if "
    "there is a denylist. Without one, a node that does not know the family can't end it: then the access token goes "
    "on, at both.",
}


def script(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    mallory = scene.attacker()
    scene.box.add_node(scene.mode)

    yield Step("Alice logs in, at the first of two nodes", because="Each request goes to the next node.")
    alice.login()

    yield Step(
        "Her page makes ten calls, one after the other",
        ask=Question(
            "How many are refused?",
            SHARES,
            misconceptions={
                SHARES[0]: "what one node keeps, the other can't look up, unless they share a store",
                SHARES[1]: "a self-contained token needs no look-up, and a shared store serves every node",
                SHARES[2]: "the node that Alice logged in at knows her",
            },
        ),
        because=KNOWN[scene.mode],
    )
    answers = [alice.refresh() if alice.can_refresh else alice.profile() for _ in range(CALLS)]
    refused = [each.status for each in answers if not each.ok]
    scene.answer(SHARES[0] if not refused else SHARES[2] if len(refused) == CALLS else SHARES[1])

    yield Step(
        "Mallory copies what her browser holds; Alice logs out; Mallory tries the copy at each node",
        ask=Question(
            "Is the copy refused at both nodes?",
            misconceptions={
                "yes": "what ended at one node is not known at the other, unless they share a store",
                "no": "with a shared store, what ended at one node has ended at both",
            },
        ),
        because=ENDED[scene.mode],
        source="ASVS 5 7.4.1",
    )
    mallory.steal(alice.browser)
    page = mallory.browser.open(scene.mode)
    alice.logout()
    tried = [page.request("GET", mallory.goal) for _ in ("one node", "the other")]
    elsewhere = any(each.ok for each in tried)
    scene.answer("no" if elsewhere else "yes")

    summary = f"{len(refused)} of {CALLS} calls refused."
    if elsewhere:
        summary += " After logout at one node, a copy still serves at another."
    status = refused[-1] if refused else answers[-1].status
    return endings.deed(
        bool(refused), "an honest user refused", summary, status,
        refused=len(refused), calls=CALLS, still_in_elsewhere=elsewhere,
    )  # fmt: skip


STORY = Story(
    "two_nodes",
    "Two nodes",
    "Requests go round-robin over two nodes",
    script,
    switch="shared_store",
    given={
        "session": {"end_on_logout": True},
        "jwt": {"end_on_logout": True, "denylist": True, "jwt_lifetime": 15 * MINUTE},
        "hybrid": {"end_on_logout": True, "access_lifetime": 15 * MINUTE, "refresh_lifetime": 7 * DAY},
    },
    source="ASVS 5 7.4.1",
    remains="Every node now depends on the one store. A load balancer that sends each user to the same node always "
    "helps too, until that node stops.",
)
