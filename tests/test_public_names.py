"""The public names are few and known, and importing them is cheap."""

import subprocess
import sys

import sandbox

PUBLIC = ["Defences", "Sandbox", "SandboxError", "answers", "check", "launch", "ledger", "matrix", "play", "server"]
HEAVY = ["IPython", "anywidget", "cryptography", "httpx", "ipywidgets", "jwt", "pandas", "pygal", "rich"]


def test_the_public_names_are_these() -> None:
    assert sorted(sandbox.__all__) == PUBLIC
    assert len(PUBLIC) <= 10


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in PUBLIC:
        assert getattr(sandbox, name).__doc__


def test_nothing_heavy_is_loaded_by_the_import() -> None:
    code = f"import sys, sandbox; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_create_app_needs_no_arguments() -> None:
    assert sandbox.server.create_app().test_client().get("/healthz").get_json() == {"status": "ok"}
    assert "create_app" in sandbox.server.__all__


def test_a_sandbox_error_is_the_base_of_what_a_learner_sees() -> None:
    from sandbox import errors

    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(classes) >= 6
    assert all(issubclass(each, sandbox.SandboxError) for each in classes)
