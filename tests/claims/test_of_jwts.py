"""What is said of JWTs is settled by what was measured: the figures, and verdicts that turn with them."""

import pytest

from sandbox.actors.forgery import read_token, write_token
from sandbox.claims import of_jwts
from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, VERDICTS
from sandbox.claims.findings import scaling_out, stolen_token
from sandbox.claims.findings.larger_than_an_id import _as_groups_grow, larger_verdict
from sandbox.claims.findings.needs_denylist import denylist_verdict, growth
from sandbox.claims.findings.reads_per_request import ASKED, storage_verdict
from sandbox.claims.findings.reads_per_request import in_words as reads_in_words
from sandbox.claims.findings.scaling_out import _from, coarse, scaling_verdict
from sandbox.claims.findings.stolen_token import exp_verdict, to_exp
from sandbox.claims.measuring import public_key_only
from sandbox.claims.measuring.crossover import Costs, crossing
from sandbox.claims.measuring.public_key_only import Heard, OtherService
from sandbox.claims.of_jwts import across_verdict, apps_verdict, revoke_verdict
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, HOUR, MINUTE

CLAIMS = {each.id: each for each in of_jwts.CLAIMS}


@pytest.fixture(scope="module")
def settled():
    """`settled("J1")`: the finding, made once."""
    bench, found = Workbench(), {}

    def one(id):
        if id not in found:
            found[id] = CLAIMS[id].settle(bench)
        return found[id]

    return one


def test_eight_claims_in_their_order():
    assert list(CLAIMS) == ["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8"]


@pytest.mark.parametrize("id", CLAIMS)
def test_what_is_found_can_be_drawn(id, settled):
    finding = settled(id)
    assert finding.verdict in VERDICTS
    assert finding.measured.endswith(".")
    assert finding.varies == (id == "J2")
    for table in finding.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    for chart in finding.charts:
        assert chart.says
        assert all({len(chart.categories)} == {len(each.points)} for each in chart.series if chart.categories)
        for x, y in (point for each in chart.series for point in each.points):
            assert not chart.log_x or x > 0
            assert not chart.log_y or y is None or y > 0


def test_a_jwt_needs_no_read_until_something_is_to_be_fresh_or_ended(settled):
    numbers = settled("J1").numbers
    assert numbers["bytes_of_values_after_login"]["jwt"] == 0
    assert list(numbers["reads_per_request"]["jwt"].values()) == [0, 1, 1, 1, 1, 2]
    assert list(numbers["reads_per_request"]["session"].values()) == [1, 2, 1, 1, 2, 2]
    assert settled("J1").verdict == HOLDS_ONLY_IF


def test_storage_turns_with_the_reads():
    free = dict.fromkeys(ASKED, 0)
    assert storage_verdict(0, free) == (HOLDS, "")
    assert storage_verdict(80, free) == (DOES_NOT_HOLD, "")
    assert storage_verdict(0, {**free, "nothing": 1}) == (DOES_NOT_HOLD, "")
    assert storage_verdict(0, {**free, "denylist": 1}) == (
        HOLDS_ONLY_IF, "the server looks nothing up: a read per request is the price of denylist"
    )  # fmt: skip


def test_a_service_with_the_public_key_takes_a_token_and_hears_of_no_logout(settled):
    pytest.importorskip("cryptography")
    numbers = settled("J2").numbers
    assert numbers["refused"]["jwt"] == {1: 0, 2: 0, 4: 0}
    assert numbers["refused"]["session"] == {1: 0, 2: 0.5, 4: 0.75}
    assert numbers["in_elsewhere_after_logout"]
    assert numbers["other_service"] == {
        "jwt": True, "session": False, "status_at_bank": 401, "seconds_after_logout": 15 * MINUTE
    }  # fmt: skip
    assert numbers["public_key_under_hs256"] == 404
    assert numbers["seconds_per_check"]["hs256"] > numbers["seconds_per_check"]["look_up"] > 0
    assert settled("J2").verdict == HOLDS_ONLY_IF


def test_a_service_with_the_public_key_refuses_what_is_not_for_it():
    pytest.importorskip("cryptography")
    with Workbench().box(signing="RS256") as box:
        browser = box.browser("alice")
        token = browser.open("jwt").login().field("access_token")
        pem = browser.fetch("GET", "/public-key.pem").body
        header, claims = read_token(token)
        forged = write_token({**header, "alg": "none"}, {**claims, "sub": "3"}) + token.rpartition(".")[2]
        ours = OtherService(pem, "https://bank.example/jwt", box.clock)
        assert ours.lets_in(token)
        assert read_token(forged)[1]["sub"] == "3"
        assert not ours.lets_in(forged)
        assert not OtherService(pem, "https://shop.example/jwt", box.clock).lets_in(token)


def test_without_cryptography_the_second_service_is_said_to_be_untried(monkeypatch):
    for module in (public_key_only, stolen_token):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert public_key_only.heard(Workbench()) is None
    assert "not tried" in scaling_out.scales(Workbench()).measured
    finding = stolen_token.valid_until_exp(Workbench())
    assert "not tried" in finding.measured
    assert "DPoP" not in finding.condition


