"""Plays a story in one mode: a lane of steps over the running sandbox. Knows no single story."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.actors.attacker import Attacker
from sandbox.actors.browser import Browser
from sandbox.actors.page import Page
from sandbox.box import Sandbox
from sandbox.defences import Value
from sandbox.errors import BadStory, UnknownName
from sandbox.exchange import Log, Request, Response
from sandbox.names import Names
from sandbox.record import LaneStep, Outcome, Question


@dataclass(frozen=True)
class Step:
    """Announces what comes next: a story's `yield Step(...)` opens a step, and the next `yield` ends it.

    `after`: simulated seconds since the step before; it moves the one clock, so it is the same in every mode.
    """

    title: str
    after: float = 0.0
    ask: Question | None = None
    because: str = ""
    source: str = ""

    def lines_up_with(self, other: Step) -> bool:
        """Whether two lanes announce the same: all but the explanation."""
        return (self.title, self.after, self.ask) == (other.title, other.after, other.ask)


Script = Callable[["Scene"], Generator[Step, None, Outcome]]


@dataclass(frozen=True)
class Story:
    """A story, written once and played in each mode.

    `options`: what may be chosen on top, each with its values; the first is the default.
    `not_in`: the reason why the story can't be in this mode with these options, or None.
    `switch`: the defence that answers this attack; None where there is none.
    `given`: by mode, the switches that the story sets under every preset, for without them it can't be told.
    `levers`: the switches that change most here, at most three, where `switch` alone does not say it.
    `source`: the weakness and the standard, with its section. `remains`: what no switch stops.
    `timed`: it measures real time, so nothing else should run beside it.
    """

    id: str
    title: str
    about: str
    script: Script
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_in: Callable[[str, Mapping[str, str]], str | None] = lambda mode, options: None
    switch: str | None = None
    given: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    source: str = ""
    remains: str = ""
    timed: bool = False
    levers: tuple[str, ...] = ()

    @property
    def shown_levers(self) -> tuple[str, ...]:
        """The names of the switches to be shown beside this story."""
        return self.levers or ((self.switch.partition("=")[0],) if self.switch else ())

    def settings(self, modes: Iterable[str]) -> dict[str, Value]:
        """All that the story sets for these modes: one server plays them. Raises BadStory where two contradict."""
        found: dict[str, Value] = {}
        for mode in modes:
            for name, value in self.given.get(mode, {}).items():
                if found.setdefault(name, value) != value:
                    raise BadStory(f"{self.id} gives {name} two values: play its modes one by one")
        return found

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """The options with their defaults. Raises UnknownName, BadStory."""
        for name, value in options.items():
            if name not in self.options:
                takes = ", ".join(self.options) or "none"
                raise BadStory(f"the story {self.id} has no option {name!r}; it takes: {takes}")
            if value not in self.options[name]:
                raise UnknownName(f"value of {name}", value, self.options[name])
        return {name: options.get(name, values[0]) for name, values in self.options.items()}


class Scene:
    """What a story's script works with, in one mode: people with browsers, and the means to look ahead."""

    def __init__(self, box: Sandbox, mode: str, options: Mapping[str, str]) -> None:
        self.box = box
        self.mode = mode
        self.options = options
        self.log = Log()
        self.answered: str | None = None
        self.lifetimes: list[int] = []
        """Seconds for which something was found to last, the latest first: a search tries them before others."""
        self.step = 0
        """The number of the step that is under way, or was last, from 1."""
        self.follows = 0
        """The number of the step after which the one that is under way goes on."""
        self._browsers: dict[str, Browser] = {}
        self._attacker: Attacker | None = None

    # People -----------------------------------------------------------

    def person(self, name: str) -> Page:
        """The bank's page of this mode, open in that person's fresh browser."""
        browser = self.box.browser(name, self.log)
        self._browsers[name] = browser
        return browser.open(self.mode)

    def attacker(self, name: str = "mallory") -> Attacker:
        self._attacker = self.box.attacker(name, self.log)
        self._browsers[name] = self._attacker.browser
        return self._attacker

    def browsers(self) -> Mapping[str, Browser]:
        return self._browsers

    def customer(self, name: str) -> Page:
        """One more customer of the bank, with an account of their own in this mode: Mallory may be one."""
        self.box.add_account(self.mode, name)
        return self.person(name)

    # What a script says of its step ------------------------------------

    def told(self, text: str) -> str:
        """The text with each `{switch}` as it stands here: `end_on_logout ({end_on_logout})` tells which it is."""
        return re.sub(r"\{(\w+)\}", lambda found: self.box.defences.shown(found[1]), text)

    def answer(self, choice: str) -> None:
        """The choice of this step's question that turned out to be true in this mode."""
        self.answered = choice

    @contextmanager
    def under(self, **settings: Value) -> Iterator[None]:
        """For the length of a block, the server runs under these switches too. Raises UnknownName, BadSwitch."""
        before = {name: getattr(self.box.defences, name) for name in settings}
        self.box.switch(**settings)
        try:
            yield
        finally:
            self.box.switch(**before)

    def at_once(self, browser: Browser, requests: Sequence[Request]) -> list[Response]:
        """Send these from that browser at the same time, a thread each; in turn where there are no threads.

        All are ready before the first is sent. The log has them by status, for nobody knows which came first.
        """
        mark = len(self.log)
        if sys.platform == "emscripten" or len(requests) < 2:
            answers = [browser.send(request) for request in requests]
        else:
            with ThreadPoolExecutor(len(requests)) as pool:
                answers = list(pool.map(browser.send, requests))
        self.log.keep(mark, tuple(sorted(self.log.since(mark), key=lambda each: each.response.status)))
        return answers

    # Moments ----------------------------------------------------------

    def save(self) -> Any:
        """This lane as it is now: what the servers keep, and every browser. The clock is not part of it."""
        browsers = {name: browser.save() for name, browser in self._browsers.items()}
        return self.box.save(self.mode), browsers, self.step

    def go_on_from(self, saved: Any) -> None:
        """Tell another way for the story to go on, from that moment: what the record has since is another branch."""
        self.restore(saved)
        *_, step = saved
        self.follows = min(step, self.follows)

    def restore(self, saved: Any) -> None:
        """Put the lane back to that moment, as if nothing had happened since; the clock stays."""
        servers, browsers, _ = saved
        self.box.restore(self.mode, servers)
        for name, browser in browsers.items():
            self._browsers[name].restore(browser)

    @contextmanager
    def supposing(self) -> Iterator[None]:
        """What is done in the block is tried, then put back: the record shows it; what follows knows nothing of it."""
        saved, mark = self.save(), len(self.log)
        try:
            yield
        finally:
            self.restore(saved)
            self.log.mark_tried(mark)

    def stored_bytes(self) -> int:
        """Bytes of all that this mode's store keeps now, the users apart."""
        tables = self.box.store(self.mode).tables()
        rows = (row for name, rows in tables.items() if name != "users" for row in rows)
        return sum(len(str(value).encode()) for row in rows for value in row.values() if value is not None)

    # Trying -----------------------------------------------------------

    def try_now(self) -> None:
        """Let whoever holds a credential try it now, without consequence: Mallory with loot, else who is logged in."""
        holder = next((b for name, b in reversed(self._browsers.items()) if _holds_something(b)), None)
        if holder is None:
            return
        with self.supposing():
            if self._attacker and holder is self._attacker.browser:
                self._attacker.get_in(self.mode)
            else:
                holder.open(self.mode).profile()


