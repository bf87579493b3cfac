"""The figures that the sandbox is held to, as measured here and now: `make bench`. A benchmark, no test.

Times are wall-clock, medians of several rounds; what is compared is measured in turns, so that a busy machine
slows both. The exit code is 0 whatever the figures say, and 1 where one could not be measured.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from operator import truediv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flask", "werkzeug", "pyjwt", "bcrypt", "cryptography", "ipywidgets", "ipykernel")
STORIES = ("login", "theft", "expiry", "revocation")
PRESETS = ("as_written", "hardened")
LATER = ("pandas", "ipywidgets", "IPython", "cryptography", "jwt", "rich")
"""What `import sandbox` must not load: it comes when it is needed."""


class NotMeasured(Exception):
    """A measurement that can't be made, or that measured something else than it says."""


@dataclass(frozen=True)
class Row:
    """One figure. `target` is the most that the median may be; None where nothing is promised."""

    name: str
    unit: str
    values: tuple[float, ...] = ()
    target: float | None = None
    note: str = ""

    @property
    def median(self) -> float | None:
        return statistics.median(self.values) if self.values else None

    @property
    def met(self) -> bool | None:
        return None if self.target is None or self.median is None else self.median <= self.target

    def to_json(self) -> dict[str, Any]:
        extremes = {"min": min(self.values, default=None), "max": max(self.values, default=None)}
        return {**asdict(self), "median": self.median, **extremes, "met": self.met}


# How ------------------------------------------------------------------


def environment() -> dict[str, str]:
    """This one without Python's own switches: no profile, no PYTHONDONTWRITEBYTECODE comes between."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def fresh(*arguments: str) -> str:
    """What a fresh Python process prints. Raises NotMeasured."""
    try:
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
        ).stdout  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise NotMeasured((error.stderr.strip().splitlines() or ["no output"])[-1]) from error
    except subprocess.TimeoutExpired as error:
        raise NotMeasured("no end within two minutes") from error


def told(printed: str) -> Any:
    """The JSON of the last line: what a measured process says of itself. Raises NotMeasured."""
    try:
        return json.loads(printed.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise NotMeasured(f"no figures in the output {printed[-80:]!r}") from error


# What -----------------------------------------------------------------

IMPORT = """
import sys, time
start = time.perf_counter()
import {modules}
seconds = time.perf_counter() - start
import json
print(json.dumps({{"seconds": seconds, "loaded": [name for name in {later} if name in sys.modules]}}))
"""


def imports(rounds: int) -> Iterator[Row]:
    """`import sandbox` against the three libraries that it cannot do without, pair by pair."""
    ours = IMPORT.format(modules="sandbox", later=LATER)
    theirs = IMPORT.format(modules="flask, jwt, bcrypt", later=LATER)
    pairs = [(told(fresh("-c", ours)), told(fresh("-c", theirs))) for _ in range(rounds + 1)][1:]  # the first warms up
    mine, other = (tuple(pair[i]["seconds"] * 1000 for pair in pairs) for i in (0, 1))
    yield Row(
        "import sandbox / import flask, jwt, bcrypt", "x", tuple(map(truediv, mine, other)), 1.0,
        "median of the ratios of pairs, each in two fresh processes, bytecode cached",
    )  # fmt: skip
    yield Row("  the fastest of either, which noise touches least", "x", (min(mine) / min(other),))
    yield Row("  import sandbox", "ms", mine)
    yield Row("  import flask, jwt, bcrypt", "ms", other)
    loaded = sorted({name for first, _ in pairs for name in first["loaded"]})
    yield Row(
        f"  of {len(LATER)} heavy packages, loaded by import sandbox", "", (float(len(loaded)),), 0,
        f"{', '.join(LATER)}: {'loaded ' + ', '.join(loaded) if loaded else 'none loaded'}",
    )  # fmt: skip


LAUNCH = """
import json, time
import sandbox
def launch():
    start = time.perf_counter()
    box = sandbox.launch()
    answer = box.browser("alice").open("session").profile()
    seconds = time.perf_counter() - start
    assert answer.status == 401, answer
    return box, seconds
