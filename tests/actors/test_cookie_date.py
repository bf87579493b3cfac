"""The date of Expires is read in almost any form, and as UTC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.actors.cookie_date import parse_cookie_date

MOMENT = 1_767_258_000.0  # 2026-01-01T09:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 01 Jan 2026 09:00:00 GMT", "Thursday, 01-Jan-26 09:00:00 GMT", "Thu Jan  1 09:00:00 2026",
        "2026 january 1 9:0:0", "01/jan/2026 09:00:00", '"1 Jan 2026 9:00:00"', "1 Jan 2026 9:00:00 PST",
    ],
)  # fmt: skip
def test_the_order_the_delimiters_and_the_zone_do_not_matter(text: str) -> None:
    assert parse_cookie_date(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2026-01-01T09:00:00Z", "1 Jan 2026", "1 Jan 2026 9:00", "30 Feb 2026 9:00:00",
        "0 Jan 2026 9:00:00", "1 Jan 2026 24:00:00", "1 Jan 2026 9:60:00", "1st Jan 2026 9:00:00",
        "1 Jan 2026 9:00:00x", "1 Jan 123456 9:00:00",
    ],
)  # fmt: skip
def test_what_lacks_a_part_or_names_no_day_is_no_date(text: str) -> None:
    assert parse_cookie_date(text) is None


@pytest.mark.parametrize(
    ("short", "long"), [("69", "2069"), ("70", "1970"), ("99", "1999"), ("00", "2000"), ("7", "2007")]
)
def test_a_short_year_is_near(short: str, long: str) -> None:
    assert parse_cookie_date(f"1 Jan {short} 9:00:00") == parse_cookie_date(f"1 Jan {long} 9:00:00")


def test_a_year_after_9999_is_further_on() -> None:
    one, other = parse_cookie_date("1 Jan 9999 0:0:0"), parse_cookie_date("1 Jan 10000 0:0:0")
    assert one is not None
    assert other == one + 365 * 86400


@given(st.text(max_size=60))
def test_no_text_upsets_it(text: str) -> None:
    parse_cookie_date(text)
