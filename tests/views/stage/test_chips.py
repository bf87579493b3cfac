"""What the picture says has become of a credential is what the server would say of it."""

import json
from collections.abc import Callable, Generator
from itertools import product

import pytest

from sandbox.actors.attacker import Attacker
from sandbox.actors.page import Page
from sandbox.clock import DAY, HOUR, MINUTE
from sandbox.defences import PRESETS, Value
from sandbox.engine import Scene, Step, Story
from sandbox.exchange import Log, Request
from sandbox.player import Player
from sandbox.record import Outcome
from sandbox.views.stage.chips import FATES, KINDS, Chip, Fates, Life

Make = Callable[..., Player]
Act = Callable[[Page, Attacker], object]


# What is played ---------------------------------------------------------


def login(alice: Page, mallory: Attacker) -> None:
    alice.login()


def profile(alice: Page, mallory: Attacker) -> None:
    alice.profile()


def logout(alice: Page, mallory: Attacker) -> None:
    alice.logout()


def refresh(alice: Page, mallory: Attacker) -> None:
    alice.refresh()


def new_password(alice: Page, mallory: Attacker) -> None:
    alice.change_password("alice-password", "alice-new-password")


def steal(alice: Page, mallory: Attacker) -> None:
    mallory.steal(alice.browser)


def use_the_copy(alice: Page, mallory: Attacker) -> None:
    mallory.browser.open(alice.mode).refresh()


def nothing(alice: Page, mallory: Attacker) -> None:
    pass


def played(make: Make, mode: str, settings: dict[str, Value], *acts: Act | float, preset: str = "bare") -> Player:
    """These acts, each in a step of its own; a number is the simulated seconds that pass before the next."""

    def script(scene: Scene) -> Generator[Step, None, Outcome]:
        alice, mallory, after = scene.person("alice"), scene.attacker(), 0.0
        for number, act in enumerate(acts):
            if callable(act):
                yield Step(f"act {number}", after=after)
                act(alice, mallory)
            after = 0.0 if callable(act) else float(act)
        return Outcome(True, "told", "measured")

    player = make(Story("tale", "A tale", "made for a test", script), modes=(mode,), preset=preset, settings=settings)
    player.run()
    return player


def chip(player: Player, name: str, position: int | None = None) -> Chip:
    [mode] = player.modes
    return Fates(player.record, mode).chip(name, len(player.record.steps) if position is None else position)


def life(player: Player, name: str) -> Life:
    [mode] = player.modes
    return Fates(player.record, mode).lives(len(player.record.steps))[name]


# Good -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "name", "says"),
    [("session", "S1", "S1, reference token"), ("jwt", "A1", "A1, self-contained token"),
     ("hybrid", "R1", "R1, refresh token")],
)  # fmt: skip
def test_what_has_no_end_is_good_and_says_no_time(make: Make, mode: str, name: str, says: str) -> None:
    assert chip(played(make, mode, {}, login, DAY, profile), name) == Chip(name, says.partition(", ")[2], "good", says)


def test_what_is_good_says_how_long_it_still_is(make: Make) -> None:
    player = played(make, "jwt", {"jwt_lifetime": HOUR}, login, 15 * MINUTE, nothing)
    assert chip(player, "A1").says == "A1, self-contained token, 45 min to go"


def test_a_page_speaks_of_its_own_moment(make: Make) -> None:
    player = played(make, "jwt", {"jwt_lifetime": HOUR}, login, HOUR, nothing)
    assert [chip(player, "A1", position).fate for position in (1, 2)] == ["good", "expired"]


# Expired ----------------------------------------------------------------

LIFETIMES = [
    ("jwt", "jwt_lifetime", "A1"), ("hybrid", "access_lifetime", "A1"), ("hybrid", "refresh_lifetime", "R1"),
    ("session", "inactivity_timeout", "S1"), ("session", "absolute_lifetime", "S1"),
    ("hybrid", "absolute_lifetime", "R1"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "lifetime", "name"), LIFETIMES)
