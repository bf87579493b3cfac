"""Credentials bear short stable names wherever they are shown, and their values stay hidden."""

import hashlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import base64url
from sandbox.box import Sandbox
from sandbox.defences import Defences
from sandbox.exchange import Exchange, Request, Response
from sandbox.names import Names
from sandbox.server.tokens import decode_unverified


def exchange(request: Request | None = None, response: Response | None = None) -> Exchange:
    return Exchange("alice", 0.0, request or Request("GET", "https://bank.example/"), response or Response(200))


def body(**fields: object) -> Response:
    return Response(200, (), json.dumps(fields).encode())


def learned(*exchanges: Exchange) -> Names:
    names = Names()
    for each in exchanges:
        names.learn(each)
    return names


def jwt(**claims: object) -> str:
    """Something with these claims that looks like a token. No key signed it."""
    parts = ({"alg": "none"}, claims)
    return ".".join([*(base64url.encode(json.dumps(part).encode()) for part in parts), "c2ln"])


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Defences.preset("hardened").but(bcrypt_cost=4), transport="in-process") as box:
        yield box


def test_names_are_given_in_the_order_of_first_sight() -> None:
    names = learned(
        exchange(response=Response(200, (("Set-Cookie", "session=first-session; Path=/"),))),
        exchange(response=body(access_token="eyJ.first.x", refresh_token="first-refresh", csrf_token="first-csrf")),
        exchange(Request("GET", "/", (("Cookie", "session=second-session; refresh=second-refresh"),))),
        exchange(Request("GET", "/", (("Authorization", "Bearer eyJ.second.x"),))),
        exchange(Request("POST", "/", (), b'{"refresh_token": "first-refresh"}')),
    )
    assert names.known() == {
        "S1": "first-session", "A1": "eyJ.first.x", "R1": "first-refresh", "C1": "first-csrf",
        "S2": "second-session", "R2": "second-refresh", "A2": "eyJ.second.x",
    }  # fmt: skip


def test_a_credential_has_one_name_however_often_it_is_seen() -> None:
    seen = exchange(Request("GET", "/", (("Cookie", "session=the-same"),)))
    assert learned(seen, seen).known() == {"S1": "the-same"}


@pytest.mark.parametrize(
    ("cookie", "name"),
    [("session=abcdefgh", "S1"), ("__Host-session=abcdefgh", "S1"), ("session=eyJabc.def.ghi", "A1"),
     ("refresh=abcdefgh", "R1"), ("__Host-refresh=abcdefgh", "R1"), ('session="abcdefgh"', "S1")],
)  # fmt: skip
def test_the_letter_says_of_what_kind_a_cookie_is(cookie: str, name: str) -> None:
    assert list(learned(exchange(Request("GET", "/", (("Cookie", cookie),)))).known()) == [name]


def test_a_reference_token_in_a_header_is_a_session() -> None:
    assert learned(exchange(response=body(access_token="is-no-jwt"))).known() == {"S1": "is-no-jwt"}


@pytest.mark.parametrize("scheme", ["Bearer", "DPoP"])
def test_a_token_in_a_header_is_named_whatever_its_scheme(scheme: str) -> None:
    names = learned(exchange(Request("GET", "/", (("Authorization", f"{scheme} eyJ.first.x"),))))
    assert names.known() == {"A1": "eyJ.first.x"}


@pytest.mark.parametrize(
    "quiet",
    [exchange(), exchange(response=Response(200, (), b"[1, 2]")), exchange(response=body(access_token="")),
     exchange(response=body(access_token=7)),
     exchange(response=Response(200, (("Set-Cookie", "session=; Max-Age=0"),))),
     exchange(Request("GET", "/", (("Authorization", "Basic YTpi"),)))],
)  # fmt: skip
def test_what_bears_no_credential_gives_no_name(quiet: Exchange) -> None:
    names = learned(quiet)
    assert names.known() == {}
    assert names.mask("a text") == "a text"


def test_a_real_login_is_masked_in_body_header_and_table(box: Sandbox) -> None:
    alice = box.browser("alice")
    for mode in ("session", "hybrid"):
        names = Names()
        alice.open(mode).login()
        alice.open(mode).profile()
        for each in box.log:
            names.learn(each)
        token = names.known()["S1" if mode == "session" else "R1"]
        shown = names.mask(json.dumps([*map(repr, box.log), box.tables(mode, reveal=True)]))
        assert token not in shown
        assert hashlib.sha256(token.encode()).hexdigest() not in shown
        assert ("sha256(S1)" if mode == "session" else "sha256(R1)") in shown


