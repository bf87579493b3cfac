"""To be written."""

from sandbox.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
