"""The storyboard says all that the record says, in sound XML that stays in its lanes and disturbs no page."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest

from sandbox.exchange import Exchange, Request, Response
from sandbox.player import Player
from sandbox.record import LaneStep, Question, Record
from sandbox.scenarios import story_ids
from sandbox.views.palette import DARK, LIGHT
from sandbox.views.stage.drawn.piece import room_of
from sandbox.views.stage.drawn.style import LETTERS, SCOPE, style
from sandbox.views.stage.picture import Pictures
from sandbox.views.stage.storyboard import WIDTH, render

from .played import played

NS = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "rect", "text", "path", "circle", "g"}
Make = Callable[..., Player]


@cache
def drawn(told: str, preset: str = "as_written") -> str:
    return render(played(told, preset))


def texts(shown: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(shown).iter(f"{NS}text")]


def words(shown: str) -> str:
    """All that is written, as one line."""
    return " ".join(texts(shown))


def count(shown: str, tag: str, kind: str) -> int:
    return sum(each.get("class") == kind for each in ET.fromstring(shown).iter(f"{NS}{tag}"))


def changed(record: Record, step: int, mode: str, **fields: Any) -> Record:
    """The record with other fields in one lane of the step of that number."""
    old = record.steps[step - 1]
    here: LaneStep = replace(old.lanes[mode], **fields)
    steps = [*record.steps]
    steps[step - 1] = replace(old, lanes={**old.lanes, mode: here})
    return replace(record, steps=tuple(steps))


# What goes over the wire -----------------------------------------------


@pytest.mark.parametrize("told", ["theft", "csrf", "refresh_race", "key_rotation", "two_nodes"])
def test_every_exchange_of_the_record_is_drawn(told: str) -> None:
    record = played(told)
    exchanges = [each for step in record.steps for lane in step.lanes.values() for each in lane.exchanges]
    pictures = Pictures(record)
    pages = [pictures.at(position) for position in range(1, len(record.steps) + 1)]
    arrows = [arrow for page in pages for lane in page.lanes.values() for arrow in lane.arrows]
    assert sum(arrow.count for arrow in arrows) == len(exchanges)
    root = ET.fromstring(drawn(told))
    groups = [each for each in root.iter(f"{NS}g") if any(part.get("class") == "wire" for part in each)]
    said = Counter(group[0].text for group in groups if group[0].tag == f"{NS}title")
    assert said == Counter(arrow.says for arrow in arrows)
    for group in groups:
        written = " ".join(each.text or "" for each in group.iter(f"{NS}text"))
        for arrow in (each for each in arrows if each.says == group[0].text):
            assert arrow.call in written
            assert str(arrow.status) in written
            assert all(chip.name in written for chip in (*arrow.sends, *arrow.gets))


def test_an_exchange_that_is_taken_out_is_gone() -> None:
    record = played("theft")
    kept = record.steps[0].lanes["jwt"].exchanges[:1]
    assert "GET /jwt/profile 200" in texts(render(changed(record, 3, "jwt", exchanges=())))
    without = changed(changed(record, 1, "jwt", exchanges=kept), 3, "jwt", exchanges=())
    assert "GET /jwt/profile 200" not in texts(render(without))
    assert "POST /jwt/login 200" in texts(render(without)) + texts(drawn("theft"))


def test_what_is_alike_is_small_and_what_differs_is_framed() -> None:
    sample = 1
    assert count(drawn("theft"), "rect", "frame") == sample + 3
    assert "GET /session/profile 200" in texts(drawn("theft"))
    refused = replace(played("theft").steps[2].lanes["jwt"].exchanges[0], response=Response(403))
    other = render(changed(played("theft"), 3, "jwt", exchanges=(refused,)))
    assert count(other, "rect", "frame") == sample + 6
    assert "403 Forbidden" in texts(other)


def test_one_lane_alone_has_nothing_to_compare_with() -> None:
    assert count(drawn("refresh_race"), "rect", "frame") == 0


def test_an_arrow_that_is_refused_ends_at_a_bar() -> None:
    shown, sample = drawn("theft"), 1
    refused = [each for step in played("theft").steps for lane in step.lanes.values() for each in lane.exchanges
               if each.response.status >= 400]  # fmt: skip
    assert count(shown, "path", "stop") == len(refused) + sample == 4 + sample


def test_repeats_are_counted_and_later_tries_and_those_not_shown_are_told() -> None:
    shown = words(drawn("two_nodes")) + words(drawn("theft"))
    assert "200 OK \N{MULTIPLICATION SIGN}10" in shown
    assert "6 days 23 h 58 min 59 s later" in shown
    assert "(30 more requests are not shown)" in shown


def test_a_mode_in_which_the_story_cannot_be_is_a_line() -> None:
    shown = drawn("refresh_race")
    assert "jwt - DOES NOT APPLY: jwt mode has no refresh token" in words(shown)
    assert [text for text in texts(shown) if text in ("session", "jwt", "hybrid")] == ["hybrid"] * (1 + 5 + 1 + 1)


# What lies where -------------------------------------------------------


def test_what_has_not_changed_is_not_said_again() -> None:
    shown = words(drawn("theft"))
    place = "localStorage jwt.access_token"
    assert shown.count(place) == 2  # once in Alice's browser, once with Mallory
    assert shown.count("All is kept as before.") == 6


def test_another_day_alone_changes_nothing() -> None:
    shown = words(drawn("expiry"))
    assert shown.count("cookie session, HttpOnly") == 1
    assert shown.count("sessions, alice, role user, created") == 1


def test_what_has_changed_is_said() -> None:
    shown = words(drawn("revocation"))
    assert "no more: sessions, alice, role user, created 09:00" in shown
    assert "users, alice: epoch 0 → 1" in shown


@pytest.mark.parametrize(
    ("told", "fate", "drawn_as"),
    [
        ("expiry", "expired", "stroke-dasharray:4"),
        ("revocation", "ended", "path"),
        ("algorithm_none", "foreign", "stroke-dasharray:.1"),
    ],
)
def test_a_fate_is_a_word_and_a_shape(told: str, fate: str, drawn_as: str) -> None:
    root = ET.fromstring(drawn(told))
    chips = [each for each in root.iter(f"{NS}g") if each.get("class") == fate]
    assert chips
    for chip in chips:
        parts = {each.tag.removeprefix(NS) for each in chip}
        assert "rect" in parts
        assert f"{(chip.findtext(f'{NS}text') or '').split()[0]} {fate}" in words(drawn(told))
        assert drawn_as in parts or f".{SCOPE} .{fate} rect{{{drawn_as}" in style()


def test_words_that_have_no_room_upon_an_arrow_stand_below_it() -> None:
    assert "A2 expired, R2 ended" in texts(drawn("expiry", "hardened"))


# Why, and how it ended -------------------------------------------------


def test_a_reason_that_is_the_same_everywhere_is_said_once() -> None:
    assert words(drawn("theft")).count("Each mode hands Alice's browser something to show.") == 1


def test_the_question_what_was_predicted_and_the_source_are_there(make: Make) -> None:
    player = make("theft")
    player.step()
    player.step()
    player.predict("no")
    player.step()
    shown = words(render(player.record))
    assert "Asked: Does the server let Mallory in? (yes, no)" in shown
    assert shown.count("≠ you said no; it turned out: yes") == 3
    assert "Source: RFC 6750 1.2, 5.1" in shown


def test_the_verdicts_the_clock_and_what_remains_are_at_the_end() -> None:
    shown = drawn("theft")
    said = texts(shown)
    assert said.count("✗ BREACHED") == 3
    assert {"no end in 400 days", "6 days 23 h 59 min", "7 days 13 min 59 s"} <= set(said)
    assert count(shown, "path", "hatch") == 3
    assert {"Mallory gets in", "≈ 6 days", "2-4", "no end"} <= set(said)
    csrf = words(drawn("csrf"))
    assert "The switch that answers it: same_site" in csrf
    assert "What remains:" in csrf


def test_a_play_that_goes_on_shows_what_has_run(make: Make) -> None:
    player = make("theft")
    player.step()
    player.step()
    shown = words(render(player.record))
    assert "Mallory copies what Alice's browser holds" in shown
    assert "Mallory uses the copy" not in shown
    assert "How it ended" not in shown


def test_a_play_that_has_not_begun_says_so(make: Make) -> None:
    shown = render(make("theft").record)
    assert "No step has run yet." in texts(shown)
    assert float(ET.fromstring(shown).get("height") or 0) < 200


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_story_that_can_be_in_no_mode_is_a_small_picture(make: Make, by_hand: bool) -> None:
    player = make("access_token_after_logout", modes=("session",))
    player.run()
    if by_hand:
        player.advance(hours=1)
    shown = render(player.record)
    assert "session - DOES NOT APPLY: session mode hands out no self-contained token" in words(shown)
    assert "No step has run yet." not in texts(shown)


def test_a_clock_that_was_moved_by_hand_is_a_panel_too(make: Make) -> None:
    player = make("theft")
    player.run()
    player.advance(hours=1)
    shown = words(render(player.record))
    assert "You move the clock on: 1 h" in shown
    assert "(moved by hand)" in shown
    assert "✗ BREACHED" in shown


# For every story -------------------------------------------------------


class Box(NamedTuple):
    """Where something stands, in user units of the whole picture."""

    said: str
    left: float
    top: float
    right: float
    bottom: float


def boxes(node: ET.Element, left: float = 0, top: float = 0, width: float = WIDTH) -> Iterator[tuple[Box, float]]:
    """Every text and every chip by our estimate of its width, with how far it stands beyond its lane or box."""
    if shift := re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", node.get("transform", "")):
        left, top, width = left + float(shift[1]), top + float(shift[2]), width - float(shift[1])
    for each in node:
        tag, x, y = each.tag.removeprefix(NS), float(each.get("x") or 0), float(each.get("y") or 0)
        kinds = (each.get("class") or "").split()
        if tag == "svg":
            yield from boxes(each, left + x, top + y, float(each.get("width") or 0))
        elif tag == "g":
            yield from boxes(each, left, top, width)
        elif tag == "rect" and "chip" in kinds:
            wide = float(each.get("width") or 0)
            said = f"[{node.findtext(f'{NS}text')}]"
            yield Box(said, left + x, top + y, left + x + wide, top + y + 15), max(-x, x + wide - width)
        elif tag == "text" and not any(part.get("class") == "chip" for part in node):
            kind = kinds[0]
            wide, size = room_of(each.text or "", kind), LETTERS[kind][0]
            begin = x - {"middle": wide / 2, "end": wide}.get(kinds[-1], 0)
            box = Box(each.text or "", left + begin, top + y - 0.72 * size, left + begin + wide, top + y + 0.1 * size)
            yield box, max(-begin, begin + wide - width)


def overlapping(found: list[Box]) -> Iterator[tuple[str, str]]:
    ordered = sorted(found, key=lambda box: box.top)
    for at, box in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.top >= box.bottom:
                break
            if box.left < other.right and other.left < box.right:
                yield box.said, other.said


@pytest.mark.parametrize("told", story_ids())
def test_every_story_is_sound_small_and_stays_in_its_lanes(told: str) -> None:
    shown = drawn(told)
    root = ET.fromstring(shown)
    assert {each.tag.removeprefix(NS) for each in root.iter()} <= TAGS
    assert not [name for each in root.iter() for name in each.attrib if name.rpartition("}")[2] in ("href", "src")]
    assert not re.search(r"url\(|@import", style())
    assert len(shown.encode()) <= (60_000 if told == "theft" else 300_000)
    assert root.get("viewBox") == f"0 0 {WIDTH} {root.get('height')}"
    found = list(boxes(root))
    assert [box.said for box, beyond in found if beyond > 1] == []
    assert list(overlapping([box for box, _ in found])) == []
    assert all(box.top >= 0 and box.bottom <= float(root.get("height") or 0) for box, _ in found)


@pytest.mark.parametrize("told", story_ids())
def test_no_story_shows_a_whole_credential(told: str) -> None:
    shown = drawn(told)
    for names in played(told).names.values():
        for value in names.known().values():
            assert value not in shown
    assert not re.search(r"eyJ|[0-9a-f]{32}|[A-Za-z0-9_-]{43}", shown)


@pytest.mark.parametrize("told", ["theft", "refresh_reuse"])
def test_two_plays_of_a_story_give_the_same_bytes(told: str, make: Make) -> None:
    player = make(told, preset="hardened")
    player.run()
    assert render(player.record) == drawn(told, "hardened")


# Whatever is in it -----------------------------------------------------

HARM = ["<script>alert(1)</script>", '"><a onclick=x>', "]]>", "&lt;", "\x00\x1b[2J\ufffe\ud800", "w" * 4000,
        "\u202e\u2066abc", "漢字" * 300, "-->"]  # fmt: skip


def saying(harm: str) -> Record:
    """A record whose every free text is this one."""
    record = played("theft")
    step = record.steps[2]
    lanes = {mode: spoilt(lane, mode, harm, step.clock) for mode, lane in step.lanes.items()}
    question = Question(harm, (harm, "no"), {"no": harm})
    torn = replace(step, title=harm, lanes=lanes, source=harm, question=question, prediction=dict.fromkeys(lanes, "no"))
    ends = {mode: replace(end, summary=harm, measures={"harm": harm, harm: harm})
            for mode, end in record.outcomes.items()}  # fmt: skip
    steps = (*record.steps[:2], torn, replace(record.steps[3], title=harm))
    return replace(record, title=harm, steps=steps, outcomes=ends, remains=harm, source=harm, options={harm: harm})


def spoilt(lane: LaneStep, mode: str, harm: str, clock: float) -> LaneStep:
    """A lane with three more exchanges, a table and things that are kept, all of that name."""
    headers = (("Cookie", f"session={harm}"), ("X-Name", harm))
    request = Request("GET", f"https://bank.example/{harm}", headers, harm.encode("utf-8", "replace"))
    elsewhere = replace(request, url=f"http://{mode}.evil.example/{harm}")
    return replace(
        lane,
        exchanges=(
            *lane.exchanges,
            Exchange("alice", clock, request, Response(299)),
            Exchange(harm, clock, elsewhere, Response(500)),
            Exchange("mallory", clock + 5, request, Response(431)),
        ),
        holdings={
            name: replace(held, local_storage={harm: harm, **held.local_storage})
            for name, held in lane.holdings.items()
        },
        tables={
            **lane.tables,
            harm: [{"id": harm, "user_id": 1, harm: harm}],
            "users": [{**user, "email": f"{harm}@bank.example", "role": harm} for user in lane.tables["users"]],
        },
        because=harm + mode,
        answer=harm,
    )


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: ascii(harm[:12]))
def test_hostile_text_stays_text_and_in_its_lane(harm: str) -> None:
    shown = render(saying(harm))
    root = ET.fromstring(shown)
    shown.encode()
    assert {each.tag.removeprefix(NS) for each in root.iter()} <= TAGS
    assert not {name for each in root.iter() for name in each.attrib if name.startswith("on")}
    found = list(boxes(root))
    assert [box.said for box, beyond in found if beyond > 1] == []
    assert list(overlapping([box for box, _ in found])) == []
    if harm.isprintable() and len(harm) < 20:
        assert any(harm in text for text in texts(shown))


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    calls = [text for text in texts(render(saying("w" * 4000))) if "GET /www" in text]
    assert len(calls) == 3 + 3
    assert all(re.search("w… (299|431)$", text) for text in calls)


# On a page -------------------------------------------------------------


def test_it_is_an_image_with_a_name_and_a_description() -> None:
    root = ET.fromstring(drawn("theft"))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Theft, preset as_written, loot=all, bcrypt cost 4")
    assert (root[0].tag, root[0].text) == (f"{NS}title", root.get("aria-label"))
    described = next(each.text or "" for each in root if each.get("id") == root.get("aria-describedby"))
    assert described.startswith("4 steps. 1. Alice logs in and reads her profile.")
    assert "jwt: ✗ BREACHED: 6 days 23 h 59 min Mallory gets in for 6 days 23 h 59 min" in described
    assert "hybrid: refresh from 2026-01-01T09:00:00Z to 2026-01-08T09:00:00Z" in described


def test_two_pictures_on_one_page_leave_each_other_and_the_page_alone() -> None:
    pictures = [drawn("theft"), drawn("csrf"), render(changed(played("theft"), 1, "jwt", exchanges=()))]
    ids = [re.findall(r'\bid="([^"]+)"', each) for each in pictures]
    assert [len(each) for each in ids] == [1, 1, 1]
    assert len({each for some in ids for each in some}) == 3
    inside = style().replace("@media screen and (prefers-color-scheme: dark) {", "").replace("} }", "}")
    chosen = [part for rule in re.findall(r"([^{}]+){[^{}]*}", inside) for part in rule.split(",")]
    assert len(chosen) > 50
    assert [each for each in chosen if not each.strip().startswith(f".{SCOPE}")] == []


def test_both_colour_schemes_are_in_the_picture_and_paper_is_white() -> None:
    light, dark = drawn("theft").split("@media screen and (prefers-color-scheme: dark)")
    for kind in ("breached", "alice", "mallory", "ask"):
        assert LIGHT[kind][0] in light
        assert DARK[kind][0] in dark.partition("</style>")[0]
