"""Single flight: ten calls find the access token ended, and the client refreshes once. The bank's API is outside."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import zip_longest
from typing import Any, Final

from sandbox.exchange import Exchange, Request, Response
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.visit import Visit

TEN: Final = 10
PATIENCE: Final = 1.5
"""Real seconds for which a call is held until the others are there, and which a call may take that nobody holds."""
HELD: Final = 0.2
"""Real seconds for which the first refresh of many calls is held: who does not wait for it comes meanwhile."""
TOO_MANY: Final = 100
"""Requests after which the API answers 429, so that who never gives up comes to an end."""


class Api:
    """The bank's API, as one client finds it. Several requests at once.

    `rotates`: a refresh token works once (RFC 9700 4.14.2). `refuses`: the status with which every order is answered.
    """

    def __init__(self, visit: Visit, *, rotates: bool = False, refuses: int | None = None, ended: bool = False) -> None:
        self.visit, self.rotates, self.refuses, self.ended = visit, rotates, refuses, ended
        self.access_tokens = {secrets.token_urlsafe(16)}
        self.refresh_token = secrets.token_urlsafe(16)
        self.sent: Counter[int] = Counter()
        """How often each order came, by its number."""
        self.receipts: dict[int, str] = {}
        """Of the orders that were carried out."""
        self.twice = False
        """Whether an order was carried out a second time."""
        self.refreshes: list[object] = []
        """The refresh tokens that were shown, in order."""
        self.logins = 0
        """How often the login page was opened."""
        self.late: int | None = None
        """The order whose first answer comes when all others have their receipts."""
        self._together = self._resent = threading.Barrier(1)
        self._changed = threading.Condition()
        self._since = self._ended = 0.0
        self._held = False
        """Whether the first refresh has been held long enough."""
        self._told: list[Exchange] = []
        visit.outside = self.answer
        tokens = {"access_token": next(iter(self.access_tokens)), "refresh_token": self.refresh_token}
        answer = visit.call("POST", "/start", actor="alice", body=tokens)
        expect(answer.ok, "the client can't be made")

    def expire(self) -> None:
        """Every access token that is out has ended."""
        self.access_tokens.clear()

    def run(
        self, numbers: range = range(TEN), *, together: bool = False, resent: bool = False
    ) -> list[tuple[object, object]]:
        """The client sends these orders at once: a status and a receipt each. Raises Broken.

        `together`: the first answer is given when all of them have come. `resent`: and the first answer to those that
        come again, when all of them have come again.
        """
        self._together = threading.Barrier(len(numbers) if together else 1)
        self._resent = threading.Barrier(len(numbers) if resent else 1)
        calls = [("POST", "/orders", {"number": number}) for number in numbers]
        self._since = time.monotonic()
        answer = self.visit.call("POST", "/run", actor="alice", body={"calls": calls})
        self._ended = time.monotonic()
        for exchange in _in_order(self._told):
            self.visit.log.append(exchange)
        self._told.clear()
        expect(answer.ok, "the calls can't be made")
        answers = answer.field("answers")
        expect(isinstance(answers, list) and len(answers) == len(numbers), "the calls have no answers")
        expect(all(isinstance(each, dict) for each in answers), "a call never came to an end")
        told = [(each.get("status"), each.get("fields")) for each in answers]
        return [(status, fields.get("receipt") if isinstance(fields, dict) else None) for status, fields in told]

    def all_together(self) -> bool:
        """Whether all orders of the last run were under way at once."""
        return not self._together.broken

    def resent_together(self) -> bool:
        """Whether all orders of the last run that came again were under way at once."""
        return not self._resent.broken

    def prompt(self) -> bool:
        """Whether the last run came to its end as soon as nothing held it: where a refresh was held, after that."""
        return self._ended - self._since <= PATIENCE

    def carried_out(self, numbers: range, answers: list[tuple[object, object]]) -> bool:
        """Whether each of these orders was carried out once, and each call has the answer to its own."""
        wanted = [(200, self.receipts.get(number)) for number in numbers]
        return answers == wanted and not self.twice and all(number in self.receipts for number in numbers)

    # What the client gets --------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Whoever is called from outside. Never raises."""
        body = request.json()
        fields = body if isinstance(body, dict) else {}
        try:
            path = request.path
        except ValueError:  # no URL at all
            return _json(400, {})
        if path == "/orders":
            return self._order(request, fields)
        status, told = 404, dict[str, object]()
        if (request.method, path) == ("POST", "/refresh"):
            status, told = self._refresh(fields)
        elif path == "/login":
            status, told = self._login_page()
        response = _json(status, told)
        if len(self._told) < TOO_MANY:
            self._told.append(Exchange("app", self.visit.clock.now(), request, response))
        return response

    def _order(self, request: Request, fields: dict[str, Any]) -> Response:
        number = fields.get("number")
        if not isinstance(number, int):
            return _json(400, {"error": "an order has a number"})
        with self._changed:
            self.sent[number] += 1
            good = request.header("Authorization") in [f"Bearer {each}" for each in self.access_tokens]
            times, flood = self.sent[number], self.sent.total() > TOO_MANY
        if times == 1:
            self._hold(number)
        elif times == 2:
            _wait_at(self._resent)
        if flood:
            return _json(429, {"error": "too many requests"})
        if self.refuses is not None:
            return _json(self.refuses, {"error": "refused"})
        if not good:
            return _json(401, {"error": "invalid_token"})
        with self._changed:
            self.twice = self.twice or number in self.receipts
            self.receipts[number] = secrets.token_urlsafe(8)
            self._changed.notify_all()
            return _json(200, {"receipt": self.receipts[number]})

    def _hold(self, number: int) -> None:
        """Until the others have come too; one that is late, until they have been answered as well."""
        _wait_at(self._together)
        if number == self.late:
            with self._changed:
                self._changed.wait_for(lambda: len(self.receipts) >= TEN - 1, PATIENCE)

    def _refresh(self, fields: dict[str, Any]) -> tuple[int, dict[str, object]]:
        with self._changed:
            shown = fields.get("refresh_token")
            self.refreshes.append(shown)
            self._changed.notify_all()
            if self._together.parties > 1:
                self._changed.wait_for(lambda: self._held or len(self.refreshes) >= TEN, HELD)
                self._held = True
                self._since = time.monotonic()
            if self.ended or len(self.refreshes) > TOO_MANY or (self.rotates and shown != self.refresh_token):
                return 400, {"error": "invalid_grant"}
            access_token = secrets.token_urlsafe(16)
            self.access_tokens.add(access_token)
            if self.rotates:
                self.refresh_token = secrets.token_urlsafe(16)
            return 200, {"access_token": access_token, "refresh_token": self.refresh_token}

    def _login_page(self) -> tuple[int, dict[str, object]]:
        with self._changed:
            self.logins += 1
        return 200, {"page": "log in, please"}


