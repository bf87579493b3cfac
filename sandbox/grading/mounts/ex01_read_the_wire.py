"""A desk that reads recordings: each comes as JSON, is laid out by carrier, and goes to the learner's `read`."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts

Values = dict[str, str]
"""By name."""


def mount(parts: Parts, bank: Bank) -> Application:
    """`read(exchange)` says which credentials went there and back; `mode_of(recording)` says the mode of a whole visit.

    What they are given, and return, is plain data: see `laid_out`.
    """
    app = Flask("ex01")

    @app.post("/read")
    def read() -> Response:
        return jsonify(said=parts["read"](laid_out(request.get_json())))

    @app.post("/mode")
    def mode() -> Response:
        return jsonify(said=parts["mode_of"]([laid_out(each) for each in request.get_json()]))

    return app


def laid_out(exchange: dict[str, Any]) -> dict[str, Any]:
    """`{"method", "path", "status", "sent": {...}, "got": {...}}`: what was sent and what was got, each by carrier:
    `{"cookie": {name: value}, "header": {name: value}, "body": {name: value}}`.
    """
    there, back = exchange["request"], exchange["response"]
    return {
        "method": there["method"], "path": there["path"], "status": back["status"],
        "sent": {"cookie": _cookies(there), "header": _headers(there), "body": _fields(there)},
        "got": {"cookie": _cookies(back), "header": _headers(back), "body": _fields(back)},
    }  # fmt: skip


def _cookies(message: dict[str, Any]) -> Values:
    """Of a request, the pairs of Cookie; of a response, those of each Set-Cookie, without attributes."""
    pairs = [pair for name, value in message["headers"] if name.lower() == "cookie" for pair in value.split("; ")]
    pairs += [value.partition(";")[0] for name, value in message["headers"] if name.lower() == "set-cookie"]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _headers(message: dict[str, Any]) -> Values:
    """All others, named as they came."""
    return {name: value for name, value in message["headers"] if name.lower() not in ("cookie", "set-cookie")}


def _fields(message: dict[str, Any]) -> Values:
    """The texts among the fields of a JSON object."""
    fields = json.loads(message["body"]) if message["body"].startswith("{") else {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}
