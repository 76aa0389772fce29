"""GitHub's REST API, as much of it as a pull request needs: one host, no redirects, bounded in time, size and retries.

Every failure ends in a DeliveryError whose sentence says what to change; the token is in one header and nowhere else.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests

from healer import __version__
from healer.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERMISSIONS = "permissions: { contents: write, pull-requests: write }"
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_TIMEOUT = (10.0, 30.0)
_MOST_BYTES = 8 * 1024 * 1024
_MOST_SECONDS = 60.0
_TRIES = 3
_LONGEST_WAIT = 60.0
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What is needed of a pull request."""

    number: int
    url: str
    head: str
    base: str


@dataclass(frozen=True, slots=True)
class RemoteCommit:
    """What is needed of a commit on the server."""

    author: str
    """Email address."""
    committer: str
    """Email address."""
    tree: str
    parents: tuple[str, ...]


class _Refused(Exception):  # noqa: N818 - reads as what happened
    """An answer other than 2xx that the caller may know what to do about."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.headers = headers


class GitHubClient:
    """One repository behind one API endpoint; `wait` is called with seconds before a request is tried again."""

    def __init__(
        self, api_url: str, token: str, repository: str, *, wait: Callable[[float], object] = time.sleep
    ) -> None:
        address = urlsplit(api_url)
        if address.scheme not in {"http", "https"} or not address.hostname or address.username or address.query:
            raise UsageError(f"{api_url!r} is no address of a GitHub API; it looks like https://api.github.com")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(f"{repository!r} is no GitHub repository; it looks like owner/name")
        self.repository = repository
        self._root = f"{api_url.rstrip('/')}/repos/{repository}"
        self._wait = wait
        self._session = requests.Session()
        # Neither a proxy, nor a .netrc, nor a certificate bundle that a job's environment names may see the token.
        self._session.trust_env = False
        self._session.headers = requests.structures.CaseInsensitiveDict(
            {
                "Accept": "application/vnd.github+json",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"self-heal/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def default_branch(self) -> str:
        """Return the branch that pull requests go to when nothing else is known."""
        return str(_at(self._call("GET", ""), "default_branch"))

    def commit(self, commit: str) -> RemoteCommit:
        """Describe a commit that the server has."""
        found = self._call("GET", f"/git/commits/{quote(commit, safe='')}")
        return RemoteCommit(
            str(_at(found, "author", "email")),
            str(_at(found, "committer", "email")),
            str(_at(found, "tree", "sha")),
            tuple(str(_at(parent, "sha")) for parent in _at(found, "parents")),
        )

    def open_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests from a branch of this repository, newest first."""
        owner = self.repository.partition("/")[0]
        found = self._call("GET", "/pulls", query={"state": "open", "head": f"{owner}:{branch}", "per_page": "100"})
        if not isinstance(found, list):
            raise _unexpected()
        return tuple(pull for pull in map(_pull_request, found) if pull.head == branch)

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
            return _pull_request(self._ask("POST", "/pulls", body=content))
        except _Refused as refused:
            # Two runs at once, or an answer that was lost after the work was done.
            if refused.status == 422 and "already exists" in refused.message:  # noqa: PLR2004 - HTTP's number
                for pull in self.open_pull_requests(head):
                    if pull.base == base:
                        return self.update_pull_request(pull.number, title=title, body=body)
            if draft and refused.status == 422 and "draft" in refused.message.lower():  # noqa: PLR2004 - HTTP's number
                return self.open_pull_request(title=title, body=body, head=head, base=base)
            raise self._explained(refused) from None

    def update_pull_request(self, number: int, *, title: str, body: str) -> PullRequest:
        """Give a pull request a new title and body."""
        return _pull_request(self._call("PATCH", f"/pulls/{number:d}", body={"title": title, "body": body}))

    def _call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return self._ask(method, path, query=query, body=body)
        except _Refused as refused:
            raise self._explained(refused) from None

    def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Send one request and return its JSON; what is transient is tried again, at most twice more."""
        for attempt in range(1, _TRIES + 1):
            try:
                return self._send(method, path, query, body)
            except _Refused as refused:
                pause = _pause(refused, attempt)
                if pause is None or attempt == _TRIES:
                    raise
            except requests.RequestException as error:
                if attempt == _TRIES:
                    raise DeliveryError(
                        f"GitHub's API at {urlsplit(self._root).netloc} cannot be reached ({type(error).__name__}); "
                        "run the job again, or check the network",
                        code="forge_unavailable",
                    ) from None
                pause = float(2**attempt)
            self._wait(pause)
        raise _unexpected()

    def _send(self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> Any:
        response = self._session.request(
            method, self._root + path, params=query, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True
        )
        with response:
            content = _read(response)
        if not 200 <= response.status_code < 300:  # noqa: PLR2004 - HTTP's numbers
            raise _Refused(response.status_code, _message(content), response.headers)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise _unexpected() from None

    def _explained(self, refused: _Refused) -> DeliveryError:
        """Turn an answer into a sentence that says what to change."""
        code, cause = _explanation(refused)
        return DeliveryError(f"GitHub answered {refused.status} for {self.repository}: {cause}", code=code)


def _explanation(refused: _Refused) -> tuple[str, str]:
    if _is_limit(refused):
        return "rate_limited", "its rate limit is used up; run the job again later"
    if "not permitted to create or approve pull requests" in refused.message:
        return (
            "pull_requests_not_allowed",
            (
                "workflows may not open pull requests here; tick `Allow GitHub Actions to create and approve pull "
                "requests` under Settings > Actions > General, or pass the token of an app as `github-token`"
            ),
        )
    known = {
        301: ("moved", "the repository has moved; run the workflow under its new name"),
        401: (
            "token_rejected",
            "it does not accept the token; pass `github-token: ${{ github.token }}`, or a fresh one",
        ),
        403: ("permission_missing", f"the token may not do this; give the job `{PERMISSIONS}`"),
        404: (
            "not_found",
            f"the token sees no such repository, branch or pull request; check `{PERMISSIONS}`",
        ),
        422: ("refused", f"it refused the request ({refused.message})"),
    }
    if refused.status in known:
        return known[refused.status]
    if refused.status >= 500:  # noqa: PLR2004 - HTTP's number
        return "forge_unavailable", "it is out of order; run the job again later"
    return "unexpected_answer", f"that was not expected ({refused.message})"


def _is_limit(refused: _Refused) -> bool:
    if refused.status == 429:  # noqa: PLR2004 - HTTP's number
        return True
    spent = refused.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in refused.headers
    return refused.status == 403 and (spent or "rate limit" in refused.message.lower())  # noqa: PLR2004 - HTTP's number


def _pause(refused: _Refused, attempt: int) -> float | None:
    """Return the seconds to wait before trying again, or None when that would be of no use."""
    if refused.status >= 500:  # noqa: PLR2004 - HTTP's number
        return float(2**attempt)
    if not _is_limit(refused):
        return None
    asked = refused.headers.get("retry-after", "")
    seconds = float(asked) if re.fullmatch(r"\d{1,6}", asked) else float(5 * 2**attempt)
    return seconds if seconds <= _LONGEST_WAIT else None


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    until = time.monotonic() + _MOST_SECONDS
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > _MOST_BYTES or time.monotonic() > until:
            raise DeliveryError(
                "GitHub's answer is longer or slower than any true one; check `GITHUB_API_URL`",
                code="unexpected_answer",
            )
    return bytes(content)


def _message(content: bytes) -> str:
    """Return what an error answer says, on one line."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return "no reason given"
    if not isinstance(answer, dict):
        return "no reason given"
    said = [answer.get("message")]
    errors = answer.get("errors")
    if isinstance(errors, list):
        said += [error.get("message") if isinstance(error, dict) else error for error in errors]
    return " ".join("; ".join(str(part) for part in said if part).split())[:300] or "no reason given"


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, dict) or value.get(key) is None:
            raise _unexpected()
        value = value[key]
    return value


def _pull_request(answer: Any) -> PullRequest:
    number, url = _at(answer, "number"), str(_at(answer, "html_url"))
    if not isinstance(number, int) or urlsplit(url).scheme not in {"http", "https"}:
        raise _unexpected()
    return PullRequest(number, url, str(_at(answer, "head", "ref")), str(_at(answer, "base", "ref")))


def _unexpected() -> DeliveryError:
    return DeliveryError(
        "GitHub's answer is not what its API describes; check `GITHUB_API_URL`, or run the job again",
        code="unexpected_answer",
    )
