"""The claims that are made of sessions and JWTs, each with the experiment that settles it."""

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, VERDICTS, Chart, Claim, Finding, Series, Table
from sandbox.claims.everything import claim, claim_ids, settle
from sandbox.claims.workbench import Workbench

__all__ = [
    "DOES_NOT_HOLD", "HOLDS", "HOLDS_ONLY_IF", "VERDICTS", "Chart", "Claim", "Finding", "Series", "Table", "Workbench",
    "claim", "claim_ids", "settle",
]  # fmt: skip
