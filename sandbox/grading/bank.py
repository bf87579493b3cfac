"""What a learner's code finds: the bank's accounts, its clock, its keys, and somebody to call. All fresh each time."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class User:
    """A customer of the bank. `id`: no two runs have the same."""

    id: str
    email: str
    role: str


@dataclass(frozen=True)
class Facts:
    """What differs from run to run, so that nothing can be hard-coded. `passwords`: by e-mail."""

    users: tuple[User, ...]
    passwords: Mapping[str, str] = field(repr=False)
    key: bytes = field(repr=False)
    """For signing, 32 bytes."""
    nonce: str
    """A text of this run alone, for a suite's own use."""

    def to_json(self) -> dict[str, Any]:
        return {
            "users": [vars(each) for each in self.users], "passwords": dict(self.passwords), "key": self.key.hex(),
            "nonce": self.nonce,
        }  # fmt: skip

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Facts:
        users = tuple(User(**each) for each in told["users"])
        return Facts(users, dict(told["passwords"]), bytes.fromhex(told["key"]), str(told["nonce"]))


def fresh_facts() -> Facts:
    """Alice and Bob, Carol who is an admin, and Mallory, who is a customer too: with ids and passwords of this run."""
    numbers = secrets.SystemRandom().sample(range(1000, 10_000), 4)
    roles = (("alice", "user"), ("bob", "user"), ("carol", "admin"), ("mallory", "user"))
    users = tuple(
        User(str(number), f"{name}@bank.example", role) for number, (name, role) in zip(numbers, roles, strict=True)
    )
    passwords = {user.email: f"{user.email.partition('@')[0]}-{secrets.token_urlsafe(6)}" for user in users}
    return Facts(users, passwords, secrets.token_bytes(32), secrets.token_urlsafe(9))


class Bank:
    """One bank, as the code around the learner's finds it, and the learner's own.

    `now`: the simulated clock, in seconds since the epoch. `call`: sends a request outside, where an exercise has
    somebody there: method, path, headers, body in, status, headers, body out.
    """

    def __init__(self, facts: Facts, now: Callable[[], float], call: Callable[..., Any] | None = None) -> None:
        self.facts = facts
        self.now = now
        self.call = call
        self.key = facts.key

    def check_password(self, email: object, password: object) -> User | None:
        """The customer of that e-mail, if that is the password; None."""
        if not isinstance(email, str) or not isinstance(password, str):
            return None
        known = self.facts.passwords.get(email, secrets.token_urlsafe(6))
        if not hmac.compare_digest(known.encode(), password.encode()):
            return None
        return next((user for user in self.facts.users if user.email == email), None)

    def user(self, id: object) -> User | None:
        """The customer of that id; None."""
        return next((user for user in self.facts.users if user.id == id), None)

    def new_id(self) -> str:
        """A random id that nobody can guess: 32 bytes (ASVS 5 7.2.3 asks for 16 at least)."""
        return secrets.token_urlsafe(32)
