"""Exercise 11: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import ast
import json

import pytest

import sandbox
from sandbox.claims import claim
from sandbox.claims.constraints import constraints
from sandbox.errors import BadStory
from sandbox.grading.suites.ex11_choose import CASES, _bench, fitting, measured
from sandbox.player import Player

from .submitted import SOLUTION, STUB, not_met, part_of

EXERCISE = "ex11_choose"
NAMES = [each.name for each in constraints()]
SOLVED = part_of(SOLUTION, EXERCISE)


def refused_by(choices):
    return not_met(sandbox.check(EXERCISE, choices=choices))


def but(**changed):
    """The solution, with other choices for these cases."""
    return {**SOLVED, **changed}


def test_the_stub_hears_one_reason_and_is_refused():
    assert refused_by(part_of(STUB, EXERCISE)) == ["none_left_out", "services", "phone", "shop", "wish"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, choices=SOLVED).passed


def test_a_solution_in_another_style_passes():
    class Choice(tuple):
        def __new__(cls, mode, *names):
            return super().__new__(cls, (frozenset(names), mode))

    other = {
        "wish": Choice(None, "immediate logout", "statelessness"),
        "shop": Choice("jwt", "cross-domain", "own infrastructure"),
        "phone": Choice("session", "immediate logout", "mobile"),
        "services": Choice("hybrid", "list of active logins", "microservices"),
        "library": Choice("session", "immediate logout", "security first", "classic web application"),
    }
    assert sandbox.check(EXERCISE, choices=other).passed


@pytest.mark.parametrize("name", ["library", "services"])
def test_to_name_what_at_once_says_passes(name):
    """In prose, both say that what is ended is over that second."""
    names, mode = SOLVED[name]
    assert sandbox.check(EXERCISE, choices=but(**{name: ([*names, "immediate logout"], mode)})).passed


def seen(choices):
    """What was seen, by the ids of the criteria that are not met."""
    result = sandbox.check(EXERCISE, choices=choices)
    return {each.criterion.id: each.seen for each in result.checked if not each.met}


WRONG = {
    "forgets_a_case": ({name: choice for name, choice in SOLVED.items() if name != "wish"},
                       ["complete", "wish"]),
    "invents_a_constraint": (but(phone=(["mobile", "immediate logout", "cheap"], "session")), ["complete", "phone"]),
    "misspells_one_and_leaves_one_out": (but(library=(["security frist"], "session"), wish=(["statelessness"], None)),
                                         ["complete", "none_left_out", "library"]),
    "misspells_one_and_adds_one": (but(library=(["security frist"], "session"),
                                       wish=([*SOLVED["wish"][0], "API first"], None)),
                                   ["complete", "none_added", "library"]),
    "misspells_all": ({name: (["imediate logout"], mode) for name, (_, mode) in SOLVED.items()},
                      ["complete", "none_left_out", "none_added", "library", "services", "phone", "shop", "wish"]),
    "hears_one_reason": (but(phone=(["mobile"], "session")), ["none_left_out"]),
    "asks_for_everything": ({name: (NAMES, mode) for name, (_, mode) in SOLVED.items()}, ["none_added"]),
    "adds_what_sounds_good": (but(shop=(["own infrastructure", "cross-domain", "security first"], "jwt")),
                              ["none_added"]),
    "takes_jwts_for_services": (but(services=(SOLVED["services"][0], "jwt")), ["services"]),
    "takes_sessions_for_services": (but(services=(SOLVED["services"][0], "session")), ["services"]),
    "takes_jwts_for_phones": (but(phone=(SOLVED["phone"][0], "jwt")), ["phone"]),
    "takes_hybrid_for_phones": (but(phone=(SOLVED["phone"][0], "hybrid")), ["phone"]),
    "takes_sessions_for_own_servers": (but(shop=(SOLVED["shop"][0], "session")), ["shop"]),
    "takes_hybrid_for_the_best_of_both": ({name: (names, "hybrid") for name, (names, _) in SOLVED.items()},
                                          ["library", "phone", "shop", "wish"]),
    "takes_jwts_for_a_web_site": (but(library=(SOLVED["library"][0], "jwt")), ["library"]),
    "promises_the_impossible": (but(wish=(SOLVED["wish"][0], "jwt")), ["wish"]),
    "gives_up_everywhere": ({name: (names, None) for name, (names, _) in SOLVED.items()},
                            ["library", "services", "phone", "shop"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    choices, criteria = WRONG[name]
    assert refused_by(choices) == criteria


@pytest.mark.parametrize("choice", [(), ("mobile",), ([["mobile"]], "jwt"), ([1], "jwt"), (["mobile"], ["jwt"]), 5])
def test_a_choice_that_is_none_is_refused_and_never_raises(choice):
    assert "complete" in refused_by(but(library=choice))


def test_each_case_leaves_one_mode_at_most_and_no_answer_fits_all():
    left = {name: fitting(case) for name, case in CASES.items()}
    assert all(len(modes) <= 1 for modes in left.values())
    assert {tuple(modes) for modes in left.values()} == {("session",), ("jwt",), ("hybrid",), ()}


def cell(id):
    cells = json.loads((STUB / f"{EXERCISE}.ipynb").read_text("utf-8"))["cells"]
    (found,) = ("".join(each["source"]) for each in cells if each["id"] == id)
    return found


def test_the_notebooks_table_has_each_constraint_under_its_own_name():
    names = ast.parse(cell("table")).body[0].value
    assert list(ast.literal_eval(names)) == NAMES
    for number, each in enumerate(constraints(), 1):
        assert each.asks in claim(f"W{number}").experiment


def test_the_notebook_tells_each_case_and_its_preset():
    told = cell("cases")
    for name, case in CASES.items():
        assert f"**{name}** (*played `{case.preset}`*)" in told


def test_what_is_seen_never_says_the_constraint_that_is_missing():
    result = sandbox.check(EXERCISE, choices=part_of(STUB, EXERCISE))
    (left_out,) = (each for each in result.checked if each.criterion.id == "none_left_out")
    assert not any(name in left_out.seen for name in NAMES)


def test_a_name_that_is_none_is_said_and_a_long_one_is_cut():
    assert seen(but(phone=(["mobil", "immediate logout"], "session")))["complete"] == (
        "phone: none of the ten constraints is named 'mobil'"
    )
    assert len(seen(but(phone=(["mobile" * 1000], "session")))["complete"]) < 100


@pytest.mark.parametrize("raised", [KeyboardInterrupt, BadStory])
def test_a_measurement_that_did_not_end_is_not_kept(monkeypatch, raised):
    measured.cache_clear()
    _bench.cache_clear()
    step = Player.step

    def broken(self):
        if self.position == 2:
            raise raised("interrupted")
        return step(self)

    monkeypatch.setattr(Player, "step", broken)
    with pytest.raises(raised):
        fitting(CASES["wish"])
    monkeypatch.undo()
    assert measured.cache_info().currsize == 0
    assert [fitting(case) for case in CASES.values()] == [["session"], ["hybrid"], ["session"], ["jwt"], []]
