"""Copies of trees: as the commit holds them, sharing nothing, held against the base, out of sight at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from healer.adapters.copies import Copies
from healer.errors import SandboxError
from healer.models.change import FileEdit
from tests.projects import Link, Program, contents, project, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from healer.adapters.repository import PrivateRepository
    from tests.projects import Content

FILES: dict[str, Content] = {
    "shop.py": "total = 1\n",
    "src/deep/er.py": "x = 1\n",
    "tests/test_shop.py": "def test_it(): pass\n",
    "run.sh": Program("#!/bin/sh\n"),
    "link": Link("src/deep"),
    "odd\n\u00e9.txt": b"\x00\xff",
}


class Laid:
    """Copies below a folder."""

    def __init__(self, folder: Path, repository: PrivateRepository, built: dict[str, str]) -> None:
        def furnish(tree: Path) -> None:
            for name, text in built.items():
                (tree / name).write_text(text, encoding="utf-8")

        self.folder = folder
        self.repository = repository
        self.copies = Copies(repository, folder, furnish)
        self.number = 0

    def lay(self, tree: str | None = None) -> Path:
        self.number += 1
        place = self.folder / f"run-{self.number}"
        place.mkdir()
        self.copies.lay(tree, place)
        return place

    def edited(self, path: str, after: str) -> str:
        return self.repository.write_tree([FileEdit(path, None, after.encode())])


@contextmanager
def copies(place: Path, files: dict[str, Content] = FILES, **built: str) -> Iterator[Laid]:
    folder = place / "ours"
    folder.mkdir()
    with project(place, files).private() as repository:
        laid = Laid(folder, repository, built)
        try:
            yield laid
        finally:
            laid.copies.close()


def test_a_copy_is_what_git_would_write(tmp_path: Path) -> None:
    with copies(tmp_path) as laid:
        tree = laid.edited("shop.py", "total = 2\n")
        by_git = tmp_path / "by-git"
        by_git.mkdir()
        laid.repository.export(tree, by_git)

        assert contents(laid.lay()) == {
            name: text.encode() if isinstance(text, str) else text for name, text in FILES.items()
        }
        assert snapshot(laid.lay(tree)) == snapshot(by_git)


def test_what_a_candidate_adds_is_there_and_what_it_changes_is_changed_nowhere_else(tmp_path: Path) -> None:
    with copies(tmp_path) as laid:
        added = laid.lay(laid.edited("src/new/module.py", "y = 1\n"))
        changed = laid.lay(laid.edited("shop.py", "total = 2\n"))
        base = laid.lay()

    assert (added / "src/new/module.py").read_text("utf-8") == "y = 1\n"
    assert (changed / "shop.py").read_text("utf-8") == "total = 2\n"
    assert (base / "shop.py").read_text("utf-8") == (added / "shop.py").read_text("utf-8") == "total = 1\n"
    assert not (base / "src/new").exists()


def test_writing_into_one_copy_changes_no_other(tmp_path: Path) -> None:
    with copies(tmp_path) as laid:
        first = laid.lay()
        for name in ("shop.py", "run.sh", "src/deep/er.py"):
            with (first / name).open("r+b") as file:
                file.write(b"#")
        second = laid.lay()

    assert (second / "shop.py").read_text("utf-8") == FILES["shop.py"]
    assert (second / "src/deep/er.py").read_text("utf-8") == FILES["src/deep/er.py"]


def test_what_builds_left_is_in_every_copy_and_a_candidate_of_the_same_name_wins(tmp_path: Path) -> None:
    built = {"_version.py": "version = 1\n"}
    with copies(tmp_path, FILES, **built) as laid:
        assert (laid.lay() / "_version.py").read_text("utf-8") == built["_version.py"]
        tree = laid.edited("_version.py", "version = 2\n")
        assert (laid.lay(tree) / "_version.py").read_text("utf-8") == "version = 2\n"


def test_a_tree_that_differs_in_more_than_plain_files_is_laid_out_whole(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with copies(tmp_path) as laid:
        made = project(tmp_path / "other", {**FILES, "link": "now a file\n"})
        with made.private() as repository:
            place = tmp_path / "whole"
            place.mkdir()
            repository.export(None, place)
            wanted = snapshot(place)
            alternates = laid.repository.directory / "objects" / "info" / "alternates"
            alternates.write_text(f"{alternates.read_text('utf-8')}{made.root}/.git/objects\n", encoding="utf-8")
            tree = made.git("rev-parse", "HEAD^{tree}")

            assert snapshot(laid.lay(tree)) == wanted


@pytest.mark.parametrize("name", ["tests/test_shop.py"])
@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_base_that_something_wrote_to_is_noticed_before_a_run(tmp_path: Path, name: str, how: str) -> None:
    with copies(tmp_path) as laid:
        laid.lay()
        spoilt = laid.folder / "base" / name
        spoilt.unlink()
        if how == "changed":
            spoilt.write_text("def test_it(): assert True\n", encoding="utf-8")

        with pytest.raises(SandboxError, match=f"{name} is not what the commit holds"):
            laid.lay()


def test_a_folder_is_out_of_sight_at_once_and_gone_when_all_is_put_away(tmp_path: Path) -> None:
    with copies(tmp_path) as laid:
        runs = [laid.lay() for _ in range(8)]
        for run in runs:
            (run / "src" / "deep").chmod(0o500)
            laid.copies.remove(run)
            assert not run.exists()
