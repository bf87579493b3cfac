"""The command line: `python -m sandbox VERB`. Wrong use exits 2 with one clear line."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from sandbox import __version__
from sandbox.clock import Clock
from sandbox.defences import PRESETS, Defences, settings, show_value, switches
from sandbox.errors import BadInput, SandboxError
from sandbox.exchange import MODES

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.sweep import Matrix
    from sandbox.views.ledger.words import Found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())} (--help says more)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    parser = _parser()
    chosen, others = parser.parse_known_args(arguments)
    if others and chosen.verb != "lab":
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    chosen.others = others
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows ? in its place
    try:
        status: int = chosen.run(chosen)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `... | head`
        sys.stderr.close()
        return 1
    return status


def _parser() -> _Parser:
    parser = _Parser(prog="sandbox", description="Sessions, JWTs and the hybrid, side by side under one clock.")
    parser.add_argument("--version", action="version", version=f"auth sandbox {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_Parser)

    lab = verbs.add_parser("lab", help="open JupyterLab on the first notebook, on your own copy under my/",
                           description="Arguments that are not listed here go to JupyterLab: --no-browser, --port ...")
    lab.add_argument("--fresh", action="store_true", help="set your copies aside and start with new ones")
    lab.set_defaults(run=_lab)

    doctor = verbs.add_parser("doctor", help="check this machine: one remedy a line")
    doctor.set_defaults(run=_doctor)

    listing = verbs.add_parser("list", help="the stories, the switches, the presets")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)

    chosen = _Parser(add_help=False)
    chosen.add_argument("--preset", default="as_written", metavar="PRESET", help=" | ".join(PRESETS))
    lists: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    on = "turn on: NAME (its strongest value) or NAME=VALUE"
    chosen.add_argument("--with", dest="with_", metavar="SWITCH", help=on, **lists)
    chosen.add_argument("--without", metavar="SWITCH", help="turn off", **lists)

    play = verbs.add_parser("play", parents=[chosen], help="play a story in the terminal, three columns, or as JSON")
    play.add_argument("scenario", metavar="SCENARIO", help="a story's id: `sandbox list` shows them")
    play.add_argument("--mode", action="extend", nargs="+", default=None, metavar="MODE", help=" | ".join(MODES))
    play.add_argument("--loot", help="theft: all, access or refresh")
    play.add_argument("--bcrypt-cost", type=int, default=4, help="bcrypt's cost (default 4: a play stays short)")
    play.add_argument("--transport", default="loopback", help="loopback (default) or in-process")
    play.add_argument("--json", action="store_true", help="as JSON; credentials bear short names")
    play.add_argument("--svg", metavar="FILE", help="write a picture, too: a panel for each step")
    play.add_argument("--reveal", action="store_true", help="with --json: full credentials, which differ on every run")
    play.set_defaults(run=_play)

    matrix = verbs.add_parser("matrix", help="play every attack in every mode, with its defence and without")
    matrix.add_argument("attacks", nargs="*", metavar="ATTACK", help="these alone: `sandbox list` shows them")
    matrix.add_argument("--mode", action="extend", nargs="+", default=None, metavar="MODE", help=" | ".join(MODES))
    matrix.add_argument("--json", action="store_true", help="as JSON")
    matrix.add_argument("--html", metavar="FILE", help="write a page, too")
    matrix.add_argument("--svg", metavar="FILE", help="write a picture, too")
    matrix.add_argument("--bcrypt-cost", type=int, default=4, help="bcrypt's cost (default 4, its lowest)")
    matrix.add_argument("--transport", default="in-process", help="in-process (default) or loopback")
    matrix.add_argument("--workers", type=int, help="processes that play at once (default: as many as there are cores)")
    matrix.set_defaults(run=_matrix)

    ledger = verbs.add_parser("ledger", help="settle the claims that are made of sessions and JWTs, by experiment")
    ledger.add_argument("ids", nargs="*", metavar="ID", help="these alone, such as H1; one has its tables too")
    ledger.add_argument("--json", action="store_true", help="as JSON")
    ledger.add_argument("--csv", metavar="FILE", help="write a sheet, too")
    ledger.add_argument("--markdown", metavar="FILE", help="write a page, too")
    ledger.add_argument("--pictures", metavar="FOLDER", help="write H1's and S6's picture; the page shows them")
    ledger.set_defaults(run=_ledger)

    classroom = verbs.add_parser("class", help="merge learners' answers for a teacher: how many, never who")
    classroom.add_argument("folder", metavar="DIR", help="where their answers.jsonl lie, at any depth, by any name")
    classroom.add_argument("--html", metavar="FILE", help="write a page, too")
    classroom.add_argument("--json", action="store_true", help="as JSON; a hidden number is null")
    classroom.set_defaults(run=_class)

    grade = verbs.add_parser("grade", help="grade exercise notebooks: each is attacked, in a process that is locked in")
    grade.add_argument("paths", nargs="+", metavar="PATH", help="a notebook, or a folder of them: one folder a learner")
    grade.add_argument("--csv", metavar="FILE", help="write a sheet; verdicts are kept beside it, for a re-run")
    grade.add_argument("--html", metavar="FILE", help="write a page, too: per learner, a hint for what is not met")
    grade.add_argument("--json", action="store_true", help="as JSON")
    grade.add_argument("--workers", type=int, help="submissions at once (default: as many as there are cores)")
    grade.add_argument("--unsafe", action="store_true", help="grade where nothing can lock a submission in")
    grade.set_defaults(run=_grade)

    serve = verbs.add_parser("serve", parents=[chosen], help="the same server alone, for curl, a browser or a proxy")
    serve.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    serve.add_argument("--no-key", action="store_true", help="let everybody on this machine in")
    serve.set_defaults(run=_serve)
    return parser


def _list(chosen: argparse.Namespace) -> int:
    from sandbox.scenarios import CORE, story, story_ids

    stories = [story(each) for each in story_ids()]
    presets = {name: Defences.preset(name) for name in PRESETS}
    if chosen.json:
        _print_json(
            {
                "scenarios": [
                    {"id": each.id, "title": each.title, "about": each.about, "switch": each.switch,
                     "options": {name: list(values) for name, values in each.options.items()}}
                    for each in stories
                ],
                "switches": [
                    {"name": each.name, "kind": each.kind, "does": each.does, "answers": each.answers or None,
                     "cost": each.cost, "source": each.source, "requires": list(each.requires),
                     "off": each.off, "strongest": each.strongest, "choices": list(each.choices)}
                    for each in switches().values()
                ],
                "presets": {name: defences.to_json() for name, defences in presets.items()},
            }
        )  # fmt: skip
        return 0
    print("The stories of the comparison")
    for each in stories[: len(CORE)]:
        print(f"  {each.id:26}{each.about}")
    print(f"\n{'Attacks':28}{'answered by':24}")
    for each in stories[len(CORE) :]:
        print(f"  {each.id:26}{each.switch or '-':24}{each.about}")
    print(f"\nSwitches {'':17}{''.join(f'{name:12}' for name in PRESETS)}")
    for about in switches().values():
        values = "".join(f"{show_value(about, value):12}" for value in about.presets)
        print(f"  {about.name:24}{values}{about.does}")
    return 0


def _play(chosen: argparse.Namespace) -> int:
    import shutil
    from pathlib import Path

    from sandbox.player import Player
    from sandbox.scenarios import story
    from sandbox.views import file, text

    picture = None if chosen.svg is None else Path(chosen.svg)
    if picture:
        file.check(picture)
    player = Player(
        story(chosen.scenario),
        preset=chosen.preset,
        settings=settings(chosen.with_, chosen.without),
        modes=tuple(chosen.mode or MODES),
        options={} if chosen.loot is None else {"loot": chosen.loot},
        transport=chosen.transport,
        bcrypt_cost=chosen.bcrypt_cost,
    )
    try:
        player.run()
    finally:
        player.close()
    if picture:
        from sandbox.views.stage import storyboard

        _save(picture, storyboard.render(player.record))
    if chosen.json:
        _print_json(player.record.to_json(reveal=chosen.reveal))
    else:
        columns = shutil.get_terminal_size((text.WIDTH + 1, 24)).columns
        print(text.render(player.record, width=min(160, max(60, columns - 1))), end="")
    return 0


def _matrix(chosen: argparse.Namespace) -> int:
    from pathlib import Path

    from sandbox.sweep import sweep
    from sandbox.views import file, progress_bar
    from sandbox.views.matrix import page, svg

    files = [(Path(name), view) for name, view in ((chosen.html, page), (chosen.svg, svg)) if name]
    for path, _ in files:
        file.check(path)
    if len({path.resolve() for path, _ in files}) < len(files):
        raise BadInput("the page and the picture can't be one file: give two names")
    with progress_bar.in_terminal("Playing the matrix") as progress:
        found = sweep(
            attacks=chosen.attacks,
            modes=tuple(chosen.mode or MODES),
            transport=chosen.transport,
            bcrypt_cost=chosen.bcrypt_cost,
            progress=progress,
            workers=chosen.workers,
        )
    for path, view in files:
        _save(path, view.render(found))
    if chosen.json:
        _print_json(found.to_json())
    else:
        _print_table(found)
    for failure in found.failures:
        print(f"sandbox: {failure}", file=sys.stderr)
    return 1 if found.failures else 0


def _ledger(chosen: argparse.Namespace) -> int:
    from pathlib import Path

    from sandbox.claims import claim, settle
    from sandbox.views import file, progress_bar
    from sandbox.views.ledger import page
    from sandbox.views.ledger.show import Settled

    sheet, said = (Path(name) if name is not None else None for name in (chosen.csv, chosen.markdown))
    folder = None if chosen.pictures is None else Path(chosen.pictures)
    for path in (sheet, said, folder and folder / "ledger.svg"):
        if path:
            file.check(path)
    if sheet and said and sheet.resolve() == said.resolve():
        raise BadInput("the sheet and the page can't be one file: give two names")
    for id in chosen.ids:
        claim(id)
    with progress_bar.in_terminal("Settling the claims") as progress:
        found = settle(chosen.ids, progress=progress)
    pictures = {folder / name: chart for name, chart in page.pictures(found).items()} if folder else {}
    if pictures:
        from sandbox.views.ledger.chart import draw

        for path, chart in pictures.items():
            _save(path, draw(chart))
    if sheet:
        _save(sheet, page.comma_separated(found))
    if said:
        here = said.resolve().parent
        shown = {os.path.relpath(path.resolve(), here).replace(os.sep, "/"): chart for path, chart in pictures.items()}
        _save(said, page.markdown(found, shown))
    if chosen.json:
        _print_json([Settled(*each).to_json() for each in found.values()])
    else:
        _print_ledger(found)
    return 0


def _save(path: Path, text: str) -> None:
    """Write a file, and say so; on stderr, for stdout may be piped on. Raises SandboxError."""
    from sandbox.views import file

    file.save(path, text)
    print(f"wrote {path}", file=sys.stderr)


def _print_table(found: Matrix) -> None:
    """As wide as the terminal, in colours where there is one that wants them."""
    import shutil

    from sandbox.views.matrix import text

    columns = shutil.get_terminal_size((text.WIDTH + 1, 24)).columns
    print(text.render(found, width=min(160, columns - 1), colours=_wants_colours()), end="")


def _print_ledger(found: Found) -> None:
    """The same; one claim alone with all that it rests on."""
    import shutil

    from sandbox.views.ledger import text

    width = min(160, shutil.get_terminal_size((text.WIDTH + 1, 24)).columns - 1)
    if len(found) == 1:
        shown = text.render_one(*next(iter(found.values())), width, colours=_wants_colours())
    else:
        shown = text.render(found, width, colours=_wants_colours())
    print(shown, end="")


def _wants_colours() -> bool:
    """https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _class(chosen: argparse.Namespace) -> int:
    import shutil
    from pathlib import Path

    from sandbox.classroom import merge
    from sandbox.views import file
    from sandbox.views.classroom import page, text

    written = None if chosen.html is None else Path(chosen.html)
    if written:
        file.check(written)
        if written.suffix.lower() == ".jsonl":
            raise BadInput(f"{written} is the name of a learner's answers: give the page one that ends in .html")
    found = merge(Path(chosen.folder))
    for each in found.left_out:
        print(f"sandbox: {each}", file=sys.stderr)
    if written:
        _save(written, page.render(found))
    if chosen.json:
        _print_json(found.to_json())
    else:
        columns = shutil.get_terminal_size((text.WIDTH + 1, 24)).columns
        print(text.render(found, width=min(160, max(60, columns - 1))), end="")
    return 0


