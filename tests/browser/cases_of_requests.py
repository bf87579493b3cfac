"""Generated cases: each way to make a request, from every kind of page and frame, and what goes along."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

from .case import Act, Answer, Case
from .places import BANK, EVIL, FOUR, FOUR_MORE, OTHER, PLAIN, PORT, WWW, logged_in, sets

HOWS: dict[str, dict[str, Any]] = {
    "visit": {"verb": "visit"},
    "link": {"verb": "follow"},
    "form GET": {"verb": "submit", "method": "GET", "text": "x y"},
    "form POST": {"verb": "submit", "method": "POST", "text": "x y&z=é~*"},
    "frame": {"verb": "embed"},
    "image": {"verb": "load", "how": "image"},
    "script": {"verb": "load", "how": "script"},
    "style": {"verb": "load", "how": "style"},
    "fetch no-cors": {"verb": "load", "how": "fetch"},
    "fetch omit": {"verb": "fetch", "credentials": "omit"},
    "fetch same-origin": {"verb": "fetch", "credentials": "same-origin"},
    "fetch include": {"verb": "fetch", "credentials": "include"},
    "fetch POST include": {"verb": "fetch", "credentials": "include", "method": "POST", "text": "x"},
}


def open_to(page: str, *lines: str) -> Answer:
    """Shared with that page, and setting cookies."""
    sharing = (("Access-Control-Allow-Origin", page), ("Access-Control-Allow-Credentials", "true"))
    return Answer((*sharing, *sets(*lines).headers))


def crossing() -> list[Case]:
    """Each way to make a request, from each kind of page: what goes along, and what the answer may set."""
    found = []
    for page, (how, act) in product((BANK, WWW, EVIL, PLAIN, PORT), HOWS.items()):
        target = f"{BANK}/target"
        acts = [*logged_in(page), Act(url=target, **act)]
        after = [Act("cookie")]
        if how == "frame":
            after = [Act("cookie", at="0"), *after]
        found.append(
            Case(
                f"crossing: {how} from {page}",
                (*acts, *after),
                {f"{BANK}/login": sets(*FOUR), target: open_to(page, *FOUR_MORE),
                 f"GET {target}?field=x+y": open_to(page, *FOUR_MORE)},
            )
        )  # fmt: skip
    for how in ("visit", "link"):  # a form from https to http gets a warning of its own first
        acts = (Act("visit", f"{BANK}/login"), Act(url=f"{PLAIN}/target", **HOWS[how]), Act("cookie"))
        answers = {f"{BANK}/login": sets(*FOUR), f"{PLAIN}/target": sets(*FOUR_MORE)}
        found.append(Case(f"crossing: {how} from {BANK} to {PLAIN}", acts, answers))
    return found


def nested() -> list[Case]:
    """The same from frames, and from frames in frames."""
    random = Random("nested")
    hows = [how for how in HOWS if how != "visit"]
    found = []
    for number in range(33):
        places = [random.choice((BANK, WWW, EVIL, EVIL, OTHER, BANK)) for _ in range(random.choice((2, 2, 3)))]
        how = hows[number % len(hows)]
        inner = "0" * (len(places) - 1)
        target = f"{BANK}/target"
        embeds = [Act("embed", f"{place}/f{n}", at="0" * n) for n, place in enumerate(places[1:])]
        after = [Act("cookie", at=f"{inner}0")] if how == "frame" else []
        found.append(
            Case(
                f"nested {number}: {how} in {' > '.join(places)}",
                (
                    *logged_in(places[0]), *embeds, Act("cookie", at=inner),
                    Act(url=target, at=inner, **HOWS[how]), *after, Act("cookie", at=inner),
                ),
                {f"{BANK}/login": sets(*FOUR), target: open_to(places[-1], *FOUR_MORE),
                 f"GET {target}?field=x+y": sets(*FOUR_MORE)},
            )
        )  # fmt: skip
    return found


def aged() -> list[Case]:
    """Cookies without SameSite, some older than ten seconds: for a browser that gives them ten instead of 120."""
    login, again, target = (f"{BANK}/login", f"{BANK}/again", f"{BANK}/target")
    evil = Act("visit", f"{EVIL}/page")
    post = Act(url=target, **HOWS["form POST"])
    answers = {
        login: sets("a=1", "b=1", "c=1", "d=1; SameSite=Lax", "e=1; SameSite=None; Secure"),
        again: sets("b=1", "c=2"),
    }
    six = Act("wait", text="6")
    return [
        Case("aged: none", (Act("visit", login), evil, post), answers),
        Case("aged: two of three", (Act("visit", login), six, Act("visit", again), evil, six, post), answers),
        Case("aged: by a link", (Act("visit", login), evil, Act("wait", text="11"), Act("follow", target)), answers),
    ]
