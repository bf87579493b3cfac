"""Passwords at rest: bcrypt, its 72 bytes, the demo hashes, and how much work a wrong login costs."""

import bcrypt
import pytest

from sandbox.exchange import MODES
from sandbox.server.passwords import _DEMO, MAX_BYTES, demo_hash, hash_password, verify_password


def test_the_right_password_fits_and_a_wrong_one_does_not():
    made = hash_password("correct horse", 4)
    assert verify_password("correct horse", made)
    assert not verify_password("correct horsf", made)


def test_two_hashes_of_one_password_differ():
    assert hash_password("same", 4) != hash_password("same", 4)


@pytest.mark.parametrize("cost", [4, 5])
def test_the_cost_is_in_the_hash(cost):
    assert hash_password("x", cost).startswith(f"$2b$0{cost}$")


@pytest.mark.parametrize("letter", ["x", "é", "€", "🔑"])
def test_bytes_are_counted_and_not_letters(letter):
    fits = letter * (MAX_BYTES // len(letter.encode()))
    made = hash_password(fits, 4)
    assert verify_password(fits, made)
    with pytest.raises(ValueError, match="72 bytes"):
        hash_password(fits + "x", 4)
    with pytest.raises(ValueError, match="72 bytes"):
        verify_password(fits + "x", made)


@pytest.mark.parametrize(("cost", "name"), [(cost, name) for cost in _DEMO for name in _DEMO[cost]])
def test_a_precomputed_hash_is_that_of_its_password_at_its_cost(cost, name):
    assert demo_hash(name, cost).startswith(f"$2b${cost:02}$")
    assert verify_password(f"{name}-password", demo_hash(name, cost))


def test_a_cost_without_a_precomputed_hash_gets_one_made():
    assert verify_password("alice-password", demo_hash("alice", 5))


# --- how much bcrypt a login costs: counted in calls, since a time would be noise


@pytest.fixture
def checks(monkeypatch):
    """The cost of each bcrypt check, in order."""
    made, real = [], bcrypt.checkpw

    def counted(password, hashed):
        made.append(int(hashed.split(b"$")[2]))
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return made


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("dummy_hash", "email", "wanted"),
    [
        (False, "alice@bank.example", [4]),
        (False, "nobody@bank.example", []),
        (True, "alice@bank.example", [4]),
        (True, "nobody@bank.example", [4]),
    ],
)
def test_dummy_hash_makes_an_unknown_user_cost_as_much_as_a_known_one(
    open_bank, checks, mode, dummy_hash, email, wanted
):
    visitor = open_bank("bare", dummy_hash=dummy_hash).visitor(mode)
    assert visitor.post("/login", {"email": email, "password": "wrong"}).status_code == 401
    assert checks == wanted


@pytest.mark.parametrize("email", ["alice@bank.example", "nobody@bank.example"])
def test_the_dummy_hash_has_the_cost_that_is_set(open_bank, checks, email):
    visitor = open_bank("bare", dummy_hash=True, bcrypt_cost=5).visitor("session")
    visitor.post("/login", {"email": email, "password": "wrong"})
    assert checks == [5]


def test_not_even_its_own_password_opens_an_account_that_does_not_exist(open_bank):
    visitor = open_bank("bare", dummy_hash=True).visitor("session", "nobody")
    assert visitor.try_login("nobody-password").status_code == 401


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37])
def test_a_password_that_bcrypt_would_not_read_is_a_400_before_any_work(open_bank, checks, password):
    assert open_bank("hardened").visitor("jwt").try_login(password).status_code == 400
    assert checks == []


def test_a_new_password_is_hashed_at_the_cost_that_is_set(open_bank):
    bank = open_bank("bare", bcrypt_cost=5)
    bank.visitor("session").login().change_password()
    assert bank.rows("session", "users")[0]["password_hash"].startswith("$2b$05$")
