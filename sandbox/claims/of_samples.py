"""The claims A1 to A4: what common code samples do without saying so, taken as advice."""

from __future__ import annotations

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, Claim, Finding, Table
from sandbox.claims.measuring.answer_times import answers
from sandbox.claims.played import Sides, ending, listed, played, sides
from sandbox.claims.workbench import Workbench
from sandbox.exchange import MODES


def verdict_on(*harms: tuple[bool, bool]) -> str:
    """Whether one may do as the sample does: not where a harm is done so, and not done otherwise.

    `harms`: of each harm, whether it is done as the sample has it, and otherwise.
    """
    return DOES_NOT_HOLD if any(so and not otherwise for so, otherwise in harms) else HOLDS


def _harm(attack: Sides) -> tuple[bool, bool]:
    return attack.attacks, not attack.ended


# ------------------------------------------------------------------------


def forbidden(bench: Workbench) -> Finding:
    names = ("forced_logins", "silent_refreshes", "failed_calls_seen")
    weeks = {
        status: played(bench, "expiry", "hybrid", switches={"rfc6750_errors": by_standard}).measures
        for status, by_standard in (("403", False), ("401", True))
    }
    bare, challenged = weeks.values()
    worse = bare["forced_logins"] > challenged["forced_logins"]
    return Finding(
        verdict_on((worse, False)),
        f"In a working week, a client that refreshes on 401: answered 403, {bare['silent_refreshes']} refreshes and "
        f"{bare['forced_logins']} more logins by hand; answered 401, {challenged['silent_refreshes']} refreshes and "
        f"{challenged['forced_logins']} more logins.",
        numbers={status: {name: found[name] for name in names} for status, found in weeks.items()},
        tables=(
            Table(
                "Hybrid mode, a working week",
                ("a bad token is answered", "more logins by hand", "refreshes", "failed calls"),
                tuple((status, *(found[name] for name in names)) for status, found in weeks.items()),
            ),
        ),
    )


def stored_plainly(bench: Workbench) -> Finding:
    leak = sides(bench, "store_leak", "hybrid", hash_at_rest=True)
    replay = sides(bench, "refresh_replay", "hybrid", rotate_refresh=True)
    return Finding(
        verdict_on(_harm(leak), _harm(replay)),
        f"What a leaked table is worth: {ending(leak.off)}; hashed at rest: {ending(leak.on)}. A copy that comes after "
        f"Alice's refresh: {ending(replay.off)}; with rotation: {ending(replay.on)}.",
        numbers={"leak_seconds": leak.seconds, "leak_statuses": (leak.off.status, leak.on.status),
                 "replay_seconds": replay.seconds},
        tables=(
            Table(
                "For how long a refresh token serves Mallory, hybrid mode",
                ("how Mallory has it", "as in the samples", "otherwise"),
                (
                    ("from a dump of the table; hashed at rest", ending(leak.off), ending(leak.on)),
                    ("copied, and used after Alice's refresh; rotated", ending(replay.off), ending(replay.on)),
                ),
            ),
        ),
    )  # fmt: skip


def id_kept(bench: Workbench) -> Finding:
    attack = sides(bench, "session_fixation", "session", regenerate_id=True)
    return Finding(
        verdict_on(_harm(attack)),
        f"An id that was planted before the login serves: {ending(attack.off)}; with a new id at login: "
        f"{ending(attack.on)}.",
        numbers={"attacker_seconds": attack.seconds, "statuses": (attack.off.status, attack.on.status)},
        tables=(
            Table(
                "For how long a planted session id serves",
                ("at login", "Mallory gets in"),
                (("the id stays", ending(attack.off)), ("a new id", ending(attack.on))),
            ),
        ),
    )


def no_hash(bench: Workbench) -> Finding:
    """Real time: many tries, since a machine may be busy with other things."""
    found = {mode: answers(bench, mode, dummy_hash=False) for mode in MODES}
    hashed = {mode: answers(bench, mode, dummy_hash=True) for mode in MODES}
    apart, still = ([mode for mode, each in side.items() if each.told_apart] for side in (found, hashed))
    same = all(each.same for each in found.values())
    return Finding(
        verdict_on(*((mode in apart, mode in still) for mode in MODES)),
        f"The words are {'the same' if same else 'others'}. For a known e-mail the answer takes longer by more than "
        f"half a password hash, so that the two are told apart, in: {listed(apart) or 'no mode'}; where a hash is "
        f"checked for unknown ones too, in: {listed(still) or 'no mode'}.",
        numbers={
            "told_apart": tuple(apart),
            "told_apart_with_dummy_hash": tuple(still),
            "hashes_longer": {mode: each.hashes_longer for mode, each in found.items()},
            "hashes_longer_with_dummy_hash": {mode: each.hashes_longer for mode, each in hashed.items()},
        },
        tables=(
            Table(
                "Can known e-mails be told from unknown ones by the time of the answer?",
                ("mode", "refused before any hash", "a hash is checked in any case"),
                tuple((mode, _told(mode in apart), _told(mode in still)) for mode in MODES),
            ),
        ),
        varies=True,
    )


def _told(apart: bool) -> str:
    return "yes" if apart else "no"


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "A1", "A bad token may be answered 403.",
        "Play a working week with a client that refreshes on 401, against a server that answers 403, and one that "
        "answers 401.",
        "RFC 6750 3.1", "12_read_the_code", forbidden,
    ),
    Claim(
        "A2", "Refresh tokens may be stored as they are, and used more than once.",
        "Show the server what a dump of its table holds, and a copy after the victim's refresh; then with hashes at "
        "rest, and with rotation.",
        "RFC 9700 4.14; RFC 6819 5.1.4.1.3; CWE-522", "08_refresh_tokens", stored_plainly,
    ),
    Claim(
        "A3", "The session id may stay the same across login.",
        "Plant an id before the victim's login, and use it after; then with a new id at login.",
        "RFC 6265bis 8.4; ASVS 5 7.2.4; CWE-384", "12_read_the_code", id_kept,
    ),
    Claim(
        "A4", "An unknown e-mail may be refused before any hash is checked.",
        "Take the time of the answers to a wrong password, for known and unknown e-mails, in units of one password "
        "hash, the median of many; then with a hash for unknown ones too.",
        "ASVS 5 6.3.8; CWE-208", "12_read_the_code", no_hash,
    ),
)  # fmt: skip
