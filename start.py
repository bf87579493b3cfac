"""Makes the environment in .venv and starts the sandbox. Needs only Python; may be stopped and run again.

    python3 start.py                   opens JupyterLab on the first notebook
    python3 start.py test [ARGS]       runs every test and check; ARGS go to pytest
    python3 start.py VERB [ARGS]       the same as python -m sandbox VERB ARGS, such as: play theft
    python3 start.py setup [--dev]     only makes the environment (--dev: with the tools for tests)

    --wheels DIR                       installs offline, from a folder of wheels
"""
# Kept to the syntax of Python 3.6, so that an older Python can still say that it is too old.
import argparse
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "ready"  # written last: an environment without it is not trusted, but made anew
LOG = VENV / "setup.log"
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"  # the second holds the first
PARALLEL = ["-n", "auto", "--dist", "loadfile"]  # a worker per core, a file's tests in one of them
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
LAX = ["--nbval-lax", *NBVAL[1:]]  # that a learner's notebook runs as it stands; what it shows, tests/grading holds
VERSION = "{}.{}".format(*sys.version_info)

NO_SPACE = r"No space left|Errno 28\b|Errno 122\b|WinError 112\b|not enough space"
NO_NETWORK = r"Retrying \(|Max retries|NewConnectionError|ConnectionError|Timeout|name resolution|SSLError|ProxyError"


class Stop(Exception):
    """Something the user can put right: one line with the remedy, and the exit code."""

    def __init__(self, line, code=1):
        super().__init__(line)
        self.code = code


def check_python():
    if sys.version_info < OLDEST:
        raise Stop(
            "Python {}.{} or newer is needed, and this is {}.{}.{}.".format(*OLDEST, *sys.version_info[:3])
            + " Get one from python.org, then start this file with it, such as: python3.13 start.py"
        )


def digest(lock):
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def setup(lock, wheels=None):
    """Leaves a .venv that holds what `lock` says; returns at once if it is there already."""
    try:
        stamp = STAMP.read_text().split()
    except OSError:
        stamp = []
    usable = stamp[:1] == [VERSION] and PYTHON.exists()
    if usable and digest(lock) in stamp:
        return
    if stamp:
        STAMP.unlink()
    if not usable:
        make_venv()
    install(lock, wheels)
    # Relative, so that the folder may be moved, and readable in every locale's encoding.
    (site_packages() / "auth_sandbox.pth").write_text(os.path.relpath(str(ROOT), str(site_packages())) + "\n")
    unfinished = STAMP.with_name("ready.part")
    unfinished.write_text("\n".join([VERSION, digest(LOCK)] + [digest(lock)] * (lock != LOCK)) + "\n")
    unfinished.replace(STAMP)


def site_packages():
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV), "platbase": str(VENV)}))


