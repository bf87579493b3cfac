"""The lesson app: one Flask app, three modes side by side under `/session`, `/jwt` and `/hybrid`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from flask import Flask, Response, jsonify
from werkzeug.http import http_date

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.server import cors, refusals
from sandbox.server.contract import blueprint
from sandbox.server.mode import Mode
from sandbox.server.modes.hybrid_mode import HybridMode
from sandbox.server.modes.jwt_mode import JwtMode
from sandbox.server.modes.session_mode import SessionMode
from sandbox.server.site import Account, Site, demo_store
from sandbox.server.stores.sqlite import SQLiteStore

MODE_TYPES: Final[tuple[type[Mode], ...]] = (SessionMode, JwtMode, HybridMode)

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's body; above it, 413."""


def create_app(
    preset: str = "hardened",
    *,
    defences: Defences | None = None,
    clock: Clock | None = None,
    beside: Flask | None = None,
) -> Flask:
    """A plain Flask app with the three modes and the demo accounts.

    `defences` overrides `preset`. Without a `clock` the simulated one stands still at its start.
    `beside`: another such app, of which this one is a further node: same switches, same keys, same accounts, and its
    stores too where `shared_store` is on. The clock may differ.
    `app.extensions["sandbox"]` is the `Site`, `app.extensions["sandbox_modes"]` the modes by name.
    Raises UnknownName for an unknown preset.
    """
    if beside is None:
        site = Site(defences or Defences.preset(preset), clock or Clock())
        return _assembled(site, {kind.name: demo_store(site) for kind in MODE_TYPES})
    first: Site = beside.extensions["sandbox"]
    stores = {name: mode.store for name, mode in beside.extensions["sandbox_modes"].items()}
    site = replace(first, clock=clock or first.clock)
    if first.defences.shared_store:
        return _assembled(site, stores)
    return _assembled(site, {name: store.of_same_users() for name, store in stores.items()})


def create_service(beside: Flask, issuer: str, *accounts: Account) -> Flask:
    """Another service of the same company: it signs with the same keys, but for its own API and its own accounts."""
    site = replace(beside.extensions["sandbox"], issuer=issuer)
    return _assembled(site, {kind.name: demo_store(site, accounts) for kind in MODE_TYPES})


def _assembled(site: Site, stores: Mapping[str, SQLiteStore]) -> Flask:
    app = Flask("auth_sandbox", root_path=str(Path(__file__).parent), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_COOKIE_SIZE"] = 0  # no warning from Werkzeug: a browser drops a large cookie in silence
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a doubled slash is a 404, no redirect
    modes = {kind.name: kind(site, stores[kind.name]) for kind in MODE_TYPES}
    app.extensions["sandbox"] = site
    app.extensions["sandbox_modes"] = modes
    for mode in modes.values():
        app.register_blueprint(blueprint(mode))
    refusals.install(app)
    cors.install(app, site)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/public-key.pem")
    def public_key() -> Response:
        """What verifies tokens, for everybody: a public key is no secret."""
        if site.algorithm != "RS256":
            raise refusals.Refused(404, "not_found", "HS256 has no public key: what verifies also signs")
        return Response(site.keys.public_pem(), mimetype="application/x-pem-file")

    @app.after_request
    def finish(response: Response) -> Response:
        """Simulated Date, so that a browser's clock and the server's agree; nothing here is for a cache."""
        response.headers["Date"] = http_date(site.clock.now())
        response.headers["Server"] = "auth-sandbox"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
