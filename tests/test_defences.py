"""The switches and the presets are those of the catalogue, and no other value gets in."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.defences import PRESETS, Defences, parse_value, settings, show_value, switch, switches
from sandbox.errors import BadSwitch, SandboxError, UnknownName

MIN_5, MIN_15 = 300.0, 900.0

# The catalogue's table, copied by hand: bare, as_written, as_advised, hardened.
TABLE: dict[str, tuple[Any, Any, Any, Any]] = {
    "throttle_login": (False, False, False, True),
    "dummy_hash": (False, False, False, True),
    "regenerate_id": (False, False, True, True),
    "http_only": (False, True, True, True),
    "secure": (False, False, True, True),
    "same_site": ("unset", "unset", "Strict", "Strict"),
    "cookie_max_age": (None, None, 24 * HOUR, 24 * HOUR),
    "host_prefix": (False, False, False, True),
    "csrf_token": (False, False, True, True),
    "inactivity_timeout": (None, None, 24 * HOUR, HOUR),
    "absolute_lifetime": (None, None, None, 24 * HOUR),
    "jwt_lifetime": (None, 7 * DAY, MIN_15, MIN_15),
    "access_lifetime": (None, MIN_15, MIN_15, MIN_5),
    "refresh_lifetime": (None, 7 * DAY, 7 * DAY, 24 * HOUR),
    "end_on_logout": (False, True, True, True),
    "denylist": (False, False, False, True),
    "prune_denylist": (False, False, False, True),
    "user_epoch": (False, False, False, True),
    "live_roles": (False, True, True, True),
    "pin_algorithms": (False, True, True, True),
    "kid_map": (False, True, True, True),
    "strong_key": (False, False, True, True),
    "verify_issuer_audience": (False, False, True, True),
    "verify_type": (False, False, False, True),
    "require_exp": (False, False, True, True),
    "minimal_claims": (False, False, True, True),
    "rotate_refresh": (False, False, True, True),
    "detect_reuse": (False, False, False, True),
    "reuse_grace": (False, False, False, True),
    "hash_at_rest": (False, False, False, True),
    "shared_store": (False, False, True, True),
    "key_overlap": (False, False, False, True),
    "leeway": (False, False, False, True),
    "cors_allowlist": (False, True, True, True),
    "size_guard": (False, False, False, True),
    "token_in_memory": (False, False, False, True),
    "dpop": (False, False, False, False),
    "rfc6750_errors": (True, False, False, True),
    "refresh_cookie": (False, False, False, True),
    "carrier": ("default", "default", "default", "default"),
    "signing": ("HS256", "HS256", "HS256", "HS256"),
    "bcrypt_cost": (4, 10, 10, 12),
}
FLAGS = [name for name, values in TABLE.items() if isinstance(values[0], bool)]
TIMES = [
    "cookie_max_age", "inactivity_timeout", "absolute_lifetime", "jwt_lifetime", "access_lifetime", "refresh_lifetime",
]  # fmt: skip


# The presets ---------------------------------------------------------


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_has_the_catalogues_value(preset: str, name: str) -> None:
    wanted = TABLE[name][("bare", "as_written", "as_advised", "hardened").index(preset)]
    found = Defences.preset(preset).to_json()[name]
    assert (found, type(found)) == (wanted, type(wanted))


def test_every_switch_of_the_catalogue_is_declared_and_no_other() -> None:
    assert set(switches()) == set(TABLE)


def test_there_are_four_presets_from_weak_to_strong() -> None:
    assert PRESETS == ("bare", "as_written", "as_advised", "hardened")


def test_defences_without_a_word_are_bare() -> None:
    assert Defences() == Defences.preset("bare")


def test_an_unknown_preset_is_refused_with_the_presets() -> None:
    with pytest.raises(UnknownName, match=r"Did you mean hardened\? .*bare, as_written, as_advised, hardened"):
        Defences.preset("hardend")


# What is said of each switch -----------------------------------------


@pytest.mark.parametrize("name", TABLE)
def test_a_switch_says_what_it_does_what_it_costs_and_its_source(name: str) -> None:
    about = switch(name)
    assert about.does.endswith(".")
    assert about.cost.endswith(".")
    assert about.source


@pytest.mark.parametrize(
    ("name", "required"),
    [("host_prefix", ("secure",)), ("prune_denylist", ("denylist",)), ("detect_reuse", ("rotate_refresh",)),
     ("reuse_grace", ("rotate_refresh", "detect_reuse"))],
)  # fmt: skip
def test_a_switch_declares_what_it_requires(name: str, required: tuple[str, ...]) -> None:
    assert switch(name).requires == required


def test_the_answered_attack_is_named_for_all_that_answer_one() -> None:
    silent = {name for name, about in switches().items() if not about.answers}
    lifetimes = {"cookie_max_age", "inactivity_timeout", "jwt_lifetime", "access_lifetime", "refresh_lifetime"}
    shapes = {"rfc6750_errors", "refresh_cookie", "carrier", "signing", "bcrypt_cost"}
    assert silent == lifetimes | shapes


def test_an_unknown_switch_is_refused_with_a_guess_at_what_was_meant() -> None:
    with pytest.raises(UnknownName, match=r"unknown switch 'denilist'\. Did you mean denylist\?"):
        switch("denilist")


# A changed copy ------------------------------------------------------


def test_but_changes_a_copy_and_leaves_the_rest() -> None:
    before = Defences.preset("as_written")
    after = before.but(denylist=True)
    assert after.to_json() == before.to_json() | {"denylist": True}
    assert before.denylist is False


def test_defences_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Defences().secure = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"host_prefix": True}, "host_prefix requires secure"),
        ({"prune_denylist": True}, "prune_denylist requires denylist"),
        ({"detect_reuse": True}, "detect_reuse requires rotate_refresh"),
        ({"rotate_refresh": True, "reuse_grace": True}, "reuse_grace requires detect_reuse"),
        ({"same_site": "None"}, "same_site=None requires secure: turn on secure, or turn off same_site too"),
        ({"require_exp": True}, "require_exp requires finite jwt_lifetime and access_lifetime"),
        ({"require_exp": True, "jwt_lifetime": 60.0}, "require_exp requires finite"),
        ({"require_exp": True, "access_lifetime": 60.0}, "require_exp requires finite"),
    ],
)
def test_a_switch_without_what_it_requires_is_refused(setting: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSwitch, match=says):
        Defences().but(**setting)


@pytest.mark.parametrize(
    "setting",
    [
        {"host_prefix": True, "secure": True},
        {"same_site": "None", "secure": True},
        {"denylist": True, "prune_denylist": True},
        {"rotate_refresh": True, "detect_reuse": True, "reuse_grace": True},
        {"require_exp": True, "jwt_lifetime": 60.0, "access_lifetime": 60.0},
    ],
)
def test_a_switch_with_what_it_requires_is_taken(setting: dict[str, Any]) -> None:
    assert setting.items() <= Defences().but(**setting).to_json().items()


def test_what_another_switch_requires_cannot_be_turned_off_alone() -> None:
    with pytest.raises(BadSwitch, match="detect_reuse requires rotate_refresh"):
        Defences.preset("hardened").but(rotate_refresh=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secure", 1), ("secure", None), ("secure", "on"),
        ("same_site", "strict"), ("same_site", None), ("carrier", True),
        ("bcrypt_cost", 3), ("bcrypt_cost", 17), ("bcrypt_cost", True), ("bcrypt_cost", 4.0), ("bcrypt_cost", None),
        ("jwt_lifetime", 0), ("jwt_lifetime", -1), ("jwt_lifetime", True), ("jwt_lifetime", "soon"),
        ("jwt_lifetime", 3650 * DAY + 1), ("jwt_lifetime", float("nan")), ("jwt_lifetime", float("inf")),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SandboxError, match=name):
        Defences().but(**{name: value})


@pytest.mark.parametrize(("text", "seconds"), [("15min", 900.0), ("7d", 604800.0), ("none", None), ("30s", 30.0)])
def test_python_takes_a_time_as_the_command_line_does(text: str, seconds: float | None) -> None:
    assert Defences().but(jwt_lifetime=text).jwt_lifetime == seconds


# Written on a command line -------------------------------------------


@pytest.mark.parametrize("name", FLAGS)
def test_a_plain_name_turns_a_switch_on_and_without_turns_it_off(name: str) -> None:
    assert settings([name]) == {name: True}
    assert settings([], [name]) == {name: False}


@pytest.mark.parametrize(
    ("name", "strongest", "off"),
    [
        ("same_site", "Strict", "unset"), ("carrier", "cookie", "default"), ("signing", "RS256", "HS256"),
        ("cookie_max_age", 24 * HOUR, None), ("inactivity_timeout", HOUR, None), ("absolute_lifetime", 24 * HOUR, None),
        ("jwt_lifetime", MIN_15, None), ("access_lifetime", MIN_5, None), ("refresh_lifetime", 24 * HOUR, None),
        ("bcrypt_cost", 12, 4),
    ],
)  # fmt: skip
def test_a_plain_name_means_the_strongest_value(name: str, strongest: Any, off: Any) -> None:
    assert settings([name]) == {name: strongest}
    assert settings([], [name]) == {name: off}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("jwt_lifetime=15min", MIN_15), ("jwt_lifetime=7d", 7 * DAY), ("jwt_lifetime=24h", DAY),
        ("jwt_lifetime=90s", 90.0), ("jwt_lifetime=90", 90.0), ("jwt_lifetime=2 min", 120.0),
        ("jwt_lifetime=1 day 2 h", 93600.0), ("jwt_lifetime=1d2h", 93600.0),
        ("jwt_lifetime=none", None),
        ("secure=on", True), ("secure=OFF", False), ("secure=true", True), ("secure=False", False),
        ("same_site=Lax", "Lax"), ("same_site=None", "None"), ("signing=RS256", "RS256"), ("bcrypt_cost=5", 5),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is_written(text: str, value: Any) -> None:
    name = text.partition("=")[0]
    assert settings([text]) == {name: value}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jwt_lifetime=", "give a time such as 30s, 15min, 24h or 7d, or none"),
        ("jwt_lifetime=-1h", "give a time"), ("jwt_lifetime=1.5h", "give a time"), ("jwt_lifetime=None", "give a time"),
        ("jwt_lifetime=15 minutes", "give a time"), ("jwt_lifetime=\u0661min", "give a time"),
        ("jwt_lifetime=15min\n", "give a time"), ("jwt_lifetime=\x1b[2J", "give a time"),
        ("secure=yes", "Choose from: on, off"), ("secure=", "Choose from: on, off"),
        ("same_site=strict", "Did you mean Strict"), ("same_site=lax", "unset, None, Lax, Strict"),
        ("bcrypt_cost=four", "give a whole number"), ("bcrypt_cost=-4", "give a whole number"),
        ("sekure", "Did you mean secure"), ("=on", "unknown switch ''"), ("", "unknown switch ''"),
    ],
)  # fmt: skip
def test_a_badly_written_setting_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(SandboxError, match=says) as refused:
        settings([text])
    assert len(str(refused.value).splitlines()) == 1


def test_a_switch_cannot_be_set_and_turned_off_at_once() -> None:
    with pytest.raises(BadSwitch, match="secure is set and turned off at once"):
        settings(["secure"], ["secure"])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_value_is_read_as_it_is_shown(preset: str) -> None:
    defences = Defences.preset(preset)
    for name, about in switches().items():
        assert parse_value(about, defences.shown(name)) == getattr(defences, name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("secure", "on"), ("same_site", "Strict"), ("jwt_lifetime", "15 min"), ("absolute_lifetime", "1 day"),
     ("bcrypt_cost", "12"), ("dpop", "off")],
)  # fmt: skip
def test_a_value_is_shown_as_a_person_reads_it(name: str, shown: str) -> None:
    assert Defences.preset("hardened").shown(name) == shown


def test_no_end_is_shown_as_none() -> None:
    assert show_value(switch("jwt_lifetime"), None) == "none"


UNITS = st.sampled_from([("", 1.0), ("s", 1.0), ("min", MINUTE), ("h", HOUR), ("d", DAY)])


@given(name=st.sampled_from(TIMES), count=st.integers(0, 999_999_999), unit=UNITS)
def test_every_time_is_read_by_its_unit(name: str, count: int, unit: tuple[str, float]) -> None:
    assert parse_value(switch(name), f"{count}{unit[0]}") == count * unit[1]


@given(name=st.sampled_from(sorted(TABLE)), text=st.text(max_size=30))
def test_whatever_is_written_is_a_good_value_or_one_clear_refusal(name: str, text: str) -> None:
    refusal = ""
    try:
        setting = {name: parse_value(switch(name), text)}
        assert Defences.preset("hardened").but(**setting).to_json()[name] == setting[name]
    except SandboxError as refused:
        refusal = str(refused)
    assert len(refusal.splitlines()) <= 1
    assert not refusal or name in refusal
