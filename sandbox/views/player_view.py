"""The first player view, in ipywidgets: buttons and columns over the headless player, which knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets as w

from sandbox.clock import spoken
from sandbox.defences import PRESETS, Switch, parse_value, show_value, switches
from sandbox.errors import PredictionRefused, SandboxError
from sandbox.player import Player
from sandbox.record import Question
from sandbox.views import fragments, text, words

ADVANCES = (
    ("+1 min", {"minutes": 1}),
    ("+15 min", {"minutes": 15}),
    ("+1 hour", {"hours": 1}),
    ("+1 day", {"days": 1}),
    ("+7 days", {"days": 7}),
)

_WIDE = {"description_width": "initial"}
_AUTO = w.Layout(width="auto")


class PlayerView:
    """`widget` is what a notebook shows. Each control calls one method of the player; `_show` draws the rest."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self._skipped = -1
        self._asked: tuple[int, Question] | None = None
        self._showing = False
        self._working = False
        self._heading = w.HTML()
        self._status = w.HTML()
        self._clock = w.HTML()
        self._back = self._button("Back", "Show the step before", player.back)
        self._next = self._button("Next", "Run or show the next step", player.step)
        self._run = self._button("Run all", "Step to the end, without asking", player.run)
        self._reset = self._button("Reset", "Start anew on a fresh server", player.reset)
        self._next.button_style = "primary"
        self._advance = [
            self._button(name, f"Move the simulated clock: {name}", partial(player.advance, **step))
            for name, step in ADVANCES
        ]
        self._columns: dict[str, w.HTML] = {
            mode: w.HTML(layout=w.Layout(flex="1 1 0", min_width="220px")) for mode in player.modes
        }
        self._question = w.HTML()
        self._choices: dict[str, w.Dropdown] = {
            mode: w.Dropdown(description=mode, style=_WIDE, layout=w.Layout(width="220px")) for mode in player.modes
        }
        self._lock = self._button("Lock prediction", "Commit to these answers", self._predict)
        self._skip = self._button("Skip the question", "Go on without an answer", self._skip_question)
        self._card = w.VBox(
            [self._question, w.HBox([*self._choices.values(), self._lock, self._skip], layout=_wrapping())],
            layout=w.Layout(border="1px solid #999", padding="4px 8px", margin="4px 0"),
        )
        self._preset = w.Dropdown(options=PRESETS, description="Preset", style=_WIDE, layout=w.Layout(width="200px"))
        self._preset.observe(self._preset_chosen, "value")
        self._switches = {about.name: self._switch(about) for about in switches().values()}
        self._all = _toggle("Switches", "Show every switch: a change replays the story")
        self._reveal = _toggle("Full credentials", "Show credentials in full instead of S1, A1, R1")
        self._as_text = _toggle("As text", "Show the text twin")
        about_them = w.HTML(fragments.switches_in_words(self._switches), layout=w.Layout(width="100%"))
        self._switch_box = w.Box([*self._switches.values(), about_them], layout=_wrapping())
        self._text = w.HTML()
        self._afterwards = w.HTML()
        for toggle in (self._all, self._reveal, self._as_text):
            toggle.observe(lambda _: self._show(), "value")
        self.widget = w.VBox(
            [
                self._heading,
                w.HBox([self._back, self._next, self._run, self._reset, self._status], layout=_wrapping()),
                self._card,
                w.HBox([self._clock, *self._advance], layout=_wrapping()),
                w.HBox([self._preset, self._all, self._reveal, self._as_text], layout=_wrapping()),
                self._switch_box,
                self._text,
                w.HBox(list(self._columns.values()), layout=w.Layout(grid_gap="12px")),
                self._afterwards,
            ]
        )
        player.watch(self._show)
        self._show()

    # Controls ----------------------------------------------------------

    def _button(self, name: str, tooltip: str, action: Callable[[], Any]) -> w.Button:
        button = w.Button(description=name, tooltip=tooltip, layout=_AUTO)
        button.on_click(lambda _: None if button.disabled else self._do(action))  # a double click comes too late
        return button

    def _switch(self, about: Switch) -> w.Widget:
        """A control for one switch: a tick for a flag, a list for a choice, a text for a time."""
        shared: dict[str, Any] = {"description": about.name, "style": _WIDE, "tooltip": about.does}
        layout = w.Layout(width="250px")
        control: w.Widget
        if about.kind == "flag":
            control = w.Checkbox(indent=False, layout=layout, **shared)
        elif about.kind == "choice":
            control = w.Dropdown(options=about.choices, layout=layout, **shared)
        else:
            hint = "15min, 24h, 7d or none" if about.kind == "seconds" else str(about.strongest)
            control = w.Text(continuous_update=False, placeholder=hint, layout=layout, **shared)
        control.observe(lambda change: self._switched(about, change["new"]), "value")
        return control

    def _switched(self, about: Switch, value: Any) -> None:
        if self._showing:
            return

        def flip() -> None:
            setting: dict[str, Any] = {about.name: parse_value(about, value) if isinstance(value, str) else value}
            self.player.switch(**setting)

        self._do(flip)

    def _preset_chosen(self, change: Any) -> None:
        if not self._showing:
            self._do(lambda: self.player.switch(preset=change["new"]))

    def _predict(self) -> None:
        chosen = {mode: self._choices[mode].value for mode in self.player.asked_modes}
        if open_ones := [mode for mode, choice in chosen.items() if choice is None]:
            raise PredictionRefused(f"choose an answer for {', '.join(open_ones)} first")
        self.player.predict(**chosen)

    def _skip_question(self) -> None:
        self._skipped = self.player.position
        self._show()

    def _do(self, action: Callable[[], Any]) -> None:
        """Run an action; what can't be done is said beside the buttons, and nothing is lost."""
        problem = ""
        self._working = True
        self._say(self._where())
        try:
            action()
        except SandboxError as error:
            problem = f"⚠ {error}"
        except KeyboardInterrupt:
            problem = "⚠ Interrupted. The next action replays the story up to here."
        except Exception as error:
            problem = f"⚠ That failed: {type(error).__name__}. The next action replays the story up to here."
            raise
        finally:
            self._working = False
            self._show(problem)

    # Drawing -----------------------------------------------------------

    def _say(self, line: str) -> None:
        self._status.value = f"<div class=sbx role=status>{escape(line)}</div>"

    def _show(self, problem: str = "") -> None:
        self._showing = True  # what is set from here is no choice of the learner's
        try:
            self._draw(problem)
        finally:
            self._showing = False

    def _draw(self, problem: str) -> None:
        player, step = self.player, self.player.current
        record = player.shown
        self._heading.value = (
            f"{fragments.STYLE}<div class=sbx><h3>{escape(record.title)}: {escape(player.story.about)}</h3>"
            f"<p class=quiet>{escape(text.conditions(record))}</p></div>"
        )
        self._clock.value = f"<div class=sbx>Simulated clock: <b>{escape(spoken(player.now))}</b></div>"
        if player.position == 0:
            self._skipped = -1  # started anew: ask anew
        asks = player.question is not None and player.prediction is None and self._skipped != player.position
        self._back.disabled = player.position == 0
        self._next.disabled = player.finished or asks
        self._run.disabled = player.finished
        self._preset.value = player.preset
        self._draw_switches()
        self._draw_question(asks)
        for mode, column in self._columns.items():
            applies = mode in player.asked_modes
            column.layout.flex, column.layout.min_width = ("1 1 0", "220px") if applies else ("0 1 150px", "110px")
            column.value = fragments.lane(record, step, mode, reveal=self._reveal.value)
        said = "".join(f"<p>{escape(line)}</p>" for line in words.afterwards(record))
        self._afterwards.value = f"<div class=sbx>{said}</div>" if said else ""
        self._switch_box.layout.display = "flex" if self._all.value else "none"
        twin = escape(text.render(record)) if self._as_text.value else ""
        self._text.value = f"<div class=sbx><pre>{twin}</pre></div>" if twin else ""
        self._say(problem or player.notice or self._where())  # last: who reads it finds all else drawn

    def _where(self) -> str:
        player = self.player
        here = f"Step {player.position}: {player.current.title}." if player.current else "Before the first step."
        if player.finished:
            return f"{here} The end."
        return f"{here} {'Working' if self._working else 'Next'}: {player.next_title}{' ...' if self._working else '.'}"

    def _draw_switches(self) -> None:
        defences = self.player.defences
        for name, control in self._switches.items():
            value = getattr(defences, name)
            about = switches()[name]
            control.value = value if about.kind in ("flag", "choice") else show_value(about, value)

    def _draw_question(self, asks: bool) -> None:
        question, locked = self.player.question, self.player.prediction
        self._card.layout.display = "flex" if question else "none"
        asked_before, self._asked = self._asked, (self.player.position, question) if question else None
        if question is None:
            return
        answers = ", ".join(f"{mode} {choice}" for mode, choice in (locked or {}).items())
        said = f"Locked: {answers}. Press Next." if locked else ""
        self._question.value = (
            f"<div class=sbx><p><b>Predict first.</b> Next step: {escape(self.player.next_title or '')}</p>"
            f"<p>{escape(question.text)}</p><p>{escape(said)}</p></div>"
        )
        for mode, control in self._choices.items():
            if control.options != question.choices:
                control.options = question.choices
            if locked or self._asked != asked_before:
                control.value = (locked or {}).get(mode)  # a new question finds no answer chosen
            control.layout.display = None if mode in self.player.asked_modes else "none"
            control.disabled = not asks
        self._lock.disabled = self._skip.disabled = not asks


def _toggle(name: str, tooltip: str) -> w.ToggleButton:
    return w.ToggleButton(description=name, tooltip=tooltip, layout=_AUTO)


def _wrapping() -> w.Layout:
    return w.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px")
