"""How a notebook shows a matrix: as a table in HTML, and always as the same table in plain text."""

from __future__ import annotations

from typing import Any, Final

from sandbox.sweep import Matrix
from sandbox.views.matrix import text
from sandbox.views.matrix.table import STYLE, table
from sandbox.views.palette import DARK, LIGHT, variables

_THEMES: Final = f"""
.sbm-box {{ {variables(LIGHT)} --hatch: #82071e1f; overflow-x: auto; }}
[data-jp-theme-light="false"] .sbm-box {{ {variables(DARK)} --hatch: #ffd8d31f; }}
"""


class Notebook:
    """A matrix's renderer."""

    def bundle(self, matrix: Matrix) -> dict[str, Any]:
        """A MIME bundle: both forms; a front end takes what it can show."""
        inside = f"<style>{_THEMES}{STYLE}</style>{table(matrix)}"
        return {"text/plain": self.text(matrix), "text/html": f'<div class="sbm-box">{inside}</div>'}

    def text(self, matrix: Matrix) -> str:
        """The table as the terminal has it, without colours."""
        return text.render(matrix)
