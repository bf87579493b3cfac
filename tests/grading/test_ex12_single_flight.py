"""Exercise 12: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import threading
import time

import pytest

import sandbox
from sandbox.views.grading.text import MOST

from .submitted import SOLUTION, STUB, not_met, parts_of

EXERCISE = "ex12_single_flight"

Client = parts_of(SOLUTION, EXERCISE)["Client"]
Stub = parts_of(STUB, EXERCISE)["Client"]


def refused_by(client):
    return not_met(sandbox.check(EXERCISE, Client=client))


def test_the_stub_lets_ten_threads_refresh_and_is_refused():
    assert refused_by(Stub) == ["one_refresh", "late", "ended"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, Client=Client).passed


def test_a_solution_in_another_style_passes():
    """The one that refreshes leaves an event behind, for which the others wait."""

    class Flights:
        def __init__(self, send, open_login, access_token, refresh_token):
            self.send, self.open_login = send, open_login
            self.flights, self.lock = {}, threading.Lock()  # by the token that has ended: what became of it
            self.kept = access_token, refresh_token

        def call(self, method, path, fields):
            access_token, refresh_token = self.kept
            answer = self.send(method, path, fields, access_token)
            if answer[0] != 401:
                return answer
            with self.lock:
                first = access_token not in self.flights
                landed = self.flights.setdefault(access_token, threading.Event())
            if first:
                self.fly(access_token, refresh_token)
                landed.set()
            landed.wait()
            good = self.kept[0] != access_token
            return self.send(method, path, fields, self.kept[0]) if good else answer

        def fly(self, access_token, refresh_token):
            status, told = self.send("POST", "/refresh", {"refresh_token": refresh_token})
            if status == 200:
                self.kept = told["access_token"], told["refresh_token"]
            else:
                self.open_login()

    assert sandbox.check(EXERCISE, Client=Flights).passed


# Half-solutions, each named after its mistake.


class LooksBeforeTheLockAlone(Client):
    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401:
            return answer
        if self.access_token == sent:
            with self.lock:
                if self.refresh_token:
                    self.refresh()
        return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)


class MakesCallsOneAfterAnother(Client):
    def __init__(self, *told):
        super().__init__(*told)
        self.turn = threading.Lock()

    def call(self, method, path, fields):
        with self.turn:
            return super().call(method, path, fields)


class LetsTheOthersFail(Client):
    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401 or not self.lock.acquire(blocking=False):
            return answer
        try:
            if self.access_token == sent and self.refresh_token:
                self.refresh()
        finally:
            self.lock.release()
        return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)


class WaitsForTheOneUnderWayAndForgetsIt(Client):
    """Single flight while it flies: who comes later starts another."""

    under_way = None

    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401 or not self.refresh_token:
            return answer
        with self.lock:
            mine = self.under_way is None
            flight = self.under_way = self.under_way or threading.Event()
        if mine:
            self.refresh()
            self.under_way = None
            flight.set()
        flight.wait()
        return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)


class StaysBusyAfterALateRefusal(Client):
    """Who finds nothing to refresh forgets to say that the way is free."""

    busy = False

    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401 or not self.refresh_token:
            return answer
        with self.lock:
            mine = not self.busy
            self.busy = True
        if mine and self.access_token == sent:
            self.refresh()
            self.busy = False
        elif not mine:
            self.wait_until(lambda: not self.busy or self.access_token != sent)
        return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)

    def wait_until(self, free):
        while not free():
            time.sleep(0.01)


class GivesUpAfterALateRefusal(StaysBusyAfterALateRefusal):
    def wait_until(self, free):
        ends = time.monotonic() + 1
        while not free() and time.monotonic() < ends:
            time.sleep(0.01)


class IsSlowAfterALateRefusal(StaysBusyAfterALateRefusal):
    """Waits for nobody, and refreshes in the end."""

    def wait_until(self, free):
        ends = time.monotonic() + 2
        while not free():
            time.sleep(0.01)
            if time.monotonic() > ends:
                with self.lock:
                    self.refresh()


class WaitsForAFixedTime(Client):
    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401:
            return answer
        mine = self.lock.acquire(blocking=False)
        if not mine:
            time.sleep(2)
        elif self.access_token == sent and self.refresh_token:
            self.refresh()
        if mine:
            self.lock.release()
        return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)


class SendsAgainUnderTheLock(Client):
    def call(self, method, path, fields):
        sent = self.access_token
        answer = self.send(method, path, fields, sent)
        if answer[0] != 401:
            return answer
        with self.lock:
            if self.access_token == sent and self.refresh_token:
                self.refresh()
            return answer if self.access_token == sent else self.send(method, path, fields, self.access_token)


class KeepsTheOldRefreshToken(Client):
    def refresh(self):
        shown = self.refresh_token
        super().refresh()
        if self.refresh_token:
            self.refresh_token = shown


class RefreshesOnceInItsLife(Client):
    done = False

    def refresh(self):
        if not self.done:
            self.done = True
            super().refresh()


class RefreshesAtMostOnceAMinute(Client):
    last = float("-inf")

    def refresh(self):
        import time

        if time.monotonic() - self.last > 60:
            self.last = time.monotonic()
            super().refresh()


class EachOpensTheLoginPage(Client):
    def call(self, method, path, fields):
        answer = super().call(method, path, fields)
        if answer[0] == 401:
            self.open_login()
        return answer


class TriesARefusedRefreshAgain(Client):
    def refresh(self):
        shown = self.refresh_token
        super().refresh()
        self.refresh_token = self.refresh_token or shown


class NeverOpensTheLoginPage(Client):
    def __init__(self, send, open_login, access_token, refresh_token):
        super().__init__(send, lambda: None, access_token, refresh_token)


class RefreshesOn403(Client):
    def __init__(self, send, open_login, access_token, refresh_token):
        def sending(method, path, fields=None, access_token=None):
            status, told = send(method, path, fields, access_token)
            return (401 if status == 403 and access_token else status), told

        super().__init__(sending, open_login, access_token, refresh_token)


class RefreshesBeforeEachCall(Client):
    def call(self, method, path, fields):
        with self.lock:
            self.refresh()
        return self.send(method, path, fields, self.access_token)


class TriesForEver(Client):
    def call(self, method, path, fields):
        while True:
            answer = super().call(method, path, fields)
            if answer[0] != 401 or not self.refresh_token:
                return answer


class GivesEveryoneTheFirstAnswer(Client):
    """Shares the whole call, where only the refresh is to be shared."""

    shared = None

    def call(self, method, path, fields):
        with self.lock:
            self.shared = self.shared or self.send(method, path, fields, self.access_token)
        return self.shared


WRONG = {
    LooksBeforeTheLockAlone: ["one_refresh", "late"],
    MakesCallsOneAfterAnother: ["parallel"],
    LetsTheOthersFail: ["retried"],
    WaitsForTheOneUnderWayAndForgetsIt: ["late"],
    StaysBusyAfterALateRefusal: ["late"],
    GivesUpAfterALateRefusal: ["late"],
    IsSlowAfterALateRefusal: ["late"],
    WaitsForAFixedTime: ["retried", "late"],
    SendsAgainUnderTheLock: ["retried"],
    KeepsTheOldRefreshToken: ["late", "again"],
    RefreshesOnceInItsLife: ["late", "again"],
    RefreshesAtMostOnceAMinute: ["late", "again"],
    EachOpensTheLoginPage: ["ended"],
    TriesARefusedRefreshAgain: ["ended"],
    NeverOpensTheLoginPage: ["ended"],
    RefreshesOn403: ["forbidden"],
    TriesForEver: ["unending"],
}


@pytest.mark.parametrize("client", WRONG, ids=lambda each: each.__name__)
def test_a_half_solution_is_refused(client):
    assert refused_by(client) == WRONG[client]


@pytest.mark.parametrize("client", [RefreshesBeforeEachCall, GivesEveryoneTheFirstAnswer])
def test_what_is_wrong_from_the_start_is_refused_by_the_features_too(client):
    assert refused_by(client)[:1] == ["works"]


def test_a_client_that_raises_is_told_so():
    class Raises(Client):
        def call(self, method, path, fields):
            raise LookupError("no way out")

    result = sandbox.check(EXERCISE, Client=Raises)
    assert "your code raised LookupError: no way out" in result.checked[0].seen
    assert result.met == 0


def test_a_refresh_that_was_too_many_is_seen():
    result = sandbox.check(EXERCISE, Client=Stub)
    for id in ("one_refresh", "late"):
        [checked] = [each for each in result.checked if each.criterion.id == id]
        assert "/refresh" in {each.request.path for each in checked.exchanges[-MOST:]}


def test_a_call_that_never_ends_is_told_so(monkeypatch):
    monkeypatch.setattr("sandbox.grading.mounts.ex12_single_flight.LONGEST", 0.2)
    let_go = threading.Event()

    class Hangs(Client):
        def call(self, method, path, fields):
            let_go.wait()
            return 200, {}

    result = sandbox.check(EXERCISE, Client=Hangs)
    let_go.set()
    assert result.met == 0
    assert {each.seen for each in result.checked} == {"a call never came to an end"}
