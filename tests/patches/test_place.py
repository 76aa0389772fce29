"""Placement by content: the only place that fits, or a refusal that helps."""

from __future__ import annotations

import re

import pytest

from healer.models.change import FileChange, FileEdit, Hunk, Rejection
from healer.patches.place import place

SOURCE = b"def f(x):\n    a = 1\n    return x\n\n\ndef g(x):\n    a = 2\n    return x\n"


def placed(data: bytes | None, *hunks: Hunk, path: str = "m.py") -> tuple[FileEdit, ...] | Rejection:
    return place((FileChange(path, hunks),), {path: data}.get)


def result(data: bytes, *hunks: Hunk, path: str = "m.py") -> bytes:
    edits = placed(data, *hunks, path=path)
    assert not isinstance(edits, Rejection), edits
    (edit,) = edits
    assert (edit.path, edit.before) == (path, data)
    return edit.after


def refusal(data: bytes | None, *hunks: Hunk, path: str = "m.py") -> Rejection:
    rejection = placed(data, *hunks, path=path)
    assert isinstance(rejection, Rejection), rejection
    return rejection


def hunk(before: str, after: str, scope: str | None = None) -> Hunk:
    return Hunk(tuple(before.split("\n")), tuple(after.split("\n")), scope)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("    a = 1\n    return x", "    a = 1\n    return -x", "    a = 1\n    return -x", id="exact"),
        pytest.param(
            "    a = 1  \n    return x", "    a = 1  \n    return -x", "    a = 1\n    return -x", id="trailing space"
        ),
        pytest.param(
            "\ta = 1\n\treturn x",
            "\ta = 1\n\tif x:\n\t\treturn -x",
            "    a = 1\n    if x:\n        return -x",
            id="tabs",
        ),
        pytest.param(
            "a = 1\nreturn x", "a = 1\nif x:\n    return -x", "    a = 1\n    if x:\n        return -x", id="outdented"
        ),
        pytest.param(
            "      a = 1\n      return x", "      a = 1\n      return -x", "    a = 1\n    return -x", id="indented"
        ),
        pytest.param(
            "   a = 1\n    return x",
            "   a = 1\n    return -x",
            "    a = 1\n    return -x",
            id="context without its prefix",
        ),
        pytest.param(
            "   a = 1\n   return x",
            "   a = 1\n    b = 2\n   return x",
            "    a = 1\n    b = 2\n    return x",
            id="insertion into context without its prefix",
        ),
        pytest.param(
            "   a = 1\n   return x",
            "   a = 1\n   b = 2\n   return x",
            "    a = 1\n    b = 2\n    return x",
            id="insertion that lacks a space everywhere",
        ),
    ],
)
def test_damaged_white_space_is_understood_where_it_has_one_meaning(before: str, after: str, expected: str) -> None:
    assert result(SOURCE, hunk(before, after)) == SOURCE.replace(b"    a = 1\n    return x", expected.encode())


def test_spaces_for_tabs_become_the_tabs_of_the_file() -> None:
    source = b"def f(x):\n\tif x:\n\t\treturn 1\n\treturn 0\n"
    after = result(source, hunk("    if x:\n        return 1", "    if x:\n        y = x\n        return 1"))
    assert after == b"def f(x):\n\tif x:\n\t\ty = x\n\t\treturn 1\n\treturn 0\n"


def test_unchanged_lines_keep_the_bytes_of_the_file_even_where_the_reply_spelt_them_otherwise() -> None:
    source = b"a = 1  \nb = 2\t\nc = 3\n"
    assert result(source, hunk("a = 1\nb = 2\nc = 3", "a = 1\nb = 2\nc = 4")) == b"a = 1  \nb = 2\t\nc = 4\n"


def test_two_places_are_refused_with_their_lines_and_definitions() -> None:
    rejection = refusal(SOURCE, hunk("    return x", "    return -x"))
    assert rejection.code == "ambiguous"
    assert "line 3: def f(x):, line 8: def g(x):" in rejection.message
    assert "@@ def name @@" in rejection.message


def test_two_exact_places_are_never_narrowed_by_a_looser_reading() -> None:
    assert refusal(b"x = 1\nx = 1\n  x = 1\n", hunk("x = 1", "x = 2")).code == "ambiguous"


@pytest.mark.parametrize("scope", ["def g", "def g(x):", "g", "g(x)"])
def test_the_scope_line_narrows_the_search(scope: str) -> None:
    after = result(SOURCE, hunk("    return x", "    return -x", scope))
    assert after == SOURCE.replace(b"    a = 2\n    return x", b"    a = 2\n    return -x")


