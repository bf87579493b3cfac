"""The stage in a notebook: hands pictures of the player to the front end, and does there what a person asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import anywidget
import traitlets

from sandbox.answers import CONFIDENCES
from sandbox.defences import PRESETS, Defences, parse_value, switch, switches
from sandbox.errors import BadInput, SandboxError, UnknownName
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.views import palette
from sandbox.views.stage import LEVELS
from sandbox.views.stage.flip import flip
from sandbox.views.stage.inspection import inspect
from sandbox.views.stage.picture import Pictures

FRONT: Final = Path(__file__).parent / "front"
SCRIPTS: Final = (
    "elements.js", "motion.js", "lanes.js", "timeline.js", "inspector.js", "controls.js", "cards.js", "stage.js",
)  # fmt: skip
"""One after another they are one ES module: nothing is built, nothing is fetched."""

QUICK: Final = ("inspect", "skip", "turn_to", "back", "predict")
"""What plays nothing: no need to say that it is being worked on."""

_ANEW: Final = "the story is played anew under other switches"
DOING: Final = {
    "preset": _ANEW, "switch": _ANEW, "reset": "beginning anew", "ask_again": "beginning anew",
    "advance": "moving the clock",
}  # fmt: skip
"""What is said of a wish while it is worked on, where that is not the next step."""

FIELDS: Final = {"advance": "minutes", "predict": "lock", "preset": "preset"}
"""The control at which the refusal of a wish is shown. A switch's: `switch NAME`."""


def script() -> str:
    """The front end's ES module."""
    return "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)


def style() -> str:
    """The style sheet, in JupyterLab's light and dark, and in the reader's where there is no JupyterLab."""
    light, dark = palette.variables(palette.LIGHT), palette.variables(palette.DARK)
    themes = (
        f".sbx-stage {{ {light} }}",
        f'body[data-jp-theme-light="false"] .sbx-stage {{ {dark} }}',
        f"@media (prefers-color-scheme: dark) {{ body:not([data-jp-theme-light]) .sbx-stage {{ {dark} }} }}",
    )
    return "\n".join((*themes, (FRONT / "stage.css").read_text(encoding="utf-8")))


