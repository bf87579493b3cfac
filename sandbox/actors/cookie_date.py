"""The date of a cookie's Expires attribute, read as browsers read it: in almost any form (RFC 6265bis 5.1.1)."""

from __future__ import annotations

import re
from typing import Final

from sandbox.clock import utc

_DELIMITERS: Final = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"(\d+):(\d+):(\d+)", re.ASCII)
_DAY: Final = re.compile(r"\d{1,2}", re.ASCII)
_YEAR: Final = re.compile(r"\d{1,5}", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_CALENDAR: Final = 400
"""Years after which the calendar is the same again; _CALENDAR_SECONDS long."""
_CALENDAR_SECONDS: Final = 146097 * 86400


def parse_cookie_date(text: str) -> float | None:
    """Seconds since the epoch, UTC whatever zone is named; None where it is no date.

    As Chromium reads it. The RFC takes a number with letters behind it, and no year of one or five digits.
    """
    time = day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (found := _TIME.fullmatch(token)):
            time = found
        elif day is None and _DAY.fullmatch(token):
            day = int(token)
        elif month is None and token[:3].lower() in _MONTHS:
            month = 1 + _MONTHS.index(token[:3].lower())
        elif year is None and _YEAR.fullmatch(token):
            year = int(token)
    if time is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    like = 2000 + year % _CALENDAR  # a year that `utc` takes
    try:
        hour, minute, second = (int(part) for part in time.groups())
        moment = utc(like, month, day, hour, minute, second)
    except (ValueError, OverflowError):
        return None
    return moment + (year - like) // _CALENDAR * _CALENDAR_SECONDS
