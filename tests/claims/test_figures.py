"""Numbers in words: the same wherever they stand."""

import pytest

from sandbox.claims.figures import counted, number, times


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.12345, "0.123"), (99.95, "100"), (100.4, "100"), (1004, "1004"), (9999.6, "10,000"),
     (-0.5, "-0.5"), (100000, "100,000")],
)  # fmt: skip
def test_a_number_has_a_comma_from_five_digits_on(value: float, said: str) -> None:
    assert number(value) == said


def test_one_is_one_and_not_many() -> None:
    assert [counted(count, "read") for count in (0, 1, 1.0, 2, 0.5)] == [
        "0 reads", "1 read", "1 read", "2 reads", "0.5 reads"
    ]  # fmt: skip
    assert [times(count) for count in (1, 1.0, 2.0, 3, 1.5)] == ["once", "once", "twice", "3 times", "1.5 times"]
