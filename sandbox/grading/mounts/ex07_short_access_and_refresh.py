"""A bank in hybrid mode: the learner's three functions issue its tokens, renew them, and end a login."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank, User
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import hs256

Answer = tuple[Response, int]


def mount(parts: Parts, bank: Bank) -> Application:
    """`issue(bank, table, user)` returns an access token and a refresh token, at a login. `refresh(bank, table, sent)`
    returns both again, or None to refuse. `logout(bank, table, sent)` ends the login of that refresh token.

    An access token is a JWT, signed with `bank.key` (HS256): `sub` is the customer's id, `role` a role, `exp` the end.
    `table`: a dict that the bank keeps for the learner. `sent`: a refresh token, a text, as a client sent it.
    """
    app = Flask("ex07")
    table: dict[Any, Any] = {}

    def customer() -> User | None:
        sent = request.get_json(silent=True) or {}
        return bank.check_password(sent.get("email"), sent.get("password"))

    def refresh_token() -> str:
        sent = (request.get_json(silent=True) or {}).get("refresh_token")
        return sent if isinstance(sent, str) else ""

    def tokens(issued: tuple[str, str]) -> Answer:
        access, renewing = issued
        return jsonify(access_token=access, token_type="Bearer", refresh_token=renewing), 200

    def claims() -> dict[str, Any] | None:
        """As libraries do unless they are asked for more: the signature counts, and `exp` where there is one."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        read = hs256.read(token)
        if read is None or not hs256.signed_by(token, bank.key) or bank.now() >= read[1].get("exp", float("inf")):
            return None
        return read[1]

    @app.post("/hybrid/login")
    def login() -> Answer:
        user = customer()
        return tokens(parts["issue"](bank, table, user)) if user else (jsonify(error="wrong e-mail or password"), 401)

    @app.post("/hybrid/refresh")
    def refresh() -> Answer:
        issued = parts["refresh"](bank, table, refresh_token())
        return tokens(issued) if issued is not None else (jsonify(error="invalid_grant"), 400)

    @app.post("/hybrid/logout")
    def logout() -> tuple[str, int]:
        parts["logout"](bank, table, refresh_token())
        return "", 204

    @app.get("/hybrid/profile")
    def profile() -> Answer:
        user = bank.user((claims() or {}).get("sub"))
        return (jsonify(user=vars(user)), 200) if user else (jsonify(error="invalid_token"), 401)

    @app.get("/hybrid/admin")
    def admin() -> Answer:
        role = (claims() or {}).get("role")
        return (jsonify(ok=True), 200) if role == "admin" else (jsonify(error="insufficient_scope"), 403)

    @app.post("/operator/role")
    def set_role() -> Answer:
        """An admin gives a customer another role: from now on, `bank.user(id)` says so."""
        operator, sent = customer(), request.get_json(silent=True) or {}
        if operator is None or operator.role != "admin":
            return jsonify(error="an admin's password is asked for"), 403
        users = (replace(each, role=sent["role"]) if each.email == sent["of"] else each for each in bank.facts.users)
        bank.facts = replace(bank.facts, users=tuple(users))
        return jsonify(ok=True), 200

    return app
