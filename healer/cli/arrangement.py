"""Deciding how the suite is run: by which command, in which environment, set up or as it is, in which sandbox."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.isolation import choose
from healer.adapters.setup.inventory import installed_for, interpreter_of
from healer.adapters.setup.machine import Machine
from healer.adapters.setup.recipe import by_command, by_plan, programs
from healer.adapters.setup.store import store_for
from healer.adapters.toolchain import default_command
from healer.setup.detect import detect
from healer.setup.serving import lacking

if TYPE_CHECKING:
    from healer.adapters.checkout import Checkout
    from healer.adapters.repository import PrivateRepository
    from healer.adapters.sandbox import Isolation
    from healer.adapters.setup.recipe import Recipe
    from healer.adapters.toolchain import Toolchain
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.setup.plan import Plan

_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3}(?:(?:a|b|rc|\.post|\.dev)\d{1,6})?)")
_BY_NAME = frozenset({"python", "python3", "pytest", "py.test", "coverage", "tox", "nox", "sh", "bash", "make", "npm"})


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What was decided, and why."""

    test: tuple[str, ...]
    isolation: Isolation
    recipe: Recipe | None
    plan: Plan | None
    why: str
    """Why something is set up, or nothing is."""


def arrange(
    settings: Settings, checkout: Checkout, repository: PrivateRepository, toolchain: Toolchain, folder: str,
    terminal: Terminal,
) -> Arrangement:  # fmt: skip
    """Decide; raise UsageError when no command can be told, SuiteError when what a set-up needs is not here."""
    machine = Machine.look(terminal.environment)
    given = settings.command
    plan = detect(repository.source, machine.tools, folder, python_only=bool(given) and given[0] in _PYTHONS)
    test = given or _default(plan, repository, toolchain)
    isolation = _isolated(settings, [test, *settings.checks], toolchain, terminal)
    if settings.setup is not None:
        return Arrangement(test, isolation, by_command(settings.setup), plan, "--setup-command was given")
    why = _asks_for_set_up(settings, plan, test, toolchain, isolation)
    if plan is None or not plan.steps or not why.wanted:
        return Arrangement(test, isolation, None, plan, why.reason)
    store = store_for(settings.cache, isolation) if settings.cache else None
    recipe = by_plan(
        plan, machine, repository.source, folder=folder, version=_version(checkout, repository.base), store=store
    )
    isolation = choose(
        [*toolchain.programs([test, *settings.checks]), *programs(recipe, toolchain)],
        unsafe=settings.unsafe_no_sandbox, forced=terminal.on_runner,
    )  # fmt: skip
    return Arrangement(given or plan.test, isolation, recipe, plan, why.reason)
