"""What a newcomer installs: the names and ranges, the locks, and start.py."""

import ast
import base64
import contextlib
import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CORE = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
DEV = PROJECT["dependency-groups"]["dev"]
USER = [*CORE, *EXTRAS["crypto"], *EXTRAS["lab"]]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def ranges(requirements: list[str]) -> dict[str, set[str]]:
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(each.name): {str(part) for part in each.specifier} for each in parsed}


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Each locked requirement (with its marker) and its hashes."""
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    found = []
    for line in joined.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        found.append((Requirement(requirement), hashes))
    return found


def pinned(lock: str) -> dict[str, set[tuple[str, str]]]:
    """Name to its versions with their markers: one name may have two versions, for older and newer Pythons."""
    found: dict[str, set[tuple[str, str]]] = {}
    for requirement, _ in entries(lock):
        found.setdefault(canonicalize_name(requirement.name), set()).add(
            (str(requirement.specifier).removeprefix("=="), str(requirement.marker or ""))
        )
    return found


# --- names and ranges


def test_environment_yml_has_the_names_and_ranges_of_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = ranges([line for line in environment["dependencies"] if isinstance(line, str)])
    assert conda.pop("python") == {PROJECT["project"]["requires-python"]}
    conda.pop("pip")
    checks = [line for line in DEV if Requirement(line).name in ("nbval", "pytest")]
    assert conda == ranges([*USER, *checks, *PROJECT["build-system"]["requires"]])


def test_environment_yml_puts_the_package_itself_on_the_path_and_takes_nothing_else_from_pip() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert pip == [["--no-build-isolation", "--no-deps", "-e ."]]


@pytest.mark.parametrize(("lock", "wanted"), [("requirements.lock", USER), ("requirements-dev.lock", [*USER, *DEV])])
def test_lock_holds_every_dependency_within_its_range(lock: str, wanted: list[str]) -> None:
    versions = pinned(lock)
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{lock} lacks {name}: make lock"
        for version, _ in versions[name]:
            assert requirement.specifier.contains(version), f"{lock} has {name} {version}: make lock"


def test_the_two_locks_agree() -> None:
    user, dev = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert user.keys() <= dev.keys()
    for name, versions in user.items():
        # The marker may be wider in the dev lock, where something else wants the package too; never the version.
        assert {version for version, _ in versions} == {version for version, _ in dev[name]}, name


# --- the locks


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_names_versions_markers_and_hashes_only(lock: str) -> None:
    for line in (ROOT / lock).read_text().splitlines():
        assert re.fullmatch(
            r"(?:[a-z0-9.-]+==[\w.+!]+(?: ; [\w.' =<>!()]+)? \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?)", line
        ), f"{lock}: {line}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(lock: str) -> None:
    for requirement, hashes in entries(lock):
        assert str(requirement.specifier).startswith("=="), requirement
        assert hashes, requirement


# --- start.py, read


def test_start_imports_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "start.py").read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported
    assert imported <= sys.stdlib_module_names


def test_start_can_be_read_by_python_3_7() -> None:
    # ast knows the grammar from 3.7 on; only so old a Python as can read the file can say that it is too old
    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 7))


# --- start.py, called


@pytest.fixture
def start() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "start.py"), run_name="start"))


def test_an_old_python_is_refused_in_one_line_with_the_remedy(
    start: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18, "final", 0))
    assert start.main([]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "3.11 or newer is needed" in err
    assert "3.8.18" in err
    assert "python.org" in err


def test_a_python_without_venv_is_refused_with_the_package_to_install(
    start: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(start.Stop, match=r"sudo apt install python3\.\d+-venv"):
        start.make_venv()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--wheels", "no-such-folder"], "there is no folder no-such-folder"),
        (["play", "theft", "--wheels", "no-such-folder"], "there is no folder no-such-folder"),
        (["--no-such-option"], "--no-such-option is no option"),
        (["setup", "--fast"], "setup takes --dev or nothing"),
        (["--wheels"], "expected one argument"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_2(arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "start.py"), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


PIP_SAYS = {
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
    "ERROR: No matching distribution found for flask==3.1.3": "package index can't be reached",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "no space",
    "ERROR: No matching distribution found for pandas==3.1.1": "no ready-made pandas==3.1.1",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES": "DO NOT MATCH",
    "": "no reason given",
}


@pytest.mark.parametrize(("text", "says"), PIP_SAYS.items())
def test_what_stopped_pip_is_said_in_one_line(start: SimpleNamespace, text: str, says: str) -> None:
    try:
        line = start.what_went_wrong(text, start.LOCK, None)
    except OSError as error:
        line = str(error)
    assert says in line
    assert "\n" not in line


# --- start.py, run: in a copy of the repository with one small wheel in its lock, so without a network


def make_wheel(folder: Path) -> str:
    """Writes a wheel by hand; returns the lock's line for it."""
    files = {
        "small.py": "",
        "small-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n",
        "small-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    wheel = folder / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**files, "small-1.0.dist-info/RECORD": record + "small-1.0.dist-info/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return f"small==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Copy:
    """A copy of start.py beside a stand-in for the package that prints what it was given, and exits 7."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder / "repo", folder / "wheels"
        self.wheels.mkdir(parents=True)
        (self.folder / "sandbox").mkdir(parents=True)
        shutil.copy(ROOT / "start.py", self.folder)
        line = make_wheel(self.wheels)
        for lock in LOCKS:
            (self.folder / lock).write_text(line)
        (self.folder / "sandbox" / "__init__.py").write_text("")
        (self.folder / "sandbox" / "__main__.py").write_text(
            "import sys, small, sandbox\nprint(sys.argv[1:], sandbox.__file__)\nsys.exit(7)\n"
        )

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def run(self, *arguments: str) -> Any:
        return subprocess.run(
            [sys.executable, str(self.folder / "start.py"), *arguments], capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """One .venv for all tests below: each leaves it whole."""
    made = Copy(tmp_path_factory.mktemp("start"))
    first = made.run("--wheels", str(made.wheels), "play", "theft", "--json")
    assert first.returncode == 7, first.stderr  # the verb's own exit code
    assert "making .venv" in first.stdout
    assert "installing the packages" in first.stdout
    assert "['play', 'theft', '--json']" in first.stdout
    yield made
    with contextlib.suppress(OSError):
        shutil.rmtree(made.folder)


def test_a_second_run_does_nothing_twice(copy: Copy) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.venv.rglob("*") if "__pycache__" not in path.parts}
    again = copy.run("play", "theft")
    assert again.returncode == 7
    assert again.stdout.startswith("['play', 'theft']")  # no word of setting up
    assert before == {path: path.stat().st_mtime_ns for path in copy.venv.rglob("*") if "__pycache__" not in path.parts}


def test_no_verb_opens_the_lab(copy: Copy) -> None:
    assert copy.run().stdout.startswith("['lab']")


def test_the_package_is_found_from_any_folder_and_after_a_move(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.wheels)
    moved = copy.folder.with_name("moved")
    copy.folder.rename(moved)
    try:
        done = subprocess.run(
            [sys.executable, str(moved / "start.py"), "list"], capture_output=True, text=True, check=False
        )
    finally:
        moved.rename(copy.folder)
    assert done.returncode == 7, done.stderr
    assert done.stdout == f"['list'] {moved / 'sandbox' / '__init__.py'}\n"


def test_a_changed_lock_is_installed_and_a_lock_that_fits_nothing_is_refused_in_one_line(copy: Copy) -> None:
    lock = copy.folder / "requirements.lock"
    whole = lock.read_text()
    lock.write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, whole).replace("1.0", "2.0"))
    try:
        refused = copy.run("--wheels", str(copy.wheels), "list")
    finally:
        lock.write_text(whole)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "has no wheel of small==2.0" in refused.stderr
    mended = copy.run("--wheels", str(copy.wheels), "list")
    assert mended.returncode == 7, mended.stderr
    assert "making it anew" in mended.stdout  # the refused run left it unfinished


def test_a_half_made_environment_is_made_anew(copy: Copy) -> None:
    (copy.venv / "ready").unlink()
    next(copy.venv.rglob("small.py")).unlink()
    done = copy.run("--wheels", str(copy.wheels), "list")
    assert done.returncode == 7, done.stderr
    assert "making it anew" in done.stdout


@pytest.mark.parametrize("way", ["PYTHONPATH", "current folder"])
def test_neither_pythonpath_nor_the_current_folder_reaches_the_environment(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__init__.py").write_text("raise SystemExit('the wrong sandbox')")
    if way == "PYTHONPATH":
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    else:
        monkeypatch.chdir(tmp_path)
    assert copy.run("list").returncode == 7


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_a_child_ended_by_a_signal_gives_the_shells_exit_code(copy: Copy) -> None:
    main = copy.folder / "sandbox" / "__main__.py"
    whole = main.read_text()
    main.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    try:
        assert copy.run("serve").returncode == 128 + 15
    finally:
        main.write_text(whole)
