"""The widget view does by click what the player does by call, keeps its gate, says what failed, shows no credential."""

import html
import json
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any

import ipywidgets as w
import pytest

from sandbox.defences import PRESETS, switches
from sandbox.engine import Lane, Scene, Step, Story
from sandbox.errors import ServerStopped
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Outcome, Question
from sandbox.views import words
from sandbox.views.player_view import PlayerView

Make = Callable[..., Player]
SILENT = (w.HTML, w.Box)
"""What only shows or holds something; all else is a control."""


@pytest.fixture
def view(make: Make) -> PlayerView:
    return PlayerView(make())


@pytest.fixture
def asked(view: PlayerView) -> PlayerView:
    """Theft, before the step that asks."""
    press(view, "Next", "Next")
    return view


# As a person meets it -------------------------------------------------


def parts(widget: w.Widget, *, visible: bool = False) -> Iterator[w.Widget]:
    """The widget and its children, theirs too; `visible`: but for what is hidden."""
    if not (visible and widget.layout.display == "none"):
        yield widget
        for each in getattr(widget, "children", ()):
            yield from parts(each, visible=visible)


def tree(widget: w.Widget) -> Iterator[w.Widget]:
    """The widget and all that hangs on it in whatever way, layouts and styles too."""
    yield widget
    for name in widget.keys:
        value = getattr(widget, name)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, w.Widget):
                yield from tree(each)


def control(view: PlayerView, name: str) -> Any:
    """The control of that accessible name."""
    (found,) = (each for each in parts(view.widget) if getattr(each, "description", None) == name)
    return found


def press(view: PlayerView, *names: str) -> None:
    for name in names:
        button = control(view, name)
        assert not button.disabled, f"{name} is disabled"
        button.click()


def choose(view: PlayerView, **answers: str) -> None:
    for mode, answer in answers.items():
        control(view, mode).value = answer


def everything(view: PlayerView) -> str:
    """All that a front end is sent, and all that a repr would show."""
    return "\n".join(json.dumps(each.get_state(), ensure_ascii=False) + repr(each) for each in tree(view.widget))


def looks(view: PlayerView) -> list[tuple[Any, ...]]:
    """What can be seen, widget by widget."""
    names = ("description", "value", "disabled", "options", "display")
    return [tuple(getattr(each, name, None) for name in names) for each in parts(view.widget, visible=True)]


def shown(view: PlayerView, mark: str) -> str:
    """The words of the one HTML widget that contains `mark`."""
    (found,) = (each for each in parts(view.widget) if isinstance(each, w.HTML) and mark in each.value)
    return " ".join(html.unescape(re.sub(r"(?s)<style>.*?</style>|<[^>]*>", " ", found.value)).split())


def status(view: PlayerView) -> str:
    return shown(view, "role=status")


def column(view: PlayerView, mode: str) -> str:
    return shown(view, f'aria-label="{mode} mode"')


def is_open(view: PlayerView) -> bool:
    """Whether a question holds Next back."""
    return bool(control(view, "Next").disabled) and not control(view, "Lock prediction").disabled


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


# Each control calls the player ----------------------------------------


BUTTONS: dict[str, tuple[str, dict[str, int]]] = {
    "Back": ("back", {}), "Next": ("step", {}), "Run all": ("run", {}), "Reset": ("reset", {}),
    "+1 min": ("advance", {"minutes": 1}), "+15 min": ("advance", {"minutes": 15}),
    "+1 hour": ("advance", {"hours": 1}), "+1 day": ("advance", {"days": 1}), "+7 days": ("advance", {"days": 7}),
}  # fmt: skip