def _holds_something(browser: Browser) -> bool:
    held = browser.holdings()
    return bool(held.cookies or held.local_storage or held.memory)


class Lane:
    """One mode's run of a story: announces a step, runs it, records it."""

    def __init__(self, story: Story, box: Sandbox, mode: str, options: Mapping[str, str]) -> None:
        self.mode = mode
        self.names = Names()
        self.outcome: Outcome | None = None
        self.announced: Step | None = None
        self.scene = Scene(box, mode, options)
        self._told = 0
        """The number of the story's own step that ran last; what is tried by hand is none."""
        reason = story.not_in(mode, options)
        if reason is not None:
            self.outcome = Outcome(applies=False, summary=reason)
            return
        self._script = story.script(self.scene)
        self.announced = next(self._script)

    @property
    def applies(self) -> bool:
        """Whether the story can be in this mode."""
        return self.outcome is None or self.outcome.applies

    def run(self) -> LaneStep:
        """Run the announced step. Raises BadStory where the script moves the clock by itself."""
        step = self.announced
        assert step is not None
        mark, moment, dropped = len(self.scene.log), self.scene.box.clock.now(), self.scene.log.dropped
        self.scene.answered = None
        self.scene.step, self.scene.follows = self.scene.step + 1, self._told
        try:
            self.announced = next(self._script)
        except StopIteration as end:
            self.announced, self.outcome = None, end.value
        if self.scene.box.clock.now() != moment:
            raise BadStory(f"the step {step.title!r} moves the clock: give it `after=` instead")
        if step.ask and self.scene.answered not in step.ask.choices:
            raise BadStory(f"the step {step.title!r} asks, and {self.mode} mode answers {self.scene.answered!r}")
        self._told = self.scene.step
        return self._recorded(mark, step.because, self.scene.log.dropped - dropped)

    def try_now(self) -> LaneStep:
        """A step that the learner makes by moving the clock."""
        mark = len(self.scene.log)
        self.scene.answered = None
        self.scene.step, self.scene.follows = self.scene.step + 1, self.scene.step
        self.scene.try_now()
        return self._recorded(mark, "Tried, then put back: the story goes on as if nothing of it had happened.")

    def _recorded(self, mark: int, because: str, untold: int = 0) -> LaneStep:
        if broken := self.scene.log.broken:
            raise BadStory(f"in {self.mode} mode the server broke: {broken}. No verdict can be drawn from that")
        exchanges = self.scene.log.since(mark)
        for exchange in exchanges:
            self.names.learn(exchange)
        return LaneStep(
            exchanges=exchanges,
            tables=self.scene.box.store(self.mode).tables(),
            holdings={name: browser.holdings() for name, browser in self.scene.browsers().items()},
            answer=self.scene.answered,
            because=because,
            untold=untold,
            follows=self.scene.follows,
        )
