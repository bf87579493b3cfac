"""A lane's column shows its step in full, in words, and whatever comes over the wire stays text."""

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest

from sandbox.actors.browser import Holdings
from sandbox.actors.cookies import StoredCookie
from sandbox.clock import DAY, START
from sandbox.exchange import MODES, Exchange, Request, Response
from sandbox.names import Names
from sandbox.player import Player
from sandbox.record import HORIZON, LaneStep, Outcome, Question, Record, StepRecord
from sandbox.scenarios import story
from sandbox.views import fragments, text, words

NOW = START.timestamp()
TAGS = {"div", "h3", "h4", "p", "ul", "li", "details", "summary", "pre", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"class", "role", "aria-label", "scope", "border"}
HARM = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</pre></details></table></div><b onclick=alert(1)>x</b>",
    "</style><iframe srcdoc=x></iframe><!--",
    "&lt;script&gt; &amp;amp; ]]>",
]


class Page(HTMLParser):
    """What a browser makes of a column: tags, attributes, all its text, and each `details` by its summary."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.details: dict[str, str] = {}
        self._open: list[str] = []
        self._summary = self._inside = ""
        self.feed(markup)
        self.close()
        assert self._open == [], "something is not closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self._open.append(tag)
        if tag == "details":
            self._summary = self._inside = ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"{tag} is closed, and was not open"
        if tag == "details":
            self.details[self._summary] = self._inside

    def handle_data(self, data: str) -> None:
        self.text += data
        if "summary" in self._open:
            self._summary += data
        elif "details" in self._open:
            self._inside += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@cache
def record(scenario: str, preset: str = "as_written", mode: str = "jwt", days: float = 0, **settings: Any) -> Record:
    """A story played in one mode; before its second step the clock may be moved by hand."""
    player = Player(story(scenario), preset=preset, modes=(mode,), settings=settings, transport="in-process")
    player.step()
    if days:
        player.advance(days=days)
    player.run()
    player.close()
    return player.record


def column(found: Record, step: int, *, reveal: bool = False) -> Page:
    """The column of a record's one mode at a step, counted from 1."""
    return Page(fragments.lane(found, found.steps[step - 1], found.modes[0], reveal=reveal))


