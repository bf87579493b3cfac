"""What the site shares: keys that are made anew, and packages that a switch needs."""

import pytest

from sandbox.defences import Defences
from sandbox.errors import BadSwitch
from sandbox.server.site import Keys


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
