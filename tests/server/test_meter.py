"""The meter: what one request cost the database, told to who may ask, and to nobody else."""

import pytest
from werkzeug.test import Client

from sandbox.exchange import Answer, Request
from sandbox.server.gate import KEY_HEADER, METER_HEADER, METERED, Gate
from sandbox.server.meter import Meter
from sandbox.server.transports import InProcess

LOGIN = {"email": "alice@bank.example", "password": "alice-password"}
KEY = "key"


@pytest.mark.parametrize(("mode", "work"), [("session", "1 1"), ("jwt", "1 0"), ("hybrid", "1 2")])
def test_who_may_ask_is_told_the_work_of_this_request_alone(open_bank, mode, work):
    client = Client(Meter(open_bank("bare").app))
    for _ in range(2):
        answer = client.post(f"/{mode}/login", json=LOGIN, environ_overrides={METERED: True})
        assert answer.headers[METER_HEADER] == work


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
    assert (answer.status_code, answer.headers[METER_HEADER]) == (401, "1 0")


def test_the_transport_takes_the_meter_off_the_record(open_bank):
    transport = InProcess(Gate(Meter(open_bank("bare").app), KEY), KEY)
    answer = transport.send(Request("GET", "https://bank.example/session/profile", (("Cookie", "session=x"),)), "")
    assert isinstance(answer, Answer)
    assert (answer.store_reads, answer.store_writes) == (1, 0)
    assert answer.response.header(METER_HEADER) is None
