"""Exercise 10: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, part_of

EXERCISE = "ex10_revoke_everything"
EVERY_ATTACK = ["old_access", "old_refresh", "second_device", "password", "same_moment", "for_good"]


def refused_by(logins):
    return not_met(sandbox.check(EXERCISE, Logins=logins))


def test_the_stub_ends_nothing_and_is_refused():
    assert refused_by(part_of(STUB, EXERCISE)) == EVERY_ATTACK


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, Logins=part_of(SOLUTION, EXERCISE)).passed


def test_a_set_of_the_logins_that_are_open_passes():
    class Logins:
        def __init__(self, bank):
            self.new_id, self.alive = bank.new_id, {}

        def open(self, user_id):
            login = self.new_id()
            self.alive.setdefault(user_id, set()).add(login)
            return {"sub": user_id, "sid": login}

        def serves(self, claims):
            return claims["sid"] in self.alive.get(claims["sub"], ())

        def renew(self, claims):
            return {"sub": claims["sub"], "sid": claims["sid"]} if self.serves(claims) else None

        def end_all(self, user_id):
            self.alive.pop(user_id, None)

        password_changed = end_all

    assert sandbox.check(EXERCISE, Logins=Logins).passed


def test_a_random_version_of_each_customer_passes():
    class Logins:
        def __init__(self, bank):
            self.bank, self.versions = bank, {user.id: bank.new_id() for user in bank.facts.users}

        def open(self, user_id):
            return {"version": self.versions[user_id], "sub": user_id}

        def serves(self, claims):
            return self.versions[claims["sub"]] == claims["version"]

        def renew(self, claims):
            if not self.serves(claims):
                return None
            return claims

        def end_all(self, user_id):
            self.versions[user_id] = self.bank.new_id()

        def password_changed(self, user_id):
            self.end_all(user_id)

    assert sandbox.check(EXERCISE, Logins=Logins).passed


class Epochs:
    """A solution, for the wrong ones to differ from."""

    def __init__(self, bank):
        self.bank, self.epochs = bank, {}

    def epoch(self, user_id):
        return self.epochs.get(user_id, 0)

    def open(self, user_id):
        return {"sub": user_id, "epoch": self.epoch(user_id)}

    def serves(self, claims):
        return claims["epoch"] == self.epoch(claims["sub"])

    def renew(self, claims):
        return claims if self.serves(claims) else None

    def end_all(self, user_id):
        self.epochs[user_id] = self.epoch(user_id) + 1

    def password_changed(self, user_id):
        self.end_all(user_id)


def test_what_the_wrong_ones_differ_from_passes():
    assert sandbox.check(EXERCISE, Logins=Epochs).passed


class RenewsWhateverComes(Epochs):
    def renew(self, claims):
        return self.open(claims["sub"])


class LooksAtRefreshTokensAlone(Epochs):
    def serves(self, claims):
        return True

    def renew(self, claims):
        return claims if claims["epoch"] == self.epoch(claims["sub"]) else None


class TakesATokenWithoutAnEpoch(Epochs):
    def serves(self, claims):
        return claims.get("epoch", self.epoch(claims["sub"])) == self.epoch(claims["sub"])

    def renew(self, claims):
        return {"sub": claims["sub"]} if self.serves(claims) else None


class ForgetsThePassword(Epochs):
    def password_changed(self, user_id):
        pass


class OneEpochForTheWholeBank(Epochs):
    def epoch(self, user_id):
        return self.epochs.get("bank", 0)

    def end_all(self, user_id):
        self.epochs["bank"] = self.epoch(user_id) + 1


class SetsTheEpochOnce(Epochs):
    def end_all(self, user_id):
        self.epochs[user_id] = 1


class EachLoginEndsTheOneBefore(Epochs):
    def open(self, user_id):
        self.end_all(user_id)
        return super().open(user_id)


class EndsTheLatestLoginAlone(Epochs):
    def open(self, user_id):
        self.latest = getattr(self, "latest", {}) | {user_id: self.bank.new_id()}
        return {"sub": user_id, "login": self.latest[user_id]}

    def serves(self, claims):
        return claims["login"] not in self.epochs

    def end_all(self, user_id):
        self.epochs[self.latest[user_id]] = True


class EndsTheLatestTwoLoginsAlone(EndsTheLatestLoginAlone):
    def open(self, user_id):
        claims = super().open(user_id)
        self.lately = getattr(self, "lately", {})
        self.lately[user_id] = [*self.lately.get(user_id, []), claims["login"]][-2:]
        return claims

    def end_all(self, user_id):
        self.epochs |= dict.fromkeys(self.lately[user_id], True)


class SetsTheEpochOnceForAPassword(Epochs):
    def password_changed(self, user_id):
        self.epochs[user_id] = max(1, self.epoch(user_id))


class CountsToFourAndBeginsAnew(Epochs):
    def end_all(self, user_id):
        self.epochs[user_id] = (self.epoch(user_id) + 1) % 4


class ALoginTakesTheMarkAway(Epochs):
    def open(self, user_id):
        self.epochs.pop(user_id, None)
        return {"sub": user_id}

    def serves(self, claims):
        return claims["sub"] not in self.epochs


class LocksTheCustomerOut(Epochs):
    def open(self, user_id):
        return {"sub": user_id}

    def serves(self, claims):
        return claims["sub"] not in self.epochs


class RefusesWhatIsOlderThanTheEnd(Epochs):
    def open(self, user_id):
        return {"sub": user_id, "iat": self.bank.now()}

    def serves(self, claims):
        return claims["iat"] >= self.epoch(claims["sub"])

    def end_all(self, user_id):
        self.epochs[user_id] = self.bank.now()


class RefusesWhatIsNotYoungerThanTheEnd(RefusesWhatIsOlderThanTheEnd):
    def serves(self, claims):
        return claims["iat"] > self.epoch(claims["sub"])


class RefusesWhatIsOlderButStampsAtEachRefresh(RefusesWhatIsOlderThanTheEnd):
    def renew(self, claims):
        return self.open(claims["sub"])


WRONG = {
    RenewsWhateverComes: ["old_refresh", "second_device", "password", "same_moment", "for_good"],
    LooksAtRefreshTokensAlone: EVERY_ATTACK,
    TakesATokenWithoutAnEpoch: ["old_refresh"],
    ForgetsThePassword: ["password"],
    OneEpochForTheWholeBank: ["others"],
    SetsTheEpochOnce: ["password", "for_good"],
    EachLoginEndsTheOneBefore: ["works", "second_device", "password"],
    EndsTheLatestLoginAlone: ["second_device", "password"],
    EndsTheLatestTwoLoginsAlone: ["second_device"],
    SetsTheEpochOnceForAPassword: ["password"],
    CountsToFourAndBeginsAnew: ["for_good"],
    ALoginTakesTheMarkAway: ["same_moment", "for_good"],
    LocksTheCustomerOut: ["new_login", "password", "same_moment", "for_good"],
    RefusesWhatIsOlderThanTheEnd: ["same_moment"],
    RefusesWhatIsNotYoungerThanTheEnd: ["same_moment"],
    RefusesWhatIsOlderButStampsAtEachRefresh: ["old_refresh", "second_device", "password", "same_moment", "for_good"],
}


@pytest.mark.parametrize("logins", WRONG, ids=lambda logins: logins.__name__)
def test_a_half_solution_is_refused(logins):
    assert refused_by(logins) == WRONG[logins]
