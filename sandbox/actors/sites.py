"""Origins and sites: whom a browser takes for the same as whom (HTML 7.1.1; RFC 6265bis 5.2)."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}


def origin(url: str) -> str:
    """`https://bank.example`: scheme, host, and a port that is not the scheme's own."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').lower()}{port}"


def site(url: str) -> str:
    """`https://bank.example`: scheme and registrable domain. Ports and subdomains don't count."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{registrable_domain((parts.hostname or '').lower())}"


def is_same_site(one: str, other: str) -> bool:
    """Whether both URLs are of one site: schemeful, as browsers have it today (RFC 6265bis 5.2)."""
    return site(one) == site(other)


def registrable_domain(host: str) -> str:
    """The public suffix and one label more; a host that has none, or is an address, stands for itself."""
    if is_address(host):
        return host
    return _public_suffixes().privatesuffix(host) or host


def is_public_suffix(host: str) -> bool:
    """Whether anybody may register names under it: `com`, `co.uk`, `github.io`."""
    return not is_address(host) and bool(_public_suffixes().is_public(host))


def is_trustworthy(url: str) -> bool:
    """Whether nobody on the way reads or changes it: by TLS, or because it stays on this machine (Secure Contexts 3.1).

    There a browser takes and sends Secure cookies.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    here = host in ("localhost", "::1") or host.endswith(".localhost") or (host.startswith("127.") and is_address(host))
    return parts.scheme == "https" or here


def is_address(host: str) -> bool:
    """An IPv4 or IPv6 address, as a URL writes it."""
    return ":" in host or host.replace(".", "").isdigit()


@cache
def _public_suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # reads its list: not before a browser asks

    return PublicSuffixList()
