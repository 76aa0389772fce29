"""Facts of names that a question turns on: who uses a missing name, what may stand for it now, who calls a danger.

What a person would look up first, so that nobody has to guess whether a name is used elsewhere.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer import layout
from healer.engines.model.missing import Missing, is_redefinition, missing
from healer.engines.model.naming import MOST_CLUSTERS
from healer.engines.model.rows import row
from healer.engines.model.usage import LONGEST_LINE, Line, Texts, counted
from healer.engines.model.variants import is_of_security
from healer.evidence.paths import RepositoryPaths
from healer.localization.pysource import SourceIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.localization.pysource import Definition
    from healer.models.code import Diagnosis
    from healer.models.evidence import Failure
    from healer.ports import SourceTree

MOST_NAMES, MOST_LINES, MOST_OF_OTHERS, MOST_FILES = 3, 8, 4, 4
"""Names in question; lines shown of one, and of one that may be meant; files named of the rest."""
MOST_MEMBERS = 80
FACTS_LIMIT = 4_000
LINE = 140
SHORTEST = 3
"""Characters; shorter names are everywhere."""
AROUND = 3
"""Lines each side of the definition of a name that may be meant."""
NEAR = 40
"""Lines each side of a failure that a name may be misspelt from."""
_ALIKE, _AS_GOOD = 0.6, 0.12
_LOOKED_AT = 5
_IDENTIFIER = re.compile(r"[^\W\d]\w{2,80}")
_OWN = re.compile(r"(?<![\w$.])(?P<name>[^\W\d]\w{2,80})")
_FOREIGN = frozenset({
    "NoneType", "str", "bytes", "int", "float", "bool", "list", "dict", "tuple", "set", "frozenset", "object",
    "type", "function", "method", "generator", "module", "undefined", "null", "String", "Object", "Integer", "nil",
    "NilClass",
})  # fmt: skip
"""Types of values that came to be there by mistake: the name is not what is wrong then."""


def facts(diagnosis: Diagnosis, source: SourceTree, fence: Fence) -> str:
    """Return what is known of the names in question, for between two marker lines; empty where there are none."""
    index = SourceIndex(source)
    found = [*_numbered(diagnosis)]
    blocks = [block for number, failure in found[:MOST_NAMES] for block in row(number, failure, source, fence)]
    blocks += _members(found, index, fence)
    asked = [*_asked(found)]
    dangers = [*_dangers(found, index)]
    if asked or dangers:
        texts = Texts.of(source)
        known = {one.missing.name for one in asked}
        for one in asked:
            blocks += _missing(one, diagnosis, texts, known, fence)
        for number, definition in dangers:
            lines = [line for line in texts.lines(definition.name) if not line.defines]
            blocks.append(
                _told(f"`{definition.name}`, where [{number}] is found, is used in", lines, MOST_LINES, fence)
            )
        if blocks and not texts.is_all:
            blocks.append(f"[the repository is large: the first {len(texts.files)} files of code were searched]")
    return fence.clean("\n\n".join(filter(None, blocks)), FACTS_LIMIT)


def _numbered(diagnosis: Diagnosis) -> Iterator[tuple[int, Failure]]:
    """Yield failures with the number of their cause: of analysers each finding, else the one that is shown."""
    for number, cluster in enumerate(diagnosis.clusters[:MOST_CLUSTERS], start=1):
        findings = [failure for failure in cluster.failures[:_LOOKED_AT] if failure.rule is not None]
        yield from ((number, failure) for failure in findings or [cluster.representative])


@dataclass(frozen=True, slots=True)
class _Asked:
    """A missing name, the number of the cause that misses it, and its failure."""

    number: int
    failure: Failure
    missing: Missing


def _asked(found: Iterable[tuple[int, Failure]]) -> list[_Asked]:
    names: dict[str, _Asked] = {}
    for number, failure in found:
        for one in missing(failure):
            if one.owner.rpartition(".")[2] not in _FOREIGN and len(one.name) >= SHORTEST:
                names.setdefault(one.name, _Asked(number, failure, one))
    return list(names.values())[:MOST_NAMES]


def _missing(asked: _Asked, diagnosis: Diagnosis, texts: Texts, known: set[str], fence: Fence) -> Iterator[str]:
    """Yield the places of a missing name, and of those that may stand for it now."""
    one = asked.missing
    held = texts.held(one.owner) if one.owner else set[str]()
    lines = _lines(one, texts)
    if one.owner and not held and (one.is_of_value or not lines):
        return  # a value of somebody else's type came to be there by mistake
    of = f" of {fence.line(one.owner, 100)}" if one.owner else ""
    defined = "" if any(line.defines for line in lines) else ", none of which looks like its definition"
    yield _told(f"`{one.name}`{of}, which [{asked.number}] misses:", lines, MOST_LINES, fence, more=defined)
    modules = texts.modules(one.owner) if one.owner else []
    if any(line.defines and line.path in modules for line in lines):
        return  # it is there, and only comes too late: modules import each other
    successors = [
        *((name, "offered by the message") for name in one.offered),
        *((name, f"put in its place by {commit}") for name, commit in _renamed(one.name, diagnosis)),
        *((name, "similar") for name in _alike(one.name, held or _near(asked.failure, texts) - {one.name}, _ALIKE)),
    ]
    for name, why in successors:
        if name not in known and len(known) < 2 * MOST_NAMES:
            known.add(name)
            other = texts.lines(name)
            if other:
                yield "\n".join(
                    [_told(f"`{name}` ({why}):", other, MOST_OF_OTHERS, fence), *_shown(other, texts, fence)]
                )


def _lines(one: Missing, texts: Texts) -> list[Line]:
    """Return the lines that may mean a missing name.

    One of a module of the repository may stand anywhere; what is missed in a type or elsewhere is taken from something
    there, unless it is defined; what is missed in nothing is taken from nothing.
    """
    lines = texts.lines(one.name)
    if one.owner and texts.modules(one.owner):
        return lines
    taken = re.compile(rf"(?:\.|::|->)\s{{0,5}}{re.escape(one.name)}(?!\w)")
    if one.owner:
        return [line for line in lines if line.defines or taken.search(line.text)]
    bare = re.compile(rf"(?<![\w$'\"]){re.escape(one.name)}(?![\w$'\"])")
    method = re.compile(rf"\s+(?:async\s+)?def\s+{re.escape(one.name)}\b")  # in Python, it has no bare name
    return [line for line in lines if not method.match(line.text) and bare.search(taken.sub("", line.text))]


def _told(head: str, lines: Sequence[Line], most: int, fence: Fence, *, more: str = "") -> str:
    """Return a head, how many lines there are, the first of them (definitions before uses), and where the rest is."""
    if not lines:
        return f"{head} no line of the code"
    ordered = sorted(lines, key=lambda line: not line.defines)
    shown, rest = (
        sorted(ordered[:most], key=lambda line: (layout.is_test(line.path), line.path, line.number)),
        ordered[most:],
    )
    told = [f"{head} {counted(lines)}{more}"]
    told += [f"    {fence.line(line.path)}:{line.number}: {fence.line(line.text, LINE)}" for line in shown]
    if rest:
        files: dict[str, int] = {}
        for line in rest:
            files[line.path] = files.get(line.path, 0) + 1
        named = ", ".join(f"{fence.line(path)} ({count})" for path, count in list(files.items())[:MOST_FILES])
        others = f" and {len(files) - MOST_FILES} more of the files" if len(files) > MOST_FILES else ""
        told.append(f"    and {len(rest)} more: {named}{others}")
    return "\n".join(told)


def _shown(lines: Sequence[Line], texts: Texts, fence: Fence) -> Iterator[str]:
    """Yield the lines around the one definition of a name as they are in the file: it may be what has to change."""
    definitions = [
        line
        for line in lines
        if line.defines and "=" not in line.text.partition("(")[0] and not layout.is_test(line.path)
    ]
    if len(definitions) == 1:
        path, number = definitions[0].path, definitions[0].number
        first = max(1, number - AROUND)
        whole = texts.files[path].decode("utf-8", "replace").removesuffix("\n")
        told = whole.split("\n")[first - 1 : number + AROUND]
        yield f"    {fence.line(path)}, lines {first}-{first + len(told) - 1}:"
        yield from (fence.clean(line, LONGEST_LINE) for line in told)


def _renamed(name: str, diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    """Yield the names that recent commits put where a name stood, each with its commit."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for commit in diagnosis.commits:
        for hunk in commit.hunks:
            if layout.is_test(hunk.path) or not any(map(word.search, hunk.old_lines)):
                continue
            before, after = (
                set(_IDENTIFIER.findall("".join(side)[:10_000])) for side in (hunk.old_lines, hunk.new_lines)
            )
            if name not in after:
                yield from ((other, f"commit {commit.id[:10]}") for other in _alike(name, after - before, 0.4)[:1])


