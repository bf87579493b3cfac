"""Submissions that cheat or do harm: none gets credit, none stops the batch, none leaves a process or a file behind."""

import os
import re
import socket

import psutil
import pytest

from sandbox.grading import batch, keeper
from sandbox.grading.isolation import NOBODY
from sandbox.grading.keeper import How
from sandbox.grading.submission import found
from sandbox.grading.wire import MOST

from .handed_in import EXERCISE, OPEN, ROOT, SOLVED, hand_in, notebook, solution_cell
from .test_isolation import LACKING

pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)

MARK = f"planted-{os.getpid()}"


def at_login(*lines):
    """A cell whose `login` does that, then goes on as the unsolved one."""
    return OPEN.replace("    user =", "".join(f"    {line}\n" for line in lines) + "    user =", 1)


def served(*lines):
    """A cell that answers in the app's place: `start(status, headers)` begins an answer, and the lines go on."""
    body = "".join(f"    {line}\n" for line in lines)
    find = "next(each for each in gc.get_objects() if isinstance(each, child._Desk))"
    return (
        f"import gc, time\nfrom sandbox.grading import child\n\ndef answer(environ, start):\n{body}\n"
        f"{find}._server.app = answer\n{OPEN}"
    )


SILENT = "no answer came in time"
ENDED = "your code ended its own process"
NOT_ALLOWED = r"at POST /session/login, your code raised PermissionError.*"
LIES = r"your code spoke where only the grader's code speaks|an answer is no HTTP that can be read.*"
NO_HTTP = "an answer is no HTTP that can be read.*"
JSON = "start('200 OK', [('Content-Type', 'application/json')])"

