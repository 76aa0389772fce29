"""All detectors over all files of a change, and what their findings mean for it."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.cheating.exits import find_exits
from healer.patches.cheating.failing import symptoms_of
from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.lines import find_in_lines
from healer.patches.cheating.patching import find_patching
from healer.patches.cheating.pychange import compared
from healer.patches.cheating.skipping import find_hard_coding, find_skipping
from healer.patches.cheating.sniffing import find_sniffing
from healer.patches.cheating.special_cases import find_special_cases
from healer.patches.cheating.swallowing import find_swallowing
from healer.patches.cheating.uses import find_reaching_out, find_silencing, find_waiting
from healer.patches.cheating.weakening import find_weakening
from healer.patches.pysyntax import is_python, parsed
from healer.patches.text import SourceText, UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.change import FileEdit
    from healer.models.evidence import Failure
    from healer.patches.cheating.failing import Symptoms
    from healer.patches.cheating.findings import Detector

DETECTORS: tuple[Detector, ...] = (
    find_exits,
    find_sniffing,
    find_patching,
    find_swallowing,
    find_special_cases,
    find_hard_coding,
    find_skipping,
    find_weakening,
    find_silencing,
    find_reaching_out,
    find_waiting,
)
_MOST = 20
"""Findings of one detector in one file, and of all together: enough to see what is wrong."""


def judge_change(edits: Sequence[FileEdit], failures: Sequence[Failure] = ()) -> tuple[Finding, ...]:
    """Return what looks like cheating in these edits: rejections first, then by path and line; empty when nothing does.

    `failures` are those that the change is to repair; without them nothing is known of the tests' literals. Files that
    are not text have no findings: the gate refuses them.
    """
    symptoms = symptoms_of(failures)
    found = {finding for edit in edits for finding in _of_file(edit, symptoms)}
    ordered = sorted(found, key=lambda one: (one.level is not Level.REJECT, one.path, one.line, one.cheat, one.message))
    return tuple(ordered[:_MOST])


def objection(findings: Sequence[Finding]) -> Rejection | None:
    """Return the refusal that the findings amount to, or None when all of them are flags."""
    rejected = [finding for finding in findings if finding.level is Level.REJECT]
    if not rejected:
        return None
    first = rejected[0]
    more = f" ({len(rejected) - 1} more of that kind)" if len(rejected) > 1 else ""
    return Rejection(RejectedBy.CHECK, first.cheat.value, f"{first.message}.{more}")


def cautions(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return a sentence for a reviewer on each finding that does not refuse the change."""
    return tuple(f"To be looked at: {finding.message}" for finding in findings if finding.level is Level.FLAG)


def _of_file(edit: FileEdit, symptoms: Symptoms) -> Iterator[Finding]:
    try:
        lines = tuple(SourceText.decode(edit.path, data).lines for data in (edit.before or b"", edit.after))
    except UnreadableTextError:
        return
    after = parsed(edit.after) if is_python(edit.path) else None
    has_tree = isinstance(after, ast.Module)
    yield from islice(find_in_lines(edit.path, lines[0], lines[1], symptoms, has_tree=has_tree), _MOST)
    if isinstance(after, SyntaxError) and edit.before != edit.after:
        message = f"{edit.path} is in no Python that self-heal itself can read, so only its lines were examined"
        yield Finding(Cheat.UNREADABLE, Level.FLAG, edit.path, after.lineno or 1, message)
    if not isinstance(after, ast.Module):
        return
    before = parsed(edit.before) if edit.before is not None else None
    try:
        change = compared(
            edit.path, None if isinstance(before, SyntaxError) else before, after, (lines[0], lines[1]), symptoms
        )
        for detect in DETECTORS:
            yield from islice(detect(change), _MOST)
    except RecursionError:
        message = f"{edit.path} is nested too deeply to be examined; write the change in simpler statements"
        yield Finding(Cheat.UNREADABLE, Level.REJECT, edit.path, 1, message)
