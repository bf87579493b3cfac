"""The servers of all names, http and https, on loopback: they answer as the case says, and note what they are sent."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .case import EVERYWHERE, NAMES, PAGE, Case, Seen


class CaseServer:
    """One port for http and one for https. `case` is what is played now."""

    def __init__(self, folder: Path) -> None:
        self.case = Case("none yet", ())
        self.seen: list[Seen] = []
        self._plain, self._tls = _Listener(self, "http"), _Listener(self, "https")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder))
        self._tls.socket = context.wrap_socket(self._tls.socket, server_side=True, do_handshake_on_connect=False)
        for listener in (self._plain, self._tls):
            threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def resolver_rules(self) -> str:
        """For Chromium's --host-resolver-rules: every name, with its ports, is here."""
        plain, tls = self._plain.server_port, self._tls.server_port
        ports = ((80, plain), (443, tls), (8443, tls))
        rules = [f"MAP {name}:{port} 127.0.0.1:{here}" for name in NAMES for port, here in ports]
        return ",".join([*rules, "MAP * ~NOTFOUND"])

    def close(self) -> None:
        for listener in (self._plain, self._tls):
            listener.shutdown()
            listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, server: CaseServer, scheme: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.case_server, self.scheme = server, scheme

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Chromium hangs up when it likes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = f"{self.server.scheme}://{self.headers['Host']}{self.path}"
        if self.path != "/favicon.ico":
            self.server.case_server.seen.append(
                Seen(
                    self.command,
                    url,
                    self._header("Cookie"),
                    self._header("Origin"),
                    self._header("Access-Control-Request-Method"),
                    self._header("Access-Control-Request-Headers"),
                    self._header("Content-Type"),
                    body,
                )
            )
        answer = self.server.case_server.case.answer(self.command, url)
        headers = [*EVERYWHERE, *answer.headers]
        if "Access-Control-Max-Age" not in dict(headers):
            headers.append(("Access-Control-Max-Age", "0"))  # or a preflight would spare the next one for five seconds
        page = b"" if answer.status == 204 else PAGE
        if answer.status != 204:
            headers.append(("Content-Length", str(len(page))))
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in headers), "", ""]
        # In one piece: a head and a body apart would wait for each other's acknowledgement.
        self.wfile.write("\r\n".join(lines).encode() + (b"" if self.command == "HEAD" else page))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_patch = do_FOO = answer

    def _header(self, name: str) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.encode("latin-1").decode()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: what counts is noted."""


def _certificate(folder: Path) -> Path:
    """A self-signed one and its key, made now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "self-signed.pem"
    path.write_bytes(certificate.public_bytes(pem) + private)
    return path
