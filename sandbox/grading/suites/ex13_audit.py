"""An audit: HAR files of banks that nobody has seen before, with two flaws or none, drawn and recorded for this run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.recording import SITES, Site, recorded
from sandbox.grading.visit import Visit

USUAL: Final = tuple(each for each in SITES if (each.mode == "session") == (each.carrier == "cookie"))
UNUSUAL: Final = tuple(each for each in SITES if each not in USUAL)
"""Reference tokens in a header, self-contained tokens in a cookie."""


class Said(NamedTuple):
    """What the learner's audit says of one bank."""

    mode: object
    carrier: object
    flaws: set[str]


def audited(visit: Visit, site: Site) -> Said:
    """What the audit says of a fresh HAR file of that bank. Raises Broken."""
    answer = visit.call("POST", "/audit", actor="alice", body=recorded(site))
    expect(answer.ok, "the audit gives no answer")
    flaws = answer.field("flaws")
    expect(isinstance(flaws, list), "the flaws are no list of names")
    return Said(answer.field("mode"), answer.field("carrier"), {str(each) for each in flaws})


def named(site: Site) -> str:
    """`hybrid mode with a refresh cookie`, for a learner."""
    where = "a refresh cookie" if site.refresh_cookie else f"the credential in a {site.carrier}"
    return f"{site.mode} mode with {where}"


def _tells(sites: Iterable[Site]) -> Callable[[Visit], None]:
    """Mode and carrier of each of these are told."""

    def run(visit: Visit) -> None:
        for site in sites:
            said = audited(visit, site.with_flaws())
            expect(said.mode == site.mode, f"of {named(site)}, your audit says another mode")
            expect(said.carrier == site.carrier, f"of {named(site)}, your audit says another carrier")

    return run


def _names(*family: str, among: Iterable[Site] = SITES) -> Callable[[Visit], None]:
    """In every kind of bank that can have one of these flaws it is named, and none of the others in its place.

    In one that can have them all, they are named together, too.
    """

    def run(visit: Visit) -> None:
        for site in among:
            for flaw in family:
                if flaw in site.possible:
                    _expect_named(visit, site, (flaw,), family)
        for site in [each for each in among if len(family) > 1 and set(family) <= set(each.possible)][-1:]:
            _expect_named(visit, site, family, family)

    return run


def _cookies(visit: Visit) -> None:
    family = ("http_only", "secure", "same_site")
    with_cookie = [site for site in SITES if "http_only" in site.possible]
    for site in with_cookie:
        _expect_named(visit, site, ("http_only",), family)
        _expect_named(visit, site, ("secure",), family)
        for same_site in ("unset", "None"):
            _expect_named(visit, replace(site, same_site=same_site), ("same_site",), family)
    first, second, third = with_cookie
    _expect_named(visit, first, ("http_only", "secure"), family)
    _expect_named(visit, second, ("secure", "same_site"), family)
    for same_site in ("unset", "None"):
        _expect_named(visit, replace(third, same_site=same_site), ("http_only", "same_site"), family)


def _expect_named(visit: Visit, site: Site, flaws: tuple[str, ...], family: tuple[str, ...]) -> None:
    """In such a bank with these flaws, and where it is one with another of no kin, they are named, and no others of
    the family.
    """
    said = audited(visit, site.with_flaws(*flaws, never=family))
    names = " and ".join(flaws)
    missing = [each for each in flaws if each not in said.flaws]
    off = f"{names} are off, and " if len(flaws) > 1 else ""
    expect(not missing, f"of {named(site)}, {off}your audit does not name {' and '.join(missing)}")
    instead = [each for each in family if each in said.flaws and each not in flaws]
    expect(not instead, f"of {named(site)}, your audit names {names}, and {' and '.join(instead)} without reason")


def _sound(visit: Visit) -> None:
    for site in SITES:
        wrong = audited(visit, site).flaws
        known = [each for each in sorted({each for other in SITES for each in other.possible}) if each in wrong]
        expect(not known, f"{named(site)} is in order, and your audit names {', '.join(known)}")
        expect(not wrong, "your audit names a flaw that is not in the table")
        drawn = site.with_flaws(never=("cors_allowlist",))  # the one that every bank can have, so no draw hides it
        more = audited(visit, drawn).flaws - set(drawn.flaws)
        expect(not more, f"{named(site)} has two flaws, and your audit names one that it has not")


EXERCISE = Exercise(
    "ex13_audit",
    "An audit",
    ("audit",),
    (
        Criterion("usual", "mode and carrier are told where they go together as usual",
                  "what is in the login's answer: a cookie, a token, two tokens? And which calls follow later?", False,
                  _tells(USUAL)),
        Criterion("unusual", "a reference token in a header and a self-contained one in a cookie are told apart",
                  "the carrier says nothing of the mode: look at the credential itself (RFC 7519 3)", True,
                  _tells(UNUSUAL)),
        Criterion("cookies", "an attribute that the credential's cookie lacks is named",
                  "what comes after the value in Set-Cookie? SameSite=None is no defence either", True,
                  _cookies),
        Criterion("logout", "a credential that serves after the logout is named, by the switch that would end it",
                  "what was sent again after the logout, and what was it answered? A row can be deleted, a token only "
                  "be denied", True, _names("end_on_logout", "denylist")),
        Criterion("renewed", "a credential that should be new and is the old one is named",
                  "compare two answers: the first login's and the second's; what went into a refresh and what came out",
                  True, _names("regenerate_id", "rotate_refresh")),
        Criterion("claims", "a token without an end, or with what is nobody's business, is named",
                  "read the claims: which one must be there, and which ones need not be?", True,
                  _names("minimal_claims", "require_exp")),
        Criterion("origins", "a bank that lets any origin read is named",
                  "who asked, by Origin, and who was given leave?", True, _names("cors_allowlist", among=USUAL)),
        Criterion("sound", "what is in order is not named",
                  "not every cookie is a credential, not every 200 after the logout is Alice's, a partner may read, "
                  "and one flaw is no proof of another", False, _sound),
    ),
    cells=("solution-reading", "solution-shown", "solution-done", "solution"),
    after="A HAR file shows what was tried, and nothing else. Whether the key is weak, whether the store keeps tokens "
    "in clear, whether a second node knows of the logout: nobody sees that from outside, and Mallory looks there next.",
)  # fmt: skip
