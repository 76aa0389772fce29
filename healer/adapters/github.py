"""GitHub's API, as much of it as a pull request needs.

Reading is REST, which has a published description; what GraphQL alone can change (auto-merge, draft) or tell (whether
the token's account opened a pull request) is GraphQL.
Nothing here merges.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from healer.adapters.github_exchange import PERMISSIONS, Exchange, Refused, at, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["PERMISSIONS", "GitHubClient", "MergeRules", "PullRequest", "RemoteCommit"]

_METHODS = (("allow_squash_merge", "SQUASH"), ("allow_merge_commit", "MERGE"), ("allow_rebase_merge", "REBASE"))
"""Preferred first: a squash keeps to the one commit that was proved, with the pull request's number on it."""
_PAGE = 100
"""Entries in the longest page that GitHub gives."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What is needed of a pull request."""

    number: int
    url: str
    head: str
    """The branch's name."""
    base: str
    commit: str
    """At the tip of the branch, as far as GitHub has noticed."""
    node: str
    """What GraphQL knows it by."""
    author: str
    """Login of the account that opened it; empty when that is gone."""
    is_draft: bool
    auto_merge: str | None
    """Login of the account that enabled auto-merge, empty when that is not told; None: it is not enabled."""
    asked: tuple[str, ...]
    """Of whom a review is requested: logins, and `team:slug`."""
    merge_state: str = "unknown"
    """`blocked`, `behind`, `clean`, `unstable`, `dirty`, …; `unknown` until GitHub has worked it out."""
    commits: int | None = None
    """How many it holds, as GitHub counted them last; None where that is not told."""


@dataclass(frozen=True, slots=True)
class MergeRules:
    """What a repository lets its pull requests do."""

    auto_merge: bool
    method: str | None
    """As GraphQL calls it; None when the repository tells of none."""


@dataclass(frozen=True, slots=True)
class RemoteCommit:
    """What is needed of a commit on the server."""

    author: str
    """Email address."""
    committer: str
    """Email address."""
    tree: str
    parents: tuple[str, ...]