def test_it_expires_to_the_second(make: Make, mode: str, lifetime: str, name: str) -> None:
    player = played(make, mode, {lifetime: 600.0}, login, 599.0, nothing, 1.0, nothing)
    assert chip(player, name, 2).says.endswith(", 1 s to go")
    assert chip(player, name, 3).fate == "expired"
    assert chip(player, name, 3).says.endswith(", expired at Thu 1 Jan 2026, 09:10:00")


@pytest.mark.parametrize(
    ("lifetime", "fate"), [("inactivity_timeout", "good"), ("absolute_lifetime", "expired")]
)  # fmt: skip
def test_use_pushes_an_inactivity_timeout_ahead_and_no_absolute_lifetime(make: Make, lifetime: str, fate: str) -> None:
    player = played(make, "session", {lifetime: 600.0}, login, 500.0, profile, 500.0, nothing)
    assert chip(player, "S1").fate == fate


def test_of_two_limits_the_first_counts(make: Make) -> None:
    both = {"inactivity_timeout": 600.0, "absolute_lifetime": 300.0}
    assert chip(played(make, "session", both, login, 300.0, nothing), "S1").fate == "expired"
    assert chip(played(make, "session", both, login, 299.0, nothing), "S1").says.endswith(", 1 s to go")


@pytest.mark.parametrize(
    ("mode", "settings", "name", "late"),
    [("session", {"inactivity_timeout": 600.0}, "S1", (profile,)),  # the server deletes the row when it is shown
     ("jwt", {"jwt_lifetime": 600.0, "user_epoch": True}, "A1", (login, new_password)),
     ("hybrid", {"refresh_lifetime": 600.0, "end_on_logout": True}, "R1", (logout,))],
)  # fmt: skip
def test_what_has_run_out_by_itself_is_not_ended_afterwards(
    make: Make, mode: str, settings: dict[str, Value], name: str, late: tuple[Act, ...]
) -> None:
    player = played(make, mode, settings, login, HOUR, *late)
    assert chip(player, name).says.endswith(", expired at Thu 1 Jan 2026, 09:10:00")


# Ended ------------------------------------------------------------------

ENDINGS = [
    ("session", {"end_on_logout": True}, logout, "S1"), ("hybrid", {"end_on_logout": True}, logout, "R1"),
    ("jwt", {"denylist": True}, logout, "A1"), ("hybrid", {"denylist": True}, logout, "A1"),
    ("session", {"user_epoch": True}, new_password, "S1"), ("jwt", {"user_epoch": True}, new_password, "A1"),
    ("hybrid", {"user_epoch": True}, new_password, "A1"), ("hybrid", {"user_epoch": True}, new_password, "R1"),
    ("hybrid", {"rotate_refresh": True}, refresh, "R1"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "settings", "act", "name"), ENDINGS)
def test_a_defence_ends_it_and_without_the_defence_it_is_good(
    make: Make, mode: str, settings: dict[str, Value], act: Act, name: str
) -> None:
    ended = played(make, mode, settings, login, steal, 60.0, act)
    assert chip(ended, name, 2).fate == "good"
    assert chip(ended, name).fate == "ended"
    assert chip(ended, name).says.endswith(", ended by the server at Thu 1 Jan 2026, 09:01:00")
    assert chip(played(make, mode, {}, login, steal, 60.0, act), name).fate == "good"


def test_when_it_was_ended_does_not_move_with_the_clock(make: Make) -> None:
    player = played(make, "session", {"end_on_logout": True}, login, 60.0, logout, DAY, login)
    assert chip(player, "S1").says.endswith("ended by the server at Thu 1 Jan 2026, 09:01:00")
    assert chip(player, "S2").fate == "good"


def test_rotation_uses_up_the_old_refresh_token_alone(make: Make) -> None:
    player = played(make, "hybrid", {"rotate_refresh": True}, login, steal, 60.0, refresh)
    assert {name: chip(player, name).fate for name in ("R1", "R2", "A1", "A2")} == {
        "R1": "ended", "R2": "good", "A1": "good", "A2": "good",
    }  # fmt: skip


