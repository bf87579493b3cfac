"""The claims V1 to V7: weaknesses that are said to be of JWTs, or of sessions, and the switch that ends each."""

from __future__ import annotations

from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Claim, Finding, Table
from sandbox.claims.figures import number
from sandbox.claims.measuring import forged_form
from sandbox.claims.played import ADVISED, Sides, clauses, ending, lasting, listed, played, sides
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.defences import Value
from sandbox.exchange import MODES


def verdict_on(attack: Sides, *conditions: str) -> tuple[str, str]:
    """The verdict on "this is a weakness, and that ends it", and the condition: is the harm done, and then no more?

    `conditions`: what must be so besides, in words; empty ones do not count.
    """
    if not attack.helped:
        return DOES_NOT_HOLD, ""
    parts = [each for each in conditions if each]
    return (HOLDS_ONLY_IF, clauses(parts)) if parts else (HOLDS, "")


def in_every_mode(bench: Workbench, scenario: str, **defence: Value) -> dict[str, Sides | str]:
    """That attack by mode; where it can't be, the reason. Raises UnknownName, BadSwitch, BadStory."""
    found = {mode: sides(bench, scenario, mode, **defence) for mode in MODES}
    return {mode: each if each.off.applies else each.off.summary for mode, each in found.items()}


def _table(title: str, switch: str, found: dict[str, Sides | str]) -> Table:
    rows = (
        (mode, ending(each.off), ending(each.on)) if isinstance(each, Sides) else (mode, f"can't be: {each}", "-")
        for mode, each in found.items()
    )
    return Table(title, ("mode", f"without {switch}", f"with {switch}"), tuple(rows))


def _elsewhere(found: dict[str, Sides | str], than: str) -> str:
    """In which other modes the harm is done too, in words; empty: in none."""
    return listed([mode for mode, each in found.items() if mode != than and isinstance(each, Sides) and each.attacks])


# JWTs -------------------------------------------------------------------


def weak_secret(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "weak_secret", strong_key=True)
    attack = sides(bench, "weak_secret", "jwt", strong_key=True)
    off, on = attack.off.measures, attack.on.measures
    seconds = off["guesses"] / off["guesses_per_second"]
    verdict, condition = verdict_on(attack)
    return Finding(
        verdict,
        f"Guess {number(off['guesses'])} of a list is the key, after {coarse(seconds)}; the token that is forged with "
        f"it opens /admin: {off['admin_status']}. With strong_key, none of {number(on['guesses'])} guesses fits: "
        f"{on['admin_status']}. The same in: {_elsewhere(found, 'jwt') or 'no other mode'}.",
        condition,
        {
            "guesses": off["guesses"], "seconds": seconds, "admin_status": off["admin_status"],
            "guesses_with_strong_key": on["guesses"], "admin_status_with_strong_key": on["admin_status"],
        },
        (_table("For how long a forged token serves", "strong_key", found),),
        varies=True,
    )  # fmt: skip


def coarse(seconds: float) -> str:
    """Real seconds, which differ from machine to machine: the next larger unit."""
    limits = ((1, "a second"), (60, "a minute"), (3600, "an hour"))
    return next((f"less than {name}" for limit, name in limits if seconds < limit), "more than an hour")


def no_expiry(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "no_expiry", require_exp=True)
    attack = sides(bench, "no_expiry", "jwt", require_exp=True)
    short = played(bench, "theft", "jwt", switches={"jwt_lifetime": ADVISED})
    endless = played(bench, "theft", "jwt", switches={"jwt_lifetime": None})
    verdict, condition = verdict_on(attack)
    return Finding(
        verdict,
        f"A month old and without exp, it serves: {ending(attack.off)}; with require_exp: {ending(attack.on)}. A "
        f"stolen token that bears none serves: {ending(endless)}; of 15 min: {ending(short)}.",
        condition,
        {"old_token_seconds": attack.seconds, "theft_seconds": (endless.attacker_seconds, short.attacker_seconds)},
        (_table("For how long a token without exp serves", "require_exp", found),),
    )


