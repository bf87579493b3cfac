"""A class: what its learners answered, merged for a teacher. How many, never who."""

from sandbox.classroom.books import LARGEST, LeftOut, gather
from sandbox.classroom.groups import FEWEST
from sandbox.classroom.tally import Class, InMode, Part, QuestionTally, StoryTally, Sureness, merge

__all__ = [
    "FEWEST", "LARGEST", "Class", "InMode", "LeftOut", "Part", "QuestionTally", "StoryTally", "Sureness",
    "gather", "merge",
]  # fmt: skip
