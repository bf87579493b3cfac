"""The player steps, asks, goes back, replays, and comes through interrupts and killed servers."""

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sandbox
from sandbox.answers import Answers
from sandbox.engine import Lane, Scene, Step, Story
from sandbox.errors import BadInput, BadStory, BadSwitch, PredictionRefused, SandboxError, ServerStopped, UnknownName
from sandbox.exchange import MODES
from sandbox.player import MOST_OPEN, Player
from sandbox.record import Outcome, Question
from sandbox.scenarios import story

Make = Callable[..., Player]
NOTICE = "The server had stopped, or a step was interrupted: the story was replayed up to here."


@pytest.fixture
def theft(make: Make) -> Player:
    return make("theft")


def titles(player: Player) -> list[str]:
    return [step.title for step in player.record.steps]


def requests(player: Player) -> int:
    """How many requests the lanes have sent so far."""
    return sum(len(lane.scene.log) for lane in player._run.lanes.values())


def numbers(player: Player) -> dict[str, Any]:
    return {mode: (each.verdict, each.attacker_seconds) for mode, each in player.outcome.items()}


# Going on ------------------------------------------------------------


def test_a_player_starts_before_the_first_step(theft: Player) -> None:
    assert (theft.position, theft.current, theft.finished, theft.outcome) == (0, None, False, {})
    assert theft.next_title == "Alice logs in and reads her profile"
    assert requests(theft) == 0
    assert repr(theft) == "<Player theft, preset as_written, step 0>"


def test_a_step_runs_in_every_mode_and_is_shown(theft: Player) -> None:
    step = theft.step()
    assert step is theft.current
    assert step is not None
    assert list(step.lanes) == list(MODES)
    assert theft.next_title == "Mallory copies what Alice's browser holds"


def test_after_the_last_step_there_is_none(theft: Player) -> None:
    theft.run()
    assert (theft.step(), theft.finished, theft.next_title, len(theft.record.steps)) == (None, True, None, 4)
    assert repr(theft) == "<Player theft, preset as_written, step 4, finished>"


def test_run_steps_to_the_end_and_gives_the_outcome_per_mode(theft: Player) -> None:
    theft.step()
    assert list(theft.run()) == list(MODES)
    assert numbers(theft) == {
        "session": ("breached", None), "jwt": ("breached", 604740.0), "hybrid": ("breached", 605639.0),
    }  # fmt: skip


def test_the_clock_of_the_player_is_that_of_the_shown_step(theft: Player) -> None:
    start = theft.now
    theft.run()
    assert theft.now - start == 60
    theft.back()
    theft.back()
    theft.back()
    assert theft.now == start


def test_modes_are_played_in_their_order_whatever_was_asked(make: Make) -> None:
    player = make(modes=("hybrid", "session"))
    player.run()
    assert list(player.outcome) == ["session", "hybrid"]
    assert list(player.record.to_json()["modes"]) == ["session", "hybrid"]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"preset": "strong"}, UnknownName), ({"modes": ("oauth",)}, UnknownName),
        ({"transport": "pigeon"}, UnknownName),
        ({"settings": {"sekure": True}}, UnknownName), ({"settings": {"detect_reuse": True}}, BadSwitch),
        ({"settings": {"host_prefix": True}}, BadSwitch), ({"options": {"loot": "money"}}, UnknownName),
        ({"options": {"booty": "all"}}, BadStory), ({"bcrypt_cost": 3}, BadSwitch),
    ],
)  # fmt: skip
def test_a_player_that_cannot_be_made_is_refused_and_disturbs_no_other(
    make: Make, how: dict[str, Any], error: type[SandboxError]
) -> None:
    with pytest.raises(error) as refused:
        make(**how)
    assert len(str(refused.value).splitlines()) == 1
    assert make().step()


# Back ----------------------------------------------------------------


def test_back_shows_the_recorded_page_and_asks_no_server(theft: Player) -> None:
    pages = [theft.step(), theft.step(), theft.step()]
    sent = requests(theft)
    theft.back()
    assert theft.current is pages[1]
    theft.back()
    assert theft.current is pages[0]
    assert theft.step() is pages[1]
    assert theft.step() is pages[2]
    assert requests(theft) == sent


def test_back_works_on_a_closed_player(theft: Player) -> None:
    theft.step()
    theft.close()
    theft.back()
    assert theft.current is None
    assert theft.step() is not None
    assert theft.notice == ""


