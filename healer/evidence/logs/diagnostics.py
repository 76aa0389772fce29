"""One complaint of a compiler, linker or linter, from its pieces to a failure with the id `path:line:column: rule`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.findings import finding_of, rule_of
from healer.evidence.limits import FAILURES
from healer.evidence.paths import in_checkout, is_foreign, normalised
from healer.models.evidence import StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.models.evidence import CaseOutcome, Failure

LINES = 60
"""Of one complaint's text; an error inside templates may be explained by hundreds."""
_BUILDERS = frozenset({"cargo", "cmake", "make", "ninja"})


@dataclass(slots=True)
class Complaint:
    """What a tool says of one place; `rule` is its code, if it has one.

    `own` are places of the project that led there, the first `used` of them by use, the others by inclusion.
    """

    tool: str
    file: str | None
    line: int | None
    column: int | None
    rule: str
    message: str
    lines: list[str] = field(default_factory=list)
    own: list[StackFrame] = field(default_factory=list)
    used: int = 0
    level: str = ""

    @property
    def id(self) -> str:
        """The complaint's identity, from what is known of its place and rule."""
        place = ":".join(
            str(part) for part in (in_checkout(self.file or "") or None, self.line, self.column) if part is not None
        )
        return ": ".join(filter(None, (place, self.rule))) if place else f"{self.tool}: {self.rule or self.message}"

    def add(self, line: str) -> None:
        """Add a line to its text, while there is room."""
        if len(self.lines) < LINES:
            self.lines.append(line)


def complaints_as_failures(complaints: Iterable[Complaint], kind: CaseOutcome) -> tuple[Failure, ...]:
    """Return a failure for each complaint; one that is printed again (by another build of the same file) is one."""
    kept: dict[tuple[str, str], Complaint] = {}
    for complaint in complaints:
        if len(kept) >= FAILURES:
            break
        kept.setdefault((complaint.id, complaint.message), complaint)
    return tuple(_failure(complaint, kind) for complaint in kept.values())


def is_of_a_library(file: str) -> bool:
    """Whether a path is a library's, also when it was reached by way of `..`."""
    path, absolute = normalised(file)
    return is_foreign(f"/{path}" if absolute else path)


def _failure(complaint: Complaint, kind: CaseOutcome) -> Failure:
    file, line = complaint.file, complaint.line
    frames = [StackFrame(file, line)] if file and line else []
    if file and is_of_a_library(file) and complaint.own:
        frames.insert(0, complaint.own[0])
        file, line = frames[0].file, frames[0].line
    text = "\n".join(complaint.lines)
    if complaint.level:
        return finding_of(
            rule_of(complaint.rule, level=complaint.level),
            tool=complaint.tool,
            file=file or "",
            line=line,
            column=complaint.column,
            message=complaint.message,
            text=text,
            frames=tuple(frames),
            kind=kind,
        )
    unnamed = "build error" if complaint.tool in _BUILDERS else "compile error"
    rule = complaint.rule.partition(" `")[0] or unnamed
    failure = failure_of(
        kind,
        name=complaint.rule or rule,
        suite=complaint.tool,
        identity=complaint.id,
        file=file,
        line=line,
        message=complaint.message or rule,
        text=text,
        frames=tuple(frames),
    )
    return replace(failure, type=rule)
