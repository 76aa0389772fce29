"""The plan of a Python project: one virtual environment with the project, what it needs and what its tests need.

What poetry, pdm, pipenv and hatch projects declare is installed by pip or uv at the versions that their lock says, so
none of these tools has to be there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.setup.commands import PYTEST, imported_by_tests, plugins, test_command
from healer.setup.declared import declared
from healer.setup.inputs import deciding_paths, runs_project_code
from healer.setup.manifests import table
from healer.setup.plan import MADE, Plan, Step
from healer.setup.pythons import wished
from healer.setup.requirements import is_conditional, locked, name_of, normal

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.setup.declared import Declared
    from healer.setup.manifests import Manifests

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
_REQUIREMENTS = f"{MADE}/requirements.txt"
_CONSTRAINTS = f"{MADE}/constraints.txt"


def python_plan(manifests: Manifests, tools: Collection[str]) -> Plan:
    """Return how a Python project is set up with the tools at hand (uv, if it is there, else pip), and tested."""
    found = declared(manifests)
    test, why_test = test_command(manifests, found)
    extra: list[tuple[str, str]] = []
    if test == PYTEST:
        named = {name_of(one) for one in (*found.requirements, *found.of_extras)}
        extra = [("pytest", "")] if "pytest" not in named else []
        extra += plugins(manifests, found)
    reasons = [*found.reasons, *(why for _, why in extra if why), f"{' '.join(test)}: {why_test}"]
    wish = wished(manifests)
    lock = next(iter(manifests.at_root(*LOCKS)), None)
    if lock == "uv.lock" and "uv" in tools and "pyproject.toml" in manifests:
        steps, files = _synchronised(found, [name for name, _ in extra])
    else:
        steps, files = _installed(manifests, found, [name for name, _ in extra], lock, tools)
        if lock:
            reasons.append(f"{lock} decides the versions")
    return Plan(
        "python", test, (wish.why, *reasons), steps,
        python=wish, files=files, inputs=deciding_paths(manifests, found.files), whole=runs_project_code(manifests),
        needs=_needs(manifests, found, test, extra),
    )  # fmt: skip


def is_installable(manifests: Manifests) -> bool:
    """Whether the project itself is a distribution that can be built."""
    pyproject = manifests.toml("pyproject.toml")
    if table(pyproject, "tool", "poetry").get("package-mode") is False:
        return False
    if (
        table(pyproject, "tool", "uv").get("package") is False
        or table(pyproject, "tool", "pdm").get("distribution") is False
    ):
        return False
    return bool(
        table(pyproject, "build-system")
        or "setup.py" in manifests
        or manifests.ini("setup.cfg").get("metadata", {}).get("name")
    )


def _synchronised(found: Declared, extra: list[str]) -> tuple[tuple[Step, ...], tuple[tuple[str, str], ...]]:
    chosen = [word for name in found.extras for word in ("--extra", name)]
    chosen += [word for name in found.groups for word in ("--group", name)]
    steps = [Step(("uv", "sync", "--frozen", *chosen), "uv.lock")]
    if extra:
        steps.append(Step(("uv", "pip", "install", *extra), "what the tests are run with"))
    return tuple(steps), ()


def _installed(
    manifests: Manifests, found: Declared, extra: list[str], lock: str | None, tools: Collection[str]
) -> tuple[tuple[Step, ...], tuple[tuple[str, str], ...]]:
    install = ("uv", "pip", "install") if "uv" in tools else ("python", "-I", "-m", "pip", "install")
    files: list[tuple[str, str]] = []
    own: list[str] = []
    lines = [*found.requirements, *extra]
    if is_installable(manifests):
        own = ["--editable", f".[{','.join(found.extras)}]" if found.extras else "."]
    else:
        lines = [*found.runtime, *lines, *found.of_extras]
    listed = [word for path in found.files for word in ("-r", path)]
    limits: list[str] = []
    if lock and (constraints := locked(manifests, lock)):
        files.append(("constraints.txt", constraints))
        limits = ["-c", _CONSTRAINTS]
    generated: list[str] = []
    if lines := list(dict.fromkeys(lines)):
        files.append(("requirements.txt", "".join(f"{line}\n" for line in lines)))
        generated = ["-r", _REQUIREMENTS]
    if found.hashed:
        parts = [(listed, ", ".join(found.files)), ([*own, *generated, *limits], "the project and what tests need")]
    else:
        parts = [([*own, *listed, *generated, *limits], "the project and what tests need")]
    return tuple(Step((*install, *words), why) for words, why in parts if words), tuple(files)


def _needs(
    manifests: Manifests, found: Declared, test: tuple[str, ...], extra: list[tuple[str, str]]
) -> frozenset[str]:
    """Return what must be installed where the tests are to run: not every tool of a development group is."""
    runtime = {name_of(line) for line in found.runtime if not is_conditional(line)}
    used = {normal(module) for module in imported_by_tests(manifests)}
    declared_here = [*found.requirements, *found.of_extras]
    tested = {name for line in declared_here if not is_conditional(line) and (name := name_of(line)) in used}
    added = {normal(name) for name, _ in extra}
    runner = {"pytest"} if test == PYTEST else set()
    own = normal(str(table(manifests.toml("pyproject.toml"), "project").get("name", "")))
    return frozenset(name for name in (*runtime, *tested, *added, *runner) if name and name != own)