class Stage(anywidget.AnyWidget):
    """One player's stage. Its state holds short names alone: full credentials go out only when asked for, unsaved."""

    _esm = traitlets.Unicode(script()).tag(sync=True)
    _css = traitlets.Unicode(style()).tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    """A `Picture` as JSON."""
    controls = traitlets.Dict().tag(sync=True)
    """What can be done now: see `_controls`."""
    about = traitlets.Dict().tag(sync=True)
    """What does not change: the switches, presets and confidences there are."""
    level = traitlets.Int(3, min=1, max=LEVELS).tag(sync=True)
    lane = traitlets.Unicode().tag(sync=True)
    """The mode that is shown where only one is."""

    def __init__(self, player: Player, *, level: int = 3) -> None:
        super().__init__(level=level, lane=_first_lane(player), about=_about())
        self.player = player
        self._skipped = -1
        self._working = ""
        self._problem = self._field = ""
        self._again: list[int] = []
        self._ran = 0
        self.on_msg(self._heard)
        player.watch(self._changed)
        self._show()

    # What a person asks for ---------------------------------------------

    def _heard(self, _: Any, wish: Any, __: Any = None) -> None:
        self.do(wish if isinstance(wish, dict) else {})

    def do(self, wish: Mapping[str, Any]) -> None:
        """Do what the front end sends: `{"do": "step"}`. What can't be done is said, and nothing is lost."""
        name = str(wish.get("do"))
        act = getattr(self, f"_do_{name}", None)
        self._field = f"switch {wish.get('name')}" if name == "switch" else FIELDS.get(name, "")
        if act is None:
            self._say(f"this stage knows no {name!r}")
            return
        doing = DOING.get(name) or self.player.next_title or "going on"
        self._problem, self._working = "", "" if name in QUICK else doing
        if self._working:
            self._say_working()
        try:
            act(wish)
        except SandboxError as error:
            self._problem = str(error)
        except KeyboardInterrupt:
            self._problem = "Interrupted. The next action replays the story up to here."
        except Exception as error:
            self._problem = f"That failed: {type(error).__name__}. The next action replays the story up to here."
            raise
        finally:
            self._working = ""
            self._show()

    def _do_step(self, wish: Mapping[str, Any]) -> None:
        """From the page that was seen: a click that comes late, or from a second view, does not step twice."""
        if wish.get("position", self.player.position) != self.player.position:
            return
        if self._on_the_way():
            self._go_on_asking()
        elif not self._asks():
            self.player.step()

    def _do_back(self, wish: Mapping[str, Any]) -> None:
        self.player.back()

    def _do_run(self, wish: Mapping[str, Any]) -> None:
        self.player.run()

    def _do_reset(self, wish: Mapping[str, Any]) -> None:
        self._skipped, self._again = -1, []
        self.player.reset()

    def _do_turn_to(self, wish: Mapping[str, Any]) -> None:
        self.player.turn_to(_part(wish, "position", int))

    def _do_advance(self, wish: Mapping[str, Any]) -> None:
        try:
            seconds = _part(wish, "seconds", float)
        except BadInput:
            self._problem = "give the minutes as a number, such as 15"
            return
        self.player.advance(seconds=seconds)

    def _do_predict(self, wish: Mapping[str, Any]) -> None:
        choices = {str(mode): str(choice) for mode, choice in _part(wish, "choices", dict).items() if choice}
        for mode in choices:
            if mode not in self.player.asked_modes:
                raise UnknownName("mode", mode, self.player.asked_modes)
        if missing := [mode for mode in self.player.asked_modes if mode not in choices]:
            self._problem = f"choose an answer for {', '.join(missing)} first"
            return
        self.player.predict(confidence=wish.get("confidence") or None, **choices)

    def _do_skip(self, wish: Mapping[str, Any]) -> None:
        self._skipped = self.player.position

    def _do_preset(self, wish: Mapping[str, Any]) -> None:
        preset = _part(wish, "preset", str)
        if preset not in PRESETS:
            raise UnknownName("preset", preset, PRESETS)
        self.player.switch(preset=preset)

    def _do_switch(self, wish: Mapping[str, Any]) -> None:
        name, value = _part(wish, "name", str), _part(wish, "value", _as_text)
        setting: dict[str, Any] = {name: parse_value(switch(name), value)}
        self.player.switch(**setting)

    def _do_ask_again(self, wish: Mapping[str, Any]) -> None:
        """Play anew up to the first question that brought a surprise: it is asked again, the others are not."""
        surprising = [number for number, step in enumerate(self.player.shown.steps, 1) if step.surprises()]
        self.player.reset()
        self._again = surprising
        self._go_on_asking()

    def _go_on_asking(self) -> None:
        while self._on_the_way():
            self.player.step()

    def _on_the_way(self) -> bool:
        """Whether the next question that is asked again lies further on."""
        return bool(self._again) and self.player.position < self._again[0] - 1

    def _do_inspect(self, wish: Mapping[str, Any]) -> None:
        """Answered by a message: what is in no state is in no saved notebook."""
        mode, position, number = _part(wish, "mode", str), _part(wish, "position", int), _part(wish, "number", int)
        steps = self.player.record.steps
        lane = steps[position - 1].lanes.get(mode) if 0 < position <= len(steps) else None
        if lane is None or not 0 <= number < len(lane.exchanges):
            self._problem = "this arrow is gone: the story was played anew"
            return
        found = inspect(self.player.record, mode, position, number, reveal=bool(wish.get("reveal")))
        answer = {"inspection": found.to_json(), "mode": mode, "position": position, "number": number}
        self.send({**answer, "view": wish.get("view")})

    # What is to be seen --------------------------------------------------

    def _say(self, problem: str) -> None:
        self._problem = problem
        self._show()

    def _asks(self) -> bool:
        """Whether a question holds the next step back."""
        player = self.player
        open_question = player.question is not None and player.prediction is None
        return open_question and self._skipped != player.position and not self._on_the_way()

    def _changed(self) -> None:
        """The player has done something, here or elsewhere: what could not be done before is no news any more."""
        self._problem = ""
        self._show()

    def _say_working(self) -> None:
        """While something is under way, what was there stays; the line that is announced says how far it is."""
        self.controls = self._controls()

    def _show(self) -> None:
        player = self.player
        ran = len(player.record.steps)
        if ran < self._ran:  # begun anew
            self._skipped, self._again = -1, []
        self._ran = ran
        while self._again and player.position >= self._again[0]:
            self._again.pop(0)
        if self._working:
            self._say_working()
            return
        with self.hold_sync():
            self.picture = Pictures(player.record, player.before).at(player.position, player.now).to_json()
            self.controls = self._controls()

    def _controls(self) -> dict[str, Any]:
        player, question = self.player, self.player.question
        return {
            "story": player.story.about,
            "next": player.next_title,
            "finished": player.finished,
            "working": self._working,
            "problem": self._problem,
            "problem_at": self._field if self._problem else "",
            "notice": player.notice,
            "asks": self._asks(),
            "question": question and {
                "text": question.text,
                "choices": list(question.choices),
                "modes": list(player.asked_modes),
                "locked": player.prediction,
                "before": player.surprised_before,
            },
            "predicted": sum(len(step.prediction or ()) for step in player.shown.steps),
            "preset": player.preset,
            "flipped": _flipped(player),
            "flip": found.to_json() if (found := flip(player.before, player.record, player.position)) else None,
            "levers": list(player.story.shown_levers[:3]),
            "values": {name: getattr(player.defences, name) if about.kind in ("flag", "choice")
                       else player.defences.shown(name) for name, about in switches().items()},
        }  # fmt: skip


def _first_lane(player: Player) -> str:
    """The first mode in which the story can be, as far as that is known."""
    outcomes = player.record.outcomes
    return next((mode for mode in player.modes if mode not in outcomes or outcomes[mode].applies), player.modes[0])


_Part = TypeVar("_Part")


def _part(wish: Mapping[str, Any], name: str, kind: Callable[[Any], _Part]) -> _Part:
    """One part of a wish. Raises BadInput where it is missing, or of another kind."""
    try:
        return kind(wish[name])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadInput(f"the stage was sent no {name} that it can read") from None


def _as_text(value: Any) -> str:
    """A value as `parse_value` takes it. Raises TypeError for what no control sends."""
    if not isinstance(value, bool | int | str):
        raise TypeError(value)
    return str(value)


def _flipped(player: Player) -> list[str]:
    """The switches that differ from what the story begins with under its preset; bcrypt's cost apart."""
    start = Defences.preset(player.preset).but(**player.story.settings(player.modes)).to_json()
    now = player.defences.to_json()
    return [name for name in now if now[name] != start[name] and name != "bcrypt_cost"]


def _about() -> dict[str, Any]:
    return {
        "modes": list(MODES),
        "quick": list(QUICK),
        "presets": list(PRESETS),
        "confidences": list(CONFIDENCES),
        "switches": {
            each.name: {"kind": each.kind, "choices": list(each.choices), "does": each.does, "cost": each.cost,
                        "source": each.source, "hint": "15min, 24h, 7d or none" if each.kind == "seconds" else ""}
            for each in switches().values()
        },
    }  # fmt: skip
