"""The lesson app: one Flask app, three modes side by side under `/session`, `/jwt` and `/hybrid`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask, Response, jsonify
from werkzeug.http import http_date

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.server import refusals
from sandbox.server.contract import blueprint
from sandbox.server.mode import Mode
from sandbox.server.modes.hybrid_mode import HybridMode
from sandbox.server.modes.jwt_mode import JwtMode
from sandbox.server.modes.session_mode import SessionMode
from sandbox.server.site import Site, demo_store

MODE_TYPES: Final[tuple[type[Mode], ...]] = (SessionMode, JwtMode, HybridMode)

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's body; above it, 413."""


def create_app(preset: str = "hardened", *, defences: Defences | None = None, clock: Clock | None = None) -> Flask:
    """A plain Flask app with the three modes and the demo accounts.

    `defences` overrides `preset`. Without a `clock` the simulated one stands still at its start.
    `app.extensions["sandbox"]` is the `Site`, `app.extensions["sandbox_modes"]` the modes by name.
    Raises UnknownName for an unknown preset.
    """
    site = Site(defences or Defences.preset(preset), clock or Clock())
    app = Flask("auth_sandbox", root_path=str(Path(__file__).parent), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_COOKIE_SIZE"] = 0  # no warning from Werkzeug: a browser drops a large cookie in silence
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a doubled slash is a 404, no redirect
    modes = {kind.name: kind(site, demo_store(site)) for kind in MODE_TYPES}
    app.extensions["sandbox"] = site
    app.extensions["sandbox_modes"] = modes
    for mode in modes.values():
        app.register_blueprint(blueprint(mode))
    refusals.install(app)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.after_request
    def finish(response: Response) -> Response:
        """Simulated Date, so that a browser's clock and the server's agree; nothing here is for a cache."""
        response.headers["Date"] = http_date(site.clock.now())
        response.headers["Server"] = "auth-sandbox"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
