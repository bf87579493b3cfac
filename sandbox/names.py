"""Short stable names for credentials: S1, A1, R1. What is shown bears the name; the value stays in the record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import iso
from sandbox.exchange import Exchange, Request
from sandbox.server.tokens import InvalidToken, decode_unverified

_SHORTEST = 8
"""Characters: to put a name in place of anything shorter would garble the text around it."""

_LETTERS = {"access_token": "A", "refresh_token": "R", "csrf_token": "C"}


class Names:
    """The names of one lane, given in the order in which the credentials were first seen.

    S: a session's reference token, A: a self-contained access token, R: a refresh token, C: a CSRF token, P: a DPoP
    proof, K: a public key. The last two are no secrets, but differ on every run.
    """

    def __init__(self) -> None:
        self._by_value: dict[str, str] = {}
        self._compiled: re.Pattern[str] | None = None

    def learn(self, exchange: Exchange) -> None:
        """Name what this exchange carries for the first time, either way."""
        request, response = exchange.request, exchange.response
        for pair in (request.header("Cookie") or "").split("; "):
            self._learn_cookie(pair)
        scheme, _, value = (request.header("Authorization") or "").partition(" ")
        if scheme in ("Bearer", "DPoP"):
            self._learn_fields({"access_token": value})
        self._learn_fields(request.json())
        if proof := request.header("DPoP"):
            self._name(proof, "P")
        for header in response.all("Set-Cookie"):
            self._learn_cookie(header.partition(";")[0])
        if response.body.startswith(b"-----BEGIN PUBLIC KEY-----"):
            self._name(response.body.decode("ascii", "replace"), "K")
        self._learn_fields(response.json())

    def _learn_fields(self, body: Any) -> None:
        """The credentials among the fields of a JSON object."""
        if isinstance(body, dict):
            for field, letter in _LETTERS.items():
                value = body.get(field)
                if isinstance(value, str) and value:
                    self._name(value, letter if letter != "A" or _is_jwt(value) else "S")

    def _learn_cookie(self, pair: str) -> None:
        name, _, value = pair.partition("=")
        value = value.strip('"')
        if value:
            named = "R" if name.endswith("refresh") else "C" if name.endswith("csrf_token") else "S"
            self._name(value, "A" if named == "S" and _is_jwt(value) else named)

    def _name(self, value: str, letter: str) -> None:
        if value in self._by_value or len(value) < _SHORTEST:
            return
        number = 1 + sum(name.startswith(letter) and name[1:].isdigit() for name in self._by_value.values())
        name = f"{letter}{number}"
        self._by_value[value] = name
        self._by_value[hashlib.sha256(value.encode()).hexdigest()] = f"sha256({name})"
        if letter == "A" and (jti := _jti(value)):
            self._by_value.setdefault(jti, f"jti({name})")  # a forged token may bear another one's
        self._compiled = None

    def _pattern(self) -> re.Pattern[str]:
        """Any credential known by now. Made when somebody looks, not with each credential that is learnt."""
        if self._compiled is None:
            longest_first = sorted(self._by_value, key=len, reverse=True)
            self._compiled = re.compile("|".join(re.escape(each) for each in longest_first) or "(?!)")
        return self._compiled

    def mask(self, text: str) -> str:
        """The text with every known credential replaced by its name."""
        return self._pattern().sub(lambda found: self._by_value[found[0]], text)

    def line(self, exchange: Exchange, clock: float | None = None) -> str:
        """`alice: GET /jwt/profile 200  sends A1`; with its time where that is not `clock`."""
        when = "" if clock in (None, exchange.clock) else f"[{iso(exchange.clock)}] "
        request, status = exchange.request, exchange.response.status
        words = [f"{when}{exchange.actor}: {request.method} {place(request)} {status}"]
        if carried := self.carried(request):
            words.append(f"sends {' '.join(carried)}")
        if handed := self.handed_out(exchange):
            words.append(f"gets {' '.join(handed)}")
        return "  ".join(words)

    def known(self) -> dict[str, str]:
        """Name by name, the credentials themselves: for an inspector that the learner opened."""
        return {name: value for value, name in self._by_value.items() if "(" not in name}

    def carried(self, request: Request) -> list[str]:
        """The names of the credentials that a request carries, in the order S, A, R, C, P."""
        return self._found([value for _, value in request.headers], request.body)

    def handed_out(self, exchange: Exchange) -> list[str]:
        """The names of the credentials that an answer hands out."""
        cookies = [header.partition(";")[0] for header in exchange.response.all("Set-Cookie")]
        return self._found(cookies, exchange.response.body)

    def within(self, text: str) -> list[str]:
        """The names of the credentials whose value, hash or jti a text bears, in the order S, A, R, C, P, K."""
        found = (self._by_value[each] for each in self._pattern().findall(text))
        return _in_order({name.partition("(")[2].rstrip(")") or name for name in found})

    def _found(self, texts: list[str], body: bytes) -> list[str]:
        text = "\n".join([*texts, body.decode("utf-8", "replace")])
        found = {self._by_value[each] for each in self._pattern().findall(text)}
        return _in_order(name for name in found if "(" not in name)


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: ("SARCPK".index(name[0]), int(name[1:])))


def place(request: Request) -> str:
    """The path of a request; with the host where that is not the bank's, and with the scheme where that is http."""
    parts = urlsplit(request.url)
    scheme = "" if parts.scheme == "https" else f"{parts.scheme}://"
    return f"{scheme}{parts.netloc}{request.path}" if scheme or parts.netloc != "bank.example" else request.path


def _is_jwt(value: str) -> bool:
    return value.startswith("eyJ") and value.count(".") == 2


def _jti(token: str) -> str | None:
    try:
        jti = decode_unverified(token)[1].get("jti")
    except InvalidToken:
        return None
    return jti if isinstance(jti, str) and jti else None
