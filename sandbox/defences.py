"""The switches, one field each, and the presets, named sets of them. What each switch does is said beside it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.errors import BadSwitch, UnknownName
from sandbox.switches import (
    PRESETS,
    Switch,
    Value,
    check_value,
    choice,
    flag,
    number,
    parse_value,
    seconds,
    show_value,
)

if TYPE_CHECKING:
    from sandbox.guards import Explanation

__all__ = ["PRESETS", "Defences", "Switch", "Value", "parse_value", "settings", "show_value", "switch", "switches"]


@dataclass(frozen=True, kw_only=True)
class Defences:
    """One value for every switch. Built bare; `Defences.preset` gives a named set, `but` a changed copy."""

    # At login
    throttle_login: bool = flag(
        "Refuses logins after too many failures, by account and by client address.", "- - - x",
        answers="credential_stuffing", source="ASVS 5 6.3.1; CWE-307",
        cost="Who knows your e-mail can lock you out for a while; a store read and a write per failed login.",
    )
    dummy_hash: bool = flag(
        "Checks a password hash for unknown users too, so that both answers take as long.", "- - - x",
        answers="user_enumeration", source="ASVS 5 6.3.8; CWE-208",
        cost="One whole bcrypt for every guess at an unknown e-mail.",
    )
    regenerate_id: bool = flag(
        "Login issues a new session id; off, it adopts any id that the browser sends.", "- - x x",
        answers="session_fixation", source="RFC 6265bis 8.4; ASVS 5 7.2.4",
        cost="What was kept under the old id must be moved over.",
    )

    # Cookies
    http_only: bool = flag(
        "Script can't read the cookie.", "- x x x",
        answers="script_reads_cookie", source="RFC 6265bis 4.1.2.6; CWE-1004",
        cost="The page's own script can't read it either.",
    )
    secure: bool = flag(
        "The browser sends the cookie over https only.", "- - x x",
        answers="sniffing", source="RFC 6265bis 4.1.2.5, 8.3; CWE-614",
        cost="Plain http, as in many a development set-up, is logged out.",
    )
    same_site: str = choice(
        "Says whether requests from other sites carry the cookie.", "unset unset Strict Strict",
        choices=("unset", "None", "Lax", "Strict"), strongest="Strict",
        answers="csrf", source="RFC 6265bis 4.1.2.7, 8.8; CWE-1275",
        cost="Under Strict, who follows a link from another site arrives logged out.",
    )
    cookie_max_age: float | None = seconds(
        "Tells one browser when to forget the cookie. A thief ignores it.", (None, None, DAY, DAY),
        strongest=DAY, source="RFC 6265bis 4.1.2.2",
        cost="The cookie now outlives the closing of the browser.",
    )
    host_prefix: bool = flag(
        "Names the cookie __Host-..., which only this host can set.", "- - - x",
        answers="sibling_subdomain", source="RFC 6265bis 4.1.3.2, 8.6", requires=("secure",),
        cost="Path must be /, so the refresh cookie goes out with every request.",
    )
    csrf_token: bool = flag(
        "Unsafe requests that are authenticated by a cookie must bear a token from the login body.", "- - x x",
        answers="csrf_without_samesite", source="ASVS 5 3.5.1; CWE-352",
        cost="Every form and every client must send it; /hybrid/refresh is exempt: no other site can read its answer.",
    )
    size_guard: bool = flag(
        "Refuses to issue a cookie over 4096 bytes, which a browser would drop in silence.", "- - - x",
        answers="oversized_cookie", source="RFC 6265bis 5.6; ASVS 5 3.3.5",
        cost="Login fails, in plain words, when the claims have grown too large.",
    )
    cors_allowlist: bool = flag(
        "Only listed origins may read answers; off, any Origin is reflected, with credentials.", "- x x x",
        answers="cors_reflection", source="Fetch 3.2; ASVS 5 3.4.2; CWE-942",
        cost="Each new front end must be listed.",
    )

    # Lifetimes
    inactivity_timeout: float | None = seconds(
        "Ends a session that was not used for so long.", (None, None, DAY, HOUR),
        strongest=HOUR, source="ASVS 5 7.3.1",
        cost="A store write per request. A thief who polls keeps the session alive.",
    )
    absolute_lifetime: float | None = seconds(
        "Ends a session or a refresh family so long after login, however busy.", (None, None, None, DAY),
        strongest=DAY, answers="idle_polling", source="ASVS 5 7.3.2; CWE-613",
        cost="Everybody logs in again, in the midst of work too.",
    )
    jwt_lifetime: float | None = seconds(
        "exp of the one token of jwt mode.", (None, 7 * DAY, 15 * MINUTE, 15 * MINUTE),
        strongest=15 * MINUTE, source="RFC 7519 4.1.4; ASVS 5 9.2.1",
        cost="When it has passed, the user logs in again: jwt mode has nothing to refresh with.",
    )
    access_lifetime: float | None = seconds(
        "exp of hybrid mode's access token.", (None, 15 * MINUTE, 15 * MINUTE, 5 * MINUTE),
        strongest=5 * MINUTE, source="RFC 6749 1.4; RFC 9700 2.2",
        cost="One refresh per lifetime, each with store reads and writes.",
    )
    refresh_lifetime: float | None = seconds(
        "How long a refresh token lives, counted from its own issue.", (None, 7 * DAY, 7 * DAY, DAY),
        strongest=DAY, source="RFC 9700 4.14.2",
        cost="Who stays away longer logs in again.",
    )
    leeway: bool = flag(
        "Grants 30 s for clocks that differ.", "- - - x",
        answers="clock_skew", source="RFC 7519 4.1.4",
        cost="A token lives 30 s longer than it says.",
    )

    # Ending
    end_on_logout: bool = flag(
        "Logout ends what the server keeps: the session, or the refresh family.", "- x x x",
        answers="logout_replay", source="ASVS 5 7.4.1; RFC 7009 2.1",
        cost="A store write at logout; nothing to end in jwt mode.",
    )
    denylist: bool = flag(
        "Logout denies every live jti of that login.", "- - - x",
        answers="access_token_after_logout", source="ASVS 5 7.4.1; CWE-613",
        cost="A store read per request: the token alone no longer decides.",
    )
    prune_denylist: bool = flag(
        "Entries leave the denylist when their token has expired anyway.", "- - - x",
        answers="denylist_growth", source="CWE-770", requires=("denylist",),
        cost="A delete with each entry.",
    )
    user_epoch: bool = flag(
        "A password change, and logging out everywhere, ends all earlier logins.", "- - - x",
        answers="password_change", source="ASVS 5 7.4.3; CWE-613",
        cost="A store read per request, in every mode, if live_roles does not read the user anyway.",
    )
    live_roles: bool = flag(
        "The user, and so the role, is read from the store on each request.", "- x x x",
        answers="stale_role", source="ASVS 5 8.3.2; CWE-863",
        cost="A store read per request.",
    )

    # Self-contained tokens
    pin_algorithms: bool = flag(
        "Only the configured algorithm is accepted.", "- x x x",
        answers="algorithm_none", source="RFC 8725 3.1; CWE-347",
        cost="A change of algorithm needs a plan.",
    )
    kid_map: bool = flag(
        "kid is looked up in a fixed map of keys.", "- x x x",
        answers="kid_injection", source="RFC 8725 3.10; CWE-22",
        cost="Each new key must be entered.",
    )
    strong_key: bool = flag(
        "Refuses an HMAC key under 32 bytes.", "- - x x",
        answers="weak_secret", source="RFC 7518 3.2; RFC 8725 3.5; CWE-326",
        cost="None but a start that fails when the key is short.",
    )
    verify_issuer_audience: bool = flag(
        "iss and aud must be this service's own.", "- - x x",
        answers="cross_service_relay", source="RFC 8725 3.8, 3.9",
        cost="Each service must be named where tokens are issued.",
    )
    verify_type: bool = flag(
        "The header's typ must be at+jwt, that of an access token.", "- - - x",
        answers="token_type_confusion", source="RFC 8725 3.11; RFC 9068 2.1, 4",
        cost="Tokens from issuers that set no typ are refused.",
    )
    require_exp: bool = flag(
        "A token without exp is refused.", "- - x x",
        answers="no_expiry", source="ASVS 5 9.2.1; RFC 7519 4.1.4; CWE-613",
        cost="Tokens need a lifetime: login fails clearly where none is set.",
    )
    minimal_claims: bool = flag(
        "E-mail and phone stay out of the token; sub and role stay in.", "- - x x",
        answers="claims_are_readable", source="RFC 7519 12; ASVS 5 14; CWE-312",
        cost="Who needs the e-mail reads the store.",
    )
    key_overlap: bool = flag(
        "After a change of key the old one verifies for a while.", "- - - x",
        answers="key_rotation", source="RFC 7517 4.5; CWE-320",
        cost="A leaked key stays good for that while.",
    )

    # Refresh tokens
    rotate_refresh: bool = flag(
        "A refresh token works once; each refresh gives its successor.", "- - x x",
        answers="refresh_replay", source="RFC 9700 4.14.2",
        cost="A lost answer, or two tabs at once, logs an honest user out.",
    )
    detect_reuse: bool = flag(
        "The second use of a refresh token ends its whole family.", "- - - x",
        answers="refresh_reuse", source="RFC 9700 4.14.2; ASVS 5 10.4.5", requires=("rotate_refresh",),
        cost="False alarms log honest users out.",
    )
    reuse_grace: bool = flag(
        "A second use within 10 s gets the same successor instead.", "- - - x",
        answers="refresh_race", source="RFC 9700 4.14.2; CWE-362", requires=("rotate_refresh", "detect_reuse"),
        cost="A thief within those 10 s gets it too.",
    )
    hash_at_rest: bool = flag(
        "The store keeps SHA-256 of session ids and refresh tokens, not the values.", "- - - x",
        answers="store_leak", source="RFC 6819 5.1.4.1.3; CWE-522",
        cost="One SHA-256 per look-up; nobody can read a value back.",
    )

    # Several servers, and the client
    shared_store: bool = flag(
        "Several nodes share one store.", "- - x x",
        answers="two_nodes", source="-",
        cost="The store is one hop away, and all nodes depend on it.",
    )
    token_in_memory: bool = flag(
        "The page keeps tokens in memory, not in localStorage.", "- - - x",
        answers="script_reads_storage", source="RFC 10017 5.1; CWE-922",
        cost="A reload or a new tab has no token: log in again, or refresh by cookie.",
    )
    dpop: bool = flag(
        "A token is bound to the client's key, and useless without a fresh proof.", "- - - -",
        answers="sender_constraint", source="RFC 9449",
        cost="A signature per request; no counterpart in session mode.",
    )

    # Shapes: no defences, yet they change what is seen
    rfc6750_errors: bool = flag(
        "A bad token gets 401 and a challenge; off, a bare 403, as in the article's samples.", "x - - x",
        source="RFC 6750 3.1",
        cost="None. Off, a client that refreshes on 401 never refreshes.",
    )
    refresh_cookie: bool = flag(
        "The refresh token travels in a cookie scoped to /hybrid/refresh.", "- - - x",
        source="RFC 10017 6.1",
        cost="A client without cookies can't refresh.",
    )
    carrier: str = choice(
        "Where session and jwt mode carry the credential (default: session in a cookie, jwt in a header).",
        "default default default default",
        choices=("default", "cookie", "header"), strongest="cookie", source="RFC 6750 2",
        cost="What the browser sends by itself can be forged across sites; what script must send, script can read.",
    )
    signing: str = choice(
        "The algorithm that signs tokens.", "HS256 HS256 HS256 HS256",
        choices=("HS256", "RS256"), strongest="RS256", source="RFC 7518 3.1; RFC 8725 3.2",
        cost="RS256 signs more slowly, and needs the package cryptography.",
    )
    bcrypt_cost: int = number(
        "bcrypt's cost: each step up doubles the time of one hash.", (4, 10, 10, 12),
        off=4, strongest=12, source="ASVS 5 11.4.2; bcrypt",
        cost="At 12, a login takes a fifth of a second or more.",
    )

    # ------------------------------------------------------------------

    def __post_init__(self) -> None:
        for name, about in switches().items():
            check_value(about, getattr(self, name))
        for name, about in switches().items():
            if getattr(self, name) != about.off and getattr(self, name) is not None:
                self._check_required(name, about.requires)
        if self.same_site == "None":
            self._check_required("same_site=None", ("secure",))
        if self.require_exp and (self.jwt_lifetime is None or self.access_lifetime is None):
            raise BadSwitch("require_exp requires finite jwt_lifetime and access_lifetime: set both, say to 15min")
        for setting, on in (("signing=RS256", self.signing == "RS256"), ("dpop", self.dpop)):
            if on and importlib.util.find_spec("cryptography") is None:
                alone = setting.partition("=")[0]
                raise BadSwitch(f"{setting} needs the package cryptography: run python3 start.py, or leave {alone} off")

    def _check_required(self, name: str, required: tuple[str, ...]) -> None:
        for other in required:
            if not getattr(self, other):
                alone = name.partition("=")[0]
                raise BadSwitch(f"{name} requires {other}: turn on {other}, or turn off {alone} too")

    @classmethod
    def preset(cls, name: str) -> Defences:
        """The named preset. Raises UnknownName, which lists the presets."""
        if name not in PRESETS:
            raise UnknownName("preset", name, PRESETS)
        return _preset(name)

    def but(self, **settings: Value) -> Defences:
        """A copy with these switches set; a time may be a text, such as `15min`. Raises UnknownName or BadSwitch."""
        for name, value in settings.items():
            about = switch(name)
            if about.kind == "seconds" and isinstance(value, str):
                settings[name] = parse_value(about, value)
        return replace(self, **settings)  # type: ignore[arg-type]

    def beside(self, preset: str) -> dict[str, Value]:
        """The switches that differ from a preset, bcrypt's cost apart: it changes no outcome. Raises UnknownName."""
        plain = Defences.preset(preset).to_json()
        return {name: value for name, value in self.to_json().items() if value != plain[name] and name != "bcrypt_cost"}

    def to_json(self) -> dict[str, Value]:
        """Every switch by name; None for no end."""
        return {name: getattr(self, name) for name in switches()}

    def explain(self, name: str) -> Explanation:
        """What a switch does, answers and costs, its source, and the lines that it guards. Raises UnknownName."""
        from sandbox.guards import Explanation, guards

        return Explanation(switch(name), self.shown(name), guards()[name][0])

    def shown(self, name: str) -> str:
        """The value of one switch as a person reads it: `on`, `15 min`, `Strict`."""
        return show_value(switch(name), getattr(self, name))


@cache
def _preset(name: str) -> Defences:
    column = PRESETS.index(name)
    return Defences(**{about.name: about.presets[column] for about in switches().values()})  # type: ignore[arg-type]


@cache
def switches() -> Mapping[str, Switch]:
    """Every switch by name, in the order of declaration."""
    return {each.name: Switch(name=each.name, **each.metadata) for each in fields(Defences)}


def switch(name: str) -> Switch:
    """What is known of one switch. Raises UnknownName."""
    if name not in switches():
        raise UnknownName("switch", name, switches())
    return switches()[name]


def settings(with_: list[str] | tuple[str, ...] = (), without: list[str] | tuple[str, ...] = ()) -> dict[str, Value]:
    """`["rotate_refresh", "access_lifetime=1min"]` and switches to turn off, as settings for `Defences.but`.

    A plain name means the strongest value. Raises UnknownName or BadSwitch.
    """
    found: dict[str, Value] = {}
    for text in with_:
        name, equals, value = text.partition("=")
        about = switch(name)
        found[name] = parse_value(about, value) if equals else about.strongest
    for name in without:
        if name in found:
            raise BadSwitch(f"{name} is set and turned off at once: choose one")
        found[name] = switch(name).off
    return found
