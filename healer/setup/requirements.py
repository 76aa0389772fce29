"""Requirements in the spellings of pip, poetry, pdm and pipenv, as pip takes them; locked versions as constraints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.setup.manifests import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.setup.manifests import Manifests

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]{0,100}[A-Za-z0-9])?)\s*(?=$|[\[<>=!~;@( #])")
_BARE = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,100}[A-Za-z0-9])?")
_CARET = re.compile(r"\^\s*v?(\d+(?:\.\d+)*)(\S*)")
_TILDE = re.compile(r"(?<![~=])~(?!=)\s*v?(\d+(?:\.\d+)*)")
_EXACT = re.compile(r"v?\d[\w.!+-]*")
_VERSION = re.compile(r"v?\d[\w.!+]{0,60}")
_MOST = 2000


def name_of(requirement: str) -> str | None:
    """Return the normalised name of the distribution that a requirement asks for; None when it is no requirement."""
    match = _NAME.match(requirement)
    return normal(match[1]) if match else None


def normal(name: str) -> str:
    """Return a distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_conditional(requirement: str) -> bool:
    """Whether a requirement holds only where its marker does."""
    return ";" in requirement


def only_requirements(lines: Any) -> tuple[str, ...]:
    """Return what asks for a distribution; options and whatever else a file may hold are left out."""
    given = lines if isinstance(lines, list | tuple) else ()
    return tuple(line for line in given if isinstance(line, str) and line.isprintable() and name_of(line))


def from_poetry(dependencies: Mapping[str, Any]) -> Iterator[str]:
    """Yield a poetry (or Pipfile) table of dependencies as requirements.

    Optional ones, and those from a path or an address of their own, are left out.
    """
    for name, value in dependencies.items():
        requirement = _requirement(name, value[0] if isinstance(value, list) and value else value)
        if name != "python" and requirement and requirement.isprintable():
            yield requirement


def _requirement(name: str, wanted: Any) -> str:
    if not _BARE.fullmatch(name):
        return ""
    if isinstance(wanted, str):
        return f"{name}{_specifier(wanted)}"
    if isinstance(wanted, dict) and not wanted.get("optional") and isinstance(wanted.get("version"), str):
        given = wanted.get("extras")
        extras = ",".join(one for one in given if isinstance(one, str)) if isinstance(given, list) else ""
        marker = wanted.get("markers")
        condition = f"; {marker}" if isinstance(marker, str) and marker else ""
        return f"{name}{f'[{extras}]' if extras else ''}{_specifier(wanted['version'])}{condition}"
    return ""


def _specifier(version: str) -> str:
    """Return poetry's spelling of a version as pip's; nothing when it has none."""
    first = version.split("||", maxsplit=1)[0].strip()
    if first in {"", "*"}:
        return ""
    if _EXACT.fullmatch(first):
        return f"=={first}"
    clauses = (_clause(clause.strip()) for clause in first.split(","))
    return ",".join(clause for clause in clauses if clause)


def _clause(clause: str) -> str:
    if match := _CARET.match(clause):
        return f">={match[1]}{match[2]},<{_next_breaking(match[1])}"
    if match := _TILDE.match(clause):
        numbers = match[1].split(".")
        upper = numbers[:1] if len(numbers) == 1 else numbers[:2]
        return f">={match[1]},<{'.'.join([*upper[:-1], str(int(upper[-1]) + 1)])}"
    return "" if clause == "*" else clause.replace(" ", "")


def _next_breaking(version: str) -> str:
    """Return the first version that a caret excludes: the leftmost number that is not zero, one up."""
    numbers = [int(number) for number in version.split(".")]
    at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1]))


def group(groups: Mapping[str, Any], name: str, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the requirements of a dependency group (PEP 735) with those of the groups that it includes."""
    key = next((one for one in groups if normal(one) == normal(name)), None)
    if key is None or normal(name) in seen or not isinstance(groups[key], list):
        return ()
    found: list[str] = []
    for entry in groups[key][:_MOST]:
        if isinstance(entry, str):
            found += only_requirements([entry])
        elif isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
            found += group(groups, entry["include-group"], seen | {normal(name)})
    return tuple(dict.fromkeys(found))


def locked(manifests: Manifests, path: str) -> str:
    """Return a lock file's versions as a constraints file; what is locked more than once is left to the resolver."""
    versions: dict[str, set[str]] = {}
    for name, version in _packages(manifests, path):
        if isinstance(name, str) and isinstance(version, str):
            exact = version.removeprefix("==")
            if name_of(name) and _VERSION.fullmatch(exact):
                versions.setdefault(normal(name), set()).add(exact)
    return "".join(f"{name}=={one.pop()}\n" for name, one in sorted(versions.items()) if len(one) == 1)


def _packages(manifests: Manifests, path: str) -> Iterator[tuple[Any, Any]]:
    if path == "Pipfile.lock":
        document = manifests.json(path)
        for section in ("default", "develop"):
            for name, entry in table(document, section).items():
                yield name, table(entry).get("version")
        return
    packages = manifests.toml(path).get("package")
    for entry in packages if isinstance(packages, list) else ():
        origin = table(entry, "source")
        if not {"editable", "virtual", "directory"} & origin.keys() and origin.get("type") not in {"directory", "file"}:
            yield table(entry).get("name"), table(entry).get("version")
