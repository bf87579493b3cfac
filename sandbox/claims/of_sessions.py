"""What is said of sessions: S1 to S7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Claim, Finding, Table
from sandbox.claims.findings.expiry_at_client import no_expiry_at_client
from sandbox.claims.findings.needs_store import needs_store
from sandbox.claims.findings.readable_data import data_stays
from sandbox.claims.findings.shared_store import needs_shared_store
from sandbox.claims.measuring import cross_origin, plain_client
from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.exchange import MODES

# S1 ------------------------------------------------------------------

ACTS: Final = {
    "logs out": "after_logout_seconds",
    "logs out everywhere": "after_logout_all_seconds",
    "changes her password": "after_password_seconds",
}
"""What Alice does, and the measure of the story `revocation` that says how long Mallory gets in then."""


def end_at_once(bench: Workbench) -> Finding:
    def measures(**switches: Any) -> dict[str, Mapping[str, Any]]:
        return {mode: each.measures for mode, each in bench.outcomes("revocation", **switches).items()}

    written, epoch, kept = measures(), measures(user_epoch=True), measures(end_on_logout=False)
    lanes = [("as_written", written), ("user_epoch on", epoch), ("end_on_logout off", kept)]
    session = [written["session"][name] for name in ACTS.values()]
    return Finding(
        HOLDS if session[:2] == [0, 0] else DOES_NOT_HOLD,
        f"After Alice logs out Mallory gets in, in session mode: {lasting(session[0])}; "
        f"jwt: {lasting(written['jwt'][ACTS['logs out']])}; hybrid: {lasting(written['hybrid'][ACTS['logs out']])}. "
        f"A session after a new password: {lasting(session[2])}; with user_epoch: "
        f"{lasting(epoch['session'][ACTS['changes her password']])}.",
        numbers={"as_written": written, "user_epoch": epoch, "end_on_logout_off": kept},
        tables=(
            Table(
                "For how long Mallory gets in after Alice's act",
                ("switches", "Alice", *MODES),
                tuple(
                    (name, act, *(lasting(found[mode][measure]) for mode in MODES))
                    for name, found in lanes
                    for act, measure in ACTS.items()
                ),
            ),
        ),
    )


# S4 ------------------------------------------------------------------


def sensitive_operations(bench: Workbench) -> Finding:
    def theft(**switches: Any) -> dict[str, float | None]:
        return {mode: each.attacker_seconds for mode, each in bench.outcomes("theft", **switches).items()}

    def demotion(**switches: Any) -> dict[str, float | None]:
        return {mode: each.attacker_seconds for mode, each in bench.outcomes("stale_role", **switches).items()}

    revoked = bench.outcomes("revocation")
    found = {
        "a theft that nobody notices": theft(),
        "the same with absolute_lifetime=7d": theft(absolute_lifetime=7 * DAY),
        "a theft after which Alice logs out": {mode: revoked[mode].measures["after_logout_seconds"] for mode in MODES},
        "an admin's demotion with live_roles off": demotion(live_roles=False),
        "an admin's demotion with live_roles on": demotion(live_roles=True),
    }
    verdict, condition = sensitive_verdict(found)
    return Finding(
        verdict,
        " ".join(
            f"{situation[0].upper()}{situation[1:]}: session {lasting(each['session'])}, jwt {lasting(each['jwt'])}."
            for situation, each in found.items()
        ),
        condition,
        numbers=found,
        tables=(
            Table(
                "For how long it goes on",
                ("what happens", *MODES),
                tuple((name, *(lasting(each[mode]) for mode in MODES)) for name, each in found.items()),
            ),
        ),
    )


def sensitive_verdict(found: Mapping[str, Mapping[str, float | None]]) -> tuple[str, str]:
    """The verdict and its condition, from seconds by situation and mode: where is a session better?"""
    sooner = [name for name, each in found.items() if is_shorter(each["session"], each["jwt"])]
    later = [name for name, each in found.items() if is_shorter(each["jwt"], each["session"])]
    if not sooner:
        return DOES_NOT_HOLD, ""
    if later:
        return HOLDS_ONLY_IF, f"what happens is {' or '.join(sooner)}: a JWT is better in {' and in '.join(later)}"
    return HOLDS, ""


def is_shorter(one: float | None, other: float | None) -> bool:
    """Whether `one` ends before `other`, in seconds; None never ends."""
    return one is not None and (other is None or one < other)


# S7 ------------------------------------------------------------------


def cookies_trouble(bench: Workbench) -> Finding:
    calls, apps = cross_origin.calls(bench), plain_client.every(bench)
    plain = [cross_origin.SESSION_UNSET, cross_origin.SESSION_LAX, cross_origin.SESSION_STRICT]
    across = {way: row[cross_origin.OTHER_SITE] for way, row in calls.items()}
    within = {way: row[cross_origin.SAME_SITE] for way, row in calls.items()}
    troubles = {
        "a page of another site, and the cookie is not SameSite=None": not any(across[way].served for way in plain),
        "a page of another site, and the cookie is SameSite=None": not across[cross_origin.SESSION_NONE].served,
        "a page of another origin of the same site": not all(within[way].served for way in plain),
        "an app without a browser": not apps[plain_client.SESSION_COOKIE]["as_written"].served,
    }
    verdict, condition = cookies_verdict(troubles)
    cookie, with_csrf, token = (
        plain_client.statements(app.client)
        for app in (plain_client.SESSION_COOKIE, plain_client.SESSION_COOKIE_CSRF, plain_client.JWT_HEADER)
    )
    return Finding(
        verdict,
        "A page of another site that the bank lists reads, in session mode: "
        + ", ".join(f"{across[way].status} ({way.where})" for way in across if way.mode == "session")
        + f"; with a JWT in a header: {across[cross_origin.JWT_HEADER].status}. An app keeps a cookie in {cookie} "
        f"statements, a token in {token}; where a CSRF token is asked for, the cookie takes {with_csrf}.",
        condition,
        numbers={
            "read_from_origin": cross_origin.statuses(calls),
            "app_statements": {"cookie": cookie, "cookie_and_csrf_token": with_csrf, "token": token},
            "app_statuses": plain_client.statuses(apps),
            "troubles": troubles,
        },
        tables=(cross_origin.table(calls), plain_client.table(apps)),
    )


def cookies_verdict(troubles: Mapping[str, bool]) -> tuple[str, str]:
    """The verdict and its condition. `troubles`: whether a cookie troubles this client, by the client in words."""
    met = [name for name, is_met in troubles.items() if is_met]
    if not met:
        return DOES_NOT_HOLD, ""
    return (HOLDS, "") if len(met) == len(troubles) else (HOLDS_ONLY_IF, f"the client is {'; or '.join(met)}")


# ---------------------------------------------------------------------

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "S1",
        "The server can end a session at once",
        "Alice notices a theft and logs out, logs out everywhere, or changes her password: from then on Mallory tries.",
        "ASVS 5 7.4.1, 7.4.3, 7.5.2",
        "04_revocation",
        end_at_once,
    ),
    Claim(
        "S2",
        "Sensitive data never leaves the server",
        "Alice logs in and reads her profile; what her browser keeps, and what it was told, is read without any key.",
        "RFC 7519 12; ASVS 5 14",
        "01_login",
        data_stays,
    ),
    Claim(
        "S3",
        "The client has no expiry to handle",
        "Alice works for a week, under several lifetimes: failed calls are counted, and what her client did then.",
        "ASVS 5 7.3.1, 7.3.2; RFC 6749 1.5",
        "03_expiry",
        no_expiry_at_client,
    ),
    Claim(
        "S4",
        "Better for sensitive operations",
        "A credential is stolen, unnoticed and noticed, and an admin is demoted: for how long do the calls succeed?",
        "RFC 6750 5.2; ASVS 5 7.3.2, 8.3.2",
        "02_theft",
        sensitive_operations,
    ),
    Claim(
        "S5",
        "Needs a store",
        "The store's reads and writes are counted by its own trace, and its bytes at two numbers of logins.",
        "ASVS 5 7.2.1",
        "09_cost_and_scale",
        needs_store,
    ),
    Claim(
        "S6",
        "Needs a shared store once there are several servers",
        "1, 2 and 4 servers take turns, with stores of their own and with a shared one: refused calls are counted.",
        "ASVS 5 7.2.1, 7.4.1",
        "09_cost_and_scale",
        needs_shared_store,
    ),
    Claim(
        "S7",
        "Cookies trouble CORS and mobile apps",
        "Pages of three other origins log Alice in and call the bank, in a model browser that blocks no other site's "
        "cookies by itself; an app without a browser does the same.",
        "RFC 6265bis 5.2, 8.8; Fetch 3.2",
        "10_cross_origin_and_mobile",
        cookies_trouble,
    ),
)
