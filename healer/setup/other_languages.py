"""Plans of projects that are not Python's: the toolchain's own commands, dependencies by their lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.setup.manifests import table
from healer.setup.plan import MADE, Plan, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from healer.setup.manifests import Manifests

_NO_TEST = re.compile(r"no test specified")
_LENIENT = "lenient.gradle"
_IGNORING = """\
allprojects {
    tasks.withType(JavaCompile) { options.failOnError = false }
    tasks.withType(Test) { ignoreFailures = true }
}
"""


def other_plans(manifests: Manifests, tools: Collection[str]) -> Iterator[Plan]:
    """Yield the plans that a project's files at its root speak for."""
    yield from _node(manifests, tools)
    if "go.mod" in manifests:
        yield Plan(
            "go", ("go", "test", "./..."), ("go.mod is there",), (Step(("go", "mod", "download"), "go.mod"),),
            programs=("go",), inputs=manifests.at_root("go.mod", "go.sum"),
            whole=bool(re.search(r"(?m)^\s*(?:replace\b|.*=>\s*\.)", manifests.text("go.mod"))),
        )  # fmt: skip
    if "Cargo.toml" in manifests:
        locked = ("--locked",) if "Cargo.lock" in manifests else ()
        yield Plan(
            "rust", ("cargo", "test", *locked), ("Cargo.toml is there", *(f"{one} decides" for one in
            manifests.at_root("Cargo.lock"))), (Step(("cargo", "fetch", *locked), "Cargo.toml"),), programs=("cargo",),
            inputs=tuple(sorted(path for path in manifests.paths if path.rpartition("/")[2] in {"Cargo.toml",
            "Cargo.lock"})),
        )  # fmt: skip
    yield from _java(manifests)


def _node(manifests: Manifests, tools: Collection[str]) -> Iterator[Plan]:
    package = manifests.json("package.json")
    script = table(package, "scripts").get("test")
    if not isinstance(script, str) or _NO_TEST.search(script):
        return
    manager, lock, install = _node_manager(manifests, package)
    why = f"{lock or 'package.json'} is {manager}'s"
    if manager != "npm" and manager not in tools and "npm" in tools:
        why += f"; {manager} is not here, so npm installs what package.json asks for"
        manager, install = "npm", ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
    yield Plan(
        "node", (manager, "test"), (why, f"package.json has a test script: {script[:100]}"), (Step(install, why),),
        programs=(manager,), inputs=manifests.at_root(
            "package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", ".npmrc",
            "pnpm-workspace.yaml", ".yarnrc.yml",
        ),
        whole="workspaces" in package or "pnpm-workspace.yaml" in manifests,
    )  # fmt: skip


def _node_manager(manifests: Manifests, package: dict[str, object]) -> tuple[str, str, tuple[str, ...]]:
    if "pnpm-lock.yaml" in manifests:
        return "pnpm", "pnpm-lock.yaml", ("pnpm", "install", "--frozen-lockfile")
    if "yarn.lock" in manifests:
        named = str(package.get("packageManager", "")).startswith(("yarn@2", "yarn@3", "yarn@4"))
        modern = named or ".yarnrc.yml" in manifests or "__metadata:" in manifests.text("yarn.lock")
        return "yarn", "yarn.lock", ("yarn", "install", "--immutable" if modern else "--frozen-lockfile")
    for lock in manifests.at_root("package-lock.json", "npm-shrinkwrap.json"):
        return "npm", lock, ("npm", "ci", "--no-audit", "--no-fund")
    return "npm", "", ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")


def _java(manifests: Manifests) -> Iterator[Plan]:
    """Yield how a project's own build tool fetches all that tests need: by running them once, whatever they say.

    Nothing less makes it fetch the runner of the tests. Code of the project runs then, so any file may decide.
    """
    if "pom.xml" in manifests:
        program = "./mvnw" if "mvnw" in manifests else "mvn"
        fetch = (program, "-q", "-B", "-Dmaven.test.failure.ignore=true", "-Dmaven.compiler.failOnError=false", "test")
        yield Plan(
            "java", (program, "-q", "-B", "test"), (f"pom.xml is Maven's; {program} runs it",),
            (Step(fetch, "a first run fetches what Maven needs"),),
            programs=("java",) if program == "./mvnw" else ("java", "mvn"), whole=True,
        )  # fmt: skip
    builds = manifests.at_root("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
    if builds:
        program = "./gradlew" if "gradlew" in manifests else "gradle"
        fetch = (program, "--console=plain", "--continue", "--init-script", f"{MADE}/{_LENIENT}", "test")
        yield Plan(
            "java", (program, "--console=plain", "test"), (f"{builds[0]} is Gradle's; {program} runs it",),
            (Step(fetch, "a first run fetches what Gradle needs"),), files=((_LENIENT, _IGNORING),),
            programs=("java",) if program == "./gradlew" else ("java", "gradle"), whole=True,
        )  # fmt: skip
