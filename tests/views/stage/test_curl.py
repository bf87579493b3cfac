"""A copied command gets from a real server the answer of the record, and a shell runs nothing of what stands in it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.__main__ import _parser
from sandbox.clock import START
from sandbox.defences import PRESETS, Defences, settings, switches
from sandbox.engine import Scene, Step, Story
from sandbox.errors import BadSwitch
from sandbox.exchange import MODES, Exchange, Request, Response
from sandbox.names import Names
from sandbox.player import Player
from sandbox.record import LaneStep, Outcome, Record, StepRecord
from sandbox.scenarios import story
from sandbox.views.stage.curl import Curl, curl

ROOT = Path(__file__).resolve().parents[3]
NOW = START.timestamp()
MADE = "# No answer of the bank hands {} out."
BANK = "https://bank.example"

shell = pytest.mark.skipif(
    sys.platform == "win32" or not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)


# Records -----------------------------------------------------------------


def _every_call(scene: Scene) -> Generator[Step, None, Outcome]:
    alice = scene.person("alice")
    yield Step("Alice logs in, and does all that she can")
    alice.login("not-her-password")
    alice.login()
    alice.profile()
    alice.transfer("bob@bank.example", 10)
    alice.transfer("bob@bank.example", -10)
    yield Step("Alice refreshes twice, where she can, and reads her profile each time", after=90)
    for _ in range(2):
        if scene.mode == "hybrid":
            alice.refresh()
        alice.profile()
    alice.logout()
    return Outcome(True, "all done", "measured")


EVERY_CALL = Story("tale", "A tale", "Each call once", _every_call)


@cache
def record(told: str = "tale", preset: str = "as_written", **chosen: Any) -> Record:
    player = Player(
        EVERY_CALL if told == "tale" else story(told), preset=preset, settings=chosen, transport="in-process"
    )
    player.run()
    player.close()
    return player.record


def exchanges(found: Record, mode: str) -> list[Exchange]:
    return [each for step in found.steps if mode in step.lanes for each in step.lanes[mode].exchanges]


def by_hand(*exchanges: Exchange, untold: int = 0) -> Record:
    """One step in jwt mode, with these exchanges."""
    names = Names()
    for each in exchanges:
        names.learn(each)
    lane = LaneStep(exchanges, tables={}, holdings={}, answer=None, because="", untold=untold)
    return replace(record(), steps=(StepRecord("a step", NOW, {"jwt": lane}),), names={"jwt": names})


def sent(*headers: tuple[str, str], method: str = "POST", path: str = "/jwt/x", body: str = "") -> Exchange:
    return Exchange("alice", NOW, Request(method, f"{BANK}{path}", headers, body.encode()), Response(404))


def copied(exchange: Exchange) -> Curl:
    return curl(by_hand(exchange), "jwt", exchange)


# Running them ----------------------------------------------------------------


def bash(commands: str, where: Path, base_url: str, key: str, path: str = "") -> str:
    """What the commands print, run in that folder as a person pastes them."""
    environment = {
        "PATH": path + os.environ["PATH"], "HOME": str(where), "HISTFILE": os.devnull, "NO_PROXY": "*",
        "BASE_URL": base_url, "KEY": key,
    }  # fmt: skip
    pasted = f"set -o history -o histexpand\n{commands}"  # as an interactive shell does, `!` means something
    done = subprocess.run(
        ["bash", "--norc", "-u"],
        input=pasted, capture_output=True, text=True, encoding="utf-8", cwd=where, env=environment, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def serving() -> Iterator[Callable[[Curl], tuple[str, str]]]:
    """Gives the address and the key of a server that runs as the commands' own comment says."""
    started: dict[str, tuple[subprocess.Popen[str], tuple[str, str]]] = {}

    def serve(commands: Curl) -> tuple[str, str]:
        arguments = told(commands)
        if arguments not in started:
            command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", *shlex.split(arguments)]
            command += ["--with", "bcrypt_cost=4"]  # a login stays short
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            started[arguments] = process, (ready["base_url"], ready["key"])
        return started[arguments][1]

    yield serve
    for process, _ in started.values():
        process.kill()
        process.communicate()


def told(commands: Curl) -> str:
    """The arguments of `serve` that the first line names."""
    found = re.match(r"# In another terminal: python3 start\.py serve (.*)\n", commands.commands)
    assert found
    return found[1]


