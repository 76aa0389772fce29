"""From a repository's files to the plan that sets its suite up and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.layout import is_test
from healer.setup.manifests import Manifests
from healer.setup.other_languages import other_plans
from healer.setup.python_plan import python_plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.ports import SourceTree
    from healer.setup.plan import Plan

_PYTHON = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "requirements.txt", "tox.ini")


def detect(source: SourceTree, tools: Collection[str], folder: str = "", *, python_only: bool = False) -> Plan | None:
    """Return the plan for the project in a folder of a repository; None when its files do not tell one.

    `tools` are the names of programs that are there. A Python project with tests is taken for one whatever else stands
    beside it; `python_only` asks for no other, tests or not.
    """
    manifests = Manifests(source, folder)
    tested = any(path.endswith(".py") and is_test(path) for path in manifests.paths)
    if tested or (python_only and manifests.at_root(*_PYTHON)):
        return python_plan(manifests, tools)
    if python_only:
        return None
    return next(other_plans(manifests, tools), None)
