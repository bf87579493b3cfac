"""Session mode: a reference token in a cookie, and all that it stands for in a row on the server."""

from __future__ import annotations

from typing import Any

from flask import Response

from sandbox.server import refusals
from sandbox.server.credentials import Carrier
from sandbox.server.mode import Login, Mode, listed, token_response
from sandbox.server.reference_tokens import at_rest, new_reference_token
from sandbox.server.stores.sqlite import Session, User


class SessionMode(Mode):
    name = "session"
    scheme = "Session"

    def make_carrier(self) -> Carrier:
        return Carrier(self.site, default="cookie")

    # Login: make an id that means nothing, and keep a row that means everything.

    def issue(self, user: User) -> Response:
        if self.site.defences.regenerate_id:
            token, old = new_reference_token(), self.presented()
            if old:
                self.terminate(old)
        else:
            token = self.carrier.read() or new_reference_token()  # adopts what the browser came with
        self.store.add_session(at_rest(self.site, token), user, self.now())
        return token_response(self.carrier, {"user": {"id": user.id, "email": user.email, "role": user.role}}, token)

    # Each request: one look-up decides.

    def authenticate(self) -> Login:
        token = self.carrier.read()
        if token is None:
            raise refusals.no_credentials(self.scheme)
        session = self.store.session(at_rest(self.site, token))
        if session is None:
            raise self.refuse("no such session")
        if self._has_ended(session):
            self.store.end_session(session.user_id, session.id)
            raise self.refuse("the session has ended")
        if not self.is_current(session.user_id, session.epoch):
            raise self.refuse("the password was changed since")
        return _login(session)

    def note_use(self, login: Login) -> None:
        if self._timeout() is not None:  # it starts anew
            self.store.touch_session(login.id, self.now())

    def _has_ended(self, session: Session) -> bool:
        timeout = self._timeout()
        last_used_at = session.last_used_at or session.created_at
        unused = timeout is not None and self.now() >= last_used_at + timeout
        return unused or self.has_outlived(session.created_at)

    def _timeout(self) -> float | None:
        return self.site.defences.inactivity_timeout

    # Logout: delete the row, and every copy of the id is worth nothing.

    def presented(self) -> Login | None:
        token = self.carrier.read()
        session = self.store.session(at_rest(self.site, token)) if token else None
        return _login(session) if session else None

    def terminate(self, login: Login) -> None:
        self.store.end_session(login.user_id, login.id)

    def terminate_all(self, user_id: int) -> None:
        self.store.end_sessions(user_id)

    def deny(self, login: Login) -> None:
        """No self-contained token here: the row is all there is."""

    # The server has a list, because it keeps the rows.

    def list_logins(self, login: Login) -> list[dict[str, Any]]:
        return [
            listed(each.id, each.created_at, each.id == login.id)
            for each in self.store.sessions_of(login.user_id)
            if not self._has_ended(each) and self.is_current(each.user_id, each.epoch)
        ]

    def terminate_one(self, login: Login, login_id: int) -> bool:
        return self.store.end_session(login.user_id, login_id)


def _login(session: Session) -> Login:
    return Login(session.id, session.user_id, session.role, session.email)
