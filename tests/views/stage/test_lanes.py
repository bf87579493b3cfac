"""A lane shows what its step's record says: no arrow without its exchange, nothing lying where nothing lies."""

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import pytest

from sandbox.actors.browser import Holdings
from sandbox.defences import Value
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import MODES, Exchange, Request, Response
from sandbox.player import Player
from sandbox.record import LaneStep, Outcome, Question, Record, StepRecord
from sandbox.views.stage.chips import Fates
from sandbox.views.stage.lanes import MOST_ROWS, Arrow, Keeping, Kept, LanePicture, lane

from .played import played

Make = Callable[..., Player]


def shown(record: Record, mode: str, position: int) -> LanePicture:
    return lane(record, Fates(record, mode), mode, position)


def changed(record: Record, mode: str, position: int, **fields: Any) -> Record:
    """The record with other fields in that lane of that step."""
    steps = list(record.steps)
    old = steps[position - 1]
    steps[position - 1] = replace(old, lanes={**old.lanes, mode: replace(old.lanes[mode], **fields)})
    return replace(record, steps=tuple(steps))


def kept(keeping: Keeping | None) -> list[tuple[str, list[str], str]]:
    return [(each.place, [chip.name for chip in each.chips], each.says) for each in keeping.things] if keeping else []


def said(arrows: tuple[Arrow, ...]) -> list[str]:
    return [each.says for each in arrows]


def told(make: Make, mode: str, script: Callable[[Scene], Any], preset: str = "bare", **settings: Value) -> Record:
    """The record of a story with one step, or with one for each time that the script yields."""

    def whole(scene: Scene) -> Generator[Step, None, Outcome]:
        yield Step("one")
        yield from script(scene) or ()
        return Outcome(True, "told", "measured")

    player = make(Story("tale", "A tale", "made for a test", whole), modes=(mode,), preset=preset, settings=settings)
    player.run()
    return player.record


def exchange(status: int = 200, url: str = "https://bank.example/jwt/profile", clock: float = 0.0) -> Exchange:
    return Exchange("alice", clock, Request("GET", url), Response(status))


def of(*exchanges: Exchange) -> tuple[Arrow, ...]:
    """The arrows of a step in which just that went over the wire."""
    record = played("login", "bare")
    at = record.steps[0].clock
    return shown(changed(record, "jwt", 1, exchanges=tuple(replace(each, clock=at + each.clock) for each in exchanges)),
                 "jwt", 1).arrows  # fmt: skip


# Over the wire ---------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_each_exchange_is_an_arrow_and_without_it_there_is_none(mode: str) -> None:
    record = played("theft")
    for position, step in enumerate(record.steps, 1):
        exchanges = step.lanes[mode].exchanges
        arrows = shown(record, mode, position).arrows
        assert sum(each.count for each in arrows) == len(exchanges)
        for gone in range(len(exchanges)):
            fewer = changed(record, mode, position, exchanges=exchanges[:gone] + exchanges[gone + 1 :])
            calls = [each.call for each in shown(fewer, mode, position).arrows for _ in range(each.count)]
            left = [each.request for at, each in enumerate(exchanges) if at != gone]
            assert calls == [f"{each.method} {each.path}" for each in left]


def test_an_arrow_says_who_sends_what_and_what_comes_back() -> None:
    arrows = shown(played("theft"), "hybrid", 1).arrows
    assert said(arrows) == [
        "alice: POST /hybrid/login: 200 OK, gets A1 R1", "alice: GET /hybrid/profile, sends A1: 200 OK",
    ]  # fmt: skip
    assert [(each.actor, each.to, each.status, each.reason) for each in arrows] == [("alice", "server", 200, "OK")] * 2


def test_the_same_again_and_again_is_one_arrow_with_a_count() -> None:
    [arrow] = of(exchange(), exchange(), exchange())
    assert (arrow.count, arrow.first) == (3, 0)
    assert arrow.says == "alice: GET /jwt/profile: 200 OK, 3 times"


def test_what_comes_in_between_parts_them_and_each_knows_its_place() -> None:
    arrows = of(exchange(), exchange(), exchange(401), exchange())
    assert [(each.first, each.count, each.status) for each in arrows] == [(0, 2, 200), (2, 1, 401), (3, 1, 200)]


def test_the_same_at_another_time_is_an_arrow_of_its_own_and_says_when() -> None:
    now, later = of(exchange(), exchange(clock=3600.0))
    assert (now.later, later.later) == ("", "1 h later")
    assert later.says == "alice: GET /jwt/profile: 200 OK, 1 h later"


