"""What is said of sessions is settled by what was measured: the figures, and verdicts that turn with them."""

import pytest

from sandbox.claims import of_sessions
from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, VERDICTS
from sandbox.claims.findings.expiry_at_client import expiry_verdict
from sandbox.claims.findings.readable_data import Readable, data_verdict
from sandbox.claims.findings.shared_store import shared_store_verdict
from sandbox.claims.measuring import plain_client
from sandbox.claims.of_sessions import ACTS, at_once_verdict, cookies_verdict, sensitive_verdict
from sandbox.claims.workbench import Workbench
from sandbox.clock import DAY, MINUTE

CLAIMS = {each.id: each for each in of_sessions.CLAIMS}


@pytest.fixture(scope="module")
def settled():
    """`settled("S1")`: the finding, made once."""
    bench, found = Workbench(), {}

    def one(id):
        if id not in found:
            found[id] = CLAIMS[id].settle(bench)
        return found[id]

    return one


def test_seven_claims_in_their_order():
    assert list(CLAIMS) == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"]


@pytest.mark.parametrize("id", CLAIMS)
def test_what_is_found_can_be_drawn(id, settled):
    finding = settled(id)
    assert finding.verdict in VERDICTS
    assert finding.measured.endswith(".")
    assert finding.numbers
    assert not finding.varies
    for table in finding.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    for chart in finding.charts:
        assert chart.says
        assert all({len(chart.categories)} == {len(each.points)} for each in chart.series if chart.categories)


def test_a_session_ends_with_logout_and_a_jwt_does_not(settled):
    numbers = settled("S1").numbers
    written = numbers["as_written"]
    assert [written[mode]["after_logout_seconds"] for mode in written] == [0, 7 * DAY - 5 * MINUTE, 10 * MINUTE]
    assert written["session"]["after_logout_all_seconds"] == 0
    assert written["session"]["after_password_seconds"] is None
    assert numbers["user_epoch"]["session"]["after_password_seconds"] == 0
    assert numbers["end_on_logout_off"]["session"]["after_logout_seconds"] is None
    assert settled("S1").verdict == HOLDS_ONLY_IF
    assert settled("S1").condition == (
        "logout ends the session on the server (end_on_logout), and the act is a logout: a new password needs "
        "user_epoch"
    )


def test_an_end_at_once_turns_with_each_act_and_switch():
    ended, unended = dict.fromkeys(ACTS, 0.0), dict.fromkeys(ACTS)
    password = {**ended, "changes her password": 60.0}
    assert at_once_verdict(ended, ended, ended) == (HOLDS, "")
    assert at_once_verdict(ended, unended, ended)[1] == "logout ends the session on the server (end_on_logout)"
    assert at_once_verdict(password, ended, ended)[1].endswith("a new password needs user_epoch")
    assert at_once_verdict(password, ended, password)[1].endswith("a new password does not end it")
    assert at_once_verdict({**ended, "logs out everywhere": 1.0}, ended, ended) == (DOES_NOT_HOLD, "")


class WithoutEnd(Workbench):
    """A bench on which nothing ends at logout."""

    def record(self, scenario, preset="as_written", **more):
        return super().record(scenario, preset, **{**more, "end_on_logout": False})


def test_where_logout_ends_nothing_a_session_does_not_end_at_once():
    assert CLAIMS["S1"].settle(WithoutEnd()).verdict == DOES_NOT_HOLD


def test_a_session_cookie_tells_nothing_and_the_answers_show_the_email(settled):
    numbers = settled("S2").numbers
    assert numbers["as_written, session"] == {"claims": [], "bytes": 0, "personal": [], "in_answers": ["email"]}
    assert numbers["as_written, jwt"]["personal"] == ["email", "phone"]
    assert numbers["minimal_claims on, jwt"]["personal"] == []
    assert 0 < numbers["minimal_claims on, jwt"]["bytes"] < numbers["as_written, jwt"]["bytes"]
    assert settled("S2").verdict == HOLDS_ONLY_IF
    assert "email" in settled("S2").condition


def test_data_stays_where_no_answer_shows_it_and_leaves_with_a_claim():
    assert data_verdict(Readable((), 0, ())) == (HOLDS, "")
    assert data_verdict(Readable(("sub",), 11, ())) == (DOES_NOT_HOLD, "")


def test_a_client_meets_expiry_wherever_a_session_has_an_end(settled):
    numbers = settled("S3").numbers
    assert list(numbers["failed_calls"]["session"].values()) == [0, 0, 1, 3, 3, 11]
    assert list(numbers["failed_calls"]["hybrid"].values()) == [11, 11, 11, 11, 11, 18]
    assert numbers["paths"]["session"]["as_written"] == ()
    assert numbers["paths"]["session"]["hardened"] == ("log in again",)
    assert numbers["paths"]["hybrid"]["as_written"] == ("log in again",)
    assert numbers["paths"]["hybrid"]["rfc6750_errors"] == ("refresh", "call once more")
    assert settled("S3").verdict == HOLDS_ONLY_IF


def test_expiry_turns_with_the_failed_calls():
    assert expiry_verdict({"as_written": 0, "hardened": 0}, ["hardened"]) == (HOLDS, "")
    assert expiry_verdict({"as_written": 1, "hardened": 0}, ["hardened"]) == (DOES_NOT_HOLD, "")
    assert expiry_verdict({"as_written": 0, "hardened": 9}, ["hardened"])[0] == HOLDS_ONLY_IF


