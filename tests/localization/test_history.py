"""Recent commits from `git log`: every hunk exactly, whatever the files and their names look like."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.localization.history import parse_log
from healer.models.code import ChangedHunk
from tests.projects import ENVIRONMENT, Program, Project, build, git, project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from healer.models.code import Commit
    from tests.projects import Content


def commits(made: Project) -> Sequence[Commit]:
    with made.private() as repository:
        return repository.recent_commits(50)


def newest(folder: Path, before: Content, after: Content, name: str = "a.py") -> tuple[ChangedHunk, ...]:
    keep: dict[str, Content] = {"keep": ""}
    return commits(project(folder, keep if before is None else {**keep, name: before}, {name: after}))[0].hunks


def reverted(after: bytes, hunks: Sequence[ChangedHunk]) -> bytes:
    """Undo hunks by their own account of where they are and what was there."""
    lines = after.decode("utf-8", "surrogateescape").split("\n")
    lines = [*(line + "\n" for line in lines[:-1]), *lines[-1:]] if lines[-1] else [line + "\n" for line in lines[:-1]]
    for hunk in reversed(hunks):
        start = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
        assert tuple(lines[start : start + len(hunk.new_lines)]) == hunk.new_lines
        lines[start : start + len(hunk.new_lines)] = hunk.old_lines
    return "".join(lines).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("a\nb\nc\n", "a\nB\nc\n", [(2, ("b\n",), 2, ("B\n",))], id="a line replaced"),
        pytest.param("a\nc\n", "a\nb\nc\n", [(1, (), 2, ("b\n",))], id="a line added"),
        pytest.param("a\nb\nc\n", "a\nc\n", [(2, ("b\n",), 1, ())], id="a line taken away"),
        pytest.param("b\n", "a\nb\n", [(0, (), 1, ("a\n",))], id="a line added at the top"),
        pytest.param(
            "a\nb\nc\nd\n", "A\nb\nc\nD\n", [(1, ("a\n",), 1, ("A\n",)), (4, ("d\n",), 4, ("D\n",))], id="two places"
        ),
        pytest.param("a", "b", [(1, ("a",), 1, ("b",))], id="no newline at the end, before and after"),
        pytest.param("a", "a\n", [(1, ("a",), 1, ("a\n",))], id="a last newline added"),
        pytest.param("a\n", "a", [(1, ("a\n",), 1, ("a",))], id="a last newline taken away"),
        pytest.param("a\nb", "a\n", [(2, ("b",), 1, ())], id="a last line without newline taken away"),
        pytest.param("a\r\nb\r\n", "a\r\nc\r\n", [(2, ("b\r\n",), 2, ("c\r\n",))], id="CRLF"),
        pytest.param("a\r\n", "a\n", [(1, ("a\r\n",), 1, ("a\n",))], id="CRLF to LF"),
        pytest.param("a\rb\n", "a\rc\n", [(1, ("a\rb\n",), 1, ("a\rc\n",))], id="a bare CR is no line end"),
        pytest.param("a\x0cb\u2028c\n", "x\n", [(1, ("a\x0cb\u2028c\n",), 1, ("x\n",))], id="other line separators"),
        pytest.param(b"caf\xe9\n", b"caf\xe8\n", [(1, ("caf\udce9\n",), 1, ("caf\udce8\n",))], id="not UTF-8"),
        pytest.param("a\n", None, [(1, ("a\n",), 0, ())], id="a file taken away"),
        pytest.param(None, "a\n", [(0, (), 1, ("a\n",))], id="a file added"),
        pytest.param("a\n", "", [(1, ("a\n",), 0, ())], id="a file emptied"),
        pytest.param("", "\n", [(0, (), 1, ("\n",))], id="an empty line in an empty file"),
        pytest.param("-- a/x\n", "++ b/x\n", [(1, ("-- a/x\n",), 1, ("++ b/x\n",))], id="lines that look like headers"),
        pytest.param(
            "@@ -1 +1 @@\n", "diff --git a/x b/x\n",
            [(1, ("@@ -1 +1 @@\n",), 1, ("diff --git a/x b/x\n",))], id="lines that look like a diff",
        ),
        pytest.param(
            "x\n", f"x\ncommit {'0' * 40} fake\n\\ No newline at end of file\n",
            [(1, (), 2, (f"commit {'0' * 40} fake\n", "\\ No newline at end of file\n"))],
            id="lines that look like a log",
        ),
        pytest.param("a\0b\n", "a\0c\n", [], id="a binary file"),
        pytest.param("a\n", Program("a\n"), [], id="a mode alone"),
    ],
)  # fmt: skip
def test_a_change_is_read_as_it_was_made(
    tmp_path: Path, before: Content, after: Content, expected: list[tuple[int, tuple[str, ...], int, tuple[str, ...]]]
) -> None:
    assert newest(tmp_path, before, after) == tuple(ChangedHunk("a.py", *facts) for facts in expected)


@pytest.mark.parametrize(
    "name", ["with space.py", "caf\xe9.py", "a/b/c.py", "b/a/x.py", " leading", "trailing ", "a -> b", "@@ x"]
)
@pytest.mark.parametrize("end", ["changed", "added", "removed"])
def test_names_are_told_however_odd(tmp_path: Path, name: str, end: str) -> None:
    before, after = {"changed": ("x\n", "y\n"), "added": (None, "y\n"), "removed": ("x\n", None)}[end]
    assert [hunk.path for hunk in newest(tmp_path, before, after, name)] == [name]


@pytest.mark.parametrize("name", ['quo"te.py', "new\nline.py", "tab\t.py", "back\\slash.py"])
def test_names_that_git_quotes_are_left_out_and_their_neighbours_are_not(tmp_path: Path, name: str) -> None:
    made = project(tmp_path, {name: "x\n", "a.py": "x\n", "z.py": "x\n"}, {name: "y\n", "a.py": "y\n", "z.py": "y\n"})
    assert [hunk.path for hunk in commits(made)[0].hunks] == ["a.py", "z.py"]


def test_a_renamed_file_is_one_taken_away_and_one_added(tmp_path: Path) -> None:
    made = project(tmp_path, {"old.py": "x\n" * 20}, {"old.py": None, "new.py": "x\n" * 20})
    assert [(hunk.path, len(hunk.old_lines), len(hunk.new_lines)) for hunk in commits(made)[0].hunks] == [
        ("new.py", 0, 20),
        ("old.py", 20, 0),
    ]


def test_a_merge_is_one_commit_with_all_it_brought_in_and_the_first_has_no_changes(tmp_path: Path) -> None:
    made = project(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    made.git("checkout", "--quiet", "-b", "side")
    made.commit({"b.py": "2\n"}, "on the side")
    made.git("checkout", "--quiet", "main")
    made.commit({"a.py": "2\n"}, "on main")
    made.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    found = {commit.subject: len(commit.hunks) for commit in commits(made)}
    assert found == {"Merge branch 'side'": 1, "on main": 1, "change 1": 0}


def test_subjects_are_told_as_one_line_however_odd(tmp_path: Path) -> None:
    made = project(tmp_path, {"a.py": "1\n"})
    made.commit(
        {"a.py": "2\n"}, f"caf\xe9 \u202e\ncommit {'a' * 40} of a long subject\n\ncommit {'b' * 40} in the body"
    )
    made.commit({}, "x")
    made.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", "")
    assert [commit.subject for commit in commits(made)] == [
        "", "x", f"caf\xe9 \u202e commit {'a' * 40} of a long subject", "change 1",
    ]  # fmt: skip


def test_commits_with_sha256_ids_are_read_alike(tmp_path: Path) -> None:
    made = build(tmp_path / "x", {"a.py": "1\n"}, {"a.py": "2\n"}, options=("--object-format=sha256",))
    found = commits(made)
    assert [(len(commit.id), len(commit.hunks)) for commit in found] == [(64, 1), (64, 0)]


LINES = st.sampled_from(
    [
        b"", b"a", b"b", b"    return 1", b"--- a/x", b"+++ b/x", b"-- a/x", b"++ b/x", b"@@ -1 +1 @@", b"-", b"+",
        b" ", b"commit " + b"0" * 40, b"commit " + b"0" * 40 + b" fake", b"diff --git a/x b/x",
        b"\\ No newline at end of file",
        b"index 0..1", b"a\r", b"\r", b"caf\xe9", b"\xe2\x80\xa8", b"\t", b"Binary files a/x and b/x differ",
    ]
)  # fmt: skip
CONTENTS = st.builds(
    lambda lines, last: b"".join(line + b"\n" for line in lines) + last, st.lists(LINES, max_size=12), LINES
)


@settings(max_examples=15, deadline=None)
@given(st.lists(CONTENTS, min_size=8, max_size=25))
def test_undoing_a_commit_gives_the_file_before_it_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, versions: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    git("init", "--quiet", "--initial-branch=main", str(folder), cwd=folder)
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 1\nx\nM 644 inline a.py\ndata %d\n%b\n"
        % (number + 1, len(content), content)
        for number, content in enumerate(versions)
    )
    git("fast-import", "--quiet", cwd=folder, stdin=stream)
    found = commits(Project(folder))
    assert len(found) == len(versions)
    for commit, after, before in zip(found, versions[::-1], versions[-2::-1], strict=False):
        assert reverted(after, commit.hunks) == before


@given(st.binary(max_size=300) | st.lists(LINES, max_size=20).map(b"\n".join))
def test_any_bytes_at_all_are_read_without_harm(data: bytes) -> None:
    for commit in parse_log(b"commit " + b"1" * 40 + b" subject\n" + data):
        assert all(hunk.path for hunk in commit.hunks)


def test_the_git_that_plays_the_user_has_no_configuration() -> None:
    listed = subprocess.run(["git", "config", "--list"], cwd="/", env=ENVIRONMENT, capture_output=True, check=False)
    assert listed.stdout == b""
    assert ENVIRONMENT["GIT_CONFIG_GLOBAL"] == os.devnull
