"""Hybrid mode: a short self-contained access token, and a stored refresh token that can be revoked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from sandbox.server import refusals
from sandbox.server.credentials import Carrier, RefreshCarrier
from sandbox.server.mode import Login, listed, token_response
from sandbox.server.reference_tokens import at_rest, new_reference_token, successor_of
from sandbox.server.self_contained import SelfContainedMode, key_of
from sandbox.server.stores.sqlite import RefreshToken, User

GRACE = 10  # seconds within which, with `reuse_grace`, a second use is taken for an honest one


class HybridMode(SelfContainedMode):
    name = "hybrid"

    def make_carrier(self) -> Carrier:
        self.refresh_carrier = RefreshCarrier(self.site)
        return Carrier(self.site, default="header", fixed=True)

    def extend(self, blueprint: Blueprint) -> None:
        blueprint.post("/refresh")(self.refresh)

    # Login: open a family on the server, with its first refresh token; sign a short access token.

    def issue(self, user: User) -> Response:
        refresh_token, binding = new_reference_token(), self.binding()
        family_id = self.store.add_family(
            user, at_rest(self.site, refresh_token), self.now(), self._refresh_expiry(), key_of(binding)
        )
        return self._answer(user, family_id, refresh_token, binding)

    # Each request: as in jwt mode, the access token decides alone. The family is not asked.

    def authenticate(self) -> Login:
        return _login(self.verified_claims())

    # Refresh: the one moment at which the server looks at what it keeps.

    def refresh(self) -> Response:
        presented = self.refresh_carrier.read() or ""
        kept = self.store.refresh_token(at_rest(self.site, presented))
        user = self.user(kept.user_id) if kept else None
        if kept is None or user is None or not self._still_good(kept):
            raise refusals.invalid_grant("the refresh token is unknown, expired or revoked")
        if self.site.defences.rotate_refresh:
            return self._rotated(user, kept, presented)
        return self._answer(user, kept.family_id, None, self.binding(kept.jkt))

    def _rotated(self, user: User, kept: RefreshToken, presented: str) -> Response:
        """This refresh token is used up now, and its successor is handed out."""
        binding = self.binding(kept.jkt)
        successor = successor_of(self.site, presented)
        # The access token is noted before the swap, so that a logout meanwhile denies it.
        answer = self._answer(user, kept.family_id, successor, binding)
        if self.store.rotate(kept, at_rest(self.site, successor), self.now(), self._refresh_expiry()):
            return answer
        return self._second_use(user, kept.token, successor, binding)

    def _second_use(self, user: User, token: str, successor: str, binding: dict[str, Any]) -> Response:
        kept = self.store.refresh_token(token)  # once more: another request may have used it just now
        if kept is None or kept.used_at is None or not self._still_good(kept):
            raise refusals.invalid_grant("the refresh token was revoked meanwhile")
        if self.site.defences.reuse_grace and self.now() - kept.used_at <= GRACE:
            return self._answer(user, kept.family_id, successor, binding)
        if self.site.defences.detect_reuse:
            self.store.end_family(user.id, kept.family_id, self.now())
            self.denylist.deny_family(kept.family_id)
        raise refusals.invalid_grant("the refresh token was used before")

    def _still_good(self, kept: RefreshToken) -> bool:
        """Whether this refresh token, used up or not, is neither expired nor of a family that has ended."""
        expired = kept.expires_at is not None and self.now() >= kept.expires_at
        ended = kept.ended_at is not None or self.has_outlived(kept.created_at)
        return not expired and not ended and self.is_current(kept.user_id, kept.epoch)

    # Logout: end the family. An access token that is out already stays good until its exp.

    def presented(self) -> Login | None:
        kept = self.store.refresh_token(at_rest(self.site, self.refresh_carrier.read() or ""))
        if kept:
            return Login(kept.family_id, kept.user_id, "", None)
        claims = self.presented_claims(expired_too=True)
        return _login(claims) if claims else None

    def terminate(self, login: Login) -> None:
        self.store.end_family(login.user_id, login.id, self.now())

    def terminate_all(self, user_id: int) -> None:
        for family in self.store.families_of(user_id):
            self.store.end_family(user_id, family.family_id, self.now())
            self.denylist.deny_family(family.family_id)

    def deny(self, login: Login) -> None:
        self.denylist.deny_family(login.id)

    def forget(self, response: Response) -> None:
        self.refresh_carrier.forget(response)

    # The server has a list of families, though none of access tokens.

    def list_logins(self, login: Login) -> list[dict[str, Any]]:
        return [
            listed(each.family_id, each.created_at, each.family_id == login.id)
            for each in self.store.families_of(login.user_id)
            if self._still_good(each)
        ]

    def terminate_one(self, login: Login, login_id: int) -> bool:
        ended = self.store.end_family(login.user_id, login_id, self.now())
        if ended:
            self.denylist.deny_family(login_id)
        return ended

    def _answer(self, user: User, family_id: int, refresh_token: str | None, binding: dict[str, Any]) -> Response:
        """A new access token, and the refresh token where there is a new one (RFC 6749 5.1)."""
        lifetime = self.site.defences.access_lifetime
        token, claims = self.tokens.issue_access_token(user, lifetime, sid=family_id, **binding)
        self.denylist.note(claims["jti"], family_id, claims.get("exp"))
        body: dict[str, Any] = {"token_type": "DPoP"} if binding else {}
        body |= {} if lifetime is None else {"expires_in": int(lifetime)}
        response = token_response(self.carrier, body, token)
        if refresh_token:
            self.refresh_carrier.put(response, refresh_token)
        return response

    def _refresh_expiry(self) -> float | None:
        lifetime = self.site.defences.refresh_lifetime
        return None if lifetime is None else self.now() + lifetime


def _login(claims: dict[str, Any]) -> Login:
    return Login(int(claims.get("sid", 0)), int(claims["sub"]), claims["role"], claims.get("email"))
