"""Refresh families, under any interleaving of refreshes by two holders: at most one live branch."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.server.app import create_app
from sandbox.server.modes.hybrid_mode import GRACE

# Who refreshes, with which of the tokens that this holder has seen (from the latest back), and after how many seconds.
moves = st.lists(
    st.tuples(st.sampled_from(["alice", "mallory"]), st.integers(0, 3), st.sampled_from([0, 1, GRACE, GRACE + 1, 600])),
    min_size=1, max_size=12,
)  # fmt: skip
SWITCHES = {
    "rotation": {"rotate_refresh": True},
    "rotation and reuse detection": {"rotate_refresh": True, "detect_reuse": True},
    "with grace": {"rotate_refresh": True, "detect_reuse": True, "reuse_grace": True},
    "hardened": {"rotate_refresh": True, "detect_reuse": True, "reuse_grace": True, "hash_at_rest": True},
}


class Family:
    """One family, and what each of two holders has of it: they start with the same token."""

    def __init__(self, switches):
        self.clock = Clock()
        self.app = create_app(defences=Defences.preset("bare").but(bcrypt_cost=4, **switches), clock=self.clock)
        body = self._post("login", {"email": "alice@bank.example", "password": "alice-password"}).get_json()
        self.first = body["refresh_token"]
        self.seen = {"alice": [self.first], "mallory": [self.first]}

    def _post(self, path, body):
        return self.app.test_client(use_cookies=False).post(f"/hybrid/{path}", json=body)

    def refresh(self, token):
        answer = self._post("refresh", {"refresh_token": token})
        return answer.status_code, answer.get_json().get("refresh_token")

    def play(self, played):
        """Each use: (token, simulated time, status, successor)."""
        for who, back, after in played:
            self.clock.advance(seconds=after)
            mine = self.seen[who]
            token = mine[max(0, len(mine) - 1 - back)]
            status, successor = self.refresh(token)
            if successor:
                mine.append(successor)
            yield token, self.clock.now(), status, successor

    def live(self):
        """Every token of the family that a refresh would take now: each tried on a copy of the store."""
        store = self.app.extensions["sandbox_modes"]["hybrid"].store
        kept = store.save()
        found = set()
        for token in {*self.seen["alice"], *self.seen["mallory"]}:
            if self.refresh(token)[0] == 200:
                found.add(token)
            store.restore(kept)
        return found

    def close(self):
        for mode in self.app.extensions["sandbox_modes"].values():
            mode.store.close()


@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES)
@settings(max_examples=60)
@given(played=moves)
def test_at_most_one_branch_of_a_family_is_alive(switches, played):
    family = Family(switches)
    try:
        list(family.play(played))
        family.clock.advance(seconds=GRACE + 1)  # within the grace, the one used just now is taken once more
        assert len(family.live()) <= 1
    finally:
        family.close()


@settings(max_examples=60)
@given(played=moves)
def test_within_the_grace_every_second_use_gets_the_same_successor(played):
    family = Family(SWITCHES["with grace"])
    used_at, successors, ended = {}, {}, False
    try:
        for token, now, status, successor in family.play(played):
            first = used_at.setdefault(token, now)
            if ended or now - first > GRACE:
                assert status == 400
                ended = True  # a late second use ends the family for good
            else:
                assert status == 200
                assert successor == successors.setdefault(token, successor)
    finally:
        family.close()


@settings(max_examples=60)
@given(played=moves)
def test_a_second_use_ends_the_family_for_both_holders(played):
    family = Family(SWITCHES["rotation and reuse detection"])
    used, ended = set(), False
    try:
        for token, _, status, _ in family.play(played):
            ended = ended or token in used
            used.add(token)
            assert status == (400 if ended else 200)
        assert len(family.live()) == (0 if ended else 1)
    finally:
        family.close()
