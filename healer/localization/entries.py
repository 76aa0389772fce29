"""Where commands enter Python code (`python -m X`, `python x.py`, an installed command), and what is called there."""

from __future__ import annotations

import posixpath
import re
import tomllib
from itertools import islice
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion
from healer.localization.names import CALLED_IN_TEST, CALLEE
from healer.localization.pysource import SCRIPT, whole
from healer.localization.reach import reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.inquiry import Inquiry
    from healer.localization.pysource import Definition, PythonModule, SourceIndex
    from healer.models.evidence import Failure

MOST_ENTRIES, MOST_SAID = 10, 40
"""That are followed; and names of each kind that are looked up."""
_SCANNED = 100_000
"""Characters of a script."""
_MODULE = re.compile(r"(?<!\S)-m[ \t]+([A-Za-z_][\w.]{0,200})")
_FILE = re.compile(r"(?<![\w/.-])([\w./-]{1,300}\.py)(?![\w.-])")
_WORD = re.compile(r"[A-Za-z][\w.-]*")
_MAIN = frozenset({"pytest", "unittest", "pip", "venv"})
"""Modules that run others."""


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect what commands that fail as a whole call from where they enter, the nearest most."""
    for cluster in inquiry.clusters[:10]:
        failure = cluster.representative
        starts = list(islice(entries(inquiry, failure), MOST_ENTRIES))
        functions = [(module, start) for module, start in starts if start.name != SCRIPT]
        for module, start in functions:
            if layout.is_source(module.path):
                words = f"{start.qualname} is where {failure.id} enters the code"
                yield Suspicion(module.path, start.line, start.end_line, CALLED_IN_TEST, words)
        yield from _reached(inquiry, failure, functions, CALLED_IN_TEST * CALLEE)
        yield from _reached(inquiry, failure, [one for one in starts if one not in functions], CALLED_IN_TEST)


def _reached(
    inquiry: Inquiry, failure: Failure, starts: Sequence[tuple[PythonModule, Definition]], score: float
) -> Iterator[Suspicion]:
    for module, one, caller, depth in reached(inquiry.index, starts):
        words = f"{one.qualname} is called by {caller.qualname}, behind the entry of {failure.id}"
        if caller.name == SCRIPT:
            is_itself = (failure.runs or "").endswith(".py")
            words = f"{one.qualname} is called " + (
                f"in {failure.id}" if is_itself else f"where {failure.id} enters the code"
            )
        yield Suspicion(module.path, one.line, one.end_line, score * CALLEE ** (depth - 1), words)


def entries(inquiry: Inquiry, failure: Failure) -> Iterator[tuple[PythonModule, Definition]]:
    """Yield where a command, or the script that it runs, enters the repository's Python code."""
    script = failure.runs
    if script is None:
        return
    index = inquiry.index
    text = failure.name
    if script in index.source.paths and not script.endswith(".py"):
        text += "\n" + index.source.read(script)[:_SCANNED].decode("utf-8", "replace")
    found: dict[str, None] = {}
    for dotted in list(dict.fromkeys(_MODULE.findall(text)))[:MOST_SAID]:
        if dotted not in _MAIN:
            found |= dict.fromkeys(_of_module(index, dotted))
    for file in list(dict.fromkeys(_FILE.findall(text)))[:MOST_SAID]:
        path = inquiry.paths.resolve(posixpath.normpath(file))
        if path:
            found[path] = None
    for path in found:
        module = index.module(path)
        if module:
            yield module, whole(module)
    yield from _installed(index, set(_WORD.findall(text)))


def _of_module(index: SourceIndex, dotted: str) -> Iterator[str]:
    """Yield the file that `python -m` runs, of those that may be meant the one nearest to the root."""
    tail = dotted.strip(".").replace(".", "/")
    for wanted in (f"{tail}/__main__.py", f"{tail}.py"):
        fitting = [path for path in index.python_paths if path == wanted or path.endswith("/" + wanted)]
        if fitting:
            yield min(fitting, key=lambda path: (path.count("/"), path))
            return


def _installed(index: SourceIndex, said: set[str]) -> Iterator[tuple[PythonModule, Definition]]:
    """Yield the functions of those commands that `pyproject.toml` declares and that are said."""
    try:
        document = tomllib.loads((index.read("pyproject.toml") or b"")[:_SCANNED].decode("utf-8"))
    except (ValueError, RecursionError):
        return
    project = document.get("project")
    scripts = project.get("scripts") if isinstance(project, dict) else None
    declared = {name: target for name, target in scripts.items() if name in said} if isinstance(scripts, dict) else {}
    for target in [target for target in declared.values() if isinstance(target, str)][:MOST_SAID]:
        dotted, _, function = target.partition(":")
        tail = dotted.strip().replace(".", "/")
        for path in index.python_paths:
            if layout.is_source(path) and ("/" + path).endswith((f"/{tail}.py", f"/{tail}/__init__.py")):
                module = index.module(path)
                yield from ((module, one) for one in module.named(function.strip())) if module else ()
