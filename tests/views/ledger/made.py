"""Charts and claims made by hand."""

from sandbox.claims import Chart, Claim, Finding, Series

CURVE = Chart(
    "line", "Reads against time", "lifetime of the access token", "time for which a thief gets in",
    (
        Series("hybrid", ((60, 60), (900, 840), (3600, None), (86400, 86400))),
        Series("session", ((60, 1),)),
        Series("jwt of 7 days", ((60, 604800), (86400, 604800))),
    ),
    "It rises from 1 min to 1 day; at 1 h it was not measured.",
    log_x=True, log_y=True,
    ticks_x=((60, "1 min"), (900, "15 min"), (86400, "24 h")),
    ticks_y=((1, "at once"), (60, "1 min"), (86400, "1 day"), (604800, "7 days")),
)  # fmt: skip
BARS = Chart(
    "bars", "Refused calls", "servers", "calls refused (%)",
    (Series("own store", ((0, 0), (1, 50), (2, 75))), Series("shared store", ((0, 0), (1, 0), (2, None)))),
    "Half at two servers.",
    categories=("1 server", "2 servers", "4 servers"),
)  # fmt: skip
DOTS = Chart("dots", "Sizes", "claims", "bytes", (Series("a token", ((1, 210.5), (2, 340), (3, 4100))),), "It grows.")


def one(id: str, finding: Finding) -> Claim:
    return Claim(id, f"What {id} says.", f"How {id} is tried.", "RFC 7519 4.1", "02_theft", lambda bench: finding)
