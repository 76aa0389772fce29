"""Files below a directory, never through a link, all or nothing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from healer.adapters.worktree import MOST_BYTES, WorkTree
from healer.errors import UsageError
from healer.models.change import FileEdit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "m.py").write_bytes(b"x = 1\n")
    (tmp_path / "secret").write_bytes(b"key\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "s.py").write_bytes(b"key\n")
    return root


def everything(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in sorted(root.parent.rglob("*"))
        if root in path.parents
    }


def test_a_regular_file_is_read(inside: Path) -> None:
    assert WorkTree.at(str(inside)).read("pkg/m.py") == b"x = 1\n"


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "../secret",
        "pkg/../../secret",
        "/etc/passwd",
        "pkg",
        "pkg/",
        "pkg//m.py",
        "pkg/./m.py",
        "pkg/m.py/x",
        "no",
        "no/such",
        "a\0b",
        "x" * 999,
    ],
)
def test_nothing_else_is(inside: Path, path: str) -> None:
    assert WorkTree.at(str(inside)).read(path) is None


@pytest.mark.parametrize("target", ["../secret", "pkg/m.py", "/etc/passwd", "nowhere"])
def test_a_link_is_no_file(inside: Path, target: str) -> None:
    (inside / "link").symlink_to(target)
    tree = WorkTree.at(str(inside))
    assert tree.read("link") is None
    assert tree.exists("link")


def test_a_directory_that_is_a_link_is_no_way_out(inside: Path) -> None:
    (inside / "out").symlink_to("../elsewhere")
    tree = WorkTree.at(str(inside))
    assert tree.read("out/s.py") is None
    with pytest.raises(UsageError):
        tree.write([FileEdit("out/s.py", b"key\n", b"gone\n")])
    with pytest.raises(UsageError):
        tree.write([FileEdit("out/new.py", None, b"x\n")])
    assert [path.name for path in (inside.parent / "elsewhere").iterdir()] == ["s.py"]
    assert (inside.parent / "elsewhere" / "s.py").read_bytes() == b"key\n"


def test_a_pipe_is_no_file_and_is_not_waited_for(inside: Path) -> None:
    os.mkfifo(inside / "pipe")
    assert WorkTree.at(str(inside)).read("pipe") is None


def test_a_huge_file_is_not_read(inside: Path) -> None:
    with (inside / "huge").open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    with pytest.raises(UsageError, match="huge cannot be read"):
        WorkTree.at(str(inside)).read("huge")


def test_a_missing_directory_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        WorkTree.at(str(tmp_path / "none"))


def test_a_file_is_replaced_and_keeps_its_mode(inside: Path) -> None:
    (inside / "pkg" / "m.py").chmod(0o750)
    WorkTree.at(str(inside)).write([FileEdit("pkg/m.py", b"x = 1\n", b"x = 2\n")])
    assert everything(inside) == {"pkg": None, "pkg/m.py": b"x = 2\n"}
    assert stat.S_IMODE((inside / "pkg" / "m.py").stat().st_mode) == 0o750


def test_the_other_names_of_a_file_keep_the_old_content(inside: Path) -> None:
    (inside.parent / "twin").hardlink_to(inside / "pkg" / "m.py")
    WorkTree.at(str(inside)).write([FileEdit("pkg/m.py", b"x = 1\n", b"x = 2\n")])
    assert (inside.parent / "twin").read_bytes() == b"x = 1\n"


def test_a_new_file_brings_its_directories(inside: Path) -> None:
    WorkTree.at(str(inside)).write([FileEdit("a/b/n.py", None, b"n\n")])
    assert (inside / "a" / "b" / "n.py").read_bytes() == b"n\n"


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(FileEdit("pkg/m.py", b"something else\n", b"z\n"), id="changed meanwhile"),
        pytest.param(FileEdit("pkg/m.py", None, b"z\n"), id="created meanwhile"),
        pytest.param(FileEdit("gone.py", b"x\n", b"z\n"), id="removed meanwhile"),
        pytest.param(FileEdit("pkg/m.py/n.py", None, b"z\n"), id="below a file"),
        pytest.param(FileEdit("../n.py", None, b"z\n"), id="outside"),
        pytest.param(FileEdit("x" * 300, None, b"z\n"), id="name too long"),
    ],
)
def test_when_one_file_cannot_be_written_everything_is_as_it_was(inside: Path, last: FileEdit) -> None:
    (inside / "a.py").write_bytes(b"a\n")
    before = everything(inside.parent)
    with pytest.raises(UsageError, match="nothing was changed"):
        WorkTree.at(str(inside)).write([FileEdit("a.py", b"a\n", b"A\n"), FileEdit("d/e/n.py", None, b"n\n"), last])
    assert everything(inside.parent) == before


def test_no_file_is_replaced_before_the_new_content_of_all_is_on_the_disk(inside: Path) -> None:
    (inside / "a.py").write_bytes(b"a\n")
    number = (inside / "a.py").stat().st_ino
    with pytest.raises(UsageError, match="nothing was changed"):
        WorkTree.at(str(inside)).write([FileEdit("a.py", b"a\n", b"A\n"), FileEdit("gone.py", b"x\n", b"z\n")])
    assert (inside / "a.py").stat().st_ino == number


def test_a_name_that_is_nearly_too_long_is_written(inside: Path) -> None:
    name = "\u20ac" * 84 + ".py"
    WorkTree.at(str(inside)).write([FileEdit(name, None, b"n\n")])
    assert (inside / name).read_bytes() == b"n\n"


def test_the_neighbours_of_a_path_are_what_stands_beside_it_and_above(inside: Path) -> None:
    assert sorted(WorkTree.at(str(inside)).neighbours("pkg/sub/n.py")) == ["pkg", "pkg/m.py"]
