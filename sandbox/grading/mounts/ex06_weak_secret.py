"""A bank that signs tokens with the learner's `Keys`, a card service beside it, and a copy of the bank elsewhere."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank, User
from sandbox.grading.exercise import Application, Parts
from sandbox.grading.mounts import hs256

LIFETIME = 15 * 60
"""Seconds that a token lives."""
SHORTEST = 32
"""Bytes of a key for HS256 (RFC 7518 3.2)."""

Answer = tuple[Response, int]


def mount(parts: Parts, bank: Bank) -> Application:
    """`Keys()` is made when the software starts. `signing()` returns a kid, a text, and the key, bytes: both make the
    next tokens. `verifying(kid, now)` returns the key of that kid, or None. `rotate(now)` brings the next key.

    `now`: the bank's clock, in seconds since the epoch. The same software is installed twice: `/bank`, and `/copy`.
    """
    app = Flask("ex06")
    installed = {place: parts["Keys"]() for place in ("bank", "copy")}
    retired: dict[str, bytes] = {}

    def customer() -> User | None:
        sent = request.get_json(silent=True) or {}
        return bank.check_password(sent.get("email"), sent.get("password"))

    def bearer() -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def served(token: str, key: bytes | None) -> Answer:
        read = hs256.read(token)
        if read is None or key is None:
            return jsonify(error="invalid_token", error_description="no key has that kid"), 401
        if not hs256.signed_by(token, key):
            return jsonify(error="invalid_token", error_description="the signature is wrong"), 401
        user, end = bank.user(read[1].get("sub")), read[1].get("exp")
        if user is None or not isinstance(end, int) or bank.now() >= end:
            return jsonify(error="invalid_token", error_description="the token has expired"), 401
        return jsonify(user={"id": user.id, "email": user.email}), 200

    @app.post("/<any(bank, copy):place>/login")
    def login(place: str) -> Answer:
        user = customer()
        if user is None:
            return jsonify(error="wrong e-mail or password"), 401
        kid, key = installed[place].signing()
        claims = {"sub": user.id, "exp": int(bank.now()) + LIFETIME, "jti": bank.new_id()}
        token = hs256.write({"alg": "HS256", "typ": "at+jwt", "kid": kid}, claims, key)
        return jsonify(access_token=token, token_type="Bearer", expires_in=LIFETIME), 200

    @app.get("/<any(bank, copy):place>/profile")
    def profile(place: str) -> Answer:
        header, _ = hs256.read(bearer()) or ({}, {})
        kid = header.get("kid")
        return served(bearer(), installed[place].verifying(kid, bank.now()) if isinstance(kid, str) else None)

    @app.get("/cards/profile")
    def cards() -> Answer:
        """Another team's service: it is given the key that signs now, and its library refuses a short one."""
        _, key = installed["bank"].signing()
        answer, status = served(bearer(), key)
        if status == 200 and len(key) < SHORTEST:
            return jsonify(error="weak_key"), 401
        return answer, status

    @app.post("/<any(bank, copy):place>/rotate")
    def rotate(place: str) -> Answer:
        user = customer()
        if user is None or user.role != "admin":
            return jsonify(error="an admin's password is asked for"), 403
        _, retired[place] = installed[place].signing()
        installed[place].rotate(bank.now())
        return jsonify(rotated=True), 200

    @app.get("/<any(bank, copy):place>/retired")
    def lost(place: str) -> Response:
        """The key that signed until the last rotation, in hex: a backup with it was lost, so it was changed."""
        return jsonify(key=retired[place].hex())

    return app
