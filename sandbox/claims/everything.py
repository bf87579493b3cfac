"""All claims in their order, and their settling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from sandbox.claims import of_choices, of_hybrids, of_jwts, of_practices, of_samples, of_sessions, of_weaknesses
from sandbox.claims.claim import Claim, Finding
from sandbox.claims.workbench import Workbench
from sandbox.errors import UnknownName

FAMILIES: Final[Mapping[str, str]] = {
    "S": "What is said of sessions",
    "J": "What is said of JWTs",
    "H": "What is said of the hybrid",
    "W": "When to choose which",
    "P": "Practices that are advised",
    "V": "Weaknesses, and what ends each",
    "A": "What code samples do",
}
"""By the letter that a claim's id begins with."""

_MODULES: Final = (of_sessions, of_jwts, of_hybrids, of_choices, of_practices, of_weaknesses, of_samples)

Progress = Callable[[int, int], None]
"""Called with the claims that are settled, and their whole number."""


_CLAIMS: Final[dict[str, Claim]] = {each.id: each for module in _MODULES for each in module.CLAIMS}


def claim_ids() -> list[str]:
    """`S1`, `S2`, ... in their order."""
    return list(_CLAIMS)


def claim(id: str) -> Claim:
    """Raises UnknownName."""
    if id not in _CLAIMS:
        raise UnknownName("claim", id, _CLAIMS)
    return _CLAIMS[id]


def settle(ids: Iterable[str] = (), *, progress: Progress | None = None) -> dict[str, tuple[Claim, Finding]]:
    """Run the experiments of these claims, or of all, and say what they found, by id. Raises UnknownName.

    Claims that are settled one by one share what was played: a notebook shows ten in a row.
    """
    chosen = [claim(each) for each in (list(ids) or claim_ids())]
    bench = _one_by_one() if len(chosen) == 1 else Workbench()
    found = {}
    for done, each in enumerate(chosen, 1):
        found[each.id] = (each, each.settle(bench))
        if progress:
            progress(done, len(chosen))
    return found


@cache
def _one_by_one() -> Workbench:
    return Workbench()
