"""The action as a user meets it: built from the Dockerfile, run by a runner, delivering to a forge over HTTP."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.container.shop import CART, check_out, contents, push_history
from tests.forge import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.container.conftest import ActionRun, RunAction
    from tests.forge import Forge

pytestmark = pytest.mark.container

REPOSITORY = "octo/shop"


def workspace_with(forge: Forge, folder: Path, before: str, after: str) -> Path:
    forge.add_repository(REPOSITORY, push_history(folder / "source", before, after))
    return check_out(forge, REPOSITORY, folder / "workspace")


def failed_run(forge: Forge, **changes: object) -> dict[str, object]:
    run = {
        "conclusion": "failure",
        "head_branch": "main",
        "head_sha": forge.git(REPOSITORY, "rev-parse", "main"),
        "head_repository": {"full_name": REPOSITORY},
    }
    return {"repository": {"full_name": REPOSITORY}, "workflow_run": run | changes}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("    return amount\n\n\ndef with", "    return amout\n\n\ndef with", id="misspelt name"),
        pytest.param("return amount >= limit", "return amount > limit", id="changed comparison"),
    ],
)
def test_a_regression_becomes_a_pull_request(
    run_action: RunAction, forge: Forge, tmp_path: Path, before: str, after: str
) -> None:
    workspace = workspace_with(forge, tmp_path, before, after)
    as_checked_out = contents(workspace)

    run = run_action(
        workspace, event=failed_run(forge), forge=forge, deliver="pull-request", test_command="python -m pytest -q"
    )

    assert run.outputs.get("outcome") == "fixed", run.log
    assert run["result"] == "success"
    assert_the_forge_holds_the_fix(forge, run)
    assert_the_job_is_told(run)
    assert_nothing_leaks(run, forge)
    assert contents(workspace) == as_checked_out
    assert run["root_owned_in_workspace"] == []
    assert run["env"] == run["state"] == {}


def test_the_curious_tests_would_notice_without_a_sandbox(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, "return amount >=", "return amount >")
    run = run_action(
        workspace,
        forge=forge,
        entrypoint="/usr/local/bin/python",
        args="-m pytest -q --tb=no -p no:cacheprovider tests/test_curious.py",
    )
    assert re.search(r"^12 failed in", run.log, re.MULTILINE), run.log


def assert_the_forge_holds_the_fix(forge: Forge, run: ActionRun) -> None:
    branch = run.outputs["branch"]
    assert re.fullmatch(r"self-heal/[0-9a-f]{8,40}", branch)
    assert forge.git(REPOSITORY, "diff", "--name-status", "main", branch) == "M\tshop/cart.py"
    assert forge.git(REPOSITORY, "show", f"{branch}:shop/cart.py") + "\n" == CART
    assert forge.git(REPOSITORY, "rev-parse", f"{branch}^") == forge.git(REPOSITORY, "rev-parse", "main")
    assert forge.git(REPOSITORY, "for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        f"refs/heads/{branch}",
    ]
    [pull] = forge.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (branch, "main")
    assert "### The proof" in pull["body"]
    assert "### What it took" in pull["body"]
    assert run.outputs["pull-request-url"] == pull["html_url"]
    assert run.outputs["pull-request-number"] == str(pull["number"])


def assert_the_job_is_told(run: ActionRun) -> None:
    assert run["errors"] == run["undeclared_outputs"] == []
    assert (run.outputs["verified"], run.outputs["failures"]) == ("true", "1")
    assert run.outputs["cost-usd"] == "0.0000"
    assert re.fullmatch(r"self-heal-[0-9a-f]{16}/fix\.patch", run.outputs["patch"])
    assert run["summary"].startswith("## self-heal: fixed")
    assert [annotation["title"] for annotation in run["annotations"][:1]] == ["self-heal: fixed"]
    assert any(annotation.get("file") for annotation in run["annotations"][1:])


def assert_nothing_leaks(run: ActionRun, forge: Forge) -> None:
    token = forge.token
    # The runner masks what it knows; here it must have had nothing to mask in what was printed.
    assert token not in run.log
    assert "***" not in run.log
    assert token not in run["summary"]
    assert all(token not in str(pull) for pull in forge.pulls)


def test_a_green_suite_leaves_nothing_to_do(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, '"""A cart', '"""One cart')
    run = run_action(workspace, event=failed_run(forge), forge=forge, test_command="python -m pytest -q")
    assert run.outputs["outcome"] == "nothing-to-do", run.log
    assert run["result"] == "success"
    assert forge.pulls == []
    assert run.outputs["verified"] == "false"


SET_UP = 'echo "answer = 42" > "$VIRTUAL_ENV/lib/python3.12/site-packages/installed.py"'
NEEDS_SET_UP = """\
import os
import sys

