"""Exercise 2: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex02_session_fixation"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_adopts_any_id_and_is_refused():
    assert refused_by(parts_of(STUB, EXERCISE)) == ["fixation", "old_id", "unknown_id"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_in_another_style_passes():
    def login(bank, sessions, sent_id, email, password):
        if user := bank.check_password(email, password):
            if sent_id in sessions:
                del sessions[sent_id]
            fresh = bank.new_id()
            sessions.update({fresh: user.id})
            return fresh
        return None

    assert sandbox.check(EXERCISE, login=login).passed


WRONG = {
    "keeps_an_id_that_the_server_made": ("session_id = sent_id if sent_id in sessions else bank.new_id()",
                                         ["fixation", "old_id"]),
    "replaces_known_ids_alone": (
        "session_id = bank.new_id() if sessions.pop(sent_id, 0) != 0 else sent_id or bank.new_id()", ["unknown_id"]),
    "leaves_the_old_id_logged_in": ("session_id = bank.new_id(); sessions[sent_id] = user.id",
                                    ["fixation", "old_id", "unknown_id"]),
    "leaves_the_old_id_as_it_was": ("session_id = bank.new_id()", ["old_id"]),
    "forgets_the_ids_of_visitors_alone": (
        "sessions.get(sent_id) or sessions.pop(sent_id, None); session_id = bank.new_id()", ["old_id"]),
    "counts": ("session_id = str(len(sessions)); sessions.pop(sent_id, None)", ["old_id", "guess"]),
    "counts_behind_a_long_word": ("session_id = 'session-of-customer-number-' + str(len(sessions))",
                                  ["old_id", "guess"]),
    "makes_the_id_of_the_customer": ("sessions.pop(sent_id, None); session_id = user.id + bank.new_id()", ["guess"]),
    "tells_the_email": ("sessions.pop(sent_id, None); session_id = user.email + bank.new_id()", ["guess"]),
    "gives_each_customer_one_id_for_ever": ("import hashlib; session_id = hashlib.sha256(user.id.encode()).hexdigest()",
                                            ["old_id", "guess"]),
    "forgets_everybody": ("sessions.clear(); session_id = bank.new_id()", ["works"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    line, criteria = WRONG[name]
    source = f"""
def login(bank, sessions, sent_id, email, password):
    user = bank.check_password(email, password)
    if user is None:
        return None
    {line}
    sessions[session_id] = user.id
    return session_id
"""
    assert refused_by(parts_in(source, EXERCISE)) == criteria


def test_to_refuse_who_was_there_before_is_refused():
    def login(bank, sessions, sent_id, email, password):
        user = bank.check_password(email, password)
        if user is None or sent_id is not None:
            return None
        session_id = bank.new_id()
        sessions[session_id] = user.id
        return session_id

    assert "works_after_a_visit" in refused_by({"login": login})


def test_to_let_in_by_the_email_alone_is_refused():
    def login(bank, sessions, sent_id, email, password):
        user = next(each for each in bank.facts.users if each.email == email)
        sessions.pop(sent_id, None)
        session_id = bank.new_id()
        sessions[session_id] = user.id
        return session_id

    assert refused_by({"login": login}) == ["refuses"]


def test_to_end_a_login_before_the_password_is_checked_is_refused():
    def login(bank, sessions, sent_id, email, password):
        sessions.pop(sent_id, None)
        user = bank.check_password(email, password)
        if user is None:
            return None
        session_id = bank.new_id()
        sessions[session_id] = user.id
        return session_id

    assert refused_by({"login": login}) == ["refuses"]


def test_an_id_in_which_the_customers_number_stands_by_chance_passes():
    def login(bank, sessions, sent_id, email, password):
        user = bank.check_password(email, password)
        if user is None:
            return None
        sessions.pop(sent_id, None)
        session_id = bank.new_id() if sessions else user.id + bank.new_id()  # by chance: in the first one
        sessions[session_id] = user.id
        return session_id

    assert refused_by({"login": login}) == []
