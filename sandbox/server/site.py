"""What the whole site shares: the switches as they stand now, the clock, the keys, and the demo accounts."""

from __future__ import annotations

import importlib.util
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.errors import BadSwitch
from sandbox.server.passwords import demo_hash
from sandbox.server.stores.sqlite import SQLiteStore

ISSUER: Final = "https://bank.example"

DEMO_ACCOUNTS: Final = (
    ("alice", "user", "+44 20 7946 0001", 1000),
    ("bob", "user", "+44 20 7946 0002", 1000),
    ("carol", "admin", "+44 20 7946 0003", 1000),
)
"""Name, role, phone, balance. The e-mail is `{name}@bank.example`, the password `{name}-password`."""


class Keys:
    """Made anew at each launch; they never leave the server."""

    def __init__(self) -> None:
        self.hmac, self.successor, self.csrf = (secrets.token_bytes(32) for _ in range(3))
        self._rsa: Any = None
        self._lock = threading.Lock()

    def rsa(self) -> Any:
        """A 2048-bit RSA key, made when RS256 first asks for it. Needs the package cryptography."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        with self._lock:
            self._rsa = self._rsa or rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._rsa


@dataclass
class Site:
    """`take` replaces the switches while the server runs: each request reads them afresh."""

    defences: Defences
    clock: Clock
    keys: Keys = field(default_factory=Keys)

    def __post_init__(self) -> None:
        self.take(self.defences)

    def take(self, defences: Defences) -> None:
        """From now on, these switches. Raises BadSwitch where a package is missing that one needs."""
        if defences.signing == "RS256" and importlib.util.find_spec("cryptography") is None:
            raise BadSwitch("signing=RS256 needs the package cryptography: run python3 start.py, or leave signing off")
        self.defences = defences

    @property
    def bcrypt_cost(self) -> int:
        return self.defences.bcrypt_cost or 4


def demo_store(site: Site) -> SQLiteStore:
    """An empty store with the demo accounts in it."""
    store = SQLiteStore()
    cost = site.bcrypt_cost
    demo_hash("nobody", cost)  # where it must be made, no unknown user's login shall wait for it
    for name, role, phone, balance in DEMO_ACCOUNTS:
        store.add_user(f"{name}@bank.example", demo_hash(name, cost), role, phone, balance)
    store.counts.reset()
    return store
