"""The ledger that is stored beside the notebooks is what the experiments find: all of them are run again."""

import csv
from pathlib import Path

import pytest

from sandbox.claims import claim_ids, settle
from sandbox.views.ledger import page
from sandbox.views.ledger import words as words
from sandbox.views.ledger.chart import draw

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
REMEDY = "make ledger"


def read(name: str) -> str:
    return (NOTEBOOKS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found() -> words.Found:
    return settle()


@pytest.fixture(scope="module")
def stored() -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in csv.DictReader(read("ledger.csv").splitlines())}


def test_every_claim_has_its_row_and_no_other_has(stored: dict[str, dict[str, str]]) -> None:
    assert list(stored) == claim_ids(), REMEDY


@pytest.mark.parametrize("id", claim_ids())
def test_the_stored_row_is_what_the_experiment_finds(
    found: words.Found, stored: dict[str, dict[str, str]], id: str
) -> None:
    row = words.row(*found[id])
    if found[id][1].varies:
        row["measured"] = stored[id]["measured"]
        assert row["measured"].endswith(words.VARIES), REMEDY
    assert stored[id] == row, REMEDY


def test_the_page_says_what_the_sheet_says(found: words.Found, stored: dict[str, dict[str, str]]) -> None:
    pictures = {f"pictures/{name}": chart for name, chart in page.pictures(found).items()}
    lines, again = (text.splitlines() for text in (read("ledger.md"), page.markdown(found, pictures)))
    varying = {f"| {id} |" for id, (_, finding) in found.items() if finding.varies}
    assert len(lines) == len(again), REMEDY
    for line, other in zip(lines, again, strict=True):
        if line[: line.find("|", 2) + 1] in varying:
            assert all(page._escaped(said) in line for said in stored[line.split()[1]].values()), REMEDY
        else:
            assert line == other, REMEDY


def test_the_stored_pictures_are_what_is_drawn(found: words.Found) -> None:
    pictures = page.pictures(found)
    assert {name.split("_")[1][:2].upper() for name in pictures} == set(page.PICTURED)
    for name, chart in pictures.items():
        assert read(f"pictures/{name}") == draw(chart), REMEDY