def test_scaling_turns_with_who_is_refused_and_who_hears_of_a_logout():
    deaf, attentive = Heard(True, False, 401, 900.0), Heard(True, False, 401, 0.0)
    assert scaling_verdict(0.0, False, False, attentive) == (HOLDS, "")
    assert scaling_verdict(0.0, False, False, deaf)[0] == HOLDS_ONLY_IF
    assert scaling_verdict(0.0, True, False, None)[1].endswith("unless it shares a denylist")
    assert scaling_verdict(0.0, True, True, None)[1].endswith("does not hear of a logout")
    assert scaling_verdict(0.5, False, False, attentive) == (DOES_NOT_HOLD, "")
    assert scaling_verdict(0.0, False, False, Heard(False, False, 401, 0.0)) == (DOES_NOT_HOLD, "")


def test_real_times_are_drawn_so_coarsely_that_a_run_more_draws_the_same():
    assert [coarse(each) for each in (0.086, 0.154, 0.17, 0.21, 8.6, 14.2)] == [0.1, 0.1, 0.1, 0.3, 10.0, 10.0]
    assert [_from(each) for each in (0.0, 1e-9, 0.0009, 0.0011)] == [
        "at any round trip", *["where the round trip to the store takes 1 ms or more"] * 2,
        "where the round trip to the store takes 10 ms or more",
    ]  # fmt: skip
    drawn = [
        scaling_out._chart(Costs(look_up, hs256, rs256), hs256 - look_up)
        for look_up, hs256, rs256 in ((8.6e-6, 8.6e-5, 1.9e-4), (1.4e-5, 1.5e-4, 3.0e-4))
    ]
    assert drawn[0] == drawn[1]


def test_verifying_pays_from_a_round_trip_on_that_makes_up_for_it():
    assert crossing(verify=0.5, look_up=0.125) == 0.375
    assert crossing(verify=0.1, look_up=0.2) == 0


def test_an_app_sends_a_token_as_easily_as_a_session_id(settled):
    numbers = settled("J3").numbers
    assert list(numbers["statements"].values()) == [2, 5, 2, 2, 9]
    assert numbers["kept_bytes"]["jwt, a token, for a header"] > 5 * numbers["kept_bytes"]["session, a cookie"]
    assert numbers["statuses"]["jwt, a token, for a header"]["as_advised"] == (200, 200, 401)
    assert numbers["statuses"]["hybrid, two tokens, and refreshes"]["as_advised"] == (200, 200, 200)
    assert settled("J3").verdict == HOLDS_ONLY_IF
    assert apps_verdict(True, False) == (HOLDS, "")
    assert apps_verdict(False, True) == (DOES_NOT_HOLD, "")


def test_another_domain_is_served_with_a_header_and_if_it_is_listed(settled):
    numbers = settled("J4").numbers
    read = {name: list(row.values()) for name, row in numbers["read_from_origin"].items()}
    assert read["jwt, header"] == read["session, header"] == read["hybrid, header"] == [200, 200, None]
    assert read["jwt, cookie, SameSite=Lax"] == [200, 401, None]
    assert read["jwt, cookie, SameSite=None"] == [200, 200, None]
    assert numbers["requests_per_call"] == {"header": 2, "cookie": 1}
    assert settled("J4").verdict == HOLDS_ONLY_IF


def test_across_domains_turns_with_who_is_served():
    def verdict(in_header, in_lax_cookie, unlisted):
        return across_verdict(in_header=in_header, in_lax_cookie=in_lax_cookie, in_none_cookie=False, unlisted=unlisted)

    assert verdict(True, True, True) == (HOLDS, "")
    assert verdict(True, False, True) == (HOLDS_ONLY_IF, "the token travels in a header")
    assert verdict(True, True, False) == (HOLDS_ONLY_IF, "the server lists the page's origin (CORS)")
    assert verdict(False, False, False) == (DOES_NOT_HOLD, "")


def test_a_jwt_lives_to_its_exp_unless_each_request_looks_it_up(settled):
    numbers = settled("J5").numbers
    assert set(numbers["seconds"]["as_written"].values()) == {numbers["seconds_to_exp"]} == {7 * DAY - 5 * MINUTE}
    assert list(numbers["seconds"]["denylist"].values()) == [0, 0, 7 * DAY - 5 * MINUTE]
    assert set(numbers["seconds"]["denylist and user_epoch"].values()) == {0}
    assert list(numbers["reads_per_request"].values()) == [1, 2, 2]
    assert settled("J5").verdict == HOLDS_ONLY_IF
    assert revoke_verdict([0.0, 0.0], [0.0, 0.0]) == (DOES_NOT_HOLD, "")
    assert revoke_verdict([9.0, 0.0], [9.0, 0.0]) == (HOLDS, "")


class WithDenylist(Workbench):
    """A bench on which every request is looked up."""

    def record(self, scenario, preset="as_written", **more):
        return super().record(scenario, preset, **{**more, "denylist": True, "user_epoch": True})