def _grade(chosen: argparse.Namespace) -> int:
    import shutil
    from pathlib import Path

    from sandbox.grading import isolation
    from sandbox.grading.batch import grade_all
    from sandbox.grading.keeper import How
    from sandbox.grading.submission import found
    from sandbox.views import file
    from sandbox.views.grading import progress_bar, report, table

    sheet, page = (Path(name) if name is not None else None for name in (chosen.csv, chosen.html))
    for path in (sheet, page):
        if path:
            file.check(path)
            if path.suffix == ".ipynb":
                raise BadInput(f"{path} is the name of a notebook: give the file one that ends in .csv or .html")
    if sheet and page and sheet.resolve() == page.resolve():
        raise BadInput("the sheet and the page can't be one file: give two names")
    paths = [Path(name) for name in chosen.paths]
    handed_in = found(paths)
    for line in handed_in.left_out:
        print(f"sandbox: {line}", file=sys.stderr)
    if chosen.unsafe:
        print(f"sandbox: --unsafe: {isolation.NOT_ISOLATED}", file=sys.stderr)
    beside = sheet or page
    kept_in = beside and beside.with_name(f"{beside.name}.verdicts.jsonl")
    hidden = tuple((path if path.is_dir() else path.parent).resolve() for path in paths)
    with progress_bar.in_terminal() as progress:
        batch = grade_all(
            handed_in.submissions,
            How(chosen.unsafe, hidden),
            workers=chosen.workers,
            kept_in=kept_in,
            progress=progress,
        )
    if batch.kept:
        print(f"sandbox: verdicts of an earlier run: {batch.kept}; delete {kept_in} to grade anew", file=sys.stderr)
    if sheet:
        _save(sheet, table.comma_separated(batch))
    if page:
        _save(page, report.render(batch))
    if chosen.json:
        _print_json(table.to_json(batch))
    else:
        columns = shutil.get_terminal_size((table.WIDTH + 1, 24)).columns
        print(table.render(batch, width=min(160, max(60, columns - 1))), end="")
    return 0


