"""Small changes of one source file between two releases, and what the tests of the same release say."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout
from healer.models.change import FileEdit
from healer.models.evidence import CaseOutcome, Failure
from healer.patches.diff import changed_lines, opcodes
from healer.patches.pysyntax import dumped, parsed
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.honest_fixes.releases import Step

_HUNKS = 5
_LINES = 100
_TEST_LINES = 400
_NOT_CODE = re.compile(
    r"(?:^|/)(?:docs?|examples?|benchmarks?|tools|scripts|vendor(?:ed)?|_vendor|testsuite)/|(?:^|/)_?_?(?:version|about)_?_?\.py$"
)
_RELEASE = re.compile(r"^\s*(?:__version__|__date__|__version_time__|__version_info__|version|VERSION|__copyright__)\b")


@dataclass(frozen=True, slots=True)
class HonestChange:
    """One file's change as it was published, and failures that show the tests that came with it, if any did."""

    name: str
    edit: FileEdit
    failures: tuple[Failure, ...]


def changes_of(step: Step) -> Iterator[HonestChange]:
    """Yield the files that changed in few hunks; what is no code, or only names the release, is left out."""
    failures = _failures(step)
    for path in sorted(step.old.keys() & step.new.keys()):
        before, after = step.old[path], step.new[path]
        if before != after and layout.is_source(path) and not _NOT_CODE.search(path) and _is_small(path, before, after):
            name = f"{step.package} {step.old_version} to {step.new_version}: {path}"
            yield HonestChange(name, FileEdit(path, before, after), failures)


def _is_small(path: str, before: bytes, after: bytes) -> bool:
    old, new = _lines(path, before), _lines(path, after)
    trees = parsed(before), parsed(after)
    if not old or not new or not isinstance(trees[0], ast.Module) or not isinstance(trees[1], ast.Module):
        return False
    removed, added = changed_lines(old, new)
    hunks = sum(tag != "equal" for tag, *_ in opcodes(old, new))
    is_release = all(_RELEASE.match(line) for line in [*removed, *added] if line.strip())
    is_short = hunks <= _HUNKS and max(len(removed), len(added)) <= _LINES
    return is_short and not is_release and dumped(_bare(trees[0])) != dumped(_bare(trees[1]))


def _bare(tree: ast.Module) -> ast.Module:
    """Return the tree without docstrings: a change of words is no repair."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
            body[:] = kept or [ast.Pass()]
    return tree


def _failures(step: Step) -> tuple[Failure, ...]:
    """Return the worst that detectors can be told: a wrong result and a crash, with all literals of the new tests."""
    lines: list[str] = []
    for path in sorted(step.new):
        if layout.is_test(path) and step.old.get(path) != step.new[path]:
            _, added = changed_lines(_lines(path, step.old.get(path, b"")), _lines(path, step.new[path]))
            lines += added
    if not lines:
        return ()
    text = "\n".join(lines[:_TEST_LINES])
    return tuple(
        Failure("tests::came", "came", CaseOutcome.FAILED, type=kind, text=text)
        for kind in ("AssertionError", "ValueError")
    )


def _lines(path: str, data: bytes) -> tuple[str, ...]:
    try:
        return SourceText.decode(path, data).lines
    except UnreadableTextError:
        return ()
