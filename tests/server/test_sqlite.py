"""The store: atomic under threads, counted and noted by the database's own trace, saved and restored whole."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sandbox.exchange import Statement
from sandbox.server import work
from sandbox.server.meter import hear, tell
from sandbox.server.stores.sqlite import Counts, SQLiteStore

THREADS = 8
NOW = 1_000_000.0


@pytest.fixture
def store():
    made = SQLiteStore()
    for name in ("alice", "bob"):
        made.add_user(f"{name}@bank.example", "hash", "user", "1", 1000)
    made.counts.reset()
    yield made
    made.close()


@pytest.fixture
def alice(store):
    return store.user_by_email("alice@bank.example")


def at_once(act):
    """What `act(number)` gave in each of many threads that started together."""
    together = Barrier(THREADS)

    def run(number):
        together.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def content(store):
    return {table: rows for table, rows in store.tables().items() if rows}


# --- compare and swap


def test_of_many_threads_that_rotate_one_token_exactly_one_wins(store, alice):
    for round_number in range(20):
        first = f"R{round_number}"
        store.add_family(alice, first, NOW, None)
        old = store.refresh_token(first)
        won = at_once(lambda number, old=old: store.rotate(old, f"{old.token}-by-{number}", NOW, None))
        assert sorted(won) == [False] * (THREADS - 1) + [True]
        (successor,) = [row for row in store.tables()["refresh_tokens"] if row["token"].startswith(f"{first}-by-")]
        assert successor["token"] == f"{first}-by-{won.index(True)}"


def test_who_loses_the_rotation_changes_nothing(store, alice):
    store.add_family(alice, "R1", NOW, None)
    old = store.refresh_token("R1")
    assert store.rotate(old, "R2", NOW, None)
    before = content(store)
    assert not store.rotate(old, "R3", NOW + 5, None)
    assert content(store) == before


def test_many_transfers_at_once_neither_make_nor_lose_money(store, alice):
    paid = at_once(lambda number: [store.transfer(alice.id, "bob@bank.example", 30) for _ in range(10)])
    assert sum(each is not None for balances in paid for each in balances) == 33  # 1000 // 30
    assert [row["balance"] for row in store.tables()["users"]] == [10, 1990]


def test_a_family_can_be_ended_once(store, alice):
    family = store.add_family(alice, "R1", NOW, None)
    assert sorted(at_once(lambda number: store.end_family(alice.id, family, NOW))) == [False] * 7 + [True]


def test_a_transaction_that_fails_leaves_nothing_behind(store, alice):
    store.add_family(alice, "R1", NOW, None)
    before = content(store)
    with pytest.raises(Exception, match="UNIQUE"):
        store.add_family(alice, "R1", NOW, None)  # the family is written before its token
    assert content(store) == before
    assert store.add_family(alice, "R2", NOW, None)  # and the next one is not hindered


def test_a_rotation_to_a_token_that_exists_uses_nothing_up(store, alice):
    store.add_family(alice, "R1", NOW, None)
    store.add_family(alice, "R2", NOW, None)
    with pytest.raises(Exception, match="UNIQUE"):
        store.rotate(store.refresh_token("R1"), "R2", NOW, None)
    assert store.refresh_token("R1").used_at is None


# --- counts


ACTS = {
    "find a user": (lambda store, user: store.user_by_email("alice@bank.example"), 1, 0),
    "read a user": (lambda store, user: store.user(user.id), 1, 0),
    "ask the denylist": (lambda store, user: store.denies("x"), 1, 0),
    "add a session": (lambda store, user: store.add_session("S1", user, NOW), 0, 1),
    "end a session that is not there": (lambda store, user: store.end_session(user.id, 99), 0, 1),
    "open a family": (lambda store, user: store.add_family(user, "R1", NOW, None), 0, 2),
    "transfer": (lambda store, user: store.transfer(user.id, "bob@bank.example", 1), 1, 2),
    "transfer too much": (lambda store, user: store.transfer(user.id, "bob@bank.example", 9999), 0, 1),
    "deny a family": (lambda store, user: store.deny_family(1), 0, 2),
    "prune": (lambda store, user: store.prune_denied(NOW), 0, 2),
    "note a login": (lambda store, user: store.note_login({"a": 5, "b": 5}, NOW, 900), 2, 3),
    "forget a login": (lambda store, user: store.forget_login("a", "b"), 0, 2),
}


@pytest.mark.parametrize("name", ACTS)
def test_each_statement_is_counted_once(store, alice, name):
    act, reads, writes = ACTS[name]
    store.counts.reset()
    act(store, alice)
    assert store.counts == Counts(reads, writes)


def test_who_looks_on_is_not_counted(store, alice):
    store.counts.reset()
    store.tables()
    store.restore(store.save())
    assert store.counts == Counts()
    store.user(alice.id)
    assert store.counts == Counts(reads=1)


# --- statements


def noted(act):
    """The statements that `act()` had the database run, as a metered request tells them."""
    done = work.begin()
    try:
        act()
    finally:
        work.end()
    return hear(tell(done))[2]


def test_a_read_shows_the_rows_it_found(store, alice):
    assert noted(lambda: store.user_by_email("alice@bank.example")) == (
        Statement("SELECT * FROM users WHERE email = 'alice@bank.example'", (alice._asdict(),)),
    )


def test_a_read_that_finds_nothing_shows_no_rows(store):
    assert noted(lambda: store.session("S1")) == (Statement("SELECT * FROM sessions WHERE token = 'S1'"),)


def test_of_many_rows_a_read_shows_the_first_twenty_and_counts_the_others(store, alice):
    for number in range(25):
        store.add_session(f"S{number}", alice, NOW)
    [statement] = noted(lambda: store.sessions_of(alice.id))
    assert [row["token"] for row in statement.rows] == [f"S{number}" for number in range(20)]
    assert statement.left_out == 5


def test_a_write_shows_how_many_rows_it_changed(store, alice):
    for number in range(3):
        store.add_session(f"S{number}", alice, NOW)
    [statement] = noted(lambda: store.end_sessions(alice.id))
    assert statement == Statement(f"DELETE FROM sessions WHERE user_id = {alice.id}", changed=3)
    assert [each.changed for each in noted(lambda: store.end_sessions(alice.id))] == [0]
    assert [each.changed for each in noted(lambda: store.add_session("S1", alice, NOW))] == [1]


def test_a_write_that_fails_changed_nothing(store, alice):
    store.add_family(alice, "R1", NOW, None)

    def fail():
        with pytest.raises(Exception, match="UNIQUE"):
            store.add_family(alice, "R1", NOW, None)
        store.denies("x")

    assert [each.changed for each in noted(fail)] == [1, 0, None]


def test_a_transaction_shows_its_statements_in_order_and_neither_its_begin_nor_its_end(store, alice):
    statements = noted(lambda: store.transfer(alice.id, "bob@bank.example", 30))
    assert [(each.sql.split()[0], each.changed, each.rows) for each in statements] == [
        ("UPDATE", 1, ()), ("UPDATE", 1, ()), ("SELECT", None, ({"balance": 970},)),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_each_statement_that_is_counted_is_noted(store, alice, name):
    act, reads, writes = ACTS[name]
    changed = [each.changed for each in noted(lambda: act(store, alice))]
    assert (changed.count(None), len(changed)) == (reads, reads + writes)


def test_who_looks_on_leaves_no_statement(store):
    assert noted(lambda: (store.tables(), store.restore(store.save()))) == ()


def test_after_a_restore_statements_are_noted_as_before(store, alice):
    store.restore(store.save())
    assert [each.rows for each in noted(lambda: store.user(alice.id))] == [(alice._asdict(),)]


def test_statements_of_another_thread_are_not_noted(store, alice):
    assert noted(lambda: at_once(lambda number: store.user(alice.id))) == ()


def test_when_nobody_asks_nothing_is_noted(store, alice):
    done = work.begin()
    store.user(alice.id)
    work.end()
    store.transfer(alice.id, "bob@bank.example", 1)
    assert len(done.statements) == 1


# --- the work of a request


WORK = {
    ("session", "bare"): (1, 0),  # the row
    ("session", "as_written"): (2, 0),  # and the user, for the role
    ("session", "as_advised"): (2, 1),  # and its last use
    ("session", "hardened"): (2, 1),  # the epoch stands in the user's row
    ("jwt", "bare"): (0, 0),  # the token alone
    ("jwt", "as_written"): (1, 0),  # the user, for the role
    ("jwt", "as_advised"): (1, 0),
    ("jwt", "hardened"): (2, 0),  # the denylist, and the user with the epoch
    ("hybrid", "bare"): (0, 0),
    ("hybrid", "as_written"): (1, 0),
    ("hybrid", "as_advised"): (1, 0),
    ("hybrid", "hardened"): (2, 0),
}


@pytest.mark.parametrize(("mode", "preset"), WORK, ids=" ".join)
def test_a_profile_costs_what_its_mode_and_its_defences_must_look_up(open_bank, mode, preset):
    bank = open_bank(preset)
    visitor = bank.visitor(mode).login()
    bank.store(mode).counts.reset()
    visitor.profile()
    counts = bank.store(mode).counts
    assert (counts.reads, counts.writes) == WORK[mode, preset]


def test_the_demo_accounts_are_no_work_of_anybody(open_bank):
    assert open_bank().store("session").counts == Counts()


# --- save and restore


def test_what_was_saved_can_be_restored_more_than_once(store, alice):
    store.add_session("S1", alice, NOW)
    before, saved = content(store), store.save()
    for _ in range(2):
        store.add_session("S2", alice, NOW)
        store.set_role("alice@bank.example", "admin")
        store.add_family(alice, "R1", NOW, None)
        assert content(store) != before
        store.restore(saved)
        assert content(store) == before


def test_a_restored_store_is_as_atomic_and_counted_as_before(store, alice):
    store.add_family(alice, "R1", NOW, None)
    store.restore(store.save())
    store.counts.reset()
    old = store.refresh_token("R1")
    assert sum(at_once(lambda number: store.rotate(old, f"R2-{number}", NOW, None))) == 1
    assert store.counts == Counts(reads=1, writes=THREADS + 1)


# --- rows


def test_one_token_stands_for_one_session(store, alice):
    store.add_session("S1", alice, NOW)
    store.add_session("S1", store.user_by_email("bob@bank.example"), NOW)
    assert [row["email"] for row in store.tables()["sessions"]] == ["bob@bank.example"]


def test_ended_families_are_not_listed(store, alice):
    first, second = store.add_family(alice, "R1", NOW, None), store.add_family(alice, "R2", NOW, None)
    store.end_family(alice.id, first, NOW)
    assert [family.family_id for family in store.families_of(alice.id)] == [second]


def test_nobody_ends_what_is_not_theirs(store, alice):
    family, session = store.add_family(alice, "R1", NOW, None), store.add_session("S1", alice, NOW)
    assert not store.end_family(alice.id + 1, family, NOW)
    assert not store.end_session(alice.id + 1, session)


def test_denying_twice_is_denying_once(store):
    store.deny("x", NOW)
    store.deny("x", NOW)
    assert len(store.tables()["denylist"]) == 1


def test_a_store_can_live_in_a_file(tmp_path):
    path = str(tmp_path / "bank.db")
    store = SQLiteStore(path)
    store.add_user("alice@bank.example", "hash", "user", "1", 5)
    assert store.user_by_email("alice@bank.example").balance == 5
    store.close()
    assert (tmp_path / "bank.db").stat().st_size > 0
