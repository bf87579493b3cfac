"""The store: users, sessions, refresh families and tokens, denylist, failed logins, in one SQLite database."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sandbox.server.work import under_way

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, role TEXT NOT NULL,
    phone TEXT NOT NULL, balance INTEGER NOT NULL, epoch INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sessions (
    id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL, email TEXT NOT NULL,
    role TEXT NOT NULL, epoch INTEGER NOT NULL, created_at REAL NOT NULL, last_used_at REAL);
CREATE TABLE IF NOT EXISTS refresh_families (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
    created_at REAL NOT NULL, ended_at REAL, jkt TEXT);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token TEXT PRIMARY KEY, family_id INTEGER NOT NULL, issued_at REAL NOT NULL, expires_at REAL, used_at REAL);
CREATE TABLE IF NOT EXISTS live_tokens (jti TEXT PRIMARY KEY, family_id INTEGER NOT NULL, expires_at REAL);
CREATE TABLE IF NOT EXISTS denylist (jti TEXT PRIMARY KEY, expires_at REAL);
CREATE TABLE IF NOT EXISTS login_failures (subject TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS dpop_proofs (proof TEXT PRIMARY KEY, until REAL NOT NULL);
"""

_REFRESH_TOKENS: Final = (
    "SELECT t.token, t.family_id, t.expires_at, t.used_at, f.user_id, f.epoch, f.created_at, f.ended_at, f.jkt"
    " FROM refresh_tokens t JOIN refresh_families f ON f.id = t.family_id"
)


class User(NamedTuple):
    id: int
    email: str
    password_hash: str
    role: str
    phone: str
    balance: int
    epoch: int


class Session(NamedTuple):
    id: int
    token: str
    user_id: int
    email: str
    role: str
    epoch: int
    created_at: float
    last_used_at: float | None
    """None until somebody asks for it: only an inactivity timeout does."""


class RefreshToken(NamedTuple):
    """A refresh token's row, with its family's."""

    token: str
    family_id: int
    expires_at: float | None
    used_at: float | None
    user_id: int
    epoch: int
    created_at: float
    ended_at: float | None
    jkt: str | None
    """Thumbprint of the key that the family is bound to (RFC 9449 5); None for one that is bound to none."""


@dataclass
class Counts:
    """Statements that the database ran, by its own trace."""

    reads: int = 0
    writes: int = 0

    def reset(self) -> None:
        self.reads = self.writes = 0

    def note(self, statement: str) -> None:
        verb = statement.lstrip()[:6].upper()
        writes = verb in ("INSERT", "UPDATE", "DELETE")
        if verb != "SELECT" and not writes:
            return
        if writes:
            self.writes += 1
        else:
            self.reads += 1
        if work := under_way():  # SQLite calls back in the thread that runs the statement
            work.ran(statement, writes=writes)