import installed
import pytest

from shop.cart import is_free_of_charge


def test_what_was_set_up_is_there_and_the_suite_runs_in_it():
    assert installed.answer == 42
    assert sys.prefix == os.environ["VIRTUAL_ENV"]


def test_what_was_set_up_cannot_be_changed_for_the_next_run():
    for place in (sys.prefix, os.path.dirname(installed.__file__), installed.__file__):
        with pytest.raises(OSError):
            open(place if place.endswith(".py") else os.path.join(place, "evil.pth"), "a")
"""


def test_a_suite_is_set_up_once_and_no_run_can_change_that(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    source = push_history(tmp_path / "source", "return amount >=", "return amount >")
    (source / "tests" / "test_set_up.py").write_text(NEEDS_SET_UP, encoding="utf-8")
    git("add", ".", cwd=source)
    git("commit", "--quiet", "--message", "Need more", cwd=source)
    forge.add_repository(REPOSITORY, source)
    workspace = check_out(forge, REPOSITORY, tmp_path / "workspace")

    run = run_action(
        workspace,
        event=failed_run(forge),
        forge=forge,
        setup_command=SET_UP,
        test_command="pytest -q",
        deliver="summary",
    )

    assert run.outputs.get("outcome") == "fixed", run.log
    assert "17 test cases: 16 passed, 1 failing" in run.log


def test_a_fork_is_left_alone(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, "return amount >=", "return amount >")
    event = failed_run(forge, head_repository={"full_name": "eve/shop"})
    run = run_action(workspace, event=event, forge=forge, test_command="python -m pytest -q")
    assert (run.outputs["outcome"], run.outputs["reason"]) == ("skipped", "fork")
    assert forge.requests == []


def test_a_cancelled_run_ends_with_the_first_signal(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, "return amount >=", "return amount >")
    run = run_action(
        workspace,
        "--cancel-after=6",
        event=failed_run(forge),
        forge=forge,
        test_command="python -c 'import time; time.sleep(600)'",
    )
    assert run["result"] == "cancelled", run.log
    assert run["exit_code"] == 130
    assert run["errors"] == []
    assert forge.pulls == []


def test_without_a_checkout_the_action_says_what_is_missing(
    run_action: RunAction, forge: Forge, tmp_path: Path
) -> None:
    workspace = workspace_with(forge, tmp_path, "return amount >=", "return amount >")
    shutil.rmtree(workspace / ".git")
    run = run_action(workspace, event=failed_run(forge), forge=forge, test_command="python -m pytest -q")
    assert run["result"] == "failure"
    assert run.outputs["reason"] == "not_a_repository"
    [annotation] = run["annotations"]
    assert "actions/checkout" in annotation["message"]
    assert "Traceback" not in run.log


def test_a_hostile_workspace_and_job_environment_change_nothing(
    run_action: RunAction, forge: Forge, tmp_path: Path
) -> None:
    workspace = workspace_with(forge, tmp_path, "return amount >=", "return amount >")
    for name in ("json.py", "healer.py", "sitecustomize.py", "pytest_jsonreport.py", "git"):
        (workspace / name).write_text("#!/bin/sh\nraise SystemExit(77)\n", encoding="utf-8")
        (workspace / name).chmod(0o755)
    git("config", "core.fsmonitor", "/bin/false", cwd=workspace)
    run = run_action(
        workspace,
        "--env=PYTHONPATH=/github/workspace",
        "--env=PATH=/github/workspace:/usr/local/bin:/usr/bin:/bin",
        "--env=PYTHONSTARTUP=/github/workspace/json.py",
        "--env=GIT_DIR=/nowhere",
        "--env=ANTHROPIC_API_KEY=sk-ant-planted-in-the-job-environment",
        "--env=ANTHROPIC_BASE_URL=http://192.0.2.1",
        event=failed_run(forge),
        forge=forge,
        test_command="python -m pytest -q",
    )
    assert run.outputs.get("outcome") == "fixed", run.log
