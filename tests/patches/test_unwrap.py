"""A statement that was put around changed ones is taken away again where nothing needs it."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit
from healer.patches.checks import check
from healer.patches.minimise import minimised
from healer.patches.unwrap import unwrapped

BASE = """
def price(count, each):
    total = count - each
    total += 1
    return total
"""


def edited(body: str, base: str = BASE) -> FileEdit:
    head, _, _ = base.partition("    total")
    return FileEdit(
        "m.py", base.encode(), (head + textwrap.indent(textwrap.dedent(body).lstrip("\n"), "    ")).encode()
    )


def bodies(edit: FileEdit) -> list[str]:
    return [textwrap.dedent(one.after.decode().partition("each):\n")[2]) for one in unwrapped(edit)]


PLAIN = "total = count * each\ntotal += 1\nreturn total\n"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("if count:\n    total = count * each\n    total += 1\nreturn total\n", id="if"),
        pytest.param(
            "if count:\n    total = count * each\n    total += 1\nelse:\n    total = 0\nreturn total\n", id="else"
        ),
        pytest.param("with lock:\n\ttotal = count * each\n\ttotal += 1\nreturn total\n", id="with, by tabs"),
        pytest.param(
            "try:\n    # why\n    total = count * each\n    total += 1\nexcept TypeError:\n    raise\nreturn total\n",
            id="try, and a comment",
        ),
        pytest.param(
            "try:\n    total = count * each\n    total += 1\nfinally:\n    print(total)\nreturn total\n", id="finally"
        ),
    ],
)  # fmt: skip
def test_the_body_of_a_new_statement_takes_its_place(body: str) -> None:
    assert bodies(edited(body)) == [PLAIN]


def test_the_outermost_comes_first() -> None:
    nested = edited("if count:\n    if each:\n        total = count * each\n        total += 1\nreturn total\n")
    inner, outer = "if each:\n    total = count * each\n    total += 1\nreturn total\n", PLAIN
    assert bodies(nested) == [inner, inner.replace("each:", "count:")]
    assert [bodies(one) for one in unwrapped(nested)] == [[outer], [outer]]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(PLAIN, id="nothing is around it"),
        pytest.param("if count:\n    total = count - each\ntotal += 1\nreturn total\n", id="the body was there before"),
        pytest.param("if count: total = count * each\ntotal += 1\nreturn total\n", id="in one line"),
        pytest.param(f"if count is None:\n    count = 0\n{PLAIN}", id="new lines in it"),
        pytest.param('if count:\n    total = """\n    a"""\ntotal += 1\nreturn total\n', id="text over several lines"),
        pytest.param("for _ in [1]:\n    total = count * each\ntotal += 1\nreturn total\n", id="a loop"),
        pytest.param("if (\n", id="no Python"),
    ],
)
def test_what_is_not_plainly_a_wrapper_stays(body: str) -> None:
    assert bodies(edited(body)) == []


def test_a_branch_of_a_statement_is_no_statement_of_its_own() -> None:
    base = "def f(a, total):\n    if a:\n        total = 1\n    return total\n"
    after = base.replace("    return", "    elif total:\n        total = 2\n    return")
    assert list(unwrapped(FileEdit("m.py", base.encode(), after.encode()))) == []


def test_minimising_takes_a_needless_wrapper_away() -> None:
    edit = edited(
        "try:\n    total = count * each\n    total += 1\nexcept TypeError as error:\n    raise ValueError from error\n"
        "return total\n"
    )

    def holds(edits: tuple[FileEdit, ...]) -> bool:
        return "count * each" in edits[0].after.decode()

    reduction = minimised([edit], holds, runs=12, admissible=lambda edits: check(edits) is None)
    assert reduction.edits[0].after.decode() == BASE.replace("count - each", "count * each")
    assert (reduction.size, reduction.runs <= 12) == (1, True)


def test_minimising_keeps_a_wrapper_that_is_needed_and_spends_little_on_it() -> None:
    edit = edited("if count:\n    total = count * each\n    total += 1\nreturn total\n")
    calls: list[str] = []

    def holds(edits: tuple[FileEdit, ...]) -> bool:
        calls.append(edits[0].after.decode())
        return "if count:\n        total = count * each\n        total += 1\n" in calls[-1]

    reduction = minimised([edit], holds, runs=12)
    assert not reduction.is_any
    assert reduction.runs == len(calls) <= 12
    assert sum("if count" not in one for one in calls) <= 3


PARTS = st.sampled_from(
    [
        "if a:\n",
        "elif b:\n",
        "else:\n",
        "try:\n",
        "except E:\n",
        "with c:\n",
        "    x = 1\n",
        "    y = '''\n",
        "x = 2\n",
        "\n",
    ]
)


@given(st.lists(PARTS, max_size=8), st.lists(PARTS, max_size=8))
def test_what_is_left_can_be_read_whatever_the_files_hold(before: list[str], after: list[str]) -> None:
    edit = FileEdit("m.py", "".join(before).encode(), "".join(after).encode())
    for smaller in unwrapped(edit):
        assert smaller.after != edit.after
        ast.parse(smaller.after)
