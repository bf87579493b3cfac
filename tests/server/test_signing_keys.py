"""The ring of signing keys: the latest signs, a retired one verifies for as long as it is let."""

from concurrent.futures import ThreadPoolExecutor

from sandbox.server.signing_keys import SigningKeys

NOW = 1_000.0


def test_a_ring_starts_with_one_key_of_its_own():
    one, other = SigningKeys(), SigningKeys()
    assert one.ring(NOW, 0) == {"k1": one.current()[1]}
    assert (one.current()[0], len(one.current()[1])) == ("k1", 32)
    assert one.current()[1] != other.current()[1]


def test_each_rotation_brings_a_fresh_key_under_the_next_name():
    keys = SigningKeys()
    seen = {keys.current()[1]}
    for kid in ("k2", "k3"):
        keys.rotate(NOW)
        assert keys.current()[0] == kid
        seen.add(keys.current()[1])
    assert len(seen) == 3


def test_a_retired_key_verifies_for_the_overlap_and_no_longer():
    keys = SigningKeys()
    keys.rotate(NOW)
    assert [list(keys.ring(moment, 60)) for moment in (NOW, NOW + 59, NOW + 60)] == [["k1", "k2"], ["k1", "k2"], ["k2"]]


def test_without_an_overlap_a_slow_clock_keeps_no_retired_key_either():
    keys = SigningKeys()
    keys.rotate(NOW)
    assert list(keys.ring(NOW - 20, 0)) == ["k2"]


def test_a_key_that_the_operator_chose_stands_in_for_the_one_that_signs():
    keys = SigningKeys()
    keys.rotate(NOW)
    keys.configure(b"secret")
    assert keys.ring(NOW, 0) == {"k2": b"secret"}


def test_a_key_is_in_no_repr():
    keys = SigningKeys()
    keys.configure(b"hunter2-hunter2")
    assert "hunter2" not in f"{keys!r} {keys._ring!r}"


def test_no_rotation_is_lost_when_two_come_at_once():
    for _ in range(50):
        keys = SigningKeys()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(keys.rotate, [NOW] * 8))
        assert list(keys.ring(NOW, 60)) == [f"k{number}" for number in range(1, 10)]
