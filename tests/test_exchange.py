"""What goes over the wire is kept as it was: frozen, in order, and measured in bytes."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.exchange import MODES, Answer, Exchange, Log, Request, Response, Statement, parsed_json


def exchange(path: str) -> Exchange:
    return Exchange("alice", 0.0, Request("GET", f"https://bank.example{path}"), Response(200))


def test_the_modes_stand_in_the_order_in_which_they_are_shown() -> None:
    assert MODES == ("session", "jwt", "hybrid")


@pytest.mark.parametrize("thing", [Request("GET", "/"), Response(200), exchange("/"), Statement("SELECT 1")])
def test_what_happened_cannot_be_changed(thing: object) -> None:
    with pytest.raises(FrozenInstanceError):
        thing.body = b"other"  # type: ignore[attr-defined]


FOUND = Statement("SELECT * FROM sessions WHERE token = 'S3CRET'", ({"token": "S3CRET"},))


def test_no_repr_shows_what_a_statement_says_or_found() -> None:
    answer = Answer(Response(200), 1, 0, (FOUND,), ("denylist",))
    shown = repr([FOUND, answer, Exchange("alice", 0.0, Request("GET", "/"), *answer)])
    assert "S3CRET" not in shown
    assert "denylist" in shown


def test_an_exchange_has_its_answers_work() -> None:
    made = Exchange("alice", 0.0, Request("GET", "/"), *Answer(Response(200), 1, 0, (FOUND,), ("denylist",)))
    assert (made.store_reads, made.store_writes, made.statements, made.asked) == (1, 0, (FOUND,), ("denylist",))


def test_without_a_word_no_work_was_done() -> None:
    made = exchange("/")
    assert (made.store_reads, made.store_writes, made.statements, made.asked) == (0, 0, (), ())
    assert Answer(Response(200))[1:] == (0, 0, (), ())


def test_equal_exchanges_are_one_in_a_set_whatever_was_found() -> None:
    one, other = (Exchange("alice", 0.0, Request("GET", "/"), Response(200), statements=(FOUND,)) for _ in range(2))
    assert len({one, other}) == 1


def test_header_names_have_no_case() -> None:
    assert Request("GET", "/", (("Authorization", "Bearer A1"),)).header("aUTHORIZATION") == "Bearer A1"
    assert Response(200).header("Date") is None


def test_a_repeated_set_cookie_is_kept_in_order() -> None:
    response = Response(200, (("Set-Cookie", "a=1"), ("Date", "now"), ("set-cookie", "b=2")))
    assert response.all("Set-Cookie") == ["a=1", "b=2"]
    assert response.header("Set-Cookie") == "a=1"


@pytest.mark.parametrize(("status", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False)])
def test_ok_means_two_hundred_and_something(status: int, ok: bool) -> None:
    assert Response(status).ok is ok


def test_a_path_is_that_of_the_url_without_its_query() -> None:
    assert Request("GET", "https://bank.example/jwt/profile?x=1").path == "/jwt/profile"


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a": 1}', 1), (b"[1]", None), (b"", None), (b"\xff\xfe", None), (b'"a"', None)]
)
def test_a_field_is_that_of_a_json_object_or_nothing(body: bytes, value: object) -> None:
    assert Response(200, (), body).field("a") == value


@given(st.binary(max_size=200))
def test_any_body_is_json_or_none(body: bytes) -> None:
    parsed_json(body)


def test_a_body_nested_too_deeply_is_no_json() -> None:
    assert parsed_json(b"[" * 200_000) is None


def test_the_bytes_of_a_request_are_those_of_its_text_in_http() -> None:
    request = Request("POST", "https://bank.example/jwt/transfer?x=%C3%A9", (("Authorization", "Bearer abc"),), b"body")
    text = (
        b"POST /jwt/transfer?x=%C3%A9 HTTP/1.1\r\n"
        b"Host: bank.example\r\n"
        b"Authorization: Bearer abc\r\n"
        b"\r\n"
        b"body"
    )
    assert request.wire_bytes() == len(text)


def test_a_log_gives_what_came_since_a_mark() -> None:
    log = Log()
    log.append(exchange("/one"))
    mark = len(log)
    log.append(exchange("/two"))
    assert [each.request.path for each in log.since(mark)] == ["/two"]
    assert [each.request.path for each in log] == ["/one", "/two"]


def test_of_a_search_the_log_keeps_the_evidence_alone() -> None:
    log = Log([exchange("/before"), exchange("/try"), exchange("/try"), exchange("/last")])
    log.keep(1, (exchange("/last"),))
    assert [each.request.path for each in log] == ["/before", "/last"]
