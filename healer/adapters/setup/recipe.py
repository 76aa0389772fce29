"""A plan made concrete on this machine: with which interpreter, from which tools, kept under which name."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.folders import surroundings
from healer.errors import SuiteError
from healer.setup.plan import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from healer.adapters.setup.machine import Interpreter, Machine
    from healer.adapters.toolchain import Toolchain
    from healer.ports import SourceTree
    from healer.setup.plan import Plan

_LAYOUT = 1
"""Goes into every name, so that an environment made by another layout of the cache is never taken."""
_MOST_TRIED = 8
_HOMES = {"rust": "RUSTUP_HOME", "go": "GOROOT", "java": "JAVA_HOME"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to do to set one project up, once, before its first run."""

    steps: tuple[Step, ...]
    folder: str = ""
    """Where the project is, relative to the repository's root."""
    files: tuple[tuple[str, str], ...] = ()
    environment: tuple[str, ...] = ()
    """The command that makes a virtual environment; the folder for it is added. Empty: none is made."""
    label: str = "a virtual environment"
    variables: Mapping[str, str] = field(default_factory=dict)
    """For the steps."""
    lasting: Mapping[str, str] = field(default_factory=dict)
    """For the steps, and for the tests after them."""
    readable: tuple[Path, ...] = ()
    """Installations that the steps and the tests need to see beside their own program's."""
    key: str | None = None
    """The name by content of what is made; None where it cannot be used again."""
    store: Path | None = None
    """Where environments are kept; None: nowhere."""
    local: Path | None = None
    """Maven's repository of the user, which steps may read."""


def by_command(command: str) -> Recipe:
    """Return the recipe of a user's own set-up command, in an environment over the system's."""
    steps = (Step(("sh", "-c", command), ""),)
    return Recipe(steps, environment=("python3", "-m", "venv", "--system-site-packages"))


def by_plan(
    plan: Plan, machine: Machine, source: SourceTree, *, folder: str = "", version: str | None = None,
    store: Path | None = None, homes: Mapping[str, str] | None = None,
    starts: Callable[[Interpreter], bool] = lambda _: True,
) -> Recipe:  # fmt: skip
    """Return the recipe of a plan on this machine; raise SuiteError when a Python or a tool that it needs is lacking.

    `version` is what the project's version shall be taken for where it would be read from git; `starts` tells whether
    an interpreter can be started where the suite will run. `homes` are variables that name where toolchains live.
    """
    for program in plan.programs:
        if program not in machine.tools:
            raise SuiteError(
                f"the project is set up and tested with {program} ({plan.reasons[0]}), which is not on the PATH; "
                f"install {program}, or give commands of your own (--setup-command, and the test command after --)",
                code="tool_missing",
            )
    tools = [path for name, path in machine.tools.items() if any(step.argv[0] == name for step in plan.steps)]
    needed = [place for tool in tools for place in (*surroundings(tool), *_beside(tool))]
    recipe = Recipe(
        plan.steps, folder, plan.files, variables=_variables(version),
        readable=(*needed, *_home(plan.language, homes or {})),
    )  # fmt: skip
    if plan.language == "java" and machine.artifacts:
        recipe = replace(recipe, local=machine.artifacts, readable=(*recipe.readable, machine.artifacts))
    if plan.python is None:
        return replace(recipe, key=_key(plan, recipe, source, ()), store=store, label=plan.language)
    known = [one for minor in plan.python.versions for one in machine.pythons(minor)]
    found = next((one for one in known[:_MOST_TRIED] if starts(one)), None)
    if found is None:
        raise SuiteError(_no_python(plan, machine), code="python_missing")
    uv = machine.tools.get("uv")
    make = (str(uv), "venv", "--python", str(found.path)) if uv else (str(found.path), "-m", "venv")
    return replace(
        recipe,
        environment=make,
        label=f"a virtual environment of Python {found.version} ({found.origin})",
        readable=(*recipe.readable, *surroundings(found.path)),
        variables={**recipe.variables, "UV_PYTHON": str(found.path)},
        lasting=found.variables,
        key=_key(plan, recipe, source, (*found.identity, bool(uv))),
        store=store,
    )


def _beside(tool: Path) -> tuple[Path, ...]:
    """Return the folder of a tool that starts its like from there (cargo: rustc), where it is one of programs alone."""
    return (tool.parent,) if tool.parent.name == "bin" else ()


def _home(language: str, homes: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where a language's toolchain lives, when that is elsewhere than its programs."""
    place = homes.get(_HOMES.get(language, ""))
    return (Path(place),) if place and place.startswith("/") and Path(place).is_dir() else ()


def _no_python(plan: Plan, machine: Machine) -> str:
    wish = plan.python
    wanted = ", ".join(wish.versions) if wish and wish.versions else "none that is supported"
    here = ", ".join(machine.versions) or "none"
    why = f" ({wish.why})" if wish else ""
    return (
        f"the project wants Python {wanted}{why}, and of Python 3.8 to 3.14 there is {here} here; install one of these "
        "(`uv python install`, pyenv, actions/setup-python), or give --setup-command"
    )


def _variables(version: str | None) -> dict[str, str]:
    """Return what installers are told: be quiet, keep nothing in caches, and the version that git would have told."""
    quiet = {
        "PIP_NO_CACHE_DIR": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off", "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never", "CARGO_TERM_PROGRESS_WHEN": "never", "npm_config_update_notifier": "false",
        "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    }  # fmt: skip
    told = (
        "SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS",
        "UV_DYNAMIC_VERSIONING_BYPASS",
    )  # fmt: skip
    return {**quiet, **(dict.fromkeys(told, version) if version else {})}


def _key(plan: Plan, recipe: Recipe, source: SourceTree, interpreter: tuple[object, ...]) -> str:
    """Return the name by content: of what is installed, by what, for which interpreter and platform."""
    prefix = f"{recipe.folder}/" if recipe.folder else ""
    paths = sorted(source.paths) if plan.whole else [prefix + path for path in plan.inputs]
    digests = [(path, hashlib.sha256(source.read(path)).hexdigest()) for path in paths]
    facts = (
        _LAYOUT, platform.system(), platform.machine(), platform.libc_ver(), interpreter, recipe.folder, plan.files,
        [step.argv for step in plan.steps], sorted(recipe.variables.items()), digests,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:32]


def programs(recipe: Recipe, toolchain: Toolchain) -> list[Path]:
    """Return the programs that a recipe starts, those that are found."""
    commands = [recipe.environment] if recipe.environment else []
    return toolchain.programs([*commands, *(step.argv for step in recipe.steps if step.argv[0] != "python")])
