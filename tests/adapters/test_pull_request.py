"""A fix on its way: real git over HTTP to a forge, one branch, one pull request, nobody else's work touched."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.github import GitHubClient
from healer.adapters.pull_request import PullRequestDelivery
from healer.adapters.push import Remote
from healer.adapters.repository import EMAIL, PrivateRepository
from healer.delivery.wishes import Wishes
from healer.errors import DeliveryError, UsageError
from healer.models.change import Analysis, FileEdit
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Confidence, Delivered, Fix, HealResult, Outcome
from tests.forge import Answer, Forge, git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPOSITORY = "octo/shop"
BRANCH = "self-heal/0123456789abcdef"
FAILURE = Failure("tests/test_cart.py::test_total", "test_total", CaseOutcome.ERROR, message="name 'totl'")
DIAGNOSIS = Diagnosis((FailureCluster("0123456789abcdef", (FAILURE,)),), ())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    git("init", "--quiet", "--initial-branch=main", str(folder))
    for text in ("total = 1\n", "total = totl\n"):
        (folder / "cart.py").write_text(text, encoding="utf-8")
        git("add", ".", cwd=folder)
        git("commit", "--quiet", "-m", "change", cwd=folder)
    return folder


@pytest.fixture
def forge(tmp_path: Path, clone: Path) -> Iterator[Forge]:
    with Forge(tmp_path / "forge") as server:
        server.add_repository(REPOSITORY, clone)
        yield server
    assert not server.violations


@pytest.fixture
def repository(clone: Path) -> Iterator[PrivateRepository]:
    checkout = Checkout.at(clone, Git.find(os.environ["PATH"]))
    with PrivateRepository(checkout, checkout.resolve()) as opened:
        yield opened


def a_fix(repository: PrivateRepository, after: bytes = b"total = 1\n") -> Fix:
    tree = repository.write_tree([FileEdit("cart.py", repository.source.read("cart.py"), after)])
    return Fix(tree, repository.diff(tree), ("cart.py",), "embedded", None, Analysis("misspelt"), ("It passes.",))


def delivery(
    repository: PrivateRepository,
    forge: Forge,
    *,
    token: str = "",
    target: str | None = None,
    wishes: Wishes | None = None,
) -> PullRequestDelivery:
    secret = token or forge.token
    client = GitHubClient(forge.api_url, secret, REPOSITORY, wait=lambda _: None)
    remote = Remote(forge.url, REPOSITORY, secret)
    return PullRequestDelivery(repository, remote, client, target, wishes or Wishes(), isolated=True)


def commit_on(forge: Forge, branch: str, tmp_path: Path, *, email: str = "ada@example.org", start: str = "main") -> str:
    """Let somebody push a commit to a branch of the forge."""
    folder = tmp_path / f"work-{branch.replace('/', '-')}-{email}"
    git("clone", "--quiet", "--branch", start, str(forge.directory(REPOSITORY)), str(folder))
    (folder / "mine.txt").write_text("mine\n", encoding="utf-8")
    git("add", ".", cwd=folder)
    git("-c", f"user.email={email}", "commit", "--quiet", "-m", "mine", f"--author=A <{email}>", cwd=folder)
    git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder)


def test_a_fix_becomes_one_commit_on_one_branch_with_one_pull_request(
    repository: PrivateRepository, forge: Forge
) -> None:
    fix = a_fix(repository)
    delivered = delivery(repository, forge).deliver(fix, DIAGNOSIS)
    assert delivered == Delivered(BRANCH, f"{forge.url}/octo/shop/pull/1", 1)
    assert forge.git(REPOSITORY, "rev-parse", f"{BRANCH}^{{tree}}") == fix.tree
    assert forge.git(REPOSITORY, "rev-parse", f"{BRANCH}^") == repository.base
    assert forge.git(REPOSITORY, "log", "-1", "--format=%ae %ce", BRANCH) == f"{EMAIL} {EMAIL}"
    [pull] = forge.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (BRANCH, "main")
    assert pull["title"] == "Make test_total pass again"


@pytest.mark.parametrize(
    ("confidence", "is_draft"),
    [(None, False), (Confidence(0.95), False), (Confidence(0.7), False), (Confidence(0.69), True)],
    ids=["not weighed", "fit for auto-merge", "to be reviewed", "thin"],
)
def test_thin_evidence_makes_a_draft(
    repository: PrivateRepository, forge: Forge, confidence: Confidence | None, *, is_draft: bool
) -> None:
    delivery(repository, forge).deliver(replace(a_fix(repository), confidence=confidence), DIAGNOSIS)
    [pull] = forge.pulls
    assert pull["draft"] is is_draft


def test_the_same_fix_again_changes_nothing(repository: PrivateRepository, forge: Forge) -> None:
    first = delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    commit = forge.branch(REPOSITORY, BRANCH)
    assert delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS) == first
    assert forge.branch(REPOSITORY, BRANCH) == commit
    assert len(forge.pulls) == 1


def test_a_better_fix_replaces_our_own_commit(repository: PrivateRepository, forge: Forge) -> None:
    delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    better = a_fix(repository, b"total = 2 - 1\n")
    assert delivery(repository, forge).deliver(better, DIAGNOSIS).branch == BRANCH
    assert forge.git(REPOSITORY, "rev-parse", f"{BRANCH}^{{tree}}") == better.tree
    assert len(forge.pulls) == 1


def test_somebody_elses_commit_is_never_overwritten(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    theirs = commit_on(forge, BRANCH, tmp_path)
    delivered = delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    assert delivered.branch == f"{BRANCH}-2"
    assert forge.branch(REPOSITORY, BRANCH) == theirs


def test_a_commit_on_top_of_ours_is_never_overwritten(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    theirs = commit_on(forge, BRANCH, tmp_path, start=BRANCH)
    delivered = delivery(repository, forge).deliver(a_fix(repository, b"total = 2 - 1\n"), DIAGNOSIS)
    assert delivered.branch == f"{BRANCH}-2"
    assert forge.branch(REPOSITORY, BRANCH) == theirs


def test_a_branch_that_moves_between_the_look_and_the_push_is_not_overwritten(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    delivering = delivery(repository, forge)
    fix = a_fix(repository)
    commit = repository.commit(fix.tree, "fix\n")
    theirs = commit_on(forge, BRANCH, tmp_path)
    with pytest.raises(DeliveryError, match="pushed to it meanwhile") as caught:
        delivering.remote.push(repository, commit, BRANCH, None)
    assert caught.value.code == "branch_moved"
    assert forge.branch(REPOSITORY, BRANCH) == theirs


def test_the_pull_request_goes_to_the_branch_that_failed(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    commit_on(forge, "release", tmp_path)
    delivery(repository, forge, target="release").deliver(a_fix(repository), DIAGNOSIS)
    assert forge.pulls[0]["base"]["ref"] == "release"


def test_the_same_failure_on_another_branch_gets_its_own(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    commit_on(forge, "release", tmp_path)
    delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    delivered = delivery(repository, forge, target="release").deliver(a_fix(repository), DIAGNOSIS)
    assert delivered.branch == f"{BRANCH}-2"
    assert [(pull["head"]["ref"], pull["base"]["ref"]) for pull in forge.pulls] == [
        (BRANCH, "main"),
        (f"{BRANCH}-2", "release"),
    ]


def test_the_pull_request_is_completed_at_the_end(repository: PrivateRepository, forge: Forge) -> None:
    delivering = delivery(repository, forge)
    fix = a_fix(repository)
    delivered = delivering.deliver(fix, DIAGNOSIS)
    result = HealResult(Outcome.FIXED, "verified", "done", diagnosis=DIAGNOSIS, fix=fix, delivered=delivered, seconds=7)
    delivering.conclude(result)
    assert "7 seconds; no model was asked." in forge.pulls[0]["body"]


def test_a_refusal_at_the_end_does_not_undo_the_delivery(repository: PrivateRepository, forge: Forge) -> None:
    delivering = delivery(repository, forge)
    fix = a_fix(repository)
    delivered = delivering.deliver(fix, DIAGNOSIS)
    forge.script("PATCH", ".*", Answer(404, {"message": "Not Found"}))
    delivering.conclude(HealResult(Outcome.FIXED, "r", "s", diagnosis=DIAGNOSIS, fix=fix, delivered=delivered))
    assert len(forge.pulls) == 1


STRONG = Confidence(0.95)
MERGE = Wishes(auto_merge=True, review_from=("ada",))


def test_the_pull_request_says_what_was_done(repository: PrivateRepository, forge: Forge) -> None:
    forge.pull_requests.collaborators = {"ada"}
    delivering = delivery(repository, forge, wishes=MERGE)
    fix = replace(a_fix(repository), confidence=STRONG)
    delivered = delivering.deliver(fix, DIAGNOSIS)
    assert "enabled" not in forge.pulls[0]["body"]
    delivering.conclude(HealResult(Outcome.FIXED, "r", "s", diagnosis=DIAGNOSIS, fix=fix, delivered=delivered))
    assert delivered == Delivered(BRANCH, f"{forge.url}/octo/shop/pull/1", 1, auto_merge=True, asked=("ada",))
    assert "Auto-merge is enabled: GitHub merges it once all" in forge.pulls[0]["body"]
    assert "A review is requested of `ada`." in forge.pulls[0]["body"]


def test_auto_merge_goes_off_before_another_commit_is_pushed(repository: PrivateRepository, forge: Forge) -> None:
    delivering = delivery(repository, forge, wishes=MERGE)
    delivering.deliver(replace(a_fix(repository), confidence=STRONG), DIAGNOSIS)
    first = forge.branch(REPOSITORY, BRANCH)
    forge.script("GRAPHQL", "disablePullRequestAutoMerge", Answer(200, {"errors": [{"message": "no"}]}))
    other = replace(a_fix(repository, b"total = 2 - 1\n"), confidence=STRONG)
    with pytest.raises(DeliveryError, match="could not be switched off") as caught:
        delivering.deliver(other, DIAGNOSIS)
    assert caught.value.code == "auto_merge_stays_on"
    assert forge.branch(REPOSITORY, BRANCH) == first
    assert delivering.deliver(other, DIAGNOSIS).auto_merge
    [*_, (_, given)] = forge.pull_requests.mutations
    assert given["expectedHeadOid"] == forge.branch(REPOSITORY, BRANCH) != first


def test_beside_somebody_elses_branch_nothing_merges_by_itself(
    repository: PrivateRepository, forge: Forge, tmp_path: Path
) -> None:
    commit_on(forge, BRANCH, tmp_path)
    fix = replace(a_fix(repository), confidence=STRONG)
    delivered = delivery(repository, forge, wishes=Wishes(auto_merge=True)).deliver(fix, DIAGNOSIS)
    assert (delivered.branch, delivered.auto_merge) == (f"{BRANCH}-2", False)
    assert "somebody else's" in delivered.notes[0]


def test_a_run_of_another_ref_says_that_its_pull_request_holds_more(
    repository: PrivateRepository, forge: Forge
) -> None:
    forge.git(REPOSITORY, "update-ref", "refs/heads/main", "main~1")
    fix = replace(a_fix(repository), confidence=STRONG)
    delivering = delivery(repository, forge, wishes=MERGE)
    delivered = delivering.deliver(fix, DIAGNOSIS)
    delivering.conclude(HealResult(Outcome.FIXED, "r", "s", diagnosis=DIAGNOSIS, fix=fix, delivered=delivered))
    assert not delivered.auto_merge
    assert "holds 2 commits, not the proved one alone" in forge.pulls[0]["body"]
    assert "nothing else" not in forge.pulls[0]["body"]


def test_the_same_fix_again_keeps_its_auto_merge(repository: PrivateRepository, forge: Forge) -> None:
    fix = replace(a_fix(repository), confidence=STRONG)
    for _ in range(2):
        assert delivery(repository, forge, wishes=MERGE).deliver(fix, DIAGNOSIS).auto_merge
    assert [name for name, _ in forge.pull_requests.mutations] == ["enablePullRequestAutoMerge"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("remote: error: GH006: Protected branch update failed", "branch_protected"),
        ("refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml`", "workflow_refused"),
    ],
    ids=["protected", "workflow"],
)
def test_a_refused_push_says_why_and_what_to_do(
    repository: PrivateRepository, forge: Forge, words: str, code: str
) -> None:
    forge.refuse_pushes(REPOSITORY, words)
    with pytest.raises(DeliveryError) as caught:
        delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    assert caught.value.code == code
    assert forge.branch(REPOSITORY, BRANCH) is None
    assert forge.pulls == []


def test_a_wrong_token_is_named_and_not_shown(repository: PrivateRepository, forge: Forge) -> None:
    delivering = delivery(repository, forge, token="ghs_wrong-token-of-this-test", target="main")
    with pytest.raises(DeliveryError) as caught:
        delivering.deliver(a_fix(repository), DIAGNOSIS)
    assert caught.value.code == "token_rejected"
    assert "wrong-token" not in caught.value.sentence


def test_a_pushed_fix_without_a_pull_request_says_where_it_is(repository: PrivateRepository, forge: Forge) -> None:
    forge.script(
        "POST", "/pulls", Answer(403, {"message": "Resource not accessible", "documentation_url": "https://x"})
    )
    with pytest.raises(DeliveryError, match=f"on the branch {BRANCH}") as caught:
        delivery(repository, forge).deliver(a_fix(repository), DIAGNOSIS)
    assert caught.value.code == "permission_missing"
    assert forge.branch(REPOSITORY, BRANCH) is not None


def test_the_token_is_in_no_argument_and_no_file(repository: PrivateRepository, forge: Forge, tmp_path: Path) -> None:
    recorder = tmp_path / "bin" / "git"
    recorder.parent.mkdir()
    recorder.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/arguments\nexec {repository.runner.executable} "$@"\n',
        encoding="utf-8",
    )
    recorder.chmod(0o755)
    spied = Git(str(recorder), repository.runner.path)

    class Spied:
        directory = repository.directory
        runner = spied

    remote = Remote(forge.url, REPOSITORY, forge.token)
    commit = repository.commit(a_fix(repository).tree, "fix\n")
    remote.push(Spied(), commit, BRANCH, None)
    assert "push" in (tmp_path / "arguments").read_text(encoding="utf-8")
    assert forge.token not in (tmp_path / "arguments").read_text(encoding="utf-8")
    assert forge.token not in repr(remote)
    for path in repository.folder.rglob("*"):
        assert path.is_dir() or forge.token.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "branch", ["main", "self-heal/x", "self-heal/0123456789abcdef\nmain", "-f", "self-heal/../main"]
)
def test_only_branches_of_ours_are_pushed_to(repository: PrivateRepository, forge: Forge, branch: str) -> None:
    with pytest.raises(DeliveryError, match="not a branch name of ours"):
        Remote(forge.url, REPOSITORY, forge.token).push(repository, repository.base, branch, None)


@pytest.mark.parametrize("address", ["", "github.com", "ssh://git@github.com", "https://u:p@github.com", "file:///tmp"])
def test_only_the_address_of_a_server_is_taken(address: str) -> None:
    with pytest.raises(UsageError):
        Remote(address, REPOSITORY, "t")


def test_a_clone_of_depth_one_is_enough(forge: Forge, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git("clone", "--quiet", "--depth=1", f"file://{forge.directory(REPOSITORY)}", str(shallow))
    checkout = Checkout.at(shallow, Git.find(os.environ["PATH"]))
    with PrivateRepository(checkout, checkout.resolve()) as opened:
        delivered = delivery(opened, forge).deliver(a_fix(opened), DIAGNOSIS)
        assert forge.git(REPOSITORY, "rev-parse", f"{delivered.branch}^") == opened.base
