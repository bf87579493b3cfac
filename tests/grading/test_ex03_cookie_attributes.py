"""Exercise 3: each attribute that is missing or too much is refused by the attack, or the feature, that needs it."""

from http.cookies import SimpleCookie

import pytest

import sandbox

from .submitted import SOLUTION, STUB, not_met, parts_of

EXERCISE = "ex03_cookie_attributes"
KEEP = "__Host-session={}; Path=/; Secure; HttpOnly; SameSite=Lax"
FORGET = "__Host-session=; Path=/; Secure; Max-Age=0"


def result_of(keep=KEEP, forget=FORGET):
    return sandbox.check(EXERCISE, keep=keep.format, forget=lambda: forget)


def test_the_stub_has_no_attribute_and_is_refused():
    refused = not_met(sandbox.check(EXERCISE, **parts_of(STUB, EXERCISE)))
    assert refused == ["script", "listener", "form", "sibling_plants", "logout"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_in_another_style_passes():
    def header(value, **more):
        cookie = SimpleCookie()
        cookie["__Host-id"] = value
        cookie["__Host-id"].update({"path": "/", "secure": True, "httponly": True, "samesite": "Lax", **more})
        return cookie.output(header="").strip()

    def forget():
        return header("", expires="Thu, 01 Jan 1970 00:00:00 GMT")

    assert sandbox.check(EXERCISE, keep=header, forget=forget).passed


PLAIN, GONE = KEEP.removeprefix("__Host-"), FORGET.removeprefix("__Host-")
DOMAIN = "; Domain=bank.example"
ALL_FEATURES = ["works", "link"]
WRONG = {
    "leaves_out_httponly": (KEEP.replace("; HttpOnly", ""), FORGET, ["script"]),
    "leaves_out_secure": (PLAIN.replace("; Secure", ""), GONE, ["listener", "sibling_plants"]),
    "leaves_out_secure_with_the_prefix": (KEEP.replace("; Secure", ""), FORGET, ALL_FEATURES),
    "leaves_out_samesite": (KEEP.replace("; SameSite=Lax", ""), FORGET, ["form"]),
    "says_samesite_none": (KEEP.replace("Lax", "None"), FORGET, ["form"]),
    "says_samesite_strict": (KEEP.replace("Lax", "Strict"), FORGET, ["link"]),
    "says_the_domain": (PLAIN + DOMAIN, GONE + DOMAIN, ["sibling_gets", "sibling_plants"]),
    "has_a_plain_name": (PLAIN, GONE, ["sibling_plants"]),
    "has_the_lesser_prefix": (KEEP.replace("Host", "Secure"), FORGET.replace("Host", "Secure"), ["sibling_plants"]),
    "narrows_the_path": (PLAIN.replace("=/", "=/session"), GONE.replace("=/", "=/session"), ["sibling_plants"]),
    "keeps_it_for_a_year": (KEEP + "; Max-Age=31536000", FORGET, ["closed"]),
    "keeps_it_until_a_date": (KEEP + "; Expires=Fri, 01 Jan 2027 00:00:00 GMT", FORGET, ["closed"]),
    "takes_it_back_without_secure": (KEEP, FORGET.replace("; Secure", ""), ["logout"]),
    "takes_it_back_without_its_path": (PLAIN, GONE.replace("; Path=/", ""), ["sibling_plants", "logout"]),
    "takes_it_back_under_another_name": (KEEP, GONE, ["logout"]),
    "empties_it_only": (KEEP, FORGET.replace("; Max-Age=0", ""), ["logout"]),
    "keeps_nothing": ("", FORGET, ALL_FEATURES),
    "keeps_another_value": (KEEP.replace("{}", "id"), FORGET, ALL_FEATURES),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    keep, forget, criteria = WRONG[name]
    assert not_met(result_of(keep, forget)) == criteria


def test_what_keep_raises_is_told_not_raised():
    result = sandbox.check(EXERCISE, keep=lambda: KEEP, forget=lambda: FORGET)
    assert "TypeError" in result.checked[0].seen


def test_two_runs_of_the_stub_tell_the_same():
    stub = parts_of(STUB, EXERCISE)
    assert sandbox.check(EXERCISE, **stub).text() == sandbox.check(EXERCISE, **stub).text()
