"""Cookie attributes: Mallory's script, network, site and subdomain are after the cookie of Alice's login."""

from __future__ import annotations

from sandbox.actors.browser import SITE, Browser
from sandbox.actors.document import Document
from sandbox.grading.exercise import Criterion, Exercise, expect
from sandbox.grading.suites.elsewhere import overheard
from sandbox.grading.suites.ex02_session_fixation import email_seen, logged_in
from sandbox.grading.visit import Visit

PATHS = ("/", "/session/profile", "/session/login", "/session/transfer", "/session/logout")
EVIL = "https://evil.example/prizes"
NEWS = "https://news.example/today"
BLOG = "https://blog.bank.example/"


def opens(visit: Visit, *headers: str) -> bool:
    """Whether what Mallory holds now, as a header Cookie has it, shows him Alice's profile."""
    mallory = visit.attacker()
    for header in headers:
        mallory.hold_cookies(header)
    return email_seen(mallory.browser) == "alice@bank.example"


def balance(browser: Browser) -> int:
    """What the person before this browser is told of the own account."""
    told = browser.open("session").profile().field("balance")
    return told if isinstance(told, int) else 0


def _works(visit: Visit) -> None:
    alice, bob = logged_in(visit, "alice"), logged_in(visit, "bob")
    expect(email_seen(alice) == "alice@bank.example", "after her login, Alice is not shown her profile")
    expect(email_seen(bob) == "bob@bank.example", "after his login, Bob is not shown his profile")
    answer = alice.open("session").transfer("bob@bank.example", 10)
    expect(answer.ok, f"a transfer from the bank's own page is answered {answer.status}")


def _link(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    overheard(visit, alice)
    visit.clock.advance(minutes=10)
    arrived = alice.visit(NEWS).follow(f"{SITE}/session/profile").response
    user = arrived.field("user") if arrived else None
    met = isinstance(user, dict) and user.get("email") == "alice@bank.example"
    expect(met, "Alice follows a link from another site, and arrives logged out")


def _script(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    read = [Document(alice, f"{SITE}{path}").cookie for path in PATHS]
    expect(not opens(visit, *read), "script in the bank's page reads the cookie, and Mallory gets in with it")


def _listener(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    heard = overheard(visit, alice)
    for path in PATHS:
        alice.visit(f"http://bank.example{path}")
    sent = [each.header("Cookie") or "" for each in heard]
    expect(not opens(visit, *sent), "over plain http the cookie goes too, and the listener gets in with it")


def _form(visit: Visit) -> None:
    mallory, alice = logged_in(visit, "mallory"), logged_in(visit, "alice")
    overheard(visit, alice)
    before = balance(mallory)
    for minutes, when in ((0, "just after Alice's login"), (10, "ten minutes after Alice's login")):
        visit.clock.advance(minutes=minutes)
        alice.visit(EVIL).submit(f"{SITE}/session/transfer", {"to": "mallory@bank.example", "amount": "100"})
        expect(balance(mallory) == before, f"{when}, a form of evil.example moves her money to Mallory")


def _sibling_gets(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    heard = overheard(visit, alice)
    alice.visit(BLOG)
    sent = [each.header("Cookie") or "" for each in heard]
    expect(not opens(visit, *sent), "the cookie goes to blog.bank.example too, and Mallory, who runs it, gets in")


def _plants(visit: Visit) -> None:
    own = next((f"{each.name}={each.value}" for each in logged_in(visit, "mallory").cookies.all()), "")
    for url, attributes, who in (
        ("http://bank.example/", "", "a listener, who answers in the bank's place over http,"),
        (BLOG, "; Domain=bank.example; Secure", "blog.bank.example"),
    ):
        alice = visit.browser("alice")
        overheard(visit, alice, {url: f"{own}; Path=/session/profile{attributes}"})
        alice.visit(url)
        logged_in(visit, "alice", alice)
        seen = f"{who} plants a cookie of the same name, and Alice works in Mallory's account"
        expect(email_seen(alice) != "mallory@bank.example", seen)


def _logout(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    names = {each.name for each in alice.cookies.all()}
    answer = alice.open("session").logout()
    expect(answer.ok, f"the logout is answered {answer.status}")
    left = any(each.name in names for each in alice.cookies.all())
    expect(not left, "after the logout a cookie of that name still lies in the browser")


def _closed(visit: Visit) -> None:
    alice = logged_in(visit, "alice")
    alice.close_and_reopen()
    expect(email_seen(alice) is None, "Alice closes the browser; who opens it again is shown her profile")


EXERCISE = Exercise(
    "ex03_cookie_attributes",
    "Cookie attributes",
    ("keep", "forget"),
    (
        Criterion("works", "customers log in, see their own profile, and transfer money",
                  "an attribute that the browser does not accept loses the whole cookie. A name that begins with "
                  "`__Host-` has three conditions: see RFC 6265bis 4.1.3.2", False, _works),
        Criterion("link", "who follows a link from another site arrives logged in",
                  "one value of SameSite keeps the cookie at home even then", False, _link),
        Criterion("script", "script in the page can't read the cookie",
                  "which attribute hides a cookie from `document.cookie`?", True, _script),
        Criterion("listener", "a listener on plain http is not sent the cookie",
                  "which attribute keeps a cookie off plain http?", True, _listener),
        Criterion("form", "a form on another site moves no money",
                  "unset, SameSite lets a form's cookie through for two minutes; one value does so for ever", True,
                  _form),
        Criterion("sibling_gets", "a sibling subdomain is not sent the cookie",
                  "with which attribute does a cookie go to subdomains too?", True, _sibling_gets),
        Criterion("sibling_plants", "nobody else can plant a cookie of that name",
                  "a server can't see who set a cookie; the browser can, where the name asks it to", True, _plants),
        Criterion("logout", "after the logout, no cookie is left in the browser",
                  "a cookie is replaced only by one of the same name, domain and path, and the browser must accept "
                  "that one too", True, _logout),
        Criterion("closed", "closing the browser ends it: the bank's customers share computers",
                  "with which two attributes does a cookie outlive the browser?", True, _closed),
    ),
    after="Lax knows sites, not origins: blog.bank.example is of the same site, and its forms still go through: see "
    "ex04. And script in the page needs no cookie: it sends requests from where it is.",
)  # fmt: skip
