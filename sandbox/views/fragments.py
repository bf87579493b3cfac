"""One lane's step as HTML: exchanges, what lies where, claims in words, tables. Text from the wire is never HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from sandbox.actors.browser import Holdings
from sandbox.actors.cookies import StoredCookie
from sandbox.clock import describe, spoken
from sandbox.defences import switch
from sandbox.exchange import Exchange
from sandbox.names import Names
from sandbox.record import Record, StepRecord, Tables
from sandbox.server.tokens import LATEST, InvalidToken, decode_unverified
from sandbox.views import words

STYLE = """<style>
.sbx { color: var(--jp-ui-font-color1, #222); font-family: var(--jp-ui-font-family, sans-serif); font-size: 13px;
  line-height: 1.45; overflow-wrap: anywhere; padding: 2px; }
.sbx h3 { font-size: 15px; margin: 0; } .sbx h4 { font-size: 13px; margin: 10px 0 2px; }
.sbx p { margin: 2px 0; } .sbx ul { margin: 0; padding-left: 18px; }
.sbx .quiet { color: var(--jp-ui-font-color2, #555); }
.sbx details { border-left: 3px solid var(--jp-border-color1, #999); margin: 3px 0; padding-left: 6px; }
.sbx details.mallory { border-left-style: double; border-left-width: 6px; }
.sbx summary { cursor: pointer; font-family: var(--jp-code-font-family, monospace); font-size: 12px; }
.sbx summary:focus-visible { outline: 2px solid var(--jp-brand-color1, #1a73e8); outline-offset: 1px; }
.sbx pre { background: var(--jp-layout-color2, #eee); color: inherit; font-size: 11px; margin: 3px 0; padding: 4px;
  overflow-x: auto; white-space: pre-wrap; }
.sbx table { border-collapse: collapse; font-size: 11px; margin: 2px 0 6px; text-align: left; }
.sbx th { overflow-wrap: normal; white-space: nowrap; }
.sbx th, .sbx td { border: 1px solid var(--jp-border-color2, #bbb); padding: 1px 5px; text-align: left;
  vertical-align: top; background: none; }
.sbx .scroll { overflow-x: auto; }
.sbx .verdict { border: 2px solid currentColor; border-radius: 4px; display: inline-block; font-weight: bold;
  margin: 4px 0; padding: 1px 8px; }
.sbx .said { border: 1px solid var(--jp-border-color1, #999); border-radius: 4px; margin: 6px 0; padding: 3px 6px; }
</style>"""

_PREVENTS = {
    "Secure": "sent over https only: a listener sees nothing",
    "HttpOnly": "script can't read it",
    "SameSite=Strict": "never sent on a request from another site",
    "SameSite=Lax": "sent from another site only when the user follows a link",
    "SameSite=None": "sent from every site",
    "SameSite unset": "the browser's default: like Lax, with two minutes' grace in Chromium",
}

Shown = Callable[[str], str]
"""What is shown of a text: with the credentials' short names in place of their values, or as it is."""


def lane(record: Record, step: StepRecord | None, mode: str, *, reveal: bool = False) -> str:
    """The column of one mode at one step."""
    parts = [f"<h3>{escape(mode)}</h3><p class=quiet>{escape(words.ABOUT[mode])}</p>", _outcome(record, mode)]
    here = step.lanes.get(mode) if step else None
    if step and here:
        names = record.names[mode]
        shown: Shown = (lambda text: text) if reveal else names.mask
        parts += [
            _exchanges(here.exchanges, step.clock, names, shown),
            f"<p class=quiet>{escape(words.untold(here))}</p>" if here.untold else "",
            _prediction(step, mode),
            f"<h4>Why</h4><p>{escape(here.because)}</p>" if here.because else "",
            *(_holdings(name, held, step.clock, shown) for name, held in here.holdings.items()),
            _tables(here.tables, step.clock, shown),
        ]
    return f'<div class=sbx role=group aria-label="{escape(mode)} mode">{"".join(parts)}</div>'


def _outcome(record: Record, mode: str) -> str:
    outcome = record.outcomes.get(mode)
    if outcome is None:
        return ""
    lines = words.told(outcome)
    said = _bullets(lines) if len(lines) > 1 else f"<p>{escape(lines[0])}</p>"
    return f"<p class=verdict>{escape(words.verdict(outcome))}</p>{said}"


def _exchanges(exchanges: Iterable[Exchange], clock: float, names: Names, shown: Shown) -> str:
    parts = [_exchange(each, clock, names, shown) for each in exchanges]
    return "<h4>Over the wire</h4>" + ("".join(parts) or "<p class=quiet>nothing</p>")


def _exchange(exchange: Exchange, clock: float, names: Names, shown: Shown) -> str:
    """One line that opens to the full request and response."""
    kind = "mallory" if exchange.actor == "mallory" else "honest"
    return (
        f"<details class={kind}><summary>{escape(names.line(exchange, clock))}</summary>"
        f"<pre>{escape(shown(request_text(exchange)))}</pre><pre>{escape(shown(response_text(exchange)))}</pre>"
        f"<p class=quiet>{escape(words.store_line(exchange))}</p></details>"
    )


def request_text(exchange: Exchange) -> str:
    """The request as HTTP/1.1 writes it."""
    request = exchange.request
    return "\n".join([*request.head(), "", request.body.decode("utf-8", "replace")]).rstrip()


def response_text(exchange: Exchange) -> str:
    """The response as HTTP/1.1 writes it."""
    response = exchange.response
    lines = [f"HTTP/1.1 {response.status}", *(f"{name}: {value}" for name, value in response.headers)]
    return "\n".join([*lines, "", response.body.decode("utf-8", "replace")]).rstrip()


def _prediction(step: StepRecord, mode: str) -> str:
    line = words.prediction_line(step, mode)
    return f"<p class=said>{escape(line)}</p>" if line else ""


def _holdings(name: str, held: Holdings, clock: float, shown: Shown) -> str:
    title = "Mallory holds" if name == "mallory" else f"{name.capitalize()}'s browser keeps"
    parts = [_cookie(each, clock, shown) for each in held.cookies]
    parts += [_kept("localStorage", key, value, clock, shown) for key, value in held.local_storage.items()]
    parts += [_kept("memory", key, value, clock, shown) for key, value in held.memory.items()]
    return f"<h4>{escape(title)}</h4>" + ("".join(parts) or "<p class=quiet>nothing</p>")


def _cookie(cookie: StoredCookie, clock: float, shown: Shown) -> str:
    same_site = "SameSite unset" if cookie.same_site == "Default" else f"SameSite={cookie.same_site}"
    until = "until the browser closes" if cookie.expires_at is None else _moment(cookie.expires_at, clock)
    rows = [
        ("Domain", f"{cookie.domain}, {'this host only' if cookie.host_only else 'and all hosts below it'}"),
        ("Path", cookie.path),
        ("Kept", until),
        ("Secure", _PREVENTS["Secure"] if cookie.secure_only else "no"),
        ("HttpOnly", _PREVENTS["HttpOnly"] if cookie.http_only else "no"),
        (same_site, _PREVENTS[same_site]),
    ]
    title = f"cookie {cookie.name} = {shown(cookie.value)}"
    return f"<details><summary>{escape(title)}</summary>{_pairs(rows)}{_claims(cookie.value, clock, shown)}</details>"


def _kept(place: str, key: str, value: str, clock: float, shown: Shown) -> str:
    title = f"{place} {key} = {shown(value)}"
    return f"<details><summary>{escape(title)}</summary>{_claims(value, clock, shown)}</details>"


def _claims(value: str, clock: float, shown: Shown) -> str:
    """The claims of a self-contained token, times in words; for anything else, that it says nothing."""
    try:
        header, claims = decode_unverified(value)
    except InvalidToken:
        return "<p class=quiet>Random: it says nothing by itself.</p>"
    rows = [(name, shown(json.dumps(part, ensure_ascii=False))) for name, part in header.items()]
    rows += [(name, shown(_claim(name, part, clock))) for name, part in claims.items()]
    return f"<p class=quiet>Read without any key: signed is not secret.</p>{_pairs(rows)}"


def _claim(name: str, value: Any, clock: float) -> str:
    timely = name in ("exp", "nbf", "iat") and isinstance(value, int) and 0 <= value <= LATEST
    return f"{value}: {_moment(value, clock)}" if timely else json.dumps(value, ensure_ascii=False)


def _moment(moment: float, clock: float) -> str:
    away = moment - clock
    when = "now" if away == 0 else f"in {describe(away)}" if away > 0 else f"{describe(-away)} ago"
    return f"{spoken(moment)} ({when})"


def _tables(tables: Tables, clock: float, shown: Shown) -> str:
    """What the server keeps, the users apart: they are the same in every mode, and at every step but few."""
    kept = {name: rows for name, rows in tables.items() if rows and name != "users"}
    parts = [f"<p>{escape(name)}</p>{table(rows, clock, shown)}" for name, rows in kept.items()]
    users = f"<details><summary>users</summary>{table(tables.get('users', []), clock, shown)}</details>"
    return "<h4>The server keeps</h4>" + ("".join(parts) or "<p class=quiet>nothing of any login</p>") + users


def table(rows: list[dict[str, Any]], clock: float, shown: Shown = str) -> str:
    """Rows of the store, one per column since lanes are narrow, times in words: by pandas where it is there."""
    cells = [{name: shown(_cell(name, value, clock)) for name, value in row.items()} for row in rows]
    try:
        import pandas as pd
    except ImportError:  # a browser kernel may have none
        return f"<div class=scroll>{_plain_table(cells)}</div>"
    return f"<div class=scroll>{pd.DataFrame(cells).T.to_html(header=False, border=0, escape=True)}</div>"


def _cell(name: str, value: Any, clock: float) -> str:
    if value is None:
        return "-"
    if name.endswith("_at") or name == "at":
        return _moment(value, clock)
    return f"{value[:16]}..." if name == "password_hash" else str(value)


def _plain_table(cells: list[dict[str, str]]) -> str:
    lines = (
        f"<th>{escape(name)}</th>" + "".join(f"<td>{escape(row[name])}</td>" for row in cells)
        for name in (cells[0] if cells else ())
    )
    return f"<table><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


def switches_in_words(names: Iterable[str]) -> str:
    """What each switch does, costs, and where that is said: for who can't hover."""
    rows = [(each.name, f"{each.does} Cost: {each.cost} Source: {each.source}") for each in map(switch, names)]
    return f"<div class=sbx><details><summary>What each switch does</summary>{_pairs(rows)}</details></div>"


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{body}</table>"


def _bullets(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"

