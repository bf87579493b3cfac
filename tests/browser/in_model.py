"""Plays a case in the model: `sandbox.actors`."""

from __future__ import annotations

from typing import Any

from sandbox.actors.browser import Browser
from sandbox.actors.document import Document
from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.exchange import Request, Response

from .case import EVERYWHERE, PAGE, WATCHED, Act, Case, Kept, Observed, Seen


def play(case: Case) -> Observed:
    model = _Model(case)
    began = model.browser.clock.now()
    results = [getattr(model, act.verb)(act) for act in case.acts]
    return Observed(model.seen, results, model.cookies(), began)


class _Model:
    """One method for each verb."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.seen: list[Seen] = []
        self.browser = Browser("alice", self._send, Clock(running=True), Defences)
        self.frames: dict[str, Document] = {}

    def _send(self, request: Request) -> Response:
        self.seen.append(
            Seen(
                request.method,
                request.url,
                request.header("Cookie"),
                request.header("Origin"),
                request.header("Access-Control-Request-Method"),
                request.header("Access-Control-Request-Headers"),
                request.header("Content-Type"),
                request.body.decode(),
            )
        )
        answer = self.case.answer(request.method, request.url)
        body = b"" if request.method == "HEAD" or answer.status == 204 else PAGE
        return Response(answer.status, (*EVERYWHERE, *answer.headers), body)

    def cookies(self) -> list[Kept]:
        return sorted(
            (
                Kept(
                    each.name,
                    each.value,
                    each.domain if each.host_only else f".{each.domain}",
                    each.path,
                    each.secure_only,
                    each.http_only,
                    each.same_site,
                    each.expires_at,
                )
                for each in self.browser.cookies.all()
            ),
            key=str,
        )

    # Verbs -----------------------------------------------------------

    def visit(self, act: Act) -> None:
        self._fill("", self.browser.visit(act.url))

    def follow(self, act: Act) -> None:
        self._fill(act.at, self.frames[act.at].follow(act.url))

    def submit(self, act: Act) -> None:
        self._fill(act.at, self.frames[act.at].submit(act.url, {"field": act.text}, act.method))

    def embed(self, act: Act) -> None:
        number = sum(len(place) == len(act.at) + 1 and place.startswith(act.at) for place in self.frames)
        self.frames[f"{act.at}{number}"] = self.frames[act.at].embed(act.url)

    def wait(self, act: Act) -> None:
        self.browser.clock.advance(seconds=float(act.text))

    def _fill(self, place: str, document: Document) -> None:
        """Another document there: the frames in it are gone."""
        self.frames = {at: each for at, each in self.frames.items() if not at.startswith(place)}
        self.frames[place] = document

    def load(self, act: Act) -> None:
        self.frames[act.at].load(act.url)

    def fetch(self, act: Act) -> Any:
        answer = self.frames[act.at].fetch(
            act.url, act.method, headers=act.headers, body=act.text.encode(), credentials=act.credentials
        )
        if answer is None:
            return None
        found = {name: answer.header(name) for name in WATCHED}
        return [answer.status, answer.body.decode(), {name: value for name, value in found.items() if value}]

    def cookie(self, act: Act) -> str:
        return self.frames[act.at].cookie

    def set_cookie(self, act: Act) -> None:
        self.frames[act.at].set_cookie(act.text)

    def keep(self, act: Act) -> None:
        self.frames[act.at].local_storage["kept"] = act.text

    def kept(self, act: Act) -> str | None:
        return self.frames[act.at].local_storage.get("kept")

    def reach(self, act: Act) -> bool:
        return self.frames[act.at].may_read(self.frames[act.text])
