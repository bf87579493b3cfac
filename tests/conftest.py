"""What many tests share: a clock that stands still, a bank under any switches, visitors, and players."""

import copy

import pytest
from hypothesis import HealthCheck, settings

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.player import Player
from sandbox.scenarios import story
from sandbox.server.app import create_app

# The same examples on every run, and no folder left behind.
settings.register_profile(
    "sandbox", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sandbox")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """What a test predicts is no learner's answer."""
    monkeypatch.setenv("SANDBOX_ANSWERS", "off")


@pytest.fixture
def clock():
    """Stands at 2026-01-01T09:00:00Z until it is advanced."""
    return Clock()


@pytest.fixture
def open_bank(clock):
    """`open_bank("as_written", denylist=True)`: the lesson app under a preset and switches, bcrypt at cost 4."""
    opened = []

    def open_one(preset="bare", **switches):
        opened.append(Bank(Defences.preset(preset).but(**{"bcrypt_cost": 4, **switches}), clock))
        return opened[-1]

    yield open_one
    for bank in opened:
        bank.close()


@pytest.fixture
def app(open_bank):
    """The lesson app with every defence that is built."""
    return open_bank("hardened").app


@pytest.fixture
def client(app):
    """Flask's own test client, without cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def make():
    """`make("theft", preset="bare")`: players, of a story or of its id, that are closed at the end of the test."""
    made = []

    def one(told="theft", **how):
        how = {"transport": "in-process"} | how
        made.append(Player(story(told) if isinstance(told, str) else told, **how))
        return made[-1]

    yield one
    for player in made:
        player.close()


class Bank:
    """The lesson app, its stores, its clock and its switches."""

    def __init__(self, defences, clock):
        self.clock = clock
        self.app = create_app(defences=defences, clock=clock)
        self.site = self.app.extensions["sandbox"]
        self.modes = self.app.extensions["sandbox_modes"]

    def switch(self, **settings):
        self.site.defences = self.site.defences.but(**settings)

    def store(self, mode):
        return self.modes[mode].store

    def rows(self, mode, table):
        return self.store(mode).tables()[table]

    def visitor(self, mode, name="alice", address="198.51.100.1"):
        return Visitor(self, mode, name, address)

    def close(self):
        for mode in self.modes.values():
            mode.store.close()


class Visitor:
    """Sends what it holds, as the mode wants it: cookies by their path, tokens in header or body, the CSRF token."""

    def __init__(self, bank, mode, name, address):
        self.bank, self.mode, self.name, self.address = bank, mode, name, address
        self.cookies = {}
        self.access_token = self.refresh_token = self.csrf_token = None
        self._client = bank.app.test_client(use_cookies=False)

    def copy(self):
        """A thief's copy of all that this visitor holds now."""
        return copy.copy(self)

    # What it does

    def login(self, password=None):
        """Logs in for good: the visitor itself."""
        answer = self.try_login(password)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return self

    def try_login(self, password=None):
        email, own = f"{self.name}@bank.example", f"{self.name}-password"
        return self.post("/login", {"email": email, "password": password or own})

    def profile(self):
        return self.call("GET", "/profile")

    def post(self, path, json=None, **more):
        return self.call("POST", path, json=json, **more)

    def transfer(self, amount=10, to="bob@bank.example", **more):
        return self.post("/transfer", {"to": to, "amount": amount}, **more)

    def refresh(self):
        return self.post("/refresh", self._refresh_body())

    def logout(self, path="/logout"):
        return self.post(path, self._refresh_body())

    def change_password(self, new="a new password"):
        return self.post("/password", {"old": f"{self.name}-password", "new": new})

    def _refresh_body(self):
        return {"refresh_token": self.refresh_token} if self.refresh_token else None

    # How it does it

    def call(self, method, path, *, headers=None, **more):
        url = f"/{self.mode}{path}"
        sent = {}
        cookies = "; ".join(f"{name}={value}" for name, (value, scope) in self.cookies.items() if url.startswith(scope))
        if cookies:
            sent["Cookie"] = cookies
        if self.access_token:
            sent["Authorization"] = f"Bearer {self.access_token}"
        if self.csrf_token:
            sent["X-CSRF-Token"] = self.csrf_token
        if more.get("json") is None:
            more.pop("json", None)
        answer = self._client.open(
            url, method=method, headers={**sent, **(headers or {})}, environ_base={"REMOTE_ADDR": self.address}, **more
        )
        self._keep(answer)
        return answer

    def _keep(self, answer):
        self.cookies = dict(self.cookies)
        for line in answer.headers.getlist("Set-Cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            scope = next(each.removeprefix("Path=") for each in attributes if each.startswith("Path="))
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = (value, scope)
        body = answer.get_json(silent=True)
        for field in ("access_token", "refresh_token", "csrf_token"):
            if isinstance(body, dict) and field in body:
                setattr(self, field, body[field])