@pytest.fixture
def called(tmp_path: Path) -> Callable[..., list[list[str]]]:
    """Runs commands with a `curl` that sends nothing; gives what it was called with, a list of words each time."""
    tools, where = tmp_path / "tools", tmp_path / "where"
    tools.mkdir()
    where.mkdir()
    (tools / "curl").write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    (tools / "curl").chmod(0o755)

    def run(*commands: str) -> list[list[str]]:
        printed = bash("".join(commands), where, "http://127.0.0.1:1", "the-key", f"{tools}{os.pathsep}")
        assert list(where.iterdir()) == [], "something was executed"
        return [json.loads(line) for line in printed.splitlines()]

    return run


# Against a real server -------------------------------------------------------


@shell
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("preset", ["as_written", "hardened"])
def test_each_copied_call_gets_the_status_that_the_record_has(
    preset: str, mode: str, serving: Callable[[Curl], tuple[str, str]], tmp_path: Path
) -> None:
    found = record(preset=preset)
    got, calls = [], exchanges(found, mode)
    for each in calls:
        commands = curl(found, mode, each)
        printed = bash(commands.commands, tmp_path, *serving(commands))
        got.append((found.names[mode].line(each), re.findall(r"^HTTP/1\.1 (\d+)", printed, re.M)))
    assert got == [(found.names[mode].line(each), [str(each.response.status)]) for each in calls]
    assert {each.response.status for each in calls} == {200, 204, 400, 401}


@pytest.mark.parametrize(
    ("preset", "calls", "fetched"),
    [
        ("as_written", ["login", "refresh"], ["A1", "R1", "A3"]),  # R1 serves as long as it lives: A2 is not needed
        ("hardened", ["login", "refresh", "refresh"], ["A1", "R1", "A2", "R2", "A3", "R3"]),
    ],
)
def test_what_a_request_carries_is_fetched_by_the_calls_that_handed_it_out(
    preset: str, calls: list[str], fetched: list[str]
) -> None:
    found = record(preset=preset)
    last_profile = exchanges(found, "hybrid")[-2]
    assert found.names["hybrid"].line(last_profile).startswith("alice: GET /hybrid/profile 200  sends A3")
    commands = curl(found, "hybrid", last_profile).commands
    assert re.findall(r"^([A-Z]\d+)=\$\(printf", commands, re.M) == fetched
    assert re.findall(r"^ANSWER\d=.*/hybrid/(\w+)", commands, re.M) == calls


def test_a_login_needs_nothing_before_it() -> None:
    commands = curl(record(), "jwt", exchanges(record(), "jwt")[1]).commands
    assert "ANSWER" not in commands
    assert commands.count("curl ") == 1


@pytest.mark.parametrize(("which", "says"), [(2, False), (-1, True)])
def test_time_that_passes_in_the_story_is_said(which: int, says: bool) -> None:
    commands = curl(record(), "jwt", exchanges(record(), "jwt")[which]).commands
    assert ("# In the story, 90 seconds pass here." in commands) is says


def test_a_shell_without_the_two_settings_is_told_to_put_them_in() -> None:
    commands = curl(record(), "jwt", exchanges(record(), "jwt")[1]).commands
    assert 'BASE_URL="${BASE_URL:-http://127.0.0.1:PORT}"\nKEY="${KEY:-put the key in here}"\n' in commands


# The settings -----------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_serve_takes_the_settings_that_the_comment_names(preset: str) -> None:
    checked = 0
    for name, about in switches().items():
        for value in {about.off, about.strongest, *about.choices, *([90.0] if about.kind == "seconds" else [])}:
            try:
                defences = Defences.preset(preset).but(**{name: value})
            except BadSwitch:
                continue
            commands = curl(replace(by_hand(call := sent()), preset=preset, defences=defences), "jwt", call)
            chosen = _parser().parse_args(["serve", *shlex.split(told(commands))])
            served = Defences.preset(chosen.preset).but(**settings(chosen.with_, chosen.without))
            assert served.but(bcrypt_cost=4) == defences.but(bcrypt_cost=4), f"{name}={value}"
            checked += 1
    assert checked > len(switches())


def test_several_settings_are_named_at_once() -> None:
    found = record(rotate_refresh=True, jwt_lifetime=900.0, same_site="Lax", access_lifetime=None)
    assert told(curl(found, "jwt", exchanges(found, "jwt")[0])) == (
        "--preset as_written --with same_site=Lax jwt_lifetime=900s access_lifetime=none rotate_refresh=on"
    )