def _alike(name: str, candidates: Iterable[str], least: float) -> list[str]:
    """Return at most two candidates that are written like a name, the most alike first."""
    rated = sorted((-_likeness(name, other), other) for other in candidates)
    best = -rated[0][0] if rated else 0.0
    return [other for rate, other in rated if -rate >= max(least, best - _AS_GOOD)][:2]


def _likeness(name: str, other: str) -> float:
    matcher = SequenceMatcher(None, name.lower(), other.lower(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.4 else 0.0  # noqa: PLR2004 - no answer takes less


def _near(failure: Failure, texts: Texts) -> set[str]:
    """Return the names around the place of a failure that are taken from nothing; not those of remarks."""
    spots = [(failure.file, failure.line), *((frame.file, frame.line) for frame in reversed(failure.frames))]
    paths = RepositoryPaths(texts.files)
    for file, line in spots:
        path = paths.resolve(file) if file else None
        if path and line:
            first = max(0, line - 1 - NEAR)
            text = "\n".join(texts.bare(path)[first : first + 2 * NEAR])
            return {match["name"] for match in _OWN.finditer(text)}
    return set()


def _members(found: Iterable[tuple[int, Failure]], index: SourceIndex, fence: Fence) -> Iterator[str]:
    """Yield of each definition that replaces another what else its class has: one of them may have lost its name."""
    for number, failure in found:
        module = index.module(failure.file or "") if is_redefinition(failure) else None
        definition = module.enclosing(failure.line or 0) if module else None
        owner = definition.owner if definition else None
        if module and owner:
            others = [one for one in module.definitions if one.parent is owner][:MOST_MEMBERS]
            named = ", ".join(f"{fence.line(one.name)} {one.node.lineno}" for one in others)
            yield f"methods of {fence.line(owner.qualname)}, where [{number}] is found, each with its line: {named}"


def _dangers(found: Iterable[tuple[int, Failure]], index: SourceIndex) -> list[tuple[int, Definition]]:
    """Return the Python functions that security findings lie in: a safe one may have to be called differently."""
    functions: dict[str, tuple[int, Definition]] = {}
    for number, failure in found:
        module = index.module(failure.file or "") if is_of_security(failure) else None
        definition = module.enclosing(failure.line or 0, functions_only=True) if module else None
        if definition and isinstance(definition.node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.setdefault(definition.qualname, (number, definition))
    return [one for one in functions.values() if not one[1].name.startswith("__")][:MOST_NAMES]
