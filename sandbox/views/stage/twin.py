"""The stage's twin where no widget runs: the storyboard and the text, in one piece of HTML that needs nothing more."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import quote

from sandbox.record import Record
from sandbox.views import text
from sandbox.views.stage import storyboard

_PLAIN: Final = " !$()*+,-./:;=?@[]^_`{|}~"
"""Signs that a data URL within double quotes may have as they are: so it stays short, and can be read."""


def render(record: Record) -> str:
    """An image with its alternative text, and the text twin below it, for who listens.

    The image is embedded, not inlined: a host that strips images leaves the text, and no rule of the page reaches it.
    """
    alt = f"{text.heading(record)}: the storyboard. The same follows as text."
    return (
        f"{image(storyboard.render(record), alt)}"
        f"<details><summary>{escape(record.title)} as text</summary><pre>{escape(text.render(record))}</pre></details>"
    )


def image(svg: str, alt: str) -> str:
    """A picture as an image of its own: no script runs in it, and no rule of the page reaches it."""
    picture = quote(svg, safe=_PLAIN)
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml,{picture}" style="max-width: 100%">'
