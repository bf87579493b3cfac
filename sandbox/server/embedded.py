"""The embedded server: the app on 127.0.0.1, in a thread of the kernel, gone without a trace when stopped."""

from __future__ import annotations

import logging
import socket
import threading
import weakref
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.errors import PortInUse
from sandbox.server.gate import Application


class EmbeddedServer:
    """Serves `app` from the moment it is made. `port=0` takes a free one. Raises PortInUse."""

    def __init__(self, app: Application, port: int = 0) -> None:
        self._server = _listen(app, port)
        self.port: int = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="sandbox-server", daemon=True
        )
        self._thread.start()
        self._finalizer = weakref.finalize(self, _stop, self._server, self._thread)

    @property
    def running(self) -> bool:
        return self._finalizer.alive and self._thread.is_alive()

    def stop(self) -> None:
        """Stop listening, end the thread, close the socket. Twice does no harm."""
        self._finalizer()

    def wait(self) -> None:
        """Block until the server stops, or until an interrupt."""
        while self.running:
            self._thread.join(0.5)


def _listen(app: Application, port: int) -> BaseWSGIServer:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line per request would drown the notebook
    try:
        if not 0 <= port <= 65535:
            raise OverflowError("no port has that number")  # create_server would leave its socket open
        # Bound here, since make_server prints its own advice and exits when a port is taken.
        with socket.create_server(("127.0.0.1", port), backlog=128) as bound:
            return make_server(
                "127.0.0.1", port, app, threaded=True, request_handler=_Handler, fd=bound.fileno()
            )
    except (OSError, OverflowError) as error:
        raise PortInUse(f"port {port} is in use or not allowed: choose another, or 0 for a free one") from error


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join(2)


class _Handler(WSGIRequestHandler):
    timeout = 10  # real seconds that a silent client may keep its connection
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: what went over the wire is in the record."""

    def log_error(self, format: str, *args: object) -> None:
        """Nothing: what a stranger sends is not for the notebook."""

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400)
            return False
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no HTTP/1 request gets a 4xx as JSON too."""
        body = b'{"error": "bad_request", "error_description": "this is no HTTP/1 request"}'
        self.request_version, self.close_connection = "HTTP/1.1", True
        self.send_response(code if code < 500 else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone: Date and Server come from the app."""
        self.send_response_only(code, message)
