"""Events of GitHub's shapes and of none, and what is made of them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.event import Event, read_event

if TYPE_CHECKING:
    from pathlib import Path

SHA = "0123456789abcdef0123456789abcdef01234567"
OURS = {"full_name": "octo/shop"}


def a_run(**changes: Any) -> dict[str, Any]:
    run = {"conclusion": "failure", "head_branch": "main", "head_sha": SHA, "head_repository": OURS}
    return {"workflow_run": run | changes}


def a_pull_request(**changes: Any) -> dict[str, Any]:
    return {"pull_request": {"head": {"ref": "topic", "sha": SHA, "repo": OURS} | changes}}


def event(folder: Path, name: str, payload: Any, **environment: str) -> Event:
    path = folder / "event.json"
    path.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    given = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_REPOSITORY": "octo/shop"}
    return read_event(given | environment)


def reason(found: Event) -> str | None:
    return found.skip[0] if found.skip else None


def test_a_failed_run_of_this_repository_is_worked_on(tmp_path: Path) -> None:
    assert event(tmp_path, "workflow_run", a_run()) == Event("workflow_run", SHA, "main")


def test_a_pull_request_of_this_repository_is_worked_on(tmp_path: Path) -> None:
    assert event(tmp_path, "pull_request", a_pull_request()) == Event("pull_request", SHA, "topic")


def test_a_push_is_worked_on(tmp_path: Path) -> None:
    assert event(tmp_path, "push", {}, GITHUB_REF="refs/heads/main") == Event("push", None, "main")


def test_outside_a_job_there_is_no_reason_to_skip() -> None:
    assert read_event({}) == Event("")


@pytest.mark.parametrize(
    ("name", "payload", "why"),
    [
        pytest.param("workflow_run", a_run(head_repository={"full_name": "eve/shop"}), "fork", id="run of a fork"),
        pytest.param("workflow_run", a_run(head_repository=None), "fork", id="run of a deleted fork"),
        pytest.param("workflow_run", a_run(head_repository="octo/shop"), "fork", id="repository of another type"),
        pytest.param("pull_request", a_pull_request(repo={"full_name": "eve/shop"}), "fork", id="pull of a fork"),
        pytest.param("pull_request_target", a_pull_request(repo=None), "fork", id="pull of a deleted fork"),
        pytest.param("workflow_run", a_run(head_branch="self-heal/0123456789abcdef"), "own_branch", id="own branch"),
        pytest.param(
            "workflow_run", a_run(head_branch="Self-Heal/0123456789abcdef"), "own_branch", id="own in capitals"
        ),
        pytest.param("pull_request", a_pull_request(ref="self-heal/01234567-2"), "own_branch", id="own pull request"),
        pytest.param("workflow_run", a_run(conclusion="success"), "run_not_failed", id="green run"),
        pytest.param("workflow_run", a_run(conclusion="cancelled"), "run_not_failed", id="cancelled run"),
        pytest.param("workflow_run", {}, "bad_event", id="no run"),
        pytest.param("workflow_run", {"workflow_run": []}, "bad_event", id="run of another type"),
        pytest.param("workflow_run", a_run(head_sha="main"), "bad_event", id="no commit"),
        pytest.param("workflow_run", a_run(head_sha=SHA + "\n"), "bad_event", id="commit and newline"),
        pytest.param("workflow_run", a_run(head_branch="x" * 5000), "bad_event", id="endless branch"),
        pytest.param("workflow_run", a_run(head_branch=None), "bad_event", id="no branch"),
        pytest.param("workflow_run", b"", "bad_event", id="empty"),
        pytest.param("workflow_run", b"[" * 200_000, "bad_event", id="deep"),
        pytest.param("workflow_run", b"[1]", "bad_event", id="not an object"),
        pytest.param("workflow_run", b"\xff\xfe\x00", "bad_event", id="binary"),
        pytest.param("pull_request", b"null", "bad_event", id="null"),
    ],
)
def test_doubt_and_loops_are_reasons_to_skip(tmp_path: Path, name: str, payload: Any, why: str) -> None:
    found = event(tmp_path, name, payload)
    assert reason(found) == why
    assert found.skip
    assert len(found.skip[1]) > 20


def test_a_push_to_an_own_branch_is_skipped(tmp_path: Path) -> None:
    assert reason(event(tmp_path, "push", {}, GITHUB_REF="refs/heads/self-heal/0123456789abcdef")) == "own_branch"


def test_a_run_without_a_known_repository_is_skipped(tmp_path: Path) -> None:
    assert reason(event(tmp_path, "workflow_run", a_run(), GITHUB_REPOSITORY="")) == "bad_event"


@pytest.mark.parametrize("kind", ["missing", "link", "pipe", "folder", "huge"])
def test_a_payload_that_is_no_plain_file_is_skipped(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "event.json"
    if kind == "link":
        (tmp_path / "real.json").write_text(json.dumps(a_run()), encoding="utf-8")
        path.symlink_to(tmp_path / "real.json")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        path.touch()
        os.truncate(path, 1024**4)
    given = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(path), "GITHUB_REPOSITORY": "octo/shop"}
    assert reason(read_event(given)) == "bad_event"
