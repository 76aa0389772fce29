"""The action in its container, run as GitHub's runner runs it, against a forge that containers can reach.

SELF_HEAL_RUN_ACTION names the program that plays the runner: `PROGRAM ACTION_DIR --workspace DIR --event FILE
--with NAME=VALUE...` prints one JSON object. Without it, or without an engine at DOCKER_HOST, these tests fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.forge import Forge

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RUNNER = "SELF_HEAL_RUN_ACTION"


@dataclass(frozen=True)
class ActionRun:
    """What the runner saw of one step."""

    facts: dict[str, Any]
    workspace: Path

    @property
    def outputs(self) -> dict[str, str]:
        found: dict[str, str] = self.facts["outputs"]
        return found

    @property
    def log(self) -> str:
        return "\n".join(line for _, line in self.facts["log"])

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]


@dataclass(frozen=True)
class RunAction:
    """Runs the action of this checkout on a workspace."""

    program: str
    action: Path
    folder: Path

    def __call__(
        self, workspace: Path, *options: str, event: object = None, forge: Forge | None = None, **inputs: str
    ) -> ActionRun:
        payload = self.folder / "event.json"
        payload.write_text(json.dumps(event or {"repository": {"full_name": "octo/shop"}}), encoding="utf-8")
        argv = [self.program, str(self.action), "--workspace", str(workspace), "--event", str(payload), *options]
        if forge is not None:
            inputs |= {"github_token": forge.token}
            argv += ["--token", forge.token, "--mask", forge.token]
            argv += ["--github", f"api_url={forge.api_url}", "--github", f"server_url={forge.url}"]
        for name, value in inputs.items():
            argv += ["--with", f"{name.replace('_', '-')}={value}"]
        done = subprocess.run(argv, capture_output=True, check=False)
        assert done.returncode in {0, 1}, done.stderr.decode()
        return ActionRun(json.loads(done.stdout), workspace)


@pytest.fixture(scope="session")
def gateway() -> str:
    """Find the address by which containers reach this machine; fail where no engine answers."""
    form = "{{(index .IPAM.Config 0).Gateway}}"
    done = subprocess.run(["docker", "network", "inspect", "bridge", "-f", form], capture_output=True, check=False)
    if done.returncode:
        pytest.fail(f"no container engine answers at DOCKER_HOST: {done.stderr.decode().strip()}")
    return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what a runner downloads of this checkout, as far as the image needs it."""
    folder = tmp_path_factory.mktemp("action")
    for name in ("action.yml", "Dockerfile", ".dockerignore", "entrypoint.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("healer", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def run_action(tmp_path: Path, gateway: str, action: Path) -> RunAction:
    assert gateway
    program = os.environ.get(RUNNER)
    if not program:
        pytest.fail(f"{RUNNER} names no program that runs a container action as GitHub's runner does; see .ci/run")
    return RunAction(program, action, tmp_path)


@pytest.fixture
def forge(tmp_path: Path, gateway: str) -> Iterator[Forge]:
    with Forge(tmp_path / "forge", host=gateway) as server:
        yield server
    assert not server.violations
