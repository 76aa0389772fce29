"""self-heal on one case, with the addresses of models given; what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.variants.making import Made


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where models are asked."""

    anthropic: str
    openai: str = ""


def run(made: Made, addresses: Addresses, folder: Path) -> dict[str, Any]:
    """Heal a case; return the result's document, or an outcome of ours when there was none.

    Into the folder go `progress.log`, standard error, and `record.jsonl`, all that models were asked and answered.
    """
    (folder / "record.jsonl").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="variant-") as home, (folder / "progress.log").open("w") as told:
        options = [
            *("--engine", "anthropic", "--deliver", "patch", "--setup", "none", "--format", "json", "--workers", "1"),
            *("--record", str(folder / "record.jsonl"), "--state", "none", "--cache", "none"),
            *made.case.options,
            *(word for check in made.checks for word in ("--check", " ".join(check))),
            *(("--report", str(made.report)) if made.report else ()),
        ]
        environment = {
            "PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path.cwd()),
            "ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": addresses.anthropic,
            **({"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": addresses.openai} if addresses.openai else {}),
        }  # fmt: skip
        ended = subprocess.run(
            [sys.executable, "-m", "healer", "run", *options, "--", *made.command],
            cwd=made.repository, env=environment, stdout=subprocess.PIPE, stderr=told, text=True, check=False,
        )  # fmt: skip
    return dict(json.loads(ended.stdout)) if ended.stdout else {"outcome": f"exit {ended.returncode}", "attempts": []}