CLASSES = b"class A:\n    def run(self):\n        return 1\n\n\nclass B:\n    def run(self):\n        return 1\n"


@pytest.mark.parametrize("scope", ["class B: def run", "B.run", "class B"])
def test_a_scope_may_name_a_class_and_its_method(scope: str) -> None:
    after = result(CLASSES, hunk("        return 1", "        return 2", scope))
    assert after == CLASSES[: -len(b"return 1\n")] + b"return 2\n"


def test_a_scope_that_two_definitions_share_stays_ambiguous() -> None:
    assert refusal(CLASSES, hunk("        return 1", "        return 2", "def run")).code == "ambiguous"


def test_a_scope_that_names_nothing_known_is_ignored() -> None:
    assert result(SOURCE, hunk("    a = 1", "    a = 3", "def h")) == SOURCE.replace(b"a = 1", b"a = 3")


def test_lines_that_stand_only_outside_of_the_scope_are_refused() -> None:
    rejection = refusal(SOURCE, hunk("    a = 1", "    a = 3", "def g"))
    assert rejection.code == "no_match"
    assert "line 2: def f(x):" in rejection.message


def test_lines_that_are_nowhere_are_answered_with_the_most_similar_ones() -> None:
    rejection = refusal(SOURCE, hunk("def g(x):\n    a = 22\n    return x", "def g(x):\n    return x"))
    assert rejection.code == "no_match"
    assert "line 7 is not 'a = 22'. Did you mean these lines, from line 6?" in rejection.message
    assert "    a = 2\n" in rejection.message


TWINS = b"""\
def net(price):
    rate = 1
    check(price)
    log(price)
    return price


def gross(price):
    rate = 2
    return price * rate
"""
SCRIPT = b"""\
class Cart {
  total(items) {
    check(items);
    log(items);
    return sum(items);
  }

  async gross(items) {
    const net = total(items);
    return net * 2;
  }
}
"""


@pytest.mark.parametrize(
    ("data", "old", "scope", "line"),
    [
        (TWINS, "    rate = 3\n    check(price)\n    return price * rate", "def gross(price):", 8),
        (TWINS, "    rate = 3\n    check(price)\n    log(price)\n    return rate", "gross", 8),
        (TWINS + b"def (\n", "    rate = 3\n    check(price)\n    return price * rate", "gross", 8),
        (SCRIPT, "    check(items);\n    log(item);\n    return net * 2;", "async gross(items) {", 8),
        (SCRIPT, "    check(items);\n    log(item);\n    return net * 3;", "Cart.gross", 8),
    ],
    ids=["alike in both", "alike elsewhere only", "that does not parse", "another language", "and nothing alike"],
)
def test_lines_that_are_nowhere_are_looked_for_in_the_definition_that_the_scope_names(
    data: bytes, old: str, scope: str, line: int
) -> None:
    rejection = refusal(data, hunk(old, "    x", scope), path="cart.js" if data is SCRIPT else "cart.py")
    assert rejection.code == "no_match"
    shown = int(re.findall(r"line (\d+)[:?]", rejection.message)[-1])
    assert shown >= line, rejection.message


def test_where_nearly_all_of_a_hunk_stands_elsewhere_its_scope_is_doubted() -> None:
    old = "    rate = 3\n    check(price)\n    log(price)\n    return price"
    assert "from line 2?" in refusal(TWINS, hunk(old, "    x", "def gross(price):")).message


