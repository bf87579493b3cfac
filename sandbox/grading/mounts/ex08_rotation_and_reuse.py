"""A bank with refresh tokens; the learner's `refresh` says whether one serves, and which one follows it."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import access_tokens
from sandbox.grading.mounts.database import Row, Table


def mount(parts: Parts, bank: Bank) -> Application:
    """`refresh(bank, tokens, families, presented)` returns the refresh token that follows, or None to refuse.

    `tokens`, by refresh token: `{"family": id, "used": False}`. `families`, by id: `{"user": id, "ended": False}`.
    """
    app = Flask("ex08")
    tokens, families = Table(), Table()

    def answer(family: Row, refresh_token: str) -> Response:
        access_token = access_tokens.issue(bank, {"sub": family["user"]})
        return jsonify(access_token=access_token, token_type="Bearer", refresh_token=refresh_token)

    @app.post("/hybrid/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        user = bank.check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        family_id, refresh_token = bank.new_id(), bank.new_id()
        family = {"user": user.id, "ended": False}
        families.put(family_id, family)
        tokens.put(refresh_token, {"family": family_id, "used": False})
        return answer(family, refresh_token), 200

    @app.post("/hybrid/refresh")
    def refresh() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        successor = parts["refresh"](bank, tokens, families, str(sent.get("refresh_token", "")))
        if successor is None:
            return jsonify(error="invalid_grant"), 400
        row = tokens.get(successor) or {}
        family = families.get(row.get("family", ""))
        if family is None:
            raise LookupError("the token that follows stands in no row of `tokens`")
        return answer(family, successor), 200

    @app.get("/hybrid/profile")
    def profile() -> tuple[Response, int]:
        claims = access_tokens.read(bank, access_tokens.bearer(request.headers.get("Authorization"))) or {}
        user = bank.user(claims.get("sub"))
        if user is None:
            return jsonify(error="invalid_token"), 401
        return jsonify(user={"id": user.id, "email": user.email}), 200

    return app
