"""The rest of the web: what a browser sends to another origin than the bank's reaches Mallory, and never the bank."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.actors.browser import SITE, Browser
from sandbox.actors.sites import origin
from sandbox.exchange import Exchange, Request, Response
from sandbox.grading.visit import Visit


def overheard(visit: Visit, browser: Browser, planted: Mapping[str, str] | None = None) -> list[Request]:
    """From now on, such requests of this browser are answered: the list of them, which grows as they come.

    `planted`: by URL, the header Set-Cookie with which Mallory answers there.
    """
    heard: list[Request] = []
    to_the_bank = browser.send

    def send(request: Request) -> Response:
        if origin(request.url) == SITE:
            return to_the_bank(request)
        heard.append(request)
        cookie = (planted or {}).get(request.url)
        answer = Response(200, (("Set-Cookie", cookie),) if cookie else ())
        visit.log.append(Exchange(browser.name, visit.clock.now(), request, answer))
        return answer

    browser.send = send
    return heard
