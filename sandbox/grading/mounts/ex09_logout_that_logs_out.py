"""A bank in jwt mode; the learner's `let_in` says whose token it is, and `logout` ends one before its exp."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.clock import DAY
from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import access_tokens, hs256


def mount(parts: Parts, bank: Bank) -> Application:
    """`let_in(bank, denied, token)` returns the customer's id, or None to refuse. `logout(bank, denied, token)` ends
    that token, and returns nothing.

    `denied`: the denylist, a dict that is empty at first; an entry for each token that is denied, by its `jti`. The
    tokens are JWTs, signed with `bank.key` (HS256): `sub` is the customer's id, `jti` the token's own, `exp` its end.
    They last a quarter of an hour, or a week for who asks to be remembered. A `jti` is told from another by its middle:
    all begin and end with the same letters.
    """
    app = Flask("ex09")
    denied: dict[str, Any] = {}

    def token() -> str:
        return access_tokens.bearer(request.headers.get("Authorization"))

    @app.post("/jwt/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        user = bank.check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        lifetime = 7 * DAY if sent.get("remember") else access_tokens.LIFETIME
        claims = {"sub": user.id, "jti": f"at-{bank.new_id()}-b1", "exp": int(bank.now() + lifetime)}
        issued = hs256.write(access_tokens.HEADER, claims, bank.key)
        return jsonify(access_token=issued, token_type="Bearer", expires_in=int(lifetime)), 200

    @app.get("/jwt/profile")
    def profile() -> tuple[Response, int]:
        user = bank.user(parts["let_in"](bank, denied, token()))
        if user is None:
            return jsonify(error="invalid_token"), 401
        return jsonify(user={"id": user.id, "email": user.email}), 200

    @app.post("/jwt/logout")
    def logout() -> tuple[str, int]:
        parts["logout"](bank, denied, token())
        return "", 204

    @app.get("/operator/denylist")
    def size() -> Response:
        """How many entries the operator of the bank pays for."""
        return jsonify(size=len(denied))

    return app
