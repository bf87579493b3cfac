"""Checks this machine for what the sandbox needs: a line each, with the remedy where something is missing."""

from __future__ import annotations

import importlib.metadata
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.errors import SandboxError

CORE = ("flask", "pyjwt", "bcrypt", "publicsuffixlist", "rich")
LAB = ("jupyterlab", "ipywidgets", "anywidget", "pandas", "ipykernel")
OPTIONAL = ("cryptography",)
OPTIONAL_CHECKS = ("RS256",)
"""Without it, the sandbox does all but this."""

AGAIN = "run python3 start.py"


def report() -> int:
    """Print every check; 0 where all that is needed is there, else 1."""
    failed = 0
    for name, check in CHECKS:
        try:
            print(f"ok    {name}: {check()}")
        except _Missing as missing:
            failed += name not in OPTIONAL_CHECKS
            print(f"{'note' if name in OPTIONAL_CHECKS else 'FAIL'}  {name}: {missing}")
    print("All is there." if not failed else f"{failed} missing: each line above says what to do.")
    return 1 if failed else 0


class _Missing(Exception):
    """What is missing, and its remedy."""


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))  # an older one could not have read this file


def _packages(names: tuple[str, ...]) -> Callable[[], str]:
    def check() -> str:
        found = []
        for name in names:
            try:
                found.append(f"{name} {importlib.metadata.version(name)}")
            except importlib.metadata.PackageNotFoundError:
                raise _Missing(f"{name} is not installed; {AGAIN}, which installs it into .venv") from None
        return ", ".join(found)

    return check


def _widgets() -> str:
    """The front end of ipywidgets must be where JupyterLab looks for it."""
    places = [Path(sys.prefix), Path(sys.base_prefix)]
    found = [place / "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager" for place in places]
    here = next((place for place in found if place.is_dir()), None)
    if here is None:
        raise _Missing(f"JupyterLab would show no buttons; {AGAIN}, and open JupyterLab by it")
    return "JupyterLab's widget manager is installed"


def _loopback() -> str:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port), timeout=2):
                return f"127.0.0.1 answers, port {port} was free"
    except OSError as error:
        raise _Missing(f"127.0.0.1 does not answer ({error}); allow it in the firewall, or play in-process") from error


def _server() -> str:
    from sandbox.box import launch

    try:
        with launch("as_written", bcrypt_cost=4) as box:
            status = box.browser("alice").open("session").login().status
    except SandboxError as error:
        raise _Missing(str(error)) from error
    except ImportError as error:
        raise _Missing(f"{error.name} is not installed; {AGAIN}, which installs it into .venv") from error
    if status != 200:
        raise _Missing(f"a login was answered {status}; {AGAIN} test, and report what fails")
    return "Alice logged in"


def _notebooks() -> str:
    from sandbox.lab import FIRST, ROOT

    if not (ROOT / "notebooks" / FIRST).is_file():
        raise _Missing(f"{FIRST} is not in {ROOT / 'notebooks'}; start from a clone of the repository")
    return str(ROOT / "notebooks")


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("Python", _python),
    ("core packages", _packages(CORE)),
    ("notebook packages", _packages(LAB)),
    ("RS256", _packages(OPTIONAL)),
    ("widgets", _widgets),
    ("loopback", _loopback),
    ("server", _server),
    ("notebooks", _notebooks),
)
