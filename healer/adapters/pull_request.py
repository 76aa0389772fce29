"""Deliver a fix as a pull request: one commit on a branch of ours, one open pull request per set of failures."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from healer.adapters.following import Following, Handed
from healer.adapters.push import PushingRepository, Remote
from healer.adapters.repository import EMAIL
from healer.delivery.commit import branch_name, commit_message
from healer.delivery.pull_request import pull_request_body, pull_request_title
from healer.delivery.wishes import Wishes
from healer.errors import DeliveryError
from healer.models.outcome import Standing

if TYPE_CHECKING:
    from healer.adapters.github import GitHubClient, PullRequest
    from healer.models.code import Diagnosis
    from healer.models.outcome import Delivered, Fix, HealResult

_MOST_BRANCHES = 20


class CommittingRepository(PushingRepository, Protocol):
    """What is needed of the private repository."""

    @property
    def base(self) -> str:
        """The commit that the fix is built on."""

    def commit(self, tree: str, message: str) -> str:
        """Commit a tree on top of the base, in our name, and return the commit."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A branch that may be written, what it points at now, and whether that is the fix already."""

    branch: str
    head: str | None
    holds_the_fix: bool = False
    pull: PullRequest | None = None
    """That is open from it."""


@dataclass(frozen=True, slots=True)
class PullRequestDelivery:
    """Satisfies `ports.Delivery`. `target` is the branch to be repaired; None means the default branch."""

    repository: CommittingRepository
    remote: Remote
    github: GitHubClient
    target: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    isolated: bool = False
    """Whether the tests that proved the fix were kept apart from self-heal."""

    def deliver(self, fix: Fix, diagnosis: Diagnosis) -> Delivered:
        """Push the fix to `self-heal/…` and open or update its pull request; nobody else's commit is overwritten."""
        target = self.target or self.github.default_branch()
        wanted = branch_name(diagnosis)
        place = self._place(fix, wanted, target)
        following = Following(self.github, self.wishes, self.isolated)
        commit = place.head
        if commit is None or not place.holds_the_fix:
            commit = self.repository.commit(fix.tree, commit_message(fix, diagnosis))
            following.release(place.pull)
            self.remote.push(self.repository, commit, place.branch, place.head)
        try:
            pull = self._open(fix, diagnosis, place.branch, target)
        except DeliveryError as error:
            raise DeliveryError(
                f"the fix is on the branch {place.branch}, but its pull request could not be opened: {error.sentence}",
                code=error.code,
            ) from None
        pushed = not place.holds_the_fix
        return following.settle(fix, Handed(pull, place.pull, commit, pushed, in_turn=place.branch == wanted))

    def conclude(self, result: HealResult) -> None:
        """Complete the pull request with what was tried and what it took.

        It is delivered by then: should GitHub refuse this, the summary still says all of it, so nothing is raised.
        """
        number = result.delivered.pull_request_number
        if number is None or result.fix is None or result.diagnosis is None:
            return
        body = pull_request_body(result.fix, result.diagnosis, result)
        with contextlib.suppress(DeliveryError):
            self.github.update_pull_request(number, title=pull_request_title(result.diagnosis), body=body)

    def _open(self, fix: Fix, diagnosis: Diagnosis, branch: str, target: str) -> PullRequest:
        return self.github.open_pull_request(
            title=pull_request_title(diagnosis),
            body=pull_request_body(fix, diagnosis),
            head=branch,
            base=target,
            draft=fix.confidence is not None and fix.confidence.standing is Standing.DRAFT,
        )

    def _place(self, fix: Fix, wanted: str, target: str) -> _Place:
        """Find a branch name that is free, or that holds a commit of ours for the same target."""
        for number in range(1, _MOST_BRANCHES + 1):
            branch = wanted if number == 1 else f"{wanted}-{number}"
            head = self.remote.head(self.repository, branch)
            if head is None:
                return _Place(branch, None)
            commit = self.github.commit(head)
            if commit.author != EMAIL or commit.committer != EMAIL:
                continue
            pulls = self.github.open_pull_requests(branch)
            if any(pull.base != target for pull in pulls):
                continue
            holds_the_fix = commit.tree == fix.tree and commit.parents == (self.repository.base,)
            return _Place(branch, head, holds_the_fix, pulls[0] if pulls else None)
        raise DeliveryError(
            f"the branches {wanted} to {wanted}-{_MOST_BRANCHES} all hold other people's commits; delete old ones",
            code="branch_exists",
        )