def test_before_the_first_step_there_is_nothing_to_go_back_to(theft: Player) -> None:
    theft.back()
    assert theft.position == 0


def test_what_is_shown_ends_with_the_page_and_the_record_does_not(theft: Player) -> None:
    theft.run()
    theft.back()
    assert (len(theft.shown.steps), len(theft.record.steps)) == (3, 4)
    assert theft.shown.outcomes == {}
    assert list(theft.record.outcomes) == list(MODES)


def test_any_page_that_is_there_can_be_turned_to_without_a_request(theft: Player) -> None:
    theft.run()
    sent, pages = requests(theft), theft.record.steps
    shown = []
    for position in (1, 4, 0, 3):
        theft.turn_to(position)
        shown.append((theft.position, theft.current))
    assert shown == [(1, pages[0]), (4, pages[3]), (0, None), (3, pages[2])]
    assert (requests(theft), len(theft.record.steps)) == (sent, 4)


@pytest.mark.parametrize("position", [-1, 3])
def test_a_page_that_is_not_there_is_refused_and_the_shown_one_stays(theft: Player, position: int) -> None:
    theft.step()
    theft.step()
    with pytest.raises(BadStory, match=f"there is no page {position}: 2 steps have run"):
        theft.turn_to(position)
    assert theft.position == 2


def test_a_mode_in_which_the_story_cannot_be_is_known_on_every_page(make: Make) -> None:
    player = make("theft", options={"loot": "refresh"})
    known = [player.record]
    while player.step():
        known += [player.record, player.shown]
    assert [{mode for mode, each in record.outcomes.items() if not each.applies} for record in known] == [
        {"session", "jwt"}
    ] * len(known)
    assert [record.finished for record in known] == [False] * (len(known) - 2) + [True] * 2


# Prediction ----------------------------------------------------------


@pytest.fixture
def asked(theft: Player) -> Player:
    """Theft, before the step that asks."""
    theft.step()
    theft.step()
    return theft


def test_a_question_stands_before_its_step_alone(theft: Player) -> None:
    asked = [theft.question is not None]
    while theft.step():
        asked.append(theft.question is not None)
    assert asked == [False, False, True, True, False]


def test_a_prediction_locks_before_the_step_runs(asked: Player) -> None:
    asked.predict("no")
    assert asked.prediction == {"session": "no", "jwt": "no", "hybrid": "no"}
    with pytest.raises(PredictionRefused, match="locked"):
        asked.predict("yes")
    step = asked.step()
    assert step is not None
    assert step.prediction == {"session": "no", "jwt": "no", "hybrid": "no"}
    assert step.surprises() == dict.fromkeys(MODES, ("no", "yes"))
    assert asked.prediction is None


def test_a_prediction_may_differ_per_mode(asked: Player) -> None:
    asked.step()
    asked.predict(session="without end", jwt="minutes", hybrid="days")
    step = asked.step()
    assert step is not None
    assert step.surprises() == {"jwt": ("minutes", "days")}


def test_one_answer_for_all_may_be_changed_for_one_mode(asked: Player) -> None:
    asked.predict("yes", jwt="no")
    assert asked.prediction == {"session": "yes", "jwt": "no", "hybrid": "yes"}


def test_a_prediction_speaks_of_the_modes_that_can_be(make: Make) -> None:
    player = make(options={"loot": "refresh"})
    player.step()
    player.step()
    player.predict("yes")
    assert player.prediction == {"hybrid": "yes"}


@pytest.mark.parametrize("guess", [{"jwt": ..., "session": "yes", "hybrid": "yes"}, dict.fromkeys(MODES, ...)])
def test_an_open_guess_is_refused_and_says_what_may_be_answered(theft: Player, guess: dict[str, Any]) -> None:
    theft.step()
    theft.step()
    with pytest.raises(PredictionRefused, match=r'put "yes" or "no", with the quotes, in place of \.\.\.'):
        theft.predict(**guess)
    assert theft.prediction is None


@pytest.mark.parametrize(
    ("said", "error", "says"),
    [
        ({"choice": "perhaps"}, PredictionRefused, "'perhaps' is no choice here: choose from yes, no"),
        ({"session": "yes"}, PredictionRefused, "predict for jwt, hybrid too"),
        ({"choice": "yes", "oauth": "no"}, UnknownName, "Choose from: session, jwt, hybrid"),
        ({}, PredictionRefused, "predict for session, jwt, hybrid too"),
    ],
)
def test_a_prediction_that_is_none_locks_nothing(
    asked: Player, said: dict[str, str], error: type[SandboxError], says: str
) -> None:
    with pytest.raises(error, match=says):
        asked.predict(**said)
    assert asked.prediction is None


