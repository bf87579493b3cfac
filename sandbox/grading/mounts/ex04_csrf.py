"""A bank whose cookie goes along from everywhere (SameSite=None); the learner's token tells whose page is asking."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts


def mount(parts: Parts, bank: Bank) -> Application:
    """`issue(bank, session)` returns the token for the bank's page; `check(bank, session, sent, cookie)` says whether a
    request may change something.

    `session`: what the server keeps of one login: a dict of `id` and `email`, and of what you put there. `sent`: the
    header X-CSRF-Token or the form's field csrf_token, None if neither came. `cookie`: the cookie csrf_token, or None.
    """
    app = Flask("ex04")
    sessions: dict[str, dict[str, Any]] = {}
    balances = {user.email: 1000 for user in bank.facts.users}

    def with_cookie(answer: Response, name: str, value: str) -> Response:
        answer.set_cookie(name, value, secure=True, httponly=name == "session", samesite="None")
        return answer

    def current() -> dict[str, Any] | None:
        return sessions.get(request.cookies.get("session", ""))

    @app.post("/session/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        user = bank.check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        session_id = bank.new_id()
        sessions[session_id] = {"id": session_id, "email": user.email}
        return with_cookie(jsonify(ok=True), "session", session_id), 200

    @app.get("/session/profile")
    def profile() -> tuple[Response, int]:
        session = current()
        if session is None:
            return jsonify(error="log in first"), 401
        return jsonify(user={"email": session["email"]}, balance=balances[session["email"]]), 200

    @app.get("/session/page")
    def page() -> tuple[Response, int]:
        """The page with the form: the token is in it, and in a cookie that script may read."""
        session = current()
        if session is None:
            return jsonify(error="log in first"), 401
        token = str(parts["issue"](bank, session))
        return with_cookie(jsonify(csrf_token=token), "csrf_token", token), 200

    @app.post("/session/transfer")
    def transfer() -> tuple[Response, int]:
        session = current()
        if session is None:
            return jsonify(error="log in first"), 401
        token = request.headers.get("X-CSRF-Token", request.form.get("csrf_token"))
        if not parts["check"](bank, session, token, request.cookies.get("csrf_token")):
            return jsonify(error="this did not come from the bank's page"), 403
        sent = request.form or request.get_json(silent=True) or {}
        payee, amount = str(sent.get("to")), str(sent.get("amount"))
        if payee not in balances or not amount.isdecimal():
            return jsonify(error="no such payee, or no such amount"), 400
        balances[session["email"]] -= int(amount)
        balances[payee] += int(amount)
        return jsonify(balance=balances[session["email"]]), 200

    @app.post("/session/logout")
    def logout() -> tuple[Response, int]:
        sessions.pop(request.cookies.get("session", ""), None)
        return Response(), 204

    return app
