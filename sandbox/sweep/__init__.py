"""The matrix: every attack in every mode under four sets of switches, each cell found by playing the story."""

from sandbox.sweep.cells import Attack, Cell, Matrix, Row
from sandbox.sweep.columns import COLUMNS, columns
from sandbox.sweep.everything import attack_ids, sweep

__all__ = ["COLUMNS", "Attack", "Cell", "Matrix", "Row", "attack_ids", "columns", "sweep"]
