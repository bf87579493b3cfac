"""Lays the exercises out as nbgrader wants them, in a folder of the teacher's: an assignment for each exercise.

`make course COURSE=DIR`, or `python tests/nbgrader_course.py DIR`. It writes DIR/nbgrader_config.py and
DIR/source/NAME/NAME.ipynb, anew each time. What nbgrader itself keeps in DIR, and the submissions, stay as they are.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

EXERCISES = Path(__file__).resolve().parent.parent / "exercises"


def lay_out(course: Path) -> None:
    """Raises OSError where `course` can't be written to."""
    for solution in sorted((EXERCISES / "solutions").glob("*.ipynb")):
        assignment = course / "source" / solution.stem
        assignment.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(solution, assignment / solution.name)
    shutil.copyfile(EXERCISES / "nbgrader_config.py", course / "nbgrader_config.py")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("name the course's folder, such as: make course COURSE=../course")
    lay_out(Path(sys.argv[1]))
    print(f"{sys.argv[1]}: in it, run nbgrader generate_assignment NAME; the names are those of the folders in source/")
