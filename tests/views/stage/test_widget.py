"""The stage does by message what the player does by call, keeps its gate, says what failed, holds no credential."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget

from sandbox.answers import CONFIDENCES
from sandbox.clock import stopwatch
from sandbox.defences import PRESETS, switches
from sandbox.engine import Lane, Scene, Step, Story
from sandbox.errors import ServerStopped
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Outcome, Question
from sandbox.views import palette
from sandbox.views.stage.flip import flip
from sandbox.views.stage.inspection import inspect
from sandbox.views.stage.picture import Pictures
from sandbox.views.stage.widget import FRONT, SCRIPTS, Stage, script, style

Make = Callable[..., Player]
Wish = dict[str, Any]


@pytest.fixture
def stage(make: Make) -> Stage:
    return Stage(make())


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """Theft, before the step that asks."""
    wish(stage, "step")
    wish(stage, "step")
    return stage


# As the front end meets it ---------------------------------------------------


def hear(stage: Stage, content: Any) -> None:
    """A message of the front end's own, by the way that it takes in a kernel."""
    stage._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def wish(stage: Stage, do: str, **more: Any) -> None:
    hear(stage, {"do": do, **more})


def change(stage: Stage, **state: Any) -> None:
    """The front end sets a trait."""
    stage._handle_msg({"content": {"data": {"method": "update", "state": state}}})


def looks(stage: Stage) -> dict[str, Any]:
    """All that a person can see of it."""
    return {name: stage.get_state()[name] for name in ("picture", "controls", "about", "level", "lane")}


def problem(stage: Stage) -> str:
    return str(stage.controls["problem"])


def titles(stage: Stage) -> list[str]:
    return list(stage.picture["steps"])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stage], list[Any]]:
    """The data of all messages that go out from now on."""

    def of(stage: Stage) -> list[Any]:
        found: list[Any] = []
        monkeypatch.setattr(stage.comm, "send", lambda data=None, **_: found.append(json.loads(json.dumps(data))))
        return found

    return of


def test_where_one_lane_is_shown_it_is_one_in_which_the_story_can_be(make: Callable[..., Player]) -> None:
    assert [Stage(make(told), level=1).lane for told in ("refresh_replay", "login")] == ["hybrid", "session"]


def doing(act: Wish) -> str:
    return str(act["do"])


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def tale(*answers: str, harm: str = "") -> Story:
    """A story that asks before every step, and sends nothing."""

    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        for number, answer in enumerate(answers, 1):
            asked = Question(f"Well {number}{harm}?", (f"yes{harm}", "no"), {"no": f"hint{harm}"})
            yield Step(f"step {number}{harm}", ask=asked, because=f"because{harm}", source=f"source{harm}")
            scene.answer(answer + harm)
        return Outcome(applies=True, summary=f"summary{harm}", verdict="measured")

    return Story("tale", f"title{harm}", f"about{harm}", script, remains=f"remains{harm}", source=f"end{harm}")


# Each wish does what a call does -----------------------------------------------

