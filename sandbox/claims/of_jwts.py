"""What is said of JWTs: J1 to J8."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Claim, Finding, Table
from sandbox.claims.findings.larger_than_an_id import larger
from sandbox.claims.findings.needs_denylist import needs_denylist
from sandbox.claims.findings.reads_per_request import no_storage
from sandbox.claims.findings.scaling_out import scales
from sandbox.claims.findings.stolen_token import valid_until_exp
from sandbox.claims.measuring import cross_origin, plain_client
from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench

# J3 ------------------------------------------------------------------


def friendly_to_apps(bench: Workbench) -> Finding:
    apps = plain_client.every(bench)
    cookie, header, jwt = plain_client.SESSION_COOKIE, plain_client.SESSION_HEADER, plain_client.JWT_HEADER
    statements = {app: plain_client.statements(app.client) for app in apps}
    served = {app: all(each.served for each in row.values()) for app, row in apps.items()}
    verdict, condition = apps_verdict(served[jwt], served[header] and statements[header] <= statements[jwt])
    kept = {app: row["as_advised"].kept_bytes for app, row in apps.items()}
    hybrid = plain_client.HYBRID_HEADER
    return Finding(
        verdict,
        f"An app without a browser needs {statements[jwt]} statements to keep and send a JWT ({kept[jwt]} bytes), "
        f"{statements[header]} for a session id in a header ({kept[header]} bytes), {statements[cookie]} for a cookie, "
        f"{statements[plain_client.SESSION_COOKIE_CSRF]} where a CSRF token is asked of it, {statements[hybrid]} for "
        f"two tokens and the refresh.",
        condition,
        numbers={
            "statements": {f"{app.mode}, {app.keeps}": count for app, count in statements.items()},
            "kept_bytes": {f"{app.mode}, {app.keeps}": count for app, count in kept.items()},
            "statuses": plain_client.statuses(apps),
        },
        tables=(plain_client.table(apps),),
    )


def apps_verdict(jwt_served: bool, session_in_header_as_easy: bool) -> tuple[str, str]:
    """The verdict and its condition. The second: whether a session id in a header is served for no more statements."""
    if not jwt_served:
        return DOES_NOT_HOLD, ""
    if session_in_header_as_easy:
        return HOLDS_ONLY_IF, (
            "it means the header, not the JWT: a session id in a header is no more work for the same app"
        )
    return HOLDS, ""


# J4 ------------------------------------------------------------------


def works_across(bench: Workbench) -> Finding:
    calls = cross_origin.calls(bench)
    across = {way: row[cross_origin.OTHER_SITE] for way, row in calls.items()}
    unlisted = calls[cross_origin.JWT_HEADER][cross_origin.UNLISTED]
    header, lax, none = (across[way] for way in (cross_origin.JWT_HEADER, cross_origin.JWT_LAX, cross_origin.JWT_NONE))
    verdict, condition = across_verdict(
        in_header=header.served, in_lax_cookie=lax.served, in_none_cookie=none.served, unlisted=unlisted.served
    )
    return Finding(
        verdict,
        "A page of another site reads, with a JWT in a header: "
        f"{header.status} if the bank lists its origin, {unlisted.status or 'nothing'} if not; in a cookie: "
        f"{lax.status} with SameSite=Lax, {none.status} with None. With a session id in a "
        f"header: {across[cross_origin.SESSION_HEADER].status}. A call takes {header.requests} requests with a header, "
        f"{none.requests} with a cookie.",
        condition,
        numbers={
            "read_from_origin": cross_origin.statuses(calls),
            "requests_per_call": {"header": header.requests, "cookie": none.requests},
        },
        tables=(cross_origin.table(calls),),
    )


def across_verdict(*, in_header: bool, in_lax_cookie: bool, in_none_cookie: bool, unlisted: bool) -> tuple[str, str]:
    """The verdict and its condition: is a page of another site served, by how the token travels, and if not listed."""
    if not in_header:
        return DOES_NOT_HOLD, ""
    needs = []
    if not in_lax_cookie:
        needs.append("the token travels in a header" + (" or a cookie with SameSite=None" if in_none_cookie else ""))
    if not unlisted:
        needs.append("the server lists the page's origin (CORS)")
    return (HOLDS_ONLY_IF, ", and ".join(needs)) if needs else (HOLDS, "")


# J5 ------------------------------------------------------------------

LOOKED_UP: Final[Mapping[str, Mapping[str, Any]]] = {
    "as_written": {},
    "denylist": {"denylist": True},
    "denylist and user_epoch": {"denylist": True, "user_epoch": True},
}


def hard_to_revoke(bench: Workbench) -> Finding:
    written = bench.record("revocation")
    login, _, logout, *_ = (step.clock for step in written.steps)
    left = float(written.defences.jwt_lifetime or 0) - (logout - login)
    lanes = {name: bench.outcomes("revocation", **switches)["jwt"].measures for name, switches in LOOKED_UP.items()}
    reads = {
        name: bench.outcomes("login", **switches)["jwt"].measures["store_reads_per_request"]
        for name, switches in LOOKED_UP.items()
    }
    without, denied, both = (lanes[name] for name in LOOKED_UP)
    verdict, condition = revoke_verdict(list(without.values()), list(both.values()))
    return Finding(
        verdict,
        f"After Alice logs out, Mallory gets in with her JWT for {lasting(without['after_logout_seconds'])}, and its "
        f"exp is {lasting(left)} away; with a denylist: {lasting(denied['after_logout_seconds'])}. After a new "
        f"password: {lasting(without['after_password_seconds'])}; with user_epoch too: "
        f"{lasting(both['after_password_seconds'])}. Reads per request: {reads['as_written']:g} as "
        f"written, {reads['denylist and user_epoch']:g} with both.",
        condition,
        numbers={"seconds": lanes, "seconds_to_exp": left, "reads_per_request": reads},
        tables=(
            Table(
                "JWT mode: for how long Mallory gets in after Alice's act",
                ("switched on", "logout", "log out everywhere", "new password", "store reads per request"),
                tuple((name, *map(lasting, each.values()), reads[name]) for name, each in lanes.items()),
            ),
        ),
    )


def revoke_verdict(written: list[float | None], looked_up: list[float | None]) -> tuple[str, str]:
    """The verdict and its condition, from the seconds after each of Alice's acts: as written, and with look-ups."""
    if not any(each != 0 for each in written):
        return DOES_NOT_HOLD, ""
    if any(each != 0 for each in looked_up):
        return HOLDS, ""
    return HOLDS_ONLY_IF, "no request looks the token up: a denylist, and an epoch in the user's row, end it at once"


