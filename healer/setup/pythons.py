"""Which Python a project wants: what it requires, what it pins, what its CI names, what it says it supports."""

from __future__ import annotations

import re

from healer.setup.manifests import Manifests, table, words
from healer.setup.plan import PythonWish
from healer.setup.specifiers import SUPPORTED, admitted, newest_first

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d{1,2})\b")
_REQUIRES_IN_SETUP = re.compile(r"python_requires\s*=\s*[\"']([^\"'\n]{1,200})[\"']")
_NAMED_BY_CI = re.compile(r"python(?:[-_]?version)?s?[\"']?[ ]*[:=]\s*(\[[^\]]{0,400}\]|[^\n]{0,100})")
_LISTED = re.compile(r"^[ ]*python(?:-?version)?s?:[ ]*\n((?:[ ]*-[^\n]{1,60}\n?)+)", re.MULTILINE)
_MINOR = re.compile(r"(?<![\d.])3\.(\d{1,2})(?![\d])")
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


def wished(manifests: Manifests) -> PythonWish:
    """Return which Pythons would do for a project, the one that it is tested with first."""
    specifier, said = _required(manifests)
    possible = set(admitted(specifier))
    reasons = [said] if said else []
    order: list[str] = []
    for versions, why in (_pinned(manifests), _tested(manifests), _claimed(manifests)):
        fitting = [version for version in newest_first(versions) if version in possible and version not in order]
        if fitting and not order:
            reasons.append(why)
        order += fitting
    order += [version for version in newest_first(possible) if version not in order]
    why = "; ".join(reasons) or "no file says which Python, so the newest"
    return PythonWish(tuple(order), why)


def _required(manifests: Manifests) -> tuple[str, str]:
    """Return the specifier that the project gives, and where."""
    pyproject = manifests.toml("pyproject.toml")
    project = table(pyproject, "project").get("requires-python")
    poetry = table(pyproject, "tool", "poetry", "dependencies").get("python")
    pipfile = table(manifests.toml("Pipfile"), "requires").get("python_version")
    options = manifests.ini("setup.cfg").get("options", {}).get("python_requires")
    in_setup = _REQUIRES_IN_SETUP.search(manifests.text("setup.py"))
    found = (
        (project, "pyproject.toml requires Python"),
        (poetry, "pyproject.toml (poetry) requires Python"),
        (options, "setup.cfg requires Python"),
        (in_setup[1] if in_setup else None, "setup.py requires Python"),
        (pipfile, "Pipfile requires Python"),
    )
    for specifier, said in found:
        if isinstance(specifier, str) and specifier.strip():
            return specifier, f"{said} {specifier.strip()[:60]}"
    return "", ""


def _pinned(manifests: Manifests) -> tuple[set[str], str]:
    """Return what `.python-version` and the like pin."""
    for path in (".python-version", "runtime.txt", ".tool-versions"):
        text = manifests.text(path)
        if path == ".tool-versions":
            text = "".join(line for line in text.splitlines() if line.startswith("python "))
        if match := _MINOR.search(text):
            return {f"3.{match[1]}"}, f"{path} says {match[0]}"
    return set(), ""


def _tested(manifests: Manifests) -> tuple[set[str], str]:
    """Return the versions that workflows name."""
    found: set[str] = set()
    for path in sorted(path for path in manifests.paths if _WORKFLOW.fullmatch(path)):
        text = manifests.text(path)
        for pattern in (_NAMED_BY_CI, _LISTED):
            for match in pattern.finditer(text):
                found |= {f"3.{minor[1]}" for minor in _MINOR.finditer(match[1])}
    found &= set(SUPPORTED)
    newest = next(iter(newest_first(found)), "")
    return found, f"workflows test up to Python {newest}"


def _claimed(manifests: Manifests) -> tuple[set[str], str]:
    """Return the versions that classifiers name."""
    pyproject = manifests.toml("pyproject.toml")
    named = [
        *words(table(pyproject, "project").get("classifiers")),
        *words(table(pyproject, "tool", "poetry").get("classifiers")),
        manifests.text("setup.cfg"),
        manifests.text("setup.py"),
    ]
    found = {version for text in named for version in _CLASSIFIER.findall(text)} & set(SUPPORTED)
    newest = next(iter(newest_first(found)), "")
    return found, f"classifiers name up to Python {newest}"
