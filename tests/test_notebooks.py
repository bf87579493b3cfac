"""What every stored notebook promises, and the normal form in which `make notebooks` stores it."""

import ast
import copy
import importlib.util
import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from sandbox.lab import to_be_answered

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COURSE = [
    "00_start_here", "00b_primer", "01_login", "02_theft", "03_expiry", "04_revocation", "05_session_attacks",
    "05b_cookie_attributes", "06_jwt_attacks", "07_logout_and_revocation", "08_refresh_tokens", "09_cost_and_scale",
    "10_cross_origin_and_mobile", "11_choose", "12_read_the_code",
]  # fmt: skip
CORE = [name for name in COURSE if name[:3] in ("00_", "01_", "02_", "03_", "04_", "07_", "08_", "11_")]
LESSONS = [name for name in COURSE if not name.startswith("00")]
IMPORTS = {"05_session_attacks": {"flask"}}  # an exhibit: Flask's own session

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def load_script():
    spec = importlib.util.spec_from_file_location("notebooks_script", ROOT / "tests" / "notebooks.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


script = load_script()


def read(path):
    """The file as JSON: nbformat would mend what is wrong with it."""
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


def prose(notebook):
    return "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def shown(cell):
    """All that a code cell's stored outputs say, in any format."""
    said = [each.get(part) for each in cell["outputs"] for part in ("text", "data", "traceback")]
    return "\n".join(strings(said))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


# --- what the notebooks must not be, each with a check that says where


def wrong_counts(notebook):
    """Code cells whose execution count, or their results', is not their place from 1 on."""
    return [
        cell["id"]
        for number, cell in enumerate(code_cells(notebook), 1)
        if {cell["execution_count"], *(each.get("execution_count", number) for each in cell["outputs"])} != {number}
    ]


def troubled(notebook):
    """Code cells with a stored error, or something on stderr."""
    return [
        cell["id"]
        for cell in code_cells(notebook)
        if any(each["output_type"] == "error" or each.get("name") == "stderr" for each in cell["outputs"])
    ]


def silent(notebook):
    """Code cells that print or end in a value, and store nothing."""
    return [cell["id"] for cell in code_cells(notebook) if speaks(source(cell)) and not shown(cell).strip()]


def speaks(text):
    tree = ast.parse(text)
    prints = any(isinstance(node, ast.Call) and ast.unparse(node.func) == "print" for node in ast.walk(tree))
    return prints or isinstance(tree.body[-1], ast.Expr)


def ignored(notebook):
    return [
        cell
        for cell in notebook["cells"]
        if any(re.match("nbval-(ignore|skip|raises)|pytest-validate|raises-exception", tag) for tag in tags(cell))
        or re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)_(IGNORE|SKIP|RAISES)", source(cell))
    ]


def tags(cell):
    return [tag.lower().replace("_", "-") for tag in cell["metadata"].get("tags", [])]


def without_text(notebook):
    """Code cells that show something which has no text twin."""
    return [
        cell["id"]
        for cell in code_cells(notebook)
        if any("data" in each and "text/plain" not in each["data"] for each in cell["outputs"])
    ]


SECRETS = {
    "a JWT": re.compile(r"eyJ[A-Za-z0-9_-]{5,}"),
    "a random token": re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    "a SHA-256": re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"),
    "a jti": re.compile(r"(?<![\w-])'[A-Za-z0-9_-]{16}'(?![\w-])"),
}
OF_THIS_MACHINE = re.compile(
    r"/(home|root|tmp|work|Users|usr|var|opt)/|[A-Z]:\\|127\.0\.0\.1|localhost|0x[0-9a-f]{6,}|site-packages"
)


def secrets_in(text):
    """The kinds of credential that a text bears. A word of letters alone is no random token."""
    found = {kind: pattern.search(text) for kind, pattern in SECRETS.items()}
    return [
        kind
        for kind, hit in found.items()
        if hit and (kind == "a JWT" or (re.search(r"\d", hit[0]) and re.search(r"[A-Za-z]", hit[0])))
    ]


