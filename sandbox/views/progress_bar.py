"""How far a long work is: a bar in a terminal, a widget in a notebook, nothing in a file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called with how much is done, and the whole."""


@contextmanager
def shown(doing: str) -> Iterator[Progress | None]:
    """What the work is to call; the bar goes when the block ends. `doing`: `Playing the matrix`."""
    with _in_notebook(doing) if _in_kernel() else in_terminal(doing) as progress:
        yield progress


def _in_kernel() -> bool:
    """Whether a notebook's kernel runs this, and has widgets."""
    if "ipykernel" not in sys.modules or not importlib.util.find_spec("ipywidgets"):
        return False
    from IPython.core.getipython import get_ipython

    return get_ipython() is not None


@contextmanager
def in_terminal(doing: str) -> Iterator[Progress | None]:
    """A bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    parts = (TextColumn(doing.lower()), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*parts, console=Console(stderr=True, force_jupyter=False), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _in_notebook(doing: str) -> Iterator[Progress | None]:
    """Its text is the same on every run, for it is kept with the notebook."""
    import ipywidgets as w
    from IPython.display import display

    bar = w.IntProgress(description=doing, style={"description_width": "initial"})
    view = {kind: data for kind, data in bar._repr_mimebundle_().items() if kind != "text/plain"}
    display({"text/plain": f"{doing} ...", **view}, raw=True)  # type: ignore[no-untyped-call]

    def progress(done: int, total: int) -> None:
        bar.max, bar.value = total, done

    try:
        yield progress
    finally:
        bar.layout.display = "none"
