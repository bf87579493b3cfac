"""An auditor's desk: a HAR file comes in, and what the learner's `audit` says of it goes out."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts


def mount(parts: Parts, bank: Bank) -> Application:
    """`audit(har)` gets the file as Python has it from JSON, and returns a dict.

    `mode`: session, jwt or hybrid. `carrier`: cookie or header. `flaws`: names of switches that are off, in any order.
    """
    app = Flask("ex13")

    @app.post("/audit")
    def audit() -> Response:
        told = parts["audit"](request.get_json())
        return jsonify(mode=told["mode"], carrier=told["carrier"], flaws=sorted(told["flaws"]))

    return app