first, cold = launch()
second, warm = launch()
second.close()
start = time.perf_counter()
player = sandbox.play("login")
player.step()
step = time.perf_counter() - start
player.close()
print(json.dumps({"cold": cold, "warm": warm, "step": step}))
"""


def launches(rounds: int) -> Iterator[Row]:
    """`launch()` until GET /session/profile of somebody unknown is answered with 401, over a real socket."""
    figures = [told(fresh("-c", LAUNCH)) for _ in range(rounds + 1)][1:]
    yield Row(
        "launch() to the first answer, cold", "ms", tuple(each["cold"] * 1000 for each in figures), 100,
        "cold: the first launch of a fresh process, after import sandbox",
    )  # fmt: skip
    yield Row(
        "launch() to the first answer, warm", "ms", tuple(each["warm"] * 1000 for each in figures), 100,
        "warm: launched again in the same process, as by a re-run cell; it stops the first server too",
    )  # fmt: skip
    yield Row(
        "play('login') and its first step, right after", "ms", tuple(each["step"] * 1000 for each in figures), None,
        "in the same process: a server of its own; the first login imports bcrypt and jwt; bcrypt's own time included",
    )  # fmt: skip


def steps(rounds: int) -> Iterator[Row]:
    """Each step of the core stories, all three modes over real sockets, less the time spent inside bcrypt."""
    sys.path.insert(0, str(ROOT))
    import bcrypt

    import sandbox

    spent = [0.0]
    calls = [0]

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                spent[0] += time.perf_counter() - start
                calls[0] += 1

        return call

    # sandbox.server.passwords looks them up at each call, and nothing else knows bcrypt.
    kept = bcrypt.hashpw, bcrypt.checkpw
    bcrypt.hashpw, bcrypt.checkpw = timed(bcrypt.hashpw), timed(bcrypt.checkpw)
    taken: dict[str, list[float]] = {}
    hashing: dict[str, list[float]] = {}
    try:
        for number in range(rounds + 1):
            for story in STORIES:
                for preset in PRESETS:
                    player = sandbox.play(story, preset=preset)
                    if len(player.asked_modes) != 3:
                        raise NotMeasured(f"{story} runs in {len(player.asked_modes)} of three modes")
                    while not player.finished:
                        spent[0], start = 0.0, time.perf_counter()
                        record = player.step()
                        seconds = time.perf_counter() - start
                        if number and record:  # the first round warms up
                            name = f"{story}, {preset}, step {player.position}: {record.title}"
                            taken.setdefault(name, []).append((seconds - spent[0]) * 1000)
                            hashing.setdefault(name, []).append(spent[0] * 1000)
                    player.close()
    finally:
        bcrypt.hashpw, bcrypt.checkpw = kept
    if not calls[0]:
        raise NotMeasured("no call of bcrypt was seen, so none could be subtracted")
    usual = {name: statistics.median(values) for name, values in taken.items()}
    yield Row(
        "one step, three modes, bcrypt apart", "ms", tuple(usual.values()), 50,
        f"each of the {len(usual)} steps of {', '.join(STORIES)} under {' and '.join(PRESETS)};"
        f" above 50 ms: {sum(value > 50 for value in usual.values())} of them",
    )  # fmt: skip
    slowest = max(usual, key=usual.__getitem__)
    yield Row("  the slowest step", "ms", tuple(taken[slowest]), None, slowest)
    yield Row(
        "  bcrypt per step, subtracted above", "ms", tuple(map(statistics.median, hashing.values())), None,
        "timed inside bcrypt.hashpw and checkpw, at cost 4",
    )  # fmt: skip


def plays(rounds: int) -> Iterator[Row]:
    """A story in the terminal, from the start of the process to its end."""
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        printed = fresh("-m", "sandbox", "play", "theft", "--json")
        seconds.append(time.perf_counter() - start)
        try:
            played = json.loads(printed)
        except ValueError as error:
            raise NotMeasured("play --json did not print JSON") from error
        if (cost := played["defences"]["bcrypt_cost"]) != 4 or set(played["modes"]) != {"session", "jwt", "hybrid"}:
            raise NotMeasured(f"another play than meant: bcrypt_cost {cost}, modes {', '.join(played['modes'])}")
    yield Row(
        "python -m sandbox play theft --json", "s", tuple(seconds[1:]), 1.5,
        "the whole process; its output says bcrypt_cost 4",
    )  # fmt: skip


def every_story(_: int) -> Iterator[Row]:
    """Each story once, in the terminal and over sockets, from the start of the process to its end."""
    listed = json.loads(fresh("-m", "sandbox", "list", "--json"))["scenarios"]
    seconds = {}
    for story in (each["id"] for each in listed):
        start = time.perf_counter()
        fresh("-m", "sandbox", "play", story, "--json")
        seconds[story] = time.perf_counter() - start
    slowest = sorted(seconds, key=seconds.__getitem__, reverse=True)[:3]
    yield Row(
        f"each of {len(seconds)} stories as a process, over sockets", "s", tuple(seconds.values()), None,
        f"the slowest: {', '.join(f'{name} {seconds[name]:.2f}' for name in slowest)}",
    )  # fmt: skip
    yield Row("  the slowest story", "s", (seconds[slowest[0]],), 1.5)


def matrix(rounds: int) -> Iterator[Row]:
    """Every attack in every column, from the start of the process to its end."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        rows = json.loads(fresh("-m", "sandbox", "matrix", "--json"))
        seconds.append(time.perf_counter() - start)
        if any("error" in (row[column] or {}) for row in rows for column in ("off", "on", "as_advised", "hardened")):
            raise NotMeasured("a cell of the matrix did not run")
    yield Row(
        "python -m sandbox matrix --json", "s", tuple(seconds), 10,
        f"{len(rows)} rows of attack and mode, on all cores, in process, bcrypt at cost 4",
    )  # fmt: skip


