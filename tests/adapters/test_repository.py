"""The private repository: the base's files and history read from objects, trees built, nothing of it left behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from healer.adapters.checkout import Checkout
from healer.adapters.repository import EMAIL, NAME, PrivateRepository
from healer.errors import RepositoryError
from healer.models.change import FileEdit
from healer.patches.tree_facts import blob_id
from healer.ports import TreeChange
from tests.projects import Link, Program, build, contents, git, our_git, project, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.projects import Content, Project

NOTHING = "0" * 40
ODD_NAMES = (
    "with space.py",
    "caf\xe9.py",
    'quo"te.py',
    "new\nline.py",
    "tab\t.py",
    "-option.py",
    "a=b:c*.py",
    "\u202egpj.py",
)


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return project(
        tmp_path,
        {"src/shop.py": "total = 1\n", "run.sh": Program("#!/bin/sh\n"), "link": Link("src/shop.py"), "empty": ""},
        {"src/shop.py": "total = totl\n"},
    )


@pytest.fixture
def opened(made: Project) -> Iterator[PrivateRepository]:
    with made.private() as repository:
        yield repository


def exported(repository: PrivateRepository, tree: str | None, folder: Path) -> dict[str, Content]:
    folder.mkdir()
    repository.export(tree, folder)
    return contents(folder)


def test_only_regular_files_are_source(opened: PrivateRepository) -> None:
    assert opened.source.paths == {"src/shop.py", "run.sh", "empty"}
    assert opened.source.read("src/shop.py") == b"total = totl\n"
    assert opened.source.read("empty") == b""
    with pytest.raises(KeyError):
        opened.source.read("link")


def test_the_names_of_all_entries_are_known(tmp_path: Path) -> None:
    large = b"x" * (2 * 1024 * 1024 + 1)
    files: dict[str, Content] = {"a.py": "", "link": Link("a.py"), "large": large, os.fsdecode(b"caf\xe9.py"): ""}
    with project(tmp_path, {**files}).private() as repository:
        assert repository.names == {*files}


def test_a_file_read_twice_is_the_same_file(opened: PrivateRepository) -> None:
    assert [opened.source.read(path) for path in ("src/shop.py", "run.sh", "src/shop.py")] == [
        b"total = totl\n",
        b"#!/bin/sh\n",
        b"total = totl\n",
    ]


def test_modes_are_told_as_git_writes_them(opened: PrivateRepository) -> None:
    modes = [opened.source.mode(path) for path in ("src/shop.py", "run.sh", "link", "missing")]
    assert modes == ["100644", "100755", None, None]


def test_the_working_tree_is_never_read(made: Project, opened: PrivateRepository) -> None:
    made.write({"src/shop.py": "half done\n", "new.py": ""})
    assert opened.source.read("src/shop.py") == b"total = totl\n"
    assert "new.py" not in opened.source.paths


def test_odd_names_are_read_written_and_exported_as_they_are(tmp_path: Path) -> None:
    names = dict.fromkeys(ODD_NAMES, "x = 1\n")
    with project(tmp_path, {**names}).private() as repository:
        assert repository.source.paths == {*ODD_NAMES}
        tree = repository.write_tree([FileEdit(name, b"x = 1\n", f"# {name!r}\n".encode()) for name in ODD_NAMES])
        assert {change.path for change in repository.changes(tree)} == {*ODD_NAMES}
        found = exported(repository, tree, tmp_path / "out")
    assert found == {name: f"# {name!r}\n".encode() for name in ODD_NAMES}


def test_a_name_that_is_not_utf_8_is_no_source_but_is_exported(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    with project(tmp_path, {name: "x\n", "a.py": "y\n"}).private() as repository:
        assert repository.source.paths == {"a.py"}
        assert set(exported(repository, None, tmp_path / "out")) == {name, "a.py"}


def test_files_above_two_mebibytes_are_no_source_but_are_exported(tmp_path: Path) -> None:
    limit = 2 * 1024 * 1024
    with project(tmp_path, {"fits": b"x" * limit, "large": b"x" * (limit + 1)}).private() as repository:
        assert repository.source.paths == {"fits"}
        assert len(repository.source.read("fits")) == limit
        assert set(exported(repository, None, tmp_path / "out")) == {"fits", "large"}


def test_an_edit_changes_one_file_and_keeps_its_mode(tmp_path: Path, opened: PrivateRepository) -> None:
    edits = [FileEdit("run.sh", b"#!/bin/sh\n", b"#!/bin/sh\nexit 0\n"), FileEdit("src/new.py", None, b"x = 1")]
    tree = opened.write_tree(edits)
    assert list(opened.changes(tree)) == [
        TreeChange(
            "M",
            "run.sh",
            "100755",
            "100755",
            blob_id(b"#!/bin/sh\n", NOTHING),
            blob_id(b"#!/bin/sh\nexit 0\n", NOTHING),
        ),
        TreeChange("A", "src/new.py", "000000", "100644", NOTHING, blob_id(b"x = 1", NOTHING)),
    ]
    assert exported(opened, tree, tmp_path / "out") == {
        "empty": b"",
        "link": Link("src/shop.py"),
        "run.sh": Program("#!/bin/sh\nexit 0\n"),
        "src/new.py": b"x = 1",
        "src/shop.py": b"total = totl\n",
    }


def test_bytes_are_stored_as_they_are(tmp_path: Path) -> None:
    content = b"\xff\xfe\r\nmixed\nends\r\rno newline"
    with project(tmp_path, {"a.txt": "", ".gitattributes": "* text eol=crlf\n"}).private() as repository:
        tree = repository.write_tree([FileEdit("a.txt", b"", content)])
        assert repository.git("cat-file", "blob", f"{tree}:a.txt") == content


def test_no_edit_is_the_base_s_own_tree(made: Project, opened: PrivateRepository) -> None:
    assert opened.write_tree([]) == made.git("rev-parse", "HEAD^{tree}")
    assert list(opened.changes(made.git("rev-parse", "HEAD^{tree}"))) == []
    assert opened.diff(made.git("rev-parse", "HEAD^{tree}")) == ""


def test_an_edit_over_a_link_replaces_the_link_and_says_so(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    made = project(tmp_path, {"file": Link(str(outside / "target")), "folder": Link(str(outside))})
    with made.private() as repository:
        tree = repository.write_tree([FileEdit("file", None, b"x"), FileEdit("folder/inside", None, b"x")])
        told = [(change.status, change.path, change.old_mode, change.new_mode) for change in repository.changes(tree)]
        assert told == [
            ("T", "file", "120000", "100644"),
            ("D", "folder", "120000", "000000"),
            ("A", "folder/inside", "000000", "100644"),
        ]
        exported(repository, tree, tmp_path / "out")
    assert list(outside.iterdir()) == []


def test_a_tree_that_hides_a_file_behind_a_link_is_not_written_through_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    made = project(tmp_path, {"a": "x"})
    blob = made.git("hash-object", "-w", "--stdin", stdin=b"x")
    link = made.git("hash-object", "-w", "--stdin", stdin=str(outside).encode())
    inner = made.git("mktree", stdin=f"100644 blob {blob}\tinside\n".encode())
    tree = made.git("mktree", stdin=f"120000 blob {link}\tfolder\n040000 tree {inner}\tfolder\n".encode())
    commit = made.git("commit-tree", tree, "-m", "hostile")
    with made.private(commit) as repository:
        exported(repository, None, tmp_path / "out")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", [".git", "..", ".GIT", "git~1"])
def test_a_tree_with_a_forbidden_name_is_not_exported(tmp_path: Path, name: str) -> None:
    made = project(tmp_path, {"a": "x"})
    blob = made.git("hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\n")
    inner = made.git("mktree", stdin=f"100755 blob {blob}\tpost-checkout\n".encode())
    for part in ("hooks", name):
        inner = made.git("mktree", stdin=f"040000 tree {inner}\t{part}\n".encode())
    commit = made.git("commit-tree", inner, "-m", "hostile")
    with made.private(commit) as repository, pytest.raises(RepositoryError, match="git could not read-tree"):
        exported(repository, None, tmp_path / "out")


def test_the_diff_is_canonical_whatever_attributes_say(tmp_path: Path) -> None:
    made = project(tmp_path, {"a b.py": "x = 1\ny = 2", ".gitattributes": "* -diff diff=trap\n"})
    with made.private() as repository:
        tree = repository.write_tree([FileEdit("a b.py", b"x = 1\ny = 2", b"x = 1\ny = 3\n")])
        diff = repository.diff(tree)
    expected = "--- a/a b.py\t\n+++ b/a b.py\t\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n\\ No newline at end of file\n+y = 3\n"
    assert diff.endswith(expected)


def test_a_diff_can_be_applied_by_git(made: Project, opened: PrivateRepository) -> None:
    tree = opened.write_tree(
        [FileEdit("src/shop.py", b"total = totl\n", b"total = 1\n"), FileEdit("n\xe9w", None, b"x\n")]
    )
    made.git("apply", "--index", stdin=opened.diff(tree).encode())
    assert made.git("write-tree") == tree


def test_a_commit_stands_on_the_base_in_our_name(made: Project, opened: PrivateRepository) -> None:
    tree = opened.write_tree([FileEdit("src/shop.py", b"total = totl\n", b"total = 1\n")])
    commit = opened.commit(tree, "Repair the total\n\nWhy: it was misspelt\n")
    shown = opened.git("show", "--no-patch", "--format=%P|%an <%ae>|%cn <%ce>|%T|%B", commit).decode().rstrip()
    who = f"{NAME} <{EMAIL}>"
    assert shown == f"{made.head}|{who}|{who}|{tree}|Repair the total\n\nWhy: it was misspelt"


def test_a_pack_holds_no_more_than_the_fix(tmp_path: Path) -> None:
    made = project(tmp_path, {f"file-{number}": os.urandom(4000) for number in range(20)})
    with made.private() as repository:
        commit = repository.commit(repository.write_tree([FileEdit("new", None, b"x")]), "fix\n")
        assert len(repository.pack(commit)) < 8000


def test_recent_commits_come_newest_first_and_the_first_has_no_changes(
    made: Project, opened: PrivateRepository
) -> None:
    newest, first = opened.recent_commits(10)
    assert (newest.id, newest.subject) == (made.head, "change 2")
    assert [(hunk.path, hunk.old_lines, hunk.new_lines) for hunk in newest.hunks] == [
        ("src/shop.py", ("total = 1\n",), ("total = totl\n",))
    ]
    assert (first.subject, first.hunks) == ("change 1", ())
    assert [commit.id for commit in opened.recent_commits(1)] == [made.head]


def test_the_base_need_not_be_the_newest_commit(made: Project) -> None:
    with made.private(made.git("rev-parse", "HEAD~1")) as repository:
        assert repository.source.read("src/shop.py") == b"total = 1\n"
        assert [commit.subject for commit in repository.recent_commits(10)] == ["change 1"]


def test_an_empty_tree_is_a_base_like_any_other(tmp_path: Path) -> None:
    with project(tmp_path, {}).private() as repository:
        assert repository.source.paths == frozenset()
        assert exported(repository, None, tmp_path / "out") == {}
        tree = repository.write_tree([FileEdit("first.py", None, b"x\n")])
        assert [change.status for change in repository.changes(tree)] == ["A"]


def test_submodules_are_left_out(tmp_path: Path) -> None:
    made = project(tmp_path, {"a.py": "x\n"})
    build(made.root / "library", {"library.py": "x = 1\n"})
    made.commit({".gitmodules": '[submodule "library"]\n\tpath = library\n\turl = ext::sh -c false\n'})
    with made.private() as repository:
        assert repository.source.paths == {"a.py", ".gitmodules"}
        assert set(exported(repository, None, tmp_path / "out")) == {"a.py", ".gitmodules"}
        tree = repository.write_tree([FileEdit("a.py", b"x\n", b"y\n")])
        assert [change.path for change in repository.changes(tree)] == ["a.py"]


@pytest.mark.parametrize("shape", ["bare", "shallow", "worktree", "sha256", "alternates"])
def test_every_shape_of_repository_is_read_alike(tmp_path: Path, shape: str) -> None:
    options = ("--object-format=sha256",) if shape == "sha256" else ()
    made = build(tmp_path / "origin", {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}, options=options)
    place = tmp_path / "shape"
    commands = {
        "bare": ("clone", "--quiet", "--bare", str(made.root), str(place)),
        "shallow": ("clone", "--quiet", "--depth=1", made.root.as_uri(), str(place)),
        "worktree": ("worktree", "add", "--quiet", "--detach", str(place)),
        "sha256": ("clone", "--quiet", str(made.root), str(place)),
        "alternates": ("clone", "--quiet", "--shared", str(made.root), str(place)),
    }
    git(*commands[shape], cwd=made.root)
    checkout = Checkout.at(place, our_git())
    with PrivateRepository(checkout, checkout.resolve()) as repository:
        assert repository.source.read("a.py") == b"x = 2\n"
        newest, *older = repository.recent_commits(5)
        assert (len(newest.hunks), len(older)) == ((0, 0) if shape == "shallow" else (1, 1))
        tree = repository.write_tree([FileEdit("a.py", b"x = 2\n", b"x = 1\n")])
        assert repository.pack(repository.commit(tree, "fix\n")).startswith(b"PACK")


def test_without_older_objects_there_is_no_history_but_all_else(tmp_path: Path) -> None:
    made = project(tmp_path, {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    older = made.git("rev-parse", "HEAD~1:a.py")
    (made.root / ".git" / "objects" / older[:2] / older[2:]).unlink()
    with made.private() as repository:
        assert repository.recent_commits(5) == ()
        assert repository.source.read("a.py") == b"x = 2\n"


@pytest.mark.parametrize("revision", ["HEAD:src/shop.py", "HEAD:src", "HEAD^{tree}", "HEAD"])
def test_missing_objects_of_the_base_are_told_in_a_sentence_and_nothing_is_left(
    tmp_path: Path, made: Project, revision: str
) -> None:
    missing = made.git("rev-parse", revision)
    base = made.head
    (made.root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    (tmp_path / "parent").mkdir()
    with pytest.raises(RepositoryError, match=r"lacks objects of the commit|git could not ls-tree"):
        PrivateRepository(made.checkout, base, parent=tmp_path / "parent")
    assert list((tmp_path / "parent").iterdir()) == []


def test_an_object_that_is_gone_later_is_told_in_a_sentence(made: Project) -> None:
    with made.private() as repository:
        missing = made.git("rev-parse", "HEAD:src/shop.py")
        (made.root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
        with pytest.raises(RepositoryError, match="lacks objects of the commit") as refused:
            repository.source.read("src/shop.py")
        assert refused.value.code == "objects_missing"
        assert repository.source.read("run.sh") == b"#!/bin/sh\n"


def test_nothing_is_left_after_closing_even_after_an_error(tmp_path: Path, made: Project) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    before = snapshot(made.root)
    with PrivateRepository(made.checkout, made.head, parent=parent) as repository:
        assert [(oct(folder.stat().st_mode), folder) for folder in parent.iterdir()] == [("0o40700", repository.folder)]
        repository.commit(repository.write_tree([FileEdit("empty", b"", b"x")]), "fix\n")
    assert list(parent.iterdir()) == []
    with pytest.raises(KeyError), PrivateRepository(made.checkout, made.head, parent=parent) as repository:
        repository.source.read("missing")
    assert list(parent.iterdir()) == []
    assert snapshot(made.root) == before