def test_a_jti_is_named_after_its_token(box: Sandbox) -> None:
    box.browser("alice").open("hybrid").login()
    names = learned(*box.log)
    jti = decode_unverified(names.known()["A1"])[1]["jti"]
    [row] = box.tables("hybrid", reveal=True)["live_tokens"]
    assert row["jti"] == jti
    assert names.mask(jti) == "jti(A1)"


def test_a_jti_stays_that_of_the_token_that_bore_it_first() -> None:
    """A forger copies the claims of a token of the bank, its jti too."""
    tokens = [jwt(jti="the-jti-of-the-bank", sub=sub) for sub in ("1", "2")]
    names = learned(*(exchange(response=body(access_token=token)) for token in tokens))
    assert list(names.known()) == ["A1", "A2"]
    assert names.mask("the-jti-of-the-bank") == "jti(A1)"


def test_a_text_bears_a_credential_in_full_hashed_or_by_its_jti() -> None:
    token = jwt(jti="the-jti-of-the-bank")
    names = learned(exchange(response=body(access_token=token, refresh_token="the-refresh-token")))
    hashed = hashlib.sha256(b"the-refresh-token").hexdigest()
    assert [names.within(text) for text in (token, "the-refresh-token", hashed, "the-jti-of-the-bank")] == [
        ["A1"], ["R1"], ["R1"], ["A1"],
    ]  # fmt: skip


def test_what_a_text_bears_is_told_once_and_in_order() -> None:
    values = {f"refresh-token-{number:02}.": f"R{number}" for number in range(1, 12)}
    names = learned(
        exchange(Request("GET", "/", (("DPoP", "the-proof"), ("Cookie", "session=the-session")))),
        exchange(response=body(csrf_token="the-csrf-token")),
        *(exchange(response=body(refresh_token=value)) for value in values),
    )
    text = f"the-proof the-csrf-token refresh-token-11. refresh-token-02. the-session {'refresh-token-02.' * 2}"
    assert names.within(text) == ["S1", "R2", "R11", "C1", "P1"]


@pytest.mark.parametrize("text", ["", "a text", "R1", "sha256(R1)", "the-refresh-toke", "THE-REFRESH-TOKEN"])
def test_a_text_without_a_credential_bears_none(text: str) -> None:
    assert learned(exchange(response=body(refresh_token="the-refresh-token"))).within(text) == []
    assert Names().within(text) == []


def test_what_is_learned_later_is_found_in_a_text_that_was_there_before() -> None:
    names = Names()
    assert names.within("the-refresh-token") == []
    names.learn(exchange(response=body(refresh_token="the-refresh-token")))
    assert names.within("the-refresh-token") == ["R1"]


def test_a_credential_that_contains_another_is_masked_whole() -> None:
    names = learned(
        exchange(response=body(refresh_token="abcdefgh")), exchange(response=body(refresh_token="abcdefgh-and-more"))
    )
    assert names.mask("abcdefgh-and-more abcdefgh") == "R2 R1"


def test_what_is_too_short_to_be_a_credential_is_left_as_it_is() -> None:
    names = learned(exchange(Request("GET", "/", (("Cookie", "session=profile"),))))
    assert names.mask("GET /session/profile") == "GET /session/profile"


def test_what_is_sent_and_what_is_handed_out_are_told_apart() -> None:
    refresh = exchange(
        Request("POST", "/hybrid/refresh", (("Authorization", "Bearer eyJ.a1.x"),), b'{"refresh_token": "refresh-1"}'),
        Response(200, (("Set-Cookie", "refresh=refresh-2; Path=/"),), b'{"access_token": "eyJ.a2.x"}'),
    )
    names = learned(refresh)
    assert names.carried(refresh.request) == ["A1", "R1"]
    assert names.handed_out(refresh) == ["A2", "R2"]


def test_names_are_listed_as_they_are_counted() -> None:
    names = learned(*(exchange(response=body(refresh_token=f"refresh-token-{n:02}.")) for n in range(1, 12)))
    request = Request("POST", "/", (), b"refresh-token-11. refresh-token-02. refresh-token-01.")
    assert names.carried(request) == ["R1", "R2", "R11"]


@given(st.lists(st.text(alphabet="abcXYZ019-_", min_size=20, max_size=50), min_size=1, max_size=5, unique=True))
def test_no_value_survives_masking(values: list[str]) -> None:
    names = learned(*(exchange(response=body(refresh_token=value)) for value in values))
    shown = names.mask(" ".join(values))
    assert shown == " ".join(f"R{number}" for number in range(1, len(values) + 1))
