"""The places of the cases, and a login at the bank."""

from __future__ import annotations

from .case import Act, Answer

BANK, WWW, EVIL, OTHER = (
    "https://bank.example", "https://www.bank.example", "https://evil.example", "https://other.test",
)  # fmt: skip
PLAIN, PORT = ("http://bank.example", "https://bank.example:8443")

FOUR = (
    "u=1; Path=/", "l=1; Path=/; SameSite=Lax", "s=1; Path=/; SameSite=Strict", "n=1; Path=/; SameSite=None; Secure",
)  # fmt: skip
FOUR_MORE = tuple(each.replace("=1", "2=1", 1) for each in FOUR)


def sets(*lines: str) -> Answer:
    return Answer(tuple(("Set-Cookie", line) for line in lines))


def logged_in(page: str) -> tuple[Act, ...]:
    """The tab at `page`, with the cookies of the bank's login."""
    if page in (BANK, WWW, PORT):
        return Act("visit", f"{page}/page"), Act("load", f"{BANK}/login", how="fetch")
    return Act("visit", f"{BANK}/login"), Act("visit", f"{page}/page")
