"""Sender-constrained tokens: a bound token needs a fresh proof by its own key; a bearer token goes on as before."""

import base64
import hashlib
import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.server.dpop import WINDOW
from sandbox.server.tokens import InvalidToken, decode_unverified, thumbprint, verify_proof

ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
NOW = int(Clock().now())
SITE = "https://bank.example"
with_tokens = pytest.mark.parametrize("mode", ["jwt", "hybrid"])


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A client's key, and the proofs that it makes."""

    def __init__(self, curve=None):
        self.private = ec.generate_private_key(curve or ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        size = (numbers.curve.key_size + 7) // 8
        self.jwk = {"kty": "EC", "crv": "P-256", **{xy: encoded(getattr(numbers, xy).to_bytes(size)) for xy in "xy"}}

    def proof(self, method, path, token=None, head=None, **changed):
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        claims = {"jti": secrets.token_urlsafe(9), "htm": method, "htu": f"{SITE}{path}", "iat": NOW}
        if token:
            claims["ath"] = encoded(hashlib.sha256(token.encode()).digest())
        claims = {name: value for name, value in {**claims, **changed}.items() if value is not ...}
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk} | (head or {})
        text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
        parts = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{encoded(b''.join(part.to_bytes(32) for part in parts))}"


class Client:
    """Sends what it is told to, in one mode."""

    def __init__(self, bank, mode):
        self.bank, self.mode, self.key = bank, mode, Key()

    def send(self, method, path, body=None, **headers):
        client = self.bank.app.test_client(use_cookies=False)
        return client.open(f"/{self.mode}{path}", method=method, json=body, headers=headers)

    def login(self, proof=None, **headers):
        headers = {"DPoP": proof or self.proof("POST", "/login"), **headers}
        body = {"email": "alice@bank.example", "password": "alice-password"}
        answer = self.send("POST", "/login", body, **headers)
        self.token, self.refresh_token = (answer.get_json().get(f"{kind}_token") for kind in ("access", "refresh"))
        return answer

    def proof(self, method, path, token=None, **changed):
        return self.key.proof(method, f"/{self.mode}{path}", token, **changed)

    def profile(self, scheme="DPoP", **changed):
        proof = self.proof("GET", "/profile", self.token, **changed)
        return self.send("GET", "/profile", Authorization=f"{scheme} {self.token}", DPoP=proof)


@pytest.fixture
def client(open_bank):
    return lambda mode, **switches: Client(open_bank("bare", **{"dpop": True, **switches}), mode)


def challenge(answer):
    return answer.status_code, answer.headers.get("WWW-Authenticate")


REFUSED = (401, 'DPoP realm="sandbox", error="invalid_token"')
BAD_PROOF = (401, 'DPoP realm="sandbox", error="invalid_dpop_proof"')


# --- the switch


@with_tokens
@pytest.mark.parametrize("on", [False, True])
def test_dpop_decides_whether_a_stolen_token_is_of_use(client, mode, on):
    alice = client(mode, dpop=on)
    answer = alice.login()
    assert answer.get_json()["token_type"] == ("DPoP" if on else "Bearer")
    stolen = alice.send("GET", "/profile", Authorization=f"Bearer {alice.token}")
    assert (stolen.status_code == 401) is on
    assert (alice.profile().status_code == 200) is on
    assert not on or challenge(stolen) == REFUSED


@with_tokens
def test_off_the_scheme_dpop_is_not_read(client, mode):
    alice = client(mode, dpop=False)
    alice.login()
    assert challenge(alice.profile()) == (401, 'Bearer realm="sandbox"')
    assert "cnf" not in decode_unverified(alice.token)[1]


@with_tokens
def test_who_sends_no_proof_gets_a_plain_bearer_token(open_bank, mode):
    alice = open_bank("bare", dpop=True).visitor(mode)
    assert alice.try_login().get_json()["token_type"] == "Bearer"
    assert alice.profile().status_code == 200


@with_tokens
def test_a_token_is_bound_to_the_thumbprint_of_the_key(client, mode):
    alice = client(mode)
    alice.login()
    assert decode_unverified(alice.token)[1]["cnf"] == {"jkt": thumbprint(alice.key.jwk)}


def test_the_thumbprint_is_that_of_rfc_7638():
    jwk = {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}
    assert thumbprint(jwk) == encoded(hashlib.sha256(b'{"crv":"P-256","kty":"EC","x":"a","y":"b"}').digest())


