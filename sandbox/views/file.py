"""Writes a page or a picture to a file: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.errors import SandboxError


def check(path: Path) -> None:
    """Before the work begins: can a file be written there? Raises SandboxError, which names the remedy."""
    folder = path.parent
    if not folder.is_dir():
        raise SandboxError(f"{path} can't be written: there is no folder {folder}. Make it, or choose another file")
    if path.exists() and not path.is_file():
        raise SandboxError(f"{path} can't be written: it is no file. Choose another name")
    if not os.access(folder, os.W_OK):
        raise SandboxError(f"{path} can't be written: the folder {folder} is not yours to write in. Choose another")


def save(path: Path, text: str) -> None:
    """Write beside the file, then put it in its place: who reads meanwhile finds the old one. Raises SandboxError."""
    check(path)
    whole = path.resolve()
    part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(whole)
    except OSError as error:
        raise SandboxError(f"{path} can't be written: {error.strerror}. Choose another file") from error
    finally:
        part.unlink(missing_ok=True)
