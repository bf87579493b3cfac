"""The engine steps any story in every mode, and refuses a bad one."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from sandbox.box import Sandbox
from sandbox.clock import START
from sandbox.defences import Defences
from sandbox.engine import Lane, Scene, Step, Story
from sandbox.errors import BadStory, UnknownName
from sandbox.exchange import MODES
from sandbox.player import Player
from sandbox.record import Outcome, Question

Script = Callable[[Scene], Generator[Step, None, Outcome]]
DONE = Outcome(applies=True, summary="done", verdict="measured")
AGREED = Question("Is it so?")


def a_story(script: Script, **more: Any) -> Story:
    return Story("tale", "A tale", "made for a test", script, **more)


def play(script: Script, **more: Any) -> Player:
    player = Player(a_story(script, **more), transport="in-process")
    player.run()
    return player


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Defences.preset("as_written").but(bcrypt_cost=4), transport="in-process") as box:
        yield box


# A good story --------------------------------------------------------


def test_a_yield_opens_a_step_and_the_next_one_ends_it() -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice = scene.person("alice")
        yield Step("in")
        alice.login()
        yield Step("look", after=60)
        alice.profile()
        return DONE

    player = play(script)
    for mode in MODES:
        paths = [[each.request.path for each in step.lanes[mode].exchanges] for step in player.record.steps]
        assert paths == [[f"/{mode}/login"], [f"/{mode}/profile"]]
    assert [step.clock - START.timestamp() for step in player.record.steps] == [0, 60]
    assert player.outcome == dict.fromkeys(MODES, DONE)


def test_a_step_records_tables_and_holdings_as_they_are_after_it(box: Sandbox) -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice = scene.person("alice")
        yield Step("in")
        alice.login()
        yield Step("out")
        alice.logout()
        return DONE

    lane = Lane(a_story(script), box, "session", {})
    after_login, after_logout = lane.run(), lane.run()
    assert (len(after_login.tables["sessions"]), len(after_logout.tables["sessions"])) == (1, 0)
    assert (len(after_login.holdings["alice"].cookies), len(after_logout.holdings["alice"].cookies)) == (1, 0)


def test_a_lane_that_cannot_be_is_not_played() -> None:
    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        assert scene.mode != "jwt"
        yield Step("one")
        return DONE

    player = play(script, not_in=lambda mode, options: "no cookie here" if mode == "jwt" else None)
    assert player.outcome["jwt"] == Outcome(applies=False, summary="no cookie here")
    assert list(player.record.steps[0].lanes) == ["session", "hybrid"]


def test_options_are_chosen_or_take_their_first_value() -> None:
    tale = a_story(lambda scene: iter(()), options={"loot": ("all", "access")})  # type: ignore[arg-type,return-value]
    assert tale.chosen({}) == {"loot": "all"}
    assert tale.chosen({"loot": "access"}) == {"loot": "access"}
    with pytest.raises(BadStory, match="has no option 'booty'; it takes: loot"):
        tale.chosen({"booty": "all"})
    with pytest.raises(UnknownName, match="Choose from: all, access"):
        tale.chosen({"loot": "some"})


# A bad one -----------------------------------------------------------


def uneven_titles(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step(f"in {scene.mode} mode")
    return DONE


def uneven_times(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("wait", after=60 if scene.mode == "jwt" else 0)
    return DONE


def uneven_questions(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("ask", ask=AGREED if scene.mode == "jwt" else None)
    scene.answer("yes")
    return DONE


def one_lane_ends_early(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one")
    if scene.mode != "jwt":
        yield Step("two")
    return DONE


def one_lane_goes_on(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one")
    if scene.mode == "jwt":
        yield Step("two")
    return DONE


def moves_the_clock(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one")
    scene.box.clock.advance(minutes=1)
    return DONE


def does_not_answer(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one", ask=AGREED)
    return DONE


def answers_what_was_not_asked(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one", ask=AGREED)
    scene.answer("perhaps")
    return DONE


def answers_the_step_before(scene: Scene) -> Generator[Step, None, Outcome]:
    yield Step("one", ask=AGREED)
    scene.answer("yes")
    yield Step("two", ask=AGREED)
    return DONE


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (uneven_titles, "don't line up"), (uneven_times, "don't line up"), (uneven_questions, "don't line up"),
        (one_lane_ends_early, "don't line up"), (one_lane_goes_on, "don't line up"),
        (moves_the_clock, "the step 'one' moves the clock: give it `after=` instead"),
        (does_not_answer, "session mode answers None"), (answers_what_was_not_asked, "answers 'perhaps'"),
        (answers_the_step_before, "the step 'two' asks, and session mode answers None"),
    ],
)  # fmt: skip
def test_a_bad_story_is_refused(script: Script, says: str) -> None:
    with pytest.raises(BadStory, match=says):
        play(script)


# Moments -------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_restored_lane_is_as_if_nothing_had_happened_since(box: Sandbox, mode: str) -> None:
    scene = Scene(box, mode, {})
    alice = scene.person("alice")
    alice.login()
    saved, tables, held = scene.save(), box.tables(mode, reveal=True), alice.browser.holdings()
    for _ in range(2):
        alice.transfer("bob@bank.example", 10)
        alice.change_password("alice-password", "alice-new-password")
        alice.logout()
        assert box.tables(mode, reveal=True) != tables
        scene.restore(saved)
        assert (box.tables(mode, reveal=True), alice.browser.holdings()) == (tables, held)
    assert alice.profile().ok


def test_restoring_one_lane_leaves_the_others_alone(box: Sandbox) -> None:
    here, there = Scene(box, "session", {}), Scene(box, "hybrid", {})
    saved = here.save()
    there.person("alice").login()
    here.restore(saved)
    assert len(box.tables("hybrid")["refresh_families"]) == 1


def test_a_try_has_no_consequence(box: Sandbox) -> None:
    box.switch(rotate_refresh=True, rfc6750_errors=True)
    scene = Scene(box, "hybrid", {})
    alice = scene.person("alice")
    alice.login()
    box.clock.advance(hours=1)
    tables, held = box.tables("hybrid", reveal=True), alice.browser.holdings()
    scene.try_now()
    assert [each.request.path for each in scene.log][1:] == ["/hybrid/profile", "/hybrid/refresh", "/hybrid/profile"]
    assert (box.tables("hybrid", reveal=True), alice.browser.holdings()) == (tables, held)


def test_mallory_tries_once_she_holds_something_else_alice_does(box: Sandbox) -> None:
    scene = Scene(box, "jwt", {})
    alice, mallory = scene.person("alice"), scene.attacker()
    scene.try_now()
    assert len(scene.log) == 0
    alice.login()
    scene.try_now()
    mallory.steal(alice.browser)
    scene.try_now()
    assert [each.actor for each in scene.log] == ["alice", "alice", "mallory"]
