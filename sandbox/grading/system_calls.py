"""Forbids a process to start others, and to speak with what no network namespace keeps apart (seccomp(2))."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import Final

_ARCHITECTURES: Final = {
    "x86_64": (0xC000003E, {"socket": 41, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "ptrace": 101,
                            "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "setns": 308,
                            "execveat": 322, "io_uring_setup": 425, "clone3": 435}),
    "aarch64": (0xC00000B7, {"socket": 198, "clone": 220, "execve": 221, "ptrace": 117, "add_key": 217,
                             "request_key": 218, "keyctl": 219, "unshare": 97, "setns": 268, "execveat": 281,
                             "io_uring_setup": 425, "clone3": 435}),
}  # fmt: skip
"""The audit value (linux/audit.h) and the numbers of its system calls, by processor."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_THREAD: Final = 0x00010000
"""CLONE_THREAD: what is started is a thread of this process."""
_X32: Final = 0x40000000
_LAST_FAMILY: Final = 10
"""AF_INET6. Above it are families that reach outside of a network namespace, such as AF_VSOCK."""

Step = tuple[int, int, int, int]
"""Code, steps to jump where it holds, and where not, and a value."""


def forbid_new_processes() -> None:
    """Threads may be started as before. On a processor that is not listed, nothing happens: the limits remain.

    Needs PR_SET_NO_NEW_PRIVS. Raises OSError.
    """
    if platform.machine() not in _ARCHITECTURES:
        return
    steps = _program(*_ARCHITECTURES[platform.machine()])
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    set_seccomp, with_filter = 22, 2
    if ctypes.CDLL(None, use_errno=True).prctl(set_seccomp, with_filter, program, 0, 0):
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")


def _program(architecture: int, numbers: dict[str, int]) -> list[Step]:
    refused = (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    allowed = (_RETURN, 0, 0, _ALLOW)
    unknown = (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)
    steps: list[Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), refused,
        (_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), refused,
        (_EQUAL, 0, 1, numbers["clone3"]), unknown,  # then the C library takes clone, whose flags can be seen here
        (_EQUAL, 0, 4, numbers["clone"]), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_ANY_BIT, 0, 1, _THREAD), allowed, refused,
        (_EQUAL, 0, 4, numbers["socket"]), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_AT_LEAST, 0, 1, _LAST_FAMILY + 1), refused,
        allowed,
    ]  # fmt: skip
    for name, number in numbers.items():
        if name not in ("clone3", "clone", "socket"):
            steps += [(_EQUAL, 0, 1, number), refused]
    return [*steps, allowed]
