"""What a project declares that its tests need: extras, groups, requirement files, and what its runners install."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.setup.manifests import table, words
from healer.setup.requirements import from_poetry, group, name_of, normal, only_requirements
from healer.setup.runners import Installed, nox_installs, tox_installs

if TYPE_CHECKING:
    from healer.setup.manifests import Manifests

TESTING = ("test", "tests", "testing", "unittest", "pytest", "dev", "develop", "development")
"""Names of extras and groups that hold what tests need, the most telling first."""
_BROAD = frozenset({"dev", "develop", "development"})
_REQUIREMENT_FILE = re.compile(
    r"(?:(?:test|tests|dev|ci)[-_.])?requirements?(?:[-_.](?:test|tests|testing|dev|develop|development|ci|all))*\.txt"
    r"|(?:requirements?|tests?|dev)/(?:base|main|requirements?|test|tests|testing|dev|unit|ci)\.txt"
    r"|requirements/requirements[-_](?:test|tests|dev)\.txt"
)
_ABOUT_TESTS = re.compile(r"test|dev|(?<![a-z])ci(?![a-z])")
_NO_FEATURE = re.compile(r"doc|lint|typing|types|mypy|format|style|release|publish|build|cuda|gpu|^all$")
_OPTION = re.compile(r"--hash[ =]|--require-hashes")


@dataclass(frozen=True, slots=True)
class Declared:
    """What to install: from files, from extras of the project, and by requirement; each with where it is said."""

    files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    hashed: bool = False
    """Whether one of the files demands hashes, so that nothing else can be installed in the same step."""
    of_extras: tuple[str, ...] = ()
    """What the extras hold, as far as that is declared statically."""
    runtime: tuple[str, ...] = ()
    """What the project itself needs, as far as that is declared statically."""


def declared(manifests: Manifests) -> Declared:
    """Return what a project's files declare."""
    reasons: list[str] = []
    extras = _extras(manifests, reasons)
    groups, requirements = _groups(manifests, reasons)
    requirements += _of_poetry(manifests, reasons) + _of_pipenv(manifests, reasons) + _of_setup(manifests, reasons)
    files = _files(manifests, reasons)
    if not extras and not groups and not any(_ABOUT_TESTS.search(name) for name in files) and not requirements:
        extras, files, requirements = _of_runners(manifests, extras, files, reasons)
        if not requirements and not extras:
            extras = _all_extras(manifests, reasons)
    hashed = any(_OPTION.search(manifests.text(name)) for name in files)
    return Declared(
        tuple(dict.fromkeys(files)), tuple(dict.fromkeys(extras)), tuple(groups), tuple(dict.fromkeys(requirements)),
        tuple(reasons), hashed, _of_extras(manifests, extras), _runtime(manifests),
    )  # fmt: skip


def _chosen(names: list[str]) -> list[str]:
    """Return the names that stand for tests; broad ones (`dev`) only when there is no better."""
    found = [name for wanted in TESTING for name in names if normal(name) == wanted]
    telling = [name for name in found if normal(name) not in _BROAD]
    return telling or found


def _extras(manifests: Manifests, reasons: list[str]) -> list[str]:
    pyproject = manifests.toml("pyproject.toml")
    sections = (
        ("[project.optional-dependencies]", "pyproject.toml", table(pyproject, "project", "optional-dependencies")),
        ("[tool.poetry.extras]", "pyproject.toml", table(pyproject, "tool", "poetry", "extras")),
        ("[options.extras_require]", "setup.cfg", manifests.ini("setup.cfg").get("options.extras_require", {})),
    )
    for section, path, given in sections:
        chosen = _chosen(list(given))
        if chosen:
            reasons.append(f"{path} has {', '.join(chosen)} in {section}")
            return chosen
    found = re.findall(r"[\"'](\w+)[\"']\s*:", _after(manifests.text("setup.py"), "extras_require"))
    if chosen := _chosen(list(dict.fromkeys(found))):
        reasons.append(f"setup.py has {', '.join(chosen)} in extras_require")
    return chosen


def _all_extras(manifests: Manifests, reasons: list[str]) -> list[str]:
    """Return the extras that features need, for a project that says nothing of its tests: they test them all."""
    given = table(manifests.toml("pyproject.toml"), "project", "optional-dependencies")
    found = [name for name in given if not _NO_FEATURE.search(normal(name))]
    if found:
        reasons.append(f"nothing says what the tests need, so the extras {', '.join(found)} are taken")
    return found


def _after(text: str, word: str) -> str:
    """Return what follows a keyword that is given a value, as far as the value's closing brace."""
    match = re.search(rf"\b{word}\s*=\s*(?:dict\()?\{{([^}}]{{0,4000}})\}}", text)
    return match[1] if match else ""


