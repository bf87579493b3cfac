"""The claims P1 and P2: practices that are commonly advised, each left out and kept, and what each costs the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Claim, Finding, Table
from sandbox.claims.measuring import forged_form
from sandbox.claims.played import ADVISED, Sides, clauses, comparable, ending, lasting, listed, played, sides
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.defences import Value

NEWS: Final = "https://news.example/"
"""Another site, with a link to the bank."""


@dataclass(frozen=True)
class Practice:
    """One practice and the attacker whom it is to answer, without it and with it."""

    name: str
    attacker: str
    sides: Sides
    breaks: str
    """What the honest user meets with it, as measured, in words."""


def _table(title: str, found: Sequence[Practice]) -> Table:
    columns = ("practice", "against", "without it", "with it", "what the honest user meets")
    rows = ((each.name, each.attacker, ending(each.sides.off), ending(each.sides.on), each.breaks) for each in found)
    return Table(title, columns, tuple(rows))


def verdict_on(found: Sequence[Practice], *conditions: str) -> tuple[str, str]:
    """The verdict on these practices together, and the condition: does each help against its attack?

    `conditions`: what must be so besides, in words; empty ones do not count.
    """
    missed = [each.name for each in found if not each.sides.helped]
    if len(missed) == len(found):
        return DOES_NOT_HOLD, ""
    parts = [f"{listed(missed)} is not counted on against a thief"] if missed else []
    parts += [each for each in conditions if each]
    return (HOLDS_ONLY_IF, clauses(parts)) if parts else (HOLDS, "")


def _said(found: Sequence[Practice]) -> str:
    return "; ".join(f"{each.name}: {each.attacker} {_does(each.sides)}: {each.sides.said}" for each in found) + "."


def _does(attack: Sides) -> str:
    """What the attacker does for so long as is said; or once, with a harm in words."""
    return "comes to" if "harm" in attack.off.measures else "gets in"


# P1 ---------------------------------------------------------------------


class Honest(NamedTuple):
    """What Alice meets in session mode."""

    over_http: int
    """The status of her profile over plain http."""
    read_by_script: int
    """How many cookies the page's own script reads."""
    by_link: int
    """The status of her profile when she follows a link from another site."""
    reopened: int
    """The status of her profile after her browser was closed and opened anew."""


def honest(bench: Workbench, **switches: Value) -> Honest:
    """Alice uses the bank as written, with these switches on top. Raises UnknownName, BadSwitch."""
    with bench.box("as_written", **switches) as box:
        box.publish(NEWS)
        browser = box.browser("alice")
        page = browser.open("session")
        page.login()
        over_http = browser.visit("http://bank.example/session/profile").response
        by_link = browser.visit(NEWS).follow("https://bank.example/session/profile").response
        assert over_http is not None
        assert by_link is not None
        read = [each for each in browser.bank.cookie.split("; ") if each]
        browser.close_and_reopen()
        return Honest(over_http.status, len(read), by_link.status, page.profile().status)


def cookies(bench: Workbench) -> Finding:
    plain, secure, hidden = honest(bench, http_only=False), honest(bench, secure=True), honest(bench, http_only=True)
    lax, strict = honest(bench, same_site="Lax"), honest(bench, same_site="Strict")
    aged = honest(bench, cookie_max_age=DAY)
    weeks = [
        played(bench, "expiry", "session", switches={"cookie_max_age": age}).measures["forced_logins"]
        for age in (None, DAY)
    ]
    forms = {
        same_site: forged_form.obeyed_for(bench, "session", same_site=same_site, secure=same_site == "None")
        for same_site in ("unset", "None", "Lax", "Strict")
    }
    form = f"a form of another site (obeyed for {forged_form.obeyed(forms['unset'])} after a login)"
    found = (
        Practice(
            "Secure", "a listener on plain http",
            sides(bench, "sniffing", "session", secure=True),
            f"over plain http {secure.over_http}, before {plain.over_http}",
        ),
        Practice(
            "HttpOnly", "a script that reads the cookie",
            sides(bench, "script_reads_cookie", "session", http_only=True),
            f"the page's own script reads {hidden.read_by_script} cookies, before {plain.read_by_script}",
        ),
        Practice(
            "Max-Age", "a thief of the cookie",
            sides(bench, "theft", "session", cookie_max_age=DAY),
            f"{weeks[1]} more logins in a week, before {weeks[0]}; after the browser was closed {aged.reopened}, "
            f"before {plain.reopened}",
        ),
        Practice(
            "SameSite=Strict", form,
            sides(bench, "csrf", "session", same_site="Strict"),
            f"by a link from another site {strict.by_link}, before {plain.by_link}",
        ),
        Practice(
            "SameSite=Lax", form,
            sides(bench, "csrf", "session", same_site="Lax"),
            f"by a link from another site {lax.by_link}, before {plain.by_link}",
        ),
    )  # fmt: skip
    named = found[:4]  # Lax is there to compare with
    on_server = played(bench, "theft", "session", switches={"absolute_lifetime": DAY})
    riding = played(bench, "script_in_open_tab", "session", switches={"http_only": True})
    verdict, condition = verdict_on(
        named,
        "" if found[2].sides.helped or on_server.attacker_seconds is None else "the server ends each login by itself",
        "no script of others runs in the open page" if riding.verdict == "breached" else "",
        "" if strict.by_link == plain.by_link else "a link from another site may arrive logged out",
    )
    return Finding(
        verdict,
        f"{_said(named)} With an absolute lifetime of {lasting(DAY)} on the server a thief gets in: {ending(on_server)}"
        ". From a login on, a form of another site is obeyed for: "
        + "; ".join(f"{forged_form.obeyed(seconds)} (SameSite {name})" for name, seconds in forms.items())
        + f". By a link from another site: {strict.by_link} under Strict, {lax.by_link} under Lax. With HttpOnly, "
        f"script in the open page: {ending(riding)}.",
        condition,
        {
            "attacker_seconds": {each.name: each.sides.seconds for each in found},
            "helped": {each.name: each.sides.helped for each in found},
            "absolute_lifetime_seconds": on_server.attacker_seconds,
            "form_obeyed_seconds": forms,
            "honest": {
                name: each._asdict()
                for name, each in {"plain": plain, "Secure": secure, "HttpOnly": hidden, "Max-Age": aged,
                                   "SameSite=Lax": lax, "SameSite=Strict": strict}.items()
            },
            "logins_in_a_week": tuple(weeks),
        },
        (
            _table("One attribute at a time, all else as written; session mode", found),
            Table(
                "For how long after a login a form of another site is obeyed",
                ("SameSite", "session mode"),
                tuple((name, forged_form.obeyed(seconds)) for name, seconds in forms.items()),
            ),
        ),
    )  # fmt: skip


