"""Exercise 8: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import threading

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex08_rotation_and_reuse"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_lets_old_tokens_serve_and_is_refused():
    every_attack = ["thief_second", "thief_first", "long_ago", "parallel", "after_parallel"]
    assert refused_by(parts_of(STUB, EXERCISE)) == every_attack


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_lock_around_look_and_write_passes():
    one_at_a_time = threading.Lock()

    def refresh(bank, tokens, families, presented):
        with one_at_a_time:
            row = tokens.get(presented)
            family = families.get(row["family"]) if row else None
            if family is None or family["ended"]:
                return None
            if row["used"]:
                families.put(row["family"], {"user": family["user"], "ended": True})
                return None
            row["used"] = True
            tokens.put(presented, row)
            successor = bank.new_id()
            tokens.put(successor, {"family": row["family"], "used": False})
            return successor

    assert sandbox.check(EXERCISE, refresh=refresh).passed


def test_a_family_that_knows_its_latest_token_passes():
    def refresh(bank, tokens, families, presented):
        row = tokens.get(presented)
        if row is None:
            return None
        name, successor = row["family"], bank.new_id()
        family = families.get(name)
        tokens.put(successor, {"family": name})
        due = family.get("latest", presented) == presented and not family["ended"]
        if due and families.swap(name, family, {**family, "latest": successor}):
            return successor
        families.put(name, {**family, "ended": True})
        return None

    assert sandbox.check(EXERCISE, refresh=refresh).passed


WRONG = {
    "looks_then_writes": ("""
        if family["ended"]:
            return None
        if row["used"]:
            return end()
        tokens.put(presented, used)
        """, ["parallel", "after_parallel"]),
    "refuses_the_second_use_and_ends_nothing": ("""
        if not tokens.swap(presented, unused, used):
            return None
        """, ["thief_second", "thief_first", "long_ago", "after_parallel"]),
    "ends_the_family_and_never_asks_for_it": ("""
        if not tokens.swap(presented, unused, used):
            return end()
        """, ["thief_second", "thief_first", "long_ago", "after_parallel"]),
    "asks_for_the_family_only_where_a_token_comes_twice": ("""
        if not tokens.swap(presented, unused, used):
            return None if family["ended"] else end()
        """, ["thief_second", "thief_first", "long_ago", "after_parallel"]),
    "forgets_the_used_token": ("""
        if family["ended"] or not tokens.swap(presented, unused, {"family": "", "used": True}):
            return None
        """, ["thief_second", "thief_first", "long_ago", "after_parallel"]),
    "ends_the_customer": ("""
        customer = families.get(family["user"]) or family
        if customer["ended"]:
            return None
        if not tokens.swap(presented, unused, used):
            families.put(family["user"], {**family, "ended": True})
            return None
        """, ["two_families"]),
    "remembers_the_last_used_token_alone": ("""
        if family["ended"]:
            return None
        if not tokens.swap(presented, unused, used):
            return end() if family.get("last", presented) == presented else None
        families.swap(row["family"], family, {**family, "last": presented})
        """, ["long_ago"]),
    "ends_the_tokens_that_follow_as_far_as_they_are_written": ("""
        successor = bank.new_id()
        if not tokens.swap(presented, unused, {**used, "next": successor}):
            following = row.get("next")
            while following and (found := tokens.get(following)):
                tokens.put(following, {**found, "used": True})
                following = found.get("next")
            return None
        tokens.put(successor, unused)
        return successor
        """, ["after_parallel"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    lines, criteria = WRONG[name]
    source = f"""
if True:
    def refresh(bank, tokens, families, presented):
        row = tokens.get(presented)
        family = families.get(row["family"]) if row else None
        if family is None:
            return None
        unused, used = {{**row, "used": False}}, {{**row, "used": True}}

        def end():
            families.put(row["family"], {{**family, "ended": True}})
{lines}
        successor = bank.new_id()
        tokens.put(successor, {{"family": row["family"], "used": False}})
        return successor
"""
    assert refused_by(parts_in(source, EXERCISE)) == criteria


def test_to_turn_away_who_comes_while_another_is_served_is_refused():
    at_work = threading.Lock()
    solution = parts_of(SOLUTION, EXERCISE)["refresh"]

    def refresh(bank, tokens, families, presented):
        if not at_work.acquire(blocking=False):
            return None
        try:
            return solution(bank, tokens, families, presented)
        finally:
            at_work.release()

    assert "each_served" in refused_by({"refresh": refresh})


def test_an_invented_token_that_breaks_the_server_is_refused():
    def refresh(bank, tokens, families, presented):
        row = tokens.get(presented)
        return solution(bank, tokens, families, presented) if not row["used"] or row else None

    solution = parts_of(SOLUTION, EXERCISE)["refresh"]
    assert refused_by({"refresh": refresh}) == ["unknown"]


def test_one_token_for_ever_is_refused():
    def refresh(bank, tokens, families, presented):
        return presented if tokens.get(presented) else None

    assert "chain" in refused_by({"refresh": refresh})
