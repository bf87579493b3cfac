"""base64url without padding, as JOSE writes bytes (RFC 7515 2)."""

from __future__ import annotations

import base64


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Raises ValueError for what is no base64."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