def test_no_prediction_is_taken_where_nothing_is_asked_or_the_step_has_run(asked: Player) -> None:
    asked.back()
    with pytest.raises(PredictionRefused, match="nothing is asked here"):
        asked.predict("yes")
    asked.run()
    asked.back()
    asked.back()
    with pytest.raises(PredictionRefused, match="nothing is asked here"):
        asked.predict("yes")


def test_a_step_may_run_without_a_prediction(asked: Player) -> None:
    step = asked.step()
    assert step is not None
    assert (step.prediction, step.surprises()) == (None, {})


@pytest.mark.parametrize("confidence", ["guessing", "fairly sure", "certain", None])
def test_how_sure_a_prediction_was_is_kept_with_its_step(asked: Player, confidence: str | None) -> None:
    asked.predict("no", confidence=confidence)
    step = asked.step()
    assert step is not None
    assert step.confidence == confidence
    step = asked.step()
    assert step is not None
    assert step.confidence is None


def test_a_confidence_that_is_none_locks_nothing(asked: Player) -> None:
    with pytest.raises(PredictionRefused, match="'sure' is no confidence: choose from guessing, fairly sure, certain"):
        asked.predict("no", confidence="sure")
    assert asked.prediction is None


def test_a_reset_forgets_how_sure_somebody_was(asked: Player) -> None:
    asked.predict("no", confidence="certain")
    asked.reset()
    steps = [asked.step() for _ in range(3)]
    assert [(each.prediction, each.confidence) for each in steps if each] == [(None, None)] * 3


# Answers that are kept -----------------------------------------------


