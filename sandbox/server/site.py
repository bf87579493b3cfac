"""What the whole site shares: the switches as they stand now, the clock, the keys, and the demo accounts."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.server.passwords import demo_hash
from sandbox.server.signing_keys import SigningKeys
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.work import under_way

ISSUER: Final = "https://bank.example"

Account = tuple[str, str, str, int]
"""Name, role, phone, balance. The e-mail is `{name}@bank.example`, the password `{name}-password`."""

DEMO_ACCOUNTS: Final[tuple[Account, ...]] = (
    ("alice", "user", "+44 20 7946 0001", 1000),
    ("bob", "user", "+44 20 7946 0002", 1000),
    ("carol", "admin", "+44 20 7946 0003", 1000),
)


class Keys:
    """Made anew at each launch; they never leave the server."""

    def __init__(self) -> None:
        self.successor, self.csrf = (secrets.token_bytes(32) for _ in range(2))
        self.signing: defaultdict[str, SigningKeys] = defaultdict(SigningKeys)
        """Of each mode that issues tokens, by its name."""
        self._rsa: Any = None
        self._lock = threading.Lock()

    def rsa(self) -> Any:
        """A 2048-bit RSA key, made when RS256 first asks for it. Needs the package cryptography."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        with self._lock:
            self._rsa = self._rsa or rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._rsa

    def public_pem(self) -> bytes:
        """The public half of the RSA key, for whoever asks: SubjectPublicKeyInfo, in PEM (RFC 7468 13)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        pem: bytes = self.rsa().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem


@dataclass
class Site:
    """`defences`, given first, may be replaced while the server runs: each request reads them afresh."""

    _switches: Defences
    clock: Clock
    keys: Keys = field(default_factory=Keys)
    issuer: str = ISSUER
    """The origin at which this service is reached; its tokens' iss."""
    extra_claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the operator puts into every token besides, by the token's audience."""

    @property
    def defences(self) -> Defences:
        """The switches as they stand now. While this thread serves a metered request, each that is read is noted."""
        work = under_way()
        return cast(Defences, _Asked(self._switches, work.asked)) if work else self._switches

    @defences.setter
    def defences(self, defences: Defences) -> None:
        self._switches = defences

    @property
    def algorithm(self) -> str:
        """The one that signs tokens: HS256 or RS256."""
        return self.defences.signing

    @property
    def bcrypt_cost(self) -> int:
        return self.defences.bcrypt_cost


class _Asked:
    """Stands for the switches, and notes each that is read."""

    __slots__ = ("_noted", "_switches")

    def __init__(self, switches: Defences, noted: list[str]) -> None:
        self._switches, self._noted = switches, noted

    def __getattr__(self, name: str) -> Any:
        self._noted.append(name)
        return getattr(self._switches, name)


def demo_store(site: Site, accounts: Iterable[Account] = DEMO_ACCOUNTS) -> SQLiteStore:
    """An empty store with these accounts in it."""
    store = SQLiteStore()
    demo_hash("nobody", site.bcrypt_cost)  # where it must be made, no unknown user's login shall wait for it
    for account in accounts:
        open_account(site, store, account)
    store.counts.reset()
    return store


def open_account(site: Site, store: SQLiteStore, account: Account) -> None:
    """Add an account, unless that e-mail has one."""
    name, role, phone, balance = account
    email = f"{name}@bank.example"
    if store.user_by_email(email) is None:
        store.add_user(email, demo_hash(name, site.bcrypt_cost), role, phone, balance)
