"""The failure's own words: a syntax error's place, the module an import failed in, the class that lacks a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry
    from healer.models.evidence import Failure

_SYNTAX = re.compile(r"\b(?:SyntaxError|IndentationError|TabError)\b")
_OTHER_LINE = re.compile(r"\bline (\d{1,7})\b")
_PLACE = re.compile(r'File "([^"\n]{1,500})", line (\d{1,7})')
_CANNOT_IMPORT = re.compile(
    r"cannot import name '([^']{1,200})' from (?:partially initialized module )?'([^']{1,300})'"
)
_LACKING = re.compile(r"(?:type object )?'(\w{1,200})'(?: object)? has no attribute '\w+'")
_MODULE_LACKING = re.compile(r"module '([\w.]{1,300})' has no attribute '\w+'")
_SCANNED = 20_000
"""Characters from the end of a trace: Python puts the cause last."""


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect what the message points at."""
    for cluster in inquiry.clusters:
        for failure in cluster.failures:
            yield from _finding(inquiry, failure)
        failure = cluster.representative
        text = (failure.text[-_SCANNED:] + "\n" + failure.message[-_SCANNED:]).strip()
        yield from _syntax(inquiry, failure, text)
        yield from _owners(inquiry, failure, text)


def _finding(inquiry: Inquiry, failure: Failure) -> Iterator[Suspicion]:
    """Suspect the place that an analyser reports: it has read the code."""
    path = inquiry.paths.resolve(failure.file) if failure.rule and failure.file else None
    if path and failure.line and layout.is_source(path) and failure.line <= inquiry.index.line_count(path):
        yield Suspicion(path, failure.line, failure.line, 1.0, f"{failure.id} is reported here")
        for line in {int(number) for number in _OTHER_LINE.findall(failure.message)} - {failure.line}:
            if 0 < line <= inquiry.index.line_count(path):
                yield Suspicion(path, line, line, 0.9, f"{failure.id} names this line")


def _syntax(inquiry: Inquiry, failure: Failure, text: str) -> Iterator[Suspicion]:
    if not _SYNTAX.search(f"{failure.type} {text}"):
        return
    for file, line in reversed(_PLACE.findall(text)):
        path = inquiry.paths.resolve(file)
        if path and layout.is_source(path):
            yield Suspicion(path, int(line), int(line), 1.0, f"Python cannot parse this line, says {failure.id}")
            return


def _owners(inquiry: Inquiry, failure: Failure, text: str) -> Iterator[Suspicion]:
    """Suspect the definition of whatever lacks a name: it may be the one that was renamed."""
    modules = [module for _, module in _CANNOT_IMPORT.findall(text)] + _MODULE_LACKING.findall(text)
    for name in dict.fromkeys(modules[-3:]):
        for path in module_paths(inquiry, name):
            line = _first_statement(inquiry, path)
            yield Suspicion(path, line, line, 0.5, f"{failure.id} misses a name of the module {name}")
    for name in dict.fromkeys(_LACKING.findall(text)[-3:]):
        for path in inquiry.index.paths_defining(name)[:3]:
            module = inquiry.index.module(path)
            for definition in module.named(name) if module else ():
                if definition.is_class:
                    words = f"{failure.id} misses an attribute of the class {name}"
                    yield Suspicion(path, definition.line, definition.end_line, 0.5, words)


def _first_statement(inquiry: Inquiry, path: str) -> int:
    """Return where a module's code begins, behind its docstring."""
    module = inquiry.index.module(path)
    lines = [node.lineno for node in module.tree.body if node.lineno not in module.docstring_lines] if module else []
    return lines[0] if lines else 1


def module_paths(inquiry: Inquiry, dotted: str) -> tuple[str, ...]:
    """Return the source files that may be the module of that dotted name."""
    tail = dotted.replace(".", "/")
    wanted = (f"{tail}.py", f"{tail}/__init__.py")
    return tuple(
        path
        for path in inquiry.index.python_paths
        if layout.is_source(path) and any(path == want or path.endswith("/" + want) for want in wanted)
    )
