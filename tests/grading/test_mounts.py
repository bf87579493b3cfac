"""What a part raises is told to the learner, wherever it is called: when it is mounted, and when it is asked."""

import pytest

import sandbox

from .submitted import parts_in


def seen(exercise, source):
    return {each.seen for each in sandbox.check(exercise, **parts_in(source, exercise)).checked}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise KeyError(3)", "KeyError: 3"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import sys; sys.exit()", "SystemExit"),
    ],
)  # fmt: skip
def test_what_a_part_raises_is_told_even_where_it_would_end_the_notebook(line, told):
    source = f"def login(bank, sessions, sent_id, email, password):\n    {line}\n"
    assert f"at POST /session/login, your code raised {told}, in line 2 of your cell" in seen("ex02", source)


@pytest.mark.parametrize("error", ["KeyError", "SystemExit"])
def test_what_a_part_raises_while_it_is_mounted_is_told(error):
    source = f"class Logins:\n    def __init__(self, bank):\n        raise {error}(3)\n"
    assert seen("ex10", source) == {f"your code raised {error}: 3, in line 3 of your cell"}


def test_who_interrupts_a_check_stops_it():
    def login(bank, sessions, sent_id, email, password):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.check("ex02", login=login)
