"""One recorded request as a command line: with the logins before it, so that it works against `serve`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sandbox.defences import Value
from sandbox.exchange import Exchange
from sandbox.names import Names
from sandbox.record import Record

_ACCOUNTS: Final = ("alice@bank.example", "bob@bank.example", "carol@bank.example")


@dataclass(frozen=True)
class Curl:
    """`commands` for a POSIX shell; empty where there are none, and then `why_not` says why."""

    commands: str = ""
    why_not: str = ""


def curl(record: Record, mode: str, exchange: Exchange) -> Curl:
    """The commands that send this exchange's request anew, with credentials of their own.

    What the request carries is fetched first, as the record says: by the calls whose answers handed it out.
    """
    names = record.names[mode]
    before = _until(record, mode, exchange)
    needed: list[Exchange] = []
    _collect(exchange, before, names, needed)
    for each in (*needed, exchange):
        if why_not := _cannot(each):
            return Curl(why_not=why_not)
    if _untold(record, mode, exchange) and (lost := _without_origin([*needed, exchange], before, names)):
        return Curl(why_not=f"Where {lost} came from is not told: some requests before are not shown.")
    values = {value: name for name, value in names.known().items()}
    lines = [
        f"# In another terminal: python3 start.py serve{_settings(record)}",
        "# It prints its address and its key: put them in here.",
        'BASE_URL="${BASE_URL:-http://127.0.0.1:PORT}"',
        'KEY="${KEY:-put the key in here}"',
    ]
    had: set[str] = set()
    for number, each in enumerate(needed, 1):
        lines += [*_made(each, names, had), f"ANSWER{number}=$({_command(each, values, '-si')})"]
        for name in names.handed_out(each):
            lines.append(f'{name}=$(printf "%s" "$ANSWER{number}" | {_extract(each, names.known()[name])})')
            had.add(name)
    passed = exchange.clock - (needed[-1].clock if needed else exchange.clock)
    if passed or len(before) > len(needed):
        lines.append(f"# In the story, {passed:.0f} seconds pass here. What else happened meanwhile is not repeated.")
    lines += [*_made(exchange, names, had), _command(exchange, values, "-i")]
    return Curl("\n".join(lines) + "\n")


def _until(record: Record, mode: str, exchange: Exchange) -> list[Exchange]:
    """The lane's exchanges up to this one."""
    found: list[Exchange] = []
    for step in record.steps:
        for each in step.lanes[mode].exchanges if mode in step.lanes else ():
            if each is exchange:
                return found
            found.append(each)
    return found


def _collect(exchange: Exchange, before: list[Exchange], names: Names, needed: list[Exchange]) -> None:
    """Put the calls that handed out what this one carries into `needed`, those that they need themselves first."""
    for name in names.carried(exchange.request):
        origin = next((each for each in before if name in names.handed_out(each)), None)
        if origin is not None and not any(origin is each for each in needed):
            _collect(origin, before[: _place(before, origin)], names, needed)
            needed.append(origin)


def _place(exchanges: list[Exchange], one: Exchange) -> int:
    return next(place for place, each in enumerate(exchanges) if each is one)


def _cannot(exchange: Exchange) -> str:
    """Why `serve` could not answer this request; empty where it could."""
    request = exchange.request
    host = urlsplit(request.url).hostname
    if host != "bank.example":
        return f"{host} is another site of this story. serve runs the bank alone."
    if request.header("DPoP"):
        return "A DPoP proof is made anew for each request, and serves once (RFC 9449 4.2): no command can copy it."
    body = request.json()
    account = body.get("email") if isinstance(body, dict) else None
    if request.path.endswith("/login") and exchange.response.ok and account not in _ACCOUNTS:
        return f"This story made an account for {account}. serve has Alice's, Bob's and Carol's alone."
    return ""


def _untold(record: Record, mode: str, exchange: Exchange) -> bool:
    """Whether requests up to this one's step are not in the record."""
    for step in record.steps:
        lane = step.lanes.get(mode)
        if lane and lane.untold:
            return True
        if lane and any(each is exchange for each in lane.exchanges):
            break
    return False


def _without_origin(sent: list[Exchange], before: list[Exchange], names: Names) -> str:
    """The first name that these requests carry, and no answer before handed out; empty where there is none."""
    handed_out = {name for each in before for name in names.handed_out(each)}
    carried = (name for each in sent for name in names.carried(each.request))
    return next((name for name in carried if name not in handed_out), "")


def _settings(record: Record) -> str:
    """` --preset as_written --with rotate_refresh=on`: the switches of this run."""
    said = [f"{name}={_value(value)}" for name, value in record.defences.beside(record.preset).items()]
    return f" --preset {record.preset}" + (f" --with {' '.join(said)}" if said else "")


def _value(value: Value) -> str:
    """As `--with` takes it: `on`, `900s`, `none`, `Strict`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else value if isinstance(value, str) else f"{value:.0f}s"


def _made(exchange: Exchange, names: Names, had: set[str]) -> Iterable[str]:
    """What no answer handed out: Mallory made it, so here it is."""
    for name in names.carried(exchange.request):
        if name not in had:
            had.add(name)
            yield f"# No answer of the bank hands {name} out."
            yield f"{name}={_single(names.known()[name])}"


def _command(exchange: Exchange, values: dict[str, str], options: str) -> str:
    request = exchange.request
    parts = urlsplit(request.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    method = request.method if request.method.isalpha() else _single(request.method)
    words = [f'curl {options} -X {method} "$BASE_URL{_quoted(target, values)[1:]}']
    words += ['-H "X-Sandbox-Key: $KEY"', f"-H {_quoted(f'Host: {parts.netloc}', values)}"]
    words += [f"-H {_quoted(f'{name}: {value}', values)}" for name, value in request.headers]
    if request.body:
        words.append(f"--data-raw {_quoted(request.body.decode('utf-8', 'replace'), values)}")
    return " \\\n  ".join(words)


def _quoted(text: str, values: dict[str, str]) -> str:
    """In double quotes for a POSIX shell, with `${S1}` in place of a credential."""
    pattern = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True) if "(" not in values[value])
    pieces = re.split(f"({pattern})", text) if pattern else [text]
    shown = (
        f"${{{values[piece]}}}" if piece in values else re.sub(r'([\\"$`])', r"\\\1", piece).replace("!", "\"'!'\"")
        for piece in pieces
    )  # an interactive bash takes `!` for a command of its history, unless it stands in single quotes
    return f'"{"".join(shown)}"'


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _extract(exchange: Exchange, value: str) -> str:
    """A filter that finds a credential in the answer where this one had it: in a cookie, or in a field of the body."""
    for header in exchange.response.all("Set-Cookie"):
        name, _, kept = header.partition(";")[0].partition("=")
        if value in kept:
            return _sed(f'^[Ss]et-[Cc]ookie: {_literal(name)}="*\\([^;"[:space:]]*\\).*')
    body = exchange.response.json()
    field = next((key for key, kept in body.items() if kept == value), "") if isinstance(body, dict) else ""
    return _sed(f'.*"{_literal(field)}": *"\\([^"]*\\)".*')


def _sed(pattern: str) -> str:
    """A filter that prints what the group of a basic regular expression matches."""
    return "sed -n " + _single(f"s/{pattern}/\\1/p")


def _literal(text: str) -> str:
    """Within a basic regular expression between slashes, this very text."""
    return re.sub(r"[][\\.*^$/]", r"\\\g<0>", text)
