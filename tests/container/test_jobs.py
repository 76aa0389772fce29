"""The three jobs in the container: who runs the tests holds nothing, who may write believes nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.container.shop import CART
from tests.container.test_action import REPOSITORY, failed_run, workspace_with
from tests.forge import git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.container.conftest import RunAction
    from tests.forge import Forge

pytestmark = pytest.mark.container

REGRESSION = ("return amount >= limit", "return amount > limit")
FOLDER = Path(tempfile.gettempdir())
VERDICT = "/github/workspace/.git/verdict.json"
"""Where a step before would have put the artifact; the runner's temp folder is new for every run here."""


def without_credential(workspace: Path) -> Path:
    """Return a workspace as checkout leaves it with `persist-credentials: false`."""
    names = git("config", "--local", "--name-only", "--get-regexp", "extraheader", cwd=workspace)
    for name in names.split():
        git("config", "--unset-all", name, cwd=workspace)
    return workspace


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Find the folder that a run keeps, and put away what is left of it."""
    before = {*FOLDER.glob("run-action.*")}
    yield FOLDER
    for kept in {*FOLDER.glob("run-action.*")} - before:
        shutil.rmtree(kept)


def test_what_one_job_proved_another_delivers(
    run_action: RunAction, forge: Forge, tmp_path: Path, scratch: Path
) -> None:
    workspace = without_credential(workspace_with(forge, tmp_path, *REGRESSION))
    about = failed_run(forge)

    ran = run_action(workspace, "--keep", event=about, mode="verify", test_command="python -m pytest -q")

    assert ran["result"] == "success", ran.log
    assert (ran.outputs["outcome"], ran.outputs["verified"], ran.outputs["go-on"]) == ("fixed", "true", "false")
    [verdict] = scratch.glob(f"run-action.*/_temp/{ran.outputs['document']}")
    assert json.loads(verdict.read_text("utf-8"))["proved"]["change"]["engine"] == "embedded"
    assert verdict.stat().st_uid == verdict.parents[1].stat().st_uid
    shutil.copy(verdict, workspace / ".git" / "verdict.json")
    assert forge.pulls == []

    ran = run_action(
        workspace, event=about, forge=forge, mode="deliver", verdict=VERDICT, test_command="python -m pytest -q"
    )

    assert ran.outputs.get("outcome") == "fixed", ran.log
    assert forge.git(REPOSITORY, "show", f"{ran.outputs['branch']}:shop/cart.py") + "\n" == CART
    [pull] = forge.pulls
    assert "found, and proved, by a job that held no secret" in pull["body"]


def test_the_job_that_runs_tests_refuses_to_start_beside_a_key(
    run_action: RunAction, forge: Forge, tmp_path: Path
) -> None:
    workspace = without_credential(workspace_with(forge, tmp_path, *REGRESSION))
    ran = run_action(
        workspace,
        event=failed_run(forge),
        mode="verify",
        test_command="python -m pytest -q",
        anthropic_api_key="k" * 30,
    )
    assert ran["result"] == "failure"
    assert ran.outputs["reason"] == "job_holds_secrets"
    assert "ANTHROPIC_API_KEY" in ran.log


def test_nor_beside_the_credential_that_a_checkout_kept(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, *REGRESSION)
    ran = run_action(workspace, event=failed_run(forge), mode="verify", test_command="python -m pytest -q")
    assert (ran["result"], ran.outputs["reason"]) == ("failure", "job_holds_secrets")
    assert "persist-credentials: false" in ran.log


def test_a_mode_that_there_is_not_is_named(run_action: RunAction, forge: Forge, tmp_path: Path) -> None:
    workspace = workspace_with(forge, tmp_path, *REGRESSION)
    ran = run_action(workspace, mode="heal")
    assert (ran["result"], "there is no command 'heal (the input mode)'" in ran.log) == ("failure", True)