HOSTILE = {
    # by learner: what is handed in, and what is said of it: of the exercise, or of the criterion "works"
    "ends_at_once": ("import os; os._exit(0)", f"fault: {ENDED}"),
    "ends_at_login": (at_login("import os", "os._exit(0)"), ENDED),
    "exits": ("raise SystemExit(0)", "fault: the cell raised SystemExit: 0, in line 1 of your cell"),
    "exits_at_login": (at_login("raise SystemExit"), r"at POST /session/login, your code raised SystemExit, in line.*"),
    "crashes": (at_login("import ctypes", "ctypes.string_at(0)"), ENDED),
    "kills_all": (at_login("import os, signal", "os.kill(-1, 9)"), r".*ProcessLookupError.*"),
    "never_ends": ("while True: pass", "fault: the cell has not ended within 4 s"),
    "never_answers": (at_login("while True: pass"), SILENT),
    "sleeps": (at_login("import time", "time.sleep(1000)"), SILENT),
    "eats_memory": ("x = []\nwhile True: x.append(bytearray(10_000_000))", "fault: the cell raised MemoryError.*"),
    "eats_memory_at_login": (at_login("x = bytearray(10 ** 10)"), r".*your code raised MemoryError.*"),
    "forks": (at_login("import os", "while True: os.fork()"), NOT_ALLOWED),
    "leaves_a_process": (
        at_login("import subprocess, sys", "subprocess.Popen([sys.executable], start_new_session=True)"), NOT_ALLOWED,
    ),
    "starts_threads": (
        at_login("import threading", "while True: threading.Thread(target=threading.Event().wait).start()"),
        r".*your code raised RuntimeError.*",
    ),
    "floods_its_output": (at_login("while True: print('x' * 10 ** 6)"), SILENT),
    "answers_hugely": (
        served("start('200 OK', [])", "return (b'x' * 10 ** 6 for _ in range(10 ** 6))"),
        f"an answer is longer than {MOST >> 10} KiB",
    ),
    "answers_often": (
        served(JSON, "return [b' ' * 250_000 + b'{}']"), None,
    ),
    "answers_slowly": (
        served("start('200 OK', [('Content-Length', '1000')])", "while True:", "    time.sleep(0.2)", "    yield b' '"),
        SILENT,
    ),
    "answers_with_headers": (
        served("start('200 OK', [('Set-Cookie', 'a' * 60_000)] * 90)", "return [b'{}']"), None,
    ),
    "answers_with_a_long_header": (
        served("start('200 OK', [('Set-Cookie', 'a' * 10 ** 6)])", "return [b'{}']"), NO_HTTP,
    ),
    "answers_no_http": (
        served("environ['werkzeug.socket'].sendall(b'\\xff\\x00 no HTTP \\r\\n\\r\\n')", "raise SystemExit"),
        NO_HTTP,
    ),
    "answers_continue": (
        served("while True: environ['werkzeug.socket'].sendall(b'HTTP/1.1 100 Continue\\r\\n\\r\\n')"), SILENT,
    ),
    "answers_deeply": (
        served(JSON, "return [b'[' * 100_000]"), None,
    ),
    "answers_strangely": (
        served(
            "start('999 \\x1b[2J', [('Set-Cookie', '=;;=\\x01'), ('X-Sandbox-Meter', 'a b c')])",
            "return [b'{\"user\": [1e999]}']",
        ), None,
    ),
    "says_yes_to_all": (
        served(
            "start('200 OK', [('Set-Cookie', 'session=x')])",
            "return [b'{\"user\": {\"email\": \"alice@bank.example\"}}']",
        ), None,
    ),
    "patches_the_sandbox": (
        "import sandbox.grading.exercise as e, sandbox.grading.judge as j\n"
        "e.Result.passed = property(lambda self: True)\ne.expect = j.expect = lambda met, seen: None\n"
        "j._checked = lambda criterion, visit: e.Checked(criterion, True)\n" + OPEN, None,
    ),
    "patches_python": (
        "import json, hmac\njson.loads = lambda text: {}\nhmac.compare_digest = lambda a, b: True\n" + OPEN, None,
    ),
    "reads_the_tests": (
        f"from sandbox.grading.suites import {EXERCISE}\n" + OPEN,
        "fault: the cell raised (ImportError|ModuleNotFound).*",
    ),
    "takes_the_solution": (
        "import json, pathlib\n"
        f"text = pathlib.Path({str(ROOT / 'exercises' / 'solutions' / EXERCISE)!r} + '.ipynb').read_text()\n"
        "exec(''.join(next(c for c in json.loads(text)['cells'] if c['id'] == 'solution')['source']))",
        "fault: the cell raised FileNotFoundError.*",
    ),
    "takes_a_neighbours": (
        f"import pathlib\npathlib.Path('HERE/an_honest_one/{EXERCISE}.ipynb').read_text()",
        "fault: the cell raised FileNotFound.*",
    ),
    "looks_up_the_stack": (
        "import sys\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\n"
        "frame.f_globals['main'] = None\nfor name, value in list(vars(sys.modules['sandbox.grading.child']).items()):\n"
        "    assert 'CRITERIA' not in name.upper()\n" + OPEN, None,
    ),
    "calls_the_grader": (
        at_login("import socket", "socket.create_connection(('127.0.0.1', PORT), 1).sendall(b'passed')"),
        r".*your code raised OSError.*",
    ),
    "writes_elsewhere": (
        at_login(f"for folder in ({str(ROOT)!r}, 'HERE', '/', '/var', '/dev'):", "    try:",
                 f"        open(folder + '/{MARK}', 'w').write('x')", "    except OSError: pass"), None,
    ),
    "writes_to_tmp": (
        at_login("for folder in ('/tmp', '/var/tmp', '/dev/shm'):", f"    open(folder + '/{MARK}', 'w').write('x')"),
        None,
    ),
    "fills_the_disk": (
        at_login("for n in range(10 ** 6):", f"    open(f'/tmp/{MARK}-{{n}}', 'w').write('x' * 10 ** 6)"),
        r".*your code raised OSError.*No space left.*",
    ),
    "knows_the_grader_by_its_headers": (
        "from flask import request\n"
        + OPEN.replace("sent_id or", "(None if any(name.startswith('X-Sandbox') for name in request.headers.keys()) or"
                       " 'python' in request.headers.get('User-Agent', '').lower() else sent_id) or"), None,
    ),
    "knows_the_attack_by_its_number": (
        "calls = []\n"
        + SOLVED.replace("    sessions.pop",
                         "    calls.append(1)\n    if len(calls) > 4: return sent_id\n    sessions.pop"), None,
    ),
    "knows_the_planted_id": (
        OPEN.replace("sent_id or", "(None if '-' in (sent_id or '') and len(bank.facts.nonce) in range(1, len(sent_id))"
                     " and bank.facts.nonce in sent_id else sent_id) or"), None,
    ),
    "asks_for_the_nonce": (at_login("raise KeyError(len(bank.facts.nonce))"), r".*your code raised KeyError: 0, .*"),
    "closes_its_sockets": (at_login("import os", "os.closerange(0, 100)"), ENDED),
    "lies_to_the_grader": (
        at_login("import os", "for fd in range(3, 20):",
                 "    try: os.write(fd, b'{\"done\": 99, \"passed\": true}\\n')",
                 "    except OSError: pass", "while True: pass"),
        LIES,
    ),
    "babbles": (
        at_login("import os", "for fd in range(3, 20):", "    try:", "        while True: os.write(fd, b'x' * 65536)",
                 "    except OSError: pass"),
        LIES,
    ),
    "calls_outside_for_ever": (at_login("import os", "while True: bank.call('GET', '/')"), r".*nobody is outside.*"),
    "prints_the_verdict": ("print('solved'); print({'passed': True, 'met': 7})\n" + OPEN, None),
    "raises_markup": (
        "raise ValueError('<script>alert(1)</script>\\x1b[2J' + 'x' * 10 ** 6)",
        r"fault: .*<script>alert\(1\)</script> \[2Jxxx.*",
    ),
    "raises_in_its_error": ("class E(Exception):\n    def __str__(self): raise self\nraise E", f"fault: {ENDED}"),
    "is_no_python": ("def login(:", "fault: the cell raised SyntaxError: invalid syntax, in line 1 of your cell"),
    "has_half_a_sign": ("x = '\ud800'\n" + OPEN, "fault: the cell raised UnicodeEncodeError.*"),
    "defines_nothing": ("", "fault: no `login` is defined"),
    "is_everything": (
        "class Yes:\n    def __getattr__(self, name): return self\n    def __call__(self, *given): return self\n"
        "    def __eq__(self, other): return True\n    __hash__ = None\nlogin = Yes()", None,
    ),
    "claims_it_is_solved": (
        notebook(OPEN, {"cell_type": "code", "id": "z", "metadata": {}, "execution_count": 1, "source": "",
                        "outputs": [{"output_type": "stream", "name": "stdout", "text": "solved"}]}), None,
    ),
    "hands_in_two": (notebook(OPEN, solution_cell(id="z", source=SOLVED)), "fault: two cells are the solution .*"),
}  # fmt: skip


