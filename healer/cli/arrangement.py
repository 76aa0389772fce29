"""Deciding how the suite is run: by which command, in which environment, set up or as it is, in which sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.adapters.isolation import choose
from healer.adapters.sandboxes.order import Network
from healer.adapters.setup.inventory import interpreter_of, inventory
from healer.adapters.setup.recipe import by_command, by_plan, programs
from healer.adapters.setup.store import store_for
from healer.adapters.toolchain import default_command
from healer.cli.grounds import command_in_image, wanted_in_image
from healer.setup.commands import PYTEST
from healer.setup.detect import detect
from healer.setup.serving import lacking
from healer.setup.wrappers import unwrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from healer.adapters.checkout import Checkout
    from healer.adapters.repository import PrivateRepository
    from healer.adapters.sandbox import Isolation
    from healer.adapters.sandboxes.containers.rung import ImageSandbox
    from healer.adapters.setup.machine import Interpreter, Machine
    from healer.adapters.setup.recipe import Recipe
    from healer.adapters.toolchain import Toolchain
    from healer.cli.settings import Settings
    from healer.setup.plan import Plan

_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3}(?:(?:a|b|rc|\.post|\.dev)\d{1,6})?)")
_PYTHON_BY_PATH = re.compile(r"/python[\d.]*(?![\w/.-])")
_STARTERS = {
    "node": re.compile(r"npm|npx|node|pnpm|pnpx|yarn|yarnpkg|corepack|.*/node_modules/.*|node_modules/.*"),
    "java": re.compile(r"(.*/)?(mvnw?|gradlew?)"),
    "go": re.compile(r"go|gotestsum"),
    "rust": re.compile(r"cargo"),
}
"""Programs whose commands need what a set-up brings, by language."""
_PYTHONS = re.compile(r"\b(python[\d.]*|py\.?test|unittest|coverage|tox|nox|hatch)\b")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What was decided, and why."""

    test: tuple[str, ...]
    isolation: Isolation
    recipe: Recipe | None
    plan: Plan | None
    why: str
    """Why something is set up, or why nothing is."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the decision rests on."""

    settings: Settings
    checkout: Checkout
    repository: PrivateRepository
    toolchain: Toolchain
    folder: str
    """The project's folder, relative to the repository's root."""
    machine: Machine
    on_runner: bool
    box: ImageSandbox | None = None
    """The image that the suite runs in, where one is named."""


def arrange(here: Circumstances) -> Arrangement:
    """Decide; raise UsageError when no command can be told, SuiteError when what a set-up needs is not here."""
    settings, toolchain = here.settings, here.toolchain
    plan = detected(here)
    test = settings.command or _default(plan, here)
    if here.box is not None:
        return _in_image(here, here.box, plan, test)
    isolation = _isolated(here, [test, *settings.checks])
    if settings.setup is not None:
        return Arrangement(test, isolation, by_command(settings.setup), plan, "--setup-command was given")
    wanted, why = _wanted(here, plan, test, isolation)
    if plan is None or not wanted:
        return Arrangement(test, isolation, None, plan, why)
    test = _unwrapped(here, plan) or settings.command or plan.test
    store = store_for(settings.cache, isolation) if settings.cache else None
    version = _version(here.checkout, here.repository.base)
    recipe = by_plan(
        plan, here.machine, here.repository.source, folder=here.folder, version=version, store=store,
        homes=toolchain.environment,
        starts=lambda python: _starts(python, toolchain, isolation),
    )  # fmt: skip
    # Once more, for what a set-up starts has to be startable in the sandbox as well.
    isolation = _isolated(here, [test, *settings.checks], programs(recipe, toolchain))
    return Arrangement(test, isolation, recipe, plan, why)


def _unwrapped(here: Circumstances, plan: Plan) -> tuple[str, ...] | None:
    """Return the tests behind a given command of a runner that makes environments itself; None for other commands."""
    given = here.settings.command
    return unwrapped(given, plan, here.repository.source, here.folder) if given else None