@pytest.mark.parametrize(("detects", "fate"), [(True, "ended"), (False, "good")])
def test_a_reuse_that_is_detected_ends_the_familys_other_tokens_too(make: Make, detects: bool, fate: str) -> None:
    settings: dict[str, Value] = {"rotate_refresh": True, "detect_reuse": detects}
    player = played(make, "hybrid", settings, login, steal, 60.0, refresh, 60.0, use_the_copy)
    assert [chip(player, "R2", position).fate for position in (3, 4)] == ["good", fate]
    assert chip(player, "R1").says.endswith("ended by the server at Thu 1 Jan 2026, 09:01:00")


def test_of_a_login_that_is_over_within_its_step_the_session_is_ended(make: Make) -> None:
    def in_and_out(alice: Page, mallory: Attacker) -> None:
        alice.login()
        alice.logout()

    player = played(make, "session", {"end_on_logout": True}, in_and_out)
    assert (chip(player, "S1").fate, life(player, "S1").by_bank) == ("ended", True)


def test_what_a_story_puts_back_is_ended_no_more(make: Make) -> None:
    player = make("revocation", preset="as_written", modes=("session",))
    player.run()
    assert [chip(player, "S1", position).fate for position in (2, 3, 4, 5)] == ["good", "ended", "ended", "good"]


# Foreign ----------------------------------------------------------------


@pytest.mark.parametrize(("preset", "fates"), [("bare", ["foreign", "good"]), ("as_advised", ["foreign", "foreign"])])
def test_a_planted_id_is_foreign_until_a_login_adopts_it(make: Make, preset: str, fates: list[str]) -> None:
    player = make("session_fixation", preset=preset, modes=("session",))
    player.run()
    assert [chip(player, "S1", position).fate for position in (1, 2)] == fates
    assert chip(player, "S1", 1).says == "S1, reference token, no answer here handed it out"


def test_what_has_a_row_is_of_the_bank_though_anybody_may_have_answered(make: Make) -> None:
    """Over plain http, an answer alone proves nothing."""

    def login_over_http(alice: Page, mallory: Attacker) -> None:
        body = json.dumps({"email": "alice@bank.example", "password": "alice-password"}).encode()
        headers = (("Content-Type", "application/json"),)
        alice.browser.exchange(Request("POST", "http://bank.example/session/login", headers, body))

    player = played(make, "session", {}, login_over_http)
    assert (chip(player, "S1").fate, accepted(player, "session", "S1")) == ("good", True)


def test_a_session_begins_when_the_bank_adopts_its_id(make: Make) -> None:
    player = make("session_fixation", preset="bare", modes=("session",))
    player.run()
    assert life(player, "S1").born == player.record.steps[1].clock > player.record.steps[0].clock


@pytest.mark.parametrize("preset", PRESETS)
def test_a_forged_token_is_foreign_whether_or_not_the_bank_takes_it(make: Make, preset: str) -> None:
    player = make("algorithm_none", preset=preset, modes=("jwt",))
    player.run()
    assert [chip(player, name, 2).fate for name in ("A1", "A2")] == ["good", "foreign"]


def test_a_forged_token_that_is_thrown_away_at_once_is_foreign_too(make: Make) -> None:
    def try_two(alice: Page, mallory: Attacker) -> None:
        for token in ("eyJ.the-first.one", "eyJ.the-second.one"):
            mallory.hold_token(alice.mode, token)
            mallory.get_in(alice.mode)

    player = played(make, "jwt", {}, try_two)
    assert [chip(player, name).fate for name in ("A1", "A2")] == ["foreign", "foreign"]


def test_what_another_service_handed_out_is_foreign_to_the_bank(make: Make) -> None:
    player = make("cross_service_relay", preset="hardened", modes=("hybrid",))
    player.run()
    assert (chip(player, "A1").fate, chip(player, "R1", 1).fate) == ("foreign", "foreign")


# What has not happened --------------------------------------------------


def counted(player: Player) -> set[str]:
    [mode] = player.modes
    return set(Fates(player.record, mode).lives(len(player.record.steps)))


def test_what_only_a_search_saw_is_not_counted(make: Make) -> None:
    player = make("theft", modes=("hybrid",))
    player.run()
    assert "A2" in player.record.names["hybrid"].known()
    assert counted(player) == {"A1", "R1"}


