"""The container action: `self-heal run` with what the runner's environment says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from healer.adapters.inputs import arguments, clean_environment, inputs
from healer.cli import main

if TYPE_CHECKING:
    from healer.ports import Environment


def run_action(environment: Environment) -> int:
    """Run with the inputs found in the environment given, this process's own made clean first; return the exit code."""
    given = inputs(environment)
    os.environ.clear()
    os.environ.update(clean_environment(environment, given))
    os.umask(0o077)
    workspace = environment.get("GITHUB_WORKSPACE", "/github/workspace")
    return main(arguments(given, workspace, environment.get("RUNNER_TEMP", "/github/runner_temp")))
