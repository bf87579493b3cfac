"""Locks a process in: it sees Python and the sandbox's code, an empty folder, no network, and nobody else's process.

On Linux alone: unshare(2), pivot_root(2), mount_setattr(2), user_namespaces(7), pid_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import select
import signal
import site
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.errors import SandboxError
from sandbox.grading.system_calls import forbid_new_processes

NEEDED: Final = (5, 14)
"""Linux. Since then processes are counted by user namespace, so that one fork bomb does not use up another's share."""

NOBODY: Final = 65534
"""Where root grades, submissions run as this user and those just below, each at once as another."""

LIMITS: Final = {
    "RLIMIT_CPU": 20, "RLIMIT_AS": 512 << 20, "RLIMIT_FSIZE": 1 << 20, "RLIMIT_NOFILE": 128, "RLIMIT_CORE": 0,
    "RLIMIT_NPROC": 64,
}  # fmt: skip
"""CPU seconds, bytes of memory, bytes of a file, open files, bytes of a core dump, threads (setrlimit(2))."""

NOT_ISOLATED: Final = "submissions run as you, with your files, your network, and what they start may go on running"
"""What `--unsafe` means, where nothing locks a process in."""

PACKAGE: Final = Path(__file__).resolve().parents[1]
FORBIDDEN: Final = (PACKAGE / "grading" / "suites", PACKAGE.parent / "exercises", PACKAGE.parent / "tests")

