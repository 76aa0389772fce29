"""Runners that would make environments of their own: what they run for tests is run in the one that was set up.

tox, nox and hatch install what they test with each time, for which tests have no network. The set-up has read the same
files and installed the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.setup.manifests import Manifests
from healer.setup.runners import tox_commands

if TYPE_CHECKING:
    from healer.ports import SourceTree
    from healer.setup.plan import Plan

_PROGRAM = re.compile(r"(?:.*/)?(tox|nox|hatch)")
_TESTS = {
    "tox": re.compile(r"(?:run )?(?:(?:-e ?|--env )(?:py(?:3[\d.]*)?|3[\d.]*|tests?|unit))?"),
    "nox": re.compile(r"(?:(?:-s|-e|--sessions?) (?:tests?|unit(?:_?tests?)?|pytest)(?:-3[\d.]*)?)?"),
    "hatch": re.compile(r"test"),
}
"""Arguments that ask for tests and nothing else."""
_DIRECT = frozenset({"pytest", "py.test", "python", "python3"})


def unwrapped(command: tuple[str, ...], plan: Plan, source: SourceTree, folder: str = "") -> tuple[str, ...] | None:
    """Return the tests that a command of tox, nox or hatch runs; None when it is no such command, or asks for more."""
    named = _PROGRAM.fullmatch(command[0])
    if named is None or plan.language != "python" or not _TESTS[named[1]].fullmatch(" ".join(command[1:])):
        return None
    said = tox_commands(Manifests(source, folder)) if named[1] == "tox" else ()
    if len(said) == 1 and said[0][0] in _DIRECT:
        return said[0]
    return plan.test