class SQLiteStore:
    """One database, in memory or in a file. Every method is atomic, and safe to call from any thread.

    Times are simulated seconds since the epoch. `token` is what the caller chose to keep of a
    credential: the value, or its hash.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self.counts = Counts()
        self._db.set_trace_callback(self.counts.note)
        self._finalizer = weakref.finalize(self, self._db.close)  # when nobody holds the store any more

    def close(self) -> None:
        """Close the database now. Twice does no harm."""
        self._finalizer()

    def _run(self, statement: str, *values: Any) -> int:
        """Run a write; the number of rows it changed."""
        return self._write(statement, values).rowcount

    def _add(self, statement: str, *values: Any) -> int:
        """Run an insert; the number of the row it added."""
        return int(self._write(statement, values).lastrowid or 0)

    def _write(self, statement: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        with self._lock:
            cursor = self._db.execute(statement, values)
        if work := under_way():
            work.changed(cursor.rowcount)
        return cursor

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            cursor = self._db.execute(statement, values)
            rows = cursor.fetchall()
        if work := under_way():
            work.found([column[0] for column in cursor.description], rows)
        return rows

    # Users -----------------------------------------------------------

    def add_user(self, email: str, password_hash: str, role: str, phone: str, balance: int) -> None:
        self._run(
            "INSERT INTO users (email, password_hash, role, phone, balance) VALUES (?, ?, ?, ?, ?)",
            email, password_hash, role, phone, balance,
        )  # fmt: skip

    def of_same_users(self) -> SQLiteStore:
        """A store of its own, with these users as they are now and nothing else in it."""
        other = SQLiteStore()
        columns = ", ".join(f":{name}" for name in User._fields)
        other._db.executemany(f"INSERT INTO users VALUES ({columns})", self.tables()["users"])
        other.counts.reset()
        return other

    def user_by_email(self, email: str) -> User | None:
        rows = self._rows("SELECT * FROM users WHERE email = ?", email)
        return User(*rows[0]) if rows else None

    def user(self, user_id: int) -> User | None:
        rows = self._rows("SELECT * FROM users WHERE id = ?", user_id)
        return User(*rows[0]) if rows else None

    def emails(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT email FROM users ORDER BY id")]

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Take the new hash, and begin an epoch."""
        self._run("UPDATE users SET password_hash = ?, epoch = epoch + 1 WHERE id = ?", password_hash, user_id)

    def begin_epoch(self, user_id: int) -> None:
        """From now on, what was issued to this user before is of an earlier epoch."""
        self._run("UPDATE users SET epoch = epoch + 1 WHERE id = ?", user_id)

    def set_role(self, email: str, role: str) -> None:
        self._run("UPDATE users SET role = ? WHERE email = ?", role, email)

    def transfer(self, payer_id: int, payee: str, amount: int) -> int | None:
        """Move money; the payer's new balance, or None where it does not suffice."""
        with self._lock, self._transaction():
            paid = self._run(
                "UPDATE users SET balance = balance - ? WHERE id = ? AND balance >= ?", amount, payer_id, amount
            )
            if not paid:
                return None
            self._run("UPDATE users SET balance = balance + ? WHERE email = ?", amount, payee)
            return int(self._rows("SELECT balance FROM users WHERE id = ?", payer_id)[0][0])

    # Sessions --------------------------------------------------------

    def add_session(self, token: str, user: User, now: float) -> int:
        """Keep a session under that token, in place of any that stood there; its public number."""
        return self._add(
            "INSERT OR REPLACE INTO sessions (token, user_id, email, role, epoch, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            token, user.id, user.email, user.role, user.epoch, now,
        )  # fmt: skip

    def session(self, token: str) -> Session | None:
        rows = self._rows("SELECT * FROM sessions WHERE token = ?", token)
        return Session(*rows[0]) if rows else None

    def touch_session(self, session_id: int, now: float) -> None:
        self._run("UPDATE sessions SET last_used_at = ? WHERE id = ?", now, session_id)

    def sessions_of(self, user_id: int) -> list[Session]:
        return [Session(*row) for row in self._rows("SELECT * FROM sessions WHERE user_id = ? ORDER BY id", user_id)]

    def end_session(self, user_id: int, session_id: int) -> bool:
        return self._run("DELETE FROM sessions WHERE id = ? AND user_id = ?", session_id, user_id) > 0

    def end_sessions(self, user_id: int) -> None:
        self._run("DELETE FROM sessions WHERE user_id = ?", user_id)

    # Refresh families and their tokens -------------------------------

    def add_family(
        self, user: User, token: str, now: float, expires_at: float | None, jkt: str | None = None
    ) -> int:
        """Open a family with its first refresh token; the family's public number."""
        with self._lock, self._transaction():
            family_id = self._add(
                "INSERT INTO refresh_families (user_id, epoch, created_at, jkt) VALUES (?, ?, ?, ?)",
                user.id, user.epoch, now, jkt,
            )  # fmt: skip
            self._add_refresh_token(token, family_id, now, expires_at)
            return family_id

    def refresh_token(self, token: str) -> RefreshToken | None:
        rows = self._rows(f"{_REFRESH_TOKENS} WHERE t.token = ?", token)
        return RefreshToken(*rows[0]) if rows else None

    def rotate(self, old: RefreshToken, new: str, now: float, expires_at: float | None) -> bool:
        """Mark `old` as used and keep its successor, in one step; False where it was used or its family ended.

        One compare-and-swap: of two that come at once, one wins.
        """
        with self._lock, self._transaction():
            won = self._run(
                "UPDATE refresh_tokens SET used_at = ? WHERE token = ? AND used_at IS NULL"
                " AND (SELECT ended_at FROM refresh_families WHERE id = family_id) IS NULL",
                now, old.token,
            )  # fmt: skip
            if won:
                self._add_refresh_token(new, old.family_id, now, expires_at)
            return won > 0

    def _add_refresh_token(self, token: str, family_id: int, now: float, expires_at: float | None) -> None:
        self._run(
            "INSERT INTO refresh_tokens (token, family_id, issued_at, expires_at) VALUES (?, ?, ?, ?)",
            token, family_id, now, expires_at,
        )  # fmt: skip

    def families_of(self, user_id: int) -> list[RefreshToken]:
        """The families of this user that have not been ended, each by its latest token."""
        rows = self._rows(
            f"{_REFRESH_TOKENS} WHERE f.user_id = ? AND f.ended_at IS NULL"
            " AND t.rowid = (SELECT max(rowid) FROM refresh_tokens WHERE family_id = f.id) ORDER BY f.id",
            user_id,
        )
        return [RefreshToken(*row) for row in rows]

    def end_family(self, user_id: int, family_id: int, now: float) -> bool:
        return (
            self._run(
                "UPDATE refresh_families SET ended_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL",
                now, family_id, user_id,
            )
            > 0
        )  # fmt: skip

    # Self-contained tokens that were ended before their exp ----------

    def note_live_token(self, jti: str, family_id: int, expires_at: float | None) -> None:
        self._run(
            "INSERT INTO live_tokens (jti, family_id, expires_at) VALUES (?, ?, ?)", jti, family_id, expires_at
        )

    def deny_family(self, family_id: int) -> None:
        with self._lock, self._transaction():
            self._run(
                "INSERT OR IGNORE INTO denylist SELECT jti, expires_at FROM live_tokens WHERE family_id = ?", family_id
            )
            self._run("DELETE FROM live_tokens WHERE family_id = ?", family_id)

    def deny(self, jti: str, expires_at: float | None) -> None:
        self._run("INSERT OR IGNORE INTO denylist (jti, expires_at) VALUES (?, ?)", jti, expires_at)

    def denies(self, jti: str) -> bool:
        return bool(self._rows("SELECT 1 FROM denylist WHERE jti = ?", jti))

    def prune_denied(self, now: float) -> None:
        with self._lock, self._transaction():
            self._run("DELETE FROM denylist WHERE expires_at <= ?", now)
            self._run("DELETE FROM live_tokens WHERE expires_at <= ?", now)

    # Failed logins ---------------------------------------------------

    def note_login(self, limits: Mapping[str, int], now: float, window: float) -> bool:
        """Note a login that may fail under each subject; False where one has reached its limit in this window."""
        with self._lock, self._transaction():
            self._run("DELETE FROM login_failures WHERE at <= ?", now - window)
            for subject, limit in limits.items():
                if self._rows("SELECT count(*) FROM login_failures WHERE subject = ?", subject)[0][0] >= limit:
                    return False
            for subject in limits:
                self._run("INSERT INTO login_failures (subject, at) VALUES (?, ?)", subject, now)
            return True

    def forget_login(self, account: str, client: str) -> None:
        """The login succeeded: the account's failures are forgotten, and the client's latest."""
        with self._lock, self._transaction():
            self._run("DELETE FROM login_failures WHERE subject = ?", account)
            self._run(
                "DELETE FROM login_failures WHERE rowid = (SELECT max(rowid) FROM login_failures WHERE subject = ?)",
                client,
            )

    # Proofs of a key that were seen ----------------------------------

    def note_proof(self, proof: str, until: float, now: float) -> bool:
        """Note a proof that may be used once until that moment; False where it was used before."""
        with self._lock, self._transaction():
            self._run("DELETE FROM dpop_proofs WHERE until < ?", now)
            return self._run("INSERT OR IGNORE INTO dpop_proofs (proof, until) VALUES (?, ?)", proof, until) > 0

    # For whoever looks on: none of this is counted -------------------

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every table's rows, in order of insertion, as they are."""
        with self._lock, self._untraced():
            names = [row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {}
            for name in names:
                cursor = self._db.execute(f"SELECT * FROM {name} ORDER BY rowid")  # names from the schema
                columns = [column[0] for column in cursor.description]
                found[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
            return found

    def save(self) -> bytes:
        """The whole database as it is now, for `restore`."""
        with self._lock, self._untraced():
            return self._db.serialize()

    def restore(self, saved: bytes) -> None:
        with self._lock, self._untraced():
            self._db.deserialize(saved)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)

    def _untraced(self) -> _Untraced:
        return _Untraced(self._db, self.counts.note)


class _Transaction:
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK when the block raises."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


class _Untraced:
    """Statements inside the block are not counted."""

    def __init__(self, db: sqlite3.Connection, count: Any) -> None:
        self._db, self._count = db, count

    def __enter__(self) -> None:
        self._db.set_trace_callback(None)

    def __exit__(self, *_: object) -> None:
        self._db.set_trace_callback(self._count)
