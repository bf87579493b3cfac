"""A malformed anything gets a 4xx with a JSON error, never a 5xx: every call, under every preset."""

import base64
import json
import string

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.defences import PRESETS, Defences
from sandbox.exchange import MODES
from sandbox.server.app import MAX_BODY, create_app
from sandbox.server.site import ISSUER

NOW = int(Clock().now())
CALLS = [
    ("POST", "/login"), ("GET", "/profile"), ("POST", "/transfer"), ("GET", "/admin"), ("POST", "/logout"),
    ("POST", "/logout-all"), ("POST", "/password"), ("GET", "/sessions"), ("DELETE", "/sessions/1"),
    ("POST", "/refresh"),
]  # fmt: skip

# Under each preset as it is; besides, the shapes and carriers that no preset has.
CONFIGURATIONS = {
    **{preset: (preset, {}) for preset in PRESETS},
    "as_advised, other carriers": ("as_advised", {"carrier": "cookie", "refresh_cookie": True}),
    "hardened, other carriers": ("hardened", {"carrier": "header", "refresh_cookie": False}),
    "bare with proofs": ("bare", {"dpop": True}),
    "bare with a denylist and epochs": ("bare", {"denylist": True, "user_epoch": True, "live_roles": True}),
}


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def app(request):
    """One app for all examples: what one leaves behind must not make another fall."""
    preset, switches = CONFIGURATIONS[request.param]
    app = create_app(defences=Defences.preset(preset).but(bcrypt_cost=4, throttle_login=False, **switches))
    yield app
    for mode in app.extensions["sandbox_modes"].values():
        mode.store.close()


def ask(app, method, path, headers=(), data=b"", content_type=None):
    """The answer, once it is no 5xx, and JSON with a reason where it is a refusal."""
    client = app.test_client(use_cookies=False)
    answer = client.open(path, method=method, headers=list(headers), data=data, content_type=content_type)
    assert answer.status_code < 500, answer.get_data(as_text=True)
    if answer.status_code >= 400:
        assert set(answer.get_json()) == {"error", "error_description"}
    return answer


# --- what is thrown at it

EMAILS = ["alice@bank.example", "nobody@bank.example", "'; DROP TABLE users; --", "a" * 255, "é@bank.example", "\ud800"]
PASSWORDS = ["alice-password", "x" * 72, "x" * 73, "é" * 37, "\0", "\ud800", "", "🔑" * 18]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, "\0", "\ud800", "9" * 40, "\x85", "'"])
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(EMAILS) | values, "password": st.sampled_from(PASSWORDS) | values,
        "old": st.sampled_from(PASSWORDS) | values, "new": st.sampled_from(PASSWORDS[1:]) | values,
        "to": st.sampled_from(EMAILS) | values, "amount": st.integers() | values,
        "refresh_token": st.text() | values,
    },
)  # fmt: skip
EDGES = [
    b"", b"{", b"}", b"NaN", b"[NaN, Infinity, -Infinity]", b"null", b'"\\ud800"', b'{"email": NaN}', b"\xff\xfe",
    b"\xef\xbb\xbf{}", b"{}\0", b"[" * 60_000, b'{"a":' * 10_000, b"9" * 60_000, b'{"amount": 1e400}', b"{}{}",
    b'{"amount": ' + b"9" * 5000 + b"}", '{"email": "é"}'.encode("utf-16"), b'{"email": "\\udc80"}',
    b"x" * (MAX_BODY + 1),
]  # fmt: skip
PART = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n%b\r\n--b--'
bodies = st.one_of(
    fields.map(lambda each: json.dumps(each).encode()),
    values.map(lambda each: json.dumps(each).encode()),
    st.sampled_from(EDGES),
    st.binary(max_size=60),
    st.builds(lambda parts: "&".join(parts).encode(), st.lists(st.from_regex(r"(to|amount|csrf_token)=[!-~]{0,9}"))),
    st.binary(max_size=40).map(PART.__mod__),
)
content_types = st.sampled_from([
    "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense", "text/plain", "",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=x",
    "multipart/form-data; boundary=b", "multipart/form-data", 'multipart/form-data; boundary="', ";", "\xff",
])  # fmt: skip

NAMES = ["Authorization", "Cookie", "X-CSRF-Token", "Content-Type", "Origin", "DPoP", "Access-Control-Request-Method"]
header_text = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40)
HEADS = ["eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJSUzI1NiJ9"]
pieces = st.sampled_from(["", "e30", "bnVsbA", "W10", *HEADS, "é", "=", "\xff"]) | st.text(
    string.ascii_letters + string.digits + "-_=+/", max_size=12
)
broken_tokens = st.lists(pieces, min_size=1, max_size=5).map(".".join)

claims = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.just(ISSUER) | st.text(max_size=5),
        "aud": st.sampled_from([f"{ISSUER}/jwt", f"{ISSUER}/hybrid", []]) | values,
        "sub": st.sampled_from(["1", "0", "7", "9" * 19, "9" * 40, "1" * 5000, "-1", "٣", "\ud800", True]) | values,
        "sid": st.sampled_from(["x", 1, True, 2**63, -1, 1.5, None]) | values,
        "exp": st.sampled_from([NOW + 60, NOW, True, None, "x", 2**70, float("nan"), float("inf")]) | values,
        "iat": st.just(NOW) | values, "nbf": st.just(NOW) | values,
        "jti": st.sampled_from(["x", "\ud800", "\0", ""]) | values,
        "role": st.sampled_from(["user", "admin", "\ud800"]) | values,
        "epoch": st.sampled_from([0, 2**70, -1, True]) | values, "email": values,
    },
)  # fmt: skip
whole = {"iss": ISSUER, "sub": "1", "sid": 1, "exp": NOW + 60, "iat": NOW, "jti": "x", "role": "user", "epoch": 0}


