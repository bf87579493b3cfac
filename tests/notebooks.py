"""Executes every notebook anew and stores it in one normal form, so that a run which changes nothing gives no diff.

`make notebooks`, or `python tests/notebooks.py [NOTEBOOK ...]`. It stops at the first error and leaves that file alone.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
TIMEOUT = 120
"""Seconds that one cell may take: as nbval is told in `start.py test`."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookFailed(Exception):
    """One line that names the notebook, the cell and the error."""


class ThisPython(KernelSpecManager):
    """The kernel of the Python that runs this script, whatever kernels the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir="", **get_kernel_dict())


class FreshKernel(AsyncKernelManager):
    def __init__(self, **options: Any) -> None:
        super().__init__(kernel_spec_manager=ThisPython(), transport_encryption="auto", **options)


def main(paths: list[Path]) -> int:
    os.environ["SANDBOX_ANSWERS"] = "off"  # what a notebook's author predicts is no learner's answer
    for path in paths:
        begun = time.monotonic()
        try:
            stored = normal_form(executed(path))
        except NotebookFailed as failure:
            print(f"{path.name}: {failure}", file=sys.stderr)
            return 1
        changed = stored != path.read_text(encoding="utf-8")
        path.write_text(stored, encoding="utf-8", newline="\n")
        print(f"{path.name}: {time.monotonic() - begun:.1f} s, {'changed' if changed else 'as it was'}")
    return 0


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of a fresh kernel. Raises NotebookFailed."""
    notebook = nbformat.read(path, as_version=4)
    for cell in _code(notebook):
        cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        kernel_manager_class=FreshKernel,
        timeout=TIMEOUT,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        return client.execute()
    except CellExecutionError as error:
        raise NotebookFailed(f"{_where(notebook)}: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise NotebookFailed(f"{_where(notebook)} runs for more than {TIMEOUT} s") from error
    except DeadKernelError as error:
        raise NotebookFailed(f"{_where(notebook)}: the kernel died") from error


def _where(notebook: nbformat.NotebookNode) -> str:
    """The code cell that ran last, counted as it is shown."""
    run = [number for number, cell in enumerate(_code(notebook), 1) if cell.outputs or cell.execution_count]
    return f"code cell [{run[-1] if run else 1}]"


def _code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def normal_form(notebook: dict[str, Any]) -> str:
    """The notebook's text as it is stored: nothing in it comes from the moment or the machine of its run.

    Code cells are counted from 1, pieces of one stream are joined, a widget's view (its id is random) leaves and its
    text stays, metadata say the language and no more, keys are sorted. Raises NotebookFailed for a widget without text.
    """
    cells, count = [], 0
    for cell in notebook["cells"]:
        kept: dict[str, Any] = {
            "cell_type": cell["cell_type"],
            "id": cell["id"],
            "metadata": {name: cell["metadata"][name] for name in ("nbgrader", "tags") if cell["metadata"].get(name)},
            "source": cell["source"],
        }
        if cell["cell_type"] == "code":
            count += 1
            kept["execution_count"] = count
            kept["outputs"] = [_output(each, count) for each in _joined(cell["outputs"])]
        cells.append(kept)
    content = nbformat.from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})
    nbformat.validate(content)
    return nbformat.writes(content, version=4).rstrip("\n") + "\n"


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one stream as one: how a kernel cuts them up depends on the moment."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if joined and output["output_type"] == "stream" and joined[-1].get("name") == output["name"]:
            joined[-1] = {**joined[-1], "text": _text(joined[-1]["text"]) + _text(output["text"])}
        else:
            joined.append(dict(output))
    return joined


def _output(output: dict[str, Any], count: int) -> dict[str, Any]:
    if "data" in output:
        data = {kind: value for kind, value in output["data"].items() if kind != WIDGET_VIEW}
        if "text/plain" not in data:
            raise NotebookFailed(f"code cell [{count}] shows something that has no text")
        output = {**output, "data": data, "metadata": {}}
    if output["output_type"] == "execute_result":
        output = {**output, "execution_count": count}
    return output


def _text(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


if __name__ == "__main__":
    chosen = [Path(each).resolve() for each in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not chosen or not all(path.is_file() and re.search(r"\.ipynb$", path.name) for path in chosen):
        sys.exit(f"no such notebook: give files of {NOTEBOOKS.name}/, or none for all of them")
    sys.exit(main(chosen))