def _wait_at(barrier: threading.Barrier) -> None:
    """Until the others are there too, or it is plain that they don't come while this one waits."""
    with suppress(threading.BrokenBarrierError):
        barrier.wait(PATIENCE)


def _in_order(told: Iterable[Exchange]) -> Iterator[Exchange]:
    """What came at once, in the same order in each run: each refused refresh with one opening of the login page."""
    logins = [each for each in told if each.request.path == "/login"]
    others = [each for each in told if each.request.path != "/login"]
    yield from (each for each in others if each.response.ok)
    refused = sorted((each for each in others if not each.response.ok), key=lambda each: each.response.status)
    for pair in zip_longest(refused, logins):
        yield from (each for each in pair if each)


def _json(status: int, fields: dict[str, object]) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(fields).encode())


def _works(visit: Visit) -> None:
    api = Api(visit)
    for numbers in (range(1), range(1, 4)):
        expect(api.carried_out(numbers, api.run(numbers)), "with a good access token, an order is not answered")
    expect(not api.refreshes, "the access token was good, and the client refreshed")
    expect(not api.logins, "the access token was good, and the login page opened")


def _parallel(visit: Visit) -> None:
    api = Api(visit)
    answers = api.run(together=True)
    expect(api.all_together(), "ten calls were made at once, and one waited until another had its answer")
    expect(api.carried_out(range(TEN), answers), "ten calls at once: one did not get the answer to its own order")


def _retried(visit: Visit) -> None:
    api = Api(visit)
    api.expire()
    answers = api.run(together=True, resent=True)
    expect(bool(api.refreshes), "the access token had ended, and nobody refreshed")
    failed = sum(status != 200 for status, _ in answers)
    expect(not failed, f"the access token had ended: {'all' if failed == TEN else 'some'} of ten calls failed")
    expect(api.carried_out(range(TEN), answers), "an order was lost, came twice, or got another order's answer")
    waited = api.all_together() and not api.resent_together()  # who sends all calls in turn fails at `parallel`
    expect(not waited, "ten calls were sent again, and one waited until another had its answer")


def _one_refresh(visit: Visit) -> None:
    api = Api(visit, rotates=True)
    api.expire()
    api.run(together=True)
    expect(len(api.refreshes) <= 1, "ten calls found the access token ended, and more than one refresh was sent")