def test_where_every_request_is_looked_up_a_jwt_is_not_hard_to_revoke():
    assert CLAIMS["J5"].settle(WithDenylist()).verdict == DOES_NOT_HOLD


def test_a_token_outweighs_an_id_and_its_cookie_is_dropped_in_silence(settled):
    numbers = settled("J6").numbers
    sizes = numbers["request_bytes"]
    assert set(sizes["session, cookie"].values()) == {sizes["session, cookie"][0]}
    assert all(one < other for one, other in zip(*_both(sizes, "session, cookie", "jwt, header"), strict=True))
    assert sizes["jwt, header, minimal_claims"][0] < sizes["jwt, header"][0]
    assert sizes["jwt, cookie"][300] is None
    (table,) = settled("J6").tables
    assert table.rows[-1][0] == 300
    assert table.rows[-1][-1] == "dropped"
    assert numbers["largest_cookie_kept"] <= 4096 < numbers["smallest_cookie_dropped"]
    assert numbers["smallest_cookie_dropped"] - numbers["largest_cookie_kept"] < 20
    assert numbers["login_succeeds_though_dropped"]
    assert settled("J6").verdict == HOLDS
    assert larger_verdict({0: 114, 9: 114}, {0: 90, 9: 300}) == DOES_NOT_HOLD


def _both(sizes, one, other):
    return sizes[one].values(), sizes[other].values()


def test_a_stolen_jwt_serves_to_its_exp_whatever_its_lifetime(settled):
    numbers = settled("J7").numbers
    left = [each - MINUTE for each in (15 * MINUTE, HOUR, DAY, 7 * DAY)]
    assert list(numbers["seconds"]["jwt"].values()) == list(numbers["seconds_to_exp"].values()) == left
    assert list(numbers["seconds"]["session"].values()) == left
    assert numbers["session_without_end"] is None


def test_a_stolen_jwt_that_is_bound_to_a_key_serves_nobody(settled):
    pytest.importorskip("cryptography")
    assert settled("J7").numbers["bound_to_key"] == 0
    assert settled("J7").verdict == HOLDS_ONLY_IF


def test_theft_turns_with_the_seconds():
    left = {"1 h": 3540.0}
    goes_on, ends = {"a logout": 60.0}, {"a logout": 60.0, "a denylist": 0.0}
    assert exp_verdict(left, left, None, goes_on) == (HOLDS, "")
    assert exp_verdict(left, left, 3540.0, goes_on) == (HOLDS, "")
    assert exp_verdict(left, left, 0.0, goes_on)[1].startswith("it is a bearer token")
    assert exp_verdict(left, left, None, ends)[1].endswith("(it ends at once by a denylist)")
    assert exp_verdict({"1 h": 60.0}, left, 0.0, ends) == (DOES_NOT_HOLD, "")
    assert to_exp({"1 h": 3540.0, "7 d": 5.0}, {**left, "7 d": 9.0}) == "to its end of 1 h alone"
    assert to_exp({"1 h": None}, left) == "never to its end"


def test_a_look_up_ends_a_stolen_jwt_once_it_is_noticed(settled):
    noticed = settled("J7").numbers["noticed"]
    assert list(noticed.values()) == [7 * DAY - 5 * MINUTE, 0, 0]
    assert settled("J7").condition.endswith("by a logout with a denylist and a new password with user_epoch)")


def test_the_words_of_the_charts_turn_with_the_figures():
    assert growth([1, 2, 3]).endswith("and still growing")
    assert growth([1, 1, 1]) == "1 at most"
    assert growth([*range(1, 85), *[84] * 9]) == "84 at most, from day 7 on"
    assert reads_in_words({"nothing": 0, "a": 1, "b": 0}).endswith("needs no read. It needs 1 more for a.")
    assert "3 read. It needs none more" in reads_in_words({"nothing": 3, "a": 3})
    assert _as_groups_grow({0: 9, 5: 9}) == "9"
    assert _as_groups_grow({0: 9, 5: 12, 7: None, 8: None}) == "9 to 12, dropped from 7 groups on"


def test_logout_ends_a_jwt_with_a_denylist_alone_which_grows_with_a_tokens_lifetime(settled):
    numbers = settled("J8").numbers
    assert numbers["after_logout_seconds"] == {
        "nothing": 7 * DAY - 5 * MINUTE, "denylist": 0, "user_epoch": 7 * DAY - 5 * MINUTE
    }  # fmt: skip
    assert numbers["reads_per_request"] == {"nothing": 1, "denylist": 2, "user_epoch": 1}
    never, week, quarter = numbers["entries"].values()
    assert never == list(range(1, 121))
    assert max(week) == week[-1] == 7 * 24 / 2
    assert set(quarter) == {1}
    assert settled("J8").verdict == HOLDS


def test_the_need_for_a_denylist_turns_with_what_ends_a_token():
    assert denylist_verdict(0.0, 0.0, 0.0) == (DOES_NOT_HOLD, "")
    assert denylist_verdict(900.0, 900.0, 900.0) == (DOES_NOT_HOLD, "")
    assert denylist_verdict(900.0, 0.0, 0.0)[0] == HOLDS_ONLY_IF
