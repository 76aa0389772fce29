"""git as the engine calls it: nothing that a repository or an environment configures is obeyed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.process import ProcessFailed
from healer.adapters.repository import PrivateRepository
from healer.errors import RepositoryError
from healer.models.change import FileEdit
from tests.adapters.hostile import arm_lazy_fetching, trapped
from tests.projects import build, our_git, project, snapshot

if TYPE_CHECKING:
    from tests.adapters.hostile import Trapped


def test_git_is_found_on_the_path_given_and_not_on_another(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="there is no git on the PATH") as refused:
        Git.find(str(tmp_path))
    assert refused.value.code == "no_git"
    assert our_git().executable.endswith("/git")


def test_a_git_found_in_a_relative_folder_stays_the_one_found(tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho fake\n", encoding="utf-8")
    fake.chmod(0o755)
    found = Path(Git.find(os.path.relpath(fake.parent)).executable)
    assert found.is_absolute()
    assert found.samefile(fake)


def test_a_query_that_git_refuses_has_no_answer() -> None:
    assert our_git().line("config", "--get", "no.such-setting") is None
    assert (our_git().line("--version") or "").startswith("git version ")


def test_a_command_that_fails_says_what_git_said(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match="not a git repository"):
        our_git()("-C", str(tmp_path), "log", environment={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})


def test_settings_travel_in_the_environment_and_later_ones_win() -> None:
    git = Git(our_git().executable, our_git().path, {"gc.auto": "7", "http.extraHeader": "secret: = yes"})
    assert git("config", "--get", "gc.auto").text == "7"
    assert git("config", "--get", "http.extraHeader").text == "secret: = yes"


def use_everything(root: Path) -> list[str]:
    """Do all that the engine ever does with a repository; return what it found in the working tree."""
    checkout = Checkout.at(root, our_git())
    base = checkout.resolve("HEAD")
    changed = checkout.uncommitted()
    with PrivateRepository(checkout, base) as repository:
        deliver_a_change(checkout, repository)
    return sorted(changed)


def deliver_a_change(checkout: Checkout, repository: PrivateRepository) -> None:
    assert repository.recent_commits(10)
    tree = repository.write_tree([FileEdit("shop.py", repository.source.read("shop.py"), b"total = 1\n")])
    assert repository.changes(tree)
    assert repository.diff(tree)
    exported = repository.folder / "exported"
    exported.mkdir()
    repository.export(tree, exported)
    assert (exported / "shop.py").read_bytes() == b"total = 1\n"
    commit = repository.commit(tree, "fix\n")
    checkout.add_branch("self-heal/0123456789abcdef", commit, repository.pack(commit))


@pytest.fixture
def trap(tmp_path: Path) -> Trapped:
    return trapped(tmp_path)


def test_the_traps_snap_shut_on_git_as_it_comes(trap: Trapped) -> None:
    trap.project.git("config", "--unset", "filter.trap.process")
    trap.project.git("-c", "filter.trap.required=false", "status")
    clean = {"clean", "clean-mixed-case", "clean-not-utf-8", "clean-with-equals-sign"}
    assert set(trap.sprung) >= {*clean, "fsmonitor", "hook-post-index-change"}


def test_nothing_that_a_repository_configures_is_run(trap: Trapped) -> None:
    expected = [".gitattributes", "shop.cfg", "shop.md", "shop.py", "shop.txt"]
    assert (use_everything(trap.project.root), trap.sprung) == (expected, [])


def test_a_repository_that_lacks_objects_cannot_make_git_fetch_them(trap: Trapped) -> None:
    arm_lazy_fetching(trap)
    head = trap.project.head
    for missing in (trap.project.git("rev-parse", "HEAD:shop.py"), trap.project.git("rev-parse", "HEAD~1:shop.py")):
        (trap.project.root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    checkout = trap.project.checkout
    assert checkout.resolve("HEAD") == head
    with pytest.raises(RepositoryError, match="there is no commit"):
        checkout.resolve("0" * 39 + "1")
    with pytest.raises(RepositoryError) as refused:
        trap.project.private(head)
    assert refused.value.code == "objects_missing"
    assert trap.sprung == []


def test_no_protocol_is_open_to_a_git_that_fetches_what_it_lacks(trap: Trapped) -> None:
    arm_lazy_fetching(trap)
    query = ("-C", str(trap.project.root), "cat-file", "-e", "0" * 39 + "1")
    asked = our_git()(*query, environment={"GIT_NO_LAZY_FETCH": "0"}, accept=frozenset(range(256)))
    assert "transport 'ext' not allowed" in asked.complaint
    assert trap.sprung == []


def test_the_environment_of_this_process_is_not_obeyed(
    tmp_path: Path, trap: Trapped, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = build(tmp_path / "clean", {"shop.py": "total = totl\n"})
    for name, value in {
        "GIT_DIR": str(trap.project.root / ".git"),
        "GIT_WORK_TREE": str(trap.project.root),
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": trap.mark("environment"),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{trap.marks}'",
        "GIT_EXTERNAL_DIFF": trap.mark("external-diff"),
        "GIT_SSH_COMMAND": trap.mark("ssh"),
        "GIT_TRACE": str(trap.marks / "trace"),
        "GIT_EXEC_PATH": str(trap.marks),
        "GIT_TEMPLATE_DIR": str(trap.marks),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_DEFAULT_HASH": "sha256",
        "HOME": str(trap.marks.parent),
        "XDG_CONFIG_HOME": str(trap.marks.parent),
    }.items():
        monkeypatch.setenv(name, value)
    (trap.marks.parent / ".gitconfig").write_text(f"[core]\n\tfsmonitor = {trap.marks}/x\n", encoding="utf-8")
    assert use_everything(clean.root) == []
    assert trap.sprung == []


def test_all_that_ever_changes_in_a_repository_is_a_branch_and_its_objects(tmp_path: Path) -> None:
    made = project(tmp_path, {"shop.py": "total = 1\n"}, {"shop.py": "total = totl\n"})
    made.write({"shop.py": "total = half done\n", "staged.py": "x = 1\n", "untracked.py": "y = 1\n"})
    made.git("add", "staged.py")
    (made.root / "shop.py").touch()
    before = snapshot(made.root)
    assert use_everything(made.root) == ["shop.py", "staged.py", "untracked.py"]
    after = snapshot(made.root)
    added = {name for name in after if name not in before and ".git/objects" not in name}
    assert {name for name in added if (made.root / name).is_file()} == {
        ".git/logs/refs/heads/self-heal/0123456789abcdef",
        ".git/refs/heads/self-heal/0123456789abcdef",
    }
    assert {name: facts for name, facts in after.items() if name in before} == before
