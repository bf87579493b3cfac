"""20,000 generated requests, over all endpoints and presets, good and broken credentials mixed: no answer is a 5xx."""

import base64
import json
import random

import pytest

from sandbox.actors.device_key import DeviceKey
from sandbox.defences import PRESETS, Defences
from sandbox.exchange import MODES
from sandbox.server.app import create_app

REQUESTS = 20_000
EXTRAS = (
    {}, {"carrier": "cookie"}, {"refresh_cookie": True, "throttle_login": True}, {"signing": "RS256"}, {"dpop": True},
)  # fmt: skip
"""On top of each preset, in turn."""

METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]
PATHS = [
    "/login", "/login", "/profile", "/profile", "/transfer", "/admin", "/logout", "/logout-all", "/password",
    "/healthz", "/public-key.pem",
    "/sessions", "/sessions/1", "/sessions/99999999999999999999", "/refresh", "/refresh", "/", "//", "/\u00e9", "/%00",
]  # fmt: skip
TEXTS = [
    "", "alice@bank.example", "bob@bank.example", "alice-password", "bob-password", "nobody@bank.example", "x" * 73,
    "\u00e9" * 40, "\x00", "\ud800", "'; DROP TABLE users; --", "x' UNION SELECT 'mallory", "null", "[]",
    "1e400", "Infinity",
]  # fmt: skip
VALUES = [*TEXTS, None, True, 0, -1, 10, 2**63, 10**300, 0.5, [], {}, [[]], {"a": 1}]
BODIES = [b"", b"{", b"null", b"\xff\xfe", b"[" * 5000, b"x" * 70_000, b'{"amount": 1e400}', b"a=b&a=c"]
CLAIMS = ["sub", "exp", "iat", "jti", "role", "epoch", "sid", "cnf"]
FIELDS = ["email", "password", "old", "new", "to", "amount", "refresh_token"]
TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "x/y;;", ""]
HEADERS = ["nonsense", "Bearer", "Bearer ", "Basic YTpi", "DPoP x", "bearer a.b.c", "\u00e9", "a" * 5000, ", , ,"]


KEYS = [DeviceKey(), DeviceKey()]


class Thrower:
    """Makes one request after another, of what it has seen and of what nobody would send."""

    def __init__(self, app, seed):
        self.app, self.dice = app, random.Random(seed)
        self.seen = {"access_token": ["eyJhbGciOiJub25lIn0.e30."], "refresh_token": ["x"], "csrf_token": ["x"]}
        self.cookies = ["session=x"]
        self.types = set()
        """Of the tokens that were handed out."""

    def throw(self):
        """One request; its answer."""
        mode, path = self.dice.choice(MODES), self.dice.choice(PATHS)
        method = self.dice.choice(METHODS) if self.dice.random() < 0.6 else {"/profile": "GET"}.get(path, "POST")
        client = self.app.test_client(use_cookies=False)
        path = self.dice.choice(["", f"/{mode}", f"/{mode}", f"/{mode}", f"/{mode}"]) + path
        answer = client.open(
            path,
            method=method,
            headers=self.headers(method, path),
            data=self.body(),
            content_type=self.dice.choice(TYPES[:1] * 5 + TYPES),
        )
        self.keep(answer)
        return method, mode, path, answer

    def headers(self, method, path):
        found = {}
        for name, share, good in (
            ("Authorization", 0.6, lambda: f"{self.pick(['Bearer', 'Bearer', 'DPoP'])} {self.token()}"),
            ("Cookie", 0.6, lambda: "; ".join(self.pick(self.cookies) for _ in range(self.dice.randint(1, 3)))),
            ("X-CSRF-Token", 0.5, lambda: self.pick(self.seen["csrf_token"])),
            ("Origin", 0.2, lambda: self.pick(["https://evil.example", "https://partner.example", "null", "x"])),
            ("DPoP", 0.5, lambda: self.proof(method, path)),
            ("Access-Control-Request-Method", 0.1, lambda: self.pick(METHODS)),
        ):
            if self.dice.random() < share:
                text = good() if self.dice.random() < 0.8 else self.pick(HEADERS)
                found[name] = text.encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "")
        return found

    def token(self):
        """A token that was handed out, as it is, spoiled, or with a header and claims of our own."""
        token = self.pick(self.seen["access_token"])
        match self.dice.randint(0, 5):
            case 0:
                at = self.dice.randrange(len(token))
                return token[:at] + self.pick("aZ0_.-~") + token[at + 1 :]
            case 1:
                header = {"alg": self.pick(["none", "HS256", "HS512", "RS256", "x", None]), "kid": self.pick(VALUES)}
                return ".".join([segment(header), token.split(".")[1], token.split(".")[-1]])
            case 2:
                claims = {name: self.pick(VALUES) for name in CLAIMS}
                return f"{segment({'alg': 'none', 'typ': self.pick(['at+jwt', 'JWT'])})}.{segment(claims)}."
        return token

    def proof(self, method, path):
        """A DPoP proof: a good one, one for another request or token, or none at all."""
        if self.dice.random() < 0.2:
            return self.token()
        now = self.app.extensions["sandbox"].clock.now() + self.pick([0, 0, 0, 3600])
        token = self.pick([None, *self.seen["access_token"]])
        return self.pick(KEYS).proof(self.pick([method, method, "GET"]), f"https://bank.example{path}", now, token)

    def body(self):
        if self.dice.random() < 0.15:
            return self.pick(BODIES)
        if self.dice.random() < 0.4:
            name = self.pick(["alice", "bob", "carol"])
            return json.dumps({"email": f"{name}@bank.example", "password": f"{name}-password",
                               "refresh_token": self.pick(self.seen["refresh_token"]), "to": "bob@bank.example",
                               "amount": 1, "old": f"{name}-password", "new": f"{name}-password"}).encode()  # fmt: skip
        return json.dumps({name: self.pick(VALUES) for name in FIELDS if self.dice.random() < 0.5}).encode()

    def keep(self, answer):
        self.cookies += [line.partition(";")[0] for line in answer.headers.getlist("Set-Cookie")]
        body = answer.get_json(silent=True)
        self.types |= {body["token_type"]} if isinstance(body, dict) and "token_type" in body else set()
        for field in self.seen:
            if isinstance(body, dict) and isinstance(body.get(field), str):
                self.seen[field].append(body[field])
        for kept in (self.cookies, *self.seen.values()):
            del kept[1:-20]

    def pick(self, choices):
        return self.dice.choice(choices)


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("extra", EXTRAS, ids=str)
@pytest.mark.parametrize("preset", PRESETS)
def test_no_generated_request_is_answered_5xx(preset, extra):
    defences = Defences.preset(preset).but(**{"bcrypt_cost": 4, "throttle_login": False, **extra})
    app = create_app(defences=defences)
    app.testing = False
    thrower = Thrower(app, f"{preset} {extra}")
    statuses = []
    for _ in range(REQUESTS // len(PRESETS) // len(EXTRAS)):
        method, mode, path, answer = thrower.throw()
        statuses.append(answer.status_code)
        assert answer.status_code < 500, (method, mode, path, answer.get_data(as_text=True))
        if answer.status_code >= 400 and method != "HEAD":
            assert set(answer.get_json()) == {"error", "error_description"}, (method, mode, path)
    for wanted in (200, 204, 400, 401, 404, 405):
        assert wanted in statuses, f"no {wanted}: what is thrown has grown too tame, or too wild"
    assert ("DPoP" in thrower.types) == defences.dpop
    for mode in app.extensions["sandbox_modes"].values():
        mode.store.close()
