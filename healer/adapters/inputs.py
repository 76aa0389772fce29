"""The action's inputs: from the runner's environment to the arguments and the environment of `self-heal run`."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.ports import Environment

INPUTS = (
    "github-token", "anthropic-api-key", "anthropic-base-url", "anthropic-federation-rule-id",
    "anthropic-organization-id", "anthropic-service-account-id", "anthropic-workspace-id", "openai-api-key",
    "openai-base-url", "aws-bearer-token-bedrock", "aws-region", "aws-access-key-id", "aws-secret-access-key",
    "aws-session-token", "anthropic-vertex-project-id", "cloud-ml-region", "google-oauth-access-token", "model",
    "model-price", "max-cost-usd-per-day", "record", "escalate-to", "ensemble", "reviewer", "candidates", "engine",
    "report", "test-command", "setup-command", "setup", "cache", "check", "deliver", "rounds", "proof-runs", "workers",
    "max-cost-usd", "time-limit", "case-time-limit", "network", "test-image", "unsafe-no-sandbox", "working-directory",
    "source-root", "allow-dependencies", "last-green", "auto-merge", "request-review",
    "mode", "verdict", "proposal", "proposal-digest", "spent-usd",
    "batch", "batch-wait", "max-minutes",
)  # fmt: skip
"""All that action.yml declares. Other INPUT_ variables can be planted by an earlier step, so they are not read."""

_VARIABLES = {
    "github-token": "GITHUB_TOKEN",
    "anthropic-api-key": "ANTHROPIC_API_KEY",
    "anthropic-base-url": "ANTHROPIC_BASE_URL",
    "openai-api-key": "OPENAI_API_KEY",
    "openai-base-url": "OPENAI_BASE_URL",
    "anthropic-federation-rule-id": "ANTHROPIC_FEDERATION_RULE_ID",
    "anthropic-organization-id": "ANTHROPIC_ORGANIZATION_ID",
    "anthropic-service-account-id": "ANTHROPIC_SERVICE_ACCOUNT_ID",
    "anthropic-workspace-id": "ANTHROPIC_WORKSPACE_ID",
    "aws-bearer-token-bedrock": "AWS_BEARER_TOKEN_BEDROCK",
    "aws-region": "AWS_REGION",
    "aws-access-key-id": "AWS_ACCESS_KEY_ID",
    "aws-secret-access-key": "AWS_SECRET_ACCESS_KEY",
    "aws-session-token": "AWS_SESSION_TOKEN",
    "anthropic-vertex-project-id": "ANTHROPIC_VERTEX_PROJECT_ID",
    "cloud-ml-region": "CLOUD_ML_REGION",
    "google-oauth-access-token": "GOOGLE_OAUTH_ACCESS_TOKEN",
}
_IDENTITY = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
"""Taken from the runner only where a federation rule says what for."""

_FROM_THE_RUNNER = (
    "GITHUB_ACTIONS", "GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_SHA", "GITHUB_OUTPUT",
    "GITHUB_STEP_SUMMARY", "GITHUB_RUN_ID", "GITHUB_WORKSPACE", "RUNNER_TEMP",
)  # fmt: skip
_FIXED = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
_OPTIONS = (
    "model", "model-price", "max-cost-usd-per-day", "escalate-to", "reviewer", "candidates", "setup-command", "setup",
    "cache", "deliver", "rounds", "proof-runs", "workers", "max-cost-usd", "time-limit", "case-time-limit", "network",
    "test-image", "last-green", "batch-wait", "max-minutes",
    "proposal-digest", "spent-usd",
)  # fmt: skip
MODES = ("run", "propose", "verify", "deliver")
_DOCUMENTS = ("verdict", "proposal")
"""Left by other jobs, and brought into the runner's temp folder by a step before."""
_REPEATED = ("engine", "ensemble", "report", "check", "source-root", "request-review")
_SWITCHES = ("unsafe-no-sandbox", "allow-dependencies", "auto-merge", "batch")
_SHELL = re.compile(r"[|&;<>()$`*?\n~#]|^\s*\w+=")


def inputs(environment: Environment) -> dict[str, str]:
    """Return the declared inputs that have a value, by their kebab-case names."""
    given = {name: environment.get(f"INPUT_{name.upper()}", "").strip() for name in INPUTS}
    return {name: value for name, value in given.items() if value}


def arguments(given: Mapping[str, str], workspace: str, temporary: str = "/github/runner_temp") -> list[str]:
    """Return the command line that the inputs mean; no secret is on it."""
    mode = given.get("mode", "run")
    command = mode if mode in MODES else f"{mode} (the input mode)"
    argv = [command, "--repo", os.path.normpath(os.path.join(workspace, given.get("working-directory", ".")))]  # noqa: PTH118 - text
    argv += [f"--{name}={given[name]}" for name in _OPTIONS if name in given]
    argv += [f"--{name}={os.path.join(temporary, given[name])}" for name in _DOCUMENTS if name in given]  # noqa: PTH118 - text
    for name in _REPEATED:
        values = map(str.strip, given.get(name, "").splitlines())
        argv += [f"--{name}={value}" for value in values if value]
    # A container forgets its home: only a folder that was given outlives it.
    argv += [f"--state={given['cache']}/state" if "cache" in given else "--state=none"]
    if "record" in given:
        argv += [f"--record={temporary}/{os.path.basename(given['record'])}"]  # noqa: PTH119 - text
    argv += [f"--{name}" for name in _SWITCHES if given.get(name, "").lower() == "true"]
    if "test-command" in given:
        argv += ["--", *words(given["test-command"])]
    return argv


def words(command: str) -> list[str]:
    """Split a command line into words; one that needs a shell, or that no shell would take, is given to one."""
    if not _SHELL.search(command):
        try:
            return shlex.split(command)
        except ValueError:
            pass
    return ["sh", "-c", command]


def clean_environment(environment: Environment, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment to work in: fixed paths, facts from the runner, keys and addresses from inputs alone.

    The job's environment can be written by whatever ran before (`GITHUB_ENV`); nothing else of it is kept.
    """
    kept = {name: environment[name] for name in _FROM_THE_RUNNER if environment.get(name)}
    keys = {variable: given[name] for name, variable in _VARIABLES.items() if name in given}
    debug = {"SELF_HEAL_DEBUG": "1"} if environment.get("RUNNER_DEBUG") == "1" else {}
    identity = {name: environment[name] for name in _IDENTITY if environment.get(name)}
    # A job that verifies is to be without it, which it can only see where it is not hidden.
    vouched = identity if "anthropic-federation-rule-id" in given or given.get("mode") == "verify" else {}
    return {**_FIXED, **kept, **keys, **vouched, **debug}
