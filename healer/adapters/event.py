"""The event that started a workflow: what it was about, and whether there is a reason to stay away from it.

The payload is foreign text: branch names, titles and messages in it are chosen by whoever opened the pull request.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer.delivery.commit import BRANCH_PREFIX

if TYPE_CHECKING:
    from healer.ports import Environment

_MOST_BYTES = 16 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_PULL_REQUEST = frozenset({"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"})
_OWN_CODE = frozenset({"", "push", "schedule", "workflow_dispatch", "repository_dispatch", "merge_group"})
"""Events that run a branch of the repository itself; whoever comments on a pull request may name a fork's."""
_NOT_FAILED = frozenset({"success", "neutral", "skipped", "stale", "cancelled", "action_required"})


@dataclass(frozen=True, slots=True)
class Event:
    """What a workflow run is about; None where the event does not say, or says something that cannot be."""

    name: str
    head_sha: str | None = None
    head_branch: str | None = None
    skip: tuple[str, str] | None = None
    """A reason to do nothing (`fork`, `own_branch`, `run_not_failed`, `bad_event`), and its sentence."""


def read_event(environment: Environment) -> Event:
    """Read the event of this job; doubt about where its code comes from is a reason to skip.

    Never raises: outside GitHub's runner it is an event without a name and without a reason to skip.
    """
    name = environment.get("GITHUB_EVENT_NAME", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    branch = environment.get("GITHUB_HEAD_REF") or _branch_of(environment.get("GITHUB_REF", ""))
    if name not in _PULL_REQUEST and name != "workflow_run":
        foreign = None if name in _OWN_CODE else ("event", f"on {name} events the code may be anybody's")
        return Event(name, None, branch, foreign or _own_branch(branch))
    payload = _payload(environment.get("GITHUB_EVENT_PATH", ""))
    if name == "workflow_run":
        run = _mapping(payload, "workflow_run")
        head, origin = run, _mapping(run, "head_repository")
        branch, sha = _text(run, "head_branch"), _text(run, "head_sha")
    else:
        head = _mapping(_mapping(payload, "pull_request"), "head")
        origin, branch, sha = _mapping(head, "repo"), _text(head, "ref"), _text(head, "sha")
    sha = sha if sha and _COMMIT.fullmatch(sha) else None
    known = head if sha and branch else {}
    return Event(name, sha, branch, _reason(known, origin, repository) or _own_branch(branch))


def _reason(head: dict[str, Any], origin: dict[str, Any], repository: str) -> tuple[str, str] | None:
    """Return why not to touch what came from there; `head` is a workflow run, or the head of a pull request."""
    if not head or not repository:
        return "bad_event", "the payload of the event that started this job is missing or cannot be read"
    if (_text(origin, "full_name") or "").lower() != repository.lower():
        return "fork", (
            "the failing commit comes from a fork (or from a repository that is gone), and code from outside "
            "is not run next to this repository's token"
        )
    if _text(head, "conclusion") in _NOT_FAILED:
        return "run_not_failed", "the workflow run that started this one did not fail"
    return None


def _own_branch(branch: str | None) -> tuple[str, str] | None:
    if branch and branch.lower().startswith(BRANCH_PREFIX):
        return "own_branch", (
            "the failing branch is one of self-heal's own, and repairing a repair could go on forever; "
            "look at its pull request"
        )
    return None


def _branch_of(reference: str) -> str | None:
    return reference.removeprefix("refs/heads/") if reference.startswith("refs/heads/") else None


def _payload(path: str) -> dict[str, Any]:
    """Return the payload, or an empty mapping when there is none that can be trusted to be one."""
    try:
        descriptor = os.open(Path(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - it is a descriptor
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MOST_BYTES:
                return {}
            payload = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _mapping(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and 0 < len(found) <= 1000 else None  # noqa: PLR2004 - git's limit is far below
