"""Setting a project up in the sandbox: a private tree, an environment, the steps; or one that was made before."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from healer.adapters.folders import hand_over, take_away, take_back
from healer.adapters.sandbox import Order, execute
from healer.adapters.sandboxes.order import Network
from healer.adapters.setup.furnishing import GRADLE, Furnishing, import_roots_of
from healer.adapters.setup.store import kept
from healer.errors import SuiteError
from healer.setup.complaints import decisive
from healer.setup.plan import MADE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from healer.adapters.repository import PrivateRepository
    from healer.adapters.sandbox import Isolation
    from healer.adapters.setup.recipe import Recipe
    from healer.adapters.setup.store import Kept
    from healer.adapters.toolchain import Toolchain
    from healer.ports import Progress


@dataclass(frozen=True, slots=True)
class Prepared:
    """What runs need of a set-up."""

    toolchain: Toolchain
    roots: tuple[str, ...]
    """Folders of the tree that the project is imported from."""
    furnishing: Furnishing
    release: Callable[[], None]
    """To be called when no run needs it any more."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where and how a recipe is carried out."""

    repository: PrivateRepository
    toolchain: Toolchain
    isolation: Isolation
    progress: Progress
    seconds: float

    def prepare(self, recipe: Recipe, scratch: Path) -> Prepared:
        """Set the project up below a scratch folder, or in the store when what is made may be kept there.

        Raises SuiteError with the decisive lines of the output when a step fails. Nothing half-made is ever used.
        """
        place = self._kept(recipe)
        if place is None:
            folder = scratch / "setup"
            folder.mkdir(mode=0o700)
            self._make(recipe, folder)
            return self._prepared(recipe, folder, lambda: None)
        if place.complete:
            self.progress("set-up", f"what was set up before from the same files serves again ({place.folder})")
            return self._prepared(recipe, place.folder, place.release)
        try:
            self._make(recipe, place.folder)
            place.finish()
        except BaseException:
            place.abandon()
            raise
        return self._prepared(recipe, place.folder, place.release)

    @staticmethod
    def _kept(recipe: Recipe) -> Kept | None:
        if recipe.key and recipe.store:
            with contextlib.suppress(OSError):
                return kept(recipe.store, recipe.key)
        return None

    def _make(self, recipe: Recipe, folder: Path) -> None:
        for name in ("tree", "home", "tmp", "made"):
            (folder / name).mkdir()
        self.repository.export(None, folder / "tree")
        for name, content in (*recipe.files, *settings_files(recipe.local)):
            file = folder / "made" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        hand_over(folder, self.isolation)
        toolchain = self.toolchain
        if recipe.environment:
            place = str(folder / "environment")
            self._step((*recipe.environment, place), recipe.label, recipe, folder, toolchain)
            toolchain = toolchain.with_environment(folder / "environment", folder / "tree")
        for step in recipe.steps:
            label = f"{' '.join(step.argv)[:200]} ({step.why})" if step.why else step.argv[-1]
            self._step(step.argv, label, recipe, folder, toolchain)
        take_back(folder, self.isolation)
        for name in ("home", "tmp"):
            take_away(folder / name)

    def _step(self, command: Sequence[str], label: str, recipe: Recipe, folder: Path, toolchain: Toolchain) -> None:
        self.progress("set-up", label.replace(f"{MADE}/", ""))
        tree = folder / "tree"
        words = [word.replace(MADE, str(folder / "made")) for word in command]
        cwd = tree / recipe.folder
        variables = {
            **toolchain.variables(tree=tree, home=folder / "home", scratch=folder / "tmp", roots=[]),
            **toolchain.installing, **recipe.variables, **recipe.lasting,
            "UV_PROJECT_ENVIRONMENT": str(folder / "environment"),
            **told_to_toolchains(folder),
            "GRADLE_USER_HOME": str(folder / "made" / GRADLE),
        }  # fmt: skip
        if command[:2] == ("uv", "pip"):
            # Told of the interpreter that the environment was made with, it would install beside that one.
            variables["UV_PYTHON"] = str(folder / "environment" / "bin" / "python")
        argv = toolchain.resolved(words, cwd, tree)
        order = Order(
            argv, cwd, variables, self.seconds, writable=(folder,), readable=recipe.readable, network=Network.FULL
        )  # fmt: skip
        ended = execute(order, self.isolation)
        if ended.exit_code != 0:
            raise SuiteError(_failed(command, ended.exit_code, ended.output, self.seconds), code="setup_failed")

    def _prepared(self, recipe: Recipe, folder: Path, release: Callable[[], None]) -> Prepared:
        tree = folder / "tree"
        told = {**told_to_toolchains(folder), **recipe.lasting}
        toolchain = self.toolchain.prepared_in(folder, recipe.readable, told)
        roots: tuple[str, ...] = ()
        if recipe.environment:
            toolchain = toolchain.with_environment(folder / "environment", tree)
            roots = import_roots_of(folder / "environment", tree)
        furnishing = Furnishing.of(tree, recipe.folder, self.repository.source.paths, folder / "made")
        return Prepared(toolchain, roots, furnishing, release)


def told_to_toolchains(folder: Path) -> dict[str, str]:
    """Return where toolchains other than Python's keep what they fetch, and what keeps them from fetching it again.

    Java takes the home of its user from the list of users, whatever HOME says, and Maven its own from Java. pnpm would
    look whether what is installed is up to date, over the network, before each script. What Yarn makes without
    node_modules names places that are gone by then.
    """
    made = folder / "made"
    return {
        "GOMODCACHE": str(made / "go"), "CARGO_HOME": str(made / "cargo"),
        "MAVEN_OPTS": f"-Duser.home={made / 'java'}", "MAVEN_USER_HOME": str(made / "java" / ".m2"),
        "GRADLE_OPTS": "-Dorg.gradle.daemon=false",
        "pnpm_config_verify_deps_before_run": "false", "npm_config_verify_deps_before_run": "false",
        "YARN_NODE_LINKER": "node-modules", "YARN_ENABLE_TELEMETRY": "0",
    }  # fmt: skip


def settings_files(repository: Path | None) -> tuple[tuple[str, str], ...]:
    """Return Maven's settings that let it look into the user's own repository before it asks for one elsewhere."""
    if repository is None:
        return ()
    one = f"<id>here</id><url>{escape(repository.as_uri())}</url>"
    text = (
        "<settings><profiles><profile><id>here</id><activation><activeByDefault>true</activeByDefault></activation>"
        f"<repositories><repository>{one}</repository></repositories>"
        f"<pluginRepositories><pluginRepository>{one}</pluginRepository></pluginRepositories>"
        "</profile></profiles></settings>\n"
    )
    return (("java/.m2/settings.xml", text),)


def _failed(command: Sequence[str], exit_code: int | None, output: str, seconds: float) -> str:
    name = " ".join(command[:4])[:100]
    if exit_code is None:
        return f"the set-up did not end within {seconds:.0f} s ({name}); raise --time-limit, or give a --setup-command"
    said = "\n".join(decisive(output))
    return f"the set-up command failed, so no test could be run: {said or f'{name} ended with {exit_code}'}"
