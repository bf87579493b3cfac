"""The headless player: steps a story in all its modes under one clock, asks, goes back, replays. No widgets."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, Protocol, TypeVar, cast

from sandbox.answers import CONFIDENCES, LONGEST
from sandbox.defences import Defences, Value, show_value, switch
from sandbox.engine import Story
from sandbox.errors import BadStory, BadSwitch, PredictionRefused, SandboxError, UnknownName
from sandbox.exchange import MODES
from sandbox.record import Outcome, Question, Record, StepRecord
from sandbox.run import Advanced, Run, Stepped

MOST_OPEN: Final = 8
"""Players whose servers run at once. An older one's is stopped; it starts anew when that player goes on."""

_open: list[weakref.ref[Player]] = []

_Act = TypeVar("_Act", bound=Callable[..., Any])


def _one_at_a_time(act: _Act) -> _Act:
    """A cell and a click may come from two threads of the kernel: the second waits for the first."""

    @wraps(act)
    def acting(player: Player, *args: Any, **named: Any) -> Any:
        with player._acting:
            outermost, player._at_it = not player._at_it, True
            if outermost:
                player.notice = ""
            try:
                return act(player, *args, **named)
            finally:
                player._at_it = not outermost

    return cast(_Act, acting)


class AnswerBook(Protocol):
    """Where a learner's answers are kept, if anywhere: see answers.py. Each call raises BadInput."""

    def add(
        self, question: str, mode: str, *, preset: str, choice: str, happened: str,
        confidence: str | None, misconception: str | None,
    ) -> Any:  # fmt: skip
        """Keep one answer."""
        ...

    def surprises(self) -> Iterable[Any]:
        """The latest answers that were wrong; each has its `question`."""
        ...


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
        if not modes:
            raise BadStory(f"choose at least one mode: {', '.join(MODES)}")
        self.modes: tuple[str, ...] = tuple(mode for mode in MODES if mode in modes)
        self.options = story.chosen(options or {})
        self.preset = preset
        chosen = dict(settings or {})
        self._given = story.settings(self.modes)
        self._always: dict[str, Value] = {"bcrypt_cost": chosen.get("bcrypt_cost", bcrypt_cost), **self._given}
        self.settings: dict[str, Value] = {**self._always, **self._checked(chosen)}
        self.notice = ""
        """What the player did by itself, in words: empty most of the time."""
        self._acting = threading.RLock()
        self._at_it = False
        self._watchers: list[Callable[[], None]] = []
        self._renderer: Renderer | None = None
        self._prediction: dict[str, str] | None = None
        self._confidence: str | None = None
        self._answers: AnswerBook | None = None
        self.before: Record | None = None
        """The run before the last switch was flipped, to compare with; None after a reset."""
        self.position = 0
        """How many steps are shown."""
        self._run = Run(
            story,
            self._defences(preset, self.settings),
            modes=self.modes,
            options=self.options,
            transport=transport,
        )
        _make_room(self)

    # Going on ---------------------------------------------------------

    @_one_at_a_time
    def step(self) -> StepRecord | None:
        """Show the next step: a recorded one after Back, else run it. None at the end. Raises ServerStopped."""
        if self.position == len(self._run.steps):
            if self._run.next is None:
                return None
            by_hand = bool(self._run.steps and self._run.steps[-1].by_hand)
            self._do(Stepped(self._prediction, self._confidence))
            if by_hand:
                self.notice = "The story goes on from before you moved the clock: what was tried has not happened."
            self._keep_answers(self._run.steps[-1])
            self._prediction = self._confidence = None
        self.position += 1
        self._changed()
        return self.current

    @_one_at_a_time
    def run(self) -> dict[str, Outcome]:
        """Step to the end; the outcome per mode."""
        while self.step():
            pass
        return self.outcome

    @_one_at_a_time
    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> StepRecord:
        """Move the one clock by hand. Whoever holds a credential tries it then, without consequence.

        The story's next step goes on from where the story was: the clock goes back, as if nothing had been tried.
        """
        total = seconds + minutes * 60 + hours * 3600 + days * 86400
        if not 0 < total <= 400 * 86400:
            raise BadStory("move the clock ahead by more than nothing and at most 400 days")
        self._do(Advanced(total))
        self.position = len(self._run.steps)
        self._changed()
        return self._run.steps[-1]

    @_one_at_a_time
    def back(self) -> None:
        """Show the step before. Nothing is undone: the record is turned back a page."""
        self.position = max(0, self.position - 1)
        self._changed()

    @_one_at_a_time
    def turn_to(self, position: int) -> None:
        """Show the record when so many steps had run: any page that is there, forth or back. Raises BadStory."""
        if not 0 <= position <= len(self._run.steps):
            raise BadStory(f"there is no page {position}: {len(self._run.steps)} steps have run")
        self.position = position
        self._changed()

    @_one_at_a_time
    def reset(self) -> None:
        """Start anew, on a fresh server."""
        self._take(self._run.fresh(self.defences))
        self.position, self._prediction, self._confidence, self.before = 0, None, None, None
        self._changed()

    @_one_at_a_time
    def predict(self, choice: str | None = None, *, confidence: str | None = None, **choices: str) -> None:
        """Commit to an answer before the step runs: one for all modes, or one per mode. Raises PredictionRefused.

        `confidence`: how sure, one of `CONFIDENCES`.
        """
        question = self.question
        if question is None:
            raise PredictionRefused("nothing is asked here: a prediction comes before the step that asks")
        if self._prediction is not None:
            raise PredictionRefused("the prediction is locked: run the step, or reset")
        if confidence is not None and confidence not in CONFIDENCES:
            raise PredictionRefused(f"{confidence!r} is no confidence: choose from {', '.join(CONFIDENCES)}")
        answers = dict.fromkeys(self.asked_modes, choice) if choice is not None else {}
        answers |= choices
        if any(cast(object, answer) is ... for answer in answers.values()):
            quoted = " or ".join(f'"{each}"' for each in question.choices)
            raise PredictionRefused(f"predict first: put {quoted}, with the quotes, in place of ...")
        for mode, answer in answers.items():
            if mode not in self.asked_modes:
                raise UnknownName("mode", mode, self.asked_modes)
            if answer not in question.choices:
                raise PredictionRefused(f"{answer!r} is no choice here: choose from {', '.join(question.choices)}")
        missing = [mode for mode in self.asked_modes if mode not in answers]
        if missing:
            raise PredictionRefused(f"predict for {', '.join(missing)} too")
        self._prediction = {mode: str(answers[mode]) for mode in self.asked_modes}
        self._confidence = confidence
        self._changed()

    def keep_answers(self, book: AnswerBook | None) -> Player:
        """From now on, what was predicted and what happened goes into this book too; None: into none."""
        self._answers = book
        return self

    # Other switches ---------------------------------------------------

    @_one_at_a_time
    def switch(self, preset: str | None = None, **settings: Value) -> None:
        """Take another preset, or flip switches, and replay the story up to where it stood. Raises BadSwitch."""
        new_preset = preset or self.preset
        new_settings = {**(self._always if preset else self.settings), **self._checked(settings)}
        defences = self._defences(new_preset, new_settings)
        before = self.record
        self._take(self._run.replay(defences))
        if defences != before.defences:  # who predicted spoke of those
            self._prediction = self._confidence = None
        self.before = before
        self.position = min(self.position, len(self._run.steps))
        self.preset, self.settings = new_preset, new_settings
        self._changed()

    # What is there to be seen -------------------------------------------

    @property
    def defences(self) -> Defences:
        """The switches of this play."""
        return self._run.box.defences

    @property
    def current(self) -> StepRecord | None:
        """The step that is shown; None before the first."""
        return self._run.steps[self.position - 1] if self.position else None

    @property
    def question(self) -> Question | None:
        """What is asked before the next step runs; None where nothing is, or where it has run already."""
        return self._run.next.ask if self._run.next and self.position == len(self._run.steps) else None

    @property
    def prediction(self) -> dict[str, str] | None:
        """What was predicted for the next step; None as long as nothing is locked."""
        return self._prediction

    @property
    def question_id(self) -> str | None:
        """Of the question that is asked next: `theft/1` is the first of that story; None where nothing is asked."""
        return self._question_id(len(self._run.steps)) if self.question else None

    @property
    def keeps_answers(self) -> bool:
        """Whether a book was given to `keep_answers`."""
        return self._answers is not None

    @property
    def surprised_before(self) -> bool:
        """Whether the question that is asked next brought a surprise when it was asked last, as far as is kept."""
        try:
            kept = list(self._answers.surprises()) if self._answers else []
        except SandboxError:  # said when an answer is to be kept
            return False
        return any(each.question == self.question_id for each in kept)

    @property
    def asked_modes(self) -> tuple[str, ...]:
        """The modes that a prediction speaks of: those in which the story can be."""
        return tuple(mode for mode, lane in self._run.lanes.items() if lane.applies)

    @property
    def next_title(self) -> str | None:
        """The step that `step()` would show; None at the end."""
        if self.position < len(self._run.steps):
            return self._run.steps[self.position].title
        return self._run.next.title if self._run.next else None

    @property
    def finished(self) -> bool:
        """Whether the last step is shown."""
        return self.next_title is None

    @property
    def outcome(self) -> dict[str, Outcome]:
        """The outcome per mode, once the story has run to its end; empty before."""
        ended = self._run.next is None
        return {mode: lane.outcome for mode, lane in self._run.lanes.items() if ended and lane.outcome}

    @property
    def record(self) -> Record:
        """All that has been recorded, whatever page is shown."""
        return self._record(self._run.steps)

    @property
    def shown(self) -> Record:
        """The record up to the step that is shown."""
        return self._record(self._run.steps[: self.position])

    @property
    def now(self) -> float:
        """The simulated clock at the step that is shown, in seconds since the epoch."""
        return self.current.clock if self.current else self._run.start

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each action: this is how a view stays up to date."""
        self._watchers.append(changed)

    def close(self) -> None:
        """Stop the server. The record stays; going on starts a server anew."""
        self._run.box.close()

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

    def _checked(self, settings: Mapping[str, Value]) -> Mapping[str, Value]:
        """Raises BadSwitch for what would take away what the story rests on: a lifetime may differ, but not be none."""
        for name, value in settings.items():
            given = self._given.get(name)
            if name in self._given and value != given and (isinstance(given, str | bool) or value in (None, "none")):
                shown = show_value(switch(name), given)
                raise BadSwitch(f"{self.story.id} rests on {name}={shown}: without it, it can't be told")
        return settings

    @staticmethod
    def _defences(preset: str, settings: Mapping[str, Value]) -> Defences:
        return Defences.preset(preset).but(**settings)

    def _do(self, action: Stepped | Advanced) -> None:
        """On a run that can go on; after an interrupt or a stop, that is a replay of all that was done."""
        if not self._run.usable:
            self._take(self._run.replay(self.defences))
            self.notice = "The server had stopped, or a step was interrupted: the story was replayed up to here."
        self._run.do(action)

    def _question_id(self, place: int) -> str:
        """Of the question before the step at that place, from 0: counted among the questions of its story."""
        return f"{self.story.id}/{1 + sum(step.question is not None for step in self._run.steps[:place])}"

    def _keep_answers(self, step: StepRecord) -> None:
        """Tell the book what was predicted of a step that has just run. What can't be kept is said, and no more."""
        if self._answers is None or step.prediction is None or step.question is None:
            return
        question = self._question_id(len(self._run.steps) - 1)
        try:
            for mode, choice in step.prediction.items():
                known = choice in step.question.misconceptions
                self._answers.add(
                    question, mode, preset=self._conditions(), choice=choice, happened=str(step.lanes[mode].answer),
                    confidence=step.confidence, misconception=f"{question}/{choice}" if known else None,
                )  # fmt: skip
        except SandboxError as error:
            self.notice = str(error)

    def _conditions(self) -> str:
        """`as_written+rotate_refresh=on`: under which switches something was predicted."""
        changed = [f"{name}={self.defences.shown(name)}" for name in self.defences.beside(self.preset)]
        return "+".join((self.preset, *changed))[:LONGEST]

    def _take(self, run: Run) -> None:
        """Go on with that run in place of the one before."""
        self._run.box.close()
        self._run = run
        _make_room(self)

    def _record(self, steps: list[StepRecord]) -> Record:
        return Record(
            scenario=self.story.id,
            title=self.story.title,
            preset=self.preset,
            defences=self.defences,
            modes=self.modes,
            steps=tuple(steps),
            outcomes=self._not_applicable() | (self.outcome if len(steps) == len(self._run.steps) else {}),
            names={mode: lane.names for mode, lane in self._run.lanes.items()},
            options=self.options,
            switch=self.story.switch,
            remains=self.story.remains,
            source=self.story.source,
            levers=self.story.shown_levers,
        )

    def _not_applicable(self) -> dict[str, Outcome]:
        return {mode: lane.outcome for mode, lane in self._run.lanes.items() if lane.outcome and not lane.applies}

    def _changed(self) -> None:
        for changed in self._watchers:
            changed()


def _make_room(player: Player) -> None:
    """Stop the servers of the oldest players, so that a notebook full of them does not hold a port each."""
    alive = [ref for ref in _open if (other := ref()) and other is not player and other._run.box.running]
    for ref in alive[: max(0, len(alive) - MOST_OPEN + 1)]:
        if other := ref():
            other.close()
    _open[:] = [*alive, weakref.ref(player)]
