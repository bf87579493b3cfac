"""One run goes forward only; a replay is another run that does the same again, and leaves the first as it is."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from sandbox.box import Sandbox
from sandbox.defences import Defences
from sandbox.engine import Lane, Scene, Step, Story
from sandbox.errors import BadStory
from sandbox.exchange import MODES
from sandbox.record import Outcome
from sandbox.run import Advanced, Run, Stepped
from sandbox.scenarios import story

Make = Callable[..., Run]
PLAIN = Defences.preset("as_written").but(bcrypt_cost=4)


@pytest.fixture
def make() -> Iterator[Make]:
    """Runs, in process, that are closed at the end of the test."""
    made: list[Run] = []

    def make(told: Story | None = None, modes: tuple[str, ...] = MODES, **options: str) -> Run:
        told = told or story("theft")
        made.append(Run(told, PLAIN, modes=modes, options=told.chosen(options), transport="in-process"))
        return made[-1]

    yield make
    for run in made:
        run.box.close()


def longer_with_a_denylist(scene: Scene) -> Generator[Step, None, Outcome]:
    """Two steps, and a third where the switch is on."""
    yield Step("one")
    scene.person("alice").login()
    yield Step("two", after=60)
    if scene.box.defences.denylist:
        yield Step("three")
    return Outcome(applies=True, summary="", verdict="measured")


def titles(run: Run) -> list[str]:
    return [step.title for step in run.steps]


def statuses(run: Run) -> list[list[int]]:
    return [[each.response.status for lane in step.lanes.values() for each in lane.exchanges] for step in run.steps]


def test_a_run_does_what_it_is_told_and_keeps_each_step(make: Make) -> None:
    run = make()
    assert (titles(run), run.usable, run.box.clock.now()) == ([], True, run.start)
    run.do(Stepped(None))
    run.do(Advanced(90))
    assert titles(run) == ["Alice logs in and reads her profile", "You move the clock on: 1 min 30 s"]
    assert run.next is not None
    assert run.next.title == "Mallory copies what Alice's browser holds"
    assert run.box.clock.now() == run.start + 90


def test_a_replay_does_the_same_again_on_a_server_of_its_own(make: Make) -> None:
    run = make()
    for action in (Stepped(None), Advanced(90), Stepped(None), Stepped({"jwt": "no"})):
        run.do(action)
    before = list(run.steps), run.next
    other = run.replay(PLAIN)
    other.box.close()
    assert (titles(other), statuses(other)) == (titles(run), statuses(run))
    assert [step.clock for step in other.steps] == [step.clock for step in run.steps]
    assert other.steps[-1].prediction == {"jwt": "no"}
    assert other.box is not run.box
    assert (run.steps, run.next) == before
    assert run.usable


def test_a_fresh_run_has_the_switches_it_is_given_and_nothing_done(make: Make) -> None:
    run = make()
    run.do(Stepped(None))
    other = run.fresh(PLAIN.but(denylist=True))
    other.box.close()
    assert (titles(other), other.box.defences.denylist, other.box.clock.now()) == ([], True, run.start)
    assert other.lanes.keys() == run.lanes.keys()


def test_a_replay_ends_where_the_story_ends_and_the_clock_still_moves(make: Make) -> None:
    told = Story("tale", "A tale", "made for a test", longer_with_a_denylist)
    run = Run(told, PLAIN.but(denylist=True), modes=MODES, options={}, transport="in-process")
    for action in (Stepped(None), Stepped(None), Stepped(None), Advanced(60)):
        run.do(action)
    run.box.close()
    assert run.next is None
    other = run.replay(PLAIN)
    other.box.close()
    assert titles(other) == ["one", "two", "You move the clock on: 1 min"]
    assert other.next is None


def test_an_action_that_is_broken_off_leaves_no_step_and_a_run_that_is_over(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make()
    run.do(Stepped(None))

    def interrupted(lane: Lane) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Lane, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.do(Stepped(None))
    assert (len(run.steps), run.usable) == (1, False)


def test_a_run_that_cannot_begin_stops_its_server(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Sandbox] = []

    def refused(story: Story, box: Sandbox, *_: Any) -> None:
        opened.append(box)
        raise BadStory("no such lane")

    monkeypatch.setattr("sandbox.run.Lane", refused)
    with pytest.raises(BadStory):
        make()
    assert [box.running for box in opened] == [False]


def test_a_replay_that_is_broken_off_stops_its_server(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    run.do(Stepped(None))
    begun: list[Run] = []
    fresh, lane_run = run.fresh, Lane.run

    def begin(defences: Defences) -> Run:
        begun.append(fresh(defences))
        return begun[-1]

    def interrupted(lane: Lane) -> Any:
        if lane.mode == "hybrid":
            raise KeyboardInterrupt
        return lane_run(lane)

    monkeypatch.setattr(run, "fresh", begin)
    monkeypatch.setattr(Lane, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.replay(PLAIN)
    assert [other.box.running for other in begun] == [False]
    assert run.usable


def test_a_run_whose_server_has_stopped_is_over(make: Make) -> None:
    run = make()
    run.box.close()
    assert not run.usable


def test_a_mode_in_which_the_story_cannot_be_has_no_lane_in_any_step(make: Make) -> None:
    run = make(loot="refresh")
    run.do(Stepped(None))
    run.do(Advanced(60))
    assert [list(step.lanes) for step in run.steps] == [["hybrid"], ["hybrid"]]


def test_a_story_that_can_be_in_no_mode_is_over_before_it_begins(make: Make) -> None:
    run = make(modes=("jwt",), loot="refresh")
    assert run.next is None
    assert run.lanes["jwt"].outcome is not None
    assert not run.lanes["jwt"].outcome.applies
