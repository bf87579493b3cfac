"""How far the settling is: a bar in a terminal, a widget in a notebook, nothing in a file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sandbox.claims.everything import Progress

_DOING: Final = "Settling the claims"


@contextmanager
def shown() -> Iterator[Progress | None]:
    """What `settle` is to call, for as long as the block lasts. The bar goes when it ends."""
    with _in_notebook() if _in_kernel() else in_terminal() as progress:
        yield progress


def _in_kernel() -> bool:
    """Whether a notebook's kernel runs this, and has widgets."""
    if "ipykernel" not in sys.modules or not importlib.util.find_spec("ipywidgets"):
        return False
    from IPython.core.getipython import get_ipython

    return get_ipython() is not None


@contextmanager
def in_terminal() -> Iterator[Progress | None]:
    """A bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    parts = (TextColumn(_DOING.lower()), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*parts, console=Console(stderr=True, force_jupyter=False), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _in_notebook() -> Iterator[Progress | None]:
    """Its text is the same on every run, for it is kept with the notebook."""
    import ipywidgets as w
    from IPython.display import display

    bar = w.IntProgress(description=_DOING, style={"description_width": "initial"})
    view = {kind: data for kind, data in bar._repr_mimebundle_().items() if kind != "text/plain"}
    display({"text/plain": f"{_DOING} ...", **view}, raw=True)  # type: ignore[no-untyped-call]

    def progress(done: int, total: int) -> None:
        bar.max, bar.value = total, done

    try:
        yield progress
    finally:
        bar.layout.display = "none"
