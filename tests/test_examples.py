"""The workflows that we show and those that we run: what no linter knows about them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from healer.adapters.inputs import INPUTS

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
EXAMPLES = sorted((ROOT / "examples").glob("*.yml"))
WORKFLOWS = [*EXAMPLES, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
REUSABLE = ROOT / ".github" / "workflows" / "self-heal.yml"
OURS = re.compile(
    r"uses: org/self-heal(/\.github/workflows/self-heal\.yml)?@v\d+ # zizmor: ignore\[unpinned-uses\] .+$"
)


def load(path: Path) -> dict[str, Any]:
    """Read a workflow with every scalar as the string that it is; YAML 1.1 would read `on` as true."""
    document = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes only strings
    assert isinstance(document, dict)
    return document


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


def repairs(path: Path) -> list[dict[str, Any]]:
    """Return what starts self-heal: steps, or jobs of the reusable workflow."""
    every = [*steps(path), *jobs(path).values()]
    return [one for one in every if one.get("uses", "").startswith(("org/self-heal@", "org/self-heal/"))]


def named(path: Path) -> str:
    return path.stem


workflows = pytest.mark.parametrize("path", WORKFLOWS, ids=named)
examples = pytest.mark.parametrize("path", EXAMPLES, ids=named)


def test_there_is_an_example_for_each_way_to_start() -> None:
    started_by = {path.stem: set(load(path)["on"]) for path in EXAMPLES}
    assert started_by == {
        "same-job": {"push", "pull_request"},
        "workflow-run": {"workflow_run"},
        "cron": {"schedule", "workflow_dispatch"},
        "manual": {"workflow_dispatch"},
        "three-jobs": {"workflow_run"},
    }


@workflows
def test_every_job_says_what_it_may_do_and_how_long(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for job in jobs(path).values():
        assert "permissions" in job
        assert "uses" in job or 0 < int(job["timeout-minutes"]) <= 60


@workflows
def test_every_workflow_says_what_happens_when_it_is_started_twice(path: Path) -> None:
    assert {"group", "cancel-in-progress"} <= load(path)["concurrency"].keys()


@workflows
def test_every_checkout_keeps_the_token_to_itself(path: Path) -> None:
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert {step["with"]["persist-credentials"] for step in checkouts} <= {"false"}


@workflows
def test_every_action_is_pinned_to_a_commit_and_ours_says_why_it_is_not(path: Path) -> None:
    lines = [line.strip().removeprefix("- ").removeprefix("#").strip() for line in path.read_text("utf-8").splitlines()]
    found = [line.removeprefix("- ") for line in lines if line.removeprefix("- ").startswith("uses: ")]
    uses = [line for line in found if not line.startswith("uses: ./ ")]  # the checkout itself
    assert uses
    assert [line for line in uses if not (PINNED.match(line) or OURS.match(line))] == []


def test_the_same_action_is_pinned_to_the_same_commit_everywhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in WORKFLOWS)
    pins: dict[str, set[str]] = {}
    for name, pin in re.findall(r"uses: (actions/[\w-]+)@(\S+ # \S+)", text):
        pins.setdefault(name, set()).add(pin)
    assert {name: sorted(found) for name, found in pins.items() if len(found) > 1} == {}


def test_the_action_declares_the_inputs_that_are_read() -> None:
    assert load(ACTION)["inputs"].keys() == set(INPUTS)


@examples
def test_every_example_gives_only_inputs_that_the_action_has(path: Path) -> None:
    [start] = repairs(path)
    of_workflow = "self-heal.yml" in start["uses"]
    called = load(REUSABLE)["on"]["workflow_call"] if of_workflow else load(ACTION)
    assert start["with"].keys() <= called["inputs"].keys()
    assert start.get("secrets", {}).keys() <= called.get("secrets", {}).keys()


@examples
def test_every_output_that_an_example_reads_is_one_that_the_action_writes(path: Path) -> None:
    read = set(re.findall(r"steps\.repair\.outputs\.([\w-]+)", path.read_text("utf-8")))
    assert read <= load(ACTION)["outputs"].keys()


@examples
def test_every_example_may_push_and_open_pull_requests_and_no_more(path: Path) -> None:
    (permissions,) = [job["permissions"] for job in jobs(path).values()]
    assert permissions.items() >= {"contents": "write", "pull-requests": "write"}.items()
    assert permissions.keys() <= {"contents", "pull-requests", "actions"}
    assert permissions.get("actions", "read") == "read"


@pytest.mark.parametrize("name", ["workflow-run", "three-jobs"])
def test_a_failed_run_of_a_fork_or_of_a_repair_starts_nothing(name: str) -> None:
    condition = jobs(ROOT / "examples" / f"{name}.yml")["repair"]["if"]
    assert [guard.strip() for guard in condition.split("&&")] == [
        "github.event.workflow_run.conclusion == 'failure'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
        "!startsWith(github.event.workflow_run.head_branch, 'self-heal/')",
    ]


def mode_of(job: dict[str, Any]) -> str:
    [start] = [step for step in job["steps"] if step.get("uses", "").startswith("org/self-heal@")]
    return str(start["with"]["mode"])


REUSED = jobs(REUSABLE)


@pytest.mark.parametrize("name", REUSED)
def test_each_of_the_three_kinds_of_jobs_holds_only_what_it_needs(name: str) -> None:
    job = REUSED[name]
    mode, text = mode_of(job), repr(job)
    assert ("secrets." in text) == (mode == "propose")
    assert ("write" in job["permissions"].values()) == (mode == "deliver")
    allowed = {"contents": "write", "pull-requests": "write"} if mode == "deliver" else {"contents": "read"}
    assert job["permissions"].items() - {("actions", "read")} == allowed.items()
    assert "id-token" not in job["permissions"]


def test_the_three_jobs_use_inputs_and_outputs_that_the_action_has() -> None:
    action = load(ACTION)
    for job in REUSED.values():
        [start] = [step for step in job["steps"] if step.get("uses", "").startswith("org/self-heal@")]
        assert start["with"].keys() <= action["inputs"].keys()
    read = set(re.findall(r"steps\.(?:verify|propose|deliver)\.outputs\.([\w-]+)", REUSABLE.read_text("utf-8")))
    assert read <= action["outputs"].keys()
    wanted = set(re.findall(r"inputs\.([\w-]+)", REUSABLE.read_text("utf-8")))
    assert wanted == load(REUSABLE)["on"]["workflow_call"]["inputs"].keys()


def test_a_proposal_is_always_held_against_the_digest_of_the_job_that_made_it() -> None:
    for job in REUSED.values():
        [start] = [step for step in job["steps"] if step.get("uses", "").startswith("org/self-heal@")]
        assert ("proposal" in start["with"]) == ("proposal-digest" in start["with"])


def test_a_job_that_ran_tests_neither_adds_rounds_nor_brings_back_a_verdict_without_its_proposal() -> None:
    for number in (2, 3):
        condition = f"needs.verify-{number - 1}.outputs.go-on == 'true' && inputs.rounds > {number - 1}"
        assert REUSED[f"propose-{number}"]["if"] == condition
    *_, fetched, start = REUSED["deliver"]["steps"]
    was_tried = "needs.propose-1.outputs.go-on == 'true'"
    assert fetched["if"] == was_tried
    assert start["with"]["proposal"] == f"${{{{ {was_tried} && 'self-heal/proposal.json' || '' }}}}"


def test_what_a_job_leaves_is_left_anew_when_it_is_run_again() -> None:
    left = [step["with"] for step in steps(REUSABLE) if step.get("uses", "").startswith("actions/upload-artifact@")]
    assert {one["overwrite"] for one in left} == {"true"}


def test_every_output_of_a_job_that_another_reads_is_one_that_it_has() -> None:
    text = REUSABLE.read_text("utf-8")
    for name, output in set(re.findall(r"(?:needs|jobs)\.([\w-]+)\.outputs\.([\w-]+)", text)):
        assert output in REUSED[name]["outputs"], (name, output)
    for name, job in REUSED.items():
        read = set(re.findall(r"needs\.([\w-]+)\.", repr(job)))
        assert read <= set(job.get("needs", [])), name
