"""Choosing by constraints: what each of five cases asks for is measured in the chosen mode, by playing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sandbox.claims.constraints import Fit, constraint, constraints
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES
from sandbox.grading.exercise import Broken, Criterion, Exercise, expect
from sandbox.grading.visit import Visit


@dataclass(frozen=True)
class Case:
    """What a case asks for, by the constraints' names, and the preset it is played under. `implied`: may be named too,
    for one that is asked for includes it.
    """

    asks: tuple[str, ...]
    preset: str
    implied: tuple[str, ...] = ()


CASES: Final[Mapping[str, Case]] = {
    "library": Case(("classic web application", "security first"), "hardened", implied=("immediate logout",)),
    "services": Case(("microservices", "list of active logins"), "hardened", implied=("immediate logout",)),
    "phone": Case(("mobile", "immediate logout"), "as_written"),
    "shop": Case(("own infrastructure", "cross-domain"), "as_written"),
    "wish": Case(("statelessness", "immediate logout"), "hardened"),
}
"""The notebook tells each of them in prose."""

LONGEST: Final = 30
"""Letters that are repeated of a name that is no constraint's."""


@cache
def measured(asked: str, mode: str, preset: str) -> Fit:
    """Whether that mode meets that constraint under that preset: played once, whoever asks.

    What raises is not kept, here or by the workbench: who interrupts a check may run it again.
    """
    return constraint(asked).meets(_bench(), mode, preset)


@cache
def _bench() -> Workbench:
    return Workbench()


def fitting(case: Case) -> list[str]:
    """The modes that meet all that a case asks for, as measured."""
    return [mode for mode in MODES if all(measured(each, mode, case.preset).met for each in case.asks)]


def chosen(visit: Visit, name: str) -> tuple[set[str], str | None]:
    """The constraints and the mode that were chosen for that case. Raises Broken."""
    answer = visit.call("GET", f"/choices/{name}", actor="alice")
    expect(answer.status != 404, f"{name}: there is no choice for this case")
    named, mode = answer.field("constraints"), answer.field("mode")
    known = {each.name for each in constraints()}
    expect(isinstance(named, list), f"{name}: the constraints are no list")
    wrong = [str(each) for each in named if not isinstance(each, str) or each not in known]
    expect(not wrong, f"{name}: none of the ten constraints is named {', '.join(map(_quoted, wrong))}")
    expect(mode is None or mode in MODES, f"{name}: the mode is none of {', '.join(MODES)}, and not None")
    return set(named), mode


def _quoted(told: str) -> str:
    return repr(told if len(told) <= LONGEST else f"{told[:LONGEST]}...")


def _complete(visit: Visit) -> None:
    for name in CASES:
        chosen(visit, name)


def _well_formed(visit: Visit) -> Iterator[tuple[str, Case, set[str]]]:
    """Each case with the constraints that were chosen for it; what can't be read is left to `complete`.

    Raises Broken where nothing can.
    """
    read = 0
    for name, case in CASES.items():
        try:
            named, _ = chosen(visit, name)
        except Broken:
            continue
        read += 1
        yield name, case, named
    expect(read > 0, "no case has a choice that can be read")


def _none_left_out(visit: Visit) -> None:
    for name, case, named in _well_formed(visit):
        missing = len(set(case.asks) - named)
        expect(not missing, f"{name}: the case asks for {missing} more than your constraints say")


def _none_added(visit: Visit) -> None:
    for name, case, named in _well_formed(visit):
        added = len(named - {*case.asks, *case.implied})
        expect(not added, f"{name}: {added} of your constraints are nothing that the case asks for")


def _plays(name: str) -> Callable[[Visit], None]:
    """The chosen mode is measured against what that case asks for."""

    def play(visit: Visit) -> None:
        case = CASES[name]
        _, mode = chosen(visit, name)
        if mode is None:
            expect(not fitting(case), "you say that no mode does it, and one does")
            return
        for each in case.asks:
            fit = measured(each, mode, case.preset)
            expect(fit.met, f"{mode} mode, played {case.preset}: {fit.said}")

    return play


EXERCISE = Exercise(
    "ex11_choose",
    "Choosing by constraints",
    ("choices",),
    (
        Criterion("complete", "each of the five cases has constraints and a mode",
                  "for each case two things: a list of names as the table has them, and a mode, or None", False,
                  _complete),
        Criterion("none_left_out", "no constraint that a case asks for is left out",
                  "take the case sentence by sentence: which row of the table does each sentence stand for?", False,
                  _none_left_out),
        Criterion("none_added", "no constraint is added that a case does not ask for",
                  "what nobody asked for rules out modes for nothing: point at the words that ask for it", False,
                  _none_added),
        Criterion("library", "library: pages open by their address, and every way in has an end",
                  "which mode is served where no script runs?", False, _plays("library")),
        Criterion("services", "services: another service's token is worth nothing, and a stolen laptop is thrown out",
                  "two rows, played hardened: which mode is in both?", True, _plays("services")),
        Criterion("phone", "phone: from the logout on, a copy of what the phone kept is worth nothing",
                  "look at the row of the logout first, as written: can that mode not be on a phone?", True,
                  _plays("phone")),
        Criterion("shop", "shop: each node serves the customers, and a hostile page moves nothing",
                  "whose credential can a second node check alone, and who sends it along?", True, _plays("shop")),
        Criterion("wish", "wish: what no mode keeps is promised to nobody",
                  "intersect the two rows, and believe the result", False, _plays("wish")),
    ),
    after="Mallory reads the decision, too, and looks for the constraint that is not in it: who asked how long a theft "
    "lasts that nobody notices? A need that nobody wrote down is met by nobody.",
)  # fmt: skip
