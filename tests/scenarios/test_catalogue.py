"""Every cell of the catalogue's table of attacks: what each comes to without its defence, and with it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.defences import switch, switches
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.scenarios import CORE, story, story_ids
from sandbox.sweep import Matrix, Row, sweep
from sandbox.views.matrix import svg

NO_END = None
TA = 15 * 60.0
CAP = 86400.0

BREACHED, REFUSED = ("breached", NO_END, 200), ("held", 0.0, 401)
Cells = tuple[tuple[str, float | None, int | None], tuple[str, float | None, int | None] | None]

# Attack by attack and mode by mode: off -> on, each as verdict, attacker's seconds, last status. A mode that is left
# out can't have the attack. Seconds are counted from a theft, which mostly comes a minute after login.
TABLE: dict[str, tuple[str | None, dict[str, Cells]]] = {
    "credential_stuffing": ("throttle_login", dict.fromkeys(MODES, (BREACHED, ("held", 0.0, 429)))),
    "user_enumeration": ("dummy_hash", dict.fromkeys(MODES, (("breached", NO_END, 401), REFUSED))),
    "session_fixation": ("regenerate_id", {"session": (BREACHED, REFUSED)}),
    "sibling_subdomain": ("host_prefix", dict.fromkeys(("session", "hybrid"), (BREACHED, ("held", 0.0, 200)))),
    "script_reads_cookie": ("http_only", dict.fromkeys(("session", "hybrid"), (BREACHED, REFUSED))),
    "script_reads_storage": ("token_in_memory", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "script_in_open_tab": (None, dict.fromkeys(MODES, (BREACHED, None))),
    "sniffing": ("secure", dict.fromkeys(("session", "hybrid"), (BREACHED, REFUSED))),
    "csrf": (
        "same_site", {"session": (BREACHED, REFUSED), "jwt": (REFUSED, REFUSED), "hybrid": (REFUSED, REFUSED)}
    ),
    "csrf_token_in_cookie": ("same_site", {"jwt": (BREACHED, REFUSED)}),
    "csrf_without_samesite": ("csrf_token", {"session": (BREACHED, ("held", 0.0, 403))}),
    "logout_replay": (
        "end_on_logout",
        {"session": (BREACHED, REFUSED), "jwt": (BREACHED, BREACHED), "hybrid": (BREACHED, ("held", 0.0, 400))},
    ),
    "access_token_after_logout": (
        "denylist", dict.fromkeys(("jwt", "hybrid"), (("breached", TA - 60, 200), REFUSED))
    ),
    "password_change": ("user_epoch", dict.fromkeys(MODES, (BREACHED, REFUSED))),
    "stale_role": (
        "live_roles",
        {
            "session": (BREACHED, ("held", 0.0, 403)),
            "jwt": (("breached", TA - 60, 200), ("held", 0.0, 403)),
            "hybrid": (("breached", TA - 60, 200), ("held", 0.0, 403)),
        },
    ),
    "idle_polling": (
        "absolute_lifetime",
        {
            "session": (BREACHED, ("contained", CAP - 60, 200)),
            "hybrid": (BREACHED, ("contained", CAP - 1 + TA - 60, 200)),  # last refresh: a second before
        },
    ),
    "algorithm_none": ("pin_algorithms", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "algorithm_confusion": ("pin_algorithms", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "weak_secret": ("strong_key", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "cross_service_relay": ("verify_issuer_audience", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "token_type_confusion": (
        "verify_type", dict.fromkeys(("jwt", "hybrid"), (("breached", CAP - 60, 200), REFUSED))
    ),
    "no_expiry": ("require_exp", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "claims_are_readable": (
        "minimal_claims",
        {
            "session": (("held", 0.0, None), ("held", 0.0, None)),
            "jwt": (("breached", NO_END, None), ("held", 0.0, None)),
            "hybrid": (("breached", NO_END, None), ("held", 0.0, None)),
        },
    ),
    "kid_injection": ("kid_map", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
    "refresh_replay": ("rotate_refresh", {"hybrid": (BREACHED, ("held", 0.0, 400))}),
    "refresh_reuse": ("detect_reuse", {"hybrid": (BREACHED, ("contained", TA, 400))}),
    "refresh_race": ("reuse_grace", {"hybrid": (("breached", NO_END, 400), ("held", 0.0, 200))}),
    "store_leak": ("hash_at_rest", {"session": (BREACHED, REFUSED), "hybrid": (BREACHED, ("held", 0.0, 400))}),
    "denylist_growth": (
        "prune_denylist", dict.fromkeys(("jwt", "hybrid"), (("breached", NO_END, None), ("held", 0.0, None)))
    ),
    "key_rotation": (
        "key_overlap",
        {
            "session": (("held", 0.0, 200), ("held", 0.0, 200)),
            "jwt": (("breached", NO_END, 401), ("held", 0.0, 200)),
            "hybrid": (("contained", NO_END, 401), ("held", 0.0, 200)),  # heals at refresh
        },
    ),
    "clock_skew": ("leeway", dict.fromkeys(("jwt", "hybrid"), (("breached", NO_END, 401), ("held", 0.0, 200)))),
    "two_nodes": (
        "shared_store",
        {
            "session": (("breached", NO_END, 401), ("held", 0.0, 200)),
            "jwt": (("held", 0.0, 200), ("held", 0.0, 200)),
            "hybrid": (("breached", NO_END, 400), ("held", 0.0, 200)),
        },
    ),
    "cors_reflection": (
        "cors_allowlist",
        {
            "session": (BREACHED, ("held", 0.0, 200)),  # the server still answers; the browser keeps it from script
            "jwt": (REFUSED, REFUSED),
            "hybrid": (BREACHED, ("held", 0.0, 200)),
        },
    ),
    "oversized_cookie": (
        "size_guard",
        {"session": (("held", 0.0, 200), ("held", 0.0, 200)), "jwt": (("breached", NO_END, 401), ("held", 0.0, 400))},
    ),
    "sender_constraint": ("dpop", dict.fromkeys(("jwt", "hybrid"), (BREACHED, REFUSED))),
}  # fmt: skip

ATTACKS = [each for each in story_ids() if each not in CORE]
CELLS = [(attack, mode) for attack in TABLE for mode in MODES]

# What the article's advice alone does not hold: hardened does, with one exception.
UNDER_ADVICE = {
    "credential_stuffing", "user_enumeration", "sibling_subdomain", "script_reads_storage", "script_in_open_tab",
    "logout_replay", "access_token_after_logout", "password_change", "idle_polling", "token_type_confusion",
    "refresh_reuse", "store_leak", "denylist_growth", "key_rotation", "clock_skew", "oversized_cookie",
    "sender_constraint",
}  # fmt: skip


@cache
def matrix() -> Matrix:
    """The whole matrix, once for all tests of this file."""
    return sweep()


def row(attack: str, mode: str) -> Row:
    return matrix().row(attack, mode)


def cell(found: Any) -> Any:
    assert found is None or not found.error, found.error
    return found and (found.verdict, found.attacker_seconds, found.status)


def test_every_attack_of_the_catalogue_is_a_story_and_no_other() -> None:
    assert sorted(TABLE) == ATTACKS


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_the_pages_count_the_attacks_right(page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    assert set(re.findall(r"(\d+) attacks", text)) == {str(len(TABLE))}


@pytest.mark.parametrize("attack", TABLE)
def test_a_story_names_the_switch_that_answers_it(attack: str) -> None:
    assert story(attack).switch == TABLE[attack][0]


@pytest.mark.parametrize(("attack", "mode"), CELLS)
def test_a_cell_of_the_catalogue(attack: str, mode: str) -> None:
    found, expected = row(attack, mode), TABLE[attack][1].get(mode)
    assert found.applies == (expected is not None)
    if expected is None:
        assert found.why
        return
    assert (cell(found.off), cell(found.on)) == expected


@pytest.mark.parametrize("attack", [each for each in TABLE if TABLE[each][0]])
def test_hardened_holds_every_attack_that_has_a_defence(attack: str) -> None:
    found = {mode: cell(row(attack, mode).hardened)[0] for mode in TABLE[attack][1]}
    assert set(found.values()) <= {"held", "contained"}, found


def test_no_switch_stops_script_in_an_open_tab_and_the_story_says_so() -> None:
    assert {cell(row("script_in_open_tab", mode).hardened)[0] for mode in MODES} == {"breached"}
    assert story("script_in_open_tab").remains


@pytest.mark.parametrize("attack", TABLE)
def test_what_the_usual_advice_leaves_open(attack: str) -> None:
    found = {cell(row(attack, mode).as_advised)[0] for mode in TABLE[attack][1]}
    assert ("breached" in found) == (attack in UNDER_ADVICE)


@pytest.mark.parametrize("attack", TABLE)
def test_every_story_has_its_source_and_its_question(attack: str) -> None:
    assert story(attack).source
    for name in {name for given in story(attack).given.values() for name in given}:
        assert name in switches()


def test_the_picture_in_the_readme_shows_these_cells() -> None:
    picture = Path(__file__).parents[2] / "notebooks" / "pictures" / "matrix.svg"
    stored = picture.read_text(encoding="utf-8")
    if stored != svg.render(matrix()):  # a story that measures real time may be held up once: all is played again
        assert stored == svg.render(sweep()), "run: make matrix"


def test_an_idle_victim_is_not_helped_by_reuse_detection_and_the_story_says_so() -> None:
    player = Player(story("refresh_reuse"), preset="bare", settings={"rotate_refresh": True, "detect_reuse": True})
    outcome = player.run()["hybrid"]
    player.close()
    assert outcome.measures["idle_victim_seconds"] is None
    assert "FAPI 2.0" in story("refresh_replay").remains
    assert "idle" in story("refresh_reuse").remains


# Attacks that a second switch of hardened holds too.
IN_DEPTH = {"csrf": "csrf_token", "csrf_token_in_cookie": "csrf_token", "session_fixation": "host_prefix"}


def without(*names: str) -> dict[str, Any]:
    """These switches off, and all that require them."""
    off = {name: switch(name).off for name in names}
    for about in switches().values():
        if set(about.requires) & set(names):
            off |= without(about.name)
    return off


def verdicts(attack: str, off: dict[str, Any]) -> set[str | None]:
    """Of a play under hardened with these switches off."""
    player = Player(story(attack), preset="hardened", settings=off, transport="in-process")
    found = {outcome.verdict for outcome in player.run().values() if outcome.applies}
    player.close()
    return found


@pytest.mark.parametrize("attack", [each for each in TABLE if TABLE[each][0]])
def test_what_holds_an_attack_under_hardened_is_its_own_switch(attack: str) -> None:
    own, second = story(attack).switch, IN_DEPTH.get(attack)
    assert own
    assert ("breached" in verdicts(attack, without(own))) == (second is None)
    if second:
        assert "breached" in verdicts(attack, without(own, second))
