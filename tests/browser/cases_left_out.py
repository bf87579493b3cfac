"""Cases of what the model leaves out: the test lists each of them by its name."""

from __future__ import annotations

from .case import Act, Answer, Case
from .places import BANK, EVIL, PLAIN, sets


def left_out() -> list[Case]:
    """Where the model is known to differ: the test lists each of these by its name."""
    many = f"{BANK}/many"
    asked = f"{BANK}/asked"
    sharing = (("Access-Control-Allow-Origin", EVIL), ("Access-Control-Allow-Headers", "x-one"))
    put = Act("fetch", asked, headers={"X-One": "1"})
    hint = Act("fetch", f"{BANK}/hint", headers={"Save-Data": "on"})
    return [
        Case(
            "an image without TLS in a page with it", (Act("visit", f"{BANK}/"), Act("load", f"{PLAIN}/i", how="image"))
        ),
        Case("a fetch without TLS from a page with it", (Act("visit", f"{BANK}/"), Act("fetch", f"{PLAIN}/f"))),
        Case(
            "a form from a page with TLS to one without",
            (Act("visit", f"{BANK}/"), Act("submit", f"{PLAIN}/f", method="POST")),
        ),
        Case(
            "more cookies than a browser keeps", (Act("visit", many),), {many: sets(*(f"c{n}=1" for n in range(200)))}
        ),
        Case(
            "a preflight that is remembered",
            (Act("visit", f"{EVIL}/"), put, put),
            {asked: Answer((*sharing, ("Access-Control-Max-Age", "60")))},
        ),
        Case("a client hint set by script", (Act("visit", f"{EVIL}/"), hint), {hint.url: Answer(sharing[:1])}),
    ]