def signed(app, mode, claims):
    """A token whose signature is right, whatever it says."""
    key = app.extensions["sandbox_modes"][mode].tokens.keys.current()[1]
    head = {"alg": "HS256", "typ": "at+jwt"}
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (head, claims)]
    signature = jwt.api_jws.PyJWS().get_algorithm_by_name("HS256").sign(b".".join(parts), key)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def carried(token):
    """The token wherever one may travel."""
    cookies = "; ".join(f"{name}={token}" for name in ("session", "refresh", "__Host-session", "__Host-refresh"))
    return [("Authorization", f"Bearer {token}"), ("Cookie", cookies), ("X-CSRF-Token", token[:9])]


# --- the tests


@pytest.fixture(scope="module")
def held(app):
    """Headers and CSRF token of a visitor who is logged in, per mode; none of the examples can end that login."""
    found = {}
    for mode in MODES:
        answer = app.test_client().post(
            f"/{mode}/login", json={"email": "carol@bank.example", "password": "carol-password"}
        )
        cookies = "; ".join(line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie"))
        body = answer.get_json()
        headers = [("Cookie", cookies)] if cookies else []
        headers += [("Authorization", f"Bearer {body['access_token']}")] if "access_token" in body else []
        found[mode] = headers + ([("X-CSRF-Token", body["csrf_token"])] if "csrf_token" in body else [])
    return found


@settings(max_examples=60)
@given(mode=st.sampled_from(MODES), call=st.sampled_from(CALLS), data=bodies, content_type=content_types)
def test_no_body_makes_the_server_fall(app, mode, call, data, content_type):
    ask(app, call[0], f"/{mode}{call[1]}", data=data, content_type=content_type)


@settings(max_examples=60)
@given(mode=st.sampled_from(MODES), path=st.sampled_from(["/transfer", "/password"]), data=bodies, kind=content_types)
def test_no_body_of_a_logged_in_visitor_makes_the_server_fall(app, held, mode, path, data, kind):
    answer = ask(app, "POST", f"/{mode}{path}", held[mode], data, kind)
    assert answer.status_code != 401 or answer.get_json()["error"] == "invalid_login"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["/login", "/transfer", "/password", "/logout", "/refresh"])
def test_no_edge_of_json_makes_the_server_fall(app, held, mode, path):
    for body in EDGES:
        ask(app, "POST", f"/{mode}{path}", [] if path == "/logout" else held[mode], body, "application/json")


@settings(max_examples=40)
@given(
    mode=st.sampled_from(MODES),
    call=st.sampled_from(CALLS),
    headers=st.lists(
        st.tuples(st.sampled_from(NAMES), header_text),
        max_size=4,
    ),
)
@example("jwt", ("GET", "/profile"), [("Authorization", "Bearer \xff\xfe")])
@example("session", ("POST", "/login"), [("Cookie", 'session="\\000\\377"; session=')])
def test_no_header_makes_the_server_fall(app, mode, call, headers):
    ask(app, call[0], f"/{mode}{call[1]}", headers, b"{}", None)


@settings(max_examples=40)
@given(mode=st.sampled_from(MODES), call=st.sampled_from(CALLS), cookie=header_text)
def test_no_cookie_makes_the_server_fall(app, mode, call, cookie):
    body = b'{"email": "alice@bank.example", "password": "alice-password"}'  # a login may adopt the id
    ask(app, call[0], f"/{mode}{call[1]}", carried(cookie), body)


@settings(max_examples=40)
@given(mode=st.sampled_from(["jwt", "hybrid"]), call=st.sampled_from(CALLS[1:]), token=broken_tokens)
def test_no_token_of_broken_pieces_is_taken_or_makes_the_server_fall(app, mode, call, token):
    answer = ask(app, call[0], f"/{mode}{call[1]}", carried(token))
    assert answer.status_code >= 400 or call[1] == "/logout"


@settings(max_examples=100)
@given(mode=st.sampled_from(["jwt", "hybrid"]), call=st.sampled_from(CALLS[1:]), changed=claims)
@example("hybrid", ("POST", "/logout"), {"sid": 2**63})
@example("jwt", ("GET", "/profile"), {"sub": "9" * 40})
def test_no_claim_makes_the_server_fall_though_the_signature_is_right(app, mode, call, changed):
    token = signed(app, mode, {**whole, "aud": f"{ISSUER}/{mode}", **changed})
    ask(app, call[0], f"/{mode}{call[1]}", carried(token), b'{"to": "bob@bank.example", "amount": 1}')


@settings(max_examples=30)
@given(method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"]), path=st.text())
def test_no_path_makes_the_server_fall(app, method, path):
    client = app.test_client(use_cookies=False)
    name = "/" + path.encode("utf-8", "replace").decode("latin-1")
    answer = client.open("/", method=method, environ_overrides={"PATH_INFO": name})
    assert answer.status_code < 500


def test_the_tokens_of_these_tests_are_well_made(app):
    """Else all of the above would be refused for the wrong reason."""
    for mode in ("jwt", "hybrid"):
        token = signed(app, mode, {**whole, "aud": f"{ISSUER}/{mode}"})
        verified = app.extensions["sandbox_modes"][mode].tokens.verify_access_token(token)
        assert verified["sub"] == "1"