def make_venv():
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Stop(f"this Python lacks venv. On Debian or Ubuntu: sudo apt install python{VERSION}-venv")
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        say("[1/2] .venv is unfinished, or was made by something else: making it anew with Python " + VERSION)
        shutil.rmtree(str(VENV))
    else:
        say(f"[1/2] making .venv with Python {VERSION}")
    base = getattr(sys, "_base_executable", None) or sys.executable  # not .venv's own, if this runs in it
    done = subprocess.run([base, "-m", "venv", str(VENV)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        text = done.stdout.decode(errors="replace")
        if re.search(NO_SPACE, text):
            raise OSError(errno.ENOSPC, "no space")
        if "ensurepip" in text:
            raise Stop(f"venv failed at ensurepip. On Debian or Ubuntu: sudo apt install python{VERSION}-venv")
        raise Stop("could not make .venv: " + (text.strip().splitlines() or ["no reason given"])[-1])


def install(lock, wheels):
    """Runs pip with its words going to a log, and shows from the log how far it is."""
    say(f"[2/2] installing the packages of {lock.name} (once; a minute or so)")
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "-r", str(lock)]
    if wheels:
        command += ["--isolated", "--no-index", "--find-links", str(wheels)]
    wanted = len(re.findall(r"^\S+==", lock.read_text(), re.M))
    with LOG.open("w") as log:
        pip = subprocess.Popen(command, env=environment(PYTHONUNBUFFERED="1"), stdout=log, stderr=subprocess.STDOUT)
    said = time.monotonic()
    try:
        while pip.poll() is None:
            time.sleep(0.2)
            if time.monotonic() - said > 2:
                said = time.monotonic()
                say("      " + how_far(LOG.read_text(errors="replace"), wanted))
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()
    if pip.returncode:
        raise Stop(what_went_wrong(LOG.read_text(errors="replace"), lock, wheels))


def how_far(text, wanted):
    seen = re.findall(r"^(?:Collecting|Processing|Requirement already satisfied:) (\S+)", text, re.M)
    if "Installing collected packages" in text:
        return f"unpacking {len(seen)} packages"
    if text.rstrip().rpartition("\n")[2].startswith("WARNING: Retrying"):
        return "the network does not answer; trying again"
    return f"fetching {len(seen)} of {wanted - text.count('Ignoring ')}"


def what_went_wrong(text, lock, wheels):
    missing = re.findall(r"No matching distribution found for (\S+)", text)
    if re.search(NO_SPACE, text):
        raise OSError(errno.ENOSPC, "no space")
    if wheels and missing:
        return (
            f"{wheels} has no wheel of {missing[0]} for Python {VERSION} on this machine. To fill it, where there is a"
            f" network: python{VERSION} -m pip download --only-binary :all: --require-hashes -r {lock.name} -d DIR"
        )
    if re.search(NO_NETWORK, text):
        return "the package index can't be reached. Connect to the network and run this again, or use --wheels DIR"
    if missing:
        return f"there is no ready-made {missing[0]} for Python {VERSION} on this machine; try another Python"
    errors = re.findall(r"^ERROR: (.+)", text, re.M) or text.strip().splitlines()
    return f"pip failed: {errors[-1] if errors else 'no reason given'} (all it said: {LOG})"


def say(line):
    print(line, flush=True)


def environment(**more):
    """This process's, as if .venv were activated: `python` means .venv's in a JupyterLab terminal too."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    path = str(PYTHON.parent) + os.pathsep + kept.get("PATH", "")
    return dict(kept, VIRTUAL_ENV=str(VENV), PATH=path, **more)


def run(arguments, more=(), **options):
    """Runs .venv's Python to its end; returns its exit code and whether Ctrl-C came meanwhile.

    `more`: variables on top of this process's environment.
    """
    child = subprocess.Popen([str(PYTHON), *arguments], env=environment(**dict(more)), **options)
    interrupted = False
    try:
        while True:
            try:
                code = child.wait()
                return (code if code >= 0 else 128 - code), interrupted
            except KeyboardInterrupt:  # the child got it too, and answers it: JupyterLab asks first
                interrupted = True
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def test(arguments):
    checks = [
        ("ruff", ["-m", "ruff", "check", "."]),
        ("mypy", ["-m", "mypy"]),
        ("pytest", ["-m", "pytest", *PARALLEL, *arguments]),
        ("notebooks", ["-m", "pytest", *PARALLEL, *NBVAL, "notebooks", "exercises/solutions"]),
        ("exercises", ["-m", "pytest", *PARALLEL, *LAX, "exercises", "--ignore=exercises/solutions"]),
    ]
    results = []
    for name, command in checks:
        say(f"=== {name}: python {' '.join(command)}")
        began = time.monotonic()
        code, interrupted = run(command, more={"SANDBOX_ANSWERS": "off"}, cwd=str(ROOT))  # no learner predicts here
        if interrupted:
            raise KeyboardInterrupt
        results.append((name, code, time.monotonic() - began))
    say("=== result")
    for name, code, seconds in results:
        say(f"{name:<10} {f'FAILED, exit {code}' if code else 'passed'}, {seconds:.0f} s")
    return next((code for _, code, _ in results if code), 0)


def start(argv):
    check_python()
    if argv[:1] in (["-h"], ["--help"]):
        say(__doc__.strip())
        return 0
    parser = argparse.ArgumentParser(prog="start.py", add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)
    parser.add_argument("--wheels", metavar="DIR", type=Path)
    own, rest = parser.parse_known_args(argv)
    verb, arguments = (rest[0], rest[1:]) if rest else ("lab", [])
    if own.wheels and not own.wheels.is_dir():
        raise Stop(f"--wheels: there is no folder {own.wheels}", 2)
    if verb.startswith("-"):
        raise Stop(f"{verb} is no option of start.py; options of a verb go after it, such as: start.py lab {verb}", 2)
    if verb == "setup" and arguments not in ([], ["--dev"]):
        raise Stop(f"setup takes --dev or nothing, not: {' '.join(arguments)}", 2)
    setup(DEV_LOCK if verb == "test" or "--dev" in arguments[: verb == "setup"] else LOCK, own.wheels)
    if verb == "setup":
        return 0
    if verb == "test":
        return test(arguments)
    return run(["-P", "-m", "sandbox", verb, *arguments])[0]  # -P: this sandbox, whatever the current folder holds


def main(argv):
    try:
        return start(argv)
    except Stop as stop:
        line, code = str(stop), stop.code
    except KeyboardInterrupt:
        line, code = "stopped. The same command starts again from here", 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            line = f"no space left on the disk of {ROOT} or of temporary files; free about 1 GB and run this again"
        elif isinstance(error, PermissionError):
            line = f"{error}. Close whatever uses .venv (JupyterLab), or move this folder to where you may write"
        else:
            line = str(error)
        code = 1
    print(f"start.py: {line}", file=sys.stderr)
    return code


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no child is left behind
    sys.exit(main(sys.argv[1:]))
