"""Generated cases: what Set-Cookie headers leave behind, and which requests bear it in which order."""

from __future__ import annotations

from random import Random

from .case import Act, Case
from .places import BANK, PLAIN, WWW, sets

NAMES = (
    "a", "a", "a", "b", "__Host-a", "__Secure-a", "__host-a", "__SECURE-a", "__Http-a", "__Host-Http-a",
    "__HOST-http-a", "__hosta", "a b", "A", "é",
)  # fmt: skip
PAIRS = (
    "=1", "lonely", "", "=", " ", "=a=b", "a==b", "a", "=__Secure-a=1", "__Host-a", "__Http-a", '"a"="b"', "a=x\ty",
    "a\t=1", "a=x\x01y", "a=\x7f", "a=x,y", "a=é", "\ta=1", "a=1 ", 'a="x;y"', "a=%00", "a={}",
)  # fmt: skip
PATHS = ("/", "/a", "/a/", "/a/b", "/b", "", "a", "/A", "/a?b", '"/a"', "/a//b", "/a b", "/é")
MAX_AGES = (
    "60", "0", "-1", "-0", "00", "060", "+60", "", "1.5", "60s", '"60"', "9" * 30, "-" + "9" * 30, str(401 * 86400),
    "6 0", "0x10", "-", "--1", "1e3",
)  # fmt: skip
SAME_SITES = ("Lax", "Strict", "None", "LAX", "none", "lenient", "", "strict ", '"Lax"', "Lax,Strict", "Extended")
EXPIRIES = (
    "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "never", "", "Wed, 01-Jan-70 00:00:00 GMT",
)  # fmt: skip

SETTERS = {
    "https://bank.example": (
        "bank.example", ".bank.example", "Bank.Example", "www.bank.example", "example", "evil.example", "", ".",
        "..bank.example", "bank.example.", "ank.example", "bank.example:443", " bank.example",
    ),
    "http://bank.example": ("bank.example", "", "www.bank.example"),
    "https://www.bank.example": ("bank.example", "www.bank.example", ".bank.example", "example", "evil.example", ""),
    "http://www.bank.example": ("bank.example", "www.bank.example", ""),
    "https://bank.example:8443": ("bank.example", ""),
    "https://alice.github.io": ("github.io", ".github.io", "alice.github.io", "io", ""),
    "https://github.io": ("github.io", ".github.io", "io", ""),
    "https://shop.bank.co.uk": ("co.uk", "bank.co.uk", "uk", "shop.bank.co.uk", "other.co.uk"),
    "https://127.0.0.1": ("127.0.0.1", ".127.0.0.1", "0.0.1", "1", ""),
    "http://localhost": ("localhost", ".localhost", ""),
    "http://127.0.0.1": ("127.0.0.1", ""),
    "http://app.localhost": ("localhost", "app.localhost", ""),
}  # fmt: skip
"""Hosts, and for whom each tries to set cookies."""

NEIGHBOURS = {
    "bank.example": ("bank.example", "www.bank.example", "blog.www.bank.example"),
    "www.bank.example": ("www.bank.example", "bank.example", "blog.bank.example", "x.www.bank.example"),
    "alice.github.io": ("alice.github.io", "www.alice.github.io", "bob.github.io"),
    "github.io": ("github.io", "alice.github.io"),
    "shop.bank.co.uk": ("shop.bank.co.uk", "bank.co.uk", "other.co.uk"),
    "app.localhost": ("app.localhost", "localhost"),
}
WHERE = ("/", "/a", "/a/", "/a/b", "/ab", "/A", "/a/b/c")


def line(random: Random, domains: tuple[str, ...]) -> str:
    """One Set-Cookie header, more often a good one than not."""
    pair = random.choice(PAIRS) if random.random() < 0.15 else f"{random.choice(NAMES)}={random.randrange(9)}"
    parts = []
    if random.random() < 0.45:
        parts.append(random.choice(("Domain", "domain", " DOMAIN ")) + "=" + random.choice(domains))
    for _ in range(random.choice((0, 0, 1, 1, 1, 2))):
        parts.append(random.choice(("Path", "path")) + "=" + random.choice(PATHS))
    if random.random() < 0.55:
        parts.append(random.choice(("Secure", "secure", "SECURE=no", " Secure ")))
    if random.random() < 0.3:
        parts.append(random.choice(("HttpOnly", "httponly", "HttpOnly=0")))
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        parts.append(random.choice(("SameSite", "samesite")) + "=" + random.choice(SAME_SITES))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        parts.append("Max-Age=" + random.choice(MAX_AGES))
    if random.random() < 0.15:
        parts.append("Expires=" + random.choice(EXPIRIES))
    if random.random() < 0.1:
        parts.append(random.choice(("", "=", "Priority=High", "Path", "Domain", "SameSite", "x=y", "Max-Age")))
    random.shuffle(parts)
    return random.choice(("; ", ";", " ; ")).join([pair, *parts])


