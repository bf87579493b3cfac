"""The code around the learner's, a file an exercise: it runs beside a submission, and knows nothing of the attacks."""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from sandbox.grading.bank import Bank
from sandbox.grading.exercise import Application, Parts


def mount(exercise: str, parts: Parts, bank: Bank) -> Application:
    """A fresh application in which these parts serve. `exercise`: a whole id, such as `ex02_session_fixation`."""
    made = importlib.import_module(f"{__name__}.{exercise}").mount
    app = made(parts, bank)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return _telling(app)


RAISED: Final = "raised"
"""The field of a 500's JSON that says what the learner's code raised."""


def _telling(app: Application) -> Application:
    """What the learner's code raises is a 500 that says so, in one line."""

    def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return list(app(environ, start_response))
        except (Exception, SystemExit) as error:
            body = json.dumps({RAISED: in_a_line(error)}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("500 INTERNAL SERVER ERROR", headers)
            return [body]

    return answering


def in_a_line(error: BaseException) -> str:
    """`NotImplementedError, in line 12 of your cell`: of the innermost line that no file of an installation holds."""
    told = f"{type(error).__name__}: {error}".rstrip(": ")[:200]
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__)
             if not Path(frame.f_code.co_filename).is_file() or "ipykernel" in frame.f_code.co_filename]  # fmt: skip
    return f"{told}, in line {lines[-1]} of your cell" if lines else told
