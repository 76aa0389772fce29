"""Context that is not quite the file's: one line missing or mistyped, dots, entities; and where doubt begins."""

from __future__ import annotations

import pytest

from healer.models.change import FileChange, Hunk, Rejection
from healer.patches.elision import is_elision, is_elision_remark
from healer.patches.place import place

SOURCE = """\
def first(items):
    total = 0
    for item in items:
        total += item
    print("summing", total)
    return total


def second(items):
    total = 1
    for item in items:
        total *= item
    print("multiplying", total)
    return total
"""
LOOP = "    for item in items:\n        total += item\n"


def outcome(before: str, after: str, source: str = SOURCE, path: str = "m.py") -> str:
    """Return the new text, or the code of the refusal."""
    hunk = Hunk(tuple(before.split("\n")[:-1]), tuple(after.split("\n")[:-1]))
    edits = place((FileChange(path, (hunk,)),), {path: source.encode()}.get)
    return edits.code if isinstance(edits, Rejection) else edits[0].after.decode()


HUNK = f'def first(items):\n    total = 0\n{LOOP}    print("summing", total)\n    return total\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("    total = 0\n", "", id="missing"),
        pytest.param("def first(items):\n", "def frist(items):\n", id="mistyped"),
        pytest.param("    total = 0\n", "    # ... existing code ...\n", id="dots for one line"),
        pytest.param("def first(items):\n    total = 0\n", "def first(items):\n    ...\n", id="dots and what is above"),
        pytest.param('    print("summing", total)\n    return total\n', "    ...\n    return total\n", id="dots below"),
        pytest.param('"summing"', "\u201csumming\u201d", id="curly quotes"),
        pytest.param('    print("summing", total)\n', "    print(&quot;summing&quot;, total)\n", id="entities"),
        pytest.param("    total = 0\n", "\xa0\xa0\xa0\xa0total = 0\n", id="no-break spaces"),
    ],
)  # fmt: skip
def test_one_fault_in_the_context_is_seen_through_and_the_file_keeps_its_own_lines(old: str, new: str) -> None:
    assert HUNK.count(old) == 1
    damaged = HUNK.replace(old, new)
    result = outcome(damaged, damaged.replace("+=", "-="))
    assert result == SOURCE.replace("+=", "-=")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        pytest.param(
            HUNK.replace("first", "frist").replace("    total = 0\n", ""),
            HUNK.replace("first", "frist").replace("    total = 0\n", "").replace("+=", "-="),
            "no_match",
            id="two faults",
        ),
        pytest.param(
            HUNK.replace("    for item in items:", "    for itm in items:"),
            HUNK.replace("    for item in items:", "    for itm in items:").replace("+=", "-="),
            "no_match",
            id="the neighbour of a change is mistyped",
        ),
        pytest.param(
            HUNK.replace("    return total\n", "    log(total)\n    return total\n"),
            HUNK.replace("    return total\n", "    log(total)\n    return total\n").replace("+=", "-="),
            "no_match",
            id="a line that the file has not: its + may have been forgotten",
        ),
        pytest.param(
            "def first(items):\n    total = 0\n    for item in items:\n    return total\n",
            "def first(items):\n    total = 0\n    for item in items:\n        total -= item\n    return total\n",
            "no_match",
            id="the missing line is beside an insertion",
        ),
        pytest.param(
            "    for item in items:\n    ...\n    return total\n",
            "    for item in items:\n    ...\n    total += 2\n    return total\n",
            "no_match",
            id="dots beside an insertion",
        ),
        pytest.param(
            "    for item in items:\n        total += item\n    ...\n    return totals\n",
            "    for item in items:\n        total -= item\n    ...\n    return totals\n",
            "no_match",
            id="what is below the dots is nowhere",
        ),
        pytest.param(
            HUNK.replace('"summing"', "&quot;summing&quot;"),
            HUNK.replace('"summing"', "&quot;summing&quot;").replace(
                "total += item", "total -= max(item, &quot;0&quot;)"
            ),
            "no_match",
            id="entities in old and new lines",
        ),
    ],
)
def test_more_than_one_fault_or_one_in_the_wrong_place_is_refused(before: str, after: str, code: str) -> None:
    assert outcome(before, after) == code


