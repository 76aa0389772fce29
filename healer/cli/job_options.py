"""What `propose`, `verify` and `deliver` take beside the options of `run`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

DESCRIPTIONS = {
    "run": "Reproduce what fails, repair it, prove the repair by running the tests, deliver it. The working "
    "tree and the current branch are never touched.",
    "doctor": "Tell what `self-heal run` with the same options would find here, what it would do, and what is lacking.",
    "propose": "Ask a model for a repair and write its proposal for `self-heal verify`; nothing of the repository is "
    "run. What fails is told by a verdict, or by reports.",
    "verify": "Run the tests, of the base and with the candidates of a proposal, and write the verdict; without a "
    "proposal, those of the embedded engine. No model is asked, and nothing is delivered.",
    "deliver": "Hand over the change that a verdict says is proved, once it has passed the gate again; nothing of the "
    "repository is run.",
}
"""What each command does that takes the options of `run`, by its name."""


def add_job_options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of one of the jobs; other commands have none."""
    if command not in {"propose", "verify", "deliver"}:
        return
    group = parser.add_argument_group("what other jobs found")
    if command != "verify":
        group.add_argument("--verdict", type=Path, metavar="FILE", help="a document that self-heal verify wrote")
    group.add_argument("--proposal", type=Path, metavar="FILE", help="a document that self-heal propose wrote")
    group.add_argument("--proposal-digest", metavar="SHA256", help="take no proposal but this, by the job that made it")
    if command == "propose":
        group.add_argument(
            "--spent-usd", type=_dollars, default=0.0, metavar="X", help="what earlier rounds cost, of --max-cost-usd"
        )


def _dollars(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of dollars")
    return value