def test_a_session_is_better_once_somebody_acts_and_worse_while_nobody_notices(settled):
    endless, capped = settled("S4").numbers.values()
    lived = 7 * DAY - MINUTE
    assert [each["session"] for each in endless.values()] == [None, 0, None, 0]
    assert [each["session"] for each in capped.values()] == [lived, 0, lived, 0]
    for found in (endless, capped):
        assert [each["jwt"] for each in found.values()] == [lived, lived - 4 * MINUTE, lived, 0]
    assert settled("S4").verdict == HOLDS_ONLY_IF
    assert "a session is worse than a JWT unless it ends as the JWT does" in settled("S4").condition
    assert "even where" not in settled("S4").condition


@pytest.mark.parametrize(
    ("session", "capped", "verdict", "said"),
    [
        ((0, 0), (0, 0), HOLDS, ""),
        ((0, None), (0, 9), HOLDS_ONLY_IF, "it means noticed: in unnoticed, a session is worse"),
        ((0, None), (0, None), HOLDS_ONLY_IF, "it means noticed: in unnoticed, a JWT is better even where"),
        ((9, None), (9, 9), DOES_NOT_HOLD, ""),
    ],
)
def test_sensitive_operations_turn_with_the_seconds(session, capped, verdict, said):
    endless, ended = (
        {name: {"session": lane[n], "jwt": 9} for n, name in enumerate(("noticed", "unnoticed"))}
        for lane in (session, capped)
    )
    found = sensitive_verdict(endless, ended)
    assert found[0] == verdict
    assert said in found[1]


def test_a_session_needs_a_read_per_request_and_a_row_per_login(settled):
    numbers = settled("S5").numbers
    work = numbers["reads_and_writes_per_request"]
    assert work["session"] == {"live_roles off": (1, 0), "as_written": (2, 0), "hardened": (2, 1)}
    assert work["jwt"] == {"live_roles off": (0, 0), "as_written": (1, 0), "hardened": (2, 0)}
    assert numbers["rows_per_login"] == {"session": 1, "jwt": 0, "hybrid": 2}
    assert numbers["bytes_of_database_per_login"]["jwt"] == 0
    assert 100 < numbers["bytes_of_database_per_login"]["session"] < 200
    assert numbers["same_logins_bytes"]["in_memory"] == numbers["same_logins_bytes"]["in_file"]
    assert settled("S5").verdict == HOLDS


def test_servers_that_share_no_store_refuse_all_but_their_share(settled):
    numbers = settled("S6").numbers
    alone = {1: 0, 2: 0.5, 4: 0.75}
    assert numbers["own_store"]["session"] == numbers["own_store"]["hybrid, refreshes"] == alone
    assert numbers["own_store"]["jwt"] == numbers["own_store"]["hybrid, calls"] == {1: 0, 2: 0, 4: 0}
    assert not any(share for lane in numbers["shared_store"].values() for share in lane.values())
    assert (numbers["kept_at_one"], numbers["its_server_stops"]) == (0, 1)
    assert settled("S6").verdict == HOLDS_ONLY_IF


def test_the_need_for_a_shared_store_turns_with_the_shares():
    half, none = {1: 0.0, 2: 0.5}, {1: 0.0, 2: 0.0}
    assert shared_store_verdict(half, none, 0.5, 1.0) == (HOLDS, "")
    assert shared_store_verdict(none, none, 0.0, 1.0) == (DOES_NOT_HOLD, "")
    assert shared_store_verdict(half, half, 0.0, 1.0) == (DOES_NOT_HOLD, "")
    assert shared_store_verdict(half, none, 0.0, 1.0)[1].endswith(", until it stops")
    assert shared_store_verdict(half, none, 0.0, 0.0)[1].endswith("needs no shared store")


def test_a_cookie_troubles_a_page_of_another_site_and_an_app_of_which_a_csrf_token_is_asked(settled):
    numbers = settled("S7").numbers
    app, partner, other = "https://app.bank.example", "https://partner.example", "https://other.example"
    read = numbers["read_from_origin"]
    for same_site, status in (("unset", 401), ("=Lax", 401), ("=Strict", 401), ("=None", 200)):
        row = read[f"session, cookie, SameSite{' unset' if same_site == 'unset' else same_site}"]
        assert (row[app], row[partner], row[other]) == (200, status, None)
    assert read["session, header"] == read["jwt, header"] == {app: 200, partner: 200, other: None}
    assert numbers["app_statements"] == {"cookie": 2, "cookie_and_csrf_token": 5, "token": 2}
    assert numbers["app_statuses"]["session, a cookie"] == {
        "as_written": (200, 200, 200), "as_advised": (200, 403, 200)
    }  # fmt: skip
    assert settled("S7").verdict == HOLDS_ONLY_IF
    assert settled("S7").condition == (
        "the client is a page of another site, and the cookie is not SameSite=None, "
        "or an app that keeps nothing but the cookie, under as_advised"
    )


def test_trouble_with_cookies_turns_with_who_has_it():
    assert cookies_verdict({"a page": True, "an app": True}) == (HOLDS, "")
    assert cookies_verdict({"a page": True, "an app": False}) == (HOLDS_ONLY_IF, "the client is a page")
    assert cookies_verdict({"a page": False, "an app": False}) == (DOES_NOT_HOLD, "")


def test_an_app_that_keeps_nothing_is_refused():
    class Forgetful(plain_client.HeaderClient):
        def keep(self, answer):
            pass

    app = plain_client.App("jwt", "nothing", Forgetful)
    assert plain_client.tried(Workbench(), app, "as_written").statuses == (401, 401, 401)
    assert not plain_client.tried(Workbench(), app, "as_written").served
