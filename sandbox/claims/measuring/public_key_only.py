"""Another service, which holds nothing but the bank's public key: whom it lets in, and what it does not hear of."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from sandbox import base64url
from sandbox.actors.attacker import handed_out
from sandbox.actors.browser import SITE
from sandbox.actors.forgery import read_token
from sandbox.claims.workbench import Workbench
from sandbox.clock import MINUTE, Clock
from sandbox.exchange import Request


class OtherService:
    """Checks signature, issuer, audience and exp of a token by itself. It asks nobody, and keeps nothing."""

    def __init__(self, public_key: bytes, audience: str, clock: Clock) -> None:
        self._pem, self._audience, self._clock = public_key, audience, clock

    def lets_in(self, credential: str) -> bool:
        """Whether it takes the credential for one of the bank's."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        key = load_pem_public_key(self._pem)
        assert isinstance(key, RSAPublicKey)
        signed, _, signature = credential.rpartition(".")
        try:
            key.verify(base64url.decode(signature), signed.encode(), PKCS1v15(), SHA256())
            _, claims = read_token(credential)
        except (InvalidSignature, ValueError):
            return False
        meant = claims.get("iss") == SITE and claims.get("aud") == self._audience
        return meant and self._clock.now() < claims.get("exp", 0)


@dataclass(frozen=True)
class Heard:
    """What the other service did. The bank signs with RS256, keeps a denylist, and its tokens live for 15 minutes."""

    jwt: bool
    """Whether it let Alice's token in."""
    session: bool
    """Whether it let her session id in."""
    status_at_bank: int
    """What the bank answers to the token, once she has logged out."""
    seconds_after_logout: float
    """Simulated seconds for which the other service takes it from then on, in whole minutes."""


def heard(bench: Workbench) -> Heard | None:
    """None where the package cryptography is missing."""
    if not find_spec("cryptography"):
        return None
    with bench.box(signing="RS256", denylist=True, jwt_lifetime=15 * MINUTE, rfc6750_errors=True) as box:
        browser = box.browser("alice")
        service = OtherService(browser.fetch("GET", "/public-key.pem").body, f"{SITE}/jwt", box.clock)
        alice = browser.open("jwt")
        token, session_id = (handed_out(each.login())[1] for each in (alice, browser.open("session")))
        let_in = service.lets_in(token), service.lets_in(session_id)
        alice.logout()
        shown = browser.send(Request("GET", f"{SITE}/jwt/profile", (("Authorization", f"Bearer {token}"),)))
        logged_out = box.clock.now()
        while service.lets_in(token):
            box.clock.advance(minutes=1)
        return Heard(*let_in, shown.status, box.clock.now() - logged_out)


def public_key_status(bench: Workbench) -> int:
    """What the bank answers to who asks for its public key under HS256, where what verifies also signs."""
    with bench.box() as box:
        return box.browser("alice").fetch("GET", "/public-key.pem").status
