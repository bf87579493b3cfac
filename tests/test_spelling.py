"""No word that people commonly misspell stands in prose, code or notebooks."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READ = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "notebooks", "exercises", "sandbox", "tests", "start.py"]
NO_PROSE = ["*likely_secrets.txt", "*test_ex11_choose.py", "*.svg", "*.png", "*.pyc"]
"""Pictures; passwords that people choose; names that a learner misspells on purpose."""
NAMES = ["te"]
"""`TE` is a header of HTTP."""


def spelled(*paths: Path) -> list[str]:
    command = [sys.executable, "-m", "codespell_lib", "--ignore-words-list", ",".join(NAMES)]
    done = subprocess.run([*command, "--skip", ",".join(NO_PROSE), *map(str, paths)], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_no_word_is_misspelt() -> None:
    assert spelled(*(ROOT / name for name in READ)) == []


def test_a_misspelt_word_is_seen(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("One sees teh server.\n")  # codespell:ignore teh
    assert len(spelled(tmp_path)) == 1
