"""An app on a phone, which makes many calls at once; the learner's `Client` sends each, and refreshes when it must."""

from __future__ import annotations

import json
import threading
from typing import Any, Final

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts

LONGEST: Final = 5.0
"""Real seconds for which the app waits for its calls."""


def mount(parts: Parts, bank: Bank) -> Application:
    """`Client(send, open_login, access_token, refresh_token)` has `call(method, path, fields)`, which returns
    (status, fields) as `send` does.

    `send(method, path, fields=None, access_token=None)` is one request to the bank's API. `open_login()` shows the
    login page, which is a request to it.
    """
    app = Flask("ex12")
    made: list[Any] = []

    def send(method: str, path: str, fields: Any = None, access_token: str | None = None) -> tuple[int, Any]:
        headers = [("Content-Type", "application/json")]
        if access_token is not None:
            headers.append(("Authorization", f"Bearer {access_token}"))
        assert bank.call is not None
        status, _, body = bank.call(method, path, headers, b"" if fields is None else json.dumps(fields).encode())
        return status, json.loads(body)

    def open_login() -> None:
        send("GET", "/login")

    @app.post("/start")
    def start() -> Response:
        sent = request.get_json()
        made[:] = [parts["Client"](send, open_login, sent["access_token"], sent["refresh_token"])]
        return jsonify(ok=True)

    @app.post("/run")
    def run() -> Response:
        """All these calls at once, each in a thread of its own. Raises what the first of them raised."""
        calls = request.get_json()["calls"]
        answers: list[Any] = [None] * len(calls)
        raised: list[Exception] = []
        ended: list[int] = []
        changed = threading.Condition()

        def one(place: int, method: str, path: str, fields: Any) -> None:
            try:
                status, told = made[0].call(method, path, fields)
                answers[place] = {"status": status, "fields": told}
            except Exception as error:
                raised.append(error)
            with changed:
                ended.append(place)
                changed.notify()

        for place, call in enumerate(calls):
            threading.Thread(target=one, args=(place, *call), daemon=True).start()
        with changed:
            changed.wait_for(lambda: len(ended) == len(calls), LONGEST)
        if raised:
            raise raised[0]
        return jsonify(answers=answers)

    return app
