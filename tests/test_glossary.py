"""The glossary: in order, each word once, and each word where it says that it is to be found."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
GLOSSARY = NOTEBOOKS / "glossary.md"
ENTRY = re.compile(
    r"- \*\*(?P<term>[^*]+)\*\*: (?P<meaning>.+\.) \((?P<source>[^()]+)\) \[(?P<title>[^\]]+)\]\((?P<file>[^)]+)\)"
)
NAMES = {"PHP"}
"""Words in capitals that are names, and stand for nothing that has to be known."""


def lines(text):
    return [line for line in text.splitlines() if line.startswith("- ")]


def entries(text):
    """The parsed entries; a line that is no entry is an error."""
    found = [(line, ENTRY.fullmatch(line)) for line in lines(text)]
    assert [line for line, entry in found if entry is None] == []
    return [entry.groupdict() for _, entry in found]


def key(term):
    """What a term is sorted by: its letters and digits, whatever their case."""
    return re.sub(r"[^a-z0-9 ]", "", term.casefold()).strip()


def plain(text):
    """Hyphens, underscores and line ends as spaces: a word is found however it is written."""
    return re.sub(r"[-_\s]+", " ", text.casefold())


def names(term):
    """`cross-site scripting (XSS)` is found under either name."""
    return [plain(part).strip() for part in re.split(r", |[()]", term.replace("`", "")) if part.strip()]


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def all_of(path):
    """Prose, code and stored text of a notebook."""
    cells = cells_of(path)
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = [each.get("text", []) for each in outputs] + [each.get("data", {}).get("text/plain", []) for each in outputs]
    return plain("\n".join("".join(each) for each in [*(cell["source"] for cell in cells), *said]))


def acronyms(text):
    """Words of capitals, outside of code: `JWTs` is JWT."""
    return set(re.findall(r"\b([A-Z]{2,}[0-9]*)s?\b", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)))


def unordered(terms):
    return [later for earlier, later in pairwise(terms) if key(later) <= key(earlier)]


written = entries(GLOSSARY.read_text(encoding="utf-8"))
each_entry = pytest.mark.parametrize("entry", written, ids=[key(entry["term"]) for entry in written])


def test_the_entries_are_alphabetical_and_unique():
    assert len(written) > 80
    assert unordered([entry["term"] for entry in written]) == []


@each_entry
def test_an_entry_names_a_notebook_that_bears_the_word(entry):
    path = NOTEBOOKS / entry["file"]
    assert path.is_file()
    assert entry["title"].split()[0] == path.stem.partition("_")[0]
    assert any(name in all_of(path) for name in names(entry["term"]))


@each_entry
def test_a_meaning_is_one_or_two_sentences(entry):
    assert 1 <= len(re.findall(r"[.?](?: |$)", entry["meaning"])) <= 2


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_acronym_of_a_notebook_stands_in_the_glossary(path):
    prose = "\n".join("".join(cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "markdown")
    assert acronyms(prose) - NAMES - acronyms(" ".join(entry["term"] for entry in written)) == set()


# --- the checks see what they look for


def test_a_wrong_order_and_a_double_are_seen():
    assert unordered(["`exp`", "__Host-", "HTTP"]) == []
    assert unordered(["cookie", "claim"]) == ["claim"]
    assert unordered(["cookie", "`Cookie`"]) == ["`Cookie`"]


@pytest.mark.parametrize(
    "line", ["- **a**: b. [01 Login](01_login.ipynb)", "- **a**: b (c) [01 Login](01_login.ipynb)"]
)
def test_an_entry_without_source_or_full_stop_is_seen(line):
    with pytest.raises(AssertionError):
        entries(line)
    assert entries("- **a**: b. (RFC 7519 4) [01 Login](01_login.ipynb)")[0]["source"] == "RFC 7519 4"


def test_an_acronym_is_seen_and_code_is_none():
    assert acronyms("A CSRF token, two JWTs, `GET /x`, HS256, Set-Cookie") == {"CSRF", "JWT", "HS256"}
