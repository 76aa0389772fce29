"""Which files decide what an environment holds: an environment made once serves again while they are the same."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from healer.setup.manifests import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.setup.manifests import Manifests

_DECIDING = (
    "pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "tox.ini", "tox.toml", "noxfile.py", "hatch.toml",
    "uv.lock", "uv.toml", "poetry.lock", "poetry.toml", "pdm.lock", "Pipfile", "Pipfile.lock", "pylock.toml",
    ".python-version", "PKG-INFO",
)  # fmt: skip
_INCLUDED = re.compile(r"(?m)^\s*(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S{1,200})")
_LOCAL = re.compile(r"(?m)^\s*(?:-e\b|--editable\b|\.{1,2}/|file:|\.\s*$|\.\[|[\w.-]+\s*@\s*file:)")
_DECLARATIVE = frozenset(
    {"hatchling.build", "flit_core.buildapi", "poetry.core.masonry.api", "pdm.backend", "setuptools.build_meta"}
)
_HOOKS = ("hatch_build.py", "pdm_build.py", "build.py", "setup.py")
_MOST = 200


def deciding_paths(manifests: Manifests, listed: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of manifests, of locks and of requirement files, with all that these include."""
    found = dict.fromkeys(manifests.at_root(*_DECIDING))
    waiting = list(listed)
    while waiting and len(found) < _MOST:
        path = waiting.pop()
        if path in found or path not in manifests:
            continue
        found[path] = None
        folder = posixpath.dirname(path)
        included = _INCLUDED.findall(manifests.text(path))
        waiting += [posixpath.normpath(posixpath.join(folder, name)) for name in included]
    return tuple(sorted(found))


def runs_project_code(manifests: Manifests) -> bool:
    """Whether setting up may run, or copy, files of the project beside its manifests.

    Then what is installed depends on all of them, and on nobody but their author.
    """
    pyproject = manifests.toml("pyproject.toml")
    texts = (manifests.text(path) for path in manifests.paths if path.endswith(".txt") and "requirement" in path)
    if any(_LOCAL.search(text) for text in texts):
        return True
    if table(pyproject, "tool", "uv", "workspace") or table(pyproject, "tool", "uv", "sources"):
        return True
    if manifests.at_root(*_HOOKS):
        return True
    build = table(pyproject, "build-system")
    if not build:
        return "setup.cfg" in manifests and "metadata" in manifests.ini("setup.cfg")
    project, poetry = table(pyproject, "project"), table(pyproject, "tool", "poetry")
    return (
        build.get("build-backend") not in _DECLARATIVE
        or "backend-path" in build
        or bool(project.get("dynamic"))
        or not (project.get("version") or poetry.get("version"))
        or "build" in poetry
        or bool(table(pyproject, "tool", "hatch", "build", "hooks"))
        or bool(table(pyproject, "tool", "hatch", "metadata", "hooks"))
        or bool(table(pyproject, "tool", "setuptools", "cmdclass"))
        or bool(pyproject.get("tool", {}).get("setuptools", {}).get("ext-modules"))
    )