# P2 ---------------------------------------------------------------------


def tokens(bench: Workbench) -> Finding:
    weeks = {
        "7 days": _week(bench, "jwt"),
        "15 min": _week(bench, "jwt", jwt_lifetime=ADVISED),
        "15 min, renewed": _week(bench, "hybrid", rfc6750_errors=True),
    }
    before, after, renewed = weeks.values()
    found = (
        Practice(
            "15 min", "a thief of the token",
            Sides(played(bench, "theft", "jwt"), played(bench, "theft", "jwt", switches={"jwt_lifetime": ADVISED})),
            f"{after} more logins in a week, before {before}; with a refresh token {renewed}",
        ),
        Practice(
            "issuer and audience", "a bearer of another service's token",
            sides(bench, "cross_service_relay", "jwt", verify_issuer_audience=True),
            _profile_said(bench, verify_issuer_audience=True),
        ),
        Practice(
            "always verify", "a forger with alg none",
            sides(bench, "algorithm_none", "jwt", pin_algorithms=True),
            _profile_said(bench, pin_algorithms=True),
        ),
    )  # fmt: skip
    left = played(bench, "revocation", "jwt", switches={"jwt_lifetime": ADVISED}).measures
    verdict, condition = verdict_on(
        found,
        f"something renews the token (alone it asks for {after} more logins a week, with a refresh token for {renewed})"
        if after > max(before, renewed)
        else "",
        served_on({act: left[name] for name, act in ACTS.items()}),
    )
    return Finding(
        verdict,
        f"{_said(found)} Logins in a week: {before} more at 7 days, {after} at 15 min, {renewed} with a refresh token. "
        "After an act of Alice's, at 15 min, a stolen token still serves: "
        + "; ".join(f"{lasting(left[name])} ({act})" for name, act in ACTS.items())
        + ".",
        condition,
        {
            "attacker_seconds": {each.name: each.sides.seconds for each in found},
            "helped": {each.name: each.sides.helped for each in found},
            "logins_in_a_week": weeks,
            "seconds_left": dict(left),
        },
        (_table("One practice at a time, all else as written; jwt mode", found),),
    )


ACTS: Final = {
    "after_logout_seconds": "a logout",
    "after_logout_all_seconds": "logging out everywhere",
    "after_password_seconds": "a new password",
}
"""What Alice does, by the measure of the story `revocation` that says how long Mallory gets in then."""


def served_on(left: Mapping[str, float | None]) -> str:
    """The condition that a stolen token puts, from the seconds for which it serves after each of Alice's acts."""
    deaf = [act for act, seconds in left.items() if seconds != 0]
    if not deaf:
        return ""
    longest = lasting(max((left[act] for act in deaf), key=comparable))
    acts = "whatever Alice does" if len(deaf) == len(left) else f"after {listed(deaf, 'or')}"
    return f"a stolen token may serve on for {longest}, {acts}"


def _week(bench: Workbench, mode: str, **switches: Value) -> int:
    """How often Alice types her password again in a working week."""
    return int(played(bench, "expiry", mode, switches=switches).measures["forced_logins"])


def _profile_said(bench: Workbench, **switches: Value) -> str:
    with bench.box("as_written", **switches) as box:
        page = box.browser("alice").open("jwt")
        page.login()
        return f"her own token is answered {page.profile().status}"


# ------------------------------------------------------------------------

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "P1",
        "Cookies are safe with Secure, HttpOnly, a Max-Age of 24 h and SameSite=Strict.",
        "Leave each attribute out and put it in, against the attack that it answers, and see what the honest user "
        "meets with it.",
        "RFC 6265bis 4.1.2, 8.8; ASVS 5 3.3",
        "05b_cookie_attributes",
        cookies,
    ),
    Claim(
        "P2",
        "JWTs are safe with 15 minutes to live, an issuer, an audience, and always verified.",
        "Leave each practice out and put it in, against the attack that it answers, and see what the honest user "
        "meets with it.",
        "RFC 8725 3.1, 3.8, 3.9; RFC 7519 4.1.4; ASVS 5 9.2.1",
        "06_jwt_attacks",
        tokens,
    ),
)
