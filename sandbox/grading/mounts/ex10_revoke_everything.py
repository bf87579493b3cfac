"""A bank in hybrid mode; the learner's `Logins` says what its tokens bear, which of them serve, and what ends them."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank, User
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import access_tokens

Answer = tuple[Response, int]


def mount(parts: Parts, bank: Bank) -> Application:
    """`Logins(bank)` is made once. `open(user_id)` returns the claims of a new login: its access token bears them, and
    they are kept with its refresh token. `serves(claims)`: whether an access token is taken; signature and `exp` are
    checked already. `renew(claims)`, at a refresh: the claims of the next access token, or None to refuse.
    `end_all(user_id)` and `password_changed(user_id)` return nothing.
    """
    app = Flask("ex10")
    logins = parts["Logins"](bank)
    kept: dict[str, dict[str, Any]] = {}
    passwords: dict[str, object] = {}

    def check_password(email: object, password: object) -> User | None:
        if email not in passwords:
            return bank.check_password(email, password)
        return next((user for user in bank.facts.users if (user.email, passwords[email]) == (email, password)), None)

    def signed_in() -> User | None:
        claims = access_tokens.read(bank, access_tokens.bearer(request.headers.get("Authorization")))
        return bank.user(claims["sub"]) if claims and logins.serves(claims) else None

    def refused() -> Answer:
        return jsonify(error="invalid_token"), 401

    @app.post("/hybrid/login")
    def login() -> Answer:
        sent = request.get_json(silent=True) or {}
        user = check_password(sent.get("email"), sent.get("password"))
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        claims, refresh_token = dict(logins.open(user.id)), bank.new_id()
        kept[refresh_token] = claims
        access_token = access_tokens.issue(bank, claims)
        return jsonify(access_token=access_token, token_type="Bearer", refresh_token=refresh_token), 200

    @app.post("/hybrid/refresh")
    def refresh() -> Answer:
        claims = kept.get(str((request.get_json(silent=True) or {}).get("refresh_token")))
        renewed = logins.renew(dict(claims)) if claims else None
        if renewed is None:
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token=access_tokens.issue(bank, renewed), token_type="Bearer"), 200

    @app.get("/hybrid/profile")
    def profile() -> Answer:
        user = signed_in()
        return (jsonify(user={"id": user.id, "email": user.email}), 200) if user else refused()

    @app.post("/hybrid/logout-all")
    def logout_all() -> Answer:
        user = signed_in()
        if user is None:
            return refused()
        logins.end_all(user.id)
        return Response(status=204), 204

    @app.post("/hybrid/password")
    def change_password() -> Answer:
        user, sent = signed_in(), request.get_json(silent=True) or {}
        if user is None or check_password(user.email, sent.get("old")) is None:
            return refused()
        passwords[user.email] = sent.get("new")
        logins.password_changed(user.id)
        return Response(status=204), 204

    return app