def readable_claims(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "claims_are_readable", minimal_claims=True)
    read = {
        mode: tuple(side.measures["personal_claims"] for side in (each.off, each.on))
        for mode, each in found.items()
        if isinstance(each, Sides)
    }
    verdict, condition = verdict_on(sides(bench, "claims_are_readable", "jwt", minimal_claims=True))
    return Finding(
        verdict,
        f"A year after its end, with no key, {read['jwt'][0]} personal claims are read, with minimal_claims "
        f"{read['jwt'][1]}; of a session id {read['session'][0]}. No request is made, so no time limits it. The same "
        f"in: {_elsewhere(found, 'jwt') or 'no other mode'}.",
        condition,
        {"personal_claims": read},
        (_table("What is read with no key", "minimal_claims", found),),
    )


def no_rotation(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "refresh_replay", rotate_refresh=True)
    second = sides(bench, "refresh_replay", "hybrid", rotate_refresh=True)
    first = sides(bench, "refresh_reuse", "hybrid", rotate_refresh=True)
    detected = sides(bench, "refresh_reuse", "hybrid", rotate_refresh=True, detect_reuse=True)
    condition = ""
    if not first.helped:
        condition = "Alice refreshes before Mallory does: a thief who comes first goes on under rotation too"
        condition += ", until reuse is detected" if detected.helped else ""
    verdict, condition = verdict_on(second, condition)
    return Finding(
        verdict,
        f"After Alice's own refresh a stolen copy serves: {second.said}. Where Mallory refreshes first: {first.said}; "
        f"with reuse detected {ending(detected.on)}.",
        condition,
        {"thief_second_seconds": second.seconds, "thief_first_seconds": first.seconds,
         "thief_first_detected_seconds": detected.on.attacker_seconds},
        (_table("For how long a stolen refresh token serves, once Alice has refreshed", "rotate_refresh", found),),
    )  # fmt: skip


# Sessions ---------------------------------------------------------------


def fixation(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "session_fixation", regenerate_id=True)
    attack = sides(bench, "session_fixation", "session", regenerate_id=True)
    verdict, condition = verdict_on(attack)
    return Finding(
        verdict,
        f"An id that Mallory planted before the login serves: {ending(attack.off)}; with regenerate_id: "
        f"{ending(attack.on)}. The same in: {_elsewhere(found, 'session') or 'no other mode'}.",
        condition,
        {"attacker_seconds": attack.seconds},
        (_table("For how long a planted credential serves", "regenerate_id", found),),
    )


def hijacking(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "theft", absolute_lifetime=DAY)
    attack = sides(bench, "theft", "session", absolute_lifetime=DAY)
    ways = {
        "a listener; secure": sides(bench, "sniffing", "session", secure=True),
        "script reads the cookie; http_only": sides(bench, "script_reads_cookie", "session", http_only=True),
        "malware; absolute_lifetime of 24 h": attack,
    }
    stopped = [way.partition("; ")[2] for way, each in ways.items() if each.ended]
    others = [mode for mode in ("jwt", "hybrid") if isinstance(each := found[mode], Sides) and each.attacks]
    too = f"it is not said of sessions alone: it holds equally of {listed(others)}, where a copied token serves as well"
    verdict, condition = verdict_on(attack, too if others else "")
    return Finding(
        verdict,
        f"A stolen session id serves: {ending(attack.off)}; with an absolute lifetime of 24 h: {ending(attack.on)}. A "
        f"stolen JWT: {lasting(played(bench, 'theft', 'jwt').attacker_seconds)}; what hybrid mode holds: "
        f"{lasting(played(bench, 'theft', 'hybrid').attacker_seconds)}. Before the theft, {listed(stopped)} "
        f"each end one way to it.",
        condition,
        {
            "attacker_seconds": {way: each.seconds for way, each in ways.items()},
            "by_mode": {mode: played(bench, "theft", mode).attacker_seconds for mode in MODES},
        },
        (
            Table(
                "Ways to a session id, and the switch that answers each",
                ("way; switch", "without it", "with it"),
                tuple((way, ending(each.off), ending(each.on)) for way, each in ways.items()),
            ),
            _table("For how long the loot of malware serves", "absolute_lifetime of 24 h", found),
        ),
    )


