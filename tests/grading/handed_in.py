"""Notebooks as learners hand them in, for the grader's tests."""

import copy
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = "ex02_session_fixation"
STUB = json.loads((ROOT / "exercises" / f"{EXERCISE}.ipynb").read_text(encoding="utf-8"))

SOLVED = """
def login(bank, sessions, sent_id, email, password):
    user = bank.check_password(email, password)
    if user is None:
        return None
    sessions.pop(sent_id, None)
    session_id = bank.new_id()
    sessions[session_id] = user.id
    return session_id
"""
OPEN = """
def login(bank, sessions, sent_id, email, password):
    user = bank.check_password(email, password)
    if user is None:
        return None
    session_id = sent_id or bank.new_id()
    sessions[session_id] = user.id
    return session_id
"""


def notebook(source, *more, **changed):
    """The learner's notebook with that source in its solution's cell, its fields `changed`; and `more` cells."""
    made = copy.deepcopy(STUB)
    cell = next(each for each in made["cells"] if each["id"] == "solution")
    cell |= {"source": source, **changed}
    made["cells"] += more
    return made


def solution_cell(**changed):
    """Another cell such as the solution's."""
    cell = next(each for each in STUB["cells"] if each["id"] == "solution")
    return copy.deepcopy(cell) | changed


def hand_in(folder, learner, source=SOLVED, name=f"{EXERCISE}.ipynb"):
    """A learner's folder with one notebook: of a source, or a notebook as it is."""
    there = Path(folder, learner)
    there.mkdir(parents=True, exist_ok=True)
    made = notebook(source) if isinstance(source, str) else source
    (there / name).write_text(json.dumps(made), encoding="utf-8")
    return there / name
