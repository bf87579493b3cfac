"""A submission's process is locked in: what it tries from inside is measured, as root and as anybody else."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.grading import isolation, system_calls
from sandbox.grading.isolation import Refused, Room, room
from sandbox.grading.keeper import How, Process, grade, try_out
from sandbox.grading.suites import exercise

from .handed_in import EXERCISE, ROOT, SOLVED


def locks_in():
    try:
        try_out(How())
    except Refused as refused:
        return str(refused)
    return ""


LACKING = locks_in()
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)

TELL = """
import json, os, socket, sys, threading, subprocess, ctypes
def tried(what):
    try:
        return what()
    except BaseException as error:
        return type(error).__name__
raise Exception(json.dumps(tried(lambda: {})))
"""


def inside(expression):
    """What an expression comes to in a submission's process."""
    fault = grade(exercise(EXERCISE), (("solution", TELL.replace("{}", expression)),), How()).fault
    return json.loads(fault.removeprefix("the cell raised Exception: ").rpartition(", in line")[0])


def test_it_is_nobody_alone_in_an_empty_folder():
    number, folder, files, user, names = inside(
        "[os.getpid(), os.getcwd(), os.listdir(), os.getresuid(), list(os.environ)]"
    )
    seen = {*map(str, isolation.room([], 0).see)}  # a project or a Python that lies in /tmp is seen there
    leading = sorted({Path(each).relative_to("/tmp").parts[0] for each in seen if Path(each).is_relative_to("/tmp")})
    assert (number, folder, files) == (1, "/tmp", leading)
    assert user == [isolation.NOBODY if os.geteuid() == 0 else os.geteuid()] * 3
    assert set(names) <= {"MALLOC_ARENA_MAX", "LC_CTYPE"}


def test_it_sees_python_and_the_sandbox_and_nothing_else():
    assert inside(f"os.listdir({str(isolation.PACKAGE / 'grading' / 'suites')!r})") == []
    graders = [f"sandbox.grading.{name}" for name in ("suites", "judge", "visit", "keeper", "batch")]
    assert inside(f"[each for each in sys.modules if each.startswith({tuple(graders)})]") == []
    assert inside(f"__import__('sandbox.grading.suites.{EXERCISE}')") == "ModuleNotFoundError"
    hidden = [ROOT / "exercises", ROOT / "tests", ROOT / "README.md", "/proc", "/etc/passwd", "/home", "/bin/sh"]
    assert inside(f"[each for each in {list(map(str, hidden))} if os.path.exists(each)]") == []
    assert inside("os.path.exists(os.__file__)") is True


def test_what_lies_under_a_folder_that_it_sees_can_be_hidden(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "secret").touch()
    monkeypatch.setattr("sandbox.grading.isolation._LIBRARIES", (*isolation._LIBRARIES, str(tmp_path)))
    assert inside(f"os.listdir({str(tmp_path / 'class')!r})") == ["secret"]
    source = TELL.replace("{}", f"os.listdir({str(tmp_path / 'class')!r})")
    fault = grade(exercise(EXERCISE), (("solution", source),), How(hidden=(tmp_path / "class",))).fault
    assert fault.startswith("the cell raised Exception: [],")


@pytest.mark.parametrize("folder", [str(ROOT / "sandbox"), sys.prefix, "/", "/dev", "/etc", "/usr/lib"])
def test_it_writes_nowhere_but_in_its_own_empty_folders(folder):
    assert inside(f"open({folder!r} + '/planted', 'w')") in ("OSError", "PermissionError", "FileNotFoundError")
    assert not os.path.exists(f"{folder}/planted")


def test_a_folder_that_it_sees_is_read_only_whoever_may_write_there(tmp_path, monkeypatch):
    tmp_path.chmod(0o777)
    monkeypatch.setattr("sandbox.grading.isolation._LIBRARIES", (*isolation._LIBRARIES, str(tmp_path)))
    assert inside(f"open({str(tmp_path)!r} + '/planted', 'w')") == "OSError"


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp", "/dev/shm"])
def test_what_it_writes_there_is_its_own(folder):
    assert inside(f"open('{folder}/planted-by-it', 'w').write('x')") == 1
    assert not os.path.exists(f"{folder}/planted-by-it")


def test_it_reaches_nothing_over_the_network():
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0auth-sandbox-test")
        unix.listen()
        assert inside(f"socket.create_connection({tcp.getsockname()!r}, 1)") == "OSError"
        assert inside("socket.socket(socket.AF_UNIX).connect('\\0auth-sandbox-test')") == "ConnectionRefusedError"
        tcp.settimeout(0)
        with pytest.raises(BlockingIOError):
            tcp.accept()


def test_the_socket_that_it_inherits_leads_nowhere_else():
    """An AF_INET socket could be taken back from listening by connect(2) with AF_UNSPEC, and reach this network."""
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        where = socket.inet_aton("127.0.0.1")
        freed = (
            "[(lambda c: [c.connect(n, bytes(16), 16), c.connect(n, bytes([2, 0]) + "
            f"({tcp.getsockname()[1]}).to_bytes(2, 'big') + {where!r} + bytes(8), 16)])"
            "(ctypes.CDLL(None)) for n in range(3, 20)]"
        )
        assert set(map(tuple, inside(freed))) == {(-1, -1)}
        tcp.settimeout(0)
        with pytest.raises(BlockingIOError):
            tcp.accept()