def stored() -> list[Case]:
    """Cookies of every form, from every kind of host: which are kept, and which requests bear them, in which order."""
    random = Random("stored")
    found = []
    for number in range(70):
        host = random.choice((*SETTERS, BANK, BANK, BANK, WWW))
        url = host + random.choice(WHERE)
        again = host + "/again"
        lines = [line(random, SETTERS[host]) for _ in range(random.randint(1, 4))]
        more = [line(random, SETTERS[host]) for _ in range(random.randint(0, 2))]
        found.append(
            Case(
                f"stored {number}: {' | '.join([*lines, *more])}",
                (Act("visit", url), Act("load", again, how="fetch"), *readings(random, host), Act("cookie")),
                {url: sets(*lines), again: sets(*more)},
            )
        )
    return found


def readings(random: Random, host: str) -> list[Act]:
    """Requests from the page open there, then from another one: another name, or the same without TLS."""
    scheme, _, name = host.partition("://")
    names = NEIGHBOURS.get(name, (name,))
    loads = [Act("load", f"{scheme}://{random.choice(names)}{where}", how="fetch") for where in random.sample(WHERE, 3)]
    if random.random() < 0.6:
        return loads
    other = random.choice(("http", "https")) if "github" not in name and "8443" not in name else "https"
    last = f"{other}://{random.choice(names)}{random.choice(WHERE)}"
    return [*loads, Act("visit", last)]


def sized() -> list[Case]:
    """Round 4096 bytes of name and value, and 1024 of an attribute."""
    random = Random("sized")
    found = []
    for size in (4095, 4096, 4097):
        name = "n" * random.randint(1, 3000)
        lines = (f"{name}={'v' * (size - len(name))}", f"m={'é' * ((size - 1) // 2)}", "w" * size)
        found.append(one_visit(f"a cookie of {size} bytes", lines))
        padded = f"p={'v' * (size - 1)}   ; Path=/"
        found.append(one_visit(f"a cookie of {size} bytes and spaces", (padded,)))
    for size in (1023, 1024, 1025):
        long = "/" + "p" * (size - 1)
        lines = (
            f"a=1; Path={long}", f"b=1; Path=/a; Path={long}", f"c=1; Domain={'d' * size}",
            f"d=1; SameSite={'x' * size}", f"e=1; Max-Age={'9' * size}", f"f=1; Max-Age=0{'0' * (size - 1)}",
            f"g=1; Expires={'x' * size}", f"h=1; Secure={'s' * size}", f"i=1; unknown={'u' * size}",
            f"j=1; Max-Age=60; Max-Age={'-' * size}",
        )  # fmt: skip
        found += [one_visit(f"attributes of {size} bytes, {each}", lines[each::2]) for each in (0, 1)]
    return found


def one_visit(name: str, lines: tuple[str, ...], url: str = f"{BANK}/a/b") -> Case:
    return Case(name, (Act("visit", url), Act("load", f"{BANK}/a/c", how="fetch"), Act("cookie")), {url: sets(*lines)})


DATES = (
    "Fri, 01 Jan 2100 00:00:00 GMT", "Friday, 01-Jan-60 00:00:00 GMT", "Fri Jan  1 00:00:00 2100",
    "1 Jan 2100 00:00:00", "2100 Jan 1 00:00:00", "00:00:00 1 Jan 2100", "Jan 1 2100 00:00:00",
    "01-jan-2100 00:00:00", "1 January 2100 1:2:3", "1 Janvier 2100 00:00:00", "2100-01-01T00:00:00Z",
    "01/01/2100 00:00:00", "Fri, 01 Jan 2100 00:00 GMT", "Fri, 01 Jan 2100", "Fri, 32 Jan 2100 00:00:00 GMT",
    "Fri, 31 Feb 2100 00:00:00 GMT", "Fri, 30 Feb 2099 00:00:00 GMT", "Fri, 00 Jan 2100 00:00:00 GMT",
    "Fri, 01 Jan 2100 24:00:00 GMT", "Fri, 01 Jan 2100 23:60:00 GMT", "Fri, 01 Jan 2100 23:59:60 GMT",
    "Fri, 01 Jan 1600 00:00:00 GMT", "Fri, 01 Jan 1601 00:00:00 GMT", "Fri, 01 Jan 9999 00:00:00 GMT",
    "Fri, 01 Jan 10000 00:00:00 GMT", "Fri, 01 Jan 69 00:00:00 GMT", "Fri, 01 Jan 70 00:00:00 GMT",
    "Fri, 01 Jan 99 00:00:00 GMT", "Fri, 01 Jan 00 00:00:00 GMT", "Fri, 01 Jan 100 00:00:00 GMT",
    "Fri, 01 Jan 2100 00:00:00 PST", "Fri, 01 Jan 2100 00:00:00 +0200", '"Fri, 01 Jan 2100 00:00:00 GMT"',
    "Fri, 1st Jan 2100 00:00:00", "Fri, 001 Jan 2100 00:00:00", "Fri, 01 Jan 2100 000:00:00",
    "Fri, 01 Jan 2100 00:00:00.5", "Fri, 01 Jan 2100 00:00:00x", "4102444800", "Sat, 01 Jan 2000 00:00:00 GMT",
    "1 Feb 2100 00:00:00", "1 Fe 2100 00:00:00", "29 Feb 2096 00:00:00", "29 Feb 2097 00:00:00",
    "31 Apr 2100 00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:01 GMT",
    "Wed, 31 Dec 1969 23:59:59 GMT", "1 Jan 2100 0:0:0 1 Feb 1999", "x1 Jan 2100 00:00:00", "1x Jan 2100 00:00:00",
    "10:00:00 10:00:01 1 Jan 2100", "1 Jan 2100 -1:00:00", "1 jAn 21OO 00:00:00", "1,Jan,2100,00:00:00",
    "1 Jan 2100\t00:00:00", "1_Jan_2100_00:00:00", "1.Jan.2100.00:00:00", "1 Jan 2100 1:1:1:1",
    "12345 Jan 2100 00:00:00",
)  # fmt: skip


