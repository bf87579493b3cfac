"""A bank that leaves both its Set-Cookie headers, that of the login and that of the logout, to the learner."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank, User
from sandbox.grading.exercise import Application, Parts


def mount(parts: Parts, bank: Bank) -> Application:
    """`keep(session_id)` returns the value of the header Set-Cookie after a login, `forget()` that after a logout.

    What stands before the first = of `keep` is the name under which the bank looks for its cookie.
    """
    app = Flask("ex03")
    sessions: dict[str, str] = {}
    balances = {user.email: 1000 for user in bank.facts.users}

    def current_user() -> User | None:
        name = str(parts["keep"]("any-id")).partition("=")[0].strip()
        return bank.user(sessions.get(request.cookies.get(name, "")))

    @app.post("/session/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        user = bank.check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        session_id = bank.new_id()
        sessions[session_id] = user.id
        answer = jsonify(ok=True)
        answer.headers.add("Set-Cookie", str(parts["keep"](session_id)))
        return answer, 200

    @app.get("/session/profile")
    def profile() -> tuple[Response, int]:
        user = current_user()
        if user is None:
            return jsonify(error="log in first"), 401
        return jsonify(user={"id": user.id, "email": user.email}, balance=balances[user.email]), 200

    @app.post("/session/transfer")
    def transfer() -> tuple[Response, int]:
        user, sent = current_user(), request.form or request.get_json(silent=True) or {}
        if user is None:
            return jsonify(error="log in first"), 401
        payee, amount = str(sent.get("to")), str(sent.get("amount"))
        if payee not in balances or not amount.isdecimal():
            return jsonify(error="no such payee, or no such amount"), 400
        balances[user.email] -= int(amount)
        balances[payee] += int(amount)
        return jsonify(balance=balances[user.email]), 200

    @app.post("/session/logout")
    def logout() -> tuple[Response, int]:
        answer = Response()
        answer.headers.add("Set-Cookie", str(parts["forget"]()))
        return answer, 204

    return app