def test_session_mode_knows_nothing_of_it(client):
    answer = client("session").login("nonsense")
    assert answer.status_code == 200


def test_a_token_in_a_cookie_is_bound_to_no_key(client):
    answer = client("jwt", carrier="cookie").login()
    assert answer.status_code == 200
    assert "token_type" not in answer.get_json()


def test_a_bound_token_is_a_bearer_token_again_once_the_switch_is_off(client):
    alice = client("jwt")
    alice.login()
    alice.bank.switch(dpop=False)
    assert alice.send("GET", "/profile", Authorization=f"Bearer {alice.token}").status_code == 200


# --- proofs with a token


@with_tokens
def test_a_bound_token_needs_a_proof_by_its_own_key(client, mode):
    alice = client(mode)
    alice.login()
    alice.key = Key()
    assert challenge(alice.profile()) == REFUSED
    assert challenge(alice.send("GET", "/profile", Authorization=f"DPoP {alice.token}")) == BAD_PROOF


def test_a_bearer_token_under_the_scheme_dpop_is_refused(client):
    alice = client("jwt")
    alice.login()
    bearer = alice.send("POST", "/login", {"email": "alice@bank.example", "password": "alice-password"})
    alice.token = bearer.get_json()["access_token"]
    assert challenge(alice.profile()) == REFUSED


@with_tokens
def test_a_proof_is_good_for_one_use(client, mode):
    alice = client(mode)
    alice.login()
    headers = {"Authorization": f"DPoP {alice.token}", "DPoP": alice.proof("GET", "/profile", alice.token)}
    answers = [alice.send("GET", "/profile", **headers) for _ in range(2)]
    assert [answers[0].status_code, challenge(answers[1])] == [200, BAD_PROOF]