def processes():
    """Of those that a submission may have left: what is no child of the grader's own system is nobody's."""
    found = set()
    for each in psutil.process_iter(["pid", "uids", "ppid"]):
        grading = each.info["uids"] and NOBODY - 64 < each.info["uids"].real <= NOBODY
        if grading or each.info["ppid"] == os.getpid():
            found.add(each.info["pid"])
    return found


def files():
    """Those whose name or owner is a submission's, where anybody may write, and where one was told to."""
    seen = set()
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/", "/var", "/dev", ROOT):
        for each in os.scandir(folder):
            if MARK in each.name or NOBODY - 64 < each.stat(follow_symlinks=False).st_uid <= NOBODY:
                seen.add(each.path)
    return seen


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """By learner, the result of each in one batch; an honest one is first, and one is last."""
    here = tmp_path_factory.mktemp("class")
    before = processes(), files()
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listening:
        patch.setattr(keeper, "LOADING", 4.0)
        patch.setattr(keeper, "CRITERION", 3.0)
        patch.setattr(keeper, "SUBMISSION", 5.0)
        hand_in(here, "an_honest_one", SOLVED)
        hand_in(here, "zoe_is_honest_too", SOLVED + "\n# in her own words\n")
        for learner, (source, _) in HOSTILE.items():
            if isinstance(source, str):
                source = source.replace("HERE", str(here)).replace("PORT", str(listening.getsockname()[1]))
            hand_in(here, learner, source)
        (here / f"links_{EXERCISE}.ipynb").symlink_to(here / "an_honest_one" / f"{EXERCISE}.ipynb")
        lying = sorted(path.relative_to(here) for path in here.rglob("*"))
        done = batch.grade_all(found([here]).submissions, How(hidden=(here,)))
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert sorted(path.relative_to(here) for path in here.rglob("*")) == lying
    assert (processes() - before[0], files() - before[1]) == (set(), set())
    return {each.submission.learner: each.result for each in done.graded}


def test_none_stops_the_batch(graded):
    assert set(graded) == {*HOSTILE, "an_honest_one", "zoe_is_honest_too", "links"}
    assert graded["an_honest_one"].passed
    assert graded["zoe_is_honest_too"].passed


@pytest.mark.parametrize("learner", [*HOSTILE, "links"])
def test_none_gets_credit(graded, learner):
    assert not graded[learner].passed


@pytest.mark.parametrize("learner", [name for name, (_, says) in HOSTILE.items() if says])
def test_each_is_told_what_was_seen(graded, learner):
    result, says = graded[learner], HOSTILE[learner][1]
    seen = f"fault: {result.fault}" if result.fault else result.checked[0].seen
    assert re.fullmatch(says, seen, re.DOTALL), seen
    assert len(seen) < 500
    assert seen.isprintable()


def test_a_link_in_the_folder_is_not_followed(graded):
    assert graded["links"].fault == "it is a link: hand in the file itself"
