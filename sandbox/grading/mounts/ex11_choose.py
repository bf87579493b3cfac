"""A desk at which the learner's choices are read, case by case. Nothing is played here: a choice is plain data."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts


def mount(parts: Parts, bank: Bank) -> Application:
    """`choices`: by case, the constraints that it names and the mode that meets them all, or None for no mode."""
    app = Flask("ex11")

    @app.get("/choices/<case>")
    def choice(case: str) -> tuple[Response, int]:
        if case not in parts["choices"]:
            return jsonify(error="no choice for this case"), 404
        constraints, mode = parts["choices"][case]
        return jsonify(constraints=list(constraints), mode=mode), 200

    return app