def test_each_button_calls_its_method(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    player = make()
    player.step()
    calls: list[tuple[str, dict[str, int]]] = []
    for method in {method for method, _ in BUTTONS.values()}:
        monkeypatch.setattr(player, method, lambda method=method, **given: calls.append((method, given)))
    press(PlayerView(player), *BUTTONS)
    assert calls == list(BUTTONS.values())


def test_next_runs_a_step_and_shows_it(view: PlayerView) -> None:
    assert status(view) == "Before the first step. Next: Alice logs in and reads her profile."
    press(view, "Next")
    assert view.player.position == 1
    assert status(view) == (
        "Step 1: Alice logs in and reads her profile. Next: Mallory copies what Alice's browser holds."
    )
    for mode in MODES:
        assert f"alice: POST /{mode}/login 200" in column(view, mode)


def test_run_all_goes_to_the_end_and_leaves_nothing_to_press(view: PlayerView) -> None:
    press(view, "Run all")
    assert view.player.finished
    assert status(view).endswith("The end.")
    assert (control(view, "Next").disabled, control(view, "Run all").disabled) == (True, True)


def test_back_shows_the_page_before_and_next_the_same_page_again(view: PlayerView) -> None:
    assert control(view, "Back").disabled
    press(view, "Next")
    first = looks(view)
    press(view, "Next", "Back")
    assert looks(view) == first
    press(view, "Back")
    assert control(view, "Back").disabled
    assert "over the wire" not in column(view, "jwt").lower()


def test_reset_looks_as_at_the_start(view: PlayerView) -> None:
    before = looks(view)
    press(view, "Run all", "Reset")
    assert looks(view) == before


def test_a_clock_button_moves_the_one_clock(view: PlayerView) -> None:
    press(view, "Next")
    for number, (name, seconds) in enumerate([("+1 min", 60), ("+15 min", 900), ("+7 days", 604800)], 2):
        before = view.player.now
        press(view, name)
        assert view.player.now - before == seconds
        assert status(view).startswith(f"Step {number}: You move the clock on:")
        assert "alice: GET /jwt/profile" in column(view, "jwt")


def test_the_clock_is_shown_as_of_the_page(view: PlayerView) -> None:
    assert shown(view, "Simulated clock") == "Simulated clock: Thu 1 Jan 2026, 09:00:00"
    press(view, "+1 day")
    assert shown(view, "Simulated clock") == "Simulated clock: Fri 2 Jan 2026, 09:00:00"
    press(view, "Back")
    assert shown(view, "Simulated clock") == "Simulated clock: Thu 1 Jan 2026, 09:00:00"


# The prediction gate ---------------------------------------------------


def test_next_waits_while_a_question_is_open(asked: PlayerView) -> None:
    assert is_open(asked)
    assert "Does the server let Mallory in?" in shown(asked, "Predict first.")


def test_a_second_click_that_comes_too_late_does_not_pass_the_gate(asked: PlayerView) -> None:
    control(asked, "Next").click()  # the page had not heard yet that it is disabled
    assert asked.player.position == 2


def test_a_locked_prediction_opens_next(asked: PlayerView) -> None:
    choose(asked, session="no", jwt="yes", hybrid="no")
    assert control(asked, "Next").disabled
    press(asked, "Lock prediction")
    assert asked.player.prediction == {"session": "no", "jwt": "yes", "hybrid": "no"}
    assert not control(asked, "Next").disabled
    assert "Locked: session no, jwt yes, hybrid no." in shown(asked, "Predict first.")
    assert [control(asked, name).disabled for name in (*MODES, "Lock prediction", "Skip the question")] == [True] * 5


def test_a_lock_without_all_answers_names_what_is_missing(asked: PlayerView) -> None:
    answers: dict[str, str] = {}
    for mode, missing in (("", "session, jwt, hybrid"), ("jwt", "session, hybrid"), ("session", "hybrid")):
        answers |= {mode: "yes"} if mode else {}
        choose(asked, **answers)
        press(asked, "Lock prediction")
        assert status(asked) == f"⚠ choose an answer for {missing} first"
        assert asked.player.prediction is None
        assert is_open(asked)
        assert {mode: control(asked, mode).value for mode in answers} == answers


def test_what_was_predicted_appears_after_the_step_and_not_before(asked: PlayerView) -> None:
    choose(asked, session="no", jwt="yes", hybrid="no")
    press(asked, "Lock prediction")
    assert not any("you said" in column(asked, mode) for mode in MODES)
    press(asked, "Next")
    assert "you said no; it turned out: yes (a bearer token serves" in column(asked, "session")
    assert "you said yes, and so it is" in column(asked, "jwt")


def test_a_skipped_question_opens_next_and_is_answered_all_the_same(asked: PlayerView) -> None:
    press(asked, "Skip the question")
    assert control(asked, "Lock prediction").disabled
    press(asked, "Next")
    assert asked.player.current is not None
    assert asked.player.current.prediction is None
    assert "it turned out: yes" in column(asked, "jwt")


def test_a_skipped_question_is_asked_again_after_a_reset(asked: PlayerView) -> None:
    press(asked, "Skip the question", "Next", "Reset", "Next", "Next")
    assert is_open(asked)


@pytest.mark.parametrize("told", ["theft", "login"])
def test_the_next_question_finds_no_answer_chosen(told: str, make: Make) -> None:
    """Theft's second question has other choices than its first, login's has the same."""
    view, answered = PlayerView(make(told)), 0
    while answered < 2:
        if view.player.question:
            assert [control(view, mode).value for mode in MODES] == [None] * 3
            choose(view, **dict.fromkeys(MODES, view.player.question.choices[0]))
            press(view, "Lock prediction")
            answered += 1
        press(view, "Next")


def test_a_choice_that_is_not_locked_yet_outlives_a_look_elsewhere(asked: PlayerView) -> None:
    choose(asked, jwt="yes")
    control(asked, "Full credentials").value = True
    control(asked, "denylist").value = True
    assert control(asked, "jwt").value == "yes"


def test_only_the_modes_that_can_be_are_asked(make: Make) -> None:
    view = PlayerView(make(options={"loot": "refresh"}))
    press(view, "Next", "Next")
    assert [control(view, mode).layout.display for mode in MODES] == ["none", "none", None]
    choose(view, hybrid="yes")
    press(view, "Lock prediction")
    assert view.player.prediction == {"hybrid": "yes"}


# Preset and switches ----------------------------------------------------


def test_another_preset_replays_to_the_same_page(asked: PlayerView) -> None:
    control(asked, "Preset").value = "hardened"
    assert (asked.player.preset, asked.player.position) == ("hardened", 2)
    assert control(asked, "denylist").value is True
    assert control(asked, "jwt_lifetime").value == "15 min"
    assert is_open(asked)


def test_a_switch_replays_to_the_same_page(view: PlayerView) -> None:
    press(view, "Run all", "Back")
    flips: list[tuple[str, Any, Any]] = [
        ("denylist", True, True), ("denylist", False, False), ("same_site", "Lax", "Lax"), ("bcrypt_cost", "5", 5),
        ("jwt_lifetime", "30s", 30.0), ("jwt_lifetime", "none", None),
    ]  # fmt: skip
    for name, value, becomes in flips:
        control(view, name).value = value
        assert getattr(view.player.defences, name) == becomes
        assert (view.player.position, len(view.player.record.steps)) == (3, 4)
        assert status(view).startswith("Step 3: ")


def test_a_switch_at_the_end_shows_the_new_verdict(view: PlayerView) -> None:
    press(view, "Run all")
    assert "BREACHED: 6 days 23 h 59 min" in column(view, "jwt")
    control(view, "jwt_lifetime").value = "15min"
    assert "BREACHED: 14 min" in column(view, "jwt")
    assert "jwt_lifetime=15 min" in shown(view, "preset as_written")


REFUSED: dict[str, list[tuple[str, Any, str]]] = {
    "hardened": [("secure", False, "host_prefix requires secure")],
    "as_written": [
        ("host_prefix", True, "host_prefix requires secure"),
        ("detect_reuse", True, "detect_reuse requires rotate_refresh"),
        ("jwt_lifetime", "soon", "give a time such as 30s, 15min, 24h or 7d, or none"),
        ("jwt_lifetime", "", "give a time such as 30s, 15min, 24h or 7d, or none"),
        ("jwt_lifetime", "0", "a time from 1 second to 3650 days"),
        ("bcrypt_cost", "four", "give a whole number"),
        ("bcrypt_cost", "3", "a whole number from 4 to 16"),
    ],
}


@pytest.mark.parametrize("preset", REFUSED)
def test_what_is_refused_is_said_and_the_control_goes_back(preset: str, make: Make) -> None:
    view = PlayerView(make(preset=preset))
    press(view, "Next")
    defences, page, controls = view.player.defences, column(view, "jwt"), looks(view)
    for name, value, says in REFUSED[preset]:
        before = control(view, name).value
        control(view, name).value = value
        assert says in status(view)
        assert (control(view, name).value, view.player.defences, column(view, "jwt")) == (before, defences, page)
    press(view, "Next", "Back")
    assert looks(view) == controls


def test_a_control_that_goes_back_does_so_on_the_page_too(view: PlayerView, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value comes from the page, and the page must be told that it did not hold."""
    tick, sent = control(view, "host_prefix"), []
    monkeypatch.setattr(tick.comm, "send", lambda data=None, **_: sent.append(data))
    tick.set_state({"value": True})
    updates = [data["state"]["value"] for data in sent if data["method"] == "update" and "value" in data["state"]]
    assert updates == [False]


def test_every_switch_has_a_control(view: PlayerView) -> None:
    control(view, "Switches").value = True
    tips = {each.description: each.tooltip for each in parts(view.widget) if getattr(each, "tooltip", None)}
    for about in switches().values():
        assert tips.get(about.name) == about.does


def test_the_switches_are_out_of_the_way_until_they_are_asked_for(view: PlayerView) -> None:
    denylist = control(view, "denylist")
    (holder,) = (each for each in parts(view.widget) if denylist in getattr(each, "children", ()))
    assert holder.layout.display == "none"
    control(view, "Switches").value = True
    assert holder.layout.display == "flex"


def test_the_presets_are_all_there(view: PlayerView) -> None:
    assert control(view, "Preset").options == PRESETS
    assert control(view, "Preset").value == "as_written"


# In step with the player -------------------------------------------------

CALLS: list[Callable[[Player], Any]] = [
    lambda player: player.step(), lambda player: player.step(), lambda player: player.predict("no"),
    lambda player: player.step(), lambda player: player.back(), lambda player: player.switch(denylist=True),
    lambda player: player.switch("hardened"), lambda player: player.advance(days=1), lambda player: player.run(),
    lambda player: player.reset(),
]  # fmt: skip


def test_what_is_done_by_call_is_seen_at_once(view: PlayerView) -> None:
    for number, call in enumerate(CALLS):
        before = looks(view)
        call(view.player)
        assert looks(view) == looks(PlayerView(view.player)), f"call {number}"
        assert looks(view) != before, f"call {number}"


def test_two_views_of_one_player_stay_in_step(asked: PlayerView) -> None:
    other = PlayerView(asked.player)
    choose(asked, **dict.fromkeys(MODES, "no"))
    press(asked, "Lock prediction")
    assert looks(other) == looks(asked)
    press(other, "Next", "+1 day")
    assert looks(other) == looks(asked)
    control(other, "denylist").value = True
    control(asked, "Preset").value = "as_advised"
    assert looks(other) == looks(asked)
    assert asked.player.preset == "as_advised"
    press(asked, "Reset")
    assert looks(other) == looks(asked)


def test_a_setting_that_is_drawn_is_no_choice_of_the_learners(
    view: PlayerView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One switch sets many controls, of every view: none of them may flip anything in its turn."""
    PlayerView(view.player)
    flips: list[Any] = []
    switch = view.player.switch

    def counted(**how: Any) -> None:
        flips.append(how)
        switch(**how)

    monkeypatch.setattr(view.player, "switch", counted)
    control(view, "Preset").value = "hardened"
    assert flips == [{"preset": "hardened"}]


# For everybody -----------------------------------------------------------


def test_every_control_has_a_name(asked: PlayerView) -> None:
    controls = [each for each in parts(asked.widget) if not isinstance(each, SILENT)]
    assert [each for each in controls if not each.description.strip()] == []
    names = [each.description for each in controls]
    buttons = [*BUTTONS, "Lock prediction", "Skip the question", "Preset", "Switches", "Full credentials", "As text"]
    assert sorted(names) == sorted([*buttons, *MODES, *(about.name for about in switches().values())])


@pytest.mark.parametrize("told", ["theft", "login"])
def test_a_verdict_is_a_word_and_a_sign(told: str, make: Make) -> None:
    view = PlayerView(make(told, options={"loot": "refresh"} if told == "theft" else {}))
    press(view, "Run all")
    for mode, outcome in view.player.outcome.items():
        mark = words.MARKS[str(outcome.verdict)] if outcome.applies else "- DOES NOT APPLY"
        assert mark in column(view, mode)


def test_the_text_twin_is_shown_on_demand(view: PlayerView) -> None:
    press(view, "Run all")
    control(view, "As text").value = True
    assert "Outcome session | jwt | hybrid" in re.sub(r"\s+", " ", shown(view, "<pre>Theft, preset as_written"))
    control(view, "As text").value = False
    assert "<pre>Theft" not in everything(view)


HARM = "<img src=x onerror=alert(1)>\"'&"


def test_a_storys_own_words_are_no_markup(make: Make) -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step(f"step {HARM}", ask=Question(f"Well {HARM}?", (f"yes {HARM}", "no")))
        scene.answer(f"yes {HARM}")
        return Outcome(applies=True, summary=f"summary {HARM}", verdict="measured")

    view = PlayerView(make(Story("tale", f"title {HARM}", f"about {HARM}", script)))
    choose(view, **dict.fromkeys(MODES, f"yes {HARM}"))
    press(view, "Lock prediction")
    pages = [each.value for each in parts(view.widget) if isinstance(each, w.HTML)]
    press(view, "Next")
    control(view, "As text").value = True
    pages += [each.value for each in parts(view.widget) if isinstance(each, w.HTML)]
    assert [page for page in pages if "<img" in page] == []
    for place in ("step", "Well", "yes", "summary", "title", "about"):
        assert any(html.escape(f"{place} {HARM}") in page for page in pages), place


# What must not be seen -----------------------------------------------------


def credentials(player: Player) -> set[str]:
    return {value for names in player.record.names.values() for value in names.known().values()}


def within(view: PlayerView, values: set[str]) -> set[str]:
    """Those of the values that stand anywhere in the widgets."""
    found = everything(view)
    return {value for value in values if value in found}


@pytest.mark.parametrize(
    ("told", "preset"), [("theft", "as_written"), ("theft", "hardened"), ("revocation", "hardened")]
)
def test_no_credential_is_in_any_widget_until_it_is_asked_for(told: str, preset: str, make: Make) -> None:
    player = make(told, preset=preset)
    view = PlayerView(player)
    control(view, "As text").value = True
    while not player.finished:
        player.step()
        values = credentials(player)
        assert len(values) >= 4
        assert within(view, values) == set()
        control(view, "Full credentials").value = True
        assert player.current is not None
        held = {value for lane in player.current.lanes.values() for each in lane.holdings.values()
                for value in [*each.local_storage.values(), *(cookie.value for cookie in each.cookies)]}  # fmt: skip
        assert within(view, values) >= held & values
        assert within(view, values)
        control(view, "Full credentials").value = False
        assert within(view, values) == set()


@pytest.mark.parametrize("transport", ["in-process", "loopback"])
def test_the_launchs_secret_is_nowhere(transport: str, make: Make) -> None:
    player = make(transport=transport)
    view = PlayerView(player)
    key = player._run.box._network._key  # type: ignore[attr-defined]
    press(view, "Run all")
    control(view, "Full credentials").value = True
    control(view, "As text").value = True
    assert len(key) >= 43
    seen = [everything(view), repr(view), repr(player), repr(player.record), repr(player._run.box), player.text()]
    seen += [json.dumps(player.record.to_json(reveal=True)), repr(view.widget._repr_mimebundle_())]
    assert [text for text in seen if key in text] == []
    assert "X-Sandbox-Key" not in "".join(seen)


# What goes wrong -------------------------------------------------------------

BROKEN = [
    (KeyboardInterrupt(), "⚠ Interrupted. The next action replays the story up to here."),
    (ServerStopped("the sandbox's server does not answer: reset the player"), "⚠ the sandbox's server does not answer"),
]
NOTICE = "The server had stopped, or a step was interrupted: the story was replayed up to here."


@pytest.mark.parametrize("button", ["Next", "Run all", "+1 day"])
@pytest.mark.parametrize(("error", "says"), BROKEN, ids=["interrupt", "stopped"])
def test_what_breaks_an_action_is_said_and_the_next_goes_on(
    error: BaseException, says: str, button: str, view: PlayerView, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(view, "Next")
    before = column(view, "jwt")
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "run", raising(error))
        patch.setattr(Lane, "try_now", raising(error))
        press(view, button)
    assert status(view).startswith(says)
    assert (view.player.position, column(view, "jwt")) == (1, before)
    press(view, "Next")
    assert status(view) == NOTICE
    assert [step.title for step in view.player.record.steps][1:] == ["Mallory copies what Alice's browser holds"]
    press(view, "Run all")
    assert "BREACHED: 6 days 23 h 59 min" in column(view, "jwt")


@pytest.mark.parametrize(("error", "says"), BROKEN, ids=["interrupt", "stopped"])
def test_a_broken_switch_is_said_and_the_control_goes_back(
    error: BaseException, says: str, view: PlayerView, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(view, "Next")
    for name, value in (("Preset", "hardened"), ("leeway", False), ("jwt_lifetime", "30s")):
        before = control(view, name).value
        with monkeypatch.context() as patch:
            patch.setattr(Lane, "run", raising(error))
            control(view, name).value = value
        assert status(view).startswith(says)
        assert control(view, name).value == before
        control(view, name).value = value
        assert control(view, name).value != before
        assert status(view).startswith("Step 1: ")


def test_an_error_of_our_own_is_said_and_its_traceback_kept(
    view: PlayerView, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ipywidgets logs what a click raises, and goes on."""
    press(view, "Next")
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "run", raising(ZeroDivisionError()))
        press(view, "Next")
    assert "Traceback" in caplog.text
    assert status(view) == "⚠ That failed: ZeroDivisionError. The next action replays the story up to here."
    press(view, "Next")
    assert (status(view), view.player.position) == (NOTICE, 2)


def test_a_server_that_is_killed_is_replaced(make: Make) -> None:
    view = PlayerView(make(transport="loopback"))
    press(view, "Next")
    view.player._run.box._server.stop()  # type: ignore[union-attr]
    press(view, "Next")
    assert status(view) == NOTICE
    assert view.player.position == 2


def test_a_long_step_says_what_is_being_worked_on(view: PlayerView, monkeypatch: pytest.MonkeyPatch) -> None:
    press(view, "Next")
    seen = []
    run = Lane.run

    def watched(lane: Lane) -> Any:
        seen.append(status(view))
        return run(lane)

    monkeypatch.setattr(Lane, "run", watched)
    press(view, "Run all")
    assert seen[0].endswith("Working: Mallory copies what Alice's browser holds ...")
    assert all("Working: " in line for line in seen)
    assert status(view).endswith("The end.")


def test_what_each_switch_does_can_be_read_without_hovering(view: PlayerView) -> None:
    said = shown(view, "What each switch does")
    assert all(each.does in said for each in switches().values())