class Book:
    """Keeps answers in memory, as an `Answers` does in a file."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.wrong: set[str] = set()
        self.broken = False

    def add(self, question: str, mode: str, **more: Any) -> None:
        if self.broken:
            raise BadInput("the disk is full")
        self.kept.append({"question": question, "mode": mode, **more})

    def surprises(self) -> list[Any]:
        if self.broken:
            raise BadInput("the disk is gone")
        return [SimpleNamespace(question=each) for each in self.wrong]


def test_a_question_has_a_number_among_those_of_its_story(theft: Player) -> None:
    ids = [theft.question_id]
    while theft.step():
        ids.append(theft.question_id)
    assert ids == [None, None, "theft/1", "theft/2", None]


def test_a_questions_number_stays_whatever_page_is_shown_and_however_the_clock_was_moved(asked: Player) -> None:
    asked.back()
    assert asked.question_id is None
    asked.turn_to(2)
    asked.advance(minutes=1)
    assert asked.question_id == "theft/1"
    asked.step()
    assert asked.question_id == "theft/2"


def test_what_was_predicted_and_what_happened_goes_into_the_book(asked: Player) -> None:
    book = Book()
    assert asked.keep_answers(book) is asked
    asked.predict("no", confidence="certain", jwt="yes")
    assert book.kept == []
    asked.step()
    kept = {"question": "theft/1", "preset": "as_written", "confidence": "certain", "happened": "yes"}
    assert book.kept == [
        {**kept, "mode": "session", "choice": "no", "misconception": "theft/1/no"},
        {**kept, "mode": "jwt", "choice": "yes", "misconception": None},
        {**kept, "mode": "hybrid", "choice": "no", "misconception": "theft/1/no"},
    ]


def test_an_answer_says_under_which_switches_it_was_given(make: Make) -> None:
    player, book = make("theft", settings={"jwt_lifetime": 900.0}), Book()
    player.keep_answers(book).step()
    player.step()
    player.predict("yes")
    player.step()
    assert {each["preset"] for each in book.kept} == {"as_written+jwt_lifetime=15 min"}


def test_without_a_prediction_or_a_book_nothing_is_kept(asked: Player) -> None:
    book = Book()
    asked.keep_answers(book).step()
    asked.predict("days")
    asked.keep_answers(None).step()
    assert book.kept == []
    assert asked.record.steps[-1].prediction is not None


def test_a_page_that_is_turned_and_a_replay_are_no_new_answers(asked: Player) -> None:
    book = Book()
    asked.keep_answers(book).predict("no")
    asked.step()
    asked.back()
    asked.step()
    asked.switch(jwt_lifetime=30.0)
    asked.close()
    asked.step()
    assert (asked.notice, len(book.kept)) == (NOTICE, 3)


def test_an_answer_that_cannot_be_kept_is_said_and_the_step_stands(asked: Player) -> None:
    book = Book()
    book.broken = True
    asked.keep_answers(book).predict("no")
    step = asked.step()
    assert (step, asked.position, asked.notice) == (asked.record.steps[2], 3, "the disk is full")


@pytest.mark.parametrize(("wrong", "before"), [({"theft/1"}, True), ({"theft/2", "expiry/1"}, False), (set(), False)])
def test_a_question_that_brought_a_surprise_is_known_when_it_is_asked_again(
    asked: Player, wrong: set[str], before: bool
) -> None:
    book = Book()
    book.wrong = wrong
    assert not asked.surprised_before
    asked.keep_answers(book)
    assert asked.surprised_before == before
    asked.back()
    assert not asked.surprised_before


def test_a_book_that_cannot_be_read_tells_of_no_surprise(asked: Player) -> None:
    book = Book()
    book.wrong, book.broken = {"theft/1"}, True
    assert not asked.keep_answers(book).surprised_before


def test_a_learners_own_book_serves(asked: Player, tmp_path: Path) -> None:
    book = Answers(tmp_path / "answers.jsonl")
    asked.keep_answers(book).predict("no", confidence="guessing")
    asked.step()
    assert [(each.question, each.mode, each.right, each.attempt) for each in book] == [
        ("theft/1", mode, False, 1) for mode in MODES
    ]
    asked.reset()
    asked.step()
    asked.step()
    assert asked.surprised_before
    asked.predict("yes")
    asked.step()
    assert ([each.attempt for each in book], book.surprises()) == ([1, 1, 1, 2, 2, 2], [])


# Switches ------------------------------------------------------------


def test_before_a_switch_there_is_no_run_before(theft: Player) -> None:
    theft.run()
    assert theft.before is None


def test_after_a_switch_the_run_before_is_there_as_it_was(theft: Player) -> None:
    theft.run()
    whole = theft.record.to_json()
    theft.back()
    theft.switch(jwt_lifetime=900.0)
    assert theft.before is not None
    assert theft.before.to_json() == whole
    theft.run()
    theft.switch(denylist=True)
    assert theft.before.defences.jwt_lifetime == 900.0
    theft.reset()
    assert theft.before is None


def test_a_switch_that_is_refused_leaves_the_run_before_as_it_was(theft: Player) -> None:
    theft.step()
    theft.switch(jwt_lifetime=900.0)
    before = theft.before
    with pytest.raises(BadSwitch):
        theft.switch(host_prefix=True)
    assert theft.before is before


def test_a_switch_replays_to_the_same_page(asked: Player) -> None:
    asked.predict("no")
    asked.step()
    asked.back()
    asked.switch(jwt_lifetime=30.0)
    assert (asked.position, len(asked.record.steps)) == (2, 3)
    assert asked.defences.jwt_lifetime == 30.0
    assert asked.record.steps[2].lanes["jwt"].answer == "no"


def test_what_was_predicted_under_other_switches_is_no_prediction_of_these(asked: Player) -> None:
    asked.predict("no")
    asked.step()
    assert asked.record.steps[2].surprises()
    asked.switch(jwt_lifetime=30.0)
    assert asked.record.steps[2].prediction is None
    assert asked.before is not None
    assert asked.before.steps[2].prediction == dict.fromkeys(MODES, "no")


def test_a_locked_prediction_is_open_again_under_another_switch(asked: Player) -> None:
    asked.predict("yes")
    asked.switch()
    assert asked.prediction == dict.fromkeys(MODES, "yes")
    asked.switch(denylist=True)
    assert asked.prediction is None
    assert asked.question is not None


def test_a_switch_at_the_end_gives_the_new_outcome(theft: Player) -> None:
    theft.run()
    theft.switch(jwt_lifetime=900.0)
    assert theft.finished
    assert numbers(theft)["jwt"] == ("breached", 840.0)


def test_switches_add_up_and_a_preset_clears_them(theft: Player) -> None:
    theft.switch(denylist=True)
    theft.switch(user_epoch=True)
    assert (theft.defences.denylist, theft.defences.user_epoch) == (True, True)
    theft.switch("as_advised", leeway=True)
    assert (theft.preset, theft.defences.denylist, theft.defences.leeway) == ("as_advised", False, True)
    assert theft.defences.bcrypt_cost == 4


@pytest.mark.parametrize(
    "wrong", [{"sekure": True}, {"host_prefix": True}, {"preset": "strong"}, {"signing": "x"}, {"jwt_lifetime": "soon"}]
)
def test_a_switch_that_is_refused_leaves_the_player_as_it_was(theft: Player, wrong: dict[str, Any]) -> None:
    theft.step()
    before = theft.preset, dict(theft.settings), theft.defences, theft.record
    with pytest.raises(SandboxError):
        theft.switch(**wrong)
    assert (theft.preset, theft.settings, theft.defences, theft.record) == before
    theft.run()
    assert (theft.notice, numbers(theft)["jwt"]) == ("", ("breached", 604740.0))


# The clock by hand ---------------------------------------------------


def test_moving_the_clock_is_a_step_of_its_own(theft: Player) -> None:
    theft.step()
    step = theft.advance(minutes=15)
    assert (step.by_hand, step.title, theft.current) == (True, "You move the clock on: 15 min", step)
    assert step.clock - theft.record.steps[0].clock == 900
    statuses = {mode: [each.response.status for each in lane.exchanges] for mode, lane in step.lanes.items()}
    assert statuses == {"session": [200], "jwt": [200], "hybrid": [403]}


def test_what_is_tried_by_hand_has_no_consequence(make: Make) -> None:
    """A use would push the inactivity timeout of 24 h ahead: after 23 h, and 2 h more, it has not been pushed."""
    player = make(preset="as_advised", modes=("session",))
    player.step()
    statuses = [player.advance(hours=hours).lanes["session"].exchanges[-1].response.status for hours in (23, 2)]
    assert statuses == [200, 401]


def test_a_clock_that_was_moved_by_hand_goes_back_when_the_story_goes_on(theft: Player, make: Make) -> None:
    """Else an outcome would tell of another story: eight days after the theft, jwt would have held."""
    undisturbed = make()
    undisturbed.run()
    theft.step()
    theft.advance(days=8)
    assert theft.notice == ""
    theft.step()
    assert "goes on from before you moved the clock" in theft.notice
    assert theft.now == undisturbed.record.steps[1].clock
    theft.run()
    assert numbers(theft) == numbers(undisturbed)
    assert [theft.record.path("jwt", position) for position in (2, 3)] == [(1, 2), (1, 3)]


def test_the_clock_is_moved_by_hand_again_and_again(theft: Player) -> None:
    begun = theft.now
    theft.step()
    theft.advance(minutes=1)
    theft.advance(days=1)
    assert theft.now == begun + 60 + 86400
    assert theft.record.path("jwt", 3) == (1, 2, 3)


def test_a_clock_moved_by_hand_is_moved_again_on_replay(theft: Player) -> None:
    theft.step()
    theft.advance(minutes=20)
    theft.step()
    before = titles(theft), theft.now
    theft.switch(access_lifetime=3600.0)
    assert (titles(theft), theft.now) == before
    assert theft.record.steps[1].lanes["hybrid"].exchanges[-1].response.status == 200


def test_moving_the_clock_shows_the_newest_page_first(theft: Player) -> None:
    theft.step()
    theft.step()
    theft.back()
    theft.advance(seconds=1)
    assert (theft.position, theft.record.steps[-1].by_hand) == (3, True)


@pytest.mark.parametrize("step", [{}, {"seconds": -1}, {"days": 401}, {"minutes": 1, "seconds": -60}])
def test_the_clock_is_moved_ahead_and_not_too_far(theft: Player, step: dict[str, float]) -> None:
    with pytest.raises(SandboxError, match="more than nothing and at most 400 days"):
        theft.advance(**step)
    assert titles(theft) == []


# Starting anew -------------------------------------------------------


def test_reset_starts_anew_with_the_same_switches(theft: Player) -> None:
    theft.switch(jwt_lifetime=900.0)
    theft.run()
    theft.reset()
    assert (theft.position, titles(theft), theft.outcome, theft.prediction) == (0, [], {}, None)
    assert theft.defences.jwt_lifetime == 900.0
    theft.run()
    assert numbers(theft)["jwt"] == ("breached", 840.0)


def test_two_runs_leave_equal_records(theft: Player) -> None:
    theft.run()
    first = theft.record.to_json()
    theft.reset()
    theft.run()
    assert theft.record.to_json() == first


# Interrupts and killed servers ---------------------------------------


def interrupted_once(steps: list[str]) -> Story:
    """A story whose second step is interrupted the first time, after it has changed something on the server."""

    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice = scene.person("alice")
        yield Step("in", ask=Question("Well?"))
        alice.login()
        scene.answer("yes")
        yield Step("pay", after=60)
        alice.transfer("bob@bank.example", 100)
        steps.append(scene.mode)
        if steps == ["session", "jwt"]:
            raise KeyboardInterrupt
        return Outcome(applies=True, summary="paid", verdict="measured")

    return Story("tale", "A tale", "made for a test", script)


def test_an_interrupted_step_is_replayed_with_a_notice(make: Make) -> None:
    player = make(interrupted_once([]))
    player.predict("no")
    player.step()
    with pytest.raises(KeyboardInterrupt):
        player.step()
    assert (titles(player), player.position) == (["in"], 1)
    step = player.step()
    assert step is not None
    assert player.notice == NOTICE
    assert (titles(player), player.position) == (["in", "pay"], 2)
    assert player.record.steps[0].surprises() == dict.fromkeys(MODES, ("no", "yes"))
    for mode in MODES:
        balances = [row["balance"] for row in step.lanes[mode].tables["users"]]
        assert balances == [900, 1100, 1000]  # paid once, in every mode


def test_an_interrupt_on_the_wire_is_survived(theft: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    theft.step()
    with monkeypatch.context() as patch:
        patch.setattr(theft._run.box._network, "send", raising(KeyboardInterrupt))
        theft.step()
        with pytest.raises(KeyboardInterrupt):
            theft.step()
    theft.run()
    assert numbers(theft)["jwt"] == ("breached", 604740.0)


def raising(error: type[BaseException]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_an_interrupted_replay_leaves_the_player_as_it_was(theft: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        theft.step()
    before = theft.record.to_json(), theft.position, dict(theft.settings)
    run, calls = Lane.run, iter(range(100))

    def interrupted(lane: Lane) -> Any:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return run(lane)

    monkeypatch.setattr(Lane, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        theft.switch(jwt_lifetime=900.0)
    assert (theft.record.to_json(), theft.position, theft.settings) == before
    assert theft.before is None
    theft.run()
    assert theft.notice == ""
    assert len(theft.record.steps) == 4
    assert numbers(theft)["jwt"] == ("breached", 604740.0)


def test_a_killed_server_is_replaced_and_the_story_replayed(make: Make) -> None:
    player = make(transport="loopback")
    player.step()
    player.step()
    assert player._run.box._server is not None
    player._run.box._server.stop()
    assert player.step() is not None
    assert (player.notice, player.position) == (NOTICE, 3)
    player.step()
    assert player.notice == ""
    assert numbers(player)["hybrid"] == ("breached", 605639.0)


def test_a_server_that_dies_during_a_step_says_what_to_do(make: Make) -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        if scene.mode == "jwt" and not killed:
            killed.append(True)
            scene.box._server.stop()  # type: ignore[union-attr]
        scene.person("alice").login()
        return Outcome(applies=True, summary="", verdict="measured")

    killed: list[bool] = []
    player = make(Story("tale", "A tale", "made for a test", script), transport="loopback")
    with pytest.raises(ServerStopped, match="reset the player"):
        player.step()
    assert player.step() is not None
    assert player.notice == NOTICE


def test_a_closed_player_goes_on_by_a_replay(theft: Player) -> None:
    theft.step()
    theft.close()
    theft.run()
    assert len(theft.record.steps) == 4


def test_a_switch_after_an_interrupt_starts_from_what_was_recorded(make: Make) -> None:
    player = make(interrupted_once([]))
    player.step()
    with pytest.raises(KeyboardInterrupt):
        player.step()
    player.switch(jwt_lifetime=900.0)
    player.run()
    assert titles(player) == ["in", "pay"]


# Many players --------------------------------------------------------


def server_threads() -> int:
    return sum(thread.name == "sandbox-server" for thread in threading.enumerate())


def test_of_many_players_few_hold_a_server_and_the_oldest_goes_on_all_the_same(make: Make) -> None:
    assert MOST_OPEN == 8
    before = server_threads()
    players = [make(transport="loopback", modes=("jwt",)) for _ in range(MOST_OPEN + 3)]
    assert [player._run.box.running for player in players] == [False] * 3 + [True] * MOST_OPEN
    assert server_threads() <= before + MOST_OPEN
    assert players[0].step() is not None
    assert sum(player._run.box.running for player in players) == MOST_OPEN


def test_a_closed_player_leaves_no_thread(make: Make) -> None:
    before = threading.active_count()
    player = make(transport="loopback")
    player.run()
    player.switch(denylist=True)
    player.close()
    until = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() == before


# Views ---------------------------------------------------------------


def test_whoever_watches_is_called_after_each_action(theft: Player) -> None:
    seen: list[int] = []
    theft.watch(lambda: seen.append(theft.position))
    theft.step()
    theft.step()
    theft.predict("yes")
    theft.back()
    theft.switch(denylist=True)
    theft.advance(seconds=1)
    theft.reset()
    assert seen == [1, 2, 2, 1, 1, 3, 0]


def test_play_gives_a_player_that_shows_itself() -> None:
    player = sandbox.play("theft", "bare", loot="access", transport="in-process", jwt_lifetime=900.0)
    player.run()
    player.close()
    assert player.options == {"loot": "access"}
    assert numbers(player)["jwt"] == ("breached", 840.0)
    assert "Theft, preset bare" in player._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("wrong", [{"loot": "money"}, {"scenario": "heist"}, {"booty": "all"}])
def test_play_refuses_what_there_is_not(wrong: dict[str, Any]) -> None:
    with pytest.raises(SandboxError, match="unknown"):
        sandbox.play(**{"scenario": "theft", "transport": "in-process"} | wrong)


def test_a_player_without_a_view_shows_what_it_is(theft: Player) -> None:
    assert theft._repr_mimebundle_() == {"text/plain": "<Player theft, preset as_written, step 0>"}
    assert theft.text() == "<Player theft, preset as_written, step 0>"


def test_a_click_waits_for_the_cell_that_runs(make: Make) -> None:
    player, alone = make("theft"), make("theft")
    clicks = [threading.Thread(target=player.step) for _ in range(4)]
    for each in clicks:
        each.start()
    player.run()
    for each in clicks:
        each.join()
    alone.run()
    assert titles(player) == titles(alone)


@pytest.mark.parametrize("setting", [{"refresh_cookie": False}, {"secure": False}, {"same_site": "Lax"}])
def test_what_a_story_rests_on_cannot_be_taken_away(make: Any, setting: dict[str, Any]) -> None:
    with pytest.raises(BadSwitch, match=f"cors_reflection rests on {next(iter(setting))}="):
        make("cors_reflection", settings=setting)
    player = make("cors_reflection")
    with pytest.raises(BadSwitch, match="rests on"):
        player.switch(**setting)
    assert player.defences.refresh_cookie


def test_a_lifetime_that_a_story_gives_may_differ_but_not_be_none(make: Any) -> None:
    player = make("stale_role", preset="bare", settings={"jwt_lifetime": 3600.0})
    assert player.run()["jwt"].attacker_seconds == 3540.0
    with pytest.raises(BadSwitch, match="rests on jwt_lifetime=15 min"):
        player.switch(jwt_lifetime=None)


def test_modes_of_which_a_story_gives_one_switch_two_values_are_not_played_on_one_server(make: Any) -> None:
    told = replace(story("login"), given={"jwt": {"carrier": "cookie"}, "session": {"carrier": "header"}})
    with pytest.raises(BadStory, match="gives carrier two values"):
        make(told)
    make(told, modes=("jwt",))


def test_a_server_that_breaks_gives_no_verdict(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    player = make("login")
    monkeypatch.setattr("sandbox.server.stores.sqlite.SQLiteStore.user_by_email", lambda *_: 1 / 0)
    with pytest.raises(BadStory, match=r"the server broke: POST /session/login was answered 500"):
        player.run()


def test_the_clock_moved_by_hand_leaves_every_node_as_it_was(make: Any) -> None:
    def verdicts(**advance: float) -> dict[str, str | None]:
        player = make("clock_skew", preset="bare")
        player.step()
        if advance:
            player.advance(**advance)
        return {mode: outcome.verdict for mode, outcome in player.run().items()}

    assert verdicts(seconds=1) == verdicts()