def _groups(manifests: Manifests, reasons: list[str]) -> tuple[list[str], list[str]]:
    pyproject = manifests.toml("pyproject.toml")
    sections = (
        ("[dependency-groups]", table(pyproject, "dependency-groups")),
        ("[tool.pdm.dev-dependencies]", table(pyproject, "tool", "pdm", "dev-dependencies")),
    )
    for section, given in sections:
        chosen = _chosen(list(given))
        if chosen:
            reasons.append(f"pyproject.toml has {', '.join(chosen)} in {section}")
            names = chosen if section == "[dependency-groups]" else []
            return names, [one for name in chosen for one in group(given, name)]
    legacy = only_requirements(table(pyproject, "tool", "uv").get("dev-dependencies"))
    if legacy:
        reasons.append("pyproject.toml has dev-dependencies in [tool.uv]")
    hatch = table(pyproject, "tool", "hatch", "envs") or table(manifests.toml("hatch.toml"), "envs")
    for name in ("hatch-test", "test", "tests", "default", "dev"):
        environment = table(hatch, name)
        wanted = [
            *only_requirements(environment.get("dependencies")),
            *only_requirements(environment.get("extra-dependencies")),
        ]
        if wanted:
            reasons.append(f"the hatch environment {name} has dependencies")
            return [], [*legacy, *wanted]
    return [], list(legacy)


def _of_poetry(manifests: Manifests, reasons: list[str]) -> list[str]:
    poetry = table(manifests.toml("pyproject.toml"), "tool", "poetry")
    groups = {name: table(one, "dependencies") for name, one in table(poetry, "group").items()}
    groups["dev-dependencies"] = table(poetry, "dev-dependencies")
    names = _chosen(list(groups)) + [name for name in groups if name == "dev-dependencies" and groups[name]]
    # Poetry's groups are installed all together by default: a runner in one, its plugins in another.
    names = [*names, *(name for name in _BROAD if name in groups and name not in names)]
    if found := [one for name in names for one in from_poetry(groups[name])]:
        reasons.append(f"poetry's group {', '.join(names)} is what tests need")
    return found


def _of_pipenv(manifests: Manifests, reasons: list[str]) -> list[str]:
    pipfile = manifests.toml("Pipfile")
    found = [*from_poetry(table(pipfile, "packages")), *from_poetry(table(pipfile, "dev-packages"))]
    if found:
        reasons.append("Pipfile lists packages and dev-packages")
    return found


def _of_setup(manifests: Manifests, reasons: list[str]) -> list[str]:
    options = manifests.ini("setup.cfg").get("options", {})
    found = [*only_requirements(words(options.get("tests_require")))]
    match = re.search(r"\btests_require\s*=\s*\[([^\]]{0,2000})\]", manifests.text("setup.py"))
    found += only_requirements(re.findall(r"[\"']([^\"'\n]+)[\"']", match[1])) if match else ()
    if found:
        reasons.append(f"{'setup.py' if match else 'setup.cfg'} has tests_require")
    return found


def _files(manifests: Manifests, reasons: list[str]) -> list[str]:
    found = sorted(
        (path for path in manifests.paths if _REQUIREMENT_FILE.fullmatch(path)),
        key=lambda path: (path.count("/"), path),
    )
    packaged = manifests.at_root("setup.py", "setup.cfg", "pyproject.toml")
    named = [path for path in found if _ABOUT_TESTS.search(path)]
    telling = [path for path in named if "test" in path] or named
    chosen = [path for path in found if path in telling or (path not in named and not packaged)]
    if "requirements.txt" in found and "requirements.txt" not in chosen:
        chosen.insert(0, "requirements.txt")
    if chosen:
        reasons.append(f"{', '.join(chosen)} list{'s' if len(chosen) == 1 else ''} requirements")
    return chosen


def _of_runners(
    manifests: Manifests, extras: list[str], files: list[str], reasons: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """Return what tox or nox would install for tests, where the project itself says nothing."""
    for name, installs in (("tox", tox_installs(manifests)), ("nox", nox_installs(manifests))):
        if installs != Installed():
            reasons.append(f"{name} installs what tests need")
            known = [path for path in installs.files if path in manifests]
            return [*extras, *installs.extras], [*files, *known], list(installs.requirements)
    return extras, files, []


def _of_extras(manifests: Manifests, names: list[str]) -> tuple[str, ...]:
    given = table(manifests.toml("pyproject.toml"), "project", "optional-dependencies")
    legacy = manifests.ini("setup.cfg").get("options.extras_require", {})
    return tuple(one for name in names for one in only_requirements(given.get(name) or words(legacy.get(name))))


def _runtime(manifests: Manifests) -> tuple[str, ...]:
    pyproject = manifests.toml("pyproject.toml")
    options = manifests.ini("setup.cfg").get("options", {})
    lines = [
        *only_requirements(table(pyproject, "project").get("dependencies")),
        *from_poetry(table(pyproject, "tool", "poetry", "dependencies")),
        *from_poetry(table(manifests.toml("Pipfile"), "packages")),
        *only_requirements(words(options.get("install_requires"))),
        *only_requirements([line.strip() for line in manifests.text("requirements.txt").splitlines()]),
    ]
    return tuple(line for line in lines if name_of(line))
