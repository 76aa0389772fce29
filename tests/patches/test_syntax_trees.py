"""What a syntax tree of any language says of a change, shown on trees made by hand and on JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from healer.models.change import FileEdit
from healer.patches.checks import check
from healer.patches.syntax_trees import language_of, read_syntax, syntax_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.syntax_trees import Node


@dataclass
class Made:
    """A node as the parsers make them."""

    type: str
    start_byte: int = 0
    end_byte: int = 0
    children: Sequence[Node] = ()
    is_error: bool = False
    has_error: bool = False
    is_missing: bool = False
    is_extra: bool = False
    start_point: Sequence[int] = field(default=(0, 0))


def program(*children: Node) -> Made:
    return Made("program", children=children)


def word(start: int, end: int) -> Made:
    return Made("identifier", start, end)


def test_comments_and_layout_mean_nothing() -> None:
    bare = syntax_of("X", program(word(0, 1), word(2, 3)), b"a b")
    comment = Made("line_comment", 3, 7, is_extra=True)
    noted = syntax_of("X", program(word(0, 1), Made("\n", 1, 3), comment, word(8, 9)), b"a\n\n#xyz\nb")
    assert noted.meaning == bare.meaning


@pytest.mark.parametrize(
    ("root", "data"),
    [
        pytest.param(program(word(0, 1), word(2, 3)), b"a c", id="another word"),
        pytest.param(program(word(0, 1), Made("number", 2, 3)), b"a b", id="another kind"),
        pytest.param(program(word(0, 1), program(word(2, 3))), b"a b", id="another nesting"),
        pytest.param(program(word(0, 1)), b"a b", id="a word less"),
    ],
)
def test_everything_else_means_something(root: Made, data: bytes) -> None:
    assert syntax_of("X", root, data).meaning != syntax_of("X", program(word(0, 1), word(2, 3)), b"a b").meaning


def test_errors_are_told_by_their_lines() -> None:
    wrong = Made("ERROR", 0, 1, (word(0, 1),), is_error=True, start_point=(1, 0))
    missing = Made(")", 1, 1, is_missing=True, start_point=(4, 2))
    assert syntax_of("X", program(wrong, missing), b"a").errors == (2, 5)


def test_a_deep_tree_is_walked_without_recursion() -> None:
    node = word(0, 1)
    for _ in range(20_000):
        node = program(node)
    assert syntax_of("X", node, b"a").errors == ()


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/b.go", "Go"), ("a.TSX", "TypeScript with JSX"), ("a.rs", "Rust"), ("a.py", None), ("Makefile", None)],
)
def test_a_language_is_known_by_its_suffix(path: str, language: str | None) -> None:
    assert language_of(path) == language


def test_json_that_is_no_json_any_more_is_refused_with_its_line() -> None:
    rejection = check([FileEdit("a.json", b'{\n"a": 1\n}\n', b'{\n"a": 1,\n}\n')])
    assert rejection is not None
    assert rejection.code == "syntax"
    assert rejection.message.startswith("a.json would not be valid JSON any more: line ")


def test_json_that_says_the_same_is_no_change() -> None:
    rejection = check([FileEdit("a.json", b'{"a": [1]}', b'{\n  "a": [ 1 ]\n}\n')])
    assert rejection is not None
    assert rejection.code == "no_op"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b'{"a": 1}', b'{"a": 2}', id="another value"),
        pytest.param(b'// why\n{"a": 1}', b'// why\n{"a": 2}', id="with comments, which JSON has none of"),
        pytest.param(b'{"a": 1', b'{"a": 1}', id="repaired"),
        pytest.param(b"[" * 100_000, b"[" * 100_001, id="nested too deeply"),
        pytest.param(b"[1]", b"\xff", id="no text"),
    ],
)
def test_other_changes_of_json_pass(before: bytes, after: bytes) -> None:
    assert check([FileEdit("a.json", before, after)]) is None


@pytest.mark.parametrize(
    ("after", "code"),
    [
        pytest.param(b"[a]\nb = 1\nc = [\n", "syntax", id="an array that does not end"),
        pytest.param(b"[a]\nb = 1\nb = 2\n", "syntax", id="a key that stands twice"),
        pytest.param(b"[a]\nb = 1979-13-01\n", "syntax", id="no date"),
        pytest.param(b"# why\n[a]\nb   = 1\n", "no_op", id="layout"),
        pytest.param(b"[a]\nb = 2\n", None, id="another value"),
        pytest.param(b"[a]\nb = 1\n[a.c]\n", None, id="an empty table more"),
        pytest.param(b"[a]\nb = " + b"[" * 900 + b"]" * 900, None, id="nested too deeply"),
        pytest.param(b"a" + b".a" * 600 + b" = 1\n", None, id="a line that takes too long"),
        pytest.param(b"\xff", None, id="no text"),
    ],
)
def test_toml_is_judged_by_what_it_says(after: bytes, code: str | None) -> None:
    rejection = check([FileEdit("a.toml", b"[a]\nb = 1\n", after)])
    assert (rejection.code if rejection else None) == code


def test_broken_toml_is_told_by_its_line() -> None:
    rejection = check([FileEdit("a.toml", b"[a]\nb = 1\n", b"[a]\nb =\n")])
    assert rejection is not None
    assert rejection.message == "a.toml would not be valid TOML any more: line 2: b ="


def test_a_file_without_a_grammar_has_no_syntax() -> None:
    assert read_syntax("a.unknown", b"a") is None


@pytest.mark.parametrize(
    ("path", "hostile"),
    [
        pytest.param("A.java", "a<b<;" * 1_100, id="very many angles"),
        pytest.param("A.cs", "a+" * 3_000, id="a stretch without an end"),
        pytest.param("a.sh", "f\n" * 9_000, id="a long script"),
        pytest.param("a.ts", "f();\n" * 61_000, id="a large file"),
    ],
)
def test_what_could_bring_a_parser_down_is_not_read(path: str, hostile: str) -> None:
    assert read_syntax(path, hostile.encode()) is None
    assert check([FileEdit(path, b"a", hostile.encode())]) is None
