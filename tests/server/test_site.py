"""What the site shares: keys that are made anew, and packages that a switch needs."""

import pytest

from sandbox.clock import Clock
from sandbox.defences import Defences
from sandbox.errors import BadSwitch
from sandbox.server.site import Keys, Site


def test_each_launch_has_keys_of_its_own():
    one, other = Keys(), Keys()
    assert len({one.hmac, one.successor, one.csrf, other.hmac, other.successor, other.csrf}) == 6


def test_keys_show_no_key():
    keys = Keys()
    assert keys.hmac.hex() not in repr(keys)
    assert repr(keys.hmac) not in repr(keys)


def test_rs256_without_cryptography_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    site = Site(Defences(), Clock())
    with pytest.raises(BadSwitch, match="needs the package cryptography: run"):
        site.take(Defences().but(signing="RS256"))
    assert site.defences.signing == "HS256"
