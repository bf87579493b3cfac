"""The meter: what the server did for one request, told to who may ask, and to nobody else."""

import pickle

import pytest
from werkzeug.test import Client

from sandbox.exchange import Answer, Request, Statement
from sandbox.server.gate import KEY_HEADER, METER_HEADER, METERED, Gate
from sandbox.server.meter import Meter, hear, tell
from sandbox.server.transports import InProcess
from sandbox.server.work import Work, under_way

LOGIN = {"email": "alice@bank.example", "password": "alice-password"}
KEY = "key"


@pytest.mark.parametrize(("mode", "work"), [("session", (1, 1)), ("jwt", (1, 0)), ("hybrid", (1, 2))])
def test_who_may_ask_is_told_the_work_of_this_request_alone(open_bank, mode, work):
    client = Client(Meter(open_bank("bare").app))
    for _ in range(2):
        answer = client.post(f"/{mode}/login", json=LOGIN, environ_overrides={METERED: True})
        reads, writes, statements, _ = hear(answer.headers[METER_HEADER])
        assert (reads, writes) == work
        assert [each.changed is not None for each in statements] == [False] * reads + [True] * writes


def test_who_does_not_ask_is_told_nothing(open_bank):
    gate = Gate(Meter(open_bank("bare").app), KEY)
    for headers in ({KEY_HEADER: KEY}, {METER_HEADER: ""}):
        assert METER_HEADER not in Client(gate).get("/healthz", headers=headers).headers


def test_without_a_key_nobody_is_told(open_bank):
    gate = Gate(Meter(open_bank("bare").app), None)
    answer = Client(gate).get("/healthz", headers={METER_HEADER: "", METERED: "1"})
    assert (answer.status_code, METER_HEADER in answer.headers) == (200, False)


def test_an_error_is_metered_too(open_bank):
    answer = Client(Meter(open_bank("bare").app)).post(
        "/session/login", json=LOGIN | {"password": "x"}, environ_overrides={METERED: True}
    )
    assert (answer.status_code, *hear(answer.headers[METER_HEADER])[:2]) == (401, 1, 0)


def test_the_transport_takes_the_meter_off_the_record(open_bank):
    transport = InProcess(Gate(Meter(open_bank("bare").app), KEY), KEY)
    answer = transport.send(Request("GET", "https://bank.example/session/profile", (("Cookie", "session=x"),)), "")
    assert isinstance(answer, Answer)
    assert (answer.store_reads, answer.store_writes) == (1, 0)
    assert answer.statements == (Statement("SELECT * FROM sessions WHERE token = 'x'"),)
    assert answer.asked == ("carrier", "host_prefix", "hash_at_rest")
    assert answer.response.header(METER_HEADER) is None


def test_after_a_request_nothing_is_noted_any_more(open_bank):
    Client(Meter(open_bank("bare").app)).get("/session/profile", environ_overrides={METERED: True})
    assert under_way() is None


def test_after_an_error_of_the_apps_own_nothing_is_noted_any_more():
    def app(environ, start_response):
        assert under_way()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Client(Meter(app)).get("/", environ_overrides={METERED: True})
    assert under_way() is None


def test_of_a_request_that_nobody_asks_about_nothing_is_noted(open_bank, monkeypatch):
    monkeypatch.setattr(Work, "__init__", None)
    assert Client(Meter(open_bank("bare").app)).get("/session/profile").status_code == 401


# --- what is told


def done(*finds, asked=()):
    """Work of one read for each of `finds`: its SQL and the values that it found in its one column."""
    work = Work()
    work.asked += asked
    for sql, *values in finds:
        work.ran(sql, writes=False)
        work.found(["a"], [(value,) for value in values])
    return work


def test_what_is_told_is_heard():
    values = ("\u00e9\U0001f511\r\n", 1, None, 1.5)
    work = done(("SELECT a", *values), ("SELECT b",), asked=["denylist", "leeway", "denylist"])
    work.ran("UPDATE a", writes=True)
    work.changed(3)
    told = tell(work)
    assert told.isascii()
    assert told.isprintable()
    found = tuple({"a": value} for value in values)
    statements = (Statement("SELECT a", found), Statement("SELECT b"), Statement("UPDATE a", changed=3))
    assert hear(told) == (2, 1, statements, ("denylist", "leeway"))
    assert hear(tell(Work())) == (0, 0, (), ())


def test_statements_that_were_told_behave_like_any_others():
    told = hear(tell(done(("SELECT a", 1), ("SELECT b",))))[2]
    statements = (Statement("SELECT a", ({"a": 1},)), Statement("SELECT b"))
    assert (*told,) == statements
    assert (len(told), told[1], told[:1], bool(told)) == (2, statements[1], statements[:1], True)
    assert told == statements
    assert statements == told
    assert told == hear(tell(done(("SELECT a", 1), ("SELECT b",))))[2]
    assert told != statements[:1]
    assert (hash(told), repr(told)) == (hash(statements), repr(statements))
    assert pickle.loads(pickle.dumps(told)) == told


def test_a_statement_is_told_on_one_line():
    assert hear(tell(done(("SELECT a\n   FROM\tb ",))))[2][0].sql == "SELECT a FROM b"


def test_rows_are_told_up_to_some_sixty_thousand_characters():
    assert hear(tell(done(("SELECT a", "x" * 59_900))))[2] == (Statement("SELECT a", ({"a": "x" * 59_900},)),)


def test_what_is_too_long_is_told_without_rows_that_are_counted_as_left_out():
    reads, _, statements, asked = hear(tell(done(("SELECT a", "x" * 60_000, 1), ("SELECT b", 2), asked=["leeway"])))
    assert (reads, asked) == (2, ("leeway",))
    assert statements == (Statement("SELECT a", left_out=2), Statement("SELECT b", left_out=1))


@pytest.mark.parametrize("sign", ["x", "\U0001f511"])
def test_what_is_far_too_long_is_told_without_its_last_statements_and_still_counted(sign):
    told = tell(done(*[(f"SELECT {number} {sign * 1000}", 1) for number in range(1000)]))
    reads, _, statements, _ = hear(told)
    assert len(told) < 65_000
    assert reads == 1000
    assert 2 < len(statements) < 1000
    assert [each.sql.split()[1] for each in statements] == [str(number) for number in range(len(statements))]


def test_one_statement_that_is_too_long_is_not_told():
    assert hear(tell(done((f"SELECT {'x' * 65_536}",)))) == (1, 0, (), ())
