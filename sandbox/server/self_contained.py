"""What jwt and hybrid mode share: a signed token is verified, and nothing is looked up unless a switch asks for it."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.server.mode import Mode
from sandbox.server.refusals import Refused, invalid_token, no_credentials
from sandbox.server.site import ISSUER, Site
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.tokens import InvalidToken, Tokens


class SelfContainedMode(Mode):
    scheme: ClassVar[str] = "Bearer"

    def __init__(self, site: Site, store: SQLiteStore) -> None:
        super().__init__(site, store)
        self.tokens = Tokens(site, audience=f"{ISSUER}/{self.name}")

    def verified_claims(self) -> dict[str, Any]:
        """The claims of this request's token: signature, times, and what else is switched on. Raises Refused."""
        token = self.carrier.read()
        if token is None:
            raise no_credentials(self.scheme)
        try:
            claims = self.tokens.verify_access_token(token)
        except InvalidToken as error:
            raise self.refuse(str(error)) from error
        if self.denylist.denies(claims["jti"]):
            raise self.refuse("the token was revoked")
        if not self.is_current(int(claims["sub"]), claims["epoch"]):
            raise self.refuse("the password was changed since")
        return claims

    def refuse(self, description: str) -> Refused:
        """401 and a challenge by RFC 6750 3.1, or the bare 403 of the article's samples."""
        return invalid_token(self.scheme, description, bare=not self.site.defences.rfc6750_errors)
