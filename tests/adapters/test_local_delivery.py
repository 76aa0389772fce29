"""A fix handed over on this machine: a branch, a patch file whole or not at all, or nothing but the result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from healer.adapters.local_delivery import BranchDelivery, PatchDelivery, SummaryDelivery, write_whole
from healer.errors import DeliveryError
from healer.models.change import Analysis, FileEdit
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Delivered, Fix
from tests.projects import project, snapshot

if TYPE_CHECKING:
    from healer.adapters.repository import PrivateRepository

DIFF = "--- a/caf\xe9.py\n+++ b/caf\xe9.py\n@@ -1 +1 @@\n-x\r\n+y\r\n"
FIX = Fix("0" * 40, DIFF, ("a.py",), "embedded", None, Analysis(), ())
FAILURE = Failure("test_a.py::test_a", "test_a", CaseOutcome.FAILED, message="wrong")
DIAGNOSIS = Diagnosis((FailureCluster("0123456789abcdef", (FAILURE,)),), ())


def a_fix(repository: PrivateRepository) -> Fix:
    tree = repository.write_tree([FileEdit("a.py", b"x\n", b"y\n")])
    return Fix(tree, repository.diff(tree), ("a.py",), "embedded", None, Analysis(), ())


def test_a_branch_holds_one_commit_with_the_proven_tree(tmp_path: Path) -> None:
    made = project(tmp_path, {"a.py": "x\n"})
    with made.private() as repository:
        fix = a_fix(repository)
        delivered = BranchDelivery(made.checkout, repository).deliver(fix, DIAGNOSIS)
        again = BranchDelivery(made.checkout, repository).deliver(fix, DIAGNOSIS)
    assert delivered.branch is not None
    assert delivered.branch.startswith("self-heal/")
    assert again.branch is not None
    assert again.branch.startswith(delivered.branch)
    assert made.git("rev-parse", f"{delivered.branch}^{{tree}}") == fix.tree
    assert made.git("rev-parse", f"{delivered.branch}^") == made.head
    assert made.git("status", "--porcelain") == ""
    made.git("fsck", "--strict", "--connectivity-only")


def test_a_patch_file_holds_the_diff_byte_for_byte_and_git_applies_it(tmp_path: Path) -> None:
    PatchDelivery(tmp_path / "fix.patch").deliver(FIX, DIAGNOSIS)
    assert (tmp_path / "fix.patch").read_bytes() == DIFF.encode()
    made = project(tmp_path, {"a.py": "x\n"})
    with made.private() as repository:
        fix = a_fix(repository)
    assert PatchDelivery(tmp_path / "fix.patch").deliver(fix, DIAGNOSIS) == Delivered()
    made.git("apply", "--index", str(tmp_path / "fix.patch"))
    assert made.git("write-tree") == fix.tree


def test_without_a_file_and_for_a_summary_nothing_is_written(tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    assert PatchDelivery(None).deliver(FIX, DIAGNOSIS) == Delivered()
    assert SummaryDelivery().deliver(FIX, DIAGNOSIS) == Delivered()
    assert snapshot(tmp_path) == before


def test_a_file_is_replaced_whole_and_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old and longer", encoding="utf-8")
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    (tmp_path / "link").symlink_to("kept")
    for name in ("old", "link", "new"):
        write_whole(tmp_path / name, "new\n")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "old": b"new\n",
        "kept": b"kept",
        "link": b"new\n",
        "new": b"new\n",
    }
    assert not (tmp_path / "link").is_symlink()


def test_a_patch_can_be_read_by_others_whatever_the_mask(tmp_path: Path) -> None:
    write_whole(tmp_path / "fix.patch", DIFF)
    assert oct((tmp_path / "fix.patch").stat().st_mode) == "0o100644"


@pytest.mark.parametrize("where", ["missing/fix.patch", "folder", "x" * 300, "file/fix.patch", "locked/fix.patch"])
def test_a_patch_that_cannot_be_written_is_told_in_a_sentence_and_leaves_nothing(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    (tmp_path / "file").touch()
    locked = tmp_path / "locked"
    if os.geteuid() == 0:  # whom permissions do not stop
        locked.symlink_to("/proc")
    else:
        locked.mkdir(mode=0o555)
    before = snapshot(tmp_path)
    with pytest.raises(DeliveryError, match=r"the patch could not be written to .* give another --output") as refused:
        PatchDelivery(tmp_path / where).deliver(FIX, DIAGNOSIS)
    assert (refused.value.code, refused.value.exit_code) == ("patch_not_written", 1)
    assert snapshot(tmp_path) == before


def test_text_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "fix.patch", "bad \ud800")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "new\n")
        assert os.read(reader, 10) == b"new\n"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    write_whole(Path(os.devnull), "new\n")
    assert Path(os.devnull).is_char_device()
