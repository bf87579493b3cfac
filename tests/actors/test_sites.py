"""Whom a browser takes for the same as whom."""

import pytest

from sandbox.actors.sites import (
    is_address,
    is_public_suffix,
    is_same_site,
    is_trustworthy,
    origin,
    registrable_domain,
    site,
)

BANK = "https://bank.example/a"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Bank.Example/a?b", "https://bank.example"), ("https://bank.example:443/", "https://bank.example"),
        ("http://bank.example:80", "http://bank.example"), ("https://bank.example:8443/", "https://bank.example:8443"),
        ("http://bank.example:443/", "http://bank.example:443"),
    ],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_a_port_of_its_own(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "other", ["https://bank.example:8443/", "https://www.bank.example", "https://a.b.bank.example/"]
)
def test_ports_and_subdomains_are_of_one_site(other: str) -> None:
    assert is_same_site(BANK, other)


@pytest.mark.parametrize("other", ["http://bank.example/a", "https://evil.example/", "https://notbank.example/"])
def test_another_scheme_or_registrable_domain_is_another_site(other: str) -> None:
    assert not is_same_site(BANK, other)


def test_under_a_public_suffix_every_name_is_a_site_of_its_own() -> None:
    assert not is_same_site("https://alice.github.io", "https://bob.github.io")
    assert site("https://www.alice.github.io/") == "https://alice.github.io"
    assert [registrable_domain(host) for host in ("a.b.co.uk", "co.uk", "10.0.0.1")] == ["b.co.uk", "co.uk", "10.0.0.1"]


@pytest.mark.parametrize(
    ("host", "public"),
    [("com", True), ("co.uk", True), ("github.io", True), ("bank.example", False), ("127.0.0.1", False)],
)
def test_a_public_suffix_is_what_anybody_may_register_under(host: str, public: bool) -> None:
    assert is_public_suffix(host) is public


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        (BANK, True), ("http://bank.example", False), ("http://localhost:8888/", True), ("http://app.localhost", True),
        ("http://127.0.0.1", True), ("http://[::1]/", True), ("http://127.evil.example", False),
        ("http://10.0.0.1", False),
    ],
)  # fmt: skip
def test_tls_or_staying_on_this_machine_makes_an_address_trustworthy(url: str, trusted: bool) -> None:
    assert is_trustworthy(url) is trusted


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", True), ("::1", True), ("bank.example", False), ("1.bank", False)]
)
def test_an_address_is_no_name(host: str, address: bool) -> None:
    assert is_address(host) is address
