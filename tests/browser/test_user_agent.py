"""The model of a user agent is proved, not believed: generated cases, played in it and in Chromium, come out the same.

Compared are the requests in their order (Cookie and Origin header, preflights, bodies), what script may read, and the
cookies that are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.actors import cookie_date, cookies, document
from sandbox.actors.cookies import Occasion
from sandbox.actors.sites import origin

from . import in_model
from .case import Case, Observed
from .cases_left_out import left_out
from .cases_of_cookies import dated, overwritten, sized, stored
from .cases_of_requests import aged, crossing, nested
from .cases_of_script import reaching, script_in_frames, scripted, stores
from .cases_of_sharing import shared, shared_one_thing_off
from .in_chromium import chromium as start

pytestmark = pytest.mark.chromium

GROUPS = (
    stored(), sized(), dated(), overwritten(), crossing(), nested(), scripted(), script_in_frames(), stores(),
    reaching(), shared(), shared_one_thing_off(), left_out(),
)  # fmt: skip
CASES = [case for group in GROUPS for case in group]
AGED = aged()

DIFFERENCES = {
    "an image without TLS in a page with it": "Chromium asks for it with TLS; the model's pages are all with TLS",
    "a fetch without TLS from a page with it": "Chromium blocks mixed content; the model's pages are all with TLS",
    "a form from a page with TLS to one without": "Chromium shows a warning first; the model's pages are all with TLS",
    "more cookies than a browser keeps": "Chromium drops old ones over 180 a site; no story comes near it",
    "a preflight that is remembered": "the model has no caches: each request shows its own preflight",
    "a client hint set by script": "Chromium asks no leave for Save-Data and its kind; Fetch has no such exception",
}
"""The cases in which the model differs, and why it does. There are no others."""

SHORT = "--enable-features=ShortLaxAllowUnsafeThreshold"
"""A switch of Chromium's for tests: ten seconds in place of two minutes."""


@pytest.fixture(scope="module")
def in_chromium(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observed | Exception]:
    """What each case came to in Chromium, by its name. Two browsers side by side, and a third one that mostly waits."""
    folder = tmp_path_factory.mktemp("chromium")

    def play(name: str, some: list[Case], *flags: str) -> list[tuple[str, Observed | Exception]]:
        with start(chromium, folder / name, *flags) as browser:
            return [(case.name, _tried(browser.play, case)) for case in some]

    with ThreadPoolExecutor() as threads:
        parts = [
            threads.submit(play, "even", CASES[::2]),
            threads.submit(play, "odd", CASES[1::2]),
            threads.submit(play, "short", AGED, SHORT),
        ]
        return dict(pair for part in parts for pair in part.result())


def _tried(play: Callable[[Case], Observed], case: Case) -> Observed | Exception:
    try:
        return play(case)
    except Exception as error:
        return error


def _differences(case: Case, theirs: Observed | Exception) -> list[str]:
    return [f"Chromium: {theirs}"] if isinstance(theirs, Exception) else in_model.play(case).differences(theirs)


def _names(some: Iterable[Case]) -> list[str]:
    """Short ones for the tests: a case prints itself in full when it fails."""
    return [f"{number}-{case.name.partition(':')[0].replace(' ', '-')}" for number, case in enumerate(some)]


@pytest.mark.parametrize("case", CASES, ids=_names(CASES))
def test_the_model_does_as_chromium_does(in_chromium: dict[str, Observed | Exception], case: Case) -> None:
    found = _differences(case, in_chromium[case.name])
    if case.name in DIFFERENCES:
        assert found, f"no difference any more: take it off the list\n{case}"
    else:
        assert not found, "\n".join(["", str(case), *found])


@pytest.mark.parametrize("case", AGED, ids=_names(AGED))
def test_the_two_minutes_of_a_cookie_without_same_site_pass_as_in_chromium(
    in_chromium: dict[str, Observed | Exception], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cookies, "LAX_ALLOWING_UNSAFE", 10)
    found = _differences(case, in_chromium[case.name])
    assert not found, "\n".join(["", str(case), *found])


def test_there_are_at_least_300_cases_and_no_two_are_the_same() -> None:
    assert len(CASES) >= 300
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({repr((case.acts, case.answers)) for case in CASES}) == len(CASES)
    assert set(DIFFERENCES) <= {case.name for case in CASES}


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "a path matches by its letters": (cookies, "path_matches", lambda path, cookie_path: path.startswith(cookie_path)),
    "a domain matches by its letters": (cookies, "domain_matches", lambda host, domain: host.endswith(domain)),
    "a cookie may be for all of github.io": (cookies, "is_public_suffix", lambda host: False),
    "Secure cookies go anywhere": (cookies, "is_trustworthy", lambda url: True),
    "longer names are kept": (cookies, "MAX_NAME_AND_VALUE", 4097),
    "longer attributes count": (cookies, "MAX_ATTRIBUTE", 1025),
    "cookies are kept for 500 days": (cookies, "MAX_AGE_LIMIT", 500 * 86400),
    "a prefix promises nothing": (cookies, "_is_allowed", lambda cookie, **how: True),
    "every site is the same site": (document.Document, "is_same_site", lambda page, url: True),
    "subdomains are other sites": (document, "is_same_site", lambda one, other: origin(one) == origin(other)),
    "SameSite=Lax is None": (cookies, "_same_site", lambda word: "Strict" if word.lower() == "strict" else "None"),
    "unset SameSite is Lax at once": (cookies, "LAX_ALLOWING_UNSAFE", 0),
    "other sites' answers set any cookie": (cookies, "_may_be_set", lambda cookie, occasion: True),
    "HttpOnly hides nothing": (document.Document, "_script", lambda page: Occasion(page.is_same_site(page.url))),
    "a month has 31 days": (cookie_date, "_DAY", cookie_date._YEAR),
    "no preflight": (document, "is_simple", lambda request: True),
    "every preflight allows": (document, "preflight_allows", lambda *question: True),
    "every answer is readable": (document, "readable", lambda *question: True),
    "every header is visible": (document, "visible", lambda answer, with_credentials: answer),
    "script reads Set-Cookie": (document, "without_cookies", lambda answer: answer),
    "script sets Origin": (document, "settable", lambda headers: tuple(headers.items())),
    "all frames of an origin share localStorage": (document, "site", lambda url: ""),
    "script reaches into every frame": (document.Document, "may_read", lambda page, other: True),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_model_is_found_out(
    in_chromium: dict[str, Observed | Exception], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(*BROKEN[what])
    assert any(_differences(case, in_chromium[case.name]) for case in CASES if case.name not in DIFFERENCES)
