"""The prompt: rules that never change, then the evidence of one failure, all of it marked as data."""

from __future__ import annotations

import functools
import importlib.resources
import string
from typing import TYPE_CHECKING

from healer import layout
from healer.engines.model import sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.change import Rejection
    from healer.models.code import Excerpt
    from healer.ports import RepairTask

_HEADINGS = {
    "failures": "# What fails\n\nEach cause once, with one of its test cases in full.",
    "tests": "# The failing tests (read-only)",
    "locations": "# Where the fault may lie, most suspicious first",
    "code": "# Code\n\nAs it is in the repository now. Copy context lines from here.",
    "changes": "# What changed lately, newest first",
    "attempts": "# What was tried before\n\n"
    "Each attempt was made on the code above and taken back; none is in it. Your change must be a different one.",
}


@functools.cache
def template(name: str) -> str:
    """Return one of the package's templates."""
    return importlib.resources.files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")


def system() -> str:
    """Return the stable part, the same for every call and therefore cacheable."""
    return template("system")


def build(task: RepairTask, excerpts: Sequence[Excerpt], engine: str, fence: Fence) -> str:
    """Return the user's turn for a task."""
    diagnosis, source = task.diagnosis, task.source
    parts = {
        "failures": sections.failures(diagnosis.clusters, fence),
        "tests": sections.code([excerpt for excerpt in excerpts if layout.is_test(excerpt.path)], fence),
        "locations": sections.locations(diagnosis.locations, source, fence),
        "code": sections.code([excerpt for excerpt in excerpts if not layout.is_test(excerpt.path)], fence),
        "changes": sections.changes(diagnosis.commits, source, excerpts, fence),
        "attempts": sections.attempts(task.attempts, engine, fence),
    }
    evidence = "\n\n".join(f"{_HEADINGS[name]}\n\n{fence.enclose(text)}" for name, text in parts.items() if text)
    return string.Template(template("user")).substitute(marker=fence.marker, evidence=evidence)


def format_repair(rejection: Rejection, fence: Fence) -> str:
    """Return the turn that asks once more for a change that could not be read or placed."""
    reason = fence.clean(rejection.message, 2_000)
    return string.Template(template("format_repair")).substitute(marker=fence.marker, reason=reason)