# ---------------------------------------------------------------------

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "J1",
        "No storage on the server",
        "The store's reads are counted by its own trace, request by request, with one thing more to ask at a time.",
        "RFC 7519 1; ASVS 5 7.4.1, 8.3.2",
        "09_cost_and_scale",
        no_storage,
    ),
    Claim(
        "J2",
        "Scales with microservices and load balancers",
        "Servers take turns, a second service holds only the public key, and a stopwatch compares verify and look-up.",
        "RFC 7519 1; RFC 8725 3.8, 3.9; ASVS 5 7.4.1",
        "09_cost_and_scale",
        scales,
    ),
    Claim(
        "J3",
        "Friendly to mobile apps",
        "The same app without a browser keeps a cookie, a session id or a token: its statements and bytes are counted.",
        "RFC 6750 2.1; RFC 6265bis 4.2",
        "10_cross_origin_and_mobile",
        friendly_to_apps,
    ),
    Claim(
        "J4",
        "Works across domains",
        "Pages of three other origins log Alice in and call the bank, with the credential in a header and in a cookie.",
        "Fetch 3.2, 4.8; RFC 6750 2.1; RFC 6265bis 5.2",
        "10_cross_origin_and_mobile",
        works_across,
    ),
    Claim(
        "J5",
        "Hard to revoke: valid until it expires",
        "Alice logs out, logs out everywhere, or changes her password, without any look-up and with two of them.",
        "ASVS 5 7.4.1, 7.4.3; RFC 7009 3",
        "04_revocation",
        hard_to_revoke,
    ),
    Claim(
        "J6",
        "Larger than a session id",
        "Requests are weighed as Alice is put in more and more groups, until the browser drops the cookie.",
        "RFC 7519 1; RFC 6265bis 5.6",
        "09_cost_and_scale",
        larger,
    ),
    Claim(
        "J7",
        "If stolen, valid until it expires",
        "A JWT is stolen and nobody notices, for four lifetimes; and once it is bound to a key that can't be copied.",
        "RFC 6750 5.2, 5.3; RFC 9449 1",
        "02_theft",
        valid_until_exp,
    ),
    Claim(
        "J8",
        "No built-in logout; needs a denylist",
        "Alice logs out with and without a denylist; then logouts go on for days, and its entries are counted.",
        "ASVS 5 7.4.1; CWE-770",
        "07_logout_and_revocation",
        needs_denylist,
    ),
)