def private_names(text):
    """Names with a leading underscore, in code; a bare `_` is a name that nobody uses."""
    named = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.Name):
            named.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            named.add(node.name)
        elif isinstance(node, ast.arg | ast.keyword):
            named.add(node.arg or "")
        elif isinstance(node, ast.ImportFrom):
            named |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return sorted(name for name in named if name.startswith("_") and name != "_")


def imports(text):
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            found.add("an import by name")
    return found


def links(text):
    """Targets of links in Markdown that lead to a file beside the notebook."""
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"", text)
    return [one or other for one, other in targets if not re.match(r"https?://", one or other)]


def broken(path):
    notebook = read(path)
    return [each for each in links(prose(notebook)) if not leads(path, each)]


def leads(path, link):
    name, _, section = unquote(link).partition("#")
    target = path if not name else path.parent / name
    if not target.exists():
        return False
    return not section or section in sections(prose(read(target)))


def sections(text):
    """Headings as JupyterLab names them in links."""
    return {line.lstrip("#").strip().replace(" ", "-") for line in text.splitlines() if re.match(r"#+ ", line)}


def unclosed(sources):
    """Names of boxes and players that no cell closes."""
    launched = set(re.findall(r"(\w+) = sandbox\.(?:play|launch)\(", "\n".join(sources)))
    closed = set(re.findall(r"(\w+)\.close\(\)", "\n".join(sources)))
    if loop := re.fullmatch(r"for each in \(([\w, ]+)\):\n    each\.close\(\)\nbox\.running", sources[-1]):
        closed |= set(loop[1].split(", "))
    return sorted(launched - closed)


UNITS = r"(?:days?|h|hours?|min|minutes?|s|seconds?|bytes|reads?|writes?|logins?|refreshes|times)"
MEASURE = re.compile(rf"(?<![\w.:])(\d+) {UNITS}\b")


def unmeasured(notebook):
    """Numbers with a unit in the prose that no cell of the notebook shows or sets. The reading time is none."""
    text = re.sub(r"\*About [^*]*\*|(Each|Most) takes? [^.]*\.", "", prose(notebook))
    cells = "\n".join(source(cell) + "\n" + shown(cell) for cell in code_cells(notebook))
    return sorted({number for number in MEASURE.findall(text) if not re.search(rf"(?<!\d){number}(?!\d)", cells)})


# --- the notebooks


def test_the_course_is_whole():
    assert [path.stem for path in PATHS] == [*COURSE, "workshop_90"]


@every_notebook
def test_code_cells_are_counted_from_one(path):
    assert wrong_counts(read(path)) == []


@every_notebook
def test_no_error_is_stored(path):
    assert troubled(read(path)) == []


@every_notebook
def test_a_cell_that_shows_something_stores_it(path):
    assert silent(read(path)) == []


@every_notebook
def test_at_most_one_cell_in_ten_is_ignored_and_says_why(path):
    notebook = read(path)
    assert 10 * len(ignored(notebook)) <= len(code_cells(notebook))
    assert all("# ignored" in source(cell).lower() for cell in ignored(notebook))


@every_notebook
def test_whatever_is_shown_has_a_text_twin_and_no_widget_is_stored(path):
    notebook = read(path)
    assert without_text(notebook) == []
    assert "widgets" not in notebook["metadata"]
    assert "widget-" not in "".join(kind for cell in code_cells(notebook) for kind in kinds(cell))


def kinds(cell):
    return [kind for each in cell["outputs"] for kind in each.get("data", {})]


@every_notebook
def test_a_player_that_is_shown_stores_its_text_twin(path):
    players = [cell for cell in code_cells(read(path)) if re.search(r"(^|\n)(player|pair|trio)$", source(cell))]
    assert players
    assert all(re.search("preset (bare|as_written|as_advised|hardened)", shown(cell)) for cell in players)


@every_notebook
def test_no_credential_is_shown(path):
    assert {cell["id"]: secrets_in(source(cell) + shown(cell)) for cell in code_cells(read(path))} == {
        cell["id"]: [] for cell in code_cells(read(path))
    }
    assert secrets_in(prose(read(path))) == []


@every_notebook
def test_nothing_is_of_this_machine(path):
    found = [cell["id"] for cell in read(path)["cells"] if OF_THIS_MACHINE.search("\n".join(strings(cell)))]
    assert found == []