def forgery(bench: Workbench) -> Finding:
    found = in_every_mode(bench, "csrf", same_site="Strict")
    attack = sides(bench, "csrf", "session", same_site="Strict")
    by_token = sides(bench, "csrf_without_samesite", "session", csrf_token=True)
    in_header = played(bench, "csrf", "session", switches={"carrier": "header"})
    jwt_in_cookie = sides(bench, "csrf_token_in_cookie", "jwt", same_site="Strict")
    seconds = {
        f"{what}, SameSite {same_site}": forged_form.obeyed_for(
            bench, mode, same_site=same_site, secure=same_site == "None", carrier="cookie"
        )
        for what, mode in (("session id in a cookie", "session"), ("JWT in a cookie", "jwt"))
        for same_site in ("unset", "None", "Lax", "Strict")
    } | {
        "session id in a header": forged_form.obeyed_for(bench, "session", carrier="header"),
        "JWT in a header": forged_form.obeyed_for(bench, "jwt"),
    }
    carried = in_header.verdict == "held" and jwt_in_cookie.attacks
    verdict, condition = verdict_on(
        attack,
        "the credential travels in a cookie, whether it is a session id or a JWT" if carried else "",
        _young(seconds["session id in a cookie, SameSite unset"], seconds["session id in a cookie, SameSite None"]),
    )
    return Finding(
        verdict,
        "From a login on, a form of another site is obeyed for: "
        + "; ".join(f"{forged_form.obeyed(each)} ({what})" for what, each in seconds.items())
        + f". With a CSRF token, where SameSite is None, it moves {by_token.on.measures['amount']} instead of "
        f"{by_token.off.measures['amount']}.",
        condition,
        {
            "obeyed_seconds": seconds,
            "moved": attack.off.measures["amount"],
            "moved_under_strict": attack.on.measures["amount"],
            "moved_under_none": tuple(each.measures["amount"] for each in (by_token.off, by_token.on)),
        },
        (
            Table(
                "For how long after a login a form of another site is obeyed",
                ("credential", "obeyed for"),
                tuple((what, forged_form.obeyed(each)) for what, each in seconds.items()),
            ),
            _table("What a form of another site does", "SameSite=Strict", found),
        ),
    )


def _young(unset: float | None, none: float | None) -> str:
    """The condition that the cookie's age puts, from the seconds for which a form is obeyed, by SameSite."""
    if not unset:
        return ""
    return f"the cookie is under {lasting(unset)} old" + (" or bears SameSite=None" if none is None else "")


# ------------------------------------------------------------------------

_PLAYED: Final = "Play the attack in every mode without its switch and with it, all else as written"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V1", "A weak secret is a weakness of JWTs, and a strong one ends it.",
        f"{_PLAYED}: guess the key offline from a list of likely words, and forge a token.",
        "RFC 8725 2.2, 3.5; RFC 7518 3.2; CWE-326", "06_jwt_attacks", weak_secret,
    ),
    Claim(
        "V2", "A missing expiry is a weakness of JWTs, and a check that demands one ends it.",
        f"{_PLAYED}: use a token without exp a month after its issue.",
        "RFC 7519 4.1.4; ASVS 5 9.2.1; CWE-613", "06_jwt_attacks", no_expiry,
    ),
    Claim(
        "V3", "Sensitive data in the claims is a weakness of JWTs, and leaving it out ends it.",
        f"{_PLAYED}: read the claims with no key, a year later.",
        "RFC 7519 12; ASVS 5 14; CWE-312", "06_jwt_attacks", readable_claims,
    ),
    Claim(
        "V4", "Refresh tokens without rotation are a weakness of JWTs, and rotation ends it.",
        f"{_PLAYED}: use a stolen refresh token after the victim has refreshed, and before.",
        "RFC 9700 4.14.2; CWE-294", "08_refresh_tokens", no_rotation,
    ),
    Claim(
        "V5", "Fixation is a weakness of sessions, and a new id at login ends it.",
        f"{_PLAYED}: plant an id before the victim's login.",
        "RFC 6265bis 8.4; ASVS 5 7.2.4; CWE-384", "05_session_attacks", fixation,
    ),
    Claim(
        "V6", "Hijacking is a weakness of sessions, and a lifetime on the server limits it.",
        f"{_PLAYED}: take the session id from the network, by script, and by malware.",
        "RFC 6750 1.2, 5.1; ASVS 5 7.3.2; CWE-613", "05_session_attacks", hijacking,
    ),
    Claim(
        "V7", "Cross-site request forgery is a weakness of sessions, and SameSite ends it.",
        f"{_PLAYED}: post a form from another site; the same with the credential in a header, with a JWT in a cookie, "
        "and with cookies of every age up to a day.",
        "RFC 6265bis 8.8; RFC 6750 5.3; CWE-352", "05_session_attacks", forgery,
    ),
)  # fmt: skip
