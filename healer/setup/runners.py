"""What tox and nox would install and run for tests, as far as their files say so in plain words."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.setup.manifests import Table, table, words
from healer.setup.requirements import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.setup.manifests import Manifests

_REFERENCE = re.compile(r"\{\[([\w:.-]+)\](\w+)\}")
_POSARGS = re.compile(r"\{posargs(?::([^{}]*))?\}|\{/\}")
_FOLDER = re.compile(r"\{(?:toxinidir|tox_root)\}/?")
_CONDITION = re.compile(r"[\w.,!{}-]+:\s+")
_EXTRAS = re.compile(r"\.\[([\w,. -]+)\]")
_OWN = re.compile(r"-e|--editable|\.(?:\[[\w,. -]+\])?|\./?")
_TEST_SESSION = re.compile(r"tests?|unit|unit_?tests?|pytest|check")
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Installed:
    """What a runner installs before tests."""

    requirements: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


def tox_installs(manifests: Manifests) -> Installed:
    """Return what tox's test environment installs; lines for other factors than the plain one are left out."""
    sections = _sections(manifests)
    lines = [*_lines(sections, "deps")]
    extras = tuple(name for line in _lines(sections, "extras") for name in re.split(r"[,\s]+", line) if name)
    environment = _native(manifests)
    lines += words(environment.get("deps"))
    extras += words(environment.get("extras"))
    return _sorted_out(lines, extras)


def tox_commands(manifests: Manifests) -> tuple[tuple[str, ...], ...]:
    """Return the commands of tox's test environment, without what is passed on to them."""
    found = []
    for line in _lines(_sections(manifests), "commands"):
        plain = _POSARGS.sub(lambda match: match[1] or "", line.removeprefix("-").strip())
        if "{" not in plain:
            found.append(_split(plain))
    for entry in _native(manifests).get("commands") or ():
        given = [one for one in entry if isinstance(one, str)] if isinstance(entry, list) else []
        found.append(tuple(given))
    return tuple(command for command in found if command)


def _native(manifests: Manifests) -> Table:
    native = manifests.toml("tox.toml") or table(manifests.toml("pyproject.toml"), "tool", "tox")
    return table(native, "env_run_base") | table(native, "env", "test")


def _sections(manifests: Manifests) -> dict[str, dict[str, str]]:
    legacy = table(manifests.toml("pyproject.toml"), "tool", "tox").get("legacy_tox_ini")
    if "tox.ini" in manifests:
        return manifests.ini("tox.ini")
    if isinstance(legacy, str):
        return manifests.parsed_ini(legacy)
    return {name.removeprefix("tox:"): one for name, one in manifests.ini("setup.cfg").items() if "tox" in name}


def _lines(sections: dict[str, dict[str, str]], key: str) -> Iterator[str]:
    for name in ("testenv:test", "testenv:tests", "testenv:py", "testenv"):
        text = sections.get(name, {}).get(key)
        if text:
            text = text.replace("\\\n", " ")
            for line in _resolved(text, sections).splitlines():
                if line.strip() and not _CONDITION.match(line.strip()):
                    yield line.split(" #")[0].strip()
            return


def _resolved(text: str, sections: dict[str, dict[str, str]]) -> str:
    for _ in range(_DEEPEST):
        replaced = _REFERENCE.sub(lambda match: sections.get(match[1], {}).get(match[2], ""), text)
        if replaced == text:
            break
        text = replaced[:20_000]
    return _FOLDER.sub("", text)


def nox_installs(manifests: Manifests) -> Installed:
    """Return what nox's test sessions install, by the literal words of their `session.install` calls."""
    try:
        tree = ast.parse(manifests.text("noxfile.py"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Installed()
    lines: list[str] = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and _TEST_SESSION.fullmatch(function.name):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "install":
                    given = [one.value if isinstance(one, ast.Constant) else "" for one in call.args]
                    lines.append(shlex.join(word for word in given if isinstance(word, str) and word))
    return _sorted_out(lines, ())


def _sorted_out(lines: Iterable[str], extras: tuple[str, ...]) -> Installed:
    requirements: list[str] = []
    files: list[str] = []
    named = list(extras)
    for line in lines:
        if name_of(line) and not line.startswith("-") and " " not in line.split(";")[0].strip():
            requirements.append(line)
            continue
        given = iter(_split(re.sub(r"^-([rce])(?=\S)", r"-\1 ", line)))
        for word in given:
            if word in {"-r", "--requirement"}:
                files += [name.removeprefix("./") for name in (next(given, ""),) if name]
            elif match := _EXTRAS.search(word):
                named += re.split(r"[,\s]+", match[1])
            elif not _OWN.fullmatch(word) and name_of(word):
                requirements.append(word)
    return Installed(tuple(requirements), tuple(files), tuple(dict.fromkeys(named)))


def _split(line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line))
    except ValueError:
        return ()
