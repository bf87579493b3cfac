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
from sandbox.claims.played import clauses, comparable, lasting
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
    session, unended, by_epoch = (
        {act: found["session"][measure] for act, measure in ACTS.items()} for found in (written, kept, epoch)
    )
    verdict, condition = at_once_verdict(session, unended, by_epoch)
    return Finding(
        verdict,
        f"After Alice logs out Mallory gets in, in session mode: {lasting(session['logs out'])}; "
        f"jwt: {lasting(written['jwt'][ACTS['logs out']])}; hybrid: {lasting(written['hybrid'][ACTS['logs out']])}. "
        f"A session where logout ends nothing on the server (end_on_logout off): {lasting(unended['logs out'])}; after "
        f"a new password: {lasting(session['changes her password'])}, with user_epoch: "
        f"{lasting(by_epoch['changes her password'])}.",
        condition,
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


def at_once_verdict(
    written: Mapping[str, float | None], unended: Mapping[str, float | None], by_epoch: Mapping[str, float | None]
) -> tuple[str, str]:
    """The verdict and its condition, from the seconds that Mallory has left in session mode after each of `ACTS`.

    As written; with end_on_logout off; with user_epoch on.
    """
    logout, everywhere, password = ACTS
    if written[logout] != 0 or written[everywhere] != 0:
        return DOES_NOT_HOLD, ""
    parts = []
    if unended[logout] != 0 or unended[everywhere] != 0:
        parts.append("logout ends the session on the server (end_on_logout)")
    if written[password] != 0:
        needs = "needs user_epoch" if by_epoch[password] == 0 else "does not end it"
        parts.append(f"the act is a logout: a new password {needs}")
    return (HOLDS_ONLY_IF, ", and ".join(parts)) if parts else (HOLDS, "")


# S4 ------------------------------------------------------------------

Seconds = Mapping[str, Mapping[str, float | None]]
"""For how long something goes on, by what happens, then by mode; None: no end."""


def sensitive_operations(bench: Workbench) -> Finding:
    """The JWT lives for 7 days throughout; the session has no end of its own, and then one of 7 days too."""
    endless, capped = _happenings(bench), _happenings(bench, absolute_lifetime=7 * DAY)
    verdict, condition = sensitive_verdict(endless, capped)
    lanes = {"no end of its own": endless, "an absolute lifetime of 7 d": capped}
    return Finding(
        verdict,
        "A JWT of 7 d, and a session without an end of its own: "
        + "; ".join(
            f"{what}: session {lasting(each['session'])}, jwt {lasting(each['jwt'])}" for what, each in endless.items()
        )
        + ". A session with an absolute lifetime of 7 d: "
        + "; ".join(f"{what}: {lasting(each['session'])}" for what, each in capped.items())
        + ".",
        condition,
        numbers=lanes,
        tables=(
            Table(
                "For how long it goes on; a JWT lives for 7 d",
                ("the session has", "what happens", *MODES),
                tuple(
                    (lane, what, *(lasting(each[mode]) for mode in MODES))
                    for lane, found in lanes.items()
                    for what, each in found.items()
                ),
            ),
        ),
    )


def _happenings(bench: Workbench, **switches: Any) -> Seconds:
    def seconds(scenario: str, **more: Any) -> dict[str, float | None]:
        found = bench.outcomes(scenario, jwt_lifetime=7 * DAY, **switches, **more)
        return {mode: each.attacker_seconds for mode, each in found.items()}

    noticed = bench.outcomes("revocation", jwt_lifetime=7 * DAY, **switches)
    return {
        "a theft that nobody notices": seconds("theft"),
        "a theft after which Alice logs out": {mode: noticed[mode].measures["after_logout_seconds"] for mode in MODES},
        "an admin's demotion with live_roles off": seconds("stale_role", live_roles=False),
        "an admin's demotion with live_roles on": seconds("stale_role", live_roles=True),
    }


def sensitive_verdict(endless: Seconds, capped: Seconds) -> tuple[str, str]:
    """The verdict and its condition: where is a session better? `capped`: where it has an end as a JWT has."""

    def sooner(found: Seconds, one: str, other: str) -> list[str]:
        return [what for what, each in found.items() if comparable(each[one]) < comparable(each[other])]

    better, worse, still = (
        sooner(endless, "session", "jwt"), sooner(endless, "jwt", "session"), sooner(capped, "jwt", "session")
    )  # fmt: skip
    if not better:
        return DOES_NOT_HOLD, ""
    if not worse:
        return HOLDS, ""
    but = []
    if lifted := [what for what in worse if what not in still]:
        but.append(f"in {' and in '.join(lifted)}, a session is worse than a JWT unless it ends as the JWT does")
    if still:
        but.append(f"in {' and in '.join(still)}, a JWT is better even where the session ends as the JWT does")
    return HOLDS_ONLY_IF, f"it means {' or '.join(better)}: {clauses(but)}"


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
        **{
            f"an app that keeps nothing but the cookie, under {preset}": not tried.served
            for preset, tried in apps[plain_client.SESSION_COOKIE].items()
        },
        **{
            f"an app that keeps the cookie and the CSRF token, under {preset}": not tried.served
            for preset, tried in apps[plain_client.SESSION_COOKIE_CSRF].items()
        },
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
        f"statements, a token in {token}; with a CSRF token the cookie takes {with_csrf}. "
        "With the cookie alone profile, transfer and a later profile are answered "
        + "; ".join(
            f"{' '.join(map(str, tried.statuses))} under {preset}"
            for preset, tried in apps[plain_client.SESSION_COOKIE].items()
        )
        + ".",
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
    return (HOLDS, "") if len(met) == len(troubles) else (HOLDS_ONLY_IF, f"the client is {', or '.join(met)}")


# ---------------------------------------------------------------------

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "S1",
        "The server can end a session at once",
        "Alice notices a theft and logs out, logs out everywhere, or changes her password: from then on Mallory tries.",
        "ASVS 5 7.4.1, 7.4.3, 7.5.2",
        "07_logout_and_revocation",
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
        "Alice works for a week, under several lifetimes, a bad token answered 403 as written and 401 with "
        "rfc6750_errors: failed calls are counted, and what her client did then.",
        "ASVS 5 7.3.1, 7.3.2; RFC 6749 1.5",
        "03_expiry",
        no_expiry_at_client,
    ),
    Claim(
        "S4",
        "Better for sensitive operations",
        "A credential is stolen, unnoticed and noticed, and an admin is demoted: for how long do the calls succeed?",
        "RFC 6750 5.2; ASVS 5 7.3.2, 8.3.2",
        "07_logout_and_revocation",
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