@every_notebook
def test_a_code_cell_has_at_most_ten_lines(path):
    assert [cell["id"] for cell in code_cells(read(path)) if len(source(cell).splitlines()) > 10] == []


@every_notebook
def test_only_public_names_are_used(path):
    assert [private_names(source(cell)) for cell in code_cells(read(path)) if private_names(source(cell))] == []


@every_notebook
def test_only_sandbox_and_pandas_are_imported(path):
    found = set().union(*(imports(source(cell)) for cell in code_cells(read(path))))
    assert found <= {"sandbox", "pandas"} | IMPORTS.get(path.stem, set())


@every_notebook
def test_links_lead_somewhere(path):
    assert links(prose(read(path)))
    assert broken(path) == []


@every_notebook
def test_numbers_in_the_prose_are_shown_by_a_cell(path):
    assert unmeasured(read(path)) == []


@pytest.mark.parametrize(("name", "following"), sorted({*pairwise(COURSE), *pairwise(CORE)}))
def test_each_notebook_leads_to_the_next_and_to_the_next_of_the_core_path(name, following):
    ending = prose_of(name)[prose_of(name).rindex("ext: [") :]
    assert f"({following}.ipynb)" in ending


@pytest.mark.parametrize("name", COURSE)
def test_what_is_not_on_the_core_path_says_so(name):
    assert ("*Optional" in prose_of(name)) == (name not in CORE)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_three_questions_on_earlier_ones_and_names_its_exercise(name):
    asked = re.search(r"## From memory\n(.+?)<details>", prose_of(name), re.DOTALL)[1]
    assert re.findall(r"^(\d)\. ", asked, re.MULTILINE) == ["1", "2", "3"]
    assert re.search(r"Exercises?: \[?`ex\d\d_", prose_of(name))


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_flips_a_switch_and_gives_its_sources_with_their_sections(name):
    code = "\n".join(source(cell) for cell in code_cells(read(ROOT / "notebooks" / f"{name}.ipynb")))
    assert re.search(r"\.switch\(|preset=|=True\)|sandbox\.matrix\(", code)
    assert re.search(r"(RFC \d+(bis)?|ASVS 5|CWE-\d+) [\d.]+|CWE-\d+", prose_of(name))


def test_the_stage_shows_little_at_first_and_all_at_last():
    levels = {}
    for name in CORE:
        code = "\n".join(source(cell) for cell in code_cells(read(ROOT / "notebooks" / f"{name}.ipynb")))
        levels[name] = max((int(level) for level in re.findall(r"level=(\d)", code)), default=3)
    assert list(levels.values()) == sorted(levels.values())
    assert (levels[CORE[0]], levels[CORE[-1]]) == (1, 4)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_from_memory_and_lets_predict_before_it_runs(name):
    notebook = read(ROOT / "notebooks" / f"{name}.ipynb")
    assert "## From memory" in prose(notebook)
    assert "<details><summary>Answers</summary>" in prose(notebook)
    predictions = [source(cell) for cell in code_cells(notebook) if ".predict(" in source(cell)]
    assert len(predictions) >= 2
    assert all(cell.startswith("guess = ") for cell in predictions)
    for heading in ("## The story", "## Your turn", "## Not solved here"):
        assert heading in prose(notebook)


@every_notebook
def test_a_notebook_ends_with_all_that_it_launched_closed(path):
    cells = code_cells(read(path))
    assert unclosed([source(cell) for cell in cells]) == []
    assert source(cells[-1]).endswith("box.running")
    assert shown(cells[-1]) == "False"


@pytest.mark.parametrize("name", ["00_start_here", *LESSONS])
def test_a_learner_has_a_turn_that_runs_as_it_stands(name):
    turns = [cell for cell in code_cells(read(ROOT / "notebooks" / f"{name}.ipynb")) if "# TODO" in source(cell)]
    assert len(turns) == 1
    assert shown(turns[0])


def prose_of(name):
    return prose(read(ROOT / "notebooks" / f"{name}.ipynb"))


@every_notebook
def test_the_file_is_in_its_normal_form(path):
    assert script.normal_form(nbformat.read(path, as_version=4)) == path.read_text(encoding="utf-8")