class GitHubClient:
    """One repository behind one API endpoint; `wait` is called with seconds before a request is tried again."""

    def __init__(
        self, api_url: str, token: str, repository: str, *, wait: Callable[[float], object] = time.sleep
    ) -> None:
        self._exchange = Exchange(api_url, token, repository, wait)
        self.repository = repository
        self.wait = wait

    def default_branch(self) -> str:
        """Return the branch that pull requests go to when nothing else is known."""
        return str(at(self._exchange.call("GET", ""), "default_branch"))

    def merge_rules(self) -> MergeRules:
        """Return what the repository allows; what it does not tell (the token may not write) is not allowed."""
        found = self._exchange.call("GET", "")
        at(found, "default_branch")
        methods = (method for name, method in _METHODS if found.get(name) is True)
        return MergeRules(found.get("allow_auto_merge") is True, next(methods, None))

    def commit(self, commit: str) -> RemoteCommit:
        """Describe a commit that the server has."""
        found = self._exchange.call("GET", f"/git/commits/{quote(commit, safe='')}")
        return RemoteCommit(
            str(at(found, "author", "email")),
            str(at(found, "committer", "email")),
            str(at(found, "tree", "sha")),
            tuple(str(at(parent, "sha")) for parent in at(found, "parents")),
        )

    def open_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests from a branch of this repository, newest first."""
        return self._pull_requests(branch, "open")

    def was_closed(self, branch: str) -> bool:
        """Tell whether a pull request from a branch of this name was closed, merged or not."""
        return bool(self._pull_requests(branch, "closed"))

    def _pull_requests(self, branch: str, state: str) -> tuple[PullRequest, ...]:
        owner = self.repository.partition("/")[0]
        query = {"state": state, "head": f"{owner}:{branch}", "per_page": str(_PAGE)}
        found = self._listed("/pulls", query)
        return tuple(pull for pull in map(_pull_request, found) if pull.head == branch)

    def pull_request(self, number: int) -> PullRequest:
        """Describe a pull request, with its merge state."""
        return _pull_request(self._exchange.call("GET", f"/pulls/{number:d}"))

    def is_reviewed(self, number: int) -> bool:
        """Tell whether anybody has reviewed a pull request, whatever they said."""
        return bool(self._listed(f"/pulls/{number:d}/reviews", {"per_page": "1"}))

    def is_discussed(self, pull: PullRequest) -> bool:
        """Tell whether anybody but the app that opened a pull request has commented on it."""
        found = self._listed(f"/issues/{pull.number:d}/comments", {"per_page": str(_PAGE)})
        return len(found) >= _PAGE or any(_is_by_another(pull, comment, "user") for comment in found)

    def was_drafted(self, pull: PullRequest) -> bool:
        """Tell whether anybody but the app that opened a pull request has made it a draft since."""
        found = self._listed(f"/issues/{pull.number:d}/events", {"per_page": str(_PAGE)})
        return len(found) >= _PAGE or any(
            at(event, "event") == "convert_to_draft" and _is_by_another(pull, event, "actor") for event in found
        )

    def is_own(self, pull: PullRequest) -> bool:
        """Tell whether the account that the token belongs to has opened a pull request."""
        return self._exchange.look(pull.node).get("viewerDidAuthor") is True

    def commits_beyond(self, base: str, commit: str) -> int:
        """Return how many commits a merge of this one would bring to a branch, as the branch is now."""
        # The first page would carry the changes of all of them, of any size.
        query = {"per_page": "1", "page": "2"}
        path = f"/compare/{quote(base, safe='')}...{quote(commit, safe='')}"
        total = at(self._exchange.call("GET", path, query=query), "total_commits")
        if type(total) is not int:
            raise unexpected()
        return total

    def _listed(self, path: str, query: Mapping[str, str]) -> list[Any]:
        found = self._exchange.call("GET", path, query=query)
        if not isinstance(found, list):
            raise unexpected()
        return found

    def open_pull_request(self, *, title: str, body: str, head: str, base: str, draft: bool = False) -> PullRequest:
        """Open a pull request, or update the one that is already open from this branch to this base.

        As a draft where the repository has them (private ones of free plans do not); one that is open stays what it is.
        """
        for pull in self.open_pull_requests(head):
            if pull.base == base:
                return self.update_pull_request(pull.number, title=title, body=body)
        content = {"title": title, "body": body, "head": head, "base": base, "maintainer_can_modify": True}
        content |= {"draft": True} if draft else {}
        try:
            return _pull_request(self._exchange.ask("POST", "/pulls", body=content))
        except Refused as refused:
            # Two runs at once, or an answer that was lost after the work was done.
            if refused.status == 422 and "already exists" in refused.message:  # noqa: PLR2004 - HTTP's number
                for pull in self.open_pull_requests(head):
                    if pull.base == base:
                        return self.update_pull_request(pull.number, title=title, body=body)
            if draft and refused.status == 422 and "draft" in refused.message.lower():  # noqa: PLR2004 - HTTP's number
                return self.open_pull_request(title=title, body=body, head=head, base=base)
            raise self._exchange.explained(refused) from None

    def update_pull_request(self, number: int, *, title: str, body: str) -> PullRequest:
        """Give a pull request a new title and body."""
        return _pull_request(self._exchange.call("PATCH", f"/pulls/{number:d}", body={"title": title, "body": body}))

    def request_review(self, number: int, whom: Sequence[str]) -> PullRequest:
        """Request a review of these logins and `team:slug`s; GitHub refuses all of them for one that may not be."""
        users = [name for name in whom if not name.startswith("team:")]
        teams = [name.removeprefix("team:") for name in whom if name.startswith("team:")]
        wanted = {key: names for key, names in (("reviewers", users), ("team_reviewers", teams)) if names}
        return _pull_request(self._exchange.call("POST", f"/pulls/{number:d}/requested_reviewers", body=wanted))

    def enable_auto_merge(self, pull: PullRequest, commit: str, method: str) -> bool:
        """Let GitHub merge this commit once all requirements are met; tell whether it will.

        Raises DeliveryError where GitHub refuses, as it does once the branch points at another commit.
        """
        given = {"pullRequestId": pull.node, "expectedHeadOid": commit, "mergeMethod": method}
        changed = self._exchange.mutate("enablePullRequestAutoMerge", given)
        return changed.get("headRefOid") == commit and changed.get("autoMergeRequest") is not None

    def disable_auto_merge(self, pull: PullRequest) -> None:
        """Take auto-merge back; raise DeliveryError where that cannot be made sure of."""
        changed = self._exchange.mutate("disablePullRequestAutoMerge", {"pullRequestId": pull.node})
        if changed.get("autoMergeRequest", "") is not None:
            raise unexpected()

    def mark_ready(self, pull: PullRequest) -> None:
        """Make a draft ready for review."""
        self._exchange.mutate("markPullRequestReadyForReview", {"pullRequestId": pull.node})

    def mark_draft(self, pull: PullRequest) -> None:
        """Make a pull request a draft."""
        self._exchange.mutate("convertPullRequestToDraft", {"pullRequestId": pull.node})


def _pull_request(answer: Any) -> PullRequest:
    number, url = at(answer, "number"), str(at(answer, "html_url"))
    if not isinstance(number, int) or urlsplit(url).scheme not in {"http", "https"}:
        raise unexpected()
    return PullRequest(
        number,
        url,
        head=str(at(answer, "head", "ref")),
        base=str(at(answer, "base", "ref")),
        commit=str(at(answer, "head", "sha")),
        node=str(at(answer, "node_id")),
        author=_login(answer.get("user")),
        is_draft=answer.get("draft") is True,
        auto_merge=_enabled_by(answer.get("auto_merge")),
        asked=tuple(
            name
            for name in (
                *(_login(user) for user in _listed(answer.get("requested_reviewers"))),
                *(f"team:{at(team, 'slug')}" for team in _listed(answer.get("requested_teams"))),
            )
            if name
        ),
        merge_state=str(answer.get("mergeable_state") or "unknown"),
        commits=answer["commits"] if type(answer.get("commits")) is int else None,
    )


def _is_by_another(pull: PullRequest, entry: Any, key: str) -> bool:
    """Tell whether a person may have done this: only an app that opened the pull request is known to be none."""
    if not isinstance(entry, dict):
        raise unexpected()
    # No person's login has brackets.
    return not pull.author.endswith("[bot]") or _login(entry.get(key)) != pull.author


def _enabled_by(auto_merge: Any) -> str | None:
    if auto_merge is None:
        return None
    return _login(auto_merge.get("enabled_by")) if isinstance(auto_merge, dict) else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _login(account: Any) -> str:
    return str(account.get("login") or "") if isinstance(account, dict) else ""