def _late(visit: Visit) -> None:
    api = Api(visit, rotates=True)
    api.expire()
    api.late = 3
    answers = api.run(together=True)
    expect(len(api.refreshes) <= 1, "one call was refused later than the others, and the client refreshed again")
    expect(answers[3][0] != 401, "one call was refused later than the others, and was not sent again")
    prompt = api.prompt() or not api.all_together()  # who sends all calls in turn fails at `parallel`
    expect(prompt, f"the refresh was answered, and a call went on waiting for more than {PATIENCE} s")
    api.expire()
    [(status, _)] = api.run(range(TEN, TEN + 1))
    served = status == 200 and len(api.refreshes) == 2
    expect(served, "after a late refusal the access token ended again, and no refresh helped the next call")
    expect(api.prompt(), f"after a late refusal, the next call took more than {PATIENCE} s")


def _again(visit: Visit) -> None:
    api = Api(visit, rotates=True)
    first = api.refresh_token
    for number in (0, 1):
        api.expire()
        second = api.refresh_token
        api.run(range(number, number + 1))
    expect(api.refreshes[:1] == [first], "the first refresh did not show the refresh token of the login")
    expect(len(api.refreshes) > 1, "the access token ended a second time, and nobody refreshed")
    expect(api.refreshes[1:] == [second], "the second refresh did not show the refresh token that the first brought")
    expect(len(api.receipts) == 2, "after the second refresh, the call was not answered")


def _ended(visit: Visit) -> None:
    api = Api(visit, ended=True)
    api.expire()
    statuses = [status for status, _ in api.run(together=True)]
    expect(api.logins > 0, "the refresh was refused, and the login page was not opened")
    expect(api.logins == 1, "the refresh was refused once, and the login page opened more than once")
    expect(statuses == [401] * TEN, "no call can succeed now, and one did not return its 401")
    api.run(range(TEN, TEN + 3))
    expect(len(api.refreshes) == 1, "the refresh token was refused, and the client showed it again")
    expect(api.logins == 1, "the login page was open, and a later call opened it again")


def _forbidden(visit: Visit) -> None:
    api = Api(visit, refuses=403)
    statuses = [status for status, _ in api.run(range(3))]
    expect(not api.refreshes, "403 says that Alice may not do this, and the client refreshed")
    expect(statuses == [403] * 3, "the API answered 403, and the call did not return it")
    expect(max(api.sent.values(), default=1) == 1, "a call that was answered 403 was sent again")


def _unending(visit: Visit) -> None:
    api = Api(visit, refuses=401)
    statuses = [status for status, _ in api.run(range(3))]
    most = max(api.sent.values(), default=0)
    expect(most <= 2, "the fresh access token was refused as well, and a call was sent a third time")
    expect(statuses == [401] * 3, "the API refused the fresh access token too, and the call did not return that 401")


EXERCISE = Exercise(
    "ex12_single_flight",
    "Single flight",
    ("Client",),
    (
        Criterion("works", "with a good access token, calls are answered, and nothing is refreshed",
                  "start from the code as it was given; what tells that a token has ended is the 401 alone",
                  False, _works),
        Criterion("parallel", "ten calls are under way at once", "hold the lock for the refresh, not for the call",
                  False, _parallel),
        Criterion("retried", "when the access token has ended, each of ten calls is sent again, and succeeds",
                  "who waited for somebody else's refresh has a call of their own to send", False, _retried),
        Criterion("one_refresh", "ten calls that find the access token ended cause one refresh",
                  "one refreshes, the others wait. And when it is their turn: is there still anything to refresh?",
                  True, _one_refresh),
        Criterion("late", "a refusal that comes late causes no second refresh",
                  "which access token did that call send? Is it the one that the client has now? And in what "
                  "state does that call leave the client?", True, _late),
        Criterion("again", "the next refresh shows the new refresh token, and the old one never again",
                  "a refresh brings two tokens, and there may be many refreshes in a client's life", True, _again),
        Criterion("ended", "a refused refresh opens the login page once, and is not tried again",
                  "after a refresh was refused, what do the other nine find? And the calls of tomorrow?", True, _ended),
        Criterion("forbidden", "a 403 causes no refresh", "401 asks who you are; 403 knows it (RFC 6750 3.1)",
                  True, _forbidden),
        Criterion("unending", "a call is sent again once, however it ends",
                  "the second answer is the answer, whatever it is", True, _unending),
    ),
    after="Two tabs of a browser are two clients with one refresh token: the lock of one does not hold the other. A "
    "server may forgive a second use within a few seconds, and then a thief is forgiven too: that is the switch "
    "reuse_grace. Or a page asks the other tabs with a lock of the browser's own (Web Locks).",
)  # fmt: skip
