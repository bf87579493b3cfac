"""Exercise 13: the stub and each plausible half-solution is refused by the criterion that it should fail."""

import base64
import json

import pytest

import sandbox
from sandbox.grading.recording import SITES, Site, recorded

from .submitted import SOLUTION, STUB, not_met, part_of, parts_in, parts_of, source_of

EXERCISE = "ex13_audit"
SOLVED = source_of(SOLUTION, EXERCISE)


def refused_by(parts):
    return not_met(sandbox.check(EXERCISE, **parts))


def test_the_stub_judges_by_the_carrier_and_is_refused():
    assert refused_by(parts_of(STUB, EXERCISE)) == ["usual", "unusual", "cookies", "logout", "renewed", "claims"]


def test_the_solution_passes():
    assert sandbox.check(EXERCISE, **parts_of(SOLUTION, EXERCISE)).passed


def test_a_solution_in_another_style_passes():
    """Goes through the file once, and keeps what it saw."""

    def audit(har):
        flaws, first, out = [], None, False
        mode = carrier = ""
        for entry in har["log"]["entries"]:
            request, response = entry["request"], entry["response"]
            at = request["url"].rsplit("/", 1)[1]
            text = response["content"]["text"]
            body = json.loads(text) if response["content"]["mimeType"] == "application/json" and text else {}
            told = {each["name"].lower(): each["value"] for each in response["headers"]}
            name, _, rest = told.get("set-cookie", "").partition("=")
            value, *attributes = rest.split("; ")
            token = body.get("access_token") or value
            if at == "login" and first is None:
                first = token
                carrier = "header" if "access_token" in body else "cookie"
                mode = "jwt" if token.startswith("eyJ") else "session"
                if name:
                    flaws += ["http_only"] * ("HttpOnly" not in attributes) + ["secure"] * ("Secure" not in attributes)
                    flaws += ["same_site"] * (not {"SameSite=Strict", "SameSite=Lax"} & set(attributes))
                if mode == "jwt":
                    claims = base64.urlsafe_b64decode(token.split(".")[1] + "==")
                    flaws += ["require_exp"] * (b'"exp"' not in claims) + ["minimal_claims"] * (b'"email"' in claims)
            elif at == "login" and token == first:
                flaws.append("regenerate_id")
            elif at == "refresh":
                mode = "hybrid"
                renewed = name or "refresh_token" in body
                flaws += ["end_on_logout"] * (out and bool(text)) + ["rotate_refresh"] * (bool(text) and not renewed)
            elif at == "profile" and out and response["status"] == 200:
                flaws.append("end_on_logout" if mode == "session" else "denylist")
            flaws += ["cors_allowlist"] * (told.get("access-control-allow-origin", "").startswith("https://evil"))
            out = out or at == "logout"
        return {"mode": mode, "carrier": carrier, "flaws": set(flaws)}

    assert sandbox.check(EXERCISE, audit=audit).passed


