"""A bank that hands out signed tokens; the learner's `verify` says which of those that come back it believes."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank, User
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import hs256

ISSUER = "https://bank.example"
AUDIENCE = "https://bank.example/api"
ACCESS, REFRESH = 15 * 60, 7 * 24 * 3600
"""Seconds that the two kinds of token live."""


def mount(parts: Parts, bank: Bank) -> Application:
    """`verify(token, key, now)` returns the claims of an access token that holds, or None to refuse.

    `token`: what came after `Bearer`, a text. `key`: bytes. `now`: the bank's clock, in seconds since the epoch.
    """
    app = Flask("ex05")

    def issued(user: User, typ: str, lifetime: int) -> str:
        now = int(bank.now())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user.id, "iat": now, "exp": now + lifetime}
        return hs256.write({"alg": "HS256", "typ": typ}, {**claims, "jti": bank.new_id()}, bank.key)

    @app.post("/jwt/login")
    def login() -> tuple[Response, int]:
        sent = request.get_json(silent=True) or {}
        user = bank.check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        access, refresh = issued(user, "at+jwt", ACCESS), issued(user, "rt+jwt", REFRESH)
        return jsonify(access_token=access, token_type="Bearer", expires_in=ACCESS, refresh_token=refresh), 200

    @app.get("/jwt/profile")
    def profile() -> tuple[Response, int, dict[str, str]]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return jsonify(error="log in first"), 401, {"WWW-Authenticate": 'Bearer realm="bank"'}
        claims = parts["verify"](token, bank.key, bank.now())
        user = bank.user(claims.get("sub")) if claims is not None else None
        if user is None:
            return jsonify(error="invalid_token"), 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return jsonify(user={"id": user.id, "email": user.email}), 200, {}

    return app
