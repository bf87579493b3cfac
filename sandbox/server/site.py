"""What the whole site shares: the switches as they stand now, the clock, the keys, and the demo accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.server.passwords import demo_hash
from sandbox.server.stores.sqlite import SQLiteStore

ISSUER: Final = "https://bank.example"

DEMO_ACCOUNTS: Final = (
    ("alice", "user", "+44 20 7946 0001", 1000),
    ("bob", "user", "+44 20 7946 0002", 1000),
    ("carol", "admin", "+44 20 7946 0003", 1000),
)
"""Name, role, phone, balance. The e-mail is `{name}@bank.example`, the password `{name}-password`."""


@dataclass(frozen=True)
class Keys:
    """Made anew at each launch; they never leave the server."""

    hmac: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    successor: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    csrf: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)


@cache
def rsa_key() -> Any:
    """One 2048-bit RSA key per process, made when RS256 first asks for it. Needs the package cryptography."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Site:
    """`defences` may be replaced while the server runs: each request reads it afresh."""

    defences: Defences
    clock: Clock
    keys: Keys = field(default_factory=Keys)


def demo_store(defences: Defences) -> SQLiteStore:
    """An empty store with the demo accounts in it."""
    store = SQLiteStore()
    cost = defences.bcrypt_cost or 4
    for name, role, phone, balance in DEMO_ACCOUNTS:
        store.add_user(f"{name}@bank.example", demo_hash(name, cost), role, phone, balance)
    store.counts.reset()
    return store