def _serve(chosen: argparse.Namespace) -> int:
    import secrets

    from sandbox.server.app import create_app
    from sandbox.server.embedded import EmbeddedServer
    from sandbox.server.gate import Gate

    defences = Defences.preset(chosen.preset).but(**settings(chosen.with_, chosen.without))
    key = None if chosen.no_key else secrets.token_urlsafe(32)
    server = EmbeddedServer(Gate(create_app(defences=defences, clock=Clock(running=True)), key), chosen.port)
    base_url = f"http://127.0.0.1:{server.port}"
    print(json.dumps({"base_url": base_url, "key": key}), flush=True)
    _say_how_to_log_in(base_url, key)
    try:
        server.wait()
    finally:
        server.stop()
    return 0


def _say_how_to_log_in(base_url: str, key: str | None) -> None:
    """A first request to copy, where a person is watching."""
    if sys.stderr.isatty():
        header = f" -H 'X-Sandbox-Key: {key}'" if key else ""
        account = '{"email": "alice@bank.example", "password": "alice-password"}'
        print(f"Try: curl -i{header} {base_url}/session/login -d '{account}'", file=sys.stderr)


def _lab(chosen: argparse.Namespace) -> int:
    from sandbox.lab import open_lab

    return open_lab(fresh=chosen.fresh, arguments=chosen.others)


def _doctor(chosen: argparse.Namespace) -> int:
    from sandbox.doctor import report

    return report()


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