def test_a_blank_line_beside_which_another_is_missing_is_not_moved() -> None:
    source = '"""Text."""\nfrom a import b\n\nimport c\nimport d\nimport e\n'
    before = '"""Text."""\n\nimport c\nimport d\nimport e\n'
    assert outcome(before, before.replace('"""\n', '"""\n\n'), source) == "no_match"


def test_a_place_that_another_one_nearly_equals_is_refused() -> None:
    block = "start()\nprepare()\nrun()\nfinish()\nclean()\n"
    source = block + block.replace("start()", "begin()").replace("clean()", "tidy()")
    before = "start()\nprepare()\nrun()\nfinish()\nclaen()\n"
    assert outcome(before, before.replace("run()", "walk()"), source) == "no_match"


def test_lines_are_added_before_the_first_one_in_spite_of_a_fault_further_down() -> None:
    before = "def first(items):\n    total = 0\n    for itme in items:\n        total += item\n"
    assert outcome(before, f"import math\n\n{before}") == f"import math\n\n{SOURCE}"


def test_one_line_left_at_the_rim_of_the_file_may_have_been_left_out_of_the_hunk() -> None:
    source = "import a\nimport b\nimport c\n"
    assert outcome("import a\nimport b\n", "import a\nimport b\nimport d\n", source) == "ambiguous"
    assert outcome("import b\nimport c\n", "import d\nimport b\nimport c\n", source) == "ambiguous"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("x = 1\ny = 2\n", "x = 1\ndef f():\n\treturn 1\ny = 2\n", id="tabs in a file without indentation"),
        pytest.param("x = 1\ny = 2\n", "x = 1\ndef f():\n   return 1\ny = 2\n", id="every line a space short"),
        pytest.param("x = 1\ny = 2\n", "x = 1\nz = &quot;&quot;\ny = 2\n", id="entities and nothing that tells"),
    ],
)
def test_new_lines_that_nothing_vouches_for_are_refused(before: str, after: str) -> None:
    assert (
        outcome(before, after, "x = 1\ny = 2\nz = 3\nif z:\n    z = 4\n"[: 18 if "\t" in after else None]) == "no_match"
    )


def test_new_lines_a_space_short_of_the_step_are_refused_though_the_file_has_odd_columns_too() -> None:
    source = "x = 1\ny = 2\nif y:\n    z = (4,\n       5)\n"
    before = "x = 1\ny = 2\n"
    after = "x = 1\nif x:\n{step}call(\n{step}    x,\n{step})\ny = 2\n"
    assert outcome(before, after.format(step="   "), source) == "no_match"
    placed = after.format(step="    ")
    assert outcome(before, placed, source) == source.replace(before, placed)


def test_new_lines_at_an_odd_column_of_a_file_without_any_are_refused() -> None:
    source = "x = 1\ny = 2\n"
    assert outcome(source, "x = 1\ntotal = add(x,\n          4)\ny = 2\n", source).count("\n") == 4
    assert outcome(source, "x = 1\ntotal = add(x,\n         4)\ny = 2\n", source) == "no_match"


def test_hunks_with_many_dots_are_given_up_in_bounded_time() -> None:
    source = "a\nb\n" * 5_000
    before = "start\n" + "...\na\n" * 40 + "b\nx\n"
    assert outcome(before, before.replace("start", "stop"), f"start\n{source}") == "no_match"


@pytest.mark.parametrize(
    "line", ["...", "    ...", "# ...", "// ...", "# ... existing code ...", "/* ... */", "<!-- ... -->", "\u2026",
             "# rest of the function", "// (rest of code unchanged)", "# ... (unchanged)", "... existing code ..."]
)  # fmt: skip
def test_dots_stand_for_lines(line: str) -> None:
    assert is_elision(line)


@pytest.mark.parametrize("line", ["", "x = ...", "# loading...", "print('...')", "# the rest is silence", "....py"])
def test_dots_within_a_line_are_its_text(line: str) -> None:
    assert not is_elision(line)


@pytest.mark.parametrize(
    ("line", "is_remark"), [("    ...", False), ("    # ...", True), ("# the rest of the file", True)]
)
def test_bare_dots_among_new_lines_may_be_code(line: str, *, is_remark: bool) -> None:
    assert is_elision_remark(line) is is_remark
