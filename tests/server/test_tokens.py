"""Self-contained tokens: the seam for time agrees with PyJWT, and nothing that was tampered with is taken."""

import base64
import hashlib
import hmac
import json
import warnings
from datetime import datetime
from unittest.mock import patch

import jwt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.errors import WeakKey
from sandbox.server.signing_keys import OVERLAP
from sandbox.server.site import ISSUER, Site
from sandbox.server.stores.sqlite import User
from sandbox.server.tokens import LATEST, LEEWAY, InvalidToken, Tokens, check_times, decode_unverified

NOW = int(Clock().now())
KEY = b"a key of thirty-two bytes, no less"
AUDIENCE = f"{ISSUER}/jwt"
ALICE = User(1, "alice@bank.example", "hash", "user", "1", 1000, 0)
GOOD = {
    "iss": ISSUER, "aud": AUDIENCE, "sub": "1", "iat": NOW, "exp": NOW + 60,
    "jti": "x", "role": "user", "epoch": 0, "sid": 1,
}  # fmt: skip


class StoppedDatetime(datetime):
    """What PyJWT sees instead of the real time, so that both stand at the same instant."""

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(NOW, tz)


def pyjwt(claims, leeway=0, key=KEY, **options):
    """PyJWT's own verdict at offset zero: the exception's class, or None where it accepts."""
    encoded = jwt.encode(claims, key, algorithm="HS256")
    with patch("jwt.api_jwt.datetime", StoppedDatetime):
        try:
            jwt.decode(encoded, key, algorithms=["HS256"], leeway=leeway, **options)
        except jwt.PyJWTError as error:
            return type(error)
    return None


def seam(claims, leeway=0):
    """The sandbox's verdict on the same claims, as they come out of the token."""
    try:
        check_times(json.loads(json.dumps(claims)), Clock(), leeway)
    except jwt.PyJWTError as error:
        return type(error)
    return None


def tokens(preset="bare", **switches):
    site = Site(Defences.preset(preset).but(**switches), Clock())
    return Tokens(site, AUDIENCE)


def issued(verifier, lifetime=60.0, **more):
    return verifier.issue_access_token(ALICE, lifetime, **more)


def signed(verifier, claims, typ="at+jwt"):
    return jwt.encode(claims, verifier.keys.current()[1], algorithm="HS256", headers={"typ": typ})


def is_accepted(verifier, token):
    try:
        verifier.verify_access_token(token)
    except InvalidToken:
        return False
    return True


# --- the seam, held against PyJWT itself

around_now = st.integers(NOW - 40, NOW + 40)
moments = st.one_of(
    around_now,
    around_now.map(float),
    around_now.map(str),
    st.floats(NOW - 32, NOW + 32),
    st.sampled_from([0, -1, True, False, None, "", "x", "1e9", " 1 ", "1_0", "-1", [], [NOW], {}, LATEST]),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), -(10**30), 10**9]),
)
time_claims = st.fixed_dictionaries({}, optional={"iat": moments, "nbf": moments, "exp": moments})


@settings(max_examples=1000)
@given(claims=time_claims, leeway=st.sampled_from([0, LEEWAY]))
def test_the_seam_agrees_with_pyjwt_at_offset_zero(claims, leeway):
    assert seam(claims, leeway) == pyjwt(claims, leeway)


@pytest.mark.parametrize("leeway", [0, LEEWAY])
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_the_seam_agrees_with_pyjwt_on_every_second_about_the_boundary(name, leeway):
    verdicts = set()
    for moment in range(NOW - LEEWAY - 2, NOW + LEEWAY + 3):
        assert seam({name: moment}, leeway) == pyjwt({name: moment}, leeway), moment
        verdicts.add(seam({name: moment}, leeway))
    assert len(verdicts) == 2  # the boundary lies within


@pytest.mark.parametrize(
    ("name", "moment", "wanted"),
    [
        ("exp", NOW - 1, jwt.ExpiredSignatureError),
        ("exp", NOW, jwt.ExpiredSignatureError),  # reject now >= exp
        ("exp", NOW + 0.9, jwt.ExpiredSignatureError),  # whole seconds
        ("exp", NOW + 1, None),
        ("exp", True, jwt.ExpiredSignatureError),  # the number one: 1970
        ("exp", "x", jwt.DecodeError),
        ("nbf", NOW, None),
        ("nbf", NOW + 1, jwt.ImmatureSignatureError),
        ("nbf", None, jwt.DecodeError),
        ("iat", NOW, None),
        ("iat", NOW + 1, jwt.ImmatureSignatureError),
        ("iat", [], jwt.InvalidIssuedAtError),
    ],
)
def test_the_boundaries_are_those_of_rfc_7519(name, moment, wanted):
    assert seam({name: moment}) is wanted
    assert pyjwt({name: moment}) is wanted


