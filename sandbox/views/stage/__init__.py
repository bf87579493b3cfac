"""The stage: one record, drawn. `picture` says what is to be seen; the widget and the storyboard only draw it."""

from typing import Final

LEVELS: Final = 4
"""1: one lane, its wire. 2: and what lies where. 3: all lanes, and Mallory's pocket. 4: and clock and switches."""
