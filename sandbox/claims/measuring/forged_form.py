"""For how long after a login a form of another site is obeyed: tried with a cookie of one age or another."""

from __future__ import annotations

from bisect import bisect_left

from sandbox.claims.played import lasting
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY
from sandbox.defences import Value
from sandbox.engine import Scene
from sandbox.scenarios.csrf import EVIL, FORM, forged_transfer


def obeyed_for(bench: Workbench, mode: str, preset: str = "as_written", **switches: Value) -> float | None:
    """Simulated seconds, from the login on; 0.0: not even at once; None: still after a day.

    Raises UnknownName, BadSwitch.
    """
    return bench.once(_obeyed_for, mode, preset, tuple(sorted(switches.items())))


def _obeyed_for(bench: Workbench, mode: str, preset: str, switches: tuple[tuple[str, Value], ...]) -> float | None:
    def is_refused(age: int) -> bool:
        with bench.box(preset, **dict(switches)) as box:
            box.publish(EVIL, body=FORM)
            scene = Scene(box, mode, {})
            alice = scene.person("alice")
            alice.login()
            box.clock.advance(seconds=age)
            return not forged_transfer(scene, alice).ok

    ages = range(int(DAY))
    if not is_refused(ages[-1]):
        return None
    return float(bisect_left(ages, True, key=is_refused))


def obeyed(seconds: float | None) -> str:
    """`not at all`, `2 min`, `a day and on`: what `obeyed_for` found, in words."""
    return "a day and on" if seconds is None else lasting(seconds)
