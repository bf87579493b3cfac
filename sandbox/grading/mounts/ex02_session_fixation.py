"""A bank whose visitors have a session before they log in; the learner's `login` says which id they have after it."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts


def mount(parts: Parts, bank: Bank) -> Application:
    """`login(bank, sessions, sent_id, email, password)` returns the id that the cookie is to hold, or None to refuse.

    `sessions`: by id, the customer's id, or None for a visitor who has not logged in. `sent_id`: the cookie's, or None.
    """
    app = Flask("ex02")
    sessions: dict[str, str | None] = {}

    def with_cookie(answer: Response, session_id: str) -> Response:
        answer.set_cookie("session", session_id, secure=True, httponly=True, samesite="Lax")
        return answer

    @app.get("/")
    def welcome() -> Response:
        session_id = bank.new_id()
        sessions[session_id] = None
        return with_cookie(jsonify(welcome="log in, please"), session_id)

    @app.post("/session/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        email, password = sent.get("email"), sent.get("password")
        session_id = parts["login"](bank, sessions, request.cookies.get("session"), email, password)
        if session_id is None:
            return jsonify(error="wrong e-mail or password"), 401
        return with_cookie(jsonify(ok=True), str(session_id)), 200

    @app.get("/session/profile")
    def profile() -> tuple[Response, int]:
        user = bank.user(sessions.get(request.cookies.get("session", "")))
        if user is None:
            return jsonify(error="log in first"), 401
        return jsonify(user={"id": user.id, "email": user.email}), 200

    return app