@pytest.mark.parametrize("preset", ["as_written", "as_advised"])  # without and with a new refresh token
def test_what_is_tried_by_hand_and_put_back_is_not_counted(make: Make, preset: str) -> None:
    player = make("theft", preset=preset, modes=("hybrid",))
    player.step()
    player.step()
    player.advance(hours=1)
    assert [each.response.status for each in player.record.steps[-1].lanes["hybrid"].exchanges] == [403, 200, 200]
    assert counted(player) == {"A1", "R1"}
    assert chip(player, "R1").fate == "good"


def test_a_refresh_of_which_the_bank_keeps_nothing_was_put_back(make: Make) -> None:
    """The search of stale_role begins at the moment of its step: what it is given then has not been handed out."""
    player = make("stale_role", preset="as_advised", modes=("hybrid",))
    player.run()
    step = player.record.steps[-1]
    names = player.record.names["hybrid"]
    given = {name for each in step.lanes["hybrid"].exchanges if each.clock == step.clock
             for name in names.handed_out(each)}  # fmt: skip
    rows = {name for row in step.lanes["hybrid"].tables["refresh_tokens"] for name in names.within(row["token"])}
    assert {"R3"} <= given - rows
    assert counted(player) & given & {"R1", "R2", "R3"} == rows & given
    assert "A3" not in counted(player)


def test_a_token_that_was_only_tried_still_says_when_it_ends(make: Make) -> None:
    player = make("theft", modes=("hybrid",))
    player.run()
    fates, last = Fates(player.record, "hybrid"), player.record.steps[-1]
    got_in, refused = (last.lanes["hybrid"].exchanges[at].clock for at in (3, 4))
    assert [fates.chip("A2", 4, clock).fate for clock in (got_in, refused)] == ["good", "expired"]
    assert fates.chip("A2", 4, refused).says == "A2, self-contained token, expired by then"


# Of any kind ------------------------------------------------------------


def test_a_hashed_row_is_found_by_the_credential(make: Make) -> None:
    settings: dict[str, Value] = {"hash_at_rest": True, "inactivity_timeout": 600.0, "end_on_logout": True}
    player = played(make, "session", settings, login, 60.0, profile, logout)
    [row] = player.record.steps[1].lanes["session"].tables["sessions"]
    fates = Fates(player.record, "session")
    assert row["token"] != player.record.names["session"].known()["S1"]
    assert [each.name for each in fates.within(row["token"], 2)] == ["S1"]
    assert [fates.chip("S1", position).fate for position in (2, 3)] == ["good", "ended"]
    assert fates.chip("S1", 2).says.endswith(", 10 min to go")


def test_a_jti_in_a_table_is_its_tokens_chip(make: Make) -> None:
    player = played(make, "jwt", {"denylist": True}, login, logout)
    [row] = player.record.steps[1].lanes["jwt"].tables["denylist"]
    assert [each.says for each in Fates(player.record, "jwt").within(row["jti"], 2)] == [chip(player, "A1").says]


def test_what_is_no_login_has_no_fate_but_good(make: Make) -> None:
    player = played(make, "session", {"csrf_token": True}, login)
    assert chip(player, "C1") == Chip("C1", "CSRF token", "good", "C1, CSRF token")


def test_every_letter_of_a_name_has_its_kind() -> None:
    assert "".join(KINDS) == "SARCPK"


# The server's own word --------------------------------------------------

TOLD = ("theft", "revocation", "logout_replay", "password_change", "refresh_reuse", "session_fixation", "stale_role")


def request(player: Player, mode: str, name: str, value: str) -> Request:
    """What shows this credential to the bank, as the switches want it."""
    defences, prefix = player.defences, "__Host-" if player.defences.host_prefix else ""
    if name.startswith("R"):
        url = f"https://bank.example/{mode}/refresh"
        if defences.refresh_cookie:
            return Request("POST", url, (("Cookie", f"{prefix}refresh={value}"),))
        return Request("POST", url, (), json.dumps({"refresh_token": value}).encode())
    by_cookie = mode == "session"
    header = ("Cookie", f"{prefix}session={value}") if by_cookie else ("Authorization", f"Bearer {value}")
    return Request("GET", f"https://bank.example/{mode}/profile", (header,))


