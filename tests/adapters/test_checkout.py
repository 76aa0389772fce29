"""The user's checkout in all its shapes: found, read without a trace, and given one branch at most."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from healer.adapters.checkout import Checkout
from healer.errors import DeliveryError, RepositoryError
from healer.models.change import FileEdit
from tests.projects import build, git, our_git, project, snapshot, without_objects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects import Project

NAME = "self-heal/0123456789abcdef"
BROKEN = {"shop.py": "total = totl\n"}


def a_fix(made: Project, after: bytes = b"total = 1\n") -> tuple[str, bytes]:
    """Return a commit that repairs the project, and the pack that holds it."""
    with made.private() as repository:
        tree = repository.write_tree([FileEdit("shop.py", repository.source.read("shop.py"), after)])
        commit = repository.commit(tree, "fix\n")
        return commit, repository.pack(commit)


def test_a_folder_that_is_no_repository_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    with pytest.raises(RepositoryError, match=r"is not inside a git repository; run `git init`") as refused:
        Checkout.at(tmp_path, our_git())
    assert refused.value.code == "not_a_repository"


@pytest.mark.parametrize("name", ["file", "missing"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RepositoryError, match="is not a directory"):
        Checkout.at(tmp_path / name, our_git())


def test_a_folder_inside_a_checkout_leads_to_its_root(tmp_path: Path) -> None:
    made = project(tmp_path, {"src/shop.py": "x = 1\n"})
    checkout = Checkout.at(made.root / "src", our_git())
    assert (checkout.top, checkout.directory) == (made.root, made.root / "src")
    assert checkout.store == made.root / ".git"


@pytest.mark.parametrize(
    "name", ["with space", "caf\xe9", 'quo"te', "back\\slash", "new\nline", "#hash", "a:b", "ends\n"]
)
def test_a_checkout_may_have_any_name(tmp_path: Path, name: str) -> None:
    made = build(tmp_path / name, BROKEN)
    checkout = made.checkout
    assert checkout.top == made.root
    assert checkout.add_branch(NAME, *a_fix(made)) == NAME
    assert made.git("show", f"{NAME}:shop.py") == "total = 1"


def test_a_checkout_may_have_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    made = build(tmp_path / os.fsdecode(b"caf\xe9"), BROKEN)
    assert made.checkout.top == made.root
    assert made.checkout.add_branch(NAME, *a_fix(made)) == NAME


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="has no commits yet") as refused:
        build(tmp_path / "empty").checkout.resolve()
    assert refused.value.code == "no_commits"


def test_a_head_whose_commit_is_gone_is_not_taken_for_an_empty_repository(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    (made.root / ".git" / "objects" / made.head[:2] / made.head[2:]).unlink()
    with pytest.raises(RepositoryError, match="lacks the commit that is checked out") as refused:
        made.checkout.resolve()
    assert refused.value.code == "objects_missing"


@pytest.mark.parametrize(
    "revision", ["no-such-branch", "0" * 40, "--all", "HEAD^{tree}", "HEAD~7", "", "-h", "HEAD:shop.py"]
)
def test_a_revision_that_names_no_commit_is_refused(tmp_path: Path, revision: str) -> None:
    with pytest.raises(RepositoryError) as refused:
        project(tmp_path, BROKEN).checkout.resolve(revision)
    assert refused.value.code == "no_commit"


def test_a_revision_is_a_branch_a_tag_a_short_id_or_an_expression(tmp_path: Path) -> None:
    made = project(tmp_path, {"shop.py": "total = 1\n"}, BROKEN)
    made.git("tag", "--annotate", "--message", "release", "v1", "HEAD~1")
    first, second = made.git("rev-parse", "HEAD~1"), made.head
    found = [made.checkout.resolve(name) for name in ("HEAD", "main", second[:10], "v1", "HEAD~1")]
    assert found == [second, second, second, first, first]


def test_a_detached_head_is_a_commit_like_any_other(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN, {"shop.py": "total = 2\n"})
    made.git("checkout", "--quiet", "--detach", "HEAD~1")
    assert made.checkout.resolve() == made.head
    assert made.checkout.uncommitted() == ()
    assert made.checkout.add_branch(NAME, *a_fix(made)) == NAME
    assert (made.root / ".git" / "HEAD").read_text("utf-8").strip() == made.head


def test_a_bare_repository_has_no_working_tree_and_takes_a_branch(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    git("clone", "--quiet", "--bare", str(made.root), str(tmp_path / "bare.git"), cwd=tmp_path)
    checkout = Checkout.at(tmp_path / "bare.git", our_git())
    assert (checkout.top, checkout.uncommitted()) == (None, ())
    assert checkout.add_branch(NAME, *a_fix(made)) == NAME
    assert git("show", f"{NAME}:shop.py", cwd=tmp_path / "bare.git") == "total = 1"


def test_a_linked_worktree_is_read_for_itself_and_delivers_to_the_common_repository(tmp_path: Path) -> None:
    made = project(tmp_path, {"shop.py": "total = 1\n"}, BROKEN)
    made.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "HEAD~1")
    (tmp_path / "linked" / "new.py").touch()
    checkout = Checkout.at(tmp_path / "linked", our_git())
    assert (checkout.top, checkout.store) == (tmp_path / "linked", made.root / ".git")
    assert checkout.resolve() == made.git("rev-parse", "HEAD~1")
    assert checkout.uncommitted() == ("new.py",)
    assert checkout.add_branch(NAME, *a_fix(made)) == NAME
    assert made.git("show", f"{NAME}:shop.py") == "total = 1"


def test_a_shallow_clone_takes_a_branch(tmp_path: Path) -> None:
    made = project(tmp_path, {"shop.py": "total = 1\n"}, BROKEN)
    git("clone", "--quiet", "--depth=1", made.root.as_uri(), str(tmp_path / "shallow"), cwd=tmp_path)
    shallow = build(tmp_path / "shallow")
    assert shallow.checkout.add_branch(NAME, *a_fix(shallow)) == NAME
    assert shallow.git("show", f"{NAME}:shop.py") == "total = 1"
    shallow.git("fsck", "--strict")


def test_a_repository_with_sha256_ids_takes_a_branch(tmp_path: Path) -> None:
    made = build(tmp_path / "project", BROKEN, options=("--object-format=sha256",))
    assert len(made.checkout.resolve()) == 64
    assert made.checkout.add_branch(NAME, *a_fix(made)) == NAME


def test_changes_are_told_by_name_however_odd_and_whatever_the_state(tmp_path: Path) -> None:
    made = project(tmp_path, dict.fromkeys(("changed", "gone", "moved", "staged", "same"), "x\n"))
    made.write(
        {"changed": "y\n", "staged": "y\n", "n\new": "", 'quo"te': "", "caf\xe9": "", " leading": "", "folder/deep": ""}
    )
    made.git("add", "staged")
    made.git("mv", "--", "moved", "-> elsewhere")
    (made.root / "gone").unlink()
    expected = [
        "changed",
        "gone",
        "moved",
        "-> elsewhere",
        "staged",
        "n\new",
        'quo"te',
        "caf\xe9",
        " leading",
        "folder/",
    ]
    assert sorted(made.checkout.uncommitted()) == sorted(expected)


def test_ignored_files_and_submodules_are_no_changes(tmp_path: Path) -> None:
    made = project(tmp_path, {".gitignore": "*.log\n"})
    build(made.root / "library", {"library.py": "x = 1\n"})
    made.commit({})
    made.write({"build.log": "noise\n", "library/library.py": "x = 2\n"})
    assert made.checkout.uncommitted() == ()


def test_a_damaged_index_is_told_in_a_sentence(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    (made.root / ".git" / "index").write_bytes(b"DIRC garbage" * 9)
    with pytest.raises(RepositoryError, match=r"could not compare .* with its commit: .*; repair the checkout"):
        made.checkout.uncommitted()


def test_the_same_fix_delivered_again_is_the_same_branch(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    commit, pack = a_fix(made)
    assert made.checkout.add_branch(NAME, commit, pack) == NAME
    before = without_objects(snapshot(made.root))
    assert made.checkout.add_branch(NAME, commit, pack) == NAME
    assert without_objects(snapshot(made.root)) == before


def test_a_branch_that_points_elsewhere_is_left_alone(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    for taken in (NAME, f"{NAME}-2"):
        made.git("branch", taken)
    commit, pack = a_fix(made)
    assert made.checkout.add_branch(NAME, commit, pack) == f"{NAME}-3"
    assert made.git("rev-parse", NAME, f"{NAME}-2", f"{NAME}-3").splitlines() == [made.head, made.head, commit]


def test_there_is_an_end_to_numbered_branches(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    taken = [NAME, *(f"{NAME}-{number}" for number in range(2, 50))]
    made.git("update-ref", "--stdin", stdin="".join(f"create refs/heads/{name} HEAD\n" for name in taken).encode())
    with pytest.raises(DeliveryError, match="delete old ones") as refused:
        made.checkout.add_branch(NAME, *a_fix(made))
    assert refused.value.code == "branch_exists"


@pytest.mark.parametrize(
    "name", ["main", "self-heal/x", "self-heal/0123456789abcdef\n", "self-heal/../main", "refs/heads/main", "", "-D"]
)
def test_only_names_of_our_own_are_written(tmp_path: Path, name: str) -> None:
    made = project(tmp_path, BROKEN)
    before = snapshot(made.root)
    with pytest.raises(DeliveryError, match="is not a branch name of ours"):
        made.checkout.add_branch(name, made.head, b"")
    assert snapshot(made.root) == before


def test_a_pack_that_is_damaged_leaves_no_branch(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    commit, pack = a_fix(made)
    with pytest.raises(DeliveryError, match="could not be written") as refused:
        made.checkout.add_branch(NAME, commit, pack[:-30])
    assert refused.value.code == "branch_not_written"
    assert made.git("branch", "--list", "self-heal/*") == ""


def test_a_repository_that_cannot_be_written_to_is_told_in_a_sentence(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    commit, pack = a_fix(made)
    objects = made.root / ".git" / "objects"
    if os.geteuid() == 0:  # whom permissions do not stop
        (objects / "pack").rmdir()
        (objects / "pack").touch()
    else:
        (objects / "pack").chmod(0o555)
        objects.chmod(0o555)
    with pytest.raises(DeliveryError, match=r"make the repository writable, or use --deliver patch") as refused:
        made.checkout.add_branch(NAME, commit, pack)
    assert refused.value.code == "branch_not_written"
    objects.chmod(0o755)


def test_a_branch_in_the_way_of_our_names_is_told_in_a_sentence(tmp_path: Path) -> None:
    made = project(tmp_path, BROKEN)
    made.git("branch", "self-heal")
    with pytest.raises(DeliveryError, match="self-heal"):
        made.checkout.add_branch(NAME, *a_fix(made))
    assert made.git("branch", "--list", "self-heal/*") == ""
