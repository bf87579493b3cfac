"""A device's key proves where a request comes from, and nothing copies it."""

import base64
import hashlib
import json
from typing import Any

import pytest

from sandbox.actors.device_key import DeviceKey, base64url

pytest.importorskip("cryptography")

URL = "https://bank.example/hybrid/profile"


def part(proof: str, number: int) -> Any:
    return json.loads(base64.urlsafe_b64decode(proof.split(".")[number] + "=="))


@pytest.fixture(scope="module")
def key() -> DeviceKey:
    return DeviceKey()


def test_a_proof_is_for_one_request_at_one_time(key: DeviceKey) -> None:
    claims = part(key.proof("POST", URL, 1000.7), 1)
    assert {name: claims[name] for name in ("htm", "htu", "iat")} == {"htm": "POST", "htu": URL, "iat": 1000}
    assert "ath" not in claims


def test_no_two_proofs_are_the_same(key: DeviceKey) -> None:
    assert len({part(key.proof("GET", URL, 0), 1)["jti"] for _ in range(20)}) == 20


def test_a_proof_names_the_token_that_it_goes_with(key: DeviceKey) -> None:
    ath = part(key.proof("GET", URL, 0, "token"), 1)["ath"]
    assert ath == base64url(hashlib.sha256(b"token").digest())


def test_a_proof_bears_the_public_half_alone(key: DeviceKey) -> None:
    head = part(key.proof("GET", URL, 0), 0)
    assert (head["typ"], head["alg"]) == ("dpop+jwt", "ES256")
    assert set(head["jwk"]) == {"kty", "crv", "x", "y"}


def test_an_independent_library_verifies_the_signature(key: DeviceKey) -> None:
    import jwt

    proof = key.proof("GET", URL, 0)
    public = jwt.PyJWK(part(proof, 0)["jwk"], "ES256")
    assert jwt.decode(proof, public, algorithms=["ES256"])["htu"] == URL
    other = jwt.PyJWK(part(DeviceKey().proof("GET", URL, 0), 0)["jwk"], "ES256")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(proof, other, algorithms=["ES256"])


def test_base64url_has_no_padding() -> None:
    assert base64url(b"\xff\xfe") == "__4"