WEIGH = """
import json, psutil, sys
def weigh():
    held = psutil.Process().memory_full_info()
    return held.rss / 1e6, held.uss / 1e6
weigh()
import ipywidgets, flask, jwt, bcrypt
before = weigh()
import sandbox
box = sandbox.launch()
answer = box.browser("alice").open("session").profile()
after = weigh()
assert answer.status == 401, answer
box.close()
print(json.dumps({"prefix": sys.prefix, "kernel": "ipykernel" in sys.modules, "before": before, "after": after}))
"""


def memory(rounds: int) -> Iterator[Row]:
    """What a launch adds to a process that has imported the libraries anyway: weighed before and after, in it."""
    figures = [told(fresh("-c", WEIGH)) for _ in range(rounds)]
    yield from _weighed("a plain process", figures)


def kernel_memory(rounds: int) -> Iterator[Row]:
    """The same in a real kernel, as a notebook's cell."""
    yield from _weighed("an IPython kernel", [_in_a_kernel(WEIGH) for _ in range(rounds)])


def _weighed(where: str, figures: list[dict[str, Any]]) -> Iterator[Row]:
    resident, unique = (tuple(each["after"][i] - each["before"][i] for each in figures) for i in (0, 1))
    before = statistics.median(each["before"][0] for each in figures)
    yield Row(
        f"memory that a launch adds to {where}", "MB", resident, 30,
        f"resident, in 10^6 bytes, on top of {before:.0f} MB with ipywidgets, flask, jwt and bcrypt imported",
    )  # fmt: skip
    yield Row(f"  private memory alone (USS), {where}", "MB", unique, 30)


def _in_a_kernel(code: str) -> Any:
    """What the code prints when a kernel of this environment runs it as a cell. Raises NotMeasured."""
    try:
        from jupyter_client.manager import KernelManager
    except ImportError as error:
        raise NotMeasured("jupyter_client is not installed: it comes with the extra `lab`") from error
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not one in the user's home
    printed: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        printed.append(message["content"].get("text", ""))

    with tempfile.TemporaryDirectory() as folder:
        manager = KernelManager(kernel_name="python3", connection_file=str(Path(folder, "kernel.json")))
        manager.start_kernel(cwd=str(ROOT), env={**environment(), "IPYTHONDIR": folder}, stderr=subprocess.DEVNULL)
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            reply = client.execute_interactive(code, output_hook=hear, timeout=60)["content"]
        except (RuntimeError, TimeoutError) as error:
            raise NotMeasured(f"the kernel did not answer: {error}") from error
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()
    if reply["status"] != "ok":
        raise NotMeasured(f"{reply.get('ename')}: {reply.get('evalue')}")
    answer = told("".join(printed))
    if not answer["kernel"] or answer["prefix"] != sys.prefix:
        raise NotMeasured("the kernel `python3` is another environment's")
    return answer


