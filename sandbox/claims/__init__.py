"""The claims that are made of sessions and JWTs, each with the experiment that settles it."""

from sandbox.claims.claim import DOES_NOT_HOLD, HOLDS, HOLDS_ONLY_IF, VERDICTS, Chart, Claim, Finding, Series, Table
from sandbox.claims.constraints import Constraint, Fit, constraint, constraints
from sandbox.claims.everything import FAMILIES, claim, claim_ids, settle
from sandbox.claims.workbench import Workbench

__all__ = [
    "DOES_NOT_HOLD", "FAMILIES", "HOLDS", "HOLDS_ONLY_IF", "VERDICTS", "Chart", "Claim", "Constraint", "Finding", "Fit",
    "Series", "Table", "Workbench", "claim", "claim_ids", "constraint", "constraints", "settle",
]  # fmt: skip
