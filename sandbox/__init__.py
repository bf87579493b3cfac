"""The auth sandbox: session, jwt and hybrid mode side by side, on one server, under one clock."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, overload

try:
    from sandbox import server
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(f"{missing.name} is not installed: run python3 start.py, or pip install .") from missing
from sandbox.answers import answers
from sandbox.box import Sandbox, launch
from sandbox.defences import Defences, Value
from sandbox.errors import SandboxError
from sandbox.exchange import MODES

if TYPE_CHECKING:
    from sandbox.grading.exercise import Result
    from sandbox.player import Player
    from sandbox.sweep import Matrix
    from sandbox.views.ledger.frame import DataFrame
    from sandbox.views.ledger.show import Ledger, Settled

__all__ = ["Defences", "Sandbox", "SandboxError", "answers", "check", "launch", "ledger", "matrix", "play", "server"]
__version__ = "0.1.0"


def play(
    scenario: str,
    preset: str = "as_written",
    *,
    modes: tuple[str, ...] = MODES,
    transport: str = "loopback",
    bcrypt_cost: int = 4,
    level: int = 3,
    **settings: Value,
) -> Player:
    """A player of the story `scenario`: at the end of a cell it shows itself, and every button is a method too.

    `level`: how much the stage shows, from 1 (one lane, its wire) to 4 (all, with clock and switches). `settings` are
    the story's options and switches on top of the preset: `play("theft", loot="refresh", rotate_refresh=True)`. Raises
    UnknownName, BadSwitch, BadStory, BadInput, each a SandboxError.
    """
    from sandbox.player import Player
    from sandbox.scenarios import story
    from sandbox.views.show import Notebook

    told = story(scenario)
    options = {name: str(settings.pop(name)) for name in told.options if name in settings}
    player = Player(
        told,
        preset=preset,
        settings=settings,
        modes=modes,
        options=options,
        transport=transport,
        bcrypt_cost=bcrypt_cost,
    )
    return player.show_with(Notebook(level))


def matrix(
    *attacks: str,
    modes: tuple[str, ...] = MODES,
    transport: str = "in-process",
    bcrypt_cost: int = 4,
    workers: int | None = None,
) -> Matrix:
    """Every attack (or `attacks` alone) in every mode under four sets of switches: a table, found by playing.

    `matrix("csrf").row("csrf", "session").on.verdict` is one cell's. `workers`: how many processes play; None: one a
    core. A story that does not run says so in its cells. Raises UnknownName, BadSwitch, BadStory, each a SandboxError.
    """
    from sandbox.sweep import sweep
    from sandbox.views import progress_bar
    from sandbox.views.matrix.show import Notebook

    with progress_bar.shown("Playing the matrix") as progress:
        found = sweep(
            attacks=attacks,
            modes=modes,
            transport=transport,
            bcrypt_cost=bcrypt_cost,
            progress=progress,
            workers=workers,
        )
    return found.show_with(Notebook())


@overload
def ledger() -> DataFrame | Ledger: ...
@overload
def ledger(id: str, /) -> Settled: ...
@overload
def ledger(id: str, other: str, /, *more: str) -> DataFrame | Ledger: ...
def ledger(*ids: str) -> DataFrame | Ledger | Settled:
    """What is commonly claimed of sessions and JWTs, each settled by its experiment: all of them, or `ids` alone.

    One id gives one finding, which shows itself: `ledger("S6").verdict`, `.measured`, `.numbers`, `.tables`. Else a
    DataFrame with a row for each claim; where pandas is missing, the same as a table. Raises UnknownName.
    """
    from sandbox.claims import settle
    from sandbox.views import progress_bar
    from sandbox.views.ledger.show import shown

    bar = progress_bar.shown("Settling the claims") if len(ids) != 1 else nullcontext()  # of one there is no progress
    with bar as progress:
        found = settle(ids, progress=progress)
    return shown(found, alone=len(ids) == 1)


def check(exercise: str, **parts: Any) -> Result:
    """How a solution does: each attack must fail now, and each feature must still work: `check("ex02", login=login)`.

    The parts are mounted in a fresh sandbox, with ids and keys of this run, and tried over HTTP. What they raise is in
    the result, so an unsolved exercise is no error. Raises UnknownName, BadInput, each a SandboxError.
    """
    from sandbox.grading import check as checking
    from sandbox.views.grading.show import Notebook

    return checking.check(exercise, **parts).show_with(Notebook())
