"""Generated cases: what script sees of cookies, storage and other documents."""

from __future__ import annotations

from itertools import product
from random import Random

from .case import Act, Case
from .places import BANK, EVIL, FOUR, PLAIN, PORT, WWW, logged_in, sets

SCRIPTED = (
    "a=2", "a=2; Path=/", "hidden=2; Path=/", "hidden=; Path=/; Max-Age=0", "new=1; HttpOnly", "new=1; Path=/a",
    "lonely", "=x", "a=2; Secure; Path=/", "strict=2; Path=/; SameSite=Strict", "n=2; SameSite=None; Secure",
    "__Host-a=1; Secure; Path=/", "__Host-a=1; Path=/", "__Http-a=1; Secure; Path=/", "new=1; Domain=bank.example",
    "new=1; Domain=evil.example", "a=; Max-Age=0; Path=/", "secret=2; Path=/", "new=\x00x", "new=1\nx", "new=1\rx",
    "new=\x01", "new=\u00e9", "", " ", ";", "new=1;;Path=/", "new=1; Max-Age=60", "x=1; y=2", "new=1\x7f",
    "\tnew\t=\t1\t", "hidden=2; Path=/other", "hidden=2; Domain=bank.example; Path=/",
)  # fmt: skip
AT_FIRST = (
    "a=1; Path=/", "hidden=1; Path=/; HttpOnly", "secret=1; Path=/; Secure", "strict=1; Path=/; SameSite=Strict",
)  # fmt: skip


def scripted() -> list[Case]:
    """`document.cookie`, read and set."""
    random = Random("scripted")
    found = []
    for number in range(len(SCRIPTED)):
        texts = [SCRIPTED[number], *random.sample(SCRIPTED, random.randint(0, 2))]
        page = random.choice((BANK, BANK, BANK, PLAIN, WWW))
        acts = [*logged_in(page), Act("cookie")]
        for text in texts:
            acts += [Act("set_cookie", text=text), Act("cookie")]
        acts.append(Act("load", f"{page}/x", how="fetch"))
        found.append(Case(f"scripted {number}: {texts} at {page}", tuple(acts), {f"{BANK}/login": sets(*AT_FIRST)}))
    return found


def script_in_frames() -> list[Case]:
    """`document.cookie` in frames: of the same site, of another, and of one's own under another."""
    found = []
    for tab, frame, inner in product((BANK, EVIL), (BANK, WWW, EVIL), (None, BANK)):
        at = "0" if inner is None else "00"
        acts = [*logged_in(tab), Act("embed", f"{frame}/f")]
        if inner:
            acts.append(Act("embed", f"{inner}/f", at="0"))
        acts.append(Act("cookie", at=at))
        for each in (
            "one=1; Path=/",
            "two=1; Path=/; SameSite=None; Secure",
            "l=2; Path=/",
            "n=2; Path=/; SameSite=None; Secure",
        ):
            acts += [Act("set_cookie", text=each, at=at), Act("cookie", at=at)]
        name = f"script in {' > '.join(filter(None, (tab, frame, inner)))}"
        found.append(Case(name, tuple(acts), {f"{BANK}/login": sets(*FOUR)}))
    return found


def stores() -> list[Case]:
    """localStorage: one an origin, and others in other sites' frames."""
    random = Random("stores")
    found = []
    for number in range(12):
        acts, word = ([], 0)
        for _ in range(random.choice((2, 2, 3))):
            places = [random.choice((BANK, BANK, WWW, EVIL, PLAIN)) for _ in range(random.randint(1, 3))]
            if PLAIN in places:  # a page with TLS has no frame without
                places = [PLAIN, *(place for place in places[1:] if place != PLAIN)]
            acts.append(Act("visit", f"{places[0]}/tab"))
            acts += [Act("embed", f"{place}/f", at="0" * n) for n, place in enumerate(places[1:])]
            for depth in range(len(places)):
                word += 1
                acts += [Act("kept", at="0" * depth), Act("keep", at="0" * depth, text=str(word))]
        found.append(Case(f"stores {number}", tuple(acts)))
    return found


def reaching() -> list[Case]:
    """Into which documents script reaches."""
    found = []
    for tab, frame in ((BANK, BANK), (BANK, WWW), (BANK, EVIL), (BANK, PORT), (PLAIN, BANK)):
        acts = [
            Act("visit", f"{tab}/tab"),
            Act("embed", f"{frame}/f"),
            Act("embed", f"{BANK}/g"),
            Act("embed", f"{BANK}/h", at="0"),
        ]
        acts += [Act("reach", at=one, text=other) for one, other in product(("", "0", "1", "00"), repeat=2)]
        found.append(Case(f"reaching from {tab} and {frame}", tuple(acts)))
    return found