def accepted(player: Player, mode: str, name: str) -> bool:
    """Whether the server takes that credential now. All is put back."""
    box, value = player._run.box, player.record.names[mode].known()[name]
    saved = box.save(mode)
    try:
        return box.browser("alice", Log()).send(request(player, mode, name, value)).ok
    finally:
        box.restore(mode, saved)


def excuse(player: Player, name: str, life: Life) -> str:
    """Why the server may say something else than the picture; empty where it may not."""
    defences, now = player.defences, player.record.steps[-1].clock
    if defences.reuse_grace and name.startswith("R") and life.over is not None and now - life.over <= 10:
        return "reuse_grace: within ten seconds, a refresh token that is used up gets its successor once more"
    if defences.leeway and name.startswith("A") and life.ends is not None and 0 <= now - life.ends < 30:
        return "leeway: a token is taken for half a minute after the end that it bears"
    return ""


def disagreements(player: Player) -> list[str]:
    """Where the chip and the server's answer differ, at the step that has just run."""
    found, position = [], len(player.record.steps)
    for mode in player.modes:
        fates = Fates(player.record, mode)
        for name, each in fates.lives(position).items():
            shown = fates.chip(name, position)
            if shown.fate == "foreign" or excuse(player, name, each):  # of what it did not make, the picture can't know
                continue
            if (shown.fate == "good") != accepted(player, mode, name):
                found.append(f"step {position}, {mode}: {shown.says}, and the server says otherwise")
    return found


@pytest.mark.parametrize(("story_id", "preset"), [*product(TOLD, PRESETS), ("expiry", "as_advised")])
def test_good_is_what_the_server_takes_and_ended_or_expired_what_it_refuses(
    make: Make, story_id: str, preset: str
) -> None:
    player = make(story_id, preset=preset)
    found = []
    while player.step():
        found += disagreements(player)
    for seconds in (1.0, 5 * MINUTE, HOUR, DAY, 8 * DAY):
        player.advance(seconds=seconds)
        found += disagreements(player)
    assert found == []


@pytest.mark.parametrize(
    ("story_id", "preset", "mode", "position", "name", "fate"),
    [
        # A change of the signing key leaves no trace in any table: nothing is known against the token.
        ("key_rotation", "bare", "jwt", 2, "A1", "good"),
        # The tables are those of the first node: the picture can't know which of them is asked.
        ("two_nodes", "bare", "session", 1, "S1", "good"), ("two_nodes", "bare", "hybrid", 1, "R1", "good"),
        ("clock_skew", "bare", "jwt", 1, "A1", "good"),
        # A fate is an end. What require_exp refuses has none.
        ("no_expiry", "hardened", "jwt", 2, "A1", "good"),
        # Used up, and taken once more.
        ("refresh_replay", "hardened", "hybrid", 3, "R1", "ended"),
    ],
)  # fmt: skip
def test_where_the_picture_knows_less_than_the_server(
    make: Make, story_id: str, preset: str, mode: str, position: int, name: str, fate: str
) -> None:
    """The list of all such cases in the stories: whoever mends one takes it out here."""
    player = make(story_id, preset=preset, modes=(mode,))
    for _ in range(position):
        player.step()
    assert chip(player, name).fate == fate
    assert accepted(player, mode, name) == (fate != "good")


def test_within_the_leeway_a_token_that_has_expired_is_taken(make: Make) -> None:
    player = played(make, "jwt", {"jwt_lifetime": 600.0, "leeway": True}, login, 629.0, nothing)
    assert (chip(player, "A1").fate, accepted(player, "jwt", "A1")) == ("expired", True)


def test_all_four_fates_come_up(make: Make) -> None:
    player = make("algorithm_none", preset="as_written", modes=("jwt",), settings={"denylist": True})
    player.run()
    expired, ended = player.advance(days=8), played(make, "jwt", {"denylist": True}, login, logout)
    assert expired.by_hand
    shown = [chip(player, "A1", 1), chip(player, "A1"), chip(player, "A2", 2), chip(ended, "A1")]
    assert [each.fate for each in shown] == ["good", "expired", "foreign", "ended"]
    assert {each.fate for each in shown} == set(FATES)
