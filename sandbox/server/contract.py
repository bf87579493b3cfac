"""The HTTP contract: the same routes for every mode, so that nothing but the mode differs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.server import refusals
from sandbox.server.mode import Login, Mode
from sandbox.server.passwords import MAX_BYTES, demo_hash, hash_password, verify_password
from sandbox.server.stores.sqlite import User
from sandbox.server.throttle import Throttle

NEW_PASSWORD_LENGTH = 8
"""Characters that a new password must have at the least (ASVS 5 6.2.1)."""


def blueprint(mode: Mode) -> Blueprint:
    """The routes under `/{mode.name}`."""
    routes = Blueprint(mode.name, __name__, url_prefix=f"/{mode.name}")
    throttle = Throttle(mode.site, mode.store)

    def authenticated() -> Login:
        login = mode.authenticate()
        mode.carrier.check_csrf()
        mode.note_use(login)
        return login

    @routes.post("/login")
    def login() -> Response:
        email, password = _password(*_texts("email", "password"))
        client = request.remote_addr or ""
        throttle.begin(email, client)
        user = mode.store.user_by_email(email)
        if not _password_is_right(mode, user, password) or user is None:
            raise refusals.wrong_login(mode.scheme)
        throttle.succeeded(email, client)
        return mode.issue(user)

    @routes.get("/profile")
    def profile() -> Response:
        return jsonify(user=mode.current_user(authenticated()))

    @routes.post("/transfer")
    def transfer() -> Response:
        user_id = authenticated().user_id
        payee, amount = _payee_and_amount()
        if mode.store.user_by_email(payee) is None:
            raise refusals.invalid_request("no such payee")
        balance = mode.store.transfer(user_id, payee, amount)
        if balance is None:
            raise refusals.invalid_request("the balance does not suffice")
        return jsonify(balance=balance)

    @routes.get("/admin")
    def admin() -> Response:
        user = mode.current_user(authenticated())
        if user["role"] != "admin":
            raise refusals.insufficient_scope(mode.scheme)
        return jsonify(accounts=mode.store.emails())

    @routes.post("/logout")
    def logout() -> Response:
        login = mode.presented()
        if login is not None:
            mode.carrier.check_csrf()
            end(login, all_of_them=False)
        return goodbye()

    @routes.post("/logout-all")
    def logout_all() -> Response:
        end(authenticated(), all_of_them=True)
        return goodbye()

    def end(login: Login, *, all_of_them: bool) -> None:
        """The one place where logout reaches what the server keeps."""
        mode.deny(login)
        if all_of_them:
            mode.store.begin_epoch(login.user_id)
        if mode.site.defences.end_on_logout:
            mode.terminate(login)
            if all_of_them:
                mode.terminate_all(login.user_id)

    def goodbye() -> Response:
        response = Response(status=204)
        mode.forget(response)
        return response

    @routes.post("/password")
    def password() -> Response:
        login = authenticated()
        old, new = _texts("old", "new")
        _password(old, new)
        if len(new) < NEW_PASSWORD_LENGTH:
            raise refusals.invalid_request(f"a new password has at least {NEW_PASSWORD_LENGTH} characters")
        if not _password_is_right(mode, mode.user(login.user_id), old):
            raise refusals.wrong_login(mode.scheme)
        mode.store.set_password(login.user_id, hash_password(new, mode.site.bcrypt_cost))
        return Response(status=204)

    @routes.get("/sessions")
    def sessions() -> Response:
        return jsonify(sessions=mode.list_logins(authenticated()))

    @routes.delete("/sessions/<login_id>")
    def end_one(login_id: str) -> Response:
        login = authenticated()
        known = login_id.isascii() and login_id.isdigit() and len(login_id) < 16
        if not known or not mode.terminate_one(login, int(login_id)):
            raise refusals.Refused(404, "not_found", "no such login of yours")
        return Response(status=204)

    mode.extend(routes)
    return routes


def _password_is_right(mode: Mode, user: User | None, password: str) -> bool:
    if user is not None:
        return verify_password(password, user.password_hash)
    if mode.site.defences.dummy_hash:
        verify_password(password, demo_hash("nobody", mode.site.bcrypt_cost))
    return False


def _payee_and_amount() -> tuple[str, int]:
    """From JSON or from a form, as browsers post it across sites. Raises Refused, 400."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if "to" not in request.form:
            raise refusals.invalid_request("this was read as a form, without to: for JSON, send its Content-Type")
        payee, text = _text(request.form["to"], "to"), request.form.get("amount", "")
        amount: Any = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    else:
        body = _json_object()
        payee, amount = _text(body.get("to"), "to"), body.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount < 10**15:
        raise refusals.invalid_request("amount must be a whole number above zero")
    return payee, amount


def _texts(first: str, second: str) -> tuple[str, str]:
    body = _json_object()
    return _text(body.get(first), first), _text(body.get(second), second)


def _text(value: Any, name: str) -> str:
    """A text that can be stored: no NUL, no half of a surrogate pair. Raises Refused, 400."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise refusals.invalid_request(f"{name} must be a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise refusals.invalid_request(f"{name} is not valid Unicode") from None
    return value


def _password(first: str, second: str) -> tuple[str, str]:
    """Both texts, once neither is longer than bcrypt reads. Raises Refused, 400."""
    if len(first.encode()) > 254 or len(second.encode()) > MAX_BYTES:
        raise refusals.invalid_request(f"too long: a password has at most {MAX_BYTES} bytes, an e-mail 254")
    return first, second


def _json_object() -> dict[str, Any]:
    try:
        body = request.get_json(force=True)
    except RecursionError:
        raise refusals.invalid_request("the JSON is nested too deeply") from None
    if not isinstance(body, dict):
        raise refusals.invalid_request("send a JSON object")
    return body
