"""How the server says no: one exception, the standards' status codes and challenges, always as JSON."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException


class Refused(Exception):
    """A request that is answered with an error. `challenge` goes into WWW-Authenticate."""

    def __init__(
        self, status: int, error: str, description: str, *, challenge: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.challenge = challenge
        self.retry_after = retry_after


def challenge(scheme: str, error: str = "") -> str:
    """A challenge by RFC 6750 3: with no error code where no credentials were sent.

    RFC 9110 15.5.2 wants a challenge on every 401. No scheme is registered for cookies, so session
    mode answers with one of our own, `Session`: browsers ignore it, people can read it.
    """
    return f'{scheme} realm="sandbox"' + (f', error="{error}"' if error else "")


def no_credentials(scheme: str) -> Refused:
    return Refused(401, "no_credentials", "log in first", challenge=challenge(scheme))


def wrong_login(scheme: str) -> Refused:
    """The same words for an unknown e-mail and a wrong password (ASVS 5 6.3.8)."""
    return Refused(401, "invalid_login", "e-mail or password is wrong", challenge=challenge(scheme))


def invalid_token(scheme: str, description: str, *, error: str = "invalid_token", bare: bool = False) -> Refused:
    """RFC 6750 3.1: 401 and a challenge. `bare`: 403 and none, as in the article's samples."""
    if bare:
        return Refused(403, error, description)
    return Refused(401, error, description, challenge=challenge(scheme, error))


def insufficient_scope(scheme: str) -> Refused:
    return Refused(
        403, "insufficient_scope", "this needs the role admin", challenge=challenge(scheme, "insufficient_scope")
    )


def invalid_request(description: str) -> Refused:
    return Refused(400, "invalid_request", description)


def invalid_grant(description: str) -> Refused:
    """RFC 6749 5.2, for a refresh token that is unknown, used up, expired or ended."""
    return Refused(400, "invalid_grant", description)


def install(app: Flask) -> None:
    """Answer every refusal, and every error of Flask's own, as JSON."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        response = jsonify(error=error.error, error_description=error.description)
        response.status_code = error.status
        if error.challenge:
            response.headers["WWW-Authenticate"] = error.challenge
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        response = jsonify(error=(error.name or "error").lower().replace(" ", "_"), error_description=error.description)
        response.status_code = error.code or 500
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response
