"""The mini server: one Flask app that runs session, jwt and hybrid mode side by side."""

from sandbox.server.app import create_app

__all__ = ["create_app"]
