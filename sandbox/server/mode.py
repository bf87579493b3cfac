"""What the HTTP contract asks of a mode, and the checks that all three share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, g, jsonify

from sandbox.clock import iso
from sandbox.server import refusals
from sandbox.server.credentials import Carrier
from sandbox.server.denylist import Denylist
from sandbox.server.site import Site
from sandbox.server.stores.sqlite import SQLiteStore, User


@dataclass(frozen=True)
class Login:
    """Who a credential stands for, as far as the credential itself says."""

    id: int
    """The number of the session or the refresh family; 0 where the server keeps none."""
    user_id: int
    role: str
    email: str | None
    jti: str = ""
    """Of the self-contained token that was presented, where it was one."""
    expires_at: float | None = None


class Mode(ABC):
    """One way of staying logged in. Each keeps a store of its own: nothing done in one lane disturbs another."""

    name: ClassVar[str]
    scheme: ClassVar[str]
    """The authentication scheme of its challenges."""

    def __init__(self, site: Site, store: SQLiteStore) -> None:
        self.site = site
        self.store = store
        self.denylist = Denylist(site, store)
        self.carrier = self.make_carrier()

    @abstractmethod
    def make_carrier(self) -> Carrier:
        """Where this mode's credential travels."""

    @abstractmethod
    def issue(self, user: User) -> Response:
        """Answer a login that succeeded: make a credential, keep what must be kept, hand it over."""

    @abstractmethod
    def authenticate(self) -> Login:
        """Who this request comes from. Raises Refused."""

    @abstractmethod
    def presented(self) -> Login | None:
        """Whose login this request speaks of, for logout: one that has run out will do."""

    @abstractmethod
    def terminate(self, login: Login) -> None:
        """End this login, as far as the server keeps anything of it."""

    @abstractmethod
    def terminate_all(self, user_id: int) -> None:
        """End every login of this user, as far as the server keeps anything of them."""

    @abstractmethod
    def deny(self, login: Login) -> None:
        """Put the live self-contained tokens of this login on the denylist, where the mode issues any."""

    @abstractmethod
    def list_logins(self, login: Login) -> list[dict[str, Any]]:
        """What the server can list of this user's logins. Raises Refused, 404, where it keeps none."""

    @abstractmethod
    def terminate_one(self, login: Login, login_id: int) -> bool:
        """End one of this user's logins by its number; False where there is none."""

    def forget(self, response: Response) -> None:
        """Tell the browser to drop what it was given."""
        self.carrier.forget(response)

    def note_use(self, login: Login) -> None:  # noqa: B027 - most modes keep no time of last use
        """This request was let in: it counts as use."""

    def extend(self, blueprint: Blueprint) -> None:  # noqa: B027 - most modes have nothing to add
        """Add what only this mode has."""

    def refuse(self, description: str) -> refusals.Refused:
        """The answer to a credential that does not hold."""
        return refusals.invalid_token(self.scheme, description)

    # ------------------------------------------------------------------

    def now(self) -> float:
        return self.site.clock.now()

    def is_current(self, user_id: int, epoch: int) -> bool:
        """Whether this was issued since the user's last password change."""
        if self.site.defences.user_epoch:
            user = self.user(user_id)
            return user is not None and user.epoch == epoch
        return True

    def user(self, user_id: int) -> User | None:
        """The user's row: read from the store once in a request, however many ask."""
        rows: dict[int, User | None] = g.setdefault("users", {})
        if user_id not in rows:
            rows[user_id] = self.store.user(user_id)
        return rows[user_id]

    def has_outlived(self, created_at: float) -> bool:
        """Whether the absolute lifetime, counted from login, has passed."""
        lifetime = self.site.defences.absolute_lifetime
        return lifetime is not None and self.now() >= created_at + lifetime

    def current_user(self, login: Login) -> dict[str, Any]:
        """The user's id, e-mail and role: read from the store, or as they were at login. Raises Refused."""
        live = self.site.defences.live_roles
        if not live and login.email is not None:
            return {"id": login.user_id, "email": login.email, "role": login.role}
        user = self.user(login.user_id)
        if user is None:
            raise self.refuse("no such user")
        return {"id": user.id, "email": user.email, "role": user.role if live else login.role}


def listed(login_id: int, created_at: float, current: bool, **more: Any) -> dict[str, Any]:
    """One row of GET /sessions."""
    return {"id": login_id, "created_at": iso(created_at), "current": current, **more}


def token_response(carrier: Carrier, body: dict[str, Any], credential: str) -> Response:
    """An answer that hands a credential over: in the cookie, or in the body beside `body`'s own fields."""
    response = jsonify()
    carrier.put(response, body, credential)
    response.set_data(jsonify(body).get_data())
    return response
