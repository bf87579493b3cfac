"""The claims W1 to W10: when to choose sessions, and when JWTs. Each mode is measured against the demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, Claim, Finding, Table
from sandbox.claims.constraints import Constraint, constraint
from sandbox.claims.played import ADVISED, clauses, listed
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.defences import Value
from sandbox.exchange import MODES

RIVALS: Final = {"session": ("jwt", "hybrid"), "jwt": ("session",)}
"""Whom a choice is made against: hybrid mode's access token is a JWT too."""

Settings = Mapping[str, tuple[str, Mapping[str, Value]]]
"""By name, as in `played NAME`: a preset, and switches on top."""

_BOTH: Final[Settings] = {"as written": ("as_written", {}), "hardened": ("hardened", {})}


def choice(mode: str, asked: Constraint, more: Settings) -> Callable[[Workbench], Finding]:
    """The experiment of "choose `mode` when `asked`": under both presets, and under `more`."""

    def settle(bench: Workbench) -> Finding:
        fits = {
            name: {each: asked.meets(bench, each, preset, **switches) for each in MODES}
            for name, (preset, switches) in {**_BOTH, **more}.items()
        }
        met = {name: tuple(each for each in MODES if row[each].met) for name, row in fits.items()}
        verdict, condition = decided(mode, met)
        written = "; ".join(f"{each}: {fit.said}" for each, fit in fits["as written"].items())
        who = "; ".join(f"{name} by {listed(modes) or 'none'}" for name, modes in met.items())
        return Finding(
            verdict,
            f"Met {who}. As written, {written}.",
            condition,
            {"met": met, "said": {name: {each: fit.said for each, fit in row.items()} for name, row in fits.items()}},
            (
                Table(
                    asked.asks,
                    ("played", *MODES),
                    tuple(
                        (name, *(f"{'yes' if fit.met else 'no'}: {fit.said}" for fit in row.values()))
                        for name, row in fits.items()
                    ),
                ),
            ),
        )

    return settle


def decided(mode: str, met: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """The verdict on choosing `mode`, and the condition, from the modes that meet the demand under each setting.

    It holds where `mode` alone meets it, under every setting. It does not hold where `mode` never meets what one of
    its rivals misses: then the demand is no reason to choose it.
    """
    rivals = {name: [each for each in RIVALS[mode] if each in modes] for name, modes in met.items()}
    good = [name for name, modes in met.items() if mode in modes]
    ahead = [name for name in good if len(rivals[name]) < len(RIVALS[mode])]
    if not ahead:
        return DOES_NOT_HOLD, ""
    if len(good) == len(met) and not any(rivals.values()):
        return HOLDS, ""
    behind = [each for each in RIVALS[mode] if any(each not in rivals[name] for name in ahead)]
    alone = [name for name in good if not rivals[name]]
    where = f"all modes are played {listed(alone, 'or')}" if alone else f"the other choice is {listed(behind, 'or')}"
    sharing: dict[tuple[str, ...], list[str]] = {}
    for name in good:
        sharing.setdefault(tuple(rivals[name]), []).append(name)
    why = [
        f"{listed(names, 'or')}, {listed(others)} {'meets' if len(others) == 1 else 'meet'} the demand too"
        for others, names in sharing.items()
        if others
    ]
    if bad := [name for name in met if name not in good]:
        why.append(f"{listed(bad, 'or')}, {mode} misses the demand")
    return HOLDS_ONLY_IF, f"{where}: {clauses(why)}"


# ------------------------------------------------------------------------

NOTEBOOK: Final = "11_choose"


def _claim(id: str, mode: str, name: str, says: str, source: str, more: Settings, caveat: str = "") -> Claim:
    asked = constraint(name)
    experiment = f"Measure each mode {listed([*_BOTH, *more])}. {asked.asks}{caveat}"
    return Claim(id, says, experiment, source, NOTEBOOK, choice(mode, asked, more))


CLAIMS: tuple[Claim, ...] = (
    _claim(
        "W1", "session", "immediate logout",
        "Choose sessions when a logout must count at once.",
        "ASVS 5 7.4.1; RFC 7009 2.1",
        {"with a denylist": ("as_written", {"denylist": True})},
    ),
    _claim(
        "W2", "session", "classic web application",
        "Choose sessions for a classic web application, whose pages the server makes.",
        "RFC 6265bis 3; RFC 6750 2.1",
        {"with the credential in a cookie": ("as_written", {"carrier": "cookie"})},
    ),
    _claim(
        "W3", "session", "security first",
        "Choose sessions when security comes first.",
        "ASVS 5 7.3.2, 7.4.1, 7.4.3, 8.3.2",
        {
            "with a user epoch and an end after a day": (
                "as_written", {"user_epoch": True, "absolute_lifetime": DAY}
            ),
        },
    ),
    _claim(
        "W4", "session", "own infrastructure",
        "Choose sessions when the servers are your own.",
        "ASVS 5 7.4.1",
        {"with a shared store": ("as_written", {"shared_store": True})},
        " Nothing more is asked of owning them; a store that each of them reaches, which it makes easy, is tried too.",
    ),
    _claim(
        "W5", "session", "list of active logins",
        "Choose sessions when users are to see their active logins, and end them.",
        "ASVS 5 7.5.2",
        {"with a denylist": ("as_written", {"denylist": True})},
    ),
    _claim(
        "W6", "jwt", "microservices",
        "Choose JWTs for microservices.",
        "RFC 8725 3.8, 3.9; RFC 7519 4.1.3",
        {"with issuer and audience verified": ("as_written", {"verify_issuer_audience": True})},
        " With HS256, as here, each service that can verify can also sign.",
    ),
    _claim(
        "W7", "jwt", "statelessness",
        "Choose JWTs when the server is to keep no state.",
        "RFC 7519 1",
        {"without loading the user": ("as_written", {"live_roles": False})},
    ),
    _claim(
        "W8", "jwt", "mobile",
        "Choose JWTs for mobile apps.",
        "RFC 6750 2.1; RFC 6265bis 3",
        {
            "with a JWT of 15 min and RFC 6750's errors": (
                "as_written", {"jwt_lifetime": ADVISED, "rfc6750_errors": True}
            ),
        },
    ),
    _claim(
        "W9", "jwt", "cross-domain",
        "Choose JWTs when front ends of other domains call.",
        "Fetch 3.2; RFC 6265bis 4.1.2.7, 8.8",
        {
            "with SameSite=None": ("as_written", {"secure": True, "same_site": "None"}),
            "with a CSRF token besides": (
                "as_written", {"secure": True, "same_site": "None", "csrf_token": True}
            ),
        },
        " The model browser blocks no other site's cookies; some browsers do.",
    ),
    _claim(
        "W10", "jwt", "API first",
        "Choose JWTs when an API comes first.",
        "RFC 6750 2.1, 3.1; RFC 9110 11.6.1",
        {
            "with RFC 6750's errors and the credential in a header": (
                "as_written", {"carrier": "header", "rfc6750_errors": True}
            ),
        },
    ),
)  # fmt: skip
