"""The bank's back office: what its operators do at their own desk, past HTTP. It reaches every node."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from sandbox.errors import BadInput, UnknownName
from sandbox.exchange import MODES
from sandbox.server.network import Network
from sandbox.server.self_contained import SelfContainedMode
from sandbox.server.site import open_account
from sandbox.server.stores.sqlite import SQLiteStore
from sandbox.server.tokens import Tokens

_ROLES: Final = ("user", "admin")
_WITH_TOKENS: Final = ("jwt", "hybrid")


class BackOffice:
    """Keys, accounts and tokens of the bank behind `network`."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def rotate_key(self, mode: str) -> None:
        """A fresh HMAC key signs this mode's tokens from now on. Raises UnknownName, BadInput under RS256."""
        tokens = self._with_shared_secret(mode)
        tokens.keys.rotate(tokens.site.clock.now())

    def configure_secret(self, mode: str, secret: str) -> None:
        """Sign this mode's tokens with a key of the operator's own choice. Raises UnknownName, BadInput, WeakKey."""
        try:
            key = secret.encode()
        except UnicodeEncodeError:
            raise BadInput("that key is not valid Unicode: choose another") from None
        self._with_shared_secret(mode).configure(key)

    def put_in_tokens(self, mode: str, **claims: Any) -> None:
        """Claims that every token of this mode bears from now on; none takes them out. Raises UnknownName, BadInput."""
        tokens = self._tokens(mode)
        try:
            json.dumps(claims, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInput(f"a token holds JSON: texts, numbers, lists, objects ({error})") from error
        tokens.site.extra_claims[tokens.audience] = claims

    def confirmation_token(self, mode: str, name: str) -> str:
        """What the bank's e-mail "confirm your address" bears, signed with this mode's key. Raises UnknownName."""
        tokens = self._tokens(mode)
        self._check_account(name, mode)
        user = self.store(mode).user_by_email(f"{name}@bank.example")
        assert user is not None
        return tokens.issue_confirmation_token(user)

    def add_account(self, mode: str, name: str) -> None:
        """Open an account with the password `{name}-password`, unless there is one. Raises UnknownName."""
        if not re.fullmatch("[a-z][a-z0-9.-]{0,39}", name):
            raise UnknownName("name for an account", name, ("a letter", "then letters, digits, . and - (40 at most)"))
        for store in self._stores(mode):
            open_account(self._network.first.site, store, (name, "user", "+44 20 7946 0099", 1000))

    def set_role(self, name: str, role: str, mode: str | None = None) -> None:
        """Change an account's role, `user` or `admin`, in that mode's store or in every one. Raises UnknownName."""
        if role not in _ROLES:
            raise UnknownName("role", role, _ROLES)
        modes = MODES if mode is None else (mode,)
        self._check_account(name, *modes)
        for each in modes:
            for store in self._stores(each):
                store.set_role(f"{name}@bank.example", role)

    def store(self, mode: str) -> SQLiteStore:
        """The store of one mode, at the first node. Raises UnknownName."""
        return self._stores(mode)[0]

    def _stores(self, mode: str) -> list[SQLiteStore]:
        """Those of all the nodes that serve this mode, each once."""
        self._check_mode(mode)
        return list(dict.fromkeys(node.modes[mode].store for node in self._network.of_mode(mode)))

    def _tokens(self, mode: str) -> Tokens:
        """The first node's. All nodes share the keys and the operator's claims."""
        served = self._network.first.modes.get(mode)
        if not isinstance(served, SelfContainedMode):
            raise UnknownName("mode with signed tokens", mode, _WITH_TOKENS)
        return served.tokens

    def _with_shared_secret(self, mode: str) -> Tokens:
        tokens = self._tokens(mode)
        if tokens.site.algorithm != "HS256":
            raise BadInput("there is no shared secret to change: leave signing at HS256")
        return tokens

    def _check_mode(self, mode: str) -> None:
        if mode not in MODES:
            raise UnknownName("mode", mode, MODES)

    def _check_account(self, name: str, *modes: str) -> None:
        rows = (row for mode in modes for row in self.store(mode).tables()["users"])
        known = dict.fromkeys(str(row["email"]).removesuffix("@bank.example") for row in rows)
        if name not in known:
            raise UnknownName("account", name, known)
