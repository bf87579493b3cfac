"""What broke a criterion, drawn as on the stage: the exchanges as arrows, credentials as chips."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.actors.browser import Holdings
from sandbox.defences import Defences
from sandbox.exchange import MODES
from sandbox.grading.exercise import Checked
from sandbox.names import Names
from sandbox.record import LaneStep, Record, StepRecord
from sandbox.views.grading.text import MOST
from sandbox.views.stage import storyboard
from sandbox.views.stage.twin import image


def drawn(checked: Checked) -> str:
    """An image of the last exchanges; empty where none was recorded."""
    shown = checked.exchanges[-MOST:]
    if not shown:
        return ""
    names = Names()
    for exchange in checked.exchanges:
        names.learn(exchange)
    folders = (folder for each in shown for folder in urlsplit(each.request.url).path.split("/"))
    mode = next((folder for folder in folders if folder in MODES), MODES[0])
    people = {each.actor: Holdings() for each in shown}
    lane = LaneStep(shown, {"users": []}, people, None, "")
    title = checked.criterion.title
    record = Record(
        checked.criterion.id, title, "bare", Defences(), (mode,), (StepRecord(title, shown[-1].clock, {mode: lane}),),
        {}, {mode: names}, {},
    )  # fmt: skip
    return image(storyboard.over_the_wire(record, mode), f"{title}: what went over the wire. The same follows as text.")
