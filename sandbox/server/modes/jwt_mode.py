"""JWT mode: a self-contained token says it all, and the server keeps nothing."""

from __future__ import annotations

from typing import Any

from flask import Response

from sandbox.server import refusals
from sandbox.server.credentials import Carrier
from sandbox.server.mode import Login, token_response
from sandbox.server.self_contained import SelfContainedMode
from sandbox.server.stores.sqlite import User


class JwtMode(SelfContainedMode):
    name = "jwt"

    def make_carrier(self) -> Carrier:
        return Carrier(self.site, default="header")

    # Login: sign the claims, hand them over, keep nothing.

    def issue(self, user: User) -> Response:
        lifetime = self.site.defences.jwt_lifetime
        binding = self.binding()
        token, _ = self.tokens.issue_access_token(user, lifetime, **binding)
        body: dict[str, Any] = {"token_type": "DPoP"} if binding else {}
        body |= {} if lifetime is None else {"expires_in": int(lifetime)}
        return token_response(self.carrier, body, token)

    # Each request: the signature and the claims decide; no look-up, unless a switch asks for one.

    def authenticate(self) -> Login:
        return _login(self.verified_claims())

    # Logout: there is no row to delete. A copy of the token stays good until its exp.

    def presented(self) -> Login | None:
        claims = self.presented_claims()
        return _login(claims) if claims else None

    def terminate(self, login: Login) -> None:
        """Nothing is kept, so there is nothing to end."""

    def terminate_all(self, user_id: int) -> None:
        """Nothing is kept, so there is nothing to end."""

    def deny(self, login: Login) -> None:
        self.denylist.deny(login.jti, login.expires_at)

    # A stateless server has no list.

    def list_logins(self, login: Login) -> list[dict[str, Any]]:
        raise refusals.Refused(404, "no_list", "a stateless server has no list of logins: nothing is kept at login")

    def terminate_one(self, login: Login, login_id: int) -> bool:
        return False


def _login(claims: dict[str, Any]) -> Login:
    return Login(0, int(claims["sub"]), claims["role"], claims.get("email"), claims["jti"], claims.get("exp"))