_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/nix/store")
_FILES: Final = ("/etc/ld.so.cache", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_WRITABLE: Final = ("/tmp", "/var/tmp", "/dev/shm")
_NEW: Final = "/proc"
"""Where the new root is put together: a folder that is always there, and none of whose files is in it."""


class Refused(SandboxError):
    """This system can't lock a process in."""


@dataclass(frozen=True)
class Room:
    """What a process that is locked in may see. `lifeline`: a descriptor; once its other end is closed, all ends."""

    see: tuple[str, ...]
    hide: tuple[str, ...]
    user: int | None
    """Whom it runs as; None: as who starts it, with no rights outside."""
    lifeline: int = -1


def room(hidden: Iterable[Path], slot: int) -> Room:
    """The room for a submission. `hidden`: what lies under a folder that is seen, and must not be. `slot`: no two
    processes at once have the same. Raises Refused where the system is known to lack something.
    """
    if sys.platform != "linux":
        raise Refused(f"{platform.system()} can't lock a submission in: grade on Linux, or with --unsafe")
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    if not version or (int(version[1]), int(version[2])) < NEEDED:
        raise Refused(f"Linux {platform.release()} can't lock a submission in: 5.14 can, or grade with --unsafe")
    see = _outermost({*_prefixes(), str(PACKAGE), *_LIBRARIES})
    hide = [str(path) for path in (*FORBIDDEN, *hidden) if any(_within(str(path), each) for each in see)]
    return Room(tuple(see), tuple(hide), NOBODY - slot if os.geteuid() == 0 else None)


def search_path() -> list[str]:
    """Where the process finds its modules: those of this process's folders that it can see."""
    seen = _outermost(_prefixes())
    return [str(PACKAGE.parent), *(each for each in sys.path if any(_within(each, prefix) for prefix in seen))]


def _prefixes() -> set[str]:
    """Where Python and its packages are installed."""
    user = {site.getusersitepackages()} & set(sys.path)
    return {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *user}


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _outermost(folders: set[str]) -> list[str]:
    """Those that lie in no other one."""
    return sorted(each for each in folders if not any(each != other and _within(each, other) for other in folders))


# In the process itself -------------------------------------------------

_NAMESPACES: Final = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
"""mount, cgroup, host name, System V IPC, process, network."""
_NEW_USER: Final = 0x10000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_NOSUID, _NODEV = 2, 4
_DETACH: Final = 2
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT = 38, 1
_MOUNT_SETATTR: Final = 442  # the same number on every processor
_READ_ONLY: Final = 1 | 2 | 4  # and neither devices nor the rights of a file's owner
_HERE, _WHOLE_TREE = -100, 0x8000


def enter(room: Room) -> None:
    """Returns in a new process, locked in; the calling one stays outside to end it, and never returns.

    All that the new process starts ends with it. Raises OSError where the system refuses.
    """
    _separate(room.user is None)
    inside = os.fork()
    if inside:
        _keep(inside, room.lifeline)
    os.close(room.lifeline)
    _new_root(room)
    limit()
    _give_up_rights(room.user)
    forbid_new_processes()


def limit(*, alone: bool = True) -> None:
    """Set the limits, as far as the system has them. `alone`: no other process of this user's is counted with it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in LIMITS.items():
        if name == "RLIMIT_NPROC" and not alone:
            continue
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, OSError, ValueError):
            if alone:
                raise


def _separate(as_user: bool) -> None:
    user, group = os.geteuid(), os.getegid()
    _libc("unshare", _NAMESPACES | (_NEW_USER if as_user else 0))
    if as_user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text)


def _keep(inside: int, lifeline: int) -> None:
    """Wait for the first of two: the process ends, or the lifeline is cut. Then nothing that it started is left: it is
    the first of its namespace.
    """
    os.closerange(0, lifeline)
    os.closerange(lifeline + 1, 256)
    watch = select.poll()
    watch.register(lifeline, 0)
    watch.register(os.pidfd_open(inside), select.POLLIN)
    watch.poll()
    os.kill(inside, signal.SIGKILL)
    os.waitpid(inside, 0)
    os._exit(0)


def _new_root(room: Room) -> None:
    _mount("none", "/", flags=_RECURSIVE | _PRIVATE)
    _mount("tmpfs", _NEW, "tmpfs", _NOSUID, "size=1m,mode=755")
    for folder in _WRITABLE:
        os.makedirs(_NEW + folder, exist_ok=True)
        _mount("tmpfs", _NEW + folder, "tmpfs", _NOSUID | _NODEV, "size=8m,nr_inodes=1k,mode=1777")
    for folder in room.see:
        if os.path.islink(folder):
            os.makedirs(_NEW + os.path.dirname(folder), exist_ok=True)
            os.symlink(os.readlink(folder), _NEW + folder)
        elif os.path.isdir(folder):
            os.makedirs(_NEW + folder, exist_ok=True)
            _mount(folder, _NEW + folder, flags=_BIND | _RECURSIVE)
            _read_only(_NEW + folder, _READ_ONLY, _WHOLE_TREE)
    for file in filter(os.path.exists, _FILES):
        os.makedirs(_NEW + os.path.dirname(file), exist_ok=True)
        Path(_NEW + file).touch()
        _mount(file, _NEW + file, flags=_BIND)
    for folder in filter(os.path.isdir, (_NEW + each for each in room.hide)):
        _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, "size=4k,mode=755")
        _read_only(folder, _READ_ONLY)
    _read_only(_NEW, 1)
    os.chdir(_NEW)
    _libc("pivot_root", b".", b".")
    _libc("umount2", b".", _DETACH)
    os.chdir("/tmp")


def _give_up_rights(user: int | None) -> None:
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)  # capset(2), version 3: this thread, no capability
    _libc("capset", header, none)
    _libc("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _libc("prctl", _DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)


def _mount(source: str, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    texts = [each if each is None else os.fsencode(each) for each in (source, target, kind, options)]
    _libc("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])


def _read_only(target: str, attributes: int, tree: int = 0) -> None:
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)
    numbers = ctypes.c_long(_MOUNT_SETATTR), ctypes.c_int(_HERE)
    _libc("syscall", *numbers, os.fsencode(target), ctypes.c_uint(tree), wanted, ctypes.c_size_t(len(wanted)))


def _libc(name: str, *arguments: Any) -> None:
    """Raises OSError, which names the call."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
