"""What the site shares: switches that are noted as they are read, keys that are made anew, packages that are needed."""

import pytest

from sandbox.defences import Defences, switches
from sandbox.errors import BadSwitch
from sandbox.exchange import MODES
from sandbox.server import work
from sandbox.server.gate import METER_HEADER, METERED
from sandbox.server.meter import Meter, hear
from sandbox.server.site import Keys


@pytest.fixture
def metered_bank(open_bank):
    """`metered_bank("hardened")`: a bank that tells everybody its work."""

    def open_one(preset):
        bank = open_bank(preset)
        meter = Meter(bank.app.wsgi_app)
        bank.app.wsgi_app = lambda environ, start: meter({**environ, METERED: True}, start)
        return bank

    return open_one


def asked(answer):
    return hear(answer.headers[METER_HEADER])[3]


REFERENCE = ("carrier", "host_prefix", "hash_at_rest", "inactivity_timeout", "absolute_lifetime", "user_epoch")
SELF_CONTAINED = (
    "carrier", "verify_issuer_audience", "signing", "key_overlap", "kid_map", "pin_algorithms", "require_exp", "leeway",
    "verify_type", "dpop", "denylist", "user_epoch",
)  # fmt: skip
LOOKED_AT = {"session": REFERENCE, "jwt": SELF_CONTAINED, "hybrid": SELF_CONTAINED}


@pytest.mark.parametrize("mode", MODES)
def test_a_request_asks_the_switches_of_its_mode_each_once_in_their_order(metered_bank, mode):
    alice = metered_bank("hardened").visitor(mode).login()
    assert asked(alice.profile()) == (*LOOKED_AT[mode], "live_roles")
    assert asked(alice.transfer()) == (*LOOKED_AT[mode], "csrf_token")


def test_a_switch_that_no_longer_matters_is_not_asked(metered_bank):
    nobody = metered_bank("hardened").visitor("jwt")
    assert asked(nobody.profile()) == ("carrier", "dpop")
    assert asked(nobody.call("GET", "/profile", headers={"Authorization": "Bearer bad"})) == (
        "carrier", "verify_issuer_audience", "rfc6750_errors",
    )  # fmt: skip


def test_every_switch_that_the_server_reads_while_it_serves_is_noted(open_bank):
    bank = open_bank("hardened")
    done = work.begin()
    try:
        for mode in MODES:
            bank.visitor(mode, "nobody").try_login()
            alice = bank.visitor(mode).login()
            alice.call("GET", "/profile", headers={"Origin": "https://evil.example"})
            bank.visitor(mode).call("GET", "/profile", headers={"Authorization": "Bearer bad"})
            alice.transfer()
            thief = alice.copy()
            for each in (alice, thief):
                each.refresh()
                bank.clock.advance(seconds=20)
            alice.logout()
    finally:
        work.end()
    elsewhere = {"shared_store", "strong_key", "token_in_memory"}  # by a new node, the back office, the page
    assert set(done.asked) == set(switches()) - elsewhere


def test_outside_a_metered_request_a_site_hands_out_its_switches_themselves(open_bank):
    bank = open_bank("hardened")
    defences = bank.site.defences
    assert isinstance(defences, Defences)
    assert bank.site.defences is defences
    bank.switch(denylist=False, prune_denylist=False)
    assert bank.site.defences == defences.but(denylist=False, prune_denylist=False)


def test_switches_have_the_same_values_while_they_are_noted(open_bank):
    site = open_bank("hardened").site
    before = site.defences.to_json()
    work.begin()
    try:
        assert {name: getattr(site.defences, name) for name in switches()} == before
    finally:
        work.end()


def test_each_launch_has_keys_of_its_own():
    one, other = Keys(), Keys()
    made = [key for keys in (one, other) for key in (keys.successor, keys.csrf, keys.signing["jwt"].current()[1])]
    assert len(set(made)) == 6


def test_keys_show_no_key():
    keys = Keys()
    assert repr(keys.csrf) not in repr(keys)
    assert keys.csrf.hex() not in repr(keys)
    assert repr(keys.signing["jwt"].current()[1]) not in f"{keys!r} {keys.signing!r}"


@pytest.mark.parametrize(("setting", "said"), [({"signing": "RS256"}, "signing=RS256"), ({"dpop": True}, "dpop")])
def test_what_needs_cryptography_is_refused_without_it_with_the_remedy(monkeypatch, setting, said):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadSwitch, match=f"{said} needs the package cryptography: run"):
        Defences().but(**setting)
