"""What jwt and hybrid mode share: a signed token is verified, and nothing is looked up unless a switch asks for it."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.server.dpop import InvalidProof, Proofs, WrongHolder
from sandbox.server.mode import Mode
from sandbox.server.refusals import Refused, invalid_grant, invalid_token, no_credentials
from sandbox.server.site import Site
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.tokens import InvalidToken, Tokens


class SelfContainedMode(Mode):
    scheme: ClassVar[str] = "Bearer"

    def __init__(self, site: Site, store: SQLiteStore) -> None:
        super().__init__(site, store)
        self.tokens = Tokens(site, audience=f"{site.issuer}/{self.name}", keys=site.keys.signing[self.name])
        self.proofs = Proofs(site, store)

    def binding(self, bound_to: str | None = None) -> dict[str, Any]:
        """The claim that binds a new token to this request's key (RFC 9449 6.1); empty for a bearer token.

        `bound_to`: the key that the refresh token of this request is bound to. Raises Refused, 400.
        """
        try:
            jkt = None if self.carrier.by_cookie() else self.proofs.key_of_request(bound_to)
        except InvalidProof as error:
            raise Refused(400, "invalid_dpop_proof", str(error)) from error
        except WrongHolder as error:
            raise invalid_grant(str(error)) from error
        return {"cnf": {"jkt": jkt}} if jkt else {}

    def verified_claims(self) -> dict[str, Any]:
        """The claims of this request's token: signature, times, and what else is switched on. Raises Refused."""
        token = self._presented_token()
        if token is None:
            raise no_credentials(self.scheme)
        try:
            claims = self.tokens.verify_access_token(token)
            self.proofs.check(token, claims)
        except InvalidToken as error:
            raise self.refuse(str(error)) from error
        except WrongHolder as error:
            raise self.refuse(str(error), scheme="DPoP") from error
        except InvalidProof as error:
            raise self.refuse(str(error), scheme="DPoP", error="invalid_dpop_proof") from error
        if self.denylist.denies(claims["jti"]):
            raise self.refuse("the token was revoked")
        if not self.is_current(int(claims["sub"]), claims["epoch"]):
            raise self.refuse("the password was changed since")
        return claims

    def presented_claims(self, *, expired_too: bool = False) -> dict[str, Any] | None:
        """The claims of the token that a logout speaks of; None where there is none that holds."""
        token = self._presented_token() or ""
        try:
            claims = self.tokens.verify_access_token(token, expired_too=expired_too)
            self.proofs.check(token, claims)
        except (InvalidToken, WrongHolder, InvalidProof):
            return None
        return claims

    def _presented_token(self) -> str | None:
        return self.carrier.read() or self.proofs.read_token()

    def refuse(self, description: str, *, scheme: str | None = None, error: str = "invalid_token") -> Refused:
        """401 and a challenge by RFC 6750 3.1, or the bare 403 of the article's samples."""
        bare = not self.site.defences.rfc6750_errors
        return invalid_token(scheme or self.scheme, description, error=error, bare=bare)


def key_of(binding: dict[str, Any]) -> str | None:
    """The key in what `binding` gave."""
    return binding["cnf"]["jkt"] if binding else None