ANSWERS = dict.fromkeys(MODES, "no")
WISHES: dict[str, tuple[int, Wish, Callable[[Player], Any]]] = {
    "step": (0, {"do": "step"}, lambda player: player.step()),
    "back": (2, {"do": "back"}, lambda player: player.back()),
    "run": (1, {"do": "run"}, lambda player: player.run()),
    "reset": (3, {"do": "reset"}, lambda player: player.reset()),
    "turn_to": (4, {"do": "turn_to", "position": 2}, lambda player: player.turn_to(2)),
    "turn_to the beginning": (4, {"do": "turn_to", "position": 0}, lambda player: player.turn_to(0)),
    "advance": (1, {"do": "advance", "seconds": 900}, lambda player: player.advance(minutes=15)),
    "advance by a text": (1, {"do": "advance", "seconds": "90.5"}, lambda player: player.advance(seconds=90.5)),
    "predict": (2, {"do": "predict", "choices": ANSWERS, "confidence": ""}, lambda player: player.predict("no")),
    "predict, sure": (
        2, {"do": "predict", "choices": {**ANSWERS, "jwt": "yes"}, "confidence": "certain"},
        lambda player: player.predict("no", jwt="yes", confidence="certain"),
    ),
    "preset": (3, {"do": "preset", "preset": "hardened"}, lambda player: player.switch("hardened")),
    "a flag": (3, {"do": "switch", "name": "denylist", "value": True}, lambda player: player.switch(denylist=True)),
    "a choice": (
        3, {"do": "switch", "name": "same_site", "value": "Lax"}, lambda player: player.switch(same_site="Lax")
    ),
    "a number": (1, {"do": "switch", "name": "bcrypt_cost", "value": "5"}, lambda player: player.switch(bcrypt_cost=5)),
    "a time": (
        4, {"do": "switch", "name": "jwt_lifetime", "value": "15 min"}, lambda player: player.switch(jwt_lifetime=900.0)
    ),
    "no time": (
        3, {"do": "switch", "name": "jwt_lifetime", "value": "none"}, lambda player: player.switch(jwt_lifetime=None)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_does_what_the_call_does(name: str, make: Make) -> None:
    steps, message, call = WISHES[name]
    wished, called = make(), make()
    for player in (wished, called):
        for _ in range(steps):
            player.step()
    stage = Stage(wished)
    before = looks(stage)
    hear(stage, message)
    call(called)
    assert looks(stage) == looks(Stage(called)) != before
    assert problem(stage) == ""
    for part in ("position", "preset", "defences", "prediction", "now"):
        assert getattr(wished, part) == getattr(called, part)


def test_what_is_done_by_call_is_seen_at_once(stage: Stage) -> None:
    calls: list[Callable[[Player], Any]] = [
        lambda player: player.step(), lambda player: player.step(), lambda player: player.predict("no"),
        lambda player: player.step(), lambda player: player.back(), lambda player: player.switch(denylist=True),
        lambda player: player.switch("hardened"), lambda player: player.advance(days=1), lambda player: player.run(),
        lambda player: player.turn_to(2), lambda player: player.reset(),
    ]  # fmt: skip
    for number, call in enumerate(calls):
        before = looks(stage)
        call(stage.player)
        assert looks(stage) == looks(Stage(stage.player)) != before, f"call {number}"


def test_a_step_shows_what_went_over_the_wire(stage: Stage) -> None:
    assert (stage.controls["next"], stage.picture["position"]) == ("Alice logs in and reads her profile", 0)
    wish(stage, "step")
    assert stage.controls["next"] == "Mallory copies what Alice's browser holds"
    for mode in MODES:
        assert f"POST /{mode}/login" in json.dumps(stage.picture["lanes"][mode])


def test_at_the_end_there_is_nothing_next(stage: Stage) -> None:
    wish(stage, "run")
    assert (stage.controls["finished"], stage.controls["next"]) == (True, None)
    before = looks(stage)
    wish(stage, "step")
    wish(stage, "run")
    assert looks(stage) == before


def test_reset_looks_as_at_the_start(stage: Stage) -> None:
    before = looks(stage)
    wish(stage, "run")
    wish(stage, "reset")
    assert looks(stage) == before


def test_the_clock_is_shown_as_of_the_page(stage: Stage) -> None:
    assert stage.picture["clock"] == "Thu 1 Jan 2026, 09:00:00"
    wish(stage, "advance", seconds=86400)
    assert stage.picture["clock"] == "Fri 2 Jan 2026, 09:00:00"
    wish(stage, "back")
    assert stage.picture["clock"] == "Thu 1 Jan 2026, 09:00:00"


def test_a_switch_at_the_end_shows_the_new_verdict(stage: Stage) -> None:
    wish(stage, "run")
    assert "BREACHED: 6 days 23 h 59 min" in json.dumps(stage.picture["lanes"]["jwt"], ensure_ascii=False)
    wish(stage, "switch", name="jwt_lifetime", value="15min")
    assert "BREACHED: 14 min" in json.dumps(stage.picture["lanes"]["jwt"], ensure_ascii=False)
    assert "jwt_lifetime=15 min" in stage.picture["about"]


def test_what_a_switch_changed_is_marked_until_all_begins_anew(stage: Stage) -> None:
    wish(stage, "run")
    wish(stage, "switch", name="jwt_lifetime", value="30s")
    player = stage.player
    compared, alone = Pictures(player.record, player.before), Pictures(player.record)
    assert stage.picture == compared.at(4).to_json() != alone.at(4).to_json()
    wish(stage, "reset")
    wish(stage, "run")
    assert stage.picture == Pictures(player.record).at(4).to_json()


def test_every_switch_is_there_with_what_it_does_and_its_value(stage: Stage) -> None:
    told, values = stage.about["switches"], stage.controls["values"]
    assert {name: (each["kind"], each["does"], each["cost"]) for name, each in told.items()} == {
        name: (each.kind, each.does, each.cost) for name, each in switches().items()
    }
    assert (values["denylist"], values["same_site"]) == (False, "unset")
    assert (values["jwt_lifetime"], values["cookie_max_age"], values["bcrypt_cost"]) == ("7 days", "none", "4")
    assert list(values) == list(switches())
    assert (stage.about["presets"], stage.about["confidences"]) == (list(PRESETS), list(CONFIDENCES))


def test_every_value_that_is_shown_is_taken_back(make: Make) -> None:
    """What stands in a field can be sent again as it stands there."""
    for preset in PRESETS:
        stage = Stage(make("login", preset=preset))
        before = looks(stage)
        for name in ("jwt_lifetime", "access_lifetime", "cookie_max_age", "bcrypt_cost", "carrier", "secure"):
            wish(stage, "switch", name=name, value=stage.controls["values"][name])
            assert problem(stage) == ""
        assert looks(stage) == before


@pytest.mark.parametrize("text", ["1 day 2 h", "1d2h", "26 h", "1 day 1 h 60 min"])
def test_a_time_is_taken_as_it_is_said(text: str, stage: Stage) -> None:
    wish(stage, "switch", name="jwt_lifetime", value=text)
    assert (problem(stage), stage.controls["values"]["jwt_lifetime"]) == ("", "1 day 2 h")


def test_what_is_flipped_is_known_and_the_preset_undoes_it(make: Make) -> None:
    stage = Stage(make())
    before = stage.controls["values"]
    assert stage.controls["flipped"] == []
    wish(stage, "switch", name="rotate_refresh", value=True)
    wish(stage, "switch", name="jwt_lifetime", value="15min")
    assert set(stage.controls["flipped"]) == {"rotate_refresh", "jwt_lifetime"}
    wish(stage, "preset", preset=stage.controls["preset"])
    assert (stage.controls["flipped"], stage.controls["values"]) == ([], before)


def test_what_a_story_sets_by_itself_is_not_flipped(make: Make) -> None:
    player = make("denylist_growth", preset="bare", modes=("jwt",))
    assert player.defences.beside("bare")
    assert Stage(player).controls["flipped"] == []


def test_what_the_last_flip_came_to_goes_along(stage: Stage) -> None:
    wish(stage, "run")
    assert stage.controls["flip"] is None
    wish(stage, "switch", name="denylist", value=True)
    player = stage.player
    found = flip(player.before, player.record, player.position)
    assert found is not None
    assert stage.controls["flip"] == found.to_json()
    wish(stage, "reset")
    assert stage.controls["flip"] is None


def test_predictions_are_counted_as_far_as_is_shown(asked: Stage) -> None:
    assert asked.controls["predicted"] == 0
    answer(asked, "yes")
    assert asked.controls["predicted"] == len(MODES)
    wish(asked, "back")
    assert asked.controls["predicted"] == 0


# The gate ------------------------------------------------------------------


def test_a_question_holds_the_next_step_back(asked: Stage) -> None:
    question = asked.controls["question"]
    assert asked.controls["asks"]
    assert question == {
        "text": "Does the server let Mallory in?", "choices": ["yes", "no"], "modes": list(MODES), "locked": None,
        "before": False,
    }  # fmt: skip
    wish(asked, "step")  # a click that comes too late: the page had not heard yet
    assert (asked.player.position, len(asked.player.record.steps)) == (2, 2)


def test_a_locked_prediction_opens_the_next_step(asked: Stage) -> None:
    choices = {"session": "no", "jwt": "yes", "hybrid": "no"}
    wish(asked, "predict", choices=choices, confidence="guessing")
    assert (asked.controls["asks"], asked.controls["question"]["locked"]) == (False, choices)
    wish(asked, "step")
    current = asked.player.current
    assert current is not None
    assert (current.prediction, current.confidence) == (choices, "guessing")


def test_a_locked_prediction_cannot_be_changed(asked: Stage) -> None:
    wish(asked, "predict", choices=ANSWERS)
    wish(asked, "predict", choices=dict.fromkeys(MODES, "yes"))
    assert "the prediction is locked" in problem(asked)
    assert asked.controls["question"]["locked"] == ANSWERS


def test_a_lock_without_all_answers_names_what_is_missing(asked: Stage) -> None:
    answers: dict[str, str] = {}
    for mode, missing in (("", "session, jwt, hybrid"), ("jwt", "session, hybrid"), ("session", "hybrid")):
        answers |= {mode: "yes"} if mode else {}
        wish(asked, "predict", choices=answers, confidence="")
        assert problem(asked) == f"choose an answer for {missing} first"
        assert (asked.player.prediction, asked.controls["asks"]) == (None, True)


def test_what_was_predicted_appears_after_the_step_and_not_before(asked: Stage) -> None:
    wish(asked, "predict", choices={"session": "no", "jwt": "yes", "hybrid": "no"})
    assert "you said" not in json.dumps(asked.picture)
    wish(asked, "step")
    assert "you said no; it turned out: yes" in json.dumps(asked.picture["lanes"]["session"])
    assert "you said yes, and so it is" in json.dumps(asked.picture["lanes"]["jwt"])
    assert [each["mode"] for each in asked.picture["surprises"]] == ["session", "hybrid"]


def test_a_skipped_question_opens_the_next_step_and_is_answered_all_the_same(asked: Stage) -> None:
    wish(asked, "skip")
    assert not asked.controls["asks"]
    wish(asked, "step")
    current = asked.player.current
    assert current is not None
    assert (current.prediction, current.lanes["jwt"].answer) == (None, "yes")


def test_a_question_before_the_first_step_can_be_skipped_too(make: Make) -> None:
    stage = Stage(make("login"))
    assert stage.controls["asks"]
    wish(stage, "skip")
    assert not stage.controls["asks"]
    wish(stage, "step")
    assert stage.player.position == 1


def test_one_skip_skips_one_question(asked: Stage) -> None:
    wish(asked, "skip")
    wish(asked, "step")
    assert asked.controls["asks"]
    wish(asked, "step")
    assert asked.player.position == 3


def test_a_skipped_question_stays_skipped_while_one_looks_back(asked: Stage) -> None:
    wish(asked, "skip")
    wish(asked, "back")
    wish(asked, "step")
    assert not asked.controls["asks"]


@pytest.mark.parametrize("by", ["wish", "call"])
@pytest.mark.parametrize(("told", "asked_at"), [("theft", 2), ("login", 0)])
def test_a_skipped_question_is_asked_again_after_a_reset(told: str, asked_at: int, by: str, make: Make) -> None:
    stage = Stage(make(told))
    for _ in range(asked_at):
        wish(stage, "step")
    assert stage.controls["asks"]
    wish(stage, "skip")
    wish(stage, "step")
    wish(stage, "reset") if by == "wish" else stage.player.reset()
    for _ in range(asked_at):
        wish(stage, "step")
    assert stage.controls["asks"]


def test_a_reset_undoes_a_skip_even_where_nothing_has_run(make: Make) -> None:
    stage = Stage(make("login"))
    wish(stage, "skip")
    wish(stage, "reset")
    assert stage.controls["asks"]


def test_only_the_modes_that_can_be_are_asked(make: Make) -> None:
    stage = Stage(make(options={"loot": "refresh"}))
    wish(stage, "step")
    wish(stage, "step")
    assert stage.controls["question"]["modes"] == ["hybrid"]
    wish(stage, "predict", choices={"hybrid": "yes"})
    assert stage.player.prediction == {"hybrid": "yes"}


def test_run_all_goes_to_the_end_without_asking(asked: Stage) -> None:
    wish(asked, "run")
    assert asked.controls["finished"]
    assert {step.prediction is None for step in asked.player.record.steps} == {True}


# Asked again -----------------------------------------------------------------


def answer(stage: Stage, choice: str) -> None:
    wish(stage, "predict", choices=dict.fromkeys(MODES, choice))
    wish(stage, "step")


@pytest.fixture
def surprised(make: Make) -> Stage:
    """A tale of six questions, of which the second and the fifth brought a surprise."""
    stage = Stage(make(tale(*["yes"] * 6)))
    for choice in ("yes", "no", "yes", "yes", "no", "yes"):
        answer(stage, choice)
    assert {each["step"] for each in stage.picture["surprises"]} == {2, 5}
    return stage


def test_what_surprised_is_asked_again_first_one_then_the_next(surprised: Stage) -> None:
    wish(surprised, "ask_again")
    assert (surprised.player.position, surprised.controls["asks"]) == (1, True)
    answer(surprised, "yes")
    assert surprised.player.position == 2  # what came of it is shown
    assert surprised.controls["question"]["text"] == "Well 3?"
    assert not surprised.controls["asks"]  # that brought no surprise
    wish(surprised, "step")
    assert (surprised.player.position, surprised.controls["asks"]) == (4, True)
    answer(surprised, "yes")
    wish(surprised, "run")
    assert surprised.picture["surprises"] == ()


def test_the_gate_holds_when_it_is_asked_again(surprised: Stage) -> None:
    wish(surprised, "ask_again")
    wish(surprised, "step")
    assert surprised.player.position == 1


@pytest.mark.parametrize("by", ["wish", "call"])
def test_a_reset_ends_the_asking_again(by: str, surprised: Stage) -> None:
    wish(surprised, "ask_again")
    wish(surprised, "reset") if by == "wish" else surprised.player.reset()
    assert (surprised.player.position, surprised.controls["asks"]) == (0, True)


@pytest.mark.parametrize("reset", [False, True])
def test_a_surprise_at_the_first_step_is_asked_at_once(reset: bool, make: Make) -> None:
    stage = Stage(make(tale("yes", "yes", "yes")))
    for choice in ("no", "yes", "no"):
        answer(stage, choice)
    wish(stage, "ask_again")
    assert (stage.player.position, stage.controls["asks"]) == (0, True)
    if reset:
        wish(stage, "reset")
    answer(stage, "yes")
    assert (stage.player.position, stage.controls["asks"]) == (1, reset)
    wish(stage, "step")
    assert stage.player.position == (1 if reset else 2)
    assert stage.controls["asks"]


def test_without_a_surprise_asking_again_begins_anew(make: Make) -> None:
    stage = Stage(make(tale("yes", "yes")))
    answer(stage, "yes")
    wish(stage, "ask_again")
    assert (stage.player.position, stage.controls["asks"], problem(stage)) == (0, True, "")


# Inspection ----------------------------------------------------------------


@pytest.mark.parametrize("reveal", [False, True])
def test_an_inspection_is_answered_by_a_message(asked: Stage, reveal: bool, sent: Callable[[Stage], list[Any]]) -> None:
    found = sent(asked)
    wish(asked, "inspect", mode="jwt", position=1, number=1, reveal=reveal, view="this one")
    (message,) = [each["content"] for each in found if each["method"] == "custom"]
    wanted = inspect(asked.player.record, "jwt", 1, 1, reveal=reveal).to_json()
    where = {"mode": "jwt", "position": 1, "number": 1, "view": "this one"}
    assert message == {"inspection": json.loads(json.dumps(wanted)), **where}
    assert (asked.player.record.names["jwt"].known()["A1"] in json.dumps(message)) is reveal


def test_an_arrow_of_another_page_can_be_inspected(asked: Stage, sent: Callable[[Stage], list[Any]]) -> None:
    wish(asked, "back")
    wish(asked, "back")
    found = sent(asked)
    wish(asked, "inspect", mode="session", position=1, number=0)
    assert [each["content"]["mode"] for each in found if each["method"] == "custom"] == ["session"]


def test_an_arrow_that_is_gone_is_said_to_be(asked: Stage, sent: Callable[[Stage], list[Any]]) -> None:
    wish(asked, "reset")
    found = sent(asked)
    wish(asked, "inspect", mode="jwt", position=1, number=0)
    assert problem(asked) == "this arrow is gone: the story was played anew"
    assert [each for each in found if each["method"] == "custom"] == []


# What can't be done ----------------------------------------------------------

NAN, INF = float("nan"), float("inf")
SENSELESS: list[Any] = [None, "", [], {}, NAN, INF]


def with_each(do: str, part: str, values: list[Any], **others: Any) -> list[Wish]:
    """That wish with each of these values in one of its parts; and without that part."""
    return [{"do": do, **others}, *({"do": do, **others, part: value} for value in [*SENSELESS, *values])]


BAD: dict[str, list[Any]] = {
    "unknown": [
        {}, {"do": None}, {"do": "explode"}, {"do": "show"}, {"do": "__init__"}, {"do": ["back"]}, {"do": 7},
        {"step": 1}, {"do": "level", "level": 9}, [], ["back"], "back", None, 7,
    ],
    "turn_to": with_each("turn_to", "position", ["x", -1, 3, 99, 1e308, "0x1"]),
    "advance": with_each("advance", "seconds", ["soon", "nan", -INF, 1e300, 10**400, 0, -60, 400 * 86400 + 1]),
    "predict": [
        *with_each("predict", "choices", ["yes", 5, [1], {"oauth": "yes"}, {"jwt": "yes"}, {"choice": "yes"}]),
        *({"do": "predict", "choices": {**ANSWERS, **more}} for more in (
            {"jwt": ""}, {"jwt": None}, {"jwt": "perhaps"}, {"jwt": ["yes"]}, {"oauth": "yes"},
            {"confidence": "certain"}, {"player": "yes"}, {"choice": "yes"}, {"self": "yes"},
        )),
        *({"do": "predict", "choices": ANSWERS, "confidence": sure} for sure in ("sure", "Certain", 5, [1], {"a": 1})),
    ],
    "preset": with_each("preset", "preset", ["strong", "Hardened", 5, True]),
    "switch": with_each("switch", "name", ["denylst", "preset", "__class__", 5, True], value=True),
    "a flag": with_each("switch", "value", ["perhaps", 5, 1.5], name="denylist"),
    "a choice": with_each("switch", "value", ["lax", 5, True, "None"], name="same_site"),
    "a number": with_each("switch", "value", ["four", "3", "17", True, 4.5, 10**400], name="bcrypt_cost"),
    "a time": with_each("switch", "value", ["soon", "0", "-1", True, 1e300, 10**400, "3651d"], name="jwt_lifetime"),
    "what requires another": with_each("switch", "value", [True], name="host_prefix"),
    "a mode": with_each("inspect", "mode", ["oauth", 5], position=1, number=0),
    "a position": with_each("inspect", "position", ["x", 0, -1, 3, 99], mode="jwt", number=0),
    "a number of an arrow": with_each("inspect", "number", ["x", -1, 2, 99], mode="jwt", position=1),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_wish_that_is_none_is_said_and_changes_nothing(
    what: str, asked: Stage, caplog: pytest.LogCaptureFixture, sent: Callable[[Stage], list[Any]]
) -> None:
    player, before, messages = asked.player, looks(asked), sent(asked)
    kept = player.record.steps, player.position, player.prediction, player.defences, player.before
    for bad in BAD[what]:
        hear(asked, bad)
        said = problem(asked)
        assert said.strip(), bad
        assert len(said.splitlines()) == 1
        where = asked.controls["problem_at"]
        assert looks(asked) == {**before, "controls": {**before["controls"], "problem": said, "problem_at": where}}, bad
    assert (player.record.steps, player.position, player.prediction, player.defences, player.before) == kept
    assert [each for each in messages if each["method"] == "custom"] == []
    assert "Traceback" not in caplog.text
    assert player._run.usable


def test_no_value_is_not_the_word_none(make: Make) -> None:
    """Where SameSite=None could be, the page's null is refused all the same."""
    stage = Stage(make("login", preset="hardened"))
    wish(stage, "switch", name="same_site", value=None)
    assert problem(stage) == "the stage was sent no value that it can read"
    assert stage.controls["values"]["same_site"] == "Strict"


@pytest.mark.parametrize("level", [0, 5, -1, 99, "3", None, 2.5, 10**30])
def test_a_level_that_is_none_is_not_taken(level: Any, stage: Stage) -> None:
    before = looks(stage)
    change(stage, level=level)
    assert looks(stage) == before
    change(stage, level=1)
    assert stage.level == 1


def test_a_problem_is_gone_with_the_next_action(stage: Stage) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: wish(stage, "step"), stage.player.step, lambda: wish(stage, "turn_to", position=0), stage.player.reset,
    ]  # fmt: skip
    for act in acts:
        wish(stage, "explode")
        assert problem(stage)
        act()
        assert problem(stage) == ""


@pytest.mark.parametrize(
    ("act", "at"),
    [
        ({"do": "switch", "name": "jwt_lifetime", "value": "soon"}, "switch jwt_lifetime"),
        ({"do": "switch", "name": "detect_reuse", "value": True}, "switch detect_reuse"),
        ({"do": "advance", "seconds": -60}, "minutes"), ({"do": "advance", "seconds": None}, "minutes"),
        ({"do": "predict", "choices": {}}, "lock"), ({"do": "preset", "preset": "strong"}, "preset"),
        ({"do": "turn_to", "position": 99}, ""), ({"do": "explode"}, ""),
    ],
)  # fmt: skip
def test_a_refusal_bears_the_control_at_which_it_is_shown(act: Wish, at: str, asked: Stage) -> None:
    for wished in ({"do": "switch", "name": "jwt_lifetime", "value": "never"}, act):
        hear(asked, wished)
    assert problem(asked)
    assert asked.controls["problem_at"] == at
    wish(asked, "back")
    assert (problem(asked), asked.controls["problem_at"]) == ("", "")


REFUSED: dict[str, list[tuple[str, Any, str]]] = {
    "hardened": [("secure", False, "host_prefix requires secure")],
    "as_written": [
        ("host_prefix", True, "host_prefix requires secure"),
        ("detect_reuse", True, "detect_reuse requires rotate_refresh"),
        ("jwt_lifetime", "soon", "give a time such as 30s, 15min, 24h or 7d, or none"),
        ("jwt_lifetime", "0", "a time from 1 second to 3650 days"),
        ("bcrypt_cost", "four", "give a whole number"),
        ("bcrypt_cost", "3", "a whole number from 4 to 16"),
    ],
}


@pytest.mark.parametrize("preset", REFUSED)
def test_a_switch_that_cannot_be_is_said_and_the_values_stay(
    preset: str, make: Make, sent: Callable[[Stage], list[Any]]
) -> None:
    stage = Stage(make(preset=preset))
    wish(stage, "step")
    before = looks(stage)
    for name, value, says in REFUSED[preset]:
        messages = sent(stage)
        wish(stage, "switch", name=name, value=value)
        assert says in problem(stage)
        assert looks(stage)["controls"]["values"] == before["controls"]["values"]
        assert stage.picture == before["picture"]
        states = [each["state"]["controls"]["values"] for each in messages if "controls" in each.get("state", {})]
        assert states[-1][name] == before["controls"]["values"][name]  # the page's control goes back too


BROKEN = [
    (KeyboardInterrupt(), "Interrupted. The next action replays the story up to here."),
    (ServerStopped("the sandbox's server does not answer: reset the player"), "the sandbox's server does not answer"),
]
NOTICE = "The server had stopped, or a step was interrupted: the story was replayed up to here."
GO_ON: dict[str, Wish] = {"step": {}, "run": {}, "advance": {"seconds": 86400}}


@pytest.mark.parametrize("act", GO_ON)
@pytest.mark.parametrize(("error", "says"), BROKEN, ids=["interrupt", "stopped"])
def test_what_breaks_an_action_is_said_and_the_next_goes_on(
    error: BaseException, says: str, act: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(stage, "step")
    before = stage.picture
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "run", raising(error))
        patch.setattr(Lane, "try_now", raising(error))
        wish(stage, act, **GO_ON[act])
    assert problem(stage).startswith(says)
    assert (stage.controls["working"], stage.player.position, stage.picture) == ("", 1, before)
    wish(stage, "step")
    assert (problem(stage), stage.controls["notice"]) == ("", NOTICE)
    assert titles(stage)[1:] == ["Mallory copies what Alice's browser holds"]
    wish(stage, "run")
    assert "BREACHED: 6 days 23 h 59 min" in json.dumps(stage.picture["lanes"]["jwt"])


@pytest.mark.parametrize(("error", "says"), BROKEN, ids=["interrupt", "stopped"])
@pytest.mark.parametrize("act", [
    {"do": "preset", "preset": "hardened"}, {"do": "switch", "name": "leeway", "value": True},
], ids=doing)  # fmt: skip
def test_a_broken_switch_is_said_and_the_values_stay(
    act: Wish, error: BaseException, says: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(stage, "step")
    before = looks(stage)
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "run", raising(error))
        hear(stage, act)
    assert problem(stage).startswith(says)
    said = {"problem": problem(stage), "problem_at": stage.controls["problem_at"]}
    assert looks(stage) == {**before, "controls": {**before["controls"], **said}}
    hear(stage, act)
    assert problem(stage) == ""
    assert stage.controls["values"] != before["controls"]["values"]


def test_an_error_of_our_own_is_said_and_raised_again(asked: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wish(asked, "skip")
    with monkeypatch.context() as patch:
        patch.setattr(Lane, "run", raising(ZeroDivisionError()))
        with pytest.raises(ZeroDivisionError):
            asked.do({"do": "step"})
    assert problem(asked) == "That failed: ZeroDivisionError. The next action replays the story up to here."
    assert not asked.controls["working"]
    wish(asked, "step")
    assert (asked.controls["notice"], asked.player.position) == (NOTICE, 3)


def test_an_error_of_our_own_keeps_its_traceback(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ipywidgets logs what a message raises, and goes on."""
    monkeypatch.setattr(Lane, "run", raising(ZeroDivisionError()))
    wish(stage, "step")
    assert "ZeroDivisionError" in caplog.text
    assert "Traceback" in caplog.text


def test_a_server_that_is_killed_is_replaced(make: Make) -> None:
    stage = Stage(make(transport="loopback"))
    wish(stage, "step")
    stage.player._run.box._server.stop()  # type: ignore[union-attr]
    wish(stage, "step")
    assert (stage.controls["notice"], stage.player.position) == (NOTICE, 2)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ({"do": "step"}, "step 3"), ({"do": "run"}, "step 3"), ({"do": "ask_again"}, "beginning anew"),
        ({"do": "preset", "preset": "bare"}, "the story is played anew under other switches"),
    ],
    ids=lambda given: given["do"] if isinstance(given, dict) else "",
)
def test_what_it_works_on_is_said_while_it_does(
    act: Wish, says: str, make: Make, monkeypatch: pytest.MonkeyPatch, sent: Callable[[Stage], list[Any]]
) -> None:
    stage = Stage(make(tale("yes", "yes", "yes")))
    answer(stage, "yes")
    answer(stage, "no")
    wish(stage, "skip")
    messages, run, seen = sent(stage), Lane.run, []

    def watched(lane: Lane) -> Any:
        told = [each["state"]["controls"]["working"] for each in messages if "controls" in each.get("state", {})]
        seen.append(told[-1:])
        return run(lane)

    monkeypatch.setattr(Lane, "run", watched)
    hear(stage, act)
    assert seen
    assert set(map(tuple, seen)) == {(says,)}
    assert messages[-1]["state"]["controls"]["working"] == ""


@pytest.mark.parametrize(
    "act", [{"do": "skip"}, {"do": "back"}, {"do": "turn_to", "position": 0}, {"do": "predict", "choices": ANSWERS}],
    ids=doing,
)
def test_what_plays_nothing_is_done_without_such_a_word(
    act: Wish, make: Make, sent: Callable[[Stage], list[Any]]
) -> None:
    stage = Stage(make(tale("yes", "yes")))
    answer(stage, "yes")
    messages = sent(stage)
    hear(stage, act)
    assert [each["state"]["controls"]["working"] for each in messages if "controls" in each["state"]] == [""]


# Two stages ------------------------------------------------------------------


def test_two_stages_of_one_player_stay_in_step(make: Make) -> None:
    one = Stage(make())
    other = Stage(one.player, level=1)
    for stage, act in (
        (one, {"do": "step"}), (other, {"do": "step"}), (one, {"do": "predict", "choices": ANSWERS}),
        (other, {"do": "step"}), (one, {"do": "switch", "name": "denylist", "value": True}), (other, {"do": "back"}),
        (one, {"do": "preset", "preset": "hardened"}), (other, {"do": "run"}), (one, {"do": "reset"}),
    ):
        before = one.picture, one.controls
        hear(stage, act)
        assert (one.picture, one.controls) == (other.picture, other.controls) != before
        assert problem(one) == ""
    assert (one.level, other.level) == (3, 1)


def test_what_one_stage_cannot_do_is_no_matter_of_the_others(make: Make) -> None:
    one = Stage(make())
    other = Stage(one.player)
    wish(one, "explode")
    assert (bool(problem(one)), problem(other)) == (True, "")


def test_a_play_that_has_run_is_shown_as_far_as_it_went(make: Make) -> None:
    player = make()
    player.run()
    player.back()
    assert looks(Stage(player))["picture"]["position"] == 3
    assert len(titles(Stage(player))) == 4


# Text stays text ---------------------------------------------------------------

HARM = "<img src=x onerror=alert(1)>\"'&</script>"


def test_a_storys_own_words_are_handed_on_as_the_text_that_they_are(make: Make) -> None:
    stage = Stage(make(tale("yes", "yes", harm=HARM)))
    seen = json.dumps(looks(stage))
    for _ in range(2):
        wish(stage, "predict", choices=dict.fromkeys(MODES, "no"))
        wish(stage, "step")
        seen += json.dumps(looks(stage))
    for place in ("step 2", "yes", "hint", "because", "source", "summary", "title", "about", "remains", "end"):
        assert json.dumps(f"{place}{HARM}")[1:-1] in seen, place
    assert "&lt;" not in seen


# What must not be seen -----------------------------------------------------------


def everything(stage: Stage) -> str:
    """All that a front end is sent and a notebook saves, and all that a repr would show."""
    shown = [stage.get_state(), {name: repr(value) for name, value in stage.trait_values().items()}]
    return json.dumps(shown, ensure_ascii=False, default=repr) + repr(stage) + repr(stage._repr_mimebundle_())


def credentials(player: Player) -> set[str]:
    """All that is known, as it stands in JSON too."""
    known = {value for names in player.record.names.values() for value in names.known().values()}
    return known | {json.dumps(value)[1:-1] for value in known}


@pytest.mark.parametrize("preset", ["as_written", "hardened"])
@pytest.mark.parametrize("told", ["theft", "revocation", "algorithm_none", "store_leak", "two_nodes"])
def test_no_credential_is_ever_in_the_state(
    told: str, preset: str, make: Make, sent: Callable[[Stage], list[Any]]
) -> None:
    player = make(told, preset=preset)
    stage = Stage(player, level=4)
    messages = sent(stage)
    while player.step():
        assert len(credentials(player)) >= 2
        assert [value for value in credentials(player) if value in everything(stage)] == []
        for mode, lane in player.record.steps[-1].lanes.items():
            for number in range(len(lane.exchanges)):
                wish(stage, "inspect", mode=mode, position=player.position, number=number, reveal=True)
        assert [value for value in credentials(player) if value in everything(stage)] == []
    updates = json.dumps([each for each in messages if each["method"] != "custom"], ensure_ascii=False)
    revealed = json.dumps([each for each in messages if each["method"] == "custom"], ensure_ascii=False)
    assert [value for value in credentials(player) if value in updates] == []
    assert any(value in revealed for value in credentials(player))


@pytest.mark.parametrize("transport", ["in-process", "loopback"])
def test_the_launchs_key_is_nowhere(transport: str, make: Make, sent: Callable[[Stage], list[Any]]) -> None:
    player = make(transport=transport)
    stage = Stage(player, level=4)
    messages = sent(stage)
    key = player._run.box._network._key
    assert len(key) >= 43
    while player.step():
        for mode, lane in player.record.steps[-1].lanes.items():
            for number in range(len(lane.exchanges)):
                wish(stage, "inspect", mode=mode, position=player.position, number=number, reveal=True)
    seen = [everything(stage), json.dumps(messages), repr(player), repr(player.record), repr(player._run.box)]
    assert '"inspection"' in seen[1]
    assert [text for text in seen if key in text] == []


# How large, how fast ----------------------------------------------------------


@pytest.mark.parametrize("told", ["theft", "expiry"])
def test_thirty_steps_are_a_small_state_and_open_at_once(told: str, make: Make) -> None:
    player = make(told, preset="hardened")
    player.run()
    while len(player.record.steps) < 30:
        player.advance(minutes=1)
    player.switch(leeway=False)  # there is a run before, to compare with
    seconds = []
    for _ in range(4):
        begun = stopwatch()
        stage = Stage(player, level=4)
        seconds.append(stopwatch() - begun)
    assert len(player.record.steps) >= 30
    size = len(json.dumps(stage.get_state()).encode())
    print(f"\n{told}: {size / 1000:.0f} kB of state, opened in {min(seconds) * 1000:.0f} ms")
    assert size <= 300_000
    assert min(seconds) <= 5 * 0.2  # 0.2 s is what it may take; this machine may be busy


# The front end's files -------------------------------------------------------


def test_the_script_is_its_eight_files_in_their_order() -> None:
    assert SCRIPTS == (
        "elements.js", "motion.js", "lanes.js", "timeline.js", "inspector.js", "controls.js", "cards.js", "stage.js",
    )  # fmt: skip
    assert sorted(path.name for path in FRONT.glob("*.js")) == sorted(SCRIPTS)
    assert script() == "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)
    assert script().rstrip().endswith("export default { render };")


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\bimport\b", r"\brequire\s*\(", r"https?:(?!//www\.w3\.org/2000/svg\")", r"\bwss?:", r"innerHTML",
        r"outerHTML", r"insertAdjacentHTML", r"\beval\b", r"document\s*\.\s*write", r"new\s+Function", r"srcdoc",
        r"DOMParser", r"createContextualFragment", r"setHTML", r"parseHTML", r"\bfetch\s*\(", r"XMLHttpRequest",
        r"javascript:", r"localStorage", r"sessionStorage", r"indexedDB", r"document\s*\.\s*cookie",
    ],
)  # fmt: skip
def test_the_script_fetches_nothing_keeps_nothing_and_makes_no_html_of_text(forbidden: str) -> None:
    assert [line for line in script().splitlines() if re.search(forbidden, line)] == []


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_the_script_is_one_module_that_an_engine_can_read(tmp_path: Path) -> None:
    module = tmp_path / "stage.mjs"
    module.write_text(script(), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(module)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def rules() -> str:
    """The style sheet without its comments."""
    return re.sub(r"(?s)/\*.*?\*/", "", style())


def test_the_style_loads_nothing_from_outside() -> None:
    assert re.findall(r"url\(|@import|https?:|//|src\s*:|expression|image-set", rules()) == []


def test_the_style_has_both_themes() -> None:
    light, dark = palette.variables(palette.LIGHT), palette.variables(palette.DARK)
    assert f".sbx-stage {{ {light} }}" in style()
    assert f'body[data-jp-theme-light="false"] .sbx-stage {{ {dark} }}' in style()
    by_the_reader = f"body:not([data-jp-theme-light]) .sbx-stage {{ {dark} }}"
    assert f"@media (prefers-color-scheme: dark) {{ {by_the_reader} }}" in style()
    assert palette.LIGHT.keys() == palette.DARK.keys()


def test_every_colour_of_the_style_is_one_of_both_themes() -> None:
    """None is written into the sheet itself, where it would be the same in light and dark."""
    sheet = (FRONT / "stage.css").read_text(encoding="utf-8")
    set_there = set(re.findall(r"(--[\w-]+)\s*:", style()))
    assert {name for name in re.findall(r"var\((--[\w-]+)\)", sheet) if name not in set_there} == set()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet) == []


PAIRS = [kind for kind in palette.LIGHT if kind != "line"]  # that one only parts what stands beside it


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    assert round(contrast("#ffffff", "#000000"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_every_ink_can_be_read_on_its_ground(theme: palette.Palette) -> None:
    assert {kind: round(contrast(*theme[kind]), 2) for kind in PAIRS if contrast(*theme[kind]) < 4.5} == {}


def inks() -> list[tuple[str, str, str]]:
    """Selector, ink and ground of every rule that sets an ink; without a ground of its own it may stand on three."""
    found = []
    for selector, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", rules()):
        ink = re.search(r"(?<![\w-])color:\s*var\(--([\w-]+)\)", rule)
        ground = re.search(r"(?<![\w-])background(?:-color)?:\s*var\(--([\w-]+)\)", rule)
        grounds = [ground[1]] if ground else ["page-on", "panel-on", "ask-on"]
        found += [(selector.strip(), ink[1], each) for each in grounds if ink]
    return found


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_every_ink_of_the_style_can_be_read_where_it_stands(theme: palette.Palette) -> None:
    colours = {name: colour for kind, (on, ink) in theme.items() for name, colour in ((kind, ink), (f"{kind}-on", on))}
    assert len(inks()) > 40
    weak = [rule for rule in inks() if contrast(colours[rule[1]], colours[rule[2]]) < 4.5]
    assert weak == []


def test_a_stage_leaves_no_widget_but_itself(make: Make) -> None:
    """One model, of plain data: nothing else is saved beside it."""
    stage = Stage(make())
    assert [name for name in stage.keys if isinstance(getattr(stage, name), Widget) and name != "layout"] == []


def test_a_click_that_comes_late_does_not_step_twice(make: Make) -> None:
    stage = Stage(make())
    for _ in range(2):
        wish(stage, "step", position=0)
    assert stage.player.position == 1
    wish(stage, "step", position=1)
    assert stage.player.position == 2