@pytest.mark.parametrize(
    ("name", "pyjwts", "ours"),
    [
        ("exp", None, jwt.DecodeError),  # PyJWT takes an exp in milliseconds as the year 50000
        ("iat", jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError),
        ("nbf", jwt.ImmatureSignatureError, jwt.DecodeError),
    ],
)
@pytest.mark.parametrize("moment", [LATEST + 1, NOW * 1000, 10**30, 1e30])
def test_the_one_deviation_is_a_moment_after_the_year_9999(name, moment, pyjwts, ours):
    assert pyjwt({name: moment}) is pyjwts
    assert seam({name: moment}) is ours


def test_the_seam_agrees_with_pyjwt_under_the_real_time_too():
    clock = Clock(running=True)
    for name, seconds in (("exp", -60), ("exp", 60), ("nbf", -60), ("nbf", 60), ("iat", -60), ("iat", 60)):
        claims = {name: int(clock.now()) + seconds}
        raised = []
        for verify in (
            lambda claims=claims: check_times(claims, clock, 0),
            lambda claims=claims: jwt.decode(jwt.encode(claims, KEY), KEY, algorithms=["HS256"]),
        ):
            try:
                verify()
                raised.append(None)
            except jwt.PyJWTError as error:
                raised.append(type(error))
        assert raised[0] is raised[1]


other_values = st.sampled_from([None, "", "x", ISSUER, AUDIENCE, [AUDIENCE], ["x"], [], {}, 1, True, NOW, NOW + 9, "7"])
claim_sets = st.fixed_dictionaries(
    {}, optional={name: st.one_of(st.just(GOOD[name]), other_values) for name in ("aud", "sub", "exp", "nbf", "jti")
                  if name in GOOD} | {"iss": st.sampled_from([ISSUER, "x", ""]), "nbf": moments}
)  # fmt: skip


@settings(max_examples=600)
@given(changed=claim_sets, strict=st.booleans(), require_exp=st.booleans(), leeway=st.booleans())
def test_the_verifier_refuses_all_that_pyjwt_refuses(changed, strict, require_exp, leeway):
    switches = {"verify_issuer_audience": strict, "leeway": leeway, "jwt_lifetime": 60, "access_lifetime": 60}
    verifier = tokens(**switches, require_exp=require_exp)
    claims = {**{name: GOOD[name] for name in ("iat", "role", "epoch")}, **changed}
    refused = pyjwt(
        claims,
        LEEWAY if leeway else 0,
        audience=AUDIENCE if strict else None,
        issuer=ISSUER if strict else None,
        options={"require": ["exp"] if require_exp else [], "verify_aud": strict, "verify_iss": strict},
    )
    accepted = is_accepted(verifier, signed(verifier, claims))
    if refused:
        assert not accepted
    elif isinstance(claims.get("sub"), str) and claims["sub"].isdigit() and isinstance(claims.get("jti"), str):
        assert accepted


# --- what is issued


def test_a_token_bears_the_registered_claims_and_its_type():
    verifier = tokens(minimal_claims=True)
    token, claims = issued(verifier, sid=7)
    header, read = decode_unverified(token)
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
    assert read == claims
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "1", "iat": NOW, "exp": NOW + 60, "role": "user", "epoch": 0, "sid": 7,
    }  # fmt: skip


def test_every_token_has_a_jti_of_its_own():
    verifier = tokens()
    assert len({issued(verifier)[1]["jti"] for _ in range(50)}) == 50


def test_pyjwt_itself_takes_what_is_issued():
    verifier = tokens()
    token, claims = issued(verifier)
    key = verifier.keys.current()[1]
    with patch("jwt.api_jwt.datetime", StoppedDatetime):
        assert jwt.decode(token, key, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER) == claims


def test_the_key_is_long_enough_for_pyjwts_own_rule():
    verifier = tokens()
    options = {"enforce_minimum_key_length": True, "verify_exp": False, "verify_iat": False, "verify_aud": False}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert jwt.decode(issued(verifier)[0], verifier.keys.current()[1], algorithms=["HS256"], options=options)


