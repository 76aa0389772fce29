"""Reading replies: what is a change, what is prose, and what is refused whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileChange, Hunk, Rejection
from healer.patches.parse import MOST_CHARACTERS, parse_reply

HUNK = Hunk(("def f(x):", "    return x"), ("def f(x):", "    return x + 1"))
BODY = " def f(x):\n-    return x\n+    return x + 1\n"


def fenced(body: str, info: str = "diff", before: str = "The cause is clear.\n\n") -> str:
    return f"{before}```{info}\n{body}```\n\nThat is all.\n"


def only(text: str) -> FileChange:
    changes = parse_reply(text)
    assert not isinstance(changes, Rejection), changes
    (change,) = changes
    return change


def code_of(text: str) -> str:
    changes = parse_reply(text)
    assert isinstance(changes, Rejection), changes
    assert changes.message.endswith((".", ".)"))
    return changes.code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"--- a/src/m.py\n+++ b/src/m.py\n@@ -1,2 +1,2 @@\n{BODY}", id="bare and well-formed"),
        pytest.param(fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@ -1,2 +1,2 @@\n{BODY}"), id="fenced, with prose"),
        pytest.param(
            fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@ -9,7 +99,1 @@\n{BODY}"), id="wrong numbers and counts"
        ),
        pytest.param(fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@ ... @@\n{BODY}"), id="no numbers"),
        pytest.param(fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@\n{BODY}"), id="bare hunk header"),
        pytest.param(fenced(f"--- a/src/m.py\n+++ b/src/m.py\n{BODY}"), id="no hunk header"),
        pytest.param(fenced(f"--- src/m.py\n+++ src/m.py\n@@\n{BODY}"), id="no prefixes"),
        pytest.param(fenced(f"--- a/src/m.py\n+++ src/m.py\n@@\n{BODY}"), id="one prefix"),
        pytest.param(fenced(f"--- ./src/m.py\n+++ ./src/m.py\n@@\n{BODY}"), id="dot-slash"),
        pytest.param(fenced(f"--- `src/m.py`\n+++ `src/m.py`\n@@\n{BODY}"), id="back-ticks"),
        pytest.param(fenced(f"--- src/m.py (original)\n+++ src/m.py (modified)\n@@\n{BODY}"), id="remarks"),
        pytest.param(
            fenced(f"--- src/m.py\t2026-01-01 10:00:00\n+++ src/m.py 2026-01-01 10:00:01 +0000\n@@\n{BODY}"),
            id="timestamps",
        ),
        pytest.param(fenced(f"+++ b/src/m.py\n@@\n{BODY}"), id="only the new header"),
        pytest.param(
            fenced(f"diff --git a/src/m.py b/src/m.py\nindex 1..2 100644\n@@\n{BODY}"), id="only the git header"
        ),
        pytest.param(fenced(f'--- "a/src/m.py"\n+++ "b/src/\\155.py"\n@@\n{BODY}'), id="C-quoted"),
        pytest.param(fenced(f"@@\n{BODY}", before="In `src/m.py`:\n\n"), id="path in the prose before"),
        pytest.param(fenced(f"@@\n{BODY}", before="### File: src/m.py\n"), id="path in a heading before"),
        pytest.param(fenced(f"@@\n{BODY}", info="diff src/m.py"), id="path in the info string"),
        pytest.param(fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@\n\n{BODY}\n\n"), id="separating blank lines"),
        pytest.param(
            fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@\n{BODY}").replace("\n", "\r\n"), id="a reply with CRLF"
        ),
        pytest.param(f"~~~~diff\n--- a/src/m.py\n+++ b/src/m.py\n@@\n{BODY}~~~~\n", id="tilde fences"),
        pytest.param(
            "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
            "Subject: [PATCH] x\n\n---\n m.py | 2 +-\n\n"
            f"diff --git a/src/m.py b/src/m.py\nindex 1111111..2222222 100644\n"
            f"--- a/src/m.py\n+++ b/src/m.py\n@@ -1,2 +1,2 @@\n{BODY}-- \n2.39.5\n",
            id="a mailed patch",
        ),
        pytest.param(
            "1. The repair:\n\n"
            + "".join(f"   {line}\n" for line in fenced(f"--- a/src/m.py\n+++ b/src/m.py\n@@\n{BODY}").split("\n")),
            id="a block in a list",
        ),
        pytest.param(
            f"*** Begin Patch\n*** Update File: src/m.py\n@@\n{BODY}*** End Patch\n", id="the apply-patch format"
        ),
        pytest.param(
            f"*** Begin Patch\n*** Update File: src/m.py\n{BODY}*** End of File\n*** End Patch\n",
            id="the apply-patch format without a hunk header",
        ),
        pytest.param(
            fenced(f"apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: src/m.py\n@@\n{BODY}*** End Patch\nEOF\n"),
            id="the apply-patch format in a shell command",
        ),
        pytest.param(
            "src/m.py\n"
            "<<<<<<< SEARCH\ndef f(x):\n    return x\n=======\ndef f(x):\n    return x + 1\n>>>>>>> REPLACE\n",
            id="bare SEARCH/REPLACE",
        ),
        pytest.param(
            fenced(
                "<<<<<<< SEARCH\ndef f(x):\n    return x\n=======\ndef f(x):\n    return x + 1\n>>>>>>> REPLACE\n",
                info="python",
                before="**src/m.py**\n",
            ),
            id="fenced SEARCH/REPLACE with its path above",
        ),
    ],
)
def test_every_spelling_of_a_change_is_read_as_the_same_change(text: str) -> None:
    assert only(text) == FileChange("src/m.py", (HUNK,))


def test_a_definition_between_the_signs_is_the_scope() -> None:
    (hunk,) = only(fenced(f"--- a/m.py\n+++ b/m.py\n@@ def f(x): @@\n{BODY}")).hunks
    assert hunk.scope == "def f(x):"


def test_the_heading_that_git_prints_after_numbers_is_not_trusted_as_scope() -> None:
    (hunk,) = only(f"--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@ def g():\n{BODY}").hunks
    assert hunk.scope is None


def test_removed_and_added_lines_that_look_like_headers_are_told_apart_by_correct_counts() -> None:
    change = only(
        "--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n select 1;\n--- old\n+++ new\n@@ -9 +9 @@\n-x = 1\n+y = 2\n"
    )
    assert change.hunks[0] == Hunk(("select 1;", "-- old"), ("select 1;", "++ new"))


def test_a_removed_line_that_looks_like_a_header_is_content_without_counts_too() -> None:
    change = only(fenced("--- a/q.sql\n+++ b/q.sql\n@@\n select 1;\n--- old\n+ -- new\n"))
    assert change.hunks == (Hunk(("select 1;", "-- old"), ("select 1;", " -- new")),)


def test_blank_context_without_its_space_is_context() -> None:
    (hunk,) = only(fenced("--- a/m.py\n+++ b/m.py\n@@\n a\n\n-b\n+c\n")).hunks
    assert hunk == Hunk(("a", "", "b"), ("a", "", "c"))


def test_context_that_lost_its_prefix_is_kept_as_far_as_it_can_be_read() -> None:
    (hunk,) = only(fenced("--- a/m.py\n+++ b/m.py\n@@\ndef f():\n    a = 1\n-    return a\n+    return b\n")).hunks
    assert hunk.before == ("def f():", "   a = 1", "    return a")


def test_fences_inside_of_a_diff_are_content() -> None:
    (hunk,) = only(fenced("--- a/m.md\n+++ b/m.md\n@@\n ```\n-old\n+new\n ```\n")).hunks
    assert hunk.before == ("```", "old", "```")


def test_fences_inside_of_a_search_block_are_content() -> None:
    text = fenced("m.md\n<<<<<<< SEARCH\n```\nold\n```\n=======\n```\nnew\n```\n>>>>>>> REPLACE\n", info="")
    assert only(text).hunks == (Hunk(("```", "old", "```"), ("```", "new", "```")),)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(" import json\n+import jsonl\n", id="imports"),
        pytest.param('     ("first", 1),\n+    ("second", 1),\n', id="elements"),
        pytest.param("-    value[0] = 1\n+    value[0] = 2\n     value[1] = 2\n", id="beside a replacement"),
        pytest.param(" x = 1\n+y = 1\n", id="too short to tell"),
    ],
)
def test_similar_lines_that_belong_beside_each_other_are_no_forgotten_removal(body: str) -> None:
    assert only(fenced(f"--- a/m.py\n+++ b/m.py\n@@\n{body}")).path == "m.py"


@pytest.mark.parametrize(
    ("heads", "scope"),
    [
        pytest.param("@@ def f(x):\n", "def f(x):", id="one"),
        pytest.param("@@ class A\n@@ def f(x):\n", "class A: def f(x):", id="nested"),
        pytest.param("@@\n", None, id="none"),
    ],
)
def test_the_apply_patch_format_names_scopes_on_lines_of_their_own(heads: str, scope: str | None) -> None:
    (hunk,) = only(f"*** Begin Patch\n*** Update File: a/m.py\n{heads}{BODY}*** End Patch\n").hunks
    assert hunk.scope == scope


def test_the_apply_patch_format_creates_and_deletes_files() -> None:
    changes = parse_reply(
        "*** Begin Patch\n*** Add File: n.py\n+x = 1\n\n*** Delete File: o.py\n*** Update File: a/m.py\n@@\n-a\n+b\n"
        "*** End Patch\n"
    )
    assert changes == (
        FileChange("n.py", (Hunk((), ("x = 1",)),), creates=True),
        FileChange("o.py", (), deletes=True),
        FileChange("a/m.py", (Hunk(("a",), ("b",)),)),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("`m.py`:\n\n```python\na\nb\n```\n", id="path above"),
        pytest.param("```python m.py\na\nb\n```\n", id="path behind the fence"),
        pytest.param("Run this:\n\n```sh\nmake\n```\n\n### File: m.py\n~~~\na\nb\n~~~\n", id="beside other code"),
        pytest.param("m.py\n```\na\nb\n```\n".replace("\n", "\r\n"), id="CRLF"),
        pytest.param("m.py\n```\na\nb\n```\n\nAgain, m.py\n\n`m.py`\n```\na\nb\n```\n", id="twice the same"),
    ],
)
def test_a_code_block_with_a_path_is_a_whole_file(text: str) -> None:
    assert only(text) == FileChange("m.py", (), whole=("a", "b"))


def test_a_whole_file_may_hold_shorter_fences() -> None:
    assert only("m.md\n````\n```\nx\n```\n````\n").whole == ("```", "x", "```")


def test_code_with_a_path_beside_a_diff_is_no_change() -> None:
    text = "In `n.py`:\n\n```python\nx = 1\n```\n\n" + fenced(f"--- a/m.py\n+++ b/m.py\n@@\n{BODY}")
    assert only(text).path == "m.py"


def test_a_new_file_is_a_creation() -> None:
    change = only("diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+x = 1\n")
    assert change == FileChange("n.py", (Hunk((), ("x = 1",)),), creates=True)


def test_an_empty_new_file_is_a_creation_without_hunks() -> None:
    assert only("diff --git a/n.py b/n.py\nnew file mode 100644\nindex 0..0\n") == FileChange("n.py", (), creates=True)


def test_a_removed_file_is_a_deletion() -> None:
    assert only("--- a/m.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n").deletes


def test_the_hunks_of_one_file_are_put_together_each_once() -> None:
    diff = "--- a/m.py\n+++ b/m.py\n@@\n-{}\n+y = 2\n"
    change = only(fenced(diff.format("first")) + fenced(diff.format("second")) + fenced(diff.format("first")))
    assert [hunk.before for hunk in change.hunks] == [("first",), ("second",)]


def test_a_marker_on_one_side_says_that_only_that_side_ends_without_a_newline() -> None:
    (hunk,) = only("--- a/m\n+++ b/m\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n").hunks
    assert hunk == Hunk(("x",), ("y",), final_newline=False)


def test_a_marker_on_both_sides_says_nothing() -> None:
    marker = "\\ No newline at end of file\n"
    (hunk,) = only(f"--- a/m\n+++ b/m\n@@ -1 +1 @@\n-x\n{marker}+y\n{marker}").hunks
    assert hunk == Hunk(("x",), ("y",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", "no_change", id="nothing"),
        pytest.param("I could not find the fault, sorry.", "no_change", id="prose only"),
        pytest.param("```python\nprint('--- a')\n```\n", "no_change", id="code that is no change"),
        pytest.param("```ruby\n@@count = 0\n```\n", "no_change", id="class variables are no hunk headers"),
        pytest.param(f"```diff\n--- a/m.py\n+++ b/m.py\n@@\n{BODY}", "truncated", id="unclosed fence"),
        pytest.param(
            fenced(f"--- a/m.py\n+++ b/m.py\n@@\n{BODY}") + "```diff\n--- a/n", "truncated", id="second fence unclosed"
        ),
        pytest.param("m.py\n<<<<<<< SEARCH\na\n=======\nb\n", "truncated", id="unclosed SEARCH block"),
        pytest.param(
            "--- a/m.py\n+++ b/m.py\n@@ -1,6 +1,6 @@\n a\n b\n c\n-d\n+e\n",
            "truncated",
            id="bare diff cut off at a change",
        ),
        pytest.param(f"```diff\n@@\n{BODY}```\n", "no_path", id="no path anywhere"),
        pytest.param("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "no_path", id="SEARCH block without a path"),
        pytest.param("--- a/m.py\n+++ b/n.py\n@@ -1 +1 @@\n-a\n+b\n", "rename", id="two names"),
        pytest.param(
            "diff --git a/m.py b/n.py\nsimilarity index 90%\nrename from m.py\nrename to n.py\n@@ -1 +1 @@\n-a\n+b\n",
            "rename",
            id="git rename",
        ),
        pytest.param("diff --git a/m.py b/m.py\nold mode 100644\nnew mode 100755\n", "unsupported", id="mode change"),
        pytest.param(
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n",
            "unsupported",
            id="symbolic link",
        ),
        pytest.param(
            "diff --git a/l b/l\nnew file mode 160000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+Subproject commit 1\n",
            "unsupported",
            id="submodule",
        ),
        pytest.param("diff --git a/i.png b/i.png\nGIT binary patch\nliteral 3\nKcmZ\n", "unsupported", id="binary"),
        pytest.param("m\n<<<<<<< SEARCH\na\n=======\nb\n", "truncated", id="SEARCH without end or path"),
        pytest.param(
            "m.rst\n<<<<<<< SEARCH\nTitle x\n=======\na\n=======\nb\n>>>>>>> REPLACE\n",
            "ambiguous_reply",
            id="two dividers",
        ),
        pytest.param("m.py\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", "ambiguous_reply", id="no divider"),
        pytest.param(
            fenced("--- a/m.py\n+++ b/m.py\n@@\n-a\n+b\n") + "--- a/n.py\n+++ b/n.py\n@@\n-a\n+b\n",
            "ambiguous_reply",
            id="changes in and out of fences",
        ),
        pytest.param("--- a/m.py\n+++ b/m.py\n@@\n a\n b\n", "no_op", id="context only"),
        pytest.param("--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a\r\n+b\n", "line_endings", id="line endings mixed"),
        pytest.param(
            fenced("--- a/m.py\n+++ b/m.py\n@@\n     return total\n+    return total + 1\n"),
            "forgotten_removal",
            id="near twin added",
        ),
        pytest.param(
            fenced("--- a/m.py\n+++ b/m.py\n@@ -1,3 +1,3 @@\n a\n if x:\n+while y:\n b\n"),
            "forgotten_removal",
            id="counts say otherwise",
        ),
        pytest.param(
            "--- /dev/null\n+++ b/m.py\n@@ -0,0 +1 @@\n+a\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a\n+b\n",
            "conflict",
            id="created and changed",
        ),
        pytest.param("x" * (MOST_CHARACTERS + 1), "too_large", id="too large"),
        pytest.param("*** Begin Patch\n*** Update File: m.py\n@@\n-a\n+b\n", "truncated", id="patch without its end"),
        pytest.param(
            "*** Begin Patch\n*** Update File: m.py\n*** Move to: n.py\n@@\n-a\n+b\n*** End Patch\n",
            "unsupported",
            id="patch that moves a file",
        ),
        pytest.param("m.py\n```\na\n```\n\nm.py\n```\nb\n```\n", "ambiguous_reply", id="two whole files"),
        pytest.param(
            "m.py\n```\na\n```\n" + fenced("--- a/m.py\n+++ b/m.py\n@@\n # ... existing code ...\n-a\n+# ...\n"),
            "elision",
            id="dots for new lines",
        ),
        pytest.param(
            "m.py\n<<<<<<< SEARCH\na\n=======\n# ... rest of the code unchanged ...\n>>>>>>> REPLACE\n",
            "elision",
            id="dots in a block",
        ),
        pytest.param(
            "--- a/m.py\n+++ b/m.py\n@@ -1,9 +1,8 @@\n a\n-b\n c\n d\n e\n",
            "truncated",
            id="changes cut off after context",
        ),
        pytest.param(
            "--- a/m\n+++ b/m\n" + "".join(f"@@\n-{n}\n+x{n}\n" for n in range(501)), "too_large", id="too many hunks"
        ),
    ],
)
def test_what_is_no_whole_change_is_refused_with_its_code(text: str, code: str) -> None:
    assert code_of(text) == code


_PIECES = st.sampled_from(
    ["--- a/m.py", "+++ b/m.py", "--- ", "+++ /dev/null", "@@", "@@ -1 +1 @@", "@@ -1,99999999999 +1 @@",
     "diff --git a/m b/m", "```", "~~~~",
     "```diff", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "+x", "-x", " x", "x", "",
     "\\ No newline at end of file",
     "new file mode 100644", "rename from x", '--- "a/\\7', '+++ "\\377\\', "`m.py`:", "\r", "*** Begin Patch",
     "*** End Patch", "*** Update File: m.py", "*** Add File: n.py", "*** Move to: o", "*** End of File", "# ...",
     "Binary files a and b differ"]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=12), max_size=30).map("\n".join))
def test_no_text_makes_reading_fail(text: str) -> None:
    changes = parse_reply(text)
    if isinstance(changes, Rejection):
        assert 0 < len(changes.message) <= 600
    else:
        assert len({change.path for change in changes}) == len(changes) > 0
