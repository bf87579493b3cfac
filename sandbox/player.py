"""The headless player: steps a story in all its modes under one clock, asks, goes back, replays. No widgets."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from sandbox.box import Sandbox
from sandbox.clock import describe
from sandbox.defences import Defences, Value
from sandbox.engine import Lane, Step, Story
from sandbox.errors import BadStory, PredictionRefused, UnknownName
from sandbox.exchange import MODES
from sandbox.record import LaneStep, Outcome, Question, Record, StepRecord

MOST_OPEN: Final = 8
"""Players whose servers run at once. An older one's is stopped; it starts anew when that player goes on."""

_open: list[weakref.ref[Player]] = []


class Renderer(Protocol):
    """What a view brings along, so that the player can show itself without knowing any view."""

    def bundle(self, player: Player) -> dict[str, Any]:
        """A MIME bundle."""
        ...

    def text(self, player: Player, *, step: bool) -> str:
        """The text twin."""
        ...


class Player:
    """Plays one story. Every button of a view is a method here.

    `settings` are switches on top of the preset. `bcrypt_cost` overrides the preset's: 4 keeps a play short.
    Raises UnknownName, BadSwitch, BadStory.
    """

    def __init__(
        self,
        story: Story,
        *,
        preset: str = "as_written",
        settings: Mapping[str, Value] | None = None,
        modes: tuple[str, ...] = MODES,
        options: Mapping[str, str] | None = None,
        transport: str = "loopback",
        bcrypt_cost: int = 4,
    ) -> None:
        for mode in modes:
            if mode not in MODES:
                raise UnknownName("mode", mode, MODES)
        self.story = story
        self.modes: tuple[str, ...] = tuple(mode for mode in MODES if mode in modes)
        self.options = story.chosen(options or {})
        self.preset = preset
        self.settings: dict[str, Value] = {"bcrypt_cost": bcrypt_cost, **(settings or {})}
        self.notice = ""
        """What the player did by itself, in words: empty most of the time."""
        self._transport = transport
        self._watchers: list[Callable[[], None]] = []
        self._renderer: Renderer | None = None
        self._box = Sandbox(self._defences(preset, self.settings), transport=transport)
        self._prediction: dict[str, str] | None = None
        self._begin()

    # Going on ---------------------------------------------------------

    def step(self) -> StepRecord | None:
        """Show the next step: a recorded one after Back, else run it. None at the end. Raises ServerStopped."""
        self.notice = ""
        if self.position == len(self._steps):
            if self._next is None:
                return None
            self._act(self._run_next)
        self.position += 1
        self._changed()
        return self.current

    def run(self) -> dict[str, Outcome]:
        """Step to the end; the outcome per mode."""
        while self.step():
            pass
        return self.outcome

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> StepRecord:
        """Move the one clock by hand. Whoever holds a credential tries it then, without consequence."""
        total = seconds + minutes * 60 + hours * 3600 + days * 86400
        if not 0 < total <= 400 * 86400:
            raise BadStory("move the clock ahead by more than nothing and at most 400 days")
        self.position = len(self._steps)
        self._act(lambda: self._run_advance(total))
        self.position += 1
        self._changed()
        return self._steps[-1]

    def back(self) -> None:
        """Show the step before. Nothing is undone: the record is turned back a page."""
        self.position = max(0, self.position - 1)
        self._changed()

    def reset(self) -> None:
        """Start anew, on a fresh server."""
        self.notice = ""
        self._restart(self.defences)
        self._changed()

    def predict(self, choice: str | None = None, **choices: str) -> None:
        """Commit to an answer before the step runs: one for all modes, or one per mode. Raises PredictionRefused."""
        question = self.question
        if question is None:
            raise PredictionRefused("nothing is asked here: a prediction comes before the step that asks")
        if self._prediction is not None:
            raise PredictionRefused("the prediction is locked: run the step, or reset")
        answers = dict.fromkeys(self.asked_modes, choice) if choice is not None else {}
        answers |= choices
        for mode, answer in answers.items():
            if mode not in self.asked_modes:
                raise UnknownName("mode", mode, self.asked_modes)
            if answer not in question.choices:
                raise PredictionRefused(f"{answer!r} is no choice here: choose from {', '.join(question.choices)}")
        missing = [mode for mode in self.asked_modes if mode not in answers]
        if missing:
            raise PredictionRefused(f"predict for {', '.join(missing)} too")
        self._prediction = {mode: str(answers[mode]) for mode in self.asked_modes}
        self._changed()

    # Other switches ---------------------------------------------------

    def switch(self, preset: str | None = None, **settings: Value) -> None:
        """Take another preset, or flip switches, and replay the story up to where it stood. Raises BadSwitch."""
        new_preset = preset or self.preset
        cost = self.settings["bcrypt_cost"]
        new_settings = {"bcrypt_cost": cost, **settings} if preset else {**self.settings, **settings}
        defences = self._defences(new_preset, new_settings)
        self._replay(defences)
        self.preset, self.settings = new_preset, new_settings
        self._changed()

    # What is there to be seen -------------------------------------------

    @property
    def defences(self) -> Defences:
        """The switches of this play."""
        return self._box.defences

    @property
    def current(self) -> StepRecord | None:
        """The step that is shown; None before the first."""
        return self._steps[self.position - 1] if self.position else None

    @property
    def question(self) -> Question | None:
        """What is asked before the next step runs; None where nothing is, or where it has run already."""
        return self._next.ask if self._next and self.position == len(self._steps) else None

    @property
    def prediction(self) -> dict[str, str] | None:
        """What was predicted for the next step; None as long as nothing is locked."""
        return self._prediction

    @property
    def asked_modes(self) -> tuple[str, ...]:
        """The modes that a prediction speaks of: those in which the story can be."""
        return tuple(mode for mode, lane in self._lanes.items() if lane.outcome is None or lane.outcome.applies)

    @property
    def next_title(self) -> str | None:
        """The step that `step()` would show; None at the end."""
        if self.position < len(self._steps):
            return self._steps[self.position].title
        return self._next.title if self._next else None

    @property
    def finished(self) -> bool:
        """Whether the last step is shown."""
        return self.next_title is None

    @property
    def outcome(self) -> dict[str, Outcome]:
        """The outcome per mode, once the story has run to its end; empty before."""
        ended = self._next is None
        return {mode: lane.outcome for mode, lane in self._lanes.items() if ended and lane.outcome}

    @property
    def record(self) -> Record:
        """All that has been recorded, whatever page is shown."""
        return self._record(self._steps)

    @property
    def shown(self) -> Record:
        """The record up to the step that is shown."""
        return self._record(self._steps[: self.position])

    @property
    def now(self) -> float:
        """The simulated clock at the step that is shown, in seconds since the epoch."""
        return self.current.clock if self.current else self._start

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each action: this is how a view stays up to date."""
        self._watchers.append(changed)

    def close(self) -> None:
        """Stop the server. The record stays; going on starts a server anew."""
        self._box.close()

    def show_with(self, renderer: Renderer) -> Player:
        """Let a notebook, and `text`, show this player by `renderer`."""
        self._renderer = renderer
        return self

    def text(self, *, step: bool = False) -> str:
        """The text twin: the play as far as it is shown, or the shown step alone."""
        return self._renderer.text(self, step=step) if self._renderer else repr(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._renderer.bundle(self) if self._renderer else {"text/plain": repr(self)}

    def __repr__(self) -> str:
        done = f"step {self.position}" + (", finished" if self.finished else "")
        return f"<Player {self.story.id}, preset {self.preset}, {done}>"

    # ------------------------------------------------------------------

    @staticmethod
    def _defences(preset: str, settings: Mapping[str, Value]) -> Defences:
        return Defences.preset(preset).but(**settings)

    def _restart(self, defences: Defences) -> None:
        """A fresh server in place of the old one."""
        box = Sandbox(defences, transport=self._transport)
        self._box.close()
        self._box = box
        self._begin()

    def _begin(self) -> None:
        """Fresh lanes on a fresh server, nothing recorded."""
        _make_room(self)
        self._lanes: dict[str, Lane] = {
            mode: Lane(self.story, self._box, mode, self.options) for mode in self.modes
        }
        self._start = self._box.clock.now()
        self._steps: list[StepRecord] = []
        self._actions: list[tuple[str, Any]] = []
        self._prediction = None
        self._broken = False
        self.position = 0
        self._next = self._announced()

    def _announced(self) -> Step | None:
        """What every lane is about to do. Raises BadStory where they differ."""
        running = [lane for lane in self._lanes.values() if lane.outcome is None]
        finished = [lane for lane in self._lanes.values() if lane.outcome is not None and lane.outcome.applies]
        if not running:
            return None
        steps = [lane.announced for lane in running]
        first = steps[0]
        assert first is not None
        same = (first.title, first.after, first.ask)
        alike = all(step and (step.title, step.after, step.ask) == same for step in steps)
        if finished or not alike:
            raise BadStory(f"the steps of {self.story.id} don't line up: {[step and step.title for step in steps]}")
        return first

    def _act(self, action: Callable[[], None]) -> None:
        """Run an action on a server that runs; after an interrupt or a stop, replay up to here first."""
        if self._broken or not self._box.running:
            self.notice = "The server had stopped, or a step was interrupted: the story was replayed up to here."
            self._replay(self.defences)
        try:
            action()
        except BaseException:
            self._broken = True
            raise

    def _run_next(self) -> None:
        step = self._next
        assert step is not None
        self._box.clock.advance(seconds=step.after)
        lanes: dict[str, LaneStep] = {mode: lane.run() for mode, lane in self._lanes.items() if lane.outcome is None}
        self._next = self._announced()
        now = self._box.clock.now()
        self._steps.append(StepRecord(step.title, now, lanes, step.ask, self._prediction, step.source))
        self._actions.append(("step", self._prediction))
        self._prediction = None

    def _run_advance(self, seconds: float) -> None:
        self._box.clock.advance(seconds=seconds)
        lanes: dict[str, LaneStep] = {
            mode: lane.try_now() for mode, lane in self._lanes.items() if not lane.outcome or lane.outcome.applies
        }
        title = f"You move the clock on: {describe(seconds)}"
        self._steps.append(StepRecord(title, self._box.clock.now(), lanes, by_hand=True))
        self._actions.append(("advance", seconds))

    def _replay(self, defences: Defences) -> None:
        """The same actions on a fresh server, and the same page shown. Interrupted, it leaves all as it was."""
        before = vars(self).copy()
        try:
            self._restart(defences)
            for kind, value in before["_actions"]:
                if kind == "step" and self._next:
                    self._prediction = value
                    self._run_next()
                elif kind == "advance":
                    self._run_advance(value)
        except BaseException:
            self._box.close()
            vars(self).update(before, _broken=True)
            raise
        self.position = min(before["position"], len(self._steps))
        self._prediction = before["_prediction"]

    def _record(self, steps: list[StepRecord]) -> Record:
        return Record(
            scenario=self.story.id,
            title=self.story.title,
            preset=self.preset,
            defences=self.defences,
            modes=self.modes,
            steps=tuple(steps),
            outcomes=self.outcome if len(steps) == len(self._steps) else self._not_applicable(),
            names={mode: lane.names for mode, lane in self._lanes.items()},
            options=self.options,
        )

    def _not_applicable(self) -> dict[str, Outcome]:
        return {mode: lane.outcome for mode, lane in self._lanes.items() if lane.outcome and not lane.outcome.applies}

    def _changed(self) -> None:
        for changed in self._watchers:
            changed()


def _make_room(player: Player) -> None:
    """Stop the servers of the oldest players, so that a notebook full of them does not hold a port each."""
    alive = [ref for ref in _open if (other := ref()) and other is not player and other._box.running]
    for ref in alive[: max(0, len(alive) - MOST_OPEN + 1)]:
        if other := ref():
            other.close()
    _open[:] = [*alive, weakref.ref(player)]
