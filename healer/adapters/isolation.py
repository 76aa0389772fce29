"""Choosing how tests are kept apart from this process, and probing that it holds before anything untrusted runs."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import reachable_by_others, surroundings
from healer.adapters.process import run
from healer.adapters.sandbox import PAYLOAD, SANDBOX_ID, Isolation, Order, execute
from healer.errors import SandboxError, SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROBE_SECONDS = 20.0


def choose(programs: Sequence[Path], *, unsafe: bool, forced: bool) -> Isolation:
    """Return the strongest isolation to be had here, probed.

    `programs` are what tests will start. `forced` (on a runner, where a job always holds tokens of its own) means that
    without isolation nothing runs: SandboxError is raised, unless the user said `unsafe`.
    """
    obstacle = _obstacle([*programs, Path(sys.executable)])
    if obstacle is None:
        isolation = Isolation(
            SANDBOX_ID,
            confined=True,
            sentence=f"tests run as user {SANDBOX_ID} and see only the system and their own folders; they have network",
        )
        escapes = probe(isolation)
        if not escapes:
            return isolation
        obstacle = f"a probe inside the sandbox could {escapes[0]}"
    if forced and not unsafe:
        raise SandboxError(
            f"tests cannot be kept away from the keys and tokens of this job: {obstacle}; run self-heal where it can "
            "isolate them (the published container image), or accept the risk with unsafe-no-sandbox: true"
        )
    sentence = f"tests are not isolated ({obstacle}): they run as this user, who can read what you can read"
    return Isolation(None, confined=False, sentence=sentence)


def _obstacle(programs: Sequence[Path]) -> str | None:
    """Return why tests cannot run as another user here, or None when they can."""
    if os.geteuid() != 0:
        return "only root can start programs as another user"
    for program in programs:
        if not reachable_by_others(program):
            return f"another user could not run {program}"
    abi = run([sys.executable, "-I", "-S", "-B", str(PAYLOAD / "supervisor.py"), "--landlock-abi"], environment={}).text
    return None if int(abi) > 0 else "this kernel has no Landlock"


def probe(isolation: Isolation) -> list[str]:
    """Return what a program inside the sandbox could do that tests must not; empty when the isolation holds."""
    with tempfile.TemporaryDirectory(prefix="self-heal-probe-") as inside:
        outside = Path(tempfile.mkdtemp(prefix="self-heal-canary-", dir="/var/lib" if os.geteuid() == 0 else None))
        try:
            outside.chmod(0o777)
            canary = outside / "canary"
            canary.write_text("canary", encoding="utf-8")
            canary.chmod(0o644)
            folder = Path(inside)
            os.chown(folder, isolation.user or 0, isolation.user or 0)
            shutil.copyfile(PAYLOAD / "probe.py", folder / "probe.py")
            (folder / "probe.py").chmod(0o644)
            facts = json.dumps({"canary": str(canary), "engine": os.getpid(), "outside": str(outside)})
            order = Order(
                (sys.executable, "-I", "-S", "-B", str(folder / "probe.py"), facts), folder, {}, _PROBE_SECONDS,
                writable=(folder,), readable=surroundings(Path(sys.executable)),
            )  # fmt: skip
            ended = execute(order, isolation)
        except SuiteError:
            return ["not even be started"]
        finally:
            shutil.rmtree(outside, ignore_errors=True)
    if ended.exit_code != 0:
        return ["not even be started"]
    try:
        escapes: list[str] = json.loads(ended.output.splitlines()[-1])
    except (ValueError, IndexError):
        return ["not even answer"]
    return escapes