def token(claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    """A self-contained token that nobody signed."""
    parts = ({"alg": "HS256", **(header or {})}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join([*encoded, "AAAA"])


def cookie(**other: Any) -> StoredCookie:
    plain = StoredCookie(
        name="session", value="a-random-value", domain="bank.example", host_only=True, path="/", secure_only=False,
        http_only=False, same_site="Default", created_at=NOW, expires_at=None,
    )  # fmt: skip
    return replace(plain, **other)


def by_hand(holdings: Holdings | None = None, **other: Any) -> Record:
    """One step in jwt mode, with what a test puts in."""
    put = {"exchange": Exchange("alice", NOW, Request("GET", "https://bank.example/x"), Response(200))} | other
    lane = LaneStep(
        exchanges=(put["exchange"],), tables=put.get("tables", {}), because=put.get("because", ""),
        holdings={put.get("person", "alice"): holdings or Holdings()}, answer=put.get("answer"),
    )  # fmt: skip
    step = StepRecord("a step", NOW, {"jwt": lane}, put.get("question"), put.get("prediction"))
    outcomes = {"jwt": put["outcome"]} if "outcome" in put else {}
    return replace(record("theft"), steps=(step,), outcomes=outcomes, names={"jwt": Names()})


def sent(headers: tuple[tuple[str, str], ...] = (), body: str = "", path: str = "/x", actor: str = "alice") -> Exchange:
    request = Request("POST", f"https://bank.example{path}", headers, body.encode())
    return Exchange(actor, NOW, request, Response(200, headers, body.encode()), 1, 2)


# Text stays text -----------------------------------------------------

HOSTILE: dict[str, Callable[[str], Record]] = {
    "path": lambda harm: by_hand(exchange=sent(path=f"/{harm}")),
    "header": lambda harm: by_hand(exchange=sent((("X-Odd", harm),))),
    "header name": lambda harm: by_hand(exchange=sent(((harm, "x"),))),
    "e-mail": lambda harm: by_hand(exchange=sent(body=harm)),
    "actor": lambda harm: by_hand(exchange=sent(actor=harm)),
    "person": lambda harm: by_hand(person=f"A{harm.lower()}"),
    "cookie name": lambda harm: by_hand(Holdings((cookie(name=harm),))),
    "cookie value": lambda harm: by_hand(Holdings((cookie(value=harm),))),
    "cookie domain": lambda harm: by_hand(Holdings((cookie(domain=harm),))),
    "cookie path": lambda harm: by_hand(Holdings((cookie(path=harm),))),
    "localStorage key": lambda harm: by_hand(Holdings(local_storage={harm: "x"})),
    "localStorage value": lambda harm: by_hand(Holdings(local_storage={"x": harm})),
    "memory key": lambda harm: by_hand(Holdings(memory={harm: "x"})),
    "memory value": lambda harm: by_hand(Holdings(memory={"x": harm})),
    "claim": lambda harm: by_hand(Holdings(memory={"x": token({"email": harm})})),
    "claim name": lambda harm: by_hand(Holdings(memory={"x": token({harm: 1})})),
    "claim exp": lambda harm: by_hand(Holdings(memory={"x": token({"exp": harm})})),
    "claim list": lambda harm: by_hand(Holdings(memory={"x": token({"aud": [harm]})})),
    "token header": lambda harm: by_hand(Holdings(memory={"x": token({}, {"typ": harm})})),
    "table": lambda harm: by_hand(tables={harm: [{"id": 1}]}),
    "table column": lambda harm: by_hand(tables={"sessions": [{harm: 1}]}),
    "table cell": lambda harm: by_hand(tables={"sessions": [{"id": 1, "ip": harm}]}),
    "user": lambda harm: by_hand(tables={"users": [{"email": harm}]}),
    "because": lambda harm: by_hand(because=harm),
    "answer": lambda harm: by_hand(question=Question("Well?", (harm,)), answer=harm),
    "prediction": lambda harm: by_hand(question=Question("Well?"), answer="yes", prediction={"jwt": harm}),
    "misconception": lambda harm: by_hand(
        question=Question("Well?", misconceptions={"no": harm}), answer="yes", prediction={"jwt": "no"}
    ),
    "summary": lambda harm: by_hand(outcome=Outcome(True, harm, "held", 0.0)),
    "measure": lambda harm: by_hand(outcome=Outcome(True, "", "measured", measures={"said": harm})),
    "measure name": lambda harm: by_hand(outcome=Outcome(True, "", "measured", measures={harm.replace("_", " "): 1})),
}


@pytest.fixture(params=["pandas", "plain"])
def tables_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a table: by pandas, and without it."""
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "pandas", None)
    return str(request.param)


@pytest.mark.parametrize("place", HOSTILE)
@pytest.mark.parametrize("reveal", [False, True], ids=["masked", "revealed"])
def test_hostile_text_is_shown_as_text(place: str, reveal: bool, tables_by: str) -> None:
    for harm in HARM:
        page = column(HOSTILE[place](harm), 1, reveal=reveal)
        assert page.tags <= TAGS, harm
        assert page.attributes <= ATTRIBUTES, harm
        as_json = json.dumps(harm)[1:-1]
        assert any(each.lower() in page.text.lower() for each in (harm, as_json)), f"{harm} is not shown at all"


@pytest.mark.parametrize("scenario", ["theft", "login"])
def test_a_real_column_is_sound_markup(scenario: str, tables_by: str) -> None:
    found = record(scenario, "hardened", "hybrid")
    for number in range(1, len(found.steps) + 1):
        page = column(found, number)
        assert page.tags <= TAGS
        assert page.attributes <= ATTRIBUTES


ROWS: list[dict[str, Any]] = [
    {"id": n, "email": f"{'x' * 90}{n}@bank.example", "created_at": NOW, "ended_at": None} for n in range(90)
]


def test_both_ways_to_a_table_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    by_pandas = Page(fragments.table(ROWS, NOW))
    monkeypatch.setitem(sys.modules, "pandas", None)
    plain = Page(fragments.table(ROWS, NOW))
    assert "dataframe" not in fragments.table(ROWS, NOW)
    assert "".join(by_pandas.text.split()) == "".join(plain.text.split())


def test_a_table_leaves_nothing_out(tables_by: str) -> None:
    shown = fragments.table(ROWS, NOW)
    assert [row["email"] for row in ROWS if row["email"] not in shown] == []
    assert fragments.table([], NOW)


def test_times_and_gaps_of_a_table_are_in_words(tables_by: str) -> None:
    rows = [{"expires_at": NOW + 900, "at": NOW - 60, "ended_at": None, "password_hash": "$2b$04$" + "x" * 53}]
    shown = Page(fragments.table(rows, NOW)).text
    for words_ in ("09:15:00 (in 15 min)", "08:59:00 (1 min ago)", "-", "$2b$04$xxxxxxxxx..."):
        assert words_ in shown
    assert "x" * 10 not in shown


# The exchanges --------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_each_exchange_opens_to_its_full_request_and_response(mode: str) -> None:
    found = record("theft", "as_advised", mode)
    for number, step in enumerate(found.steps, 1):
        page, names = column(found, number, reveal=True), found.names[mode]
        for each in step.lanes[mode].exchanges:
            inside = page.details[names.line(each, step.clock)]
            lines = [f"{each.request.method} {each.request.path} HTTP/1.1", "Host: bank.example"]
            lines += [f"{name}: {value}" for name, value in (*each.request.headers, *each.response.headers)]
            lines += [f"HTTP/1.1 {each.response.status}", each.request.body.decode(), each.response.body.decode()]
            lines += [f"{each.store_reads} store reads, {each.store_writes} writes"]
            assert [line for line in lines if line.strip() not in inside] == []


def test_what_is_opened_bears_names_unless_it_is_revealed() -> None:
    found = record("theft")
    token_of_alice = found.names["jwt"].known()["A1"]
    masked, revealed = column(found, 1), column(found, 1, reveal=True)
    assert "Authorization: Bearer A1" in masked.text
    assert token_of_alice not in masked.text
    assert f"Authorization: Bearer {token_of_alice}" in revealed.text


@pytest.mark.parametrize("gone", [0, 1])
def test_what_is_shown_is_the_record_and_nothing_else(gone: int) -> None:
    """An exchange taken out of the record takes its line, and no other, out of the column."""
    found = record("theft")
    step = found.steps[0]
    lane = step.lanes["jwt"]
    left = tuple(each for number, each in enumerate(lane.exchanges) if number != gone)
    without = replace(found, steps=(replace(step, lanes={"jwt": replace(lane, exchanges=left)}),))
    lines = [found.names["jwt"].line(each) for each in lane.exchanges]
    assert [line in column(found, 1).details for line in lines] == [True, True]
    assert [line in column(without, 1).details for line in lines] == [gone != 0, gone != 1]
    assert [line in text.render(without) for line in lines] == [gone != 0, gone != 1]


def test_a_step_that_sends_nothing_says_so() -> None:
    assert "Over the wirenothing" in column(record("theft"), 2).text


def test_before_the_first_step_a_column_says_what_the_mode_is() -> None:
    page = Page(fragments.lane(record("theft"), None, "jwt"))
    assert words.ABOUT["jwt"] in page.text
    assert page.details == {}


# What lies where ------------------------------------------------------


def test_the_claims_of_a_token_are_in_words() -> None:
    page = column(record("theft", jwt_lifetime=900.0), 2)
    inside = page.details["localStorage jwt.access_token = A1"]
    assert "Read without any key: signed is not secret." in inside
    assert "Thu 1 Jan 2026, 09:15:00 (in 14 min)" in inside
    assert "iat1767258000: Thu 1 Jan 2026, 09:00:00 (1 min ago)" in inside
    assert 'email"alice@bank.example"' in inside
    assert "jti(A1)" in inside


def test_what_has_expired_is_said_to_lie_in_the_past() -> None:
    page = column(record("theft", days=8), 2)
    assert "Thu 8 Jan 2026, 09:00:00 (1 day ago)" in page.details["localStorage jwt.access_token = A1"]


@pytest.mark.parametrize(
    ("moment", "says"),
    [(NOW, "(now)"), (NOW + 1, "(in 1 s)"), (NOW - 1, "(1 s ago)"), (NOW + 7 * DAY, "(in 7 days)")],
)
def test_a_moment_is_told_from_now(moment: float, says: str) -> None:
    held = Holdings((cookie(expires_at=moment),), memory={"token": token({"exp": int(moment)})})
    page = column(by_hand(held), 1)
    assert page.text.count(says) == 2


@pytest.mark.parametrize("exp", [10**13, 10**40, -(10**13), -1, 1.5, True, None, "soon", [], float("inf")])
def test_an_odd_exp_is_shown_as_it_is(exp: Any) -> None:
    page = column(by_hand(Holdings(memory={"token": token({"exp": exp})})), 1)
    assert "exp" in page.text


@pytest.mark.parametrize("value", ["random", "", "eyJ.e.x", "a.b.c", "eyJhbGciOiJub25lIn0.e30"])
def test_what_is_no_token_says_nothing_by_itself(value: str) -> None:
    page = column(by_hand(Holdings(memory={"kept": value})), 1)
    assert "it says nothing by itself" in page.details[f"memory kept = {value}"]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"secure_only": True}, "Securesent over https only: a listener sees nothing"), ({}, "Secureno"),
        ({"http_only": True}, "HttpOnlyscript can't read it"), ({}, "HttpOnlyno"),
        ({"same_site": "Strict"}, "SameSite=Strictnever sent on a request from another site"),
        ({"same_site": "Lax"}, "SameSite=Laxsent from another site only when the user follows a link"),
        ({"same_site": "None"}, "SameSite=Nonesent from every site"), ({}, "SameSite unsetthe browser's default"),
        ({}, "Keptuntil the browser closes"), ({"expires_at": NOW + DAY}, "KeptFri 2 Jan 2026, 09:00:00 (in 1 day)"),
        ({}, "Domainbank.example, this host only"), ({"host_only": False}, "bank.example, and all hosts below it"),
        ({"path": "/hybrid/refresh"}, "Path/hybrid/refresh"),
    ],
)  # fmt: skip
def test_a_cookies_attributes_say_what_each_prevents(other: dict[str, Any], says: str) -> None:
    page = column(by_hand(Holdings((cookie(**other),))), 1)
    assert says in page.details["cookie session = a-random-value"]


def test_a_real_cookie_shows_the_switches_that_made_it() -> None:
    held = column(record("theft", "hardened", "session"), 1).details["cookie __Host-session = S1"]
    for part in ("a listener sees nothing", "script can't read it", "SameSite=Strict"):
        assert part in held


def test_the_thiefs_loot_is_shown_beside_the_owners() -> None:
    shown = column(record("theft"), 2).text
    assert "Alice's browser keeps" in shown
    assert "Mallory holds" in shown
    assert "nothing" in column(record("theft"), 1).text.partition("Mallory holds")[2][:8]


# What the server keeps, and how it ended --------------------------------


def test_the_tables_are_those_of_the_step() -> None:
    found = record("revocation", mode="session")
    kept = [column(found, number).text.partition("The server keeps")[2] for number in (1, 2)]
    assert "sessions" in kept[0]
    assert "S1" in kept[0]
    assert "nothing of any login" in column(record("theft"), 1).text
    assert "alice@bank.example" in column(record("theft"), 1).details["users"]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(True, "he got in", "breached", 840.0), "✗ BREACHED: 14 minhe got in"),
        (Outcome(True, "no end", "breached", None, searched_seconds=HORIZON), "✗ BREACHED: no end in 400 days"),
        (Outcome(True, "nobody searched", "breached", None), "✗ BREACHEDnobody searched"),
        (Outcome(True, "one act", "breached", None, {"harm": "money moved"}), "✗ BREACHED: money moved"),
        (Outcome(True, "he did not", "held", 0.0), "✓ HELDhe did not"),
        (Outcome(True, "for a while", "contained", 60.0), "◐ CONTAINED: 1 min"),
        (Outcome(True, "", "measured", measures={"forced_logins": 11}), "• MEASUREDforced logins: 11"),
        (Outcome(False, "no such token"), "- DOES NOT APPLYno such token"),
    ],
)
def test_an_outcome_is_a_sign_a_word_and_what_it_means(outcome: Outcome, says: str) -> None:
    assert says in column(by_hand(outcome=outcome), 1).text