@pytest.mark.parametrize(
    ("url", "to", "call"),
    [("https://bank.example/jwt/profile", "server", "GET /jwt/profile"),
     ("https://evil.example/prizes", "mallory", "GET evil.example/prizes"),
     ("https://www.evil.example/", "mallory", "GET www.evil.example/"),
     ("https://bank.example/?next=https://evil.example", "server", "GET /"),
     ("https://shop.example/jwt/login", "server", "GET shop.example/jwt/login")],
)  # fmt: skip
def test_what_goes_to_mallorys_site_points_to_mallory(url: str, to: str, call: str) -> None:
    [arrow] = of(exchange(url=url))
    assert (arrow.to, arrow.call) == (to, call)


def test_a_status_that_nobody_knows_has_no_name() -> None:
    [arrow] = of(exchange(299))
    assert arrow.says == "alice: GET /jwt/profile: 299 "


# What becomes of a credential on the way --------------------------------


def test_what_was_accepted_before_its_step_ended_it_was_good_on_the_way() -> None:
    """Alice's refresh uses R1 up. When she sent it, it was good: so is its chip, and so are the chip's words."""
    picture = shown(played("refresh_replay", "as_advised"), "hybrid", 3)
    [refresh] = picture.arrows
    assert [(each.name, each.fate, each.says) for each in refresh.sends] == [("R1", "good", "R1, refresh token")]
    lying = {each.name: each.fate for thing in picture.server.things for each in thing.chips}
    assert lying == {"R1": "ended", "R2": "good"}


def test_what_is_refused_is_shown_as_what_it_is_by_then() -> None:
    [refused, *_] = shown(played("refresh_replay", "as_advised"), "hybrid", 4).arrows[1:]
    assert (refused.status, [each.fate for each in refused.sends]) == (400, ["ended"])


def test_what_was_ended_before_its_step_stays_ended_whatever_the_answer(make: Make) -> None:
    """A logout is answered 204 even when there is nothing to end."""

    def script(scene: Scene) -> Generator[Step, None, None]:
        alice, mallory = scene.person("alice"), scene.attacker()
        alice.login()
        mallory.steal(alice.browser)
        yield Step("out")
        alice.logout()
        yield Step("out again")
        mallory.browser.open("session").logout()

    [arrow] = shown(told(make, "session", script, end_on_logout=True), "session", 3).arrows
    assert (arrow.status, [each.fate for each in arrow.sends]) == (204, ["ended"])


def test_what_has_expired_is_not_made_good_by_a_logout_that_takes_anything(make: Make) -> None:
    def script(scene: Scene) -> Generator[Step, None, None]:
        alice = scene.person("alice")
        alice.login()
        yield Step("an hour later", after=3600)
        alice.logout()

    [arrow] = shown(told(make, "jwt", script, jwt_lifetime=900.0), "jwt", 2).arrows
    assert (arrow.status, [each.fate for each in arrow.sends]) == (204, ["expired"])


def test_a_credential_that_only_goes_along_stays_what_it_is(make: Make) -> None:
    """The cookie __Host-refresh goes along with every request. That the access token is let in says nothing of it."""

    def script(scene: Scene) -> Generator[Step, None, None]:
        alice, mallory = scene.person("alice"), scene.attacker()
        alice.login()
        mallory.steal(alice.browser)
        alice.refresh()
        yield Step("a copy of both", after=60)
        mallory.browser.open("hybrid").profile()

    [arrow] = shown(told(make, "hybrid", script, preset="hardened"), "hybrid", 2).arrows
    assert (arrow.call, arrow.status) == ("GET /hybrid/profile", 200)
    assert [(each.name, each.fate) for each in arrow.sends] == [("A1", "good"), ("R1", "ended")]


def test_what_is_taken_though_it_is_over_is_good_on_the_way() -> None:
    """With reuse_grace, a refresh token that is used up serves once more within ten seconds."""
    [first, *_] = shown(played("refresh_race", "hardened"), "hybrid", 3).arrows
    assert (first.call, first.status) == ("POST /hybrid/refresh", 200)
    assert [(each.name, each.fate) for each in first.sends] == [("R1", "good")]


def test_what_is_handed_out_is_good_though_its_step_ends_it(make: Make) -> None:
    def script(scene: Scene) -> None:
        alice = scene.person("alice")
        alice.login()
        alice.logout()

    login, logout = shown(told(make, "jwt", script, denylist=True), "jwt", 1).arrows
    assert [each.says for each in (*login.gets, *logout.sends)] == ["A1, self-contained token"] * 2
    assert [each.fate for each in (*login.gets, *logout.sends)] == ["good"] * 2


