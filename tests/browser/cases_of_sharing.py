"""Generated cases: whom a browser asks before it sends across origins, and whose answers script may read."""

from __future__ import annotations

from itertools import product
from random import Random

from .case import Act, Answer, Case, Headers
from .places import BANK, EVIL, FOUR, OTHER, PLAIN, WWW, sets

METHODS = ("GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "PATCH", "put", "patch", "post", "OPTIONS", "FOO")
SENT: tuple[dict[str, str], ...] = (
    {}, {}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}, {"X-CSRF-Token": "t"},
    {"Authorization": "Bearer x"}, {"Content-Type": "text/plain; charset=utf-8"}, {"Accept": "application/json"},
    {"Accept": 'a"b'}, {"Accept-Language": "de"}, {"Accept-Language": "d\u00e9"[:1] + "{"},
    {"Content-Language": "de, en"}, {"Content-Type": "TEXT/PLAIN"}, {"Content-Type": 'text/plain; x="y"'},
    {"Content-Type": "text/plain" + " " * 9 + ";" + "x" * 128}, {"Range": "bytes=0-9"}, {"Range": "bytes=-9"},
    {"X-B": "1", "X-A": "2", "Accept": "*/*"}, {"Cookie": "n=forged"}, {"Origin": "https://bank.example"},
    {"Sec-Fetch-Site": "none"}, {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "nonsense"}, {"DPoP": "x"},
    {"DNT": "1", "Host": "x", "Referer": "x", "Content-Length": "3"}, {"Proxy-X": "1", "X-A": "1"},
)  # fmt: skip


def shared() -> list[Case]:
    """Cross-origin fetch under answers of every kind: asked beforehand or not, sent or not, readable or not."""
    random = Random("shared")
    found = []
    for number in range(38):
        page = random.choice((EVIL, EVIL, WWW, BANK, PLAIN))
        acts = [Act("visit", f"{page}/page"), Act("load", f"{BANK}/login", how="fetch")]
        answers = {f"{BANK}/login": sets(*FOUR)}
        for each in range(3):
            url = f"{BANK}/api/{each}"
            act, before, answer = sharing(random, page, url)
            acts.append(act)
            answers |= {f"OPTIONS {url}": before, url: answer}
        found.append(Case(f"shared {number} with {page}", tuple(acts), answers))
    return found


def sharing(random: Random, page: str, url: str) -> tuple[Act, Answer, Answer]:
    method, sent = random.choice(METHODS), random.choice(SENT)
    text = "x" if method.upper() in ("POST", "PUT", "PATCH") else ""
    act = Act(
        "fetch",
        url,
        method=method,
        headers=sent,
        text=text,
        credentials=random.choice(("omit", "same-origin", "include", "include")),
    )
    before: list[tuple[str, str]] = allowed(random, page)
    methods = random.choice(
        (method, method, method, "*", "PUT, DELETE", "GET", method.upper(), method.lower(), "", "PUT,PATCH , DELETE")
    )
    headers = random.choice(
        (", ".join(sent), ", ".join(sent).upper(), "*", "*, Authorization", "X-A", "content-type,x-csrf-token", "")
    )
    if methods:
        before.append(("Access-Control-Allow-Methods", methods))
    if headers:
        before.append(("Access-Control-Allow-Headers", headers))
    answer = [
        *allowed(random, page),
        ("X-One", "1"),
        ("X-Two", "2"),
        ("Set-Cookie", f"c{url[-1]}=1; SameSite=None; Secure"),
    ]
    shown = random.choice(("", "", "X-One", "x-two, x-one", "*", "Set-Cookie, X-One", "X-One,*"))
    if shown:
        answer.append(("Access-Control-Expose-Headers", shown))
    return (
        act,
        Answer(tuple(before), random.choice((200, 200, 200, 204, 204, 403, 404, 500))),
        Answer(tuple(answer), random.choice((200, 200, 200, 401, 403, 500, 204))),
    )


def allowed(random: Random, page: str) -> list[tuple[str, str]]:
    """Allow-Origin and Allow-Credentials, more often good than not."""
    origins: tuple[tuple[str, ...], ...] = (
        (page,), (page,), (page,), (page,), ("*",), ("*",), (), ("null",), (OTHER,), (page, page),
        (f"{page}, {OTHER}",), (f"{page}/",), (page.upper(),), (page, "*"), (page.replace("https", "http", 1),),
    )  # fmt: skip
    found = [("Access-Control-Allow-Origin", each) for each in random.choice(origins)]
    word = random.choice(("true", "true", "true", "", "false", "TRUE", "1"))
    return [*found, ("Access-Control-Allow-Credentials", word)] if word else found


def shared_one_thing_off() -> list[Case]:
    """A request that goes through, and the same with one thing changed: each rule by itself."""
    good: dict[str, str] = {
        "Access-Control-Allow-Origin": EVIL, "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "content-type",
    }  # fmt: skip
    changes: list[tuple[str, dict[str, str], int]] = [("nothing", {}, 204)]
    changes += [(f"without {name}", {name: ""}, 204) for name in good]
    changes += [(f"{name}: *", {name: "*"}, 204) for name in good]
    changes += [(f"status {status}", {}, status) for status in (200, 201, 299, 400, 403, 500)]
    found = []
    for (what, change, status), asked in list(product(changes, (True, False)))[1:]:  # "nothing" once
        headers: Headers = tuple((name, value) for name, value in {**good, **change}.items() if value)
        fine: Headers = tuple(good.items())
        url = f"{BANK}/api"
        before, after = (headers, fine) if asked else (fine, headers)
        answers = {
            f"{BANK}/login": sets(*FOUR),
            f"OPTIONS {url}": Answer(before, status if asked else 204),
            url: Answer((*after, ("X-One", "1")), 200 if asked else status),
        }
        act = Act(
            "fetch", url, method="PUT", headers={"Content-Type": "application/json"}, text="{}", credentials="include"
        )
        name = f"one thing off in the {'preflight' if asked else 'answer'}: {what}"
        found.append(
            Case(name, (Act("visit", f"{EVIL}/page"), Act("load", f"{BANK}/login", how="fetch"), act), answers)
        )
    return found
