"""All claims together: their families, and the notebooks in which a learner runs them."""

import json
import re
from pathlib import Path

import pytest

from sandbox.claims import FAMILIES, claim, claim_ids, constraints

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"

LOOP = 'f"W{number}") for number in range(1, 11)'
"""How `11_choose` runs W1 to W10."""


def run_in(notebook: str) -> set[str]:
    """The ids of the claims that its code cells run."""
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(each["source"]) for each in cells if each["cell_type"] == "code")
    looped = {f"W{number}" for number in range(1, 11)} if f"sandbox.ledger({LOOP}" in code else set()
    calls = re.findall(r"sandbox\.ledger\(([^)]*)\)", code)
    return looped | {id for call in calls for id in re.findall(r"\"([A-Z]\d+)\"", call)}


@pytest.mark.parametrize("id", claim_ids())
def test_the_notebook_that_a_claim_names_runs_it(id: str) -> None:
    assert id in run_in(claim(id).notebook)


def test_an_id_begins_with_its_familys_letter_and_families_stand_together() -> None:
    letters = [id[0] for id in claim_ids()]
    assert list(dict.fromkeys(letters)) == list(FAMILIES)
    assert letters == sorted(letters, key=list(FAMILIES).index)


def test_each_reason_to_choose_has_a_constraint() -> None:
    assert len(constraints()) == sum(id.startswith("W") for id in claim_ids())