# What can't be copied ---------------------------------------------------

LOGIN = {"email": "mallory@bank.example", "password": "mallory-password"}
CANNOT = {
    "another site": (
        Exchange("alice", NOW, Request("GET", "https://evil.example/prizes"), Response(200)),
        "evil.example is another site of this story. serve runs the bank alone.",
    ),
    "a host below the bank's": (
        Exchange("alice", NOW, Request("GET", "https://blog.bank.example/"), Response(200)),
        "blog.bank.example is another site of this story. serve runs the bank alone.",
    ),
    "DPoP": (
        sent(("DPoP", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA")),
        "A DPoP proof is made anew for each request, and serves once (RFC 9449 4.2): no command can copy it.",
    ),
    "a customer of the story": (
        Exchange("mallory", NOW, Request("POST", f"{BANK}/jwt/login", body=json.dumps(LOGIN).encode()), Response(200)),
        "This story made an account for mallory@bank.example. serve has Alice's, Bob's and Carol's alone.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CANNOT)
def test_what_cannot_be_copied_says_why(what: str) -> None:
    exchange, why = CANNOT[what]
    assert copied(exchange) == Curl(why_not=why)


def test_a_request_with_a_token_of_another_site_cannot_be_copied_either() -> None:
    login = Request("POST", "https://shop.example/jwt/login")
    handed = Exchange("mallory", NOW, login, Response(200, body=b'{"access_token": "a-token-of-the-shop"}'))
    used = sent(("Authorization", "Bearer a-token-of-the-shop"))
    assert curl(by_hand(handed, used), "jwt", used).why_not.startswith("shop.example is another site")


def test_a_login_that_fails_can_be_copied_whoever_tried_it() -> None:
    request = Request("POST", f"{BANK}/jwt/login", body=json.dumps(LOGIN).encode())
    assert copied(Exchange("mallory", NOW, request, Response(401))).commands


def test_where_requests_are_missing_in_the_record_no_credential_is_taken_for_a_forged_one() -> None:
    """A search keeps its evidence alone: what it fetched meanwhile, nobody forged."""
    found = record("idle_polling")
    names = found.names["hybrid"]
    *_, last = (each for each in exchanges(found, "hybrid") if names.carried(each.request) == ["R2"])
    assert curl(found, "hybrid", last).why_not == (
        "Where R2 came from is not told: some requests before are not shown."
    )


def test_requests_that_are_missing_later_take_no_command_away() -> None:
    forged = sent(("Authorization", "Bearer what-mallory-made"))
    early, late = by_hand(forged), by_hand(replace(forged, clock=NOW + 60), untold=1)
    both = replace(early, steps=(*early.steps, *late.steps))
    commands = [curl(both, "jwt", step.lanes["jwt"].exchanges[0]).commands for step in both.steps]
    assert list(map(bool, commands)) == [True, False]


# Credentials ---------------------------------------------------------------


def full(found: Record, mode: str, commands: str) -> list[str]:
    """The lines that hold a full credential."""
    values = found.names[mode].known().values()
    return [line for line in commands.splitlines() if any(value in line for value in values)]


def test_a_forged_token_is_given_in_full_and_says_so() -> None:
    found = record("algorithm_none")
    forged = exchanges(found, "jwt")[-1]
    (name,) = found.names["jwt"].carried(forged.request)
    commands = curl(found, "jwt", forged).commands
    assert full(found, "jwt", commands) == [f"{name}='{found.names['jwt'].known()[name]}'"]
    assert MADE.format(name) in commands
    assert f"Authorization: Bearer ${{{name}}}" in commands


@pytest.mark.parametrize("preset", ["as_written", "hardened"])
@pytest.mark.parametrize("scenario", ["tale", "theft", "idle_polling", "refresh_reuse", "session_fixation"])
def test_nothing_but_a_forged_token_is_given_in_full(scenario: str, preset: str) -> None:
    found, checked = record(scenario, preset), 0
    for mode in found.modes:
        for each in exchanges(found, mode):
            commands = curl(found, mode, each).commands
            assert full(found, mode, commands) == []
            checked += bool(found.names[mode].carried(each.request) and commands)
    assert checked


# Quoting -----------------------------------------------------------------

HARM = [
    "$(touch x)", "`touch x`", "${KEY}", "$KEY", '"', "'", "\\", "\\\\", '\\"', "\\$(touch x)", "!", "!!", "a!set",
    "!$", '"; touch x; "', "'; touch x; '", "| touch x", "& touch x", "> x", "a\nb", "a\ntouch x\n", "end\n", "\\\n",
    "it's!\n!s", "#", "*", "~", "%s %n", "{a,b}", "\t", "é漢🙂", "-o x", "@x",
]  # fmt: skip
PLACES: dict[str, Callable[[str], Exchange]] = {
    "header": lambda harm: sent(("X-Odd", harm)),
    "header name": lambda harm: sent((f"X{harm}", "odd")),
    "body": lambda harm: sent(body=f"b{harm}"),
    "path": lambda harm: sent(path=f"/jwt/{harm}"),
    "query": lambda harm: sent(path=f"/jwt/x?a={harm}"),
    "method": lambda harm: sent(method=f"M{harm}"),
}


def expected(exchange: Exchange) -> list[str]:
    """What curl is to be called with."""
    request = exchange.request
    words = ["-i", "-X", request.method, "http://127.0.0.1:1" + request.url.removeprefix(BANK)]
    for header in ("X-Sandbox-Key: the-key", "Host: bank.example", *(f"{a}: {b}" for a, b in request.headers)):
        words += ["-H", header]
    return words + (["--data-raw", request.body.decode()] if request.body else [])


@shell
@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_reaches_curl_unchanged_and_is_never_executed(
    place: str, called: Callable[..., list[list[str]]]
) -> None:
    in_no_url = set("\n\t#") if place in ("path", "query") else set()
    made = [PLACES[place](harm) for harm in HARM if not set(harm) & in_no_url]
    assert called(*(copied(each).commands for each in made)) == [expected(each) for each in made]


@shell
@pytest.mark.parametrize("value", ["a'$(touch x)'`touch x`", 'say-"no"-!!-\\', "two\\nlines-'!'", "longer-$KEY-than"])
def test_a_hostile_credential_reaches_curl_unchanged(value: str, called: Callable[..., list[list[str]]]) -> None:
    exchange = sent(("Authorization", f"Bearer {value}"), body=f"twice: {value}")
    commands = copied(exchange).commands
    assert MADE.format("S1") in commands
    assert called(commands) == [expected(exchange)]


@shell
@pytest.mark.parametrize("field", ["access_token", "refresh_token", "csrf_token"])
def test_a_credential_is_found_in_the_field_that_handed_it_out(
    field: str, called: Callable[..., list[list[str]]]
) -> None:
    beside = '$(touch x) it\'s `touch x`! %s\\n a "quoted" one'
    body = json.dumps({"a": beside, field: "this-very-one", "z": beside})
    login = Exchange("alice", NOW, Request("POST", f"{BANK}/jwt/x"), Response(200, body=body.encode()))
    assert fetched(login, f"HTTP/1.1 200 OK\r\nX-A: y\r\n\r\n{body}\n", called) == "this-very-one"


@shell
@pytest.mark.parametrize(
    "line",
    [
        "Set-Cookie: session=this-very-one; Path=/", "set-cookie: session=this-very-one",
        'Set-Cookie: session="this-very-one"; Secure', "Set-Cookie: __Host-session=this-very-one; Secure",
        "Set-Cookie: it's$(touch x)=this-very-one", "Set-Cookie: a.*[b]/c^d=this-very-one",
    ],
)  # fmt: skip
def test_a_credential_is_found_in_the_cookie_that_handed_it_out(
    line: str, called: Callable[..., list[list[str]]]
) -> None:
    name, _, value = line.partition(": ")
    other = ("Set-Cookie", "x-session=not-this-one-1")
    login = Exchange("alice", NOW, Request("POST", f"{BANK}/jwt/x"), Response(200, (other, (name, value))))
    answer = f"HTTP/1.1 200 OK\r\n{': '.join(other)}\r\n{line}\r\n\r\n"
    assert fetched(login, answer, called) == "this-very-one"


def fetched(login: Exchange, answer: str, called: Callable[..., list[list[str]]]) -> str:
    """What a later request carries, where the first one is answered so."""
    used = sent(("X-Bears", "this-very-one"))
    commands = curl(by_hand(login, used), "jwt", used).commands
    assert "ANSWER1=$(curl" in commands
    answered = f"ANSWER1={shlex.quote(answer)}\n"
    (words,) = called(re.sub(r"ANSWER1=\$\(curl.*?\)\n(?=\w+=)", lambda _: answered, commands, flags=re.S))
    return words[-1].removeprefix("X-Bears: ")