@pytest.mark.parametrize(
    ("data", "change", "code"),
    [
        pytest.param(SOURCE, hunk("    a = 7\n    b = 8", "    a = 9"), "no_match", id="nothing alike"),
        pytest.param(SOURCE, Hunk((), ("x = 1",)), "no_anchor", id="insertion anywhere"),
        pytest.param(SOURCE, hunk("    a = 1", "    a = 1"), "no_op", id="no change"),
        pytest.param(
            SOURCE, hunk("    a = 0\n    return x", "    a = 1\n    return x"), "already_applied", id="already there"
        ),
        pytest.param(b"a\nb\nc\n", hunk("a\nb", "a\nb\nc"), "already_applied", id="insertion already there"),
        pytest.param(b"a\nb\nc\n", hunk("b\nc", "a\nb\nc"), "already_applied", id="insertion already there, above"),
        pytest.param(None, hunk("a", "b"), "no_file", id="no such file"),
        pytest.param(b"a\0b\n", hunk("a", "b"), "binary", id="binary"),
        pytest.param(b"# coding: ascii\nx = '\xe9'\n", hunk("x", "y"), "encoding", id="not in its declared encoding"),
        pytest.param(
            b"# coding: rot13\nx = 1\n", hunk("x", "y"), "encoding", id="an encoding that is no text encoding"
        ),
        pytest.param(b"# coding: nonsense\nx = 1\n", hunk("x", "y"), "encoding", id="an unknown encoding"),
        pytest.param(b"\xff\xfea\0\n\0", hunk("a", "b"), "binary", id="UTF-16"),
        pytest.param(
            b"# coding: latin-1\nx = 1\n",
            hunk("x = 1", "x = '\N{EURO SIGN}'"),
            "encoding",
            id="character that the encoding lacks",
        ),
        pytest.param(
            b"# coding: latin-1\nx = 1\n",
            hunk("# coding: latin-1", "# coding: utf-8"),
            "encoding",
            id="declaration changed",
        ),
        pytest.param(b"x = 1\n", hunk("x = 1", "x = '\udce9'"), "encoding", id="lone surrogate"),
        pytest.param(b"a\r\nb\n", hunk("a\nb", "a\nc"), "mixed_line_endings", id="mixed line endings at the change"),
        pytest.param(
            b"def f():\n    a = 1\n\n    b = 1\n",
            hunk("a = 1", "a = 1\nc = 1"),
            "no_match",
            id="one outdented line of context proves little",
        ),
        pytest.param(
            b"if a:\n    if b:\n        c\n",
            hunk("if a:\n  if b:\n    c", "if a:\n  if b:\n    d"),
            "no_match",
            id="indentation not uniform",
        ),
        pytest.param(
            b"x = 1\n    y = 1\n    z = 1\n",
            hunk("      y = 1\n      z = 1", "      y = 1\n z = 2"),
            "no_match",
            id="an added line cannot be shifted",
        ),
    ],
)
def test_what_has_no_safe_place_is_refused(data: bytes | None, change: Hunk, code: str) -> None:
    assert refusal(data, change).code == code


def test_hunks_are_matched_against_the_original_and_applied_together() -> None:
    after = result(SOURCE, hunk("    a = 2", "    a = 1\n    b = 2"), hunk("    a = 1", "    a = 2"))
    assert after == b"def f(x):\n    a = 2\n    return x\n\n\ndef g(x):\n    a = 1\n    b = 2\n    return x\n"


def test_hunks_may_share_context() -> None:
    assert result(b"a\nb\nc\n", hunk("a\nb", "A\nb"), hunk("b\nc", "b\nC")) == b"A\nb\nC\n"


@pytest.mark.parametrize(
    "hunks",
    [
        pytest.param((hunk("a\nb", "a\nB"), hunk("b\nc", "x\nc")), id="the same line"),
        pytest.param((hunk("a\nb", "a\nx\nb"), hunk("a\nb\nc", "a\ny\nb\nc")), id="insertions at the same point"),
    ],
)
def test_hunks_that_change_the_same_lines_are_refused(hunks: tuple[Hunk, ...]) -> None:
    assert refusal(b"a\nb\nc\n", *hunks).code == "overlap"


def test_one_refused_hunk_refuses_all_files() -> None:
    files = {"a.py": b"a = 1\n", "b.py": b"b = 1\n"}
    changes = (FileChange("a.py", (hunk("a = 1", "a = 2"),)), FileChange("b.py", (hunk("c = 1", "c = 2"),)))
    rejection = place(changes, files.get)
    assert isinstance(rejection, Rejection)
    assert "b.py" in rejection.message


def test_files_that_stay_as_they_are_are_not_edited() -> None:
    files = {"a.py": b"a = 1\n", "b.py": b"b = 1\n"}
    changes = (FileChange("a.py", (hunk("a = 1", "a = 2"),)), FileChange("b.py", (hunk("b = 1", "b = 1"),)))
    assert place(changes, files.get) == (FileEdit("a.py", b"a = 1\n", b"a = 2\n"),)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a\r\nb\r\nc\r\n", b"a\r\nx\r\ny\r\nc\r\n", id="CRLF"),
        pytest.param(b"a\nb\nc", b"a\nx\ny\nc", id="no final newline"),
        pytest.param(b"\xef\xbb\xbfa\nb\nc\n", b"\xef\xbb\xbfa\nx\ny\nc\n", id="byte order mark"),
        pytest.param(
            b"# coding: latin-1\n\xe9\na\nb\nc\n", b"# coding: latin-1\n\xe9\na\nx\ny\nc\n", id="declared encoding"
        ),
        pytest.param(b"q\r\nq\na\nb\nc\n", b"q\r\nq\na\nx\ny\nc\n", id="other line endings elsewhere"),
        pytest.param(b"\x0ca\nb\nc\n\x0c\n", b"\x0ca\nx\ny\nc\n\x0c\n", id="form feeds"),
        pytest.param(b"q\rq\na\nb\nc\n", b"q\rq\na\nx\ny\nc\n", id="a lone carriage return"),
        pytest.param("\u2028\na\nb\nc\n".encode(), "\u2028\na\nx\ny\nc\n".encode(), id="Unicode line separator"),
    ],
)
def test_bytes_outside_of_the_changed_lines_survive(data: bytes, expected: bytes) -> None:
    before, after = (
        (("\x0ca", "b", "c"), ("\x0ca", "x", "y", "c"))
        if data[:1] == b"\x0c"
        else (("a", "b", "c"), ("a", "x", "y", "c"))
    )
    assert result(data, Hunk(before, after)) == expected


