"""Exercise 9: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import jwt
import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_in, parts_of

EXERCISE = "ex09_logout_that_logs_out"


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_ends_nothing_and_is_refused():
    assert refused_by(parts_of(STUB, EXERCISE)) == ["pruned", "replay", "until_exp", "respelled"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_list_that_is_pruned_at_each_request_passes():
    class OurToken:
        def __init__(self, bank, token):
            try:
                self.claims = jwt.decode(token, bank.key, ["HS256"], options={"verify_exp": False})
            except jwt.InvalidTokenError:
                self.claims = {"exp": 0}
            self.good = self.claims["exp"] > bank.now()

    def let_in(bank, denied, token):
        for jti, entry in list(denied.items()):
            if entry["until"] <= bank.now():
                denied.pop(jti)
        ours = OurToken(bank, token)
        return ours.claims["sub"] if ours.good and not denied.get(ours.claims["jti"]) else None

    def logout(bank, denied, token):
        ours = OurToken(bank, token)
        if ours.good:
            denied.setdefault(ours.claims["jti"], {"until": ours.claims["exp"], "why": "logout"})

    assert sandbox.check(EXERCISE, let_in=let_in, logout=logout).passed


ASK = 'claims["jti"] in denied'
DENY = """
        if claims:
            denied[claims["jti"]] = claims["exp"]
"""
PRUNE = """
        for jti in [jti for jti, exp in denied.items() if exp <= bank.now()]:
            del denied[jti]
"""

WRONG = {
    "denies_and_never_asks": ("False", DENY + PRUNE, ["replay", "until_exp", "respelled"]),
    "never_prunes": (ASK, DENY, ["pruned"]),
    "prunes_a_copy": (ASK, DENY + """
        denied = {jti: exp for jti, exp in denied.items() if exp > bank.now()}
        """, ["pruned"]),
    "prunes_while_it_goes_through": (ASK, DENY + """
        for jti, exp in denied.items():
            if exp <= bank.now():
                del denied[jti]
        """, ["pruned", "until_exp"]),
    "denies_the_beginning_of_the_jti": ('claims["jti"][:2] in denied', """
        if claims:
            denied[claims["jti"][:2]] = claims["exp"]
        """ + PRUNE, ["works", "others", "pruned"]),
    "lets_nobody_in_once_the_list_is_long": ('claims["jti"] in denied or len(denied) > 15', DENY + PRUNE, ["others"]),
    "waits_until_all_have_expired": (ASK, """
        if denied and max(denied.values()) <= bank.now():
            denied.clear()
        """ + DENY, ["pruned"]),
    "prunes_a_minute_late": (ASK, DENY + PRUNE.replace("bank.now()", "bank.now() - 60"), ["pruned"]),
    "clears_the_list_now_and_then": (ASK, """
        if any(exp <= bank.now() for exp in denied.values()):
            denied.clear()
        """ + DENY, ["pruned", "until_exp"]),
    "denies_for_a_quarter_of_an_hour": (ASK, """
        if claims:
            denied[claims["jti"]] = bank.now() + 900
        """ + PRUNE, ["pruned", "until_exp"]),
    "denies_for_a_week": (ASK, """
        if claims:
            denied[claims["jti"]] = bank.now() + 7 * 86400
        """ + PRUNE, ["pruned"]),
    "denies_the_customer": ('claims["sub"] in denied', """
        if claims:
            denied[claims["sub"]] = claims["exp"]
        """ + PRUNE, ["works", "others", "pruned"]),
    "denies_the_text_of_the_token": ("token in denied", """
        if claims:
            denied[token] = claims["exp"]
        """ + PRUNE, ["respelled"]),
    "denies_the_signature": ("token.rpartition('.')[2] in denied", """
        if claims:
            denied[token.rpartition('.')[2]] = claims["exp"]
        """ + PRUNE, ["respelled"]),
    "believes_any_token_at_a_logout": (ASK, """
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return
        denied[claims["jti"]] = claims["exp"]
        """ + PRUNE, ["forged", "in_vain"]),
    "takes_an_expired_token_at_a_logout": (ASK, PRUNE + """
        try:
            claims = jwt.decode(token, bank.key, ["HS256"], options={"verify_exp": False})
        except jwt.PyJWTError:
            return
        denied[claims["jti"]] = claims["exp"]
        """, ["in_vain"]),
    "breaks_at_what_is_no_token": (ASK, """
        denied[claims["jti"]] = claims["exp"]
        """ + PRUNE, ["forged", "in_vain"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    asked, lines, criteria = WRONG[name]
    source = f"""
import jwt

def claims_of(bank, token):
    try:
        claims = jwt.decode(token, bank.key, ["HS256"], options={{"verify_exp": False}})
    except jwt.PyJWTError:
        return None
    return claims if bank.now() < claims["exp"] else None

def let_in(bank, denied, token):
    claims = claims_of(bank, token)
    return None if claims is None or {asked} else claims["sub"]

if True:
    def logout(bank, denied, token):
        claims = claims_of(bank, token)
{lines}
"""
    assert refused_by(parts_in(source, EXERCISE)) == criteria


def test_a_list_of_ones_own_beside_the_banks_is_refused():
    solution, mine = parts_of(SOLUTION, EXERCISE), {}
    parts = {name: lambda bank, denied, token, part=part: part(bank, mine, token) for name, part in solution.items()}
    assert refused_by(parts) == ["pruned"]
