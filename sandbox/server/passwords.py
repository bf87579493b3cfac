"""Passwords at rest: bcrypt, and the demo accounts' hashes, made beforehand. The only importer of bcrypt."""

from __future__ import annotations

from functools import cache
from typing import Final

MAX_BYTES: Final = 72
"""bcrypt reads no further, and bcrypt 5 raises above it: count bytes, not letters."""

# What `hash_password("alice-password", cost)` gave once, so that a launch waits for no hash.
_DEMO: Final = {
    4: {
        "alice": "$2b$04$etLDCJnZFI9d2PiZKYz61uoC12jn9i9psl5G2iXWIx5/barDN386S",
        "bob": "$2b$04$GvfthdltGcATTnOfnQC.qeoNW2GF4iltXYlK4rbZdlRhNzPE44V/i",
        "carol": "$2b$04$tLNGukcmJWUsHT4yzpkOd.5Km0ExCXs9Dx66FCEqgyZr2mL6/WydW",
        "nobody": "$2b$04$XALzQucii35.QQstbwdpueSgn4ppslzK8zxnFoJK.lIb1nWK3M7tm",
    },
    10: {
        "alice": "$2b$10$lDnzol.5IfIo7Z27nfv5AeAn5o73iys2MlBqdJSDuJvDVDsl6GPn2",
        "bob": "$2b$10$NlnojyVEpaacHVCq9FMRUeCdEOG9BLUEHGhA6/YgTvlQ5998HpdtW",
        "carol": "$2b$10$4JgKydnNVMITrRuVq8NVm.Js5/2HRo5PwuT7QRUTzSN0meZWfsdpO",
        "nobody": "$2b$10$bEXbOd6NMk0wutf7k1BLEeFVyxaGEf6mPozMFKmWCtmT1i1jz0ZnK",
    },
    12: {
        "alice": "$2b$12$006kaFCqchodFBYaMOUmR.vt1Cs1IHDRLPrXfQC30QlKO3ItiiUs2",
        "bob": "$2b$12$c/vvO9Vo2EqiVC2/fisRD.akNauQ.WaWlWa4fhFBisocYk7POIevK",
        "carol": "$2b$12$FHcjRJInTnBanewTD7oSmeuC2Ia9XuAIaJcfXWsPCXNKon8t21j12",
        "nobody": "$2b$12$rdbMnSTMiJqFLi44Mhp0SuEUTb3Dw8ktZAShS9FR94lKbXcRGbyRS",
    },
}


def hash_password(password: str, cost: int) -> str:
    """A bcrypt hash with a fresh salt. Raises ValueError above 72 bytes."""
    import bcrypt

    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(cost)).decode("ascii")


def verify_password(password: str, password_hash: str) -> bool:
    """Whether the password is the one that was hashed. Raises ValueError above 72 bytes."""
    import bcrypt

    return bcrypt.checkpw(_bytes(password), password_hash.encode("ascii"))


@cache
def demo_hash(name: str, cost: int) -> str:
    """The hash of `{name}-password` at that cost: from the table, or made now, once per process."""
    return _DEMO.get(cost, {}).get(name) or hash_password(f"{name}-password", cost)


def _bytes(password: str) -> bytes:
    encoded = password.encode("utf-8")
    if len(encoded) > MAX_BYTES:
        raise ValueError(f"a password has at most {MAX_BYTES} bytes")
    return encoded
