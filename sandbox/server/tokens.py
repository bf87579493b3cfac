"""Self-contained tokens: issued and verified with PyJWT against the sandbox's clock. The only importer of jwt."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.server.site import ISSUER, Site

LEEWAY: Final = 30
"""Seconds granted with the switch `leeway`."""

LATEST: Final = 253402300799
"""The end of the year 9999. An exp in milliseconds lies beyond it, and would never come: refused."""


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

    def issue_access_token(
        self, *, user_id: int, email: str, phone: str, role: str, epoch: int, lifetime: float | None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """A signed token and its claims (RFC 7519 4.1). `lifetime` in simulated seconds; None issues no exp."""
        import jwt

        now = int(self.site.clock.now())
        claims: dict[str, Any] = {"iss": ISSUER, "aud": self.audience, "sub": str(user_id), "iat": now}
        if lifetime is not None:
            claims["exp"] = now + int(lifetime)
        claims |= {"jti": secrets.token_urlsafe(12), "role": role, "epoch": epoch, **more}
        if not self.site.defences.minimal_claims:
            claims |= {"email": email, "phone": phone}
        algorithm, key, _ = self._algorithm_and_keys()
        return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": "at+jwt"}), claims

    def verify_access_token(self, token: str, *, expired_too: bool = False) -> dict[str, Any]:
        """The claims of a token that holds. Raises InvalidToken. `expired_too`: take one past its exp as well."""
        import jwt

        defences = self.site.defences
        algorithm, _, key = self._algorithm_and_keys()
        strict = bool(defences.verify_issuer_audience)
        try:
            decoded = jwt.decode_complete(
                token,
                key,
                algorithms=[algorithm],
                audience=self.audience if strict else None,
                issuer=ISSUER if strict else None,
                options={
                    "require": ["exp"] if defences.require_exp else [],
                    "verify_aud": strict, "verify_iss": strict,
                    "verify_exp": False, "verify_nbf": False, "verify_iat": False,
                },
            )  # fmt: skip
            claims = decoded["payload"]
            check_times(claims, self.site.clock, leeway(self.site), expired_too=expired_too)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise InvalidToken(str(error) or type(error).__name__) from error
        if defences.verify_type and _media_type(decoded["header"].get("typ")) != "at+jwt":
            raise InvalidToken("typ is not at+jwt")
        return _checked(claims)

    def _algorithm_and_keys(self) -> tuple[str, Any, Any]:
        """The configured algorithm, the key that signs, the key that verifies."""
        if self.site.defences.signing == "RS256":
            return "RS256", self.site.keys.rsa(), self.site.keys.rsa().public_key()
        return "HS256", self.site.keys.hmac, self.site.keys.hmac


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
