"""One case of the comparison: what the servers answer, what the pages do, and what was observed of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]

EVERYWHERE: Headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
"""What every answer bears."""

NAMES = ("*.example", "*.test", "github.io", "*.github.io", "*.co.uk", "localhost", "*.localhost", "127.0.0.1")
"""The hosts of the cases. There are no others."""

WATCHED = ("cache-control", "content-type", "set-cookie", "x-one", "x-two")
"""The headers of an answer for which script looks."""

PAGE = b"<!doctype html><title>A page</title>"


@dataclass(frozen=True)
class Answer:
    """What a server answers to one request."""

    headers: Headers = ()
    status: int = 200

    def __str__(self) -> str:
        return " | ".join([str(self.status), *(f"{name}: {value}" for name, value in self.headers)])


@dataclass(frozen=True)
class Act:
    """One thing that a person or a page's script does. `at`: in which frame; "" the tab, "0" its first frame, "01"."""

    verb: str
    url: str = ""
    at: str = ""
    text: str = ""
    how: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    credentials: str = "same-origin"


@dataclass(frozen=True)
class Case:
    """Acts in a fresh browser. `answers`: by "GET https://bank.example/", or by the URL alone."""

    name: str
    acts: tuple[Act, ...]
    answers: dict[str, Answer] = field(default_factory=dict)

    def answer(self, method: str, url: str) -> Answer:
        return self.answers.get(f"{method} {url}") or self.answers.get(url) or Answer()

    def __str__(self) -> str:
        """The case in full, a line for each thing: what a failure prints."""
        answers = [f"  {where} answers {answer}" for where, answer in self.answers.items()]
        return "\n".join([self.name, *answers, *(f"  {_short(act)}" for act in self.acts)])


def _short(act: Act) -> str:
    said = {name: value for name, value in vars(act).items() if value != getattr(Act, name, {}) and name != "verb"}
    return f"{act.verb} " + " ".join(f"{name}={value!r}" for name, value in said.items())


@dataclass(frozen=True)
class Seen:
    """One request as a server saw it."""

    method: str
    url: str
    cookie: str | None
    origin: str | None
    asked_method: str | None
    asked_headers: str | None
    content_type: str | None
    body: str

    def __str__(self) -> str:
        said = {name: value for name, value in vars(self).items() if value and name not in ("method", "url")}
        return f"{self.method} {self.url} {said or ''}"


@dataclass(frozen=True)
class Kept:
    """One cookie as the store has it. A domain with a dot before it is not for one host alone."""

    name: str
    value: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str
    expires_at: float | None = field(compare=False)


@dataclass(frozen=True)
class Observed:
    """All that a case came to: the requests in order, what each act gave back, the cookies at its end."""

    requests: list[Seen]
    results: list[Any]
    cookies: list[Kept]
    began: float
    """Real seconds since the epoch."""

    def differences(self, other: Observed) -> list[str]:
        """In words, with this one's side first."""
        found = []
        for name in ("requests", "results", "cookies"):
            mine, theirs = getattr(self, name), getattr(other, name)
            found += [
                f"{name}[{n}]:\n    model    {one}\n    Chromium {two}"
                for n, (one, two) in enumerate(_in_pairs(mine, theirs))
                if one != two
            ]
        for one, two in zip(self.cookies, other.cookies, strict=False):
            if one == two and not _close(one.expires_at, two.expires_at, later=other.began - self.began):
                found.append(f"{one.name} expires:\n    model    {one.expires_at}\n    Chromium {two.expires_at}")
        return found


def _in_pairs(mine: list[Any], theirs: list[Any]) -> list[tuple[Any, Any]]:
    length = max(len(mine), len(theirs))
    nothing = ["nothing"] * length
    return list(zip([*mine, *nothing][:length], [*theirs, *nothing][:length], strict=True))


def _close(one: float | None, other: float | None, *, later: float) -> bool:
    """The same moment, or as long after the beginning of a run that began so much later; half a minute may pass."""
    if one is None or other is None:
        return one is other
    return min(abs(one - other), abs(one + later - other)) < 30