@every_notebook
def test_a_learners_copy_has_the_sources_and_no_outputs(path):
    original, copied = read(path), json.loads(to_be_answered(path.read_text(encoding="utf-8")))
    assert any(cell["outputs"] for cell in code_cells(original))
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_cells(copied))
    assert [(cell["id"], without_guess(cell)) for cell in copied["cells"]] == [
        (cell["id"], without_guess(cell)) for cell in original["cells"]
    ]
    assert copied["metadata"] == original["metadata"]


def without_guess(cell):  # nor the folders of its links: the copies lie side by side
    return re.sub(r"\]\(\.\./exercises/", "](", re.sub(r"^guess = .*", "guess", source(cell)))


@every_notebook
def test_in_a_learners_copy_nothing_is_predicted_yet(path):
    copied = json.loads(to_be_answered(path.read_text(encoding="utf-8")))
    guesses = [source(cell).splitlines()[0] for cell in code_cells(copied) if "guess" in source(cell)]
    blank = re.compile(r'guess = (\.\.\.|\{"\w+": \.\.\.(, "\w+": \.\.\.)*\})(  # yours\?|$)')
    assert all(blank.match(line) for line in guesses)


# --- the checks see what they look for


def cell(text="1", outputs=(), count=1, **more):
    found = {"cell_type": "code", "id": "it", "metadata": {}, "source": text, "execution_count": count}
    return {**found, "outputs": list(outputs), **more}


def notebook_of(*cells):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def result(count=1, **data):
    shows = {"text/plain": "1", **data}
    return {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": shows}


@pytest.mark.parametrize("wrong", [cell(count=None), cell(count=2), cell(outputs=[result(count=2)])])
def test_a_wrong_count_is_seen(wrong):
    assert wrong_counts(notebook_of(wrong)) == ["it"]
    assert wrong_counts(notebook_of(cell(outputs=[result()]))) == []


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
    ],
)
def test_a_stored_error_is_seen(output):
    assert troubled(notebook_of(cell(outputs=[output]))) == ["it"]


@pytest.mark.parametrize(("text", "seen"), [("x", ["it"]), ("for i in x:\n    print(i)", ["it"]), ("x = 1", [])])
def test_a_silent_cell_is_seen(text, seen):
    assert silent(notebook_of(cell(text))) == seen


@pytest.mark.parametrize("doubt", [["nbval-ignore-output"], ["NBVAL_SKIP"], ["raises-exception"], "# NBVAL_SKIP\n1"])
def test_an_ignored_cell_is_seen(doubt):
    doubtful = cell(doubt) if isinstance(doubt, str) else cell(metadata={"tags": doubt})
    assert ignored(notebook_of(doubtful, cell(metadata={"tags": ["turn"]}))) == [doubtful]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("eyJhbGciOiJIUzI1NiJ9.e30.x", ["a JWT"]),
        ("gets VJQ2xN9Jln1kgZtuXamkj9Om0FmBwhyWxVj9TPxKJxo", ["a random token"]),
        ("0a" * 32, ["a SHA-256"]),
        ("{'jti': 'obmGmFBnLSmn8xeq'}", ["a jti"]),
        ("S1 A2 sha256(S1) jti(A1) " + "-" * 43 + " after_logout_all_seconds", []),
    ],
)
def test_a_credential_is_seen(text, seen):
    assert secrets_in(text) == seen


@pytest.mark.parametrize("text", ["<Sandbox on 127.0.0.1:40001>", "File /home/a/x.py", "<object at 0x7f797029cd50>"])
def test_a_trace_of_the_machine_is_seen(text):
    assert OF_THIS_MACHINE.search(text)


@pytest.mark.parametrize("text", ["box._site", "from sandbox.views import _x", "_y = 1", "f(_z=1)", "def _f(): pass"])
def test_a_private_name_is_seen(text):
    assert private_names(text)
    assert private_names("for _ in box.wire():\n    box.close()") == []


@pytest.mark.parametrize("text", ["import sandbox.player", "from sandbox.clock import iso", "__import__('os')"])
def test_another_import_is_seen(text):
    assert not imports(text) <= {"sandbox", "pandas"}


