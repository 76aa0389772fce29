"""Requests to GitHub's API, REST and GraphQL: one host, no redirects, bounded in time, size and retries.

Every failure ends in a DeliveryError whose sentence says what to change; the token is in one header and nowhere else.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
_MUTATION = (
    "mutation($input: {kind}Input!) {{ {name}(input: $input) "
    "{{ pullRequest {{ headRefOid isDraft autoMergeRequest {{ mergeMethod }} }} }} }}"
)
_QUERY = "query($id: ID!) { node(id: $id) { ... on PullRequest { viewerDidAuthor } } }"


class Refused(Exception):  # noqa: N818 - reads as what happened
    """An answer other than 2xx that the caller may know what to do about."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.headers = headers


class Exchange:
    """One repository behind one API; `wait` is called with seconds before a request is tried again."""

    def __init__(self, api_url: str, token: str, repository: str, wait: Callable[[float], object]) -> None:
        address = urlsplit(api_url)
        if address.scheme not in {"http", "https"} or not address.hostname or address.username or address.query:
            raise UsageError(f"{api_url!r} is no address of a GitHub API; it looks like https://api.github.com")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError(f"{repository!r} is no GitHub repository; it looks like owner/name")
        self.repository = repository
        self.wait = wait
        self._host = address.netloc
        self._root = f"{api_url.rstrip('/')}/repos/{repository}"
        # https://api.github.com/graphql, and https://HOST/api/graphql beside an enterprise server's /api/v3.
        self._graphql = f"{api_url.rstrip('/').removesuffix('/v3')}/graphql"
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

    def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Ask below the repository and return the JSON; raise DeliveryError for whatever is no answer to that."""
        try:
            return self.ask(method, path, query=query, body=body)
        except Refused as refused:
            raise self.explained(refused) from None

    def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Do as `call` does, but raise Refused for an answer other than 2xx."""
        return self._patiently(method, self._root + path, query, body)

    def mutate(self, name: str, given: Mapping[str, str]) -> Mapping[str, Any]:
        """Ask GraphQL for a mutation of a pull request and return what it answers of that; raise DeliveryError."""
        document = _MUTATION.format(kind=name[:1].upper() + name[1:], name=name)
        return self._graph(document, {"input": given}, name, "pullRequest")

    def look(self, node: str) -> Mapping[str, Any]:
        """Ask GraphQL for what REST does not tell of a pull request; raise DeliveryError."""
        return self._graph(_QUERY, {"id": node}, "node")

    def _graph(self, document: str, variables: Mapping[str, Any], *below: str) -> Mapping[str, Any]:
        try:
            answer = self._patiently("POST", self._graphql, None, {"query": document, "variables": variables})
        except Refused as refused:
            raise self.explained(refused) from None
        if isinstance(answer, dict) and answer.get("errors"):
            raise _unwilling(answer["errors"])
        found = at(answer, "data", *below)
        if not isinstance(found, dict):
            raise unexpected()
        return found

    def _patiently(self, method: str, url: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> Any:
        """Send one request and return its JSON; what is transient is tried again, at most twice more."""
        for attempt in range(1, _TRIES + 1):
            try:
                return self._send(method, url, query, body)
            except Refused as refused:
                pause = _pause(refused, attempt)
                if pause is None or attempt == _TRIES:
                    raise
            except requests.RequestException as error:
                if attempt == _TRIES:
                    raise DeliveryError(
                        f"GitHub's API at {self._host} cannot be reached ({type(error).__name__}); "
                        "run the job again, or check the network",
                        code="forge_unavailable",
                    ) from None
                pause = float(2**attempt)
            self.wait(pause)
        raise unexpected()

    def _send(self, method: str, url: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> Any:
        response = self._session.request(
            method, url, params=query, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True
        )
        with response:
            content = _read(response)
        if not 200 <= response.status_code < 300:  # noqa: PLR2004 - HTTP's numbers
            raise Refused(response.status_code, _message(content), response.headers)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise unexpected() from None

    def explained(self, refused: Refused) -> DeliveryError:
        """Turn an answer into a sentence that says what to change."""
        code, cause = _explanation(refused)
        return DeliveryError(f"GitHub answered {refused.status} for {self.repository}: {cause}", code=code)


def at(value: Any, *keys: str) -> Any:
    """Return what an answer holds below these keys; raise DeliveryError where it holds nothing."""
    for key in keys:
        if not isinstance(value, dict) or value.get(key) is None:
            raise unexpected()
        value = value[key]
    return value


def unexpected() -> DeliveryError:
    """Return the error for an answer that is none."""
    return DeliveryError(
        "GitHub's answer is not what its API describes; check `GITHUB_API_URL`, or run the job again",
        code="unexpected_answer",
    )


def _explanation(refused: Refused) -> tuple[str, str]:
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


def _unwilling(errors: Any) -> DeliveryError:
    """Turn the errors of a GraphQL answer, which comes with status 200, into a sentence."""
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    if first.get("type") == "RATE_LIMITED":
        return DeliveryError("GitHub's rate limit is used up; run the job again later", code="rate_limited")
    said = _said(errors)
    if first.get("type") == "FORBIDDEN":
        return DeliveryError(
            f"the token may not do this ({said}); give the job `{PERMISSIONS}`", code="permission_missing"
        )
    return DeliveryError(f"GitHub refused it ({said})", code="refused")


def _is_limit(refused: Refused) -> bool:
    if refused.status == 429:  # noqa: PLR2004 - HTTP's number
        return True
    spent = refused.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in refused.headers
    return refused.status == 403 and (spent or "rate limit" in refused.message.lower())  # noqa: PLR2004 - HTTP's number


def _pause(refused: Refused, attempt: int) -> float | None:
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
    return _said([answer.get("message"), *_listed(answer.get("errors"))])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _said(errors: Any) -> str:
    """Return the messages of errors, texts or objects, on one line of at most 300 characters."""
    said = [error.get("message") if isinstance(error, dict) else error for error in _listed(errors)]
    return " ".join("; ".join(str(part) for part in said if part).split())[:300] or "no reason given"
