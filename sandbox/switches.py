"""What a switch is: its kind, what is known of it, its values as text. The switches themselves: defences.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.clock import DAY, describe, duration
from sandbox.errors import BadSwitch, UnknownName

Value = bool | float | int | str | None

PRESETS: Final = ("bare", "as_written", "as_advised", "hardened")
"""bare: no defence. as_written: the article's samples. as_advised: with its advice. hardened: all but `dpop`."""


@dataclass(frozen=True)
class Switch:
    """What is known of one switch. `presets` has its value under each of `PRESETS`, in that order."""

    name: str
    kind: str
    """flag (off or on), seconds (a lifetime in simulated seconds; None: no end), choice, or number."""
    does: str
    answers: str
    """The attack of the catalogue that it answers; empty where none is its own."""
    cost: str
    source: str
    presets: tuple[Value, Value, Value, Value]
    off: Value
    strongest: Value
    choices: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def flag(
    does: str,
    presets: str,
    *,
    answers: str = "",
    cost: str,
    source: str,
    requires: tuple[str, ...] = (),
) -> Any:
    """A switch that is off or on. `presets` is the catalogue's row: `- - x x`."""
    values = tuple(mark == "x" for mark in presets.split())
    return _field("flag", does, values, False, True, answers, cost, source, requires=requires)


def seconds(
    does: str, presets: tuple[Value, ...], *, strongest: float, answers: str = "", cost: str, source: str
) -> Any:
    """A lifetime in simulated seconds; None is no end."""
    return _field("seconds", does, presets, None, strongest, answers, cost, source)


def choice(
    does: str, presets: str, *, choices: tuple[str, ...], strongest: str, answers: str = "", cost: str, source: str
) -> Any:
    """One of several words; the first is the off value."""
    values = tuple(presets.split())
    return _field("choice", does, values, choices[0], strongest, answers, cost, source, choices=choices)


def number(
    does: str, presets: tuple[Value, ...], *, off: int, strongest: int, answers: str = "", cost: str, source: str
) -> Any:
    """A whole number."""
    return _field("number", does, presets, off, strongest, answers, cost, source)


def _field(
    kind: str,
    does: str,
    presets: tuple[Value, ...],
    off: Value,
    strongest: Value,
    answers: str,
    cost: str,
    source: str,
    **more: Any,
) -> Any:
    about = {
        "kind": kind, "does": does, "presets": presets, "off": off, "strongest": strongest,
        "answers": answers, "cost": cost, "source": source, **more,
    }  # fmt: skip
    return field(default=presets[0], metadata=about)


def parse_value(about: Switch, text: str) -> Value:
    """`15min` or `1 day 2 h` for seconds, `Strict` for a choice, `on` for a flag. Raises BadSwitch or UnknownName."""
    match about.kind:
        case "flag":
            words = {"on": True, "off": False, "true": True, "false": False}
            if text.lower() not in words:
                raise UnknownName(f"value of {about.name}", text, ("on", "off"))
            return words[text.lower()]
        case "choice":
            if text not in about.choices:
                raise UnknownName(f"value of {about.name}", text, about.choices)
            return text
        case "number":
            if not re.fullmatch(r"[0-9]{1,3}", text):
                raise BadSwitch(f"{about.name}={text!r}: give a whole number, such as {about.name}={about.strongest}")
            return int(text)
        case _:
            if text == "none":
                return None
            try:
                return duration(text)
            except ValueError:
                says = f"{about.name}={text!r}: give a time such as 30s, 15min, 24h or 7d, or none"
                raise BadSwitch(says) from None


def show_value(about: Switch, value: Value) -> str:
    """A value as a person reads it, and as `parse_value` takes it back."""
    if about.kind == "flag":
        return "on" if value else "off"
    if about.kind == "seconds":
        return "none" if value is None else describe(float(value))
    return str(value)


def check_value(about: Switch, value: Value) -> None:
    """Raises BadSwitch or UnknownName for a value of the wrong kind."""
    if value is None and about.kind == "seconds":
        return
    match about.kind:
        case "flag" if not isinstance(value, bool):
            raise BadSwitch(f"{about.name} is True or False, not {value!r}")
        case "choice" if value not in about.choices:
            raise UnknownName(f"value of {about.name}", value, about.choices)
        case "number" if isinstance(value, bool) or not isinstance(value, int) or not 4 <= value <= 16:
            raise BadSwitch(f"{about.name} is a whole number from 4 to 16, not {value!r}")
        case "seconds":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 1 <= float(value) <= 3650 * DAY:  # type: ignore[arg-type]
                raise BadSwitch(f"{about.name} is a time from 1 second to 3650 days, or None, not {value!r}")
