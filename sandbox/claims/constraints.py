"""What a project may demand, each as a number that a mode meets or misses: the rows of a decision table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.claims.figures import counted
from sandbox.claims.measuring import app_week, forged_form, trials
from sandbox.claims.measuring.trials import Switches
from sandbox.claims.played import lasting, played
from sandbox.claims.workbench import Workbench
from sandbox.defences import Value
from sandbox.errors import UnknownName


class Fit(NamedTuple):
    """Whether a mode meets a constraint, and the measured numbers in words."""

    met: bool
    said: str


@dataclass(frozen=True)
class Constraint:
    """One demand. `asks`: in words, with its numbers."""

    name: str
    asks: str
    measure: Callable[[Workbench, str, str, Switches], Fit]

    def meets(self, bench: Workbench, mode: str, preset: str = "as_written", **switches: Value) -> Fit:
        """Measure that mode under this preset, with these switches on top: (whether it meets it, what was measured).

        Raises UnknownName, BadSwitch, BadStory.
        """
        return self.measure(bench, mode, preset, switches)


def constraints() -> tuple[Constraint, ...]:
    """All of them, in the order of the claims W1 to W10."""
    return _CONSTRAINTS


def constraint(name: str) -> Constraint:
    """The one of that name. Raises UnknownName."""
    named = {each.name: each for each in _CONSTRAINTS}
    if name not in named:
        raise UnknownName("constraint", name, named)
    return named[name]


# How each is measured: what a play or a trial came to, compared with what is asked.


def _immediate_logout(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    seconds = played(bench, "revocation", mode, preset, switches).measures["after_logout_seconds"]
    return Fit(seconds == 0, f"after logout: {lasting(seconds)}")


def _classic_application(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    status = trials.page_without_script(bench, mode, preset, switches)
    return Fit(status == 200, f"a page is answered {status}")


def _security_first(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    revoked = played(bench, "revocation", mode, preset, switches).attacker_seconds
    demoted = played(bench, "stale_role", mode, preset, switches).attacker_seconds
    unnoticed = played(bench, "theft", mode, preset, switches).attacker_seconds
    said = f"after the worst act: {lasting(revoked)}; after a demotion: {lasting(demoted)}; unnoticed: "
    return Fit(revoked == demoted == 0 and unnoticed is not None, said + lasting(unnoticed))


def _own_infrastructure(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    found = played(bench, "two_nodes", mode, preset, switches).measures
    return Fit(found["refused"] == 0, f"{found['refused']} of {found['calls']} calls refused")


def _list_of_logins(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    found = trials.logins_listed(bench, mode, preset, switches)
    if found.rows is None:
        return Fit(False, "no list")
    return Fit(found.rows == 2 and found.seconds == 0, f"{found.rows} listed; what was ended: {lasting(found.seconds)}")


def _microservices(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    refused = trials.refused_elsewhere(bench, mode, preset, switches)
    relay = played(bench, "cross_service_relay", mode, preset, switches)
    stranger = lasting(relay.attacker_seconds) if relay.applies else "not at all"
    said = f"{refused} of {trials.CALLS} calls refused; another service's token serves: {stranger}"
    return Fit(refused == 0 and relay.verdict != "breached", said)


def _statelessness(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    found = played(bench, "login", mode, preset, switches).measures
    asked = found["store_reads_per_request"] + found["store_writes_per_request"]
    kept = found["server_bytes"]
    said = f"{counted(asked, 'store hit')} per call; {counted(kept, 'byte')} of values kept per login"
    return Fit(asked == kept == 0, said)


def _mobile(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    found = app_week.week(bench, mode, preset, **switches)
    said = f"a transfer is answered {found.transfer}; {counted(found.logins, 'more login')} in a week"
    return Fit(found.transfer == 200 and found.logins == 0, said)


def _cross_domain(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    status = trials.page_of_partner(bench, mode, preset, switches)
    seconds = forged_form.obeyed_for(bench, mode, preset, **switches)
    read = "reads nothing" if status is None else f"reads a {status}"
    said = f"the partner's page {read}; a forged form is obeyed after a login: {forged_form.obeyed(seconds)}"
    return Fit(status == 200 and seconds == 0, said)


def _api_first(bench: Workbench, mode: str, preset: str, switches: Switches) -> Fit:
    found = trials.client_with_header(bench, mode, preset, switches)
    called = "no credential in the login's body" if found.status is None else f"a call is answered {found.status}"
    challenge = "with" if found.refusal.header("WWW-Authenticate") else "without"
    said = f"{called}; a bad credential {found.refusal.status}, {challenge} a challenge"
    return Fit(found.status == 200 and found.challenged, said)


_CONSTRAINTS: Final = (
    Constraint(
        "immediate logout",
        "From logout on, a copy of the credential serves for 0 s.",
        _immediate_logout,
    ),
    Constraint(
        "classic web application",
        "A page that is opened by its address, without script, is answered 200.",
        _classic_application,
    ),
    Constraint(
        "security first",
        "Logout, logout everywhere, a new password and a demotion each end a way in after 0 s; a theft that nobody "
        "notices has an end.",
        _security_first,
    ),
    Constraint(
        "own infrastructure",
        "Over two nodes of one's own, 0 calls are refused.",
        _own_infrastructure,
    ),
    Constraint(
        "list of active logins",
        "Two devices are listed as 2 logins, and the one that is ended there gets in for 0 s more.",
        _list_of_logins,
    ),
    Constraint(
        "microservices",
        "Over two services that share keys and no store, 0 calls are refused, and no token of another service serves.",
        _microservices,
    ),
    Constraint(
        "statelessness",
        "A call costs 0 reads and writes of the store, and a login leaves 0 bytes of values on the server.",
        _statelessness,
    ),
    Constraint(
        "mobile",
        "A client that is no browser, and keeps what the login hands out, may transfer money (200); a working week "
        "asks for 0 more logins.",
        _mobile,
    ),
    Constraint(
        "cross-domain",
        "A page of a partner's site reads the profile (200), and a form of a hostile site moves 0, however "
        "young the cookie.",
        _cross_domain,
    ),
    Constraint(
        "API first",
        "A client with nothing but the Authorization header is served (200), and a bad credential is answered 401 "
        "with a challenge.",
        _api_first,
    ),
)
