"""Keeps verdicts in a file, a line each, so that a run that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.exchange import parsed_json
from sandbox.grading.exercise import Checked, Exercise, Result
from sandbox.grading.submission import Submission


class Verdicts:
    """The verdicts in one file. Raises SandboxError where it can't be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        self._torn = False
        """Whether the last line has no end: the run before was killed while it wrote."""
        try:
            content = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise self._refusal(error) from error
        self._torn = bool(content) and not content.endswith(b"\n")
        for line in content.splitlines():
            told = parsed_json(line)
            if isinstance(told, dict) and isinstance(told.get("key"), str):
                self._known[told["key"]] = told

    def get(self, key: str, exercise: Exercise) -> Result | None:
        """What was found before of the same cells, by the same tests; None where nothing was."""
        told = self._known.get(key)
        if told is None:
            return None
        fault, seen = told.get("fault"), told.get("seen")
        if not isinstance(fault, str) or not isinstance(seen, dict):
            return None
        if fault:
            return Result(exercise, fault=fault)
        if list(seen) != [each.id for each in exercise.criteria]:
            return None
        checked = (Checked(each, seen[each.id] is None, str(seen[each.id] or "")) for each in exercise.criteria)
        return Result(exercise, tuple(checked))

    def add(self, key: str, result: Result) -> None:
        """It is on the disk when this returns."""
        seen = {each.criterion.id: None if each.met else each.seen for each in result.checked}
        line = json.dumps({"key": key, "exercise": result.exercise.id, "fault": result.fault, "seen": seen})
        try:
            with self._path.open("ab") as file:
                file.write(b"\n" * self._torn + line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._refusal(error) from error
        self._torn = False

    def _refusal(self, error: OSError) -> SandboxError:
        return SandboxError(f"{self._path} can't keep the verdicts: {error.strerror}. Choose another folder")


def key(submission: Submission) -> str:
    """The same for the same cells of the same exercise, as long as the code that grades is the same."""
    told = json.dumps([submission.exercise.id, submission.cells, _grading()])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _grading() -> str:
    """A digest of the sources that a verdict comes from."""
    package = Path(__file__).resolve().parents[1]
    folders = ("grading", "actors", "server")
    files = sorted(path for folder in folders for path in (package / folder).rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