STAGE = """
import json, sys, time
import sandbox
from sandbox.views.stage.widget import Stage
player = sandbox.play("expiry")
player.run()
while len(player.record.steps) < 30:
    player.advance(minutes=1)
start = time.perf_counter()
stage = Stage(player, level=4)
opened = time.perf_counter() - start
state = len(json.dumps({name: stage.get_state()[name] for name in stage.keys if name != "layout"}, default=str))
start = time.perf_counter()
stage.do({"do": "turn_to", "position": 20})
turned = time.perf_counter() - start
player.close()
print(json.dumps({"opened": opened * 1000, "turned": turned * 1000, "state": state / 1000,
                  "kernel": "ipykernel" in sys.modules, "prefix": sys.prefix}))
"""


def stage(rounds: int) -> Iterator[Row]:
    """What the kernel does to show a record of 30 steps, each time in a fresh IPython kernel."""
    figures = [_in_a_kernel(STAGE) for _ in range(rounds)]
    opened, turned, state = (tuple(each[name] for each in figures) for name in ("opened", "turned", "state"))
    yield Row("the stage opens a record of 30 steps, kernel time", "ms", opened, 200, "expiry, then the clock")
    yield Row("  and turns to another page of it", "ms", turned)
    yield Row("  its whole state, script and style included", "kB", state, 300)


def by_hand(_: int) -> Iterator[Row]:
    yield Row("start.py test, environment ready", "s", (), 180, "not run here; by hand: time python3 start.py test")


# Each with its rounds, and those of --quick.
FIGURES: tuple[tuple[Callable[[int], Iterator[Row]], int, int], ...] = (
    (imports, 31, 9), (launches, 9, 3), (steps, 5, 1), (plays, 7, 3), (every_story, 1, 1), (matrix, 5, 1),
    (memory, 5, 3), (kernel_memory, 3, 1), (stage, 5, 2), (by_hand, 1, 1),
)  # fmt: skip


# The table --------------------------------------------------------------


def machine() -> dict[str, Any]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "missing"
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": versions,
    }


def load() -> float | None:
    """How many processes wanted a core over the last minute; None where the system keeps no such figure."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


HEADINGS = f"{'':54}{'median':>10}{'min':>10}{'max':>10}{'target':>10}  met"


def line(row: Row) -> str:
    """The row of the table, and its note under it."""

    def cell(value: float | None) -> str:
        return "" if value is None else f"{value:.{2 if row.unit in ('x', 's') else 0 if not row.unit else 1}f}"

    extremes = (min(row.values), max(row.values)) if row.values else (None, None)
    numbers = "".join(f"{cell(value):>10}" for value in (row.median, *extremes))
    target = f"{row.target:g}" if row.target is not None else ""
    met = {True: "yes", False: "no", None: ""}[row.met]
    title = f"{row.name}, {row.unit}" if row.unit else row.name
    note = f"\n      {row.note}" if row.note else ""
    return f"{title:54}{numbers}{target:>10}  {met}".rstrip() + note


def main() -> int:
    parser = argparse.ArgumentParser(description="measures the figures that the sandbox is held to")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first impression")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    chosen = parser.parse_args()

    about = machine()
    before = load()
    print(f"{about['python']}, {about['platform']}, {about['cores']} cores")
    print(", ".join(f"{name} {version}" for name, version in about["packages"].items()))
    print(f"\n{HEADINGS}\n{'-' * len(HEADINGS)}", flush=True)
    rows: list[Row] = []
    failed: dict[str, str] = {}
    for figure, rounds, few in FIGURES:
        try:
            for row in figure(few if chosen.quick else rounds):
                rows.append(row)
                print(line(row), flush=True)
        except Exception as error:  # whatever it is, the other figures are worth having
            failed[figure.__name__] = f"{type(error).__name__}: {error}"
            print(f"{figure.__name__}: not measured: {failed[figure.__name__]}", flush=True)
    after = load()
    if before is not None:
        print(f"\nload of the machine: {before} at the start, {after} at the end, {about['cores']} cores")
    if chosen.json:
        data = {"machine": about, "quick": chosen.quick, "load": {"before": before, "after": after},
                "rows": [row.to_json() for row in rows], "not_measured": failed}  # fmt: skip
        chosen.json.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
