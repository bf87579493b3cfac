"""The house has floors: imports point downwards only, and some packages have one door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "sandbox"
FILES = sorted(PACKAGE.rglob("*.py"))

FLOORS = {
    "clock": 1, "defences": 1, "switches": 1, "exchange": 1, "errors": 1, "guards": 1, "base64url": 1,
    "server": 2, "actors": 2,
    "answers": 3, "box": 3, "names": 3, "record": 3, "search": 3, "endings": 3, "run": 3, "engine": 3, "player": 3,
    "scenarios": 4, "sweep": 4, "claims": 4, "grading": 4, "classroom": 4,
    "views": 5,
    "__init__": 6, "__main__": 6, "doctor": 6, "lab": 6,  # the command line and its verbs
}  # fmt: skip

ONE_DOOR = {
    "jwt": ("server/tokens.py",),
    "bcrypt": ("server/passwords.py",),
    "IPython": ("views/",),
    "ipywidgets": ("views/",),
    "anywidget": ("views/",),
    "pandas": ("views/",),
    "pygal": ("views/ledger/chart.py",),
}


def imports(source, package):
    """Every module that a source names in an import, at any depth: in functions and under TYPE_CHECKING too.

    `from sandbox import box` names sandbox.box. `package` is what a relative import starts from.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield module if module != "sandbox" else "sandbox.__init__"
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield dynamic(node.args[0], package)


def dynamic(argument, package):
    """The module that `import_module(argument)` names; a file of the package itself may be left open."""
    text = ast.unparse(argument)
    if isinstance(argument, ast.Constant):
        return argument.value
    assert text.startswith("f'{__name__}."), f"an import whose name can't be read: {text}"
    return package


def imports_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return set(imports(path.read_text(encoding="utf-8"), ".".join(parts[:-1])))


def room(name):
    """The room of a module of ours: `sandbox.server.tokens` is in `server`; None for what is not ours."""
    first, _, rest = name.partition(".")
    if first != "sandbox":
        return None
    head = rest.partition(".")[0] or "__init__"
    return head if head in FLOORS else None


def room_of(path):
    head = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert head in FLOORS, f"{head} is on no floor: give it one here and in the design"
    return head


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    here = room_of(path)
    for name in imports_of(path):
        there = room(name)
        if there is None or there == here:
            continue
        # `import sandbox` and `from sandbox import x` run sandbox/__init__.py, as any import of a submodule does;
        # what counts is whose names are taken.
        if there == "__init__" and name == "sandbox.__init__" and taken_are_rooms(path):
            continue
        same_storey = FLOORS[there] == FLOORS[here] and FLOORS[here] in (1, 3, 4, 6)
        assert FLOORS[there] < FLOORS[here] or same_storey, f"{here} (floor {FLOORS[here]}) imports {name}"


def taken_are_rooms(path):
    """Whether every `from sandbox import x` of a file takes a room, not one of the public names."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    found = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "sandbox"]
    return all(alias.name in FLOORS for node in found for alias in node.names)


@pytest.mark.parametrize(("one", "other"), [("actors", "server"), ("server", "actors")])
def test_actors_and_server_never_import_each_other(one, other):
    for path in sorted((PACKAGE / one).rglob("*.py")):
        assert not [name for name in imports_of(path) if room(name) == other], path.name


def test_one_mode_never_imports_another():
    modes = {path.stem for path in (PACKAGE / "server" / "modes").glob("*_mode.py")}
    assert len(modes) == 3
    for mode in modes:
        named = {part for name in imports_of(PACKAGE / "server" / "modes" / f"{mode}.py") for part in name.split(".")}
        assert not named & (modes - {mode})


def test_what_the_modes_share_names_no_mode():
    for path in (PACKAGE / "server").glob("*.py"):
        if path.name != "app.py":
            assert not [name for name in imports_of(path) if name.startswith("sandbox.server.modes")], path.name


@pytest.mark.parametrize("package", ONE_DOOR)
def test_some_packages_have_one_door(package):
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if package in {name.partition(".")[0] for name in imports_of(path)}
    }
    assert all(any(each.startswith(door) for door in ONE_DOOR[package]) for each in importers), importers


@pytest.mark.parametrize("door", ["jwt", "bcrypt"])
def test_the_doors_are_in_use(door):
    path = PACKAGE / ONE_DOOR[door][0]
    assert door in imports_of(path)


def test_only_the_clock_reads_real_time():
    for path in FILES:
        named = imports_of(path)
        reads = {"time.time", "time.monotonic", "time.time_ns", "datetime.datetime"} & named
        reads |= {"time"} & named if "time.time(" in path.read_text(encoding="utf-8") else set()
        assert not reads or path.name == "clock.py" or room_of(path) in ("views", "__main__"), path.name


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    import sandbox.server.app",
        "from sandbox.server import app",
        "from sandbox import server",
        "from .server import app",
        "if TYPE_CHECKING:\n    from sandbox.server.app import create_app",
        "importlib.import_module('sandbox.server.app')",
    ],
)
def test_every_way_to_import_is_seen(source):
    assert "server" in {room(name) for name in imports(source, "sandbox")}