TIMES = ("1:2:3", "23:59:59", "12:00", "24:0:0", "00:00:00", "3:61:2", "007:1:1", "12:00:00Z", "1:2:3:4", "")


def dated() -> list[Case]:
    """Expires in many forms, and in made-up ones."""
    random = Random("dated")
    months = ("Jan", "feb", "MAR", "April", "Sept", "Dez", "dec", "13", "Ju", "jul")
    made = []
    for _ in range(60):
        year = random.choice((1999, 2027, 2100, 27, 71, 99, 1601, 1600, 210, 20270))
        day = random.choice(("1", "07", "31", "30", "29", "32", "0", "100", "2x"))
        time = random.choice(TIMES)
        parts = [day, random.choice(months), str(year), time, random.choice(("", "GMT", "Mon", "+1"))]
        random.shuffle(parts)
        made.append(random.choice((" ", "-", ", ", "/", "\t", ".", "_", "~", "|", " - ")).join(filter(None, parts)))
    dates = [*DATES, *made]
    return [
        one_visit(
            f"dated {start // 6}: {' | '.join(dates[start : start + 6])}",
            tuple(f"d{n}=1; Expires={date}" for n, date in enumerate(dates[start : start + 6], start)),
        )
        for start in range(0, len(dates), 6)
    ]


def overwritten() -> list[Case]:
    """A second Set-Cookie for the same place or nearly the same: value, order, flags, scheme, deletion."""
    random = Random("overwritten")
    firsts = (
        "a=1; Path=/", "a=1; Path=/; Secure", "a=1; Path=/; HttpOnly", "a=1; Path=/a; Secure",
        "a=1; Domain=bank.example", "a=1; Domain=bank.example; Path=/; Secure", "a=1; Path=/; Max-Age=60",
        "a=1; Path=/a/b; Secure",
    )  # fmt: skip
    seconds = (
        "a=2; Path=/", "a=1; Path=/", "a=2; Path=/a", "a=2; Path=/; Domain=bank.example", "a=; Path=/; Max-Age=0",
        "a=2", "a=2; Path=/; HttpOnly", "a=2; Path=/; Secure; SameSite=None", "a=2; Path=/a/b", "a=2; Path=/ab",
    )  # fmt: skip
    found = []
    for number in range(26):
        first, second = random.choice(firsts), random.choice(seconds)
        start = random.choice((BANK, BANK, PLAIN) if "Secure" not in first else (BANK,))
        later = random.choice((start, start, BANK, PLAIN, start.replace("bank", "www.bank")))
        one, other = (f"{start}/a/b", f"{later}/a/x")
        again = Act("load", other, how="fetch") if is_near(start, later) else Act("visit", other)
        found.append(
            Case(
                f"overwritten {number}: {first} at {one}, then {second} at {other}",
                (Act("visit", one), Act("cookie"), again, Act("cookie"), Act("load", f"{later}/a/b/c", how="fetch")),
                {one: sets("z=0; Path=/", first, "b=0; Path=/"), other: sets(second)},
            )
        )
    return found


def is_near(page: str, url: str) -> bool:
    """Whether a page may load it, and is of one site with it: as good as a visit, and quicker."""
    return page.partition("//")[0] == url.partition("//")[0]