WRONG = {
    "another method": {"htm": "POST"}, "another path": {"htu": f"{SITE}/jwt/transfer"}, "no htm": {"htm": ...},
    "another host": {"htu": "https://evil.example/jwt/profile"}, "plain http": {"htu": "http://bank.example/jwt/profile"},
    "no htu": {"htu": ...}, "no iat": {"iat": ...}, "iat a text": {"iat": str(NOW)}, "iat true": {"iat": True},
    "iat huge": {"iat": 10**400}, "iat NaN": {"iat": float("nan")}, "stale": {"iat": NOW - WINDOW - 1},
    "of the future": {"iat": NOW + WINDOW + 1}, "no jti": {"jti": ...}, "jti empty": {"jti": ""},
    "jti a list": {"jti": []},
    "jti long": {"jti": "x" * 201}, "jti half a pair": {"jti": "\ud800"}, "no ath": {"ath": ...},
    "another ath": {"ath": "x"},
    "another typ": {"head": {"typ": "JWT"}}, "none": {"head": {"alg": "none"}}, "HS256": {"head": {"alg": "HS256"}},
    "no key": {"head": {"jwk": None}}, "another's key": {"head": {"jwk": Key().jwk}}, "a list": {"head": {"jwk": []}},
    "off the curve": {"head": {"jwk": {**Key().jwk, "y": "AA"}}},
    "no point": {"head": {"jwk": {"kty": "EC", "crv": "P-256"}}}, "a number": {"head": {"jwk": {**Key().jwk, "x": 1}}},
    "another curve": {"head": {"jwk": {**Key().jwk, "crv": "P-384"}}},
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_proof_is_refused(client, wrong):
    alice = client("jwt")
    alice.login()
    assert alice.profile().status_code == 200
    assert challenge(alice.profile(**wrong)) == BAD_PROOF


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_key_that_shows_a_private_member_is_refused_though_the_signature_is_right(client, member):
    alice = client("jwt")
    alice.login()
    assert alice.profile(head={"jwk": {**alice.key.jwk, "use": "sig"}}).status_code == 200
    assert challenge(alice.profile(head={"jwk": {**alice.key.jwk, member: "AA"}})) == BAD_PROOF


@pytest.mark.parametrize("iat", [NOW - WINDOW, NOW + WINDOW, float(NOW)])
def test_a_proof_is_fresh_for_a_minute_either_side(client, iat):
    alice = client("jwt")
    alice.login()
    assert alice.profile(iat=iat).status_code == 200


@pytest.mark.parametrize("tail", ["?a=b", "#c", "?a=b#c"])
def test_query_and_fragment_of_htu_do_not_count(client, tail):
    alice = client("jwt")
    alice.login()
    assert alice.profile(htu=f"{SITE}/jwt/profile{tail}").status_code == 200


def test_a_proof_is_forgotten_once_it_is_stale_anyway(client):
    alice = client("jwt")
    for _ in range(3):
        alice.login()
    assert len(alice.bank.rows("jwt", "dpop_proofs")) == 3
    alice.bank.clock.advance(seconds=WINDOW + 1)
    alice.login(alice.proof("POST", "/login", iat=NOW + WINDOW + 1))
    assert len(alice.bank.rows("jwt", "dpop_proofs")) == 1


@pytest.mark.parametrize("preset", ["as_written", "as_advised"])
def test_without_rfc6750_errors_the_refusal_is_bare(open_bank, preset):
    alice = Client(open_bank(preset, dpop=True), "jwt")
    alice.login()
    assert challenge(alice.send("GET", "/profile", Authorization=f"Bearer {alice.token}")) == (403, None)


# --- at login and refresh


@with_tokens
@pytest.mark.parametrize("proof", ["nonsense", "a.b.c", "\xff", "e30.e30.e30"])
def test_a_bad_proof_at_login_is_a_400(client, mode, proof):
    answer = client(mode).login(proof)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_dpop_proof")


def test_a_proof_for_another_call_does_not_do_at_login(client):
    alice = client("hybrid")
    answer = alice.login(alice.proof("POST", "/refresh"))
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("rotates", [False, True])
def test_a_bound_refresh_token_needs_a_proof_by_the_same_key(client, rotates):
    alice = client("hybrid", rotate_refresh=rotates)
    alice.login()

    def refresh(key=None, **headers):
        if key:
            headers["DPoP"] = key.proof("POST", "/hybrid/refresh")
        return alice.send("POST", "/refresh", {"refresh_token": alice.refresh_token}, **headers)

    for stolen in (refresh(), refresh(Key())):
        assert (stolen.status_code, stolen.get_json()["error"]) == (400, "invalid_grant")
    own = refresh(alice.key)
    assert own.get_json()["token_type"] == "DPoP"
    alice.token = own.get_json()["access_token"]
    assert alice.profile().status_code == 200


def test_off_a_bound_refresh_token_needs_none(client):
    alice = client("hybrid")
    alice.login()
    alice.bank.switch(dpop=False)
    answer = alice.send("POST", "/refresh", {"refresh_token": alice.refresh_token})
    assert answer.get_json()["token_type"] == "Bearer"


def test_a_plain_refresh_token_may_be_used_with_a_proof(client):
    alice = client("hybrid")
    body = {"email": "alice@bank.example", "password": "alice-password"}
    plain = alice.send("POST", "/login", body).get_json()["refresh_token"]
    proof = alice.proof("POST", "/refresh")
    assert alice.send("POST", "/refresh", {"refresh_token": plain}, DPoP=proof).get_json()["token_type"] == "DPoP"


@with_tokens
def test_nobody_logs_out_with_a_bound_token_alone(client, mode):
    alice = client(mode, denylist=True, end_on_logout=True)
    alice.login()
    assert alice.send("POST", "/logout", Authorization=f"Bearer {alice.token}").status_code == 204
    assert alice.profile().status_code == 200
    own = {"Authorization": f"DPoP {alice.token}", "DPoP": alice.proof("POST", "/logout", alice.token)}
    assert alice.send("POST", "/logout", **own).status_code == 204
    assert alice.profile().status_code == 401


# --- proofs alone


@given(st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_no_text_makes_the_verifier_stumble(text):
    with pytest.raises(InvalidToken):
        verify_proof(text)


@pytest.mark.parametrize("payload", [b"[]", b"1", b"{", b"\xff", b"[" * 5000])
def test_a_proof_over_no_object_is_none(payload):
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key = Key()
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk}
    text = f"{encoded(json.dumps(head).encode())}.{encoded(payload)}"
    parts = decode_dss_signature(key.private.sign(text.encode(), ec.ECDSA(SHA256())))
    with pytest.raises(InvalidToken):
        verify_proof(f"{text}.{encoded(b''.join(part.to_bytes(32) for part in parts))}")
