"""Exercise 4: a token that is not bound to the session, or compared without care, is refused by the form for it."""

import hashlib
import secrets

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex04_csrf"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_takes_any_form_and_is_refused():
    stub = parts_of(STUB, EXERCISE)
    assert refused_by(stub) == ["form", "own_token", "empty", "nearly", "planted", "earlier"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_that_stores_a_random_token_passes():
    def issue(bank, session):
        return session.setdefault("csrf", secrets.token_hex())

    def check(bank, session, sent, cookie):
        return bool(sent) and sent == session.get("csrf")

    assert sandbox.check(EXERCISE, issue=issue, check=check).passed


def test_a_solution_that_masks_its_token_anew_for_each_page_passes():
    def proof(bank, session, salt):
        return hashlib.blake2b(f"{salt}{session['id']}".encode(), key=bank.key).hexdigest()

    def issue(bank, session):
        salt = bank.new_id()
        return f"{salt}.{proof(bank, session, salt)}"

    def check(bank, session, sent, cookie):
        salt, _, rest = (sent or "").partition(".")
        return rest == proof(bank, session, salt)

    assert sandbox.check(EXERCISE, issue=issue, check=check).passed


MADE = 'hmac.new(bank.key, session["id"].encode(), "sha256").hexdigest()'
STORED = 'session.setdefault("csrf", bank.new_id())'
B64 = '__import__("base64").b64encode'
SAME = 'hmac.compare_digest(issue(bank, session).encode(), (sent or "").encode())'
ORIGIN = '__import__("flask").request.headers.get("Origin")'
WRONG = {
    "compares_header_and_cookie_alone": ("bank.new_id()", "bool(sent) and sent == cookie", ["two_tabs", "planted"]),
    "compares_with_the_cookie_in_place_of_what_is_stored": (STORED, "bool(sent) and sent == cookie", ["planted"]),
    "signs_a_random_text_for_anybody": ("signed(bank, bank.new_id())", "is_signed(bank, sent) and sent == cookie",
                                        ["two_tabs", "planted"]),
    "signs_and_forgets_for_whom": ("signed(bank, bank.new_id())", "is_signed(bank, sent)",
                                   ["own_token", "planted", "earlier"]),
    "knows_all_tokens_but_not_whose": ("TOKENS.add(new := bank.new_id()) or new", "sent in TOKENS",
                                       ["own_token", "planted", "earlier"]),
    "has_one_token_for_all": ('hmac.new(bank.key, b"csrf", "sha256").hexdigest()', SAME,
                              ["own_token", "planted", "earlier"]),
    "binds_it_to_the_customer": (MADE.replace('"id"', '"email"'), SAME, ["earlier"]),
    "keeps_one_for_the_whole_server": ("TOKENS.clear() or TOKENS.add(new := bank.new_id()) or new", "sent in TOKENS",
                                       ["works", "two_tabs", "own_token"]),
    "makes_a_new_one_for_each_page": ('session.update(csrf=bank.new_id()) or session["csrf"]',
                                      'bool(sent) and sent == session.get("csrf")', ["two_tabs"]),
    "takes_none_for_none": (STORED, 'sent == session.get("csrf")', ["empty"]),
    "takes_empty_for_none": (STORED, '(sent or "") == session.get("csrf", "")', ["empty"]),
    "compares_as_text": (STORED, 'str(sent) == str(session.get("csrf"))', ["empty"]),
    "checks_only_what_is_sent": (MADE, f"sent is None or {SAME}", ["form", "empty"]),
    "sees_whether_one_is_sent": (MADE, "bool(sent)", ["own_token", "empty", "nearly", "planted", "earlier"]),
    "compares_the_first_letters": (MADE, "bool(sent) and issue(bank, session).startswith(sent[:32])", ["nearly"]),
    "compares_texts_that_are_no_ascii": (MADE, 'hmac.compare_digest(issue(bank, session), sent or "")', ["nearly"]),
    "hands_out_the_session_id": ('session["id"]', SAME, ["tells"]),
    "cuts_it_short": (f"{MADE}[:8]", SAME, ["tells"]),
    "looks_at_the_last_letters": (MADE, "bool(sent) and issue(bank, session).endswith(sent[-8:])", ["nearly"]),
    "takes_any_long_ending_of_it": (
        MADE, "len(sent or '') > 20 and issue(bank, session).endswith(sent)", ["nearly"]),
    "takes_any_text_that_ends_with_it": (MADE, "(sent or '').endswith(issue(bank, session))", ["nearly"]),
    "hands_out_the_session_id_backwards": ('session["id"][::-1]', SAME, ["tells"]),
    "hands_out_the_session_id_in_hex": ('session["id"].encode().hex().upper()', SAME, ["tells"]),
    "hands_out_the_session_id_in_base64": (f'{B64}(session["id"].encode()).decode()', SAME, ["tells"]),
    "hands_out_the_session_id_in_base64_behind_the_email": (
        f'{B64}((session["email"] + session["id"]).encode()).decode()', SAME, ["tells"]),
    "hands_out_the_session_id_in_base64_behind_a_letter": (f'{B64}(b"x" + session["id"].encode()).decode()', SAME,
                                                          ["tells"]),
    "hands_out_half_of_the_session_id": (f'session["id"][:20] + {MADE}', SAME, ["tells"]),
    "counts": ('counted(session, "the-csrf-token-number-{n:04}")', SAME, ["tells"]),
    "hashes_a_count": ('md5(counted(session, "{n}"))', SAME, ["tells"]),
    "hashes_the_email_and_a_count": ('md5(counted(session, "{email}{n}"))', SAME, ["tells"]),
    "hashes_the_email_a_colon_and_a_count": ('md5(counted(session, "{email}:{n}"))', SAME, ["tells"]),
    "hashes_the_customers_number_and_a_count": (
        'md5(next(each.id for each in bank.facts.users if each.email == session["email"]) + counted(session, "{n}"))',
        SAME, ["tells"]),
    "looks_at_origin_alone": ("bank.new_id()", f'{ORIGIN} == "https://bank.example"', ["works", "two_tabs"]),
    "looks_at_origin_if_there_is_one": ("bank.new_id()", f'{ORIGIN} in (None, "https://bank.example")',
                                        ["form", "own_token", "empty", "nearly", "planted", "earlier"]),
    "refuses_all": (MADE, "False", ["works", "two_tabs"]),
}  # fmt: skip


def handed_in(made, same):
    """A solution that makes its tokens, and compares them, by these two expressions."""
    return parts_in(
        f"""
import hmac

TOKENS = set()

def counted(session, form):
    if "n" not in session:
        TOKENS.add(len(TOKENS))
        session["n"] = len(TOKENS)
    return form.format(**session)

def md5(text):
    return __import__("hashlib").md5(text.encode()).hexdigest()

def signed(bank, text):
    return text + "." + hmac.new(bank.key, text.encode(), "sha256").hexdigest()

def is_signed(bank, sent):
    return bool(sent) and sent.encode() == signed(bank, sent.partition(".")[0]).encode()

def issue(bank, session):
    return {made}

def check(bank, session, sent, cookie):
    return {same}
""",
        EXERCISE,
    )


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    made, same, criteria = WRONG[name]
    assert refused_by(handed_in(made, same)) == criteria


@pytest.mark.parametrize("made", [
    f'"the-token-of-bank.example-in-its-first-form:" + {MADE}', f"{MADE}[:22]",
    'hashlib.sha256(session["id"].encode()).hexdigest()', f'{MADE} + ":" + session["email"]',
])  # fmt: skip
def test_a_token_that_differs_enough_and_tells_no_id_passes(made):
    made = made.replace("hashlib", "__import__('hashlib')")
    assert refused_by(handed_in(made, SAME)) == []


def test_the_right_pair_passes_where_each_wrong_one_fails():
    assert refused_by(handed_in(MADE, SAME)) == []


def test_what_broke_it_is_shown_with_the_tokens_by_their_names():
    text = sandbox.check(EXERCISE, **parts_of(STUB, EXERCISE)).text()
    assert "alice: GET /session/page 200  sends S2  gets C1" in text


def test_two_runs_of_the_stub_tell_the_same():
    stub = parts_of(STUB, EXERCISE)
    assert sandbox.check(EXERCISE, **stub).text() == sandbox.check(EXERCISE, **stub).text()
