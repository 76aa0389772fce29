"""Push one commit from the private repository to one branch of ours, over HTTP(S), with a token that nobody can see.

The token travels in the environment of one git process (`http.<address>.extraheader`): not in a URL, an argument, or a
file. The push is a compare-and-swap (`--force-with-lease`) against what the branch was when it was looked at.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from healer.adapters.github import PERMISSIONS
from healer.adapters.process import ProcessFailed
from healer.errors import DeliveryError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from healer.adapters.git import Git

BRANCH = re.compile(r"self-heal/[0-9a-f]{8,40}(-[0-9]+)?")

_REASONS = (
    (
        r"authentication failed|could not read (username|password)|invalid username or token|\b401\b",
        "token_rejected",
        "the token is not accepted; pass `github-token: ${{ github.token }}`, or a fresh one",
    ),
    (
        r"refusing to allow .* workflow",
        "workflow_refused",
        "a commit on the way changes a workflow file, which this token may not push; push the base with your own",
    ),
    (
        r"protected branch|gh006|gh013|rule violations|pre-receive hook declined|push declined",
        "branch_protected",
        "a rule of the repository forbids it; let the rule allow branches named `self-heal/**`",
    ),
    (r"stale info|fetch first|non-fast-forward", "branch_moved", "somebody else pushed to it meanwhile; run again"),
    (
        r"permission to .* denied|write access .* not granted|\b403\b",
        "permission_missing",
        f"the token may not push; give the job `{PERMISSIONS}`",
    ),
    (r"not found|\b404\b", "not_found", f"the token sees no such repository; give the job `{PERMISSIONS}`"),
    (r"shallow update not allowed", "shallow", "the clone is too shallow; use actions/checkout with `fetch-depth: 0`"),
    (
        r"could not resolve|failed to connect|timed out|connection (refused|reset)|did not end in time|\b50[0-9]\b",
        "forge_unavailable",
        "the server cannot be reached; run the job again, or check the network",
    ),
)


class PushingRepository(Protocol):
    """What is needed of the private repository."""

    @property
    def directory(self) -> Path:
        """The bare repository's folder."""

    @property
    def runner(self) -> Git:
        """The hardened git."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository on a server and the token for it."""

    server_url: str
    repository: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.server_url)
        if address.scheme not in {"http", "https"} or not address.hostname or address.username or address.query:
            raise UsageError(f"{self.server_url!r} is no address of a git server; it looks like https://github.com")

    @property
    def url(self) -> str:
        """The address that is pushed to; it holds no secret."""
        return f"{self.server_url.rstrip('/')}/{self.repository}.git"

    def head(self, repository: PushingRepository, branch: str) -> str | None:
        """Return the commit that a branch points at on the server, or None when there is no such branch."""
        listed = self._git(repository, "ls-remote", "--quiet", self.url, f"refs/heads/{branch}")
        for line in listed.splitlines():
            commit, _, name = line.partition("\t")
            if name == f"refs/heads/{branch}" and re.fullmatch(r"[0-9a-f]{40,64}", commit):
                return commit
        return None

    def default_commit(self, repository: PushingRepository) -> str | None:
        """Return the commit at the tip of the server's default branch, or None when it has none."""
        commit, _, name = self._git(repository, "ls-remote", "--quiet", self.url, "HEAD").partition("\t")
        return commit if name.rstrip() == "HEAD" and re.fullmatch(r"[0-9a-f]{40,64}", commit) else None

    def fetch(self, repository: PushingRepository, wanted: str) -> None:
        """Bring a commit with its folders, or a single object, into the private repository: no history, no files."""
        self._git(
            repository, "fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-auto-maintenance",
            "--recurse-submodules=no", self.url, wanted,
        )  # fmt: skip

    def push(self, repository: PushingRepository, commit: str, branch: str, expected: str | None) -> None:
        """Make the branch point at the commit if it still points at `expected` (None: if it does not exist)."""
        if not BRANCH.fullmatch(branch):
            raise DeliveryError(f"{branch!r} is not a branch name of ours", code="branch_name")
        reference = f"refs/heads/{branch}"
        self._git(
            repository, "push", "--quiet", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no",
            f"--force-with-lease={reference}:{expected or ''}", self.url, f"{commit}:{reference}",
        )  # fmt: skip

    def _git(self, repository: PushingRepository, *arguments: str) -> str:
        credential = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        settings = {
            "credential.helper": "",
            "http.followRedirects": "false",
            "http.proxy": "",
            f"http.{self.server_url.rstrip('/')}/.extraheader": f"Authorization: basic {credential}",
        }
        settings = {**repository.runner.settings, **settings}
        git = replace(repository.runner, settings=settings, protocols="https:http")
        try:
            return git("--git-dir", str(repository.directory), *arguments).text
        except ProcessFailed as failed:
            said = failed.completed.complaint.replace(self.token, "***").replace(credential, "***")
            code, cause = _explanation(said)
            what = "pushed" if arguments[0] == "push" else "read"
            raise DeliveryError(f"{self.repository} could not be {what}: {cause}", code=code) from None


def _explanation(said: str) -> tuple[str, str]:
    for pattern, code, cause in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return code, cause
    last = " ".join(said.splitlines()[-1:])[:300]
    return "push_failed", f"git said {last!r}"
