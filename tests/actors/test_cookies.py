"""The cookie store obeys RFC 6265bis: what it takes, what it sends, and when it forgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.actors.cookies import (
    SCRIPT,
    CookieStore,
    Occasion,
    StoredCookie,
    default_path,
    domain_matches,
    parse_set_cookie,
    path_matches,
)
from sandbox.clock import DAY, Clock

LOGIN = "https://bank.example/session/login"
NOW = Clock().now()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> CookieStore:
    return CookieStore(clock)


def taken(header: str, url: str = LOGIN) -> StoredCookie:
    cookie = parse_set_cookie(url, header, NOW)
    assert cookie is not None
    return cookie


def sent(store: CookieStore, url: str, *, same_site: bool = True) -> list[str]:
    return [f"{each.name}={each.value}" for each in store.for_request(url, Occasion(same_site=same_site))]


# What a Set-Cookie header says ---------------------------------------


def test_a_bare_cookie_is_for_this_host_this_folder_and_until_the_browser_closes() -> None:
    assert taken("session=abc") == StoredCookie(
        name="session", value="abc", domain="bank.example", host_only=True, path="/session",
        secure_only=False, http_only=False, same_site="Default", created_at=NOW, expires_at=None,
    )  # fmt: skip


def test_every_attribute_is_stored() -> None:
    header = "session=abc; Domain=.Bank.Example; PATH=/x; secure; HttpOnly; samesite=LAX; Max-Age=60"
    assert taken(header) == StoredCookie(
        name="session", value="abc", domain="bank.example", host_only=False, path="/x",
        secure_only=True, http_only=True, same_site="Lax", created_at=NOW, expires_at=NOW + 60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [(" a = b c ", "a", "b c"), ("a=b=c", "a", "b=c"), ("a=", "a", ""), ("b", "", "b"), ('a="q"', "a", '"q"')],
)
def test_name_and_value_are_parted_at_the_first_equals_sign(header: str, name: str, value: str) -> None:
    assert (taken(header).name, taken(header).value) == (name, value)


@pytest.mark.parametrize("header", ["", "=", " = ; Path=/", "a=b\x00c", "a=b\nc", "a\x7f=b", "a=b; Path=/\r", "a=b\tc"])
def test_an_empty_cookie_or_a_control_character_is_ignored(header: str) -> None:
    assert parse_set_cookie(LOGIN, header, NOW) is None


def test_name_and_value_have_4096_bytes_together_at_most() -> None:
    assert taken("n=" + "v" * 4095)
    assert parse_set_cookie(LOGIN, "n=" + "v" * 4096, NOW) is None
    assert parse_set_cookie(LOGIN, "n=" + "é" * 2048, NOW) is None


def test_an_attribute_over_1024_bytes_is_ignored() -> None:
    assert taken("a=b; Path=/" + "p" * 1023).path == "/" + "p" * 1023
    assert taken("a=b; Path=/" + "p" * 1024).path == "/session"


def test_of_a_repeated_attribute_the_last_counts() -> None:
    assert taken("a=b; Path=/one; Path=/two").path == "/two"


@pytest.mark.parametrize("path", ["", "relative"])
def test_a_path_that_is_none_is_that_of_the_request(path: str) -> None:
    assert taken(f"a=b; Path={path}").path == "/session"


@pytest.mark.parametrize(
    ("path", "folder"),
    [("/session/login", "/session"), ("/login", "/"), ("/", "/"), ("", "/"), ("x", "/"), ("/a/b/", "/a/b")],
)
def test_the_default_path_is_the_folder_of_the_request(path: str, folder: str) -> None:
    assert default_path(path) == folder


@pytest.mark.parametrize("word", ["", "lenient", "Strict!"])
def test_an_unknown_same_site_is_as_if_unset(word: str) -> None:
    assert taken(f"a=b; SameSite={word}").same_site == "Default"


# Which host and which path -------------------------------------------


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("bank.example", "bank.example", True), ("blog.bank.example", "bank.example", True),
        ("evilbank.example", "bank.example", False), ("bank.example", "blog.bank.example", False),
        ("127.0.0.1", "127.0.0.1", True), ("127.0.0.1", "0.0.1", False),
    ],
)  # fmt: skip
def test_a_domain_matches_itself_and_what_stands_under_it(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


@pytest.mark.parametrize(
    ("path", "cookie_path", "matches"),
    [
        ("/hybrid/refresh", "/hybrid/refresh", True), ("/hybrid/refresh/x", "/hybrid/refresh", True),
        ("/hybrid/refreshing", "/hybrid/refresh", False), ("/hybrid", "/hybrid/refresh", False),
        ("/anything", "/", True), ("/a/b", "/a/", True), ("/a", "/a/", False),
    ],
)  # fmt: skip
def test_a_path_matches_itself_and_what_stands_under_it(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches


def test_a_sibling_may_set_a_cookie_for_their_parent_but_not_for_a_stranger() -> None:
    blog = "https://blog.bank.example/"
    assert taken("session=mallory; Domain=bank.example", blog).domain == "bank.example"
    assert parse_set_cookie(blog, "session=mallory; Domain=evil.example", NOW) is None
    assert parse_set_cookie(blog, "session=mallory; Domain=www.bank.example", NOW) is None


def test_a_host_only_cookie_stays_with_its_host(store: CookieStore) -> None:
    store.receive(LOGIN, "own=1; Path=/")
    store.receive(LOGIN, "shared=1; Path=/; Domain=bank.example")
    assert sent(store, "https://bank.example/") == ["own=1", "shared=1"]
    assert sent(store, "https://blog.bank.example/") == ["shared=1"]
    assert sent(store, "https://evil.example/") == []


def test_cookies_ignore_ports(store: CookieStore) -> None:
    store.receive("https://localhost:5000/", "session=1")
    assert sent(store, "https://localhost:5001/") == ["session=1"]


def test_the_scoped_refresh_cookie_goes_to_refresh_alone(store: CookieStore) -> None:
    store.receive("https://bank.example/hybrid/login", "refresh=R; Path=/hybrid/refresh")
    assert sent(store, "https://bank.example/hybrid/refresh") == ["refresh=R"]
    assert sent(store, "https://bank.example/hybrid/profile") == []


# The promises of a browser -------------------------------------------


def test_a_secure_cookie_goes_over_https_alone(store: CookieStore) -> None:
    store.receive(LOGIN, "s=1; Path=/; Secure")
    store.receive(LOGIN, "plain=1; Path=/")
    assert sent(store, "http://bank.example/") == ["plain=1"]
    assert sent(store, "https://bank.example/") == ["s=1", "plain=1"]


def test_a_secure_cookie_comes_over_https_alone() -> None:
    assert parse_set_cookie("http://bank.example/", "s=1; Secure", NOW) is None


def test_same_site_none_needs_secure() -> None:
    assert parse_set_cookie(LOGIN, "a=1; SameSite=None", NOW) is None
    assert taken("a=1; SameSite=None; Secure").same_site == "None"


@pytest.mark.parametrize(
    ("attribute", "crosses"), [("", False), ("; SameSite=Lax", False), ("; SameSite=Strict", False),
                               ("; SameSite=None", True)],
)  # fmt: skip
def test_only_same_site_none_goes_along_from_another_site(store: CookieStore, attribute: str, crosses: bool) -> None:
    store.receive(LOGIN, f"a=1; Path=/; Secure{attribute}")
    assert bool(sent(store, LOGIN, same_site=False)) is crosses
    assert sent(store, LOGIN) == ["a=1"]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("__Host-session=1; Secure; Path=/", True), ("__Host-session=1; Path=/", False),
        ("__Host-session=1; Secure; Path=/session", False), ("__Host-session=1; Secure", False),
        ("__Host-session=1; Secure; Path=/; Domain=bank.example", False), ("__hOsT-session=1; Path=/", False),
        ("__Host-session=1; Secure; Path=relative", False),
        ("__Http-session=1; Secure; HttpOnly", True), ("__Http-session=1; Secure", False),
        ("__Host-Http-session=1; Secure; HttpOnly; Path=/", True), ("__Host-Http-session=1; Secure; Path=/", False),
        ("__Secure-session=1; Secure", True), ("__Secure-session=1", False), ("__SECURE-session=1", False),
    ],
)  # fmt: skip
def test_a_prefix_is_a_promise_that_the_browser_checks(header: str, accepted: bool) -> None:
    assert bool(parse_set_cookie(LOGIN, header, NOW)) is accepted


@pytest.mark.parametrize("header", ["=__Host-session=1", "__Secure-x", "__http-x; Secure; HttpOnly", "=a=b"])
def test_a_cookie_without_a_name_cannot_pose_as_a_prefixed_one(header: str) -> None:
    assert parse_set_cookie(LOGIN, header, NOW) is None


# How long ------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "expires_at"),
    [
        ("", None),
        ("Max-Age=60", NOW + 60),
        ("Expires=Thu, 01 Jan 2026 10:00:00 GMT", NOW + 3600),
        ("Max-Age=60; Expires=Thu, 01 Jan 2026 10:00:00 GMT", NOW + 60),
        ("Expires=Thu, 01 Jan 2026 10:00:00 GMT; Max-Age=60", NOW + 60),
        ("Max-Age=soon; Expires=Thu, 01 Jan 2026 10:00:00 GMT", NOW + 3600),
        ("Max-Age=; Expires=whenever", None), ("Max-Age=1.5", None), ("Max-Age=--5", None), ("Max-Age=\u0661", None),
        (f"Max-Age={401 * 86400}", NOW + 400 * DAY),
        ("Expires=Fri, 01 Jan 2100 00:00:00 GMT", NOW + 400 * DAY),
        ("Expires=Fri, 31 Dec 9999 23:59:59 GMT", NOW + 400 * DAY),
        ("Max-Age=0", 0.0), ("Max-Age=-1", 0.0),
    ],
)  # fmt: skip
def test_max_age_beats_expires_and_400_days_beat_both(attributes: str, expires_at: float | None) -> None:
    assert taken(f"a=b; {attributes}").expires_at == expires_at


def test_a_cookie_is_gone_at_its_last_second(store: CookieStore, clock: Clock) -> None:
    store.receive(LOGIN, "a=1; Path=/; Max-Age=60")
    clock.advance(seconds=59)
    assert sent(store, LOGIN) == ["a=1"]
    clock.advance(seconds=1)
    assert sent(store, LOGIN) == []
    assert store.all() == []


def test_an_expired_one_deletes_what_was_there(store: CookieStore) -> None:
    store.receive(LOGIN, "a=1; Path=/")
    store.receive(LOGIN, "b=1; Path=/")
    store.receive(LOGIN, "a=; Path=/; Max-Age=0")
    store.receive(LOGIN, "b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert store.all() == []


def test_a_deletion_that_names_another_path_deletes_nothing(store: CookieStore) -> None:
    store.receive(LOGIN, "a=1; Path=/")
    store.receive(LOGIN, "a=; Path=/session; Max-Age=0")
    assert sent(store, LOGIN) == ["a=1"]


def test_closing_the_browser_ends_what_has_no_expiry(store: CookieStore) -> None:
    store.receive(LOGIN, "until_closed=1; Path=/")
    store.receive(LOGIN, "kept=1; Path=/; Max-Age=60")
    store.forget_session_cookies()
    assert sent(store, LOGIN) == ["kept=1"]


# One place, one cookie -----------------------------------------------


def test_a_new_value_takes_the_place_of_the_old_one(store: CookieStore) -> None:
    store.receive(LOGIN, "a=old; Path=/")
    store.receive(LOGIN, "a=new; Path=/; HttpOnly")
    [cookie] = store.all()
    assert (cookie.value, cookie.http_only) == ("new", True)


@pytest.mark.parametrize(("value", "created_at"), [("old", NOW), ("new", NOW + 60)])
def test_only_a_new_value_makes_a_cookie_young_again(
    store: CookieStore, clock: Clock, value: str, created_at: float
) -> None:
    """As in Chromium; RFC 6265bis 5.7 keeps the creation time for a new value too."""
    store.receive(LOGIN, "a=old; Path=/")
    clock.advance(minutes=1)
    store.receive(LOGIN, f"a={value}; Path=/")
    [cookie] = store.all()
    assert cookie.created_at == created_at


def test_another_path_or_domain_is_another_cookie(store: CookieStore) -> None:
    for attributes in ("Path=/", "Path=/session", "Path=/; Domain=bank.example"):
        store.receive(LOGIN, f"a=1; {attributes}")
    assert len(store.all()) == 3


def test_longer_paths_go_first_then_older_cookies(store: CookieStore, clock: Clock) -> None:
    store.receive(LOGIN, "first=1; Path=/")
    clock.advance(seconds=1)
    store.receive(LOGIN, "second=1; Path=/")
    store.receive(LOGIN, "deep=1; Path=/session")
    assert sent(store, "https://bank.example/session/profile") == ["deep=1", "first=1", "second=1"]
    store.receive(LOGIN, "first=1; Path=/; HttpOnly")
    assert sent(store, "https://bank.example/session/profile") == ["deep=1", "first=1", "second=1"]


def test_a_new_value_goes_last_though_the_clock_stands_still(store: CookieStore) -> None:
    for header in ("first=1; Path=/", "second=1; Path=/", "first=2; Path=/"):
        store.receive(LOGIN, header)
    assert sent(store, LOGIN) == ["second=1", "first=2"]


def test_a_saved_store_comes_back_as_it_was(store: CookieStore) -> None:
    store.receive(LOGIN, "a=1; Path=/")
    saved = store.save()
    store.receive(LOGIN, "a=2; Path=/")
    store.receive(LOGIN, "b=2; Path=/")
    store.restore(saved)
    store.receive(LOGIN, "c=3; Path=/")
    store.restore(saved)
    assert sent(store, LOGIN) == ["a=1"]


@given(st.text(max_size=200), st.sampled_from([LOGIN, "http://127.0.0.1/", "https://bank.example"]))
def test_no_header_upsets_the_store(header: str, url: str) -> None:
    store = CookieStore(Clock())
    store.receive(url, header)
    for cookie in store.for_request(url):
        assert len(cookie.name.encode()) + len(cookie.value.encode()) <= 4096


def test_plain_http_cannot_put_a_cookie_before_a_secure_one(store: CookieStore) -> None:
    store.receive(LOGIN, "session=good; Secure; Path=/")
    assert store.receive("http://bank.example/", "session=evil; Path=/") is None
    assert store.receive("http://blog.bank.example/", "session=evil; Domain=bank.example; Path=/session") is None
    assert store.receive("http://bank.example/", "other=1; Path=/") is not None
    assert sent(store, LOGIN) == ["session=good", "other=1"]


def test_a_date_without_a_zone_is_utc_wherever_the_learner_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Pacific/Auckland")
    if hasattr(time, "tzset"):
        time.tzset()
    try:
        zoned, bare = (taken(f"a=b; Expires=Fri, 02 Jan 2026 09:00:00{zone}") for zone in (" GMT", ""))
    finally:
        monkeypatch.undo()
        if hasattr(time, "tzset"):
            time.tzset()
    assert zoned.expires_at == bare.expires_at


def test_of_two_max_ages_the_last_counts_even_if_it_says_nothing() -> None:
    """As in Chromium; RFC 6265bis 5.6.2 passes over an invalid one."""
    assert taken("a=b; Max-Age=60; Max-Age=soon").expires_at is None
    assert taken("a=b; Max-Age=soon; Max-Age=60").expires_at == NOW + 60


def test_the_host_prefix_needs_path_by_name() -> None:
    assert parse_set_cookie("https://bank.example/", "__Host-a=b; Secure", 0.0) is None
    assert parse_set_cookie("https://bank.example/", "__Host-a=b; Secure; Path=/", 0.0) is not None


def test_no_cookie_is_set_for_a_whole_top_level_domain() -> None:
    assert parse_set_cookie(LOGIN, "a=b; Domain=example", 0.0) is None


@pytest.mark.parametrize("domain", [".", "example", "github.io", "evil.example", "bank.example."])
def test_a_domain_that_is_not_ones_own_to_set_drops_the_cookie(domain: str) -> None:
    assert parse_set_cookie(LOGIN, f"a=b; Domain={domain}", NOW) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "github.io"])
def test_an_address_or_a_public_suffix_sets_cookies_for_itself_alone(host: str) -> None:
    assert taken(f"a=b; Domain={host}", f"https://{host}/").host_only


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1"])
def test_on_this_machine_secure_cookies_need_no_tls(store: CookieStore, host: str) -> None:
    assert store.receive(f"http://{host}/", "a=1; Secure")
    assert sent(store, f"http://{host}/") == ["a=1"]


@pytest.mark.parametrize(
    ("attribute", "after", "goes_along"),
    [("", 119, True), ("", 120, False), ("; SameSite=Lax", 0, False), ("; SameSite=Strict", 0, False)],
)
def test_for_two_minutes_an_unset_same_site_lets_another_sites_form_through(
    store: CookieStore, clock: Clock, attribute: str, after: float, goes_along: bool
) -> None:
    store.receive(LOGIN, f"a=1; Path=/{attribute}")
    clock.advance(seconds=after)
    posted = Occasion(same_site=False, navigation=True, safe=False)
    assert bool(store.for_request(LOGIN, posted)) is goes_along


def test_lax_goes_along_with_a_link_from_another_site_and_strict_does_not(store: CookieStore) -> None:
    store.receive(LOGIN, "lax=1; SameSite=Lax")
    store.receive(LOGIN, "strict=1; SameSite=Strict")
    followed = Occasion(same_site=False, navigation=True)
    assert [each.name for each in store.for_request(LOGIN, followed)] == ["lax"]


def test_script_neither_sees_nor_sets_nor_replaces_what_is_http_only(store: CookieStore) -> None:
    store.receive(LOGIN, "hidden=1; HttpOnly")
    assert store.receive(LOGIN, "hidden=2", SCRIPT) is None
    assert store.receive(LOGIN, "new=1; HttpOnly", SCRIPT) is None
    assert store.for_request(LOGIN, SCRIPT) == []
    assert sent(store, LOGIN) == ["hidden=1"]