def _in_image(here: Circumstances, box: ImageSandbox, plan: Plan | None, test: tuple[str, ...]) -> Arrangement:
    """Decide for a suite that runs in an image, whose Pythons and tools are the ones there are."""
    settings = here.settings
    if settings.setup is not None:
        recipe = command_in_image(settings.setup, box)
        return Arrangement(test, box.isolation, recipe, plan, "--setup-command was given")
    wanted, why = wanted_in_image(plan, test, settings, here.toolchain, box)
    if plan is None or not wanted:
        return Arrangement(test, box.isolation, None, plan, why)
    version = _version(here.checkout, here.repository.base)
    recipe = by_plan(plan, box.machine, here.repository.source, folder=here.folder, version=version)
    return Arrangement(settings.command or plan.test, box.isolation, recipe, plan, why)


def _starts(python: Interpreter, toolchain: Toolchain, isolation: Isolation) -> bool:
    """Whether an interpreter starts in the sandbox and can talk to an index."""
    finding_its_own = replace(toolchain, environment={**toolchain.environment, **python.variables})
    told = inventory(python.path, finding_its_own, isolation)
    return told is not None and told.secure


def detected(here: Circumstances) -> Plan | None:
    """Return the plan that the project's files tell."""
    given = here.settings.command
    only = bool(given) and bool(_PYTHONS.search(" ".join(given)))
    return detect(here.repository.source, here.machine.tools, here.folder, python_only=only)


def _default(plan: Plan | None, here: Circumstances) -> tuple[str, ...]:
    if plan is None or plan.test == PYTEST:
        return default_command(here.repository.source, here.toolchain)
    return plan.test


def _isolated(here: Circumstances, commands: list[tuple[str, ...]], more: Sequence[Path] = ()) -> Isolation:
    return choose(
        [*here.toolchain.programs(commands), *more],
        unsafe=here.settings.unsafe_no_sandbox, forced=here.on_runner,
        network=Network(here.settings.network) if here.settings.network else None,
    )  # fmt: skip


def _wanted(here: Circumstances, plan: Plan | None, test: tuple[str, ...], isolation: Isolation) -> tuple[bool, str]:
    """Return whether to set the project up, and why; nothing is, where what is there serves."""
    mode = here.settings.provision
    if mode == "none" or plan is None or not plan.steps:
        return False, "--setup none" if mode == "none" else "no file tells how this project is set up"
    if mode == "always":
        return True, "--setup always"
    if _unwrapped(here, plan):
        return True, f"{test[0]} would install what it tests with, and tests have no network for that"
    if plan.language != "python":
        needs = uses(plan, test)
        return needs, f"the command is{'' if needs else ' not'} {plan.test[0]}'s"
    return _python_wanted(here, plan, test, isolation)


def uses(plan: Plan, test: tuple[str, ...]) -> bool:
    """Whether a command needs what a plan of another language than Python sets up."""
    starters = _STARTERS[plan.language]
    shell = " ".join(test).split() if test[0].rpartition("/")[2] in {"sh", "bash", "env"} else test[:1]
    return any(starters.fullmatch(word) for word in shell)


def _python_wanted(
    here: Circumstances, plan: Plan, test: tuple[str, ...], isolation: Isolation
) -> tuple[bool, str]:  # fmt: skip
    given = here.settings.command
    if given and "/" in test[0]:
        return False, f"the test command names a program of its own, {test[0]}"
    said = " ".join(test)
    if _PYTHON_BY_PATH.search(said):
        return False, f"the test command names a Python of its own, {said[:100]}"
    if not _PYTHONS.search(said):
        return False, f"nobody can tell what {test[0]} needs"
    program = test if _PYTHONS.fullmatch(test[0].rpartition("/")[2]) else ("python",)
    python = interpreter_of(program, here.toolchain)
    if python is None:
        return True, f"{program[0]} is not installed"
    told = inventory(python, here.toolchain, isolation)
    if told is None:
        return True, f"{python} does not start in the sandbox"
    missing = lacking(plan, told.distributions, with_pytest=not given or "test" in said)
    return (True, f"{python} lacks {missing}") if missing else (False, f"{python} has what the tests need")


def _version(checkout: Checkout, base: str) -> str | None:
    """Return the version that git's tags tell of the base, for builds that would ask git and find no repository."""
    described = checkout.git.line("-C", str(checkout.directory), "describe", "--tags", "--abbrev=0", base)
    match = _VERSION.fullmatch((described or "").rpartition("/")[2])
    return match[1] if match else None