def test_at_another_time_a_credential_is_what_it_is_then() -> None:
    """Theft in hybrid mode: seven days later A1 is over and R1 buys A2; a quarter of an hour on, all are over."""
    arrows = shown(played("theft"), "hybrid", 4).arrows
    assert [[(each.name, each.fate) for each in arrow.sends] for arrow in arrows] == [
        [("A1", "expired")], [("R1", "good")], [("A2", "good")], [("A2", "good")], [("A2", "expired")],
        [("R1", "expired")],
    ]  # fmt: skip
    assert all("to go" not in chip.says for arrow in arrows for chip in (*arrow.sends, *arrow.gets))


# What lies where -------------------------------------------------------


def test_what_lies_in_a_browser_is_shown_where_it_lies() -> None:
    picture = shown(played("theft", "hardened"), "hybrid", 2)
    [alices] = picture.browsers
    assert alices.title == "Alice's browser keeps"
    assert kept(alices) == [
        ("cookie __Host-refresh", ["R1"], "Secure, HttpOnly, SameSite=Strict"),
        ("memory hybrid.access_token", ["A1"], ""),
    ]  # fmt: skip
    assert picture.people == ("alice",)


def test_a_cookie_without_attributes_says_so() -> None:
    [alices] = shown(played("theft", "bare"), "session", 1).browsers
    assert kept(alices) == [("cookie session", ["S1"], "no attribute guards it")]


def test_what_is_not_in_the_holdings_does_not_lie_there() -> None:
    record = played("theft")
    emptied = changed(record, "jwt", 2, holdings={"alice": Holdings()})
    assert kept(shown(record, "jwt", 2).attacker) == [("localStorage jwt.access_token", ["A1"], "")]
    assert shown(emptied, "jwt", 2).browsers == (Keeping("Alice's browser keeps", ()),)
    assert shown(emptied, "jwt", 2).attacker is None


def test_mallory_has_a_pocket_from_the_moment_that_something_is_in_it() -> None:
    pockets = [shown(played("theft"), "session", position).attacker for position in (1, 2)]
    assert [kept(each) for each in pockets] == [[], [("cookie session", ["S1"], "HttpOnly")]]
    assert pockets[1]
    assert pockets[1].title == "Mallory holds"


def test_a_row_says_whose_it_is_and_when_it_was_made() -> None:
    assert kept(shown(played("theft"), "session", 1).server) == [
        ("sessions", ["S1"], "alice, role user, created 09:00"),
    ]  # fmt: skip
    assert kept(shown(played("theft", "hardened"), "hybrid", 1).server) == [
        ("refresh families", [], "family 1, alice, created 09:00"),
        ("refresh tokens", ["R1"], "hashed, family 1, issued 09:00, expires 2 Jan 09:00"),
        ("live tokens", ["A1"], "family 1, expires 09:05"),
    ]  # fmt: skip


def test_without_its_row_nothing_lies_on_the_server() -> None:
    record = played("theft")
    tables = {**record.steps[0].lanes["session"].tables, "sessions": []}
    assert shown(changed(record, "session", 1, tables=tables), "session", 1).server.things == ()


def test_a_row_that_its_step_deleted_is_marked_as_gone_and_later_no_more() -> None:
    record = played("logout_replay")
    rows = [[(each.place, each.gone) for each in shown(record, "session", position).server.things]
            for position in range(1, len(record.steps) + 1)]  # fmt: skip
    assert rows == [[("sessions", False)], [("sessions", False)], [("sessions", True)], []]


def test_a_row_is_gone_though_the_next_one_bears_its_number(make: Make) -> None:
    """SQLite gives the number of a deleted session to the next one."""

    def script(scene: Scene) -> Generator[Step, None, None]:
        alice = scene.person("alice")
        alice.login()
        yield Step("out and in again")
        alice.logout()
        alice.login()

    record = told(make, "session", script, end_on_logout=True)
    assert [step.lanes["session"].tables["sessions"][0]["id"] for step in record.steps] == [1, 1]
    things = shown(record, "session", 2).server.things
    assert [([chip.name for chip in each.chips], each.gone) for each in things] == [(["S2"], False), (["S1"], True)]


def test_a_credential_in_any_column_bears_its_name() -> None:
    record = played("theft")
    value = record.names["session"].known()["S1"]
    tables = {**record.steps[0].lanes["session"].tables, "notes": [{"number": 1, "seen": f"it was {value}"}]}
    things = shown(changed(record, "session", 1, tables=tables), "session", 1).server.things
    assert things[-1].says == "number 1, seen it was S1"


