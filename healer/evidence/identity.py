"""Test identity: pytest node ids rebuilt from what JUnit XML and unittest leave of them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from healer.evidence.paths import is_foreign, normalised
from healer.layout import is_test

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from healer.models.evidence import Failure, StackFrame

_COLLECTED = (".py", ".txt", ".rst", ".md")
"""What pytest finds tests in: modules, and documents with doctests."""

_PLAIN_MODULE = re.compile(r"(?:\w[\w-]*+/)*+\w[\w-]*+\.py")
"""A path that is written as `normalised` would write it."""


def node_id(failure: Failure, paths: Collection[str]) -> str:
    """Return the test's pytest node id where the paths of the repository tell it, else its id unchanged.

    pytest writes `a/test_b.py::TestC::test_d[x.y]` as class name `a.test_b.TestC` and name `test_d[x.y]`, and a module
    that cannot be collected as an empty class name and name `a.test_b`. A test that ran in a subdirectory keeps the
    id it had there.
    """
    return rebuilt(failure.id, failure.name, failure.suite, paths)


def rebuilt(identity: str, name: str, suite: str, paths: Collection[str]) -> str:
    """Return the node id of a failure with this id, name and suite, as `node_id` does."""
    if identity.partition("::")[0].endswith(_COLLECTED):
        return identity
    if len(paths) == 1 and name and (whole := _of_own_module(identity, name, suite, *paths)):
        return whole
    modules = (_modules_of_few if len(paths) <= _FEW else _modules)(frozenset(paths))
    for module in (name, identity):
        if module in modules:
            return modules[module]
    found = _split(suite, modules)
    return "::".join((*found, name)) if found and name else identity


def _of_own_module(identity: str, name: str, suite: str, path: str) -> str | None:
    """Return what `rebuilt` returns in the commonest case: the suite begins with all of the only path's module."""
    if not _PLAIN_MODULE.fullmatch(path):
        return None
    dotted = path[: -len(".py")].replace("/", ".")
    if len(identity) <= len(dotted) or dotted.endswith(name) or not f"{suite}.".startswith(f"{dotted}."):
        return None
    classes = suite[len(dotted) + 1 :]
    return "::".join((path, *classes.split("."), name) if classes else (path, name))


def place_in_test(identity: str, frames: Sequence[StackFrame]) -> tuple[str | None, int | None]:
    """Return the file of a node id and the line that its innermost frame in that file stands at.

    Without a node id it is the innermost frame of the project.
    """
    file = identity.partition("::")[0]
    is_node = file.endswith(_COLLECTED)
    end = f"/{file}"
    for frame in reversed(frames):
        is_there = not is_node or frame.file == file or f"/{normalised(frame.file)[0]}".endswith(end)
        if is_there and not is_foreign(frame.file):
            return file if is_node else frame.file, frame.line if frame.line > 0 else None
    return (file if is_node else None), None


@functools.lru_cache(maxsize=8)
def _modules(paths: frozenset[str]) -> Mapping[str, str]:
    """Map dotted spellings to the paths they spell: whole paths, and of tests also their suffixes."""
    spelt: dict[str, str] = {}
    for path in sorted(paths):
        for dotted, suffix, is_whole in _spellings(path):
            if dotted not in spelt or is_whole:
                spelt[dotted] = suffix
    return spelt


_FEW = 4
_modules_of_few = functools.lru_cache(maxsize=512)(_modules.__wrapped__)


@functools.lru_cache(maxsize=2048)
def _spellings(path: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the dotted spellings of a path and of its suffixes, what they spell, and whether that is all of it."""
    file = normalised(path)[0]
    if not file.endswith(_COLLECTED):
        return ()
    suffixes = _suffixes(file) if is_test(file) else (file,)
    return tuple((suffix.removesuffix(".py").replace("/", "."), suffix, suffix == file) for suffix in suffixes)


def _suffixes(file: str) -> Iterator[str]:
    start = 0
    while True:
        yield file[start:]
        start = file.find("/", start) + 1
        if not start:
            return


def _split(classname: str, modules: Mapping[str, str]) -> tuple[str, ...] | None:
    """Split a dotted class name into the file of its longest prefix that is a module, and the classes inside."""
    end = len(classname)
    while end > 0:
        file = modules.get(classname[:end])
        if file is not None:
            classes = classname[end + 1 :]
            return (file, *classes.split(".")) if classes else (file,)
        end = classname.rfind(".", 0, end)
    return None