WRONG = {
    "takes_what_is_in_a_header_for_a_jwt": (
        'mode = "session" if claims(credential) is None else', 'mode = "session" if carrier == "cookie" else',
        ["unusual"],
    ),
    "takes_a_refresh_cookie_for_the_carrier": (
        'carrier = "header" if bearer else "cookie"', 'carrier = "cookie" if cookies else "header"', ["usual"],
    ),
    "knows_a_refresh_token_by_the_body_alone": (
        'any(path(each) == "/refresh" for each in entries)', '"refresh_token" in fields(login)', ["usual"],
    ),
    "takes_every_token_for_hybrid": (
        'else "hybrid" if refreshes else "jwt"', 'else "hybrid"', ["usual", "unusual"],
    ),
    "takes_samesite_none_for_a_defence": ('if "samesite=none" in attributes:', "if False:", ["cookies"]),
    "forgets_the_refresh_after_the_logout": ('if ("/refresh", 200) in later:', "if False:", ["logout"]),
    "forgets_that_a_token_outlives_a_logout": (
        'if ("/profile", 200) in later:', 'if told is None and ("/profile", 200) in later:', ["logout"],
    ),
    "names_both_when_something_outlives_a_logout": (
        'found.add("end_on_logout" if told is None else "denylist")', 'found.update(("end_on_logout", "denylist"))',
        ["logout", "sound"],
    ),
    "takes_what_outlives_a_logout_for_one_thing": (
        'if ("/refresh", 200) in later:', 'elif ("/refresh", 200) in later:', ["logout"],
    ),
    "looks_for_secure_where_httponly_is_there": (
        'if "secure" not in attributes:', 'elif "secure" not in attributes:', ["cookies"],
    ),
    "looks_for_samesite_where_httponly_is_there": (
        'if not any(each.startswith("samesite") for each in attributes):',
        'if "httponly" in attributes and not any(each.startswith("samesite") for each in attributes):', ["cookies"],
    ),
    "looks_for_samesite_where_secure_is_there": (
        'if not any(each.startswith("samesite") for each in attributes):',
        'elif not any(each.startswith("samesite") for each in attributes):', ["cookies"],
    ),
    "reads_on_only_where_there_is_an_end": (
        'if told is not None and {"email", "phone"} & set(told):',
        'elif told is not None and {"email", "phone"} & set(told):', ["claims"],
    ),
    "takes_any_200_after_the_logout": (
        'if ("/profile", 200) in later:', "if 200 in [status for _, status in later]:", ["logout", "sound"],
    ),
    "looks_for_a_new_id_in_cookies_alone": (
        "if credential in json.dumps(second):", 'if credential in str(headers(second, "set-cookie")):', ["renewed"],
    ),
    "looks_for_rotation_in_the_body_alone": (
        'if "refresh_token" not in fields(refreshed) and not headers(refreshed, "set-cookie"):',
        'if "refresh_token" not in fields(refreshed):', ["sound"],
    ),
    "never_looks_for_rotation": (
        'if "refresh_token" not in fields(refreshed) and not headers(refreshed, "set-cookie"):', "if False:",
        ["renewed"],
    ),
    "takes_a_date_for_an_end": ('"exp" not in told', '"iat" not in told', ["claims"]),
    "reads_no_claims_of_what_is_personal": ('{"email", "phone"} & set(told)', '"password" in told', ["claims"]),
    "looks_for_leave_for_everybody": ('"https://evil.example" in headers(', '"*" in headers(', ["origins"]),
    "takes_a_partner_for_a_stranger": (
        '"https://evil.example" in headers(', '"https://partner.example" in headers(', ["sound"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_half_solution_is_refused(name):
    line, instead, criteria = WRONG[name]
    assert SOLVED.count(line) == 1
    assert refused_by(parts_in(SOLVED.replace(line, instead), EXERCISE)) == criteria


audit = part_of(SOLUTION, EXERCISE)


def test_to_name_every_flaw_is_refused():
    everything = {flaw for site in SITES for flaw in site.possible}
    refused = refused_by({"audit": lambda har: {**audit(har), "flaws": everything}})
    assert refused == ["cookies", "logout", "renewed", "claims", "sound"]


@pytest.mark.parametrize("flaw", sorted({flaw for site in SITES for flaw in site.possible}))
def test_to_name_one_flaw_wherever_there_is_another_is_refused(flaw):
    def more(har):
        said = audit(har)
        return {**said, "flaws": said["flaws"] | ({flaw} if said["flaws"] else set())}

    assert "sound" in refused_by({"audit": more})


def test_to_name_the_flaws_of_the_page_that_was_shown_is_refused():
    said = audit(recorded(Site("jwt", "cookie", ("http_only", "denylist"))))
    assert said == {"mode": "jwt", "carrier": "cookie", "flaws": {"http_only", "denylist"}}
    assert len(refused_by({"audit": lambda har: said})) == 8


def test_to_judge_every_cookie_is_refused():
    def judged(har):
        said = audit(har)
        set_cookies = [header["value"] for entry in har["log"]["entries"] for header in entry["response"]["headers"]
                       if header["name"] == "Set-Cookie"]  # fmt: skip
        return {**said, "flaws": said["flaws"] | {"http_only" for each in set_cookies if "HttpOnly" not in each}}

    assert refused_by({"audit": judged}) == ["cookies", "sound"]


@pytest.mark.parametrize("said", [None, {}, {"mode": 1, "carrier": [], "flaws": [1]}, {"mode": "jwt", "flaws": 5}])
def test_what_is_no_answer_is_refused_and_never_raises(said):
    assert "usual" in refused_by({"audit": lambda har: said})


# What is recorded


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.mode}-{site.carrier}-{site.refresh_cookie}")
def test_every_flaw_can_be_seen_in_the_file_and_no_other(site):
    for flaw in site.possible:
        bad = site.with_flaws(flaw)
        assert len(bad.flaws) == 2
        assert audit(recorded(bad)) == {"mode": site.mode, "carrier": site.carrier, "flaws": set(bad.flaws)}


def test_neither_an_address_nor_a_name_of_a_cookie_says_the_mode():
    for site in SITES:
        entries = recorded(site)["log"]["entries"]
        addresses = json.dumps([each["request"]["url"] for each in entries])
        names = json.dumps([header["value"].partition("=")[0] for each in entries
                            for header in each["response"]["headers"] if header["name"] == "Set-Cookie"])  # fmt: skip
        assert not any(word in addresses + names for word in ("session", "jwt", "hybrid", "Session"))


def test_a_file_has_what_har_asks_for():
    log = recorded(SITES[-1])["log"]
    assert (log["version"], set(log["creator"])) == ("1.2", {"name", "version"})
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        both = {"httpVersion", "headers", "cookies", "headersSize", "bodySize"}
        assert both | {"method", "url", "queryString"} <= set(entry["request"])
        assert both | {"status", "statusText", "content", "redirectURL"} <= set(entry["response"])