def test_of_many_rows_the_latest_are_shown_and_how_many_there_are_more() -> None:
    record = played("denylist_growth", "hardened")
    tables = record.steps[2].lanes["jwt"].tables
    entries = tables["denylist"]

    def of_denylist(count: int) -> list[Kept]:
        fewer = changed(record, "jwt", 3, tables={**tables, "denylist": entries[-count:]})
        return [each for each in shown(fewer, "jwt", 3).server.things if each.place == "denylist" and not each.gone]

    assert len(entries) == 40
    assert [len(of_denylist(count)) for count in (1, MOST_ROWS, MOST_ROWS + 1, 40)] == [1, 5, 6, 6]
    assert [of_denylist(count)[0].says for count in (MOST_ROWS + 1, 40)] == ["1 earlier one", "35 earlier ones"]
    assert [chip.name for chip in of_denylist(40)[-1].chips] == ["A3"]  # the latest


def test_of_many_rows_that_are_gone_it_is_said_how_many_more_there_were() -> None:
    things = shown(played("denylist_growth", "hardened"), "jwt", 3).server.things
    gone = [each.says for each in things if each.gone]
    assert gone == ["expires 09:01"] * MOST_ROWS + ["15 more ones"]


def test_a_user_is_shown_when_changed_and_how() -> None:
    record = played("csrf", "bare")
    assert [kept(shown(record, "session", position).server)[1:] for position in (1, 2)] == [
        [], [("users", [], "alice: balance 1000 → 900"), ("users", [], "bob: balance 1000 → 1100")],
    ]  # fmt: skip


def test_of_a_new_password_only_that_it_is_new_is_said() -> None:
    users = [says for place, _, says in kept(shown(played("password_change"), "jwt", 3).server) if place == "users"]
    assert users == ["alice: a new password hash, epoch 0 → 1"]


# What is said ----------------------------------------------------------


def test_before_the_first_step_nothing_is_anywhere() -> None:
    picture = shown(played("theft"), "jwt", 0)
    assert (picture.applies, picture.arrows, picture.browsers, picture.attacker) == (True, (), (), None)
    assert picture.server.things == ()
    assert (picture.verdict, picture.verdict_kind) == ("", "")


def test_the_verdict_comes_with_the_last_step() -> None:
    pages = [shown(played("theft"), "jwt", position) for position in range(5)]
    assert [each.verdict for each in pages] == ["", "", "", "", "✗ BREACHED: 6 days 23 h 59 min"]
    assert pages[-1].verdict_kind == "breached"
    assert pages[-1].told == ("Mallory gets in for 6 days 23 h 59 min from the theft on.",)
    assert pages[-1].untold == "(30 more requests are not shown)"


@pytest.mark.parametrize("position", [0, 1, 4])
def test_a_mode_in_which_the_story_cannot_be_says_why_and_shows_nothing_else(position: int) -> None:
    picture = shown(played("refresh_replay"), "jwt", position)
    why = "jwt mode has no refresh token: when its one token ends, the user logs in again"
    assert (picture.applies, picture.verdict, picture.verdict_kind) == (False, "- DOES NOT APPLY", "nothing")
    assert (picture.told, picture.arrows, picture.browsers, picture.server.things) == ((why,), (), (), ())


def test_a_mode_that_is_out_from_the_start_is_known_before_the_end(make: Make) -> None:
    player = make("refresh_replay")
    player.step()
    assert [shown(player.record, mode, 1).applies for mode in MODES] == [False, False, True]


def test_why_and_what_was_predicted_are_told_beside_it() -> None:
    step = StepRecord("one", 0.0, {"jwt": LaneStep((), {"users": []}, {}, "yes", "because it is so")},
                      Question("Well?", misconceptions={"no": "a hint"}), {"jwt": "no"})  # fmt: skip
    record = replace(played("theft"), steps=(step,), outcomes={}, modes=("jwt",))
    picture = shown(record, "jwt", 1)
    assert (picture.because, picture.surprised) == ("because it is so", True)
    assert picture.prediction == "you said no; it turned out: yes (a hint)"
    assert picture.result == "✗ yes, you said no"
    right, unsaid = (replace(step, prediction=said) for said in ({"jwt": "yes"}, None))
    assert shown(replace(record, steps=(right,)), "jwt", 1).result == "✓ yes, as you said"
    assert shown(replace(record, steps=(unsaid,)), "jwt", 1).result == "yes"
    assert shown(replace(record, steps=(replace(step, question=None),)), "jwt", 1).result == ""