@pytest.mark.skipif(isolation.platform.machine() not in system_calls._ARCHITECTURES, reason="not known there")
@pytest.mark.parametrize(
    "start", ["os.fork()", "subprocess.run([sys.executable])", "os.execv(sys.executable, ['x'])"]
)
def test_it_starts_no_process(start):
    assert inside(start) == "PermissionError"


def test_it_starts_threads():
    assert inside("[threading.Thread(target=print).start(), threading.active_count()][0]") is None


def test_memory_files_and_threads_have_their_limits():
    assert inside(f"len(bytearray({isolation.LIMITS['RLIMIT_AS']}))") == "MemoryError"
    assert inside("open('/tmp/large', 'w').write('x' * (2 << 20))") == "OSError"
    assert inside("[open('/dev/null') for _ in range(500)]") == "OSError"
    many = "[threading.Thread(target=threading.Event().wait, daemon=True).start() for _ in range(500)]"
    assert inside(many) == "RuntimeError"


def test_it_gets_no_rights_back():
    assert inside("ctypes.CDLL(None).unshare(0x10000000)") == -1
    assert inside("ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None)") == -1
    assert inside("socket.socket(40, socket.SOCK_STREAM)") == "PermissionError"  # AF_VSOCK: outside of any namespace


def test_nothing_is_left_once_the_grader_is_gone():
    """The grader is killed: its end of the lifeline is closed by the system."""
    code = (
        "from sandbox.grading.keeper import How, Process; import time; p = Process(How(), 0);"
        "print(p._popen.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as grader:
        assert grader.stdout
        outside = psutil.Process(int(grader.stdout.readline()))
        (inner,) = outside.children()
        grader.kill()
    gone, alive = psutil.wait_procs([outside, inner], timeout=10)
    assert (len(gone), alive) == (2, [])


def test_ending_it_leaves_nothing():
    process = Process(How(), 0)
    inner = psutil.Process(process._popen.pid).children()
    assert len(inner) == 1
    process.end("")
    assert not inner[0].is_running()


@pytest.mark.parametrize("see", [(), ("/proc/self/fd",)])
def test_where_it_fails_the_reason_is_said(monkeypatch, see):
    monkeypatch.setattr("sandbox.grading.keeper.isolation.room", lambda hidden, slot: Room(see, (), None))
    with pytest.raises(Refused, match=r"this system does not lock a submission in \(.*\): grade with --unsafe"):
        try_out(How())


@pytest.mark.parametrize(("name", "release"), [("darwin", "23"), ("win32", "11"), ("linux", "5.10.0-8-amd64")])
def test_a_system_that_cannot_is_refused_in_one_line(monkeypatch, name, release):
    monkeypatch.setattr(sys, "platform", name)
    monkeypatch.setattr("platform.release", lambda: release)
    with pytest.raises(Refused, match=r"can't lock a submission in: .*--unsafe"):
        room([], 0)


def test_unsafe_locks_nothing_in_and_still_grades():
    how = How(unsafe=True)
    fault = grade(exercise(EXERCISE), (("solution", TELL.replace("{}", f"os.path.exists({str(ROOT)!r})")),), how).fault
    assert fault.startswith("the cell raised Exception: true,")
    assert grade(exercise(EXERCISE), (("solution", SOLVED),), how).passed


def opened(folders):
    """Commands that let everybody into these folders: where one above is closed, an open one takes its place."""
    above = ([each for each in reversed(one.parents) if not each.stat().st_mode & 0o001] for one in folders)
    closed = {found[0] for found in above if found}
    kept = {one: f"/mnt/{number}" for number, one in enumerate(folders)}
    yield "mount -t tmpfs none /mnt"
    yield from (f"mkdir {at} && mount --bind '{one}' {at}" for one, at in kept.items())
    yield from (f"mount -t tmpfs -o mode=755 none '{each}'" for each in sorted(closed))
    yield from (f"mkdir -p '{one}' && mount --bind {at} '{one}'" for one, at in kept.items())


def test_the_same_holds_where_anybody_else_grades():
    """Root runs this file as another user, who finds open what it needs, in a mount namespace of its own."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("setpriv is missing" if os.geteuid() == 0 else "these tests are run by such a user as it is")
    needed = [Path(os.path.realpath(sys.base_prefix)), Path(os.path.realpath(sys.prefix)), ROOT]
    open_up = (
        f"mount --make-rprivate / && {' && '.join(opened(needed))} && mount -t tmpfs none /var/tmp && "
        'TMPDIR=/var/tmp exec setpriv --reuid=12345 --regid=12345 --clear-groups "$@"'
    )
    shell = ["unshare", "-m", "sh", "-c", open_up, "sh"]
    tests = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).resolve())]
    done = subprocess.run([*shell, *tests], capture_output=True, text=True, cwd=ROOT, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 skipped" in done.stdout