def test_the_keys_are_in_no_repr():
    made = tokens()
    keys = made.site.keys
    assert not any(str(key) in repr(made) for key in (made.keys.current()[1], keys.successor, keys.csrf))


# --- what is refused, whatever the switches


@pytest.fixture(scope="module")
def whole():
    """A verifier that pins its algorithm, and a token that it takes."""
    verifier = tokens(pin_algorithms=True)
    token, _ = issued(verifier, lifetime=3600)
    assert is_accepted(verifier, token)
    return verifier, token


def decoded(segment):
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@settings(max_examples=400)
@given(segment=st.integers(0, 2), bit=st.integers(0))
def test_one_flipped_bit_anywhere_spoils_a_token(whole, segment, bit):
    verifier, token = whole
    segments = token.split(".")
    data = bytearray(decoded(segments[segment]))
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    segments[segment] = encoded(bytes(data))
    assert not is_accepted(verifier, ".".join(segments))


@settings(max_examples=400)
@given(data=st.data())
def test_a_part_of_a_token_is_no_token(whole, data):
    verifier, token = whole
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    assume(end - start < len(token))
    assert not is_accepted(verifier, token[start:end])


@settings(max_examples=200)
@given(text=st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_no_text_at_all_makes_the_verifier_stumble(whole, text):
    verifier, _ = whole
    assert not is_accepted(verifier, text)


@pytest.mark.parametrize("forged", ["none", "None", "nOnE", "HS512", "RS256", "", None], ids=repr)
def test_another_algorithm_in_the_header_is_refused(whole, forged):
    verifier, token = whole
    _, claims, signature = token.split(".")
    header = encoded(json.dumps({"alg": forged, "typ": "at+jwt"}).encode())
    assert not is_accepted(verifier, f"{header}.{claims}.{signature}")
    assert not is_accepted(verifier, f"{header}.{claims}.")


def forged(key, alg="HS256", claims=GOOD, **header):
    """A token that someone else wrote, with an HMAC by that key; `none` has no signature."""
    head = encoded(json.dumps({"alg": alg, "typ": "at+jwt", **header}).encode())
    text = f"{head}.{encoded(json.dumps(claims).encode())}"
    hashes = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    return f"{text}.{encoded(hmac.digest(key, text.encode(), hashes[alg])) if alg in hashes else ''}"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("on", [False, True])
def test_pin_algorithms_decides_whether_the_public_key_serves_as_a_secret(alg, on):
    pytest.importorskip("cryptography")
    verifier = tokens(signing="RS256", pin_algorithms=on)
    public = verifier.site.keys.public_pem()
    assert is_accepted(verifier, issued(verifier)[0])
    assert is_accepted(verifier, forged(public, alg)) is not on
    assert is_accepted(verifier, forged(public, alg, kid="rsa")) is not on
    assert not is_accepted(verifier, forged(b"another", alg))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("on", [False, True])
def test_pin_algorithms_decides_whether_a_token_needs_a_signature(alg, on):
    assert is_accepted(tokens(pin_algorithms=on), forged(b"", alg)) is not on
    assert is_accepted(tokens(pin_algorithms=on), forged(b"", alg, kid="k1")) is not on


@pytest.mark.parametrize(
    ("switches", "claims", "header"),
    [
        ({}, {"exp": NOW}, {}), ({}, {"nbf": NOW + 1}, {}), ({}, {"sub": 1}, {}), ({}, {"jti": 1}, {}),
        ({"verify_issuer_audience": True}, {"iss": "https://evil.example"}, {}),
        ({"verify_issuer_audience": True}, {"aud": "https://evil.example"}, {}),
        ({"verify_type": True}, {}, {"typ": "JWT"}),
    ],
)  # fmt: skip
def test_whatever_is_not_the_signature_is_checked_as_ever_when_the_algorithm_is_not_pinned(switches, claims, header):
    verifier = tokens(**switches)
    assert is_accepted(verifier, forged(b"", "none"))
    assert not is_accepted(verifier, forged(b"", "none", GOOD | claims, **header))


def test_an_unsigned_token_without_exp_is_refused_where_exp_is_required():
    verifier = tokens(jwt_lifetime=60, access_lifetime=60, require_exp=True)
    claims = {name: value for name, value in GOOD.items() if name != "exp"}
    assert is_accepted(verifier, forged(b"", "none"))
    assert not is_accepted(verifier, forged(b"", "none", claims))


# --- keys


UNION = "x' UNION SELECT 'mallory"


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("on", [False, True])
def test_kid_map_decides_whether_a_kid_can_bring_its_own_key(on, pinned):
    verifier = tokens(kid_map=on, pin_algorithms=pinned)
    assert is_accepted(verifier, forged(b"mallory", kid=UNION)) is not on
    assert not is_accepted(verifier, forged(b"mallory", kid="k1"))
    assert is_accepted(verifier, issued(verifier)[0])
    assert is_accepted(verifier, signed(verifier, GOOD))  # without a kid


@pytest.mark.parametrize("signing", ["HS256", "RS256"])
@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize("kid", ["", "k2", "K1", "'", "k1'--", "x' UNION SELECT 1 --", "\0", "\ud800", "é", "' OR 'a"])
def test_no_kid_makes_the_verifier_stumble(signing, on, kid):
    pytest.importorskip("cryptography")
    verifier = tokens(kid_map=on, signing=signing, pin_algorithms=True)
    assert not is_accepted(verifier, forged(b"mallory", kid=kid))


@pytest.mark.parametrize("kid", [1, None, ["k1"], {"k": 1}, True])
def test_a_kid_that_is_no_text_is_refused(kid):
    verifier = tokens()
    assert not is_accepted(verifier, forged(verifier.keys.current()[1], kid=kid))


@pytest.mark.parametrize("naive", [False, True])
@pytest.mark.parametrize("on", [False, True])
def test_key_overlap_decides_whether_the_old_key_still_verifies(on, naive):
    verifier = tokens(key_overlap=on, kid_map=not naive)
    old, _ = issued(verifier, None)
    verifier.keys.rotate(verifier.site.clock.now())
    new, _ = issued(verifier, None)
    assert decode_unverified(new)[0]["kid"] == "k2"
    assert (is_accepted(verifier, old), is_accepted(verifier, new)) == (on, True)
    verifier.site.clock.advance(seconds=OVERLAP - 1)
    assert is_accepted(verifier, old) is on
    verifier.site.clock.advance(seconds=1)
    assert (is_accepted(verifier, old), is_accepted(verifier, new)) == (False, True)


@pytest.mark.parametrize("on", [False, True])
def test_strong_key_decides_whether_a_short_key_is_taken(on):
    verifier = tokens(strong_key=on, pin_algorithms=True)
    before = verifier.keys.current()[1]
    for short in (b"secret", b"x" * 31):
        if on:
            with pytest.raises(WeakKey, match=r"at least 32 bytes, not \d+: take secrets.token_bytes"):
                verifier.configure(short)
            assert verifier.keys.current()[1] == before
        else:
            verifier.configure(short)
            assert is_accepted(verifier, forged(short))
    verifier.configure(b"x" * 32)
    assert is_accepted(verifier, forged(b"x" * 32))
    assert is_accepted(verifier, issued(verifier)[0])


@pytest.mark.parametrize("secret", [b"", b"-----BEGIN PUBLIC KEY-----\nxxxx\n-----END PUBLIC KEY-----\n"])
def test_what_pyjwt_takes_for_no_key_is_refused_at_once(secret):
    with pytest.raises(WeakKey, match="token_bytes"):
        tokens().configure(secret)


def test_what_is_put_into_tokens_overrides_no_claim_of_the_servers():
    verifier = tokens()
    verifier.site.extra_claims[AUDIENCE] = {"groups": ["a"], "sub": "7"}
    _, claims = issued(verifier)
    assert (claims["groups"], claims["sub"]) == (["a"], "1")


@pytest.mark.parametrize("dropped", sorted(GOOD))
def test_only_iat_and_sid_may_be_missing_under_hardened(dropped):
    verifier = tokens("hardened")
    assert is_accepted(verifier, signed(verifier, GOOD))
    claims = {name: value for name, value in GOOD.items() if name != dropped}
    assert is_accepted(verifier, signed(verifier, claims)) is (dropped in ("iat", "sid"))


@pytest.mark.parametrize("dropped", sorted(GOOD))
def test_under_bare_only_what_the_modes_rely_on_may_not_be_missing(dropped):
    verifier = tokens("bare")
    claims = {name: value for name, value in GOOD.items() if name != dropped}
    assert is_accepted(verifier, signed(verifier, claims)) is (dropped not in ("sub", "role", "jti", "epoch"))


HOSTILE = {
    "sid": ["x", 1.5, [1], {}, None, 10**30, -1],
    "sub": ["", "x", "-1", "1.0", "٣", "1" * 5000, "9" * 30, 1, None, True],
    "role": [None, 1, [], {}],
    "jti": [None, 1, [], "\ud800"],
    "epoch": [None, "0", 1.5, []],
    "exp": [True, None, "x", [], {}, float("nan"), float("inf"), NOW * 1000],
}


@pytest.mark.parametrize("preset", ["bare", "hardened"])
@pytest.mark.parametrize(
    ("name", "value"),
    [pytest.param(name, value, id=f"{name} {value!r:.20}") for name in HOSTILE for value in HOSTILE[name]],
)
def test_a_claim_of_the_wrong_type_or_size_is_refused_though_the_signature_is_right(preset, name, value):
    verifier = tokens(preset)
    assert not is_accepted(verifier, signed(verifier, {**GOOD, name: value}))


# --- switches


@pytest.mark.parametrize("typ", ["JWT", "email-confirmation+jwt", "at", None])
@pytest.mark.parametrize("on", [False, True])
def test_verify_type_decides_whether_a_token_of_another_type_is_taken(typ, on):
    verifier = tokens(verify_type=on)
    assert is_accepted(verifier, signed(verifier, GOOD))
    assert is_accepted(verifier, signed(verifier, GOOD, typ)) is not on


@pytest.mark.parametrize("on", [False, True])
def test_verify_type_decides_whether_a_confirmation_token_opens_the_account(on):
    verifier = tokens(verify_type=on)
    token = verifier.issue_confirmation_token(ALICE)
    header, claims = decode_unverified(token)
    assert (header["typ"], claims["purpose"], claims["exp"]) == ("JWT", "confirm-email", NOW + 86400)
    assert is_accepted(verifier, token) is not on


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_typ_is_a_media_type_in_any_case(typ):
    verifier = tokens(verify_type=True)
    assert is_accepted(verifier, signed(verifier, GOOD, typ))


@pytest.mark.parametrize(
    "changed", [{"iss": "https://evil.example"}, {"aud": f"{ISSUER}/mail"}, {"aud": []}, {"aud": ["x"]}, {"iss": ""}]
)
@pytest.mark.parametrize("on", [False, True])
def test_verify_issuer_audience_decides_whether_another_services_token_is_taken(changed, on):
    verifier = tokens(verify_issuer_audience=on)
    assert is_accepted(verifier, signed(verifier, GOOD | changed)) is not on


def test_an_audience_among_several_is_enough():
    verifier = tokens(verify_issuer_audience=True)
    assert is_accepted(verifier, signed(verifier, GOOD | {"aud": ["x", AUDIENCE]}))


@pytest.mark.parametrize("on", [False, True])
def test_require_exp_decides_whether_a_token_without_exp_is_taken(on):
    verifier = tokens(jwt_lifetime=60, access_lifetime=60, require_exp=on)
    claims = {name: value for name, value in GOOD.items() if name != "exp"}
    assert is_accepted(verifier, signed(verifier, claims)) is not on


@pytest.mark.parametrize(("on", "grace"), [(False, 0), (True, LEEWAY)])
def test_leeway_moves_every_boundary_by_30_seconds(on, grace):
    verifier = tokens(leeway=on)

    def takes(**changed):
        return is_accepted(verifier, signed(verifier, GOOD | changed))

    assert (takes(exp=NOW - grace + 1), takes(exp=NOW - grace)) == (True, False)
    assert (takes(nbf=NOW + grace), takes(nbf=NOW + grace + 1)) == (True, False)
    assert (takes(iat=NOW + grace), takes(iat=NOW + grace + 1)) == (True, False)


# --- reading without a check


def test_decode_unverified_reads_without_any_key(whole):
    _, token = whole
    head, body, _ = token.split(".")
    assert decode_unverified(f"{head}.{body}.{encoded(b'no signature')}")[1]["sub"] == "1"


@settings(max_examples=200)
@given(text=st.text())
def test_decode_unverified_raises_nothing_but_invalid_token(text):
    with pytest.raises(InvalidToken):
        decode_unverified(text)


def test_an_expired_token_can_be_asked_for_but_not_a_forged_one(whole):
    verifier, token = whole
    late = Tokens(Site(verifier.site.defences, Clock()), AUDIENCE, verifier.keys)
    late.site.clock.advance(days=1)
    assert not is_accepted(late, token)
    assert late.verify_access_token(token, expired_too=True)["sub"] == "1"
    with pytest.raises(InvalidToken):
        late.verify_access_token(token[:-6] + "AAAAAA", expired_too=True)
