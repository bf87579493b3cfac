"""Errors of the sandbox: each is one line that names the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SandboxError(Exception):
    """What a learner or a script did can't be done. The text is one line and names the remedy."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the line, and no pages of our own code before it."""
        return [f"{type(self).__name__}: {self}"]


class UnknownName(SandboxError):
    """A story, switch, preset, mode or value that does not exist."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        known = list(known)
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        super().__init__(f"unknown {kind} {str(name)!r}.{hint} Choose from: {', '.join(known)}")
        self.name = str(name)
        self.known = known


class BadSwitch(SandboxError):
    """A switch that can't be set so: it lacks what it requires, or the value is not its own."""


class WeakKey(SandboxError):
    """A signing key that is too short, or is none."""


class BadStory(SandboxError):
    """A story whose steps don't line up across the modes, or that was given an option it does not have."""


class BadInput(SandboxError):
    """A value that can't be worked with: it can't be sent, or signed, or is no number of seconds."""


class ServerStopped(SandboxError):
    """The embedded server does not answer any more."""


class PortInUse(SandboxError):
    """Another program listens on the port that was asked for."""


class PredictionRefused(SandboxError):
    """A prediction that comes too late, names no choice, or is asked for where no question stands."""