def test_a_broken_link_is_seen(tmp_path):
    page = {"cell_type": "markdown", "id": "a", "metadata": {}}
    path = tmp_path / "a.ipynb"
    text = "# One two\n[here](#One-two) [gone](b.ipynb) [lost](#three) [out](https://example.org)"
    path.write_text(json.dumps(notebook_of({**page, "source": text})), encoding="utf-8")
    assert broken(path) == ["b.ipynb", "#three"]


def test_a_number_that_no_cell_shows_is_seen():
    text = "*About 9 minutes.* It takes 14 min or 15 min."
    said = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    assert unmeasured(notebook_of(said, cell("minutes=15", [result(**{"text/plain": "114"})]))) == ["14"]


def test_a_server_left_running_is_seen():
    cells = ["a = sandbox.play('x')", "b = sandbox.play('x')\nb.close()", "c = sandbox.play('x')"]
    assert unclosed([*cells, "box = sandbox.launch()", "for each in (a, box):\n    each.close()\nbox.running"]) == ["c"]


# --- the normal form


def test_the_normal_form_holds_nothing_of_the_run():
    view = {script.WIDGET_VIEW: {"model_id": "1f"}}
    ran = notebook_of(
        cell("player", [result(count=7, **view)], count=7, metadata={"execution": {"iopub.execute_input": "2026"}}),
        {"cell_type": "markdown", "id": "b", "metadata": {"jp-MarkdownHeadingCollapsed": True}, "source": "x"},
        cell("y = 1", [], count=9, id="c", metadata={"tags": ["t"], "scrolled": True}),
    )
    ran["metadata"] = {"widgets": {"state": {}}, "language_info": {"name": "python", "version": "3.99"}}
    stored = json.loads(script.normal_form(ran))

    assert [each.get("execution_count") for each in stored["cells"]] == [1, None, 2]
    assert [each["id"] for each in stored["cells"]] == ["it", "b", "c"]
    assert [each["metadata"] for each in stored["cells"]] == [{}, {}, {"tags": ["t"]}]
    (output,) = stored["cells"][0]["outputs"]
    assert output["execution_count"] == 1
    assert output["data"] == {"text/plain": ["1"]}
    assert stored["metadata"] == script.METADATA


def test_the_normal_form_is_stable_sorted_and_ends_in_one_newline():
    once = script.normal_form(notebook_of(cell("player", [result(**{script.WIDGET_VIEW: {"model_id": "1f"}})])))
    assert script.normal_form(nbformat.reads(once, as_version=4)) == once
    assert once == json.dumps(json.loads(once), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_pieces_of_one_stream_become_one():
    def stream(name, text):
        return {"output_type": "stream", "name": name, "text": text}

    cut = [stream("stdout", "a\n"), stream("stdout", ["b\n", "c\n"]), stream("stderr", "d\n"), stream("stdout", "e\n")]
    before = copy.deepcopy(cut)
    (stored,) = json.loads(script.normal_form(notebook_of(cell(outputs=cut))))["cells"]
    assert [(each["name"], "".join(each["text"])) for each in stored["outputs"]] == [
        ("stdout", "a\nb\nc\n"),
        ("stderr", "d\n"),
        ("stdout", "e\n"),
    ]
    assert cut == before


def test_a_widget_without_text_is_refused():
    bare = {"output_type": "display_data", "metadata": {}, "data": {script.WIDGET_VIEW: {"model_id": "1f"}}}
    with pytest.raises(script.NotebookFailed, match=r"code cell \[1\]"):
        script.normal_form(notebook_of(cell(outputs=[bare])))


def test_the_first_error_stops_names_the_cell_and_leaves_the_file(tmp_path, capsys):
    path = tmp_path / "broken.ipynb"
    stored = script.normal_form(notebook_of(cell("x = 1", id="a"), cell("1 / 0", id="b"), cell("print(1)", id="c")))
    path.write_text(stored, encoding="utf-8")
    assert script.main([path, tmp_path / "never reached.ipynb"]) == 1
    assert capsys.readouterr().err.strip() == "broken.ipynb: code cell [2]: ZeroDivisionError: division by zero"
    assert path.read_text(encoding="utf-8") == stored
