"""Whom a browser asks before it sends, and whom it lets read."""

import pytest

from sandbox.actors.cors import (
    is_simple,
    normal_method,
    preflight,
    preflight_allows,
    readable,
    settable,
    visible,
    without_cookies,
)
from sandbox.exchange import Headers, Request, Response

URL, EVIL = "https://bank.example/api", "https://evil.example"
ALLOWED: Headers = (("Access-Control-Allow-Origin", EVIL), ("Access-Control-Allow-Credentials", "true"))


def put(**headers: str) -> Request:
    return Request("PUT", URL, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


@pytest.mark.parametrize(
    ("method", "headers", "simple"),
    [
        ("GET", (), True), ("POST", (("Content-Type", "text/plain; charset=utf-8"),), True), ("PUT", (), False),
        ("POST", (("Content-Type", "application/json"),), False), ("GET", (("X-CSRF-Token", "t"),), False),
        ("GET", (("Authorization", "Bearer x"),), False), ("GET", (("Accept", "text/html"),), True),
        ("GET", (("Accept", '"'),), False), ("GET", (("Accept", "a" * 129),), False),
        ("GET", (("Accept-Language", "de;q=0.5"),), True), ("GET", (("Accept-Language", "{"),), False),
        ("GET", (("Range", "bytes=0-9"),), True), ("GET", (("Range", "bytes=-9"),), False),
    ],
)  # fmt: skip
def test_simple_is_what_a_form_could_send(method: str, headers: Headers, simple: bool) -> None:
    assert is_simple(Request(method, URL, headers)) is simple


def test_a_preflight_names_the_method_and_the_headers_and_bears_nothing_else() -> None:
    asked = preflight(put(X_B="1", Content_Type="application/json", Accept="*/*", Cookie="a=1"), EVIL)
    assert asked == Request(
        "OPTIONS",
        URL,
        (
            ("Origin", EVIL),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "content-type,x-b"),
        ),
    )


@pytest.mark.parametrize(
    ("status", "methods", "headers", "allows"),
    [
        (204, "PUT", "X-One", True), (200, "GET, PUT", "x-one, X-Two", True), (403, "PUT", "X-One", False),
        (204, "put", "X-One", False), (204, "PUT", "", False), (204, "", "X-One", False), (204, "*", "*", False),
    ],
)  # fmt: skip
def test_a_preflight_allows_what_it_names_and_with_credentials_no_star(
    status: int, methods: str, headers: str, allows: bool
) -> None:
    named = (("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", headers))
    assert preflight_allows(Response(status, (*ALLOWED, *named)), put(X_One="1"), EVIL, True) is allows


@pytest.mark.parametrize(("name", "allows"), [("X-One", True), ("Authorization", False)])
def test_without_credentials_a_star_allows_all_but_authorization(name: str, allows: bool) -> None:
    stars = (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*"))
    request = Request("PUT", URL, ((name, "1"),))
    assert preflight_allows(Response(204, (*ALLOWED, *stars)), request, EVIL, False) is allows


@pytest.mark.parametrize(
    ("origins", "credentials", "plain", "with_credentials"),
    [
        ([EVIL], "true", True, True), ([EVIL], "TRUE", True, False), ([EVIL], None, True, False),
        (["*"], "true", True, False), ([], "true", False, False), (["null"], "true", False, False),
        ([EVIL, EVIL], "true", False, False), ([f"{EVIL}/"], "true", False, False),
        ([EVIL.upper()], "true", False, False),
    ],
)  # fmt: skip
def test_an_answer_is_readable_by_the_origin_that_it_names(
    origins: list[str], credentials: str | None, plain: bool, with_credentials: bool
) -> None:
    headers = [("Access-Control-Allow-Origin", each) for each in origins]
    if credentials:
        headers.append(("Access-Control-Allow-Credentials", credentials))
    answer = Response(200, tuple(headers))
    assert (readable(answer, EVIL, False), readable(answer, EVIL, True)) == (plain, with_credentials)


@pytest.mark.parametrize(
    ("exposed", "with_credentials", "seen"),
    [
        ("", False, ["Content-Type"]), ("x-one", True, ["Content-Type", "X-One"]), ("*", True, ["Content-Type"]),
        ("*", False, ["Content-Type", "X-One", "Access-Control-Expose-Headers"]),
        ("Set-Cookie", True, ["Content-Type"]),
    ],
)  # fmt: skip
def test_another_origin_sees_the_headers_that_are_exposed_to_it(
    exposed: str, with_credentials: bool, seen: list[str]
) -> None:
    told = (("Access-Control-Expose-Headers", exposed),)
    answer = Response(200, (("Content-Type", "a"), ("Set-Cookie", "s=1"), ("X-One", "1"), *told))
    assert [name for name, _ in visible(answer, with_credentials).headers] == seen


def test_no_script_reads_set_cookie_and_the_browser_did() -> None:
    answer = Response(200, (("SET-cookie", "s=1"), ("X-One", "1")), b"body")
    assert without_cookies(answer) == Response(200, (("X-One", "1"),), b"body")


def test_script_cannot_pose_as_another_origin_or_send_cookies_of_its_own() -> None:
    wanted = {"Origin": "https://bank.example", "cookie": "s=1", "Sec-Fetch-Site": "none", "Host": "x", "X-One": "1"}
    assert settable(wanted) == (("X-One", "1"),)


@pytest.mark.parametrize(("written", "sent"), [("put", "PUT"), ("post", "POST"), ("patch", "patch"), ("Foo", "Foo")])
def test_old_methods_are_written_large_and_new_ones_as_they_come(written: str, sent: str) -> None:
    assert normal_method(written) == sent
