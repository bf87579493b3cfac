"""One run of a story on one server: the lanes of all its modes, stepped together under one clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.box import Sandbox
from sandbox.clock import describe
from sandbox.defences import Defences
from sandbox.engine import Lane, Step, Story
from sandbox.errors import BadStory
from sandbox.record import LaneStep, StepRecord

Prediction = Mapping[str, str]


@dataclass(frozen=True)
class Stepped:
    """The story's next step was run, after this prediction."""

    prediction: Prediction | None
    confidence: str | None = None


@dataclass(frozen=True)
class Advanced:
    """The clock was moved by hand, by so many simulated seconds."""

    seconds: float


class Run:
    """Goes forward only. To go on after an interrupt, or under other switches, `replay` makes another run.

    Raises BadStory where the lanes' steps don't line up.
    """

    def __init__(
        self, story: Story, defences: Defences, *, modes: tuple[str, ...], options: Mapping[str, str], transport: str
    ) -> None:
        self.story = story
        self.box = Sandbox(defences, transport=transport)
        try:
            self.lanes = {mode: Lane(story, self.box, mode, options) for mode in modes}
            self.next = self._announced()
        except BaseException:
            self.box.close()
            raise
        self.start = self._told_until = self.box.clock.now()
        self.steps: list[StepRecord] = []
        self._actions: list[Stepped | Advanced] = []
        self._whole = True
        self._options, self._transport = options, transport

    @property
    def usable(self) -> bool:
        """Whether the server runs, and no action was broken off half-way."""
        return self._whole and self.box.running

    def do(self, action: Stepped | Advanced) -> None:
        """Run the next step, or move the clock. Broken off half-way, the run is not usable any more."""
        self._whole = False
        self.steps.append(self._step(action) if isinstance(action, Stepped) else self._advance(action))
        self._actions.append(action)
        self._whole = True

    def fresh(self, defences: Defences) -> Run:
        """Another run of the same story, from its beginning."""
        return Run(
            self.story, defences, modes=tuple(self.lanes), options=self._options, transport=self._transport
        )

    def replay(self, defences: Defences) -> Run:
        """The same actions on a fresh server, as far as the story goes. This run stays as it is.

        Under other switches nothing is predicted: who predicted spoke of these.
        """
        other = self.fresh(defences)
        same = defences == self.box.defences
        try:
            for action in self._actions:
                if other.next or isinstance(action, Advanced):
                    other.do(action if same or isinstance(action, Advanced) else Stepped(None))
        except BaseException:
            other.box.close()
            raise
        return other

    def _step(self, action: Stepped) -> StepRecord:
        step = self.next
        assert step is not None
        self.box.clock.rewind_to(self._told_until)  # what was tried by hand since has not happened
        self.box.clock.advance(seconds=step.after)
        self._told_until = self.box.clock.now()
        lanes: dict[str, LaneStep] = {mode: lane.run() for mode, lane in self.lanes.items() if lane.outcome is None}
        self.next = self._announced()
        return StepRecord(
            step.title, self.box.clock.now(), lanes, step.ask, action.prediction, step.source,
            confidence=action.confidence,
        )  # fmt: skip

    def _advance(self, action: Advanced) -> StepRecord:
        self.box.clock.advance(seconds=action.seconds)
        lanes: dict[str, LaneStep] = {mode: lane.try_now() for mode, lane in self.lanes.items() if lane.applies}
        title = f"You move the clock on: {describe(action.seconds)}"
        return StepRecord(title, self.box.clock.now(), lanes, by_hand=True)

    def _announced(self) -> Step | None:
        """What every lane is about to do; None at the end. Raises BadStory where they differ."""
        steps = [lane.announced for lane in self.lanes.values() if lane.applies]
        if all(step is None for step in steps):
            return None
        first = steps[0]
        if any(step is None or first is None or not step.lines_up_with(first) for step in steps):
            raise BadStory(f"the steps of {self.story.id} don't line up: {[step and step.title for step in steps]}")
        return first
