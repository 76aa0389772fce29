"""A change is reduced to what it is needed for; what belongs together stays or goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit
from healer.patches.checks import check
from healer.patches.minimise import minimised

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

BASE = """\
import os

def add(a, b):
    result = a - b
    return result


def greet(name):
    text = 'hello ' + name
    return text


def other(items):
    out = []
    for i in items:
        out.append(i)
    return out
"""
REPAIRED = BASE.replace("a - b", "a + b")


OTHER = "    out = []\n    for i in items:\n        out.append(i)\n    return out\n"
IF_NONE = "    if a is None or b is None:\n"


def adds(source: str) -> bool:
    return behaves(source, "add(1, 2) == 3 and greet('you') == 'hello you' and other([1]) == [1]")


def behaves(source: str, expression: str) -> bool:
    names: dict[str, object] = {}
    try:
        exec(source, names)  # noqa: S102 - our own text
        return bool(eval(expression, names))  # noqa: S307 - as above
    except Exception:  # noqa: BLE001 - whatever a part of a change raises, it does not hold
        return False


def reduced(
    before: str, after: str, needs: Callable[[str], bool], *, path: str = "m.py", runs: int = 12
) -> tuple[str, list[str]]:
    """Return the file with the reduced change, and all that was run on the way."""
    ran: list[str] = []

    def holds(edits: tuple[FileEdit, ...]) -> bool:
        ran.append(edits[0].after.decode())
        return needs(ran[-1])

    assert needs(after)
    edit = FileEdit(path, before.encode(), after.encode())
    result = minimised([edit], holds, runs=runs, admissible=lambda edits: check(edits) is None)
    assert result.runs == len(ran) <= runs
    assert len(ran) == len(set(ran))
    return result.edits[0].after.decode(), ran


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(
            REPAIRED.replace("'hello '", '"hello "').replace("out = []\n", "out = []\n\n").replace("os\n", "os\n\n"),
            REPAIRED, id="other quotes and blank lines",
        ),
        pytest.param(
            REPAIRED.replace("text", "message"), REPAIRED, id="a rename elsewhere",
        ),
        pytest.param(
            REPAIRED.replace("    result", '    """Add."""\n    result', 1), REPAIRED, id="a docstring beside it"
        ),
        pytest.param(
            REPAIRED.replace("    result", "\n    result", 1), REPAIRED, id="a blank line above it"
        ),
        pytest.param(
            REPAIRED.replace("    result", "    # not minus\n    result", 1),
            REPAIRED.replace("    result", "    # not minus\n    result", 1), id="the comment on it stays",
        ),
        pytest.param(
            REPAIRED.replace("import os\n", "import os\nfrom typing import Any\n").replace("items)", "items: Any)"),
            REPAIRED, id="an import and its use",
        ),
        pytest.param(
            REPAIRED.replace("import os\n", "import os\n\n\ndef log(x):\n    print(x)\n").replace(
                "    text =", "    log(name)\n    text ="
            ),
            REPAIRED, id="a definition and its call",
        ),
        pytest.param(
            REPAIRED.replace("    result =", f"{IF_NONE}        a = 0\n{IF_NONE}        b = 0\n    result ="),
            REPAIRED, id="guards, each a header and its body",
        ),
        pytest.param(
            REPAIRED.replace(OTHER, "    return [i for i in items]\n"),
            REPAIRED, id="another function rewritten",
        ),
        pytest.param(
            REPAIRED.replace("    result = a + b\n    return result\n", "    return sum(\n        [a, b],\n    )\n"),
            BASE.replace("    result = a - b\n    return result\n", "    return sum(\n        [a, b],\n    )\n"),
            id="brackets over several lines",
        ),
        pytest.param(
            BASE.replace("(a, b)", "(first, b)").replace("a - b", "first + b"),
            BASE.replace("(a, b)", "(first, b)").replace("a - b", "first + b"), id="a rename that the repair uses",
        ),
    ],
)  # fmt: skip
def test_only_the_repair_is_left(after: str, expected: str) -> None:
    assert reduced(BASE, after, adds)[0] == expected


GUARDED = BASE.replace(
    "    result =", "    if a is None:\n        a = 0\n    if b is None:\n        print(b)\n        b = 0\n    result ="
)


def test_a_needed_body_keeps_its_header_and_loses_what_is_not_needed() -> None:
    left, _ = reduced(BASE, GUARDED, lambda source: behaves(source, "add(1, None) == 1"))
    assert left == BASE.replace("    result =", "    if b is None:\n        b = 0\n    result =")


def test_what_has_several_needed_parts_keeps_them_all() -> None:
    after = REPAIRED.replace("hello", "good day").replace("    out = []", "    out = list()")
    left, _ = reduced(BASE, after, lambda source: adds(source.replace("good day", "hello")) and "good day" in source)
    assert left == REPAIRED.replace("hello", "good day")


def test_other_languages_are_reduced_by_lines_whose_brackets_balance() -> None:
    before = "function add(a, b) {\n  return a - b;\n}\n\nfunction greet(name) {\n  return 'hi ' + name;\n}\n"
    after = before.replace(
        "  return a - b;\n", "  const sum = a + b;\n  console.log(\n    sum,\n  );\n  return sum;\n"
    ).replace("name", "person")
    left, ran = reduced(before, after, lambda source: "a + b" in source and "return sum" in source, path="m.js")
    assert left == before.replace("  return a - b;\n", "  const sum = a + b;\n  return sum;\n")
    assert all(source.count("(") == source.count(")") for source in ran)
    assert all(("person" in source) == ("+ person" in source) for source in ran)


@pytest.mark.parametrize("after", [REPAIRED, REPAIRED.replace("a + b", "b + a")], ids=["a line", "another"])
def test_a_change_of_one_line_is_not_run_again(after: str) -> None:
    assert reduced(BASE, after, adds) == (after, [])


def test_layout_is_left_out_without_any_run() -> None:
    after = REPAIRED.replace("'hello '", '"hello "').replace("    out = []\n", "    # collect\n    out = []\n")
    assert reduced(BASE, after, adds) == (REPAIRED, [])


def test_nothing_is_left_out_when_all_runs_are_spent() -> None:
    after = REPAIRED.replace("text", "message")
    assert reduced(BASE, after, adds, runs=0) == (after, [])


def test_what_does_not_compile_or_know_its_names_is_never_run() -> None:
    _, ran = reduced(BASE, GUARDED.replace("text", "message").replace("a - b", "a + b"), adds)
    assert ran
    for source in ran:
        assert check([FileEdit("m.py", BASE.encode(), source.encode())]) is None


def test_whole_files_are_left_out_and_new_ones_too() -> None:
    def holds(edits: tuple[FileEdit, ...]) -> bool:
        return any(b"a + b" in edit.after for edit in edits)

    repair = FileEdit("m.py", BASE.encode(), REPAIRED.encode())
    others = [
        FileEdit("n.py", b"x = 1\n", b"x = 2\n"),
        FileEdit("new.py", None, b"y = 1\n\n\ndef f():\n    return y\n"),
    ]
    assert minimised([others[0], repair, others[1]], holds, runs=12).edits == (repair,)


def test_a_new_file_keeps_what_is_needed_of_it() -> None:
    def holds(edits: tuple[FileEdit, ...]) -> bool:
        return behaves(edits[0].after.decode(), "f() == 1")

    whole = FileEdit("new.py", None, b"import os\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return os.sep\n")
    assert minimised([whole], holds, runs=12).edits == (FileEdit("new.py", None, b"\n\ndef f():\n    return 1\n"),)


def test_names_across_files_belong_together() -> None:
    asked = []

    def holds(edits: tuple[FileEdit, ...]) -> bool:
        asked.append({edit.path: edit.after for edit in edits})
        return b"a + b" in asked[-1].get("m.py", b"")

    edits = [
        FileEdit("m.py", BASE.encode(), (REPAIRED + "\n\ndef helper():\n    return 1\n").encode()),
        FileEdit(
            "n.py", b"from m import add\n\nx = add(1, 2)\n", b"from m import add, helper\n\nx = add(1, 2)\nhelper()\n"
        ),
    ]
    assert minimised(edits, holds, runs=12).edits == (FileEdit("m.py", BASE.encode(), REPAIRED.encode()),)
    for files in asked:
        assert b"def helper" in files.get("m.py", b"") or b"helper" not in files.get("n.py", b"")


LINES = st.lists(
    st.sampled_from(["a\n", "b\n", "x = (\n", ")\n", "if x:\n", "    y\n", "\n", "\u2028\r", "é\r\n"]), max_size=12
)


@given(LINES, LINES, st.sampled_from(["m.py", "m.js"]), st.integers(0, 6), st.randoms(use_true_random=False))
def test_whatever_holds_what_is_returned_was_held(
    old: list[str], new: list[str], path: str, runs: int, chance: random.Random
) -> None:
    before, after = ("".join(lines).encode() for lines in (old, new))
    held: list[tuple[FileEdit, ...]] = [(FileEdit(path, before, after),)]

    def holds(edits: tuple[FileEdit, ...]) -> bool:
        if chance.random() < 0.5:
            held.append(edits)
            return True
        return False

    result = minimised(held[0], holds, runs=runs)
    assert result.runs <= runs
    assert result.edits in held or path == "m.py"  # Python's layout is left out without asking
    assert result.size <= result.size_before
    assert all(edit.before == before for edit in result.edits)


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(["m.py", "m.js"]))
def test_any_bytes_are_put_together_again(before: bytes, after: bytes, path: str) -> None:
    edit = FileEdit(path, before, after)
    assert minimised([edit], lambda _: False, runs=4).edits in {(edit,), ()} or path == "m.py"


@given(st.sets(st.integers(0, 11), min_size=1, max_size=2))
def test_a_few_needed_lines_among_many_are_found_within_the_budget(needed: set[int]) -> None:
    before = "".join(f"let v{number} = 0;\nkeep({number});\n" for number in range(12))
    after = before.replace("= 0", "= 1")
    left, _ = reduced(
        before, after, lambda source: all(f"v{number} = 1;" in source for number in needed), path="m.kt", runs=100
    )
    assert left.count("= 1;") == len(needed)


def test_a_large_change_is_reduced_in_reasonable_work() -> None:
    before = "".join(f"def f{number}(x):\n    return x - {number}\n\n\n" for number in range(150))
    after = before.replace("x - ", "x + ")
    left, ran = reduced(before, after, lambda source: "x + 70\n" in source)
    assert left.count("x + ") < 20, "150 of them before, and 12 runs at most"
    assert len(ran) <= 12
