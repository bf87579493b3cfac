"""Self-contained tokens: issued and verified with PyJWT against the sandbox's clock. The only importer of jwt."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sandbox import base64url
from sandbox.clock import DAY, Clock
from sandbox.errors import WeakKey
from sandbox.server import naive
from sandbox.server.signing_keys import OVERLAP, SigningKeys
from sandbox.server.site import Site
from sandbox.server.stores.sqlite import User

if TYPE_CHECKING:
    from jwt import PyJWS

LEEWAY: Final = 30
"""Seconds granted with the switch `leeway`."""

LATEST: Final = 253402300799
"""The end of the year 9999. An exp in milliseconds lies beyond it, and would never come: refused."""


SHORTEST_KEY: Final = 32
"""Bytes of a key for HS256 (RFC 7518 3.2)."""


class InvalidToken(Exception):
    """A token that is malformed, forged, expired, not meant for us, or of another type. The text says which."""


def leeway(site: Site) -> int:
    """Seconds that a token may still be taken after its exp."""
    return LEEWAY if site.defences.leeway else 0


@dataclass(frozen=True)
class Tokens:
    """The tokens of one mode. `audience` names the mode's API."""

    site: Site
    audience: str
    keys: SigningKeys = field(default_factory=SigningKeys)

    def issue_access_token(
        self, user: User, lifetime: float | None, *, typ: str = "at+jwt", **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """A signed token and its claims (RFC 7519 4.1). `lifetime` in simulated seconds; None issues no exp."""
        now = int(self.site.clock.now())
        claims: dict[str, Any] = {"iss": self.site.issuer, "aud": self.audience, "sub": str(user.id), "iat": now}
        if lifetime is not None:
            claims["exp"] = now + int(lifetime)
        claims |= {"jti": secrets.token_urlsafe(12), "role": user.role, "epoch": user.epoch, **more}
        if not self.site.defences.minimal_claims:
            claims |= {"email": user.email, "phone": user.phone}
        extra = self.site.extra_claims.get(self.audience, {})
        claims |= {name: value for name, value in extra.items() if name not in claims}
        return self._signed(claims, typ), claims

    def issue_confirmation_token(self, user: User) -> str:
        """What the bank's e-mail "confirm your address" bears for a day: no access token, yet much like one."""
        return self.issue_access_token(user, DAY, typ="JWT", purpose="confirm-email")[0]

    def verify_access_token(self, token: str, *, expired_too: bool = False) -> dict[str, Any]:
        """The claims of a token that holds. Raises InvalidToken. `expired_too`: take one past its exp as well."""
        import jwt

        defences = self.site.defences
        strict = bool(defences.verify_issuer_audience)
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            if defences.pin_algorithms or not naive.believes(token, key):
                _jws().decode_complete(token, key, algorithms=[self.site.algorithm])
            decoded = jwt.decode_complete(
                token,
                audience=self.audience if strict else None,
                issuer=self.site.issuer if strict else None,
                options={
                    "verify_signature": False,  # done above
                    "require": ["exp"] if defences.require_exp else [],
                    "verify_aud": strict, "verify_iss": strict, "verify_sub": True, "verify_jti": True,
                    "verify_exp": False, "verify_nbf": False, "verify_iat": False,
                },
            )  # fmt: skip
            claims = decoded["payload"]
            check_times(claims, self.site.clock, leeway(self.site), expired_too=expired_too)
        except (jwt.PyJWTError, naive.NoSuchKey, ValueError, TypeError, RecursionError) as error:
            raise InvalidToken(str(error) or type(error).__name__) from error
        if defences.verify_type and _media_type(decoded["header"].get("typ")) != "at+jwt":
            raise InvalidToken("typ is not at+jwt")
        return _checked(claims)

    def configure(self, secret: bytes) -> None:
        """Sign with the operator's own key from now on. Raises WeakKey; the key stays as it was then."""
        import jwt
        from jwt.algorithms import HMACAlgorithm

        if self.site.defences.strong_key and len(secret) < SHORTEST_KEY:
            raise WeakKey(
                f"a key for HMAC has at least {SHORTEST_KEY} bytes, not {len(secret)}: take secrets.token_bytes(32)"
            )
        try:
            HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
        except jwt.InvalidKeyError as error:
            raise WeakKey(f"that is no key for HMAC: take secrets.token_bytes(32). {error}") from error
        self.keys.configure(secret)

    def _signed(self, claims: dict[str, Any], typ: str) -> str:
        rsa = self.site.algorithm == "RS256"
        kid, key = ("rsa", self.site.keys.rsa()) if rsa else self.keys.current()
        body = json.dumps(claims, separators=(",", ":")).encode()
        return _jws().encode(body, key, algorithm=self.site.algorithm, headers={"typ": typ, "kid": kid})

    def _key(self, kid: str | None) -> bytes:
        """The key that a token's kid names; where it names none, the one that signs. Raises InvalidToken, NoSuchKey."""
        if self.site.algorithm == "RS256":
            ring, current = {"rsa": self.site.keys.public_pem()}, "rsa"
        else:
            overlap = OVERLAP if self.site.defences.key_overlap else 0
            ring, (current, _) = self.keys.ring(self.site.clock.now(), overlap), self.keys.current()
        named = current if kid is None else kid
        if self.site.defences.kid_map:
            if named not in ring:
                raise InvalidToken("no key has that kid")
            return ring[named]
        return naive.key_by_sql(named, ring)


@cache
def _jws() -> PyJWS:
    """PyJWT's signatures, without its warning about short HMAC keys: whether one is taken, `strong_key` says."""
    import jwt
    from jwt.algorithms import HMACAlgorithm

    class AnyLength(HMACAlgorithm):
        def check_key_length(self, key: bytes) -> str | None:
            return None

    signatures = jwt.PyJWS()
    signatures.unregister_algorithm("HS256")
    signatures.register_algorithm("HS256", AnyLength(AnyLength.SHA256))
    return signatures


def check_times(claims: dict[str, Any], clock: Clock, leeway: float, *, expired_too: bool = False) -> None:
    """exp, nbf and iat against the sandbox's clock, as PyJWT does it against the real one.

    A seam of the sandbox: PyJWT has no `now` parameter, so its three checks are off and done here, by
    the same comparisons and with the same exceptions. A real service lets PyJWT do it.
    Source: RFC 7519 4.1.4 to 4.1.6.
    """
    import jwt

    now = clock.now()
    for name, raised in (("iat", jwt.InvalidIssuedAtError), ("nbf", jwt.DecodeError), ("exp", jwt.DecodeError)):
        if name not in claims:
            continue
        try:
            moment = int(claims[name])
        except (TypeError, ValueError, OverflowError):
            raise raised(f"{name} must be an integer") from None
        if moment > LATEST:
            raise raised(f"{name} lies after the year 9999: is it in milliseconds?")
        if name == "exp":
            if moment <= now - leeway and not expired_too:
                raise jwt.ExpiredSignatureError("Signature has expired")
        elif moment > now + leeway:
            raise jwt.ImmatureSignatureError(f"The token is not yet valid ({name})")


def _media_type(typ: object) -> str:
    """RFC 7515 4.1.9: a media type, in any case; `application/` may be left out."""
    return str(typ).lower().removeprefix("application/")


def decode_unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, read without any key: signed is not secret. Raises InvalidToken."""
    import jwt

    try:
        decoded = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(str(error)) from error
    return decoded["header"], decoded["payload"]


_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that are nobody else's business (RFC 7518 6)."""


def verify_proof(proof: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Claims of a DPoP proof and the public key in its own header, which signed it (RFC 9449 4.2). Raises InvalidToken.

    That the key is the sender's own choice does no harm here: it is compared with the one that a token is bound to.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(proof)
        jwk = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
            raise InvalidToken("a proof has the typ dpop+jwt, and a public key in jwk")
        public = {name: str(jwk.get(name)) for name in ("crv", "kty", "x", "y")}
        key = jwt.PyJWK(public, algorithm="ES256")
        claims = json.loads(jwt.PyJWS().decode_complete(proof, key, algorithms=["ES256"])["payload"])
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(str(error) or type(error).__name__) from error
    if public["crv"] != "P-256" or not isinstance(claims, dict):
        raise InvalidToken("a proof is made by a key for P-256, over a JSON object")
    return claims, public


def thumbprint(jwk: dict[str, str]) -> str:
    """The name of a public key on the curve P-256 (RFC 7638 3)."""
    text = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def _checked(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims that the modes rely on, each of a type and size that can be looked up. Raises InvalidToken."""
    sub, sid = str(claims.get("sub", "")), claims.get("sid", 0)
    if not sub.isascii() or not sub.isdigit() or len(sub) > 15:
        raise InvalidToken("sub names no user")
    for name, kind in (("role", str), ("jti", str), ("epoch", int)):
        if not isinstance(claims.get(name), kind):
            raise InvalidToken(f"{name} is missing")
    if not claims["jti"].isascii():
        raise InvalidToken("jti is none of ours")
    if not isinstance(sid, int) or not 0 <= sid < 10**15:
        raise InvalidToken("sid names no login")
    return claims
