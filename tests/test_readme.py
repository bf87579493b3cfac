"""The README tells the truth: its outcomes are measured anew, its Python runs, its links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.defences import PRESETS
from sandbox.exchange import MODES
from sandbox.views import words

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_table_of_thefts_shows_what_a_run_measures(preset: str) -> None:
    row = re.search(rf"^\| `{preset}` \| (.+) \| (.+) \| (.+) \|$", README, re.MULTILINE)
    assert row, f"the README has no row for {preset}"
    measured = sandbox.play("theft", preset=preset, transport="in-process").run()
    assert row.groups() == tuple(words.lasting(measured[mode].attacker_seconds) for mode in MODES)


def test_the_python_example_runs_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    block = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    assert block
    exec(compile(block[1], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("True\n")
    assert "BREACHED" in printed


def test_the_small_story_of_contributing_plays() -> None:
    from sandbox.player import Player

    block = re.search(r"```python\n(.+?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    told: dict[str, Any] = {}
    exec(compile(block[1], "CONTRIBUTING.md", "exec"), told)
    player = Player(told["STORY"], preset="hardened", transport="in-process")
    assert {mode: outcome.verdict for mode, outcome in player.run().items()} == dict.fromkeys(MODES, "breached")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)
    assert links or page != "README.md"
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_notebook_stands_in_the_readme() -> None:
    notebooks = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    assert [name for name in notebooks if f"`{name}`" not in README] == []


def test_the_readme_counts_the_claims_of_the_ledger() -> None:
    from sandbox.claims import claim_ids

    assert len(claim_ids()) == 41
    assert "Forty-one claims" in README
    page = (ROOT / "notebooks" / "ledger.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| ([A-Z]\d+) \|", page, re.MULTILINE) == claim_ids()