@pytest.mark.parametrize(
    ("data", "change", "expected"),
    [
        pytest.param(b"a\nb", hunk("b", "c"), b"a\nc", id="kept absent"),
        pytest.param(b"a\nb", Hunk(("a", "b"), ("a",)), b"a", id="kept absent when the last line goes"),
        pytest.param(b"a\nb", Hunk(("b",), ("b", "c"), final_newline=True), b"a\nb\nc\n", id="added"),
        pytest.param(b"a\nb\n", Hunk(("b",), ("c",), final_newline=False), b"a\nc", id="taken away"),
        pytest.param(
            b"a\nb\nc\n", Hunk(("b",), ("x",), final_newline=False), b"a\nx\nc\n", id="not at the end, so not meant"
        ),
    ],
)
def test_the_final_newline_stays_as_it_was_unless_the_change_says_otherwise(
    data: bytes, change: Hunk, expected: bytes
) -> None:
    assert result(data, change, path="m.txt") == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            FileChange("n.py", (Hunk((), ("x = 1", "y = 2")),), creates=True), b"x = 1\ny = 2\n", id="declared"
        ),
        pytest.param(FileChange("n.py", (Hunk((), ("x = 1",)),)), b"x = 1\n", id="by a hunk without old lines"),
        pytest.param(
            FileChange("n.py", (Hunk((), ("x = 1",), final_newline=False),), creates=True),
            b"x = 1",
            id="without a final newline",
        ),
        pytest.param(FileChange("n.py", (), creates=True), b"", id="empty"),
    ],
)
def test_a_new_file_is_created_from_its_lines(change: FileChange, expected: bytes) -> None:
    assert place((change,), lambda _: None) == (FileEdit("n.py", None, expected),)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("\ufeffa\nb", "\ufeffa\nx", b"\xef\xbb\xbfa\nx\nc\n\xef\xbb\xbfa\nb\nc\n", id="kept"),
        pytest.param("\ufeffa\nb", "a\nb", "encoding", id="taken away"),
        pytest.param("\ufeffb\nc\n\ufeffa", "\ufeffx\nc\n\ufeffa", "no_match", id="somewhere else"),
    ],
)
def test_a_byte_order_mark_that_a_diff_shows_is_the_one_of_the_file(
    before: str, after: str, expected: bytes | str
) -> None:
    data = b"\xef\xbb\xbfa\nb\nc\n\xef\xbb\xbfa\nb\nc\n"
    edits = placed(data, hunk(before, after), path="m.txt")
    assert (edits.code if isinstance(edits, Rejection) else edits[0].after) == expected


def test_an_empty_file_takes_lines_without_context() -> None:
    assert result(b"", Hunk((), ("x = 1",))) == b"x = 1\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(FileChange("m.py", (Hunk((), ("x",)),), creates=True), "exists", id="created over a file"),
        pytest.param(FileChange("m.py", (hunk("a", ""),), deletes=True), "delete", id="deleted"),
        pytest.param(FileChange("n.py", (hunk("a", "b"),), creates=True), "no_file", id="created with old lines"),
    ],
)
def test_files_come_and_go_only_by_the_rules(change: FileChange, code: str) -> None:
    rejection = place((change,), {"m.py": b"a\n"}.get)
    assert isinstance(rejection, Rejection)
    assert rejection.code == code


def test_a_hundred_thousand_equal_lines_are_refused_without_looking_at_each() -> None:
    assert refusal(b"x = 1\n" * 100_000, hunk("x = 1\nx = 1", "x = 2\nx = 1")).code == "ambiguous"
