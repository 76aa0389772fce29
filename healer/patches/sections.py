"""A diff before it is judged: its files and hunks line by line, as two readers agree to hand them over."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.models.change import Hunk, RejectedBy, Rejection
from healer.patches.elision import is_elision_remark

if TYPE_CHECKING:
    from collections.abc import Sequence

_USUAL_CONTEXT = 3
_SHORTEST_TWIN = 8
_LONGEST_TWIN = 400
_TWIN = 0.85
_LISTED = ("import ", "from ", "#include ", "use ", "export ")
"""Lines of which many similar ones stand together."""
_SCOPE_NUMBERED = re.compile(r"^@@+ -\d")
_SCOPE = re.compile(r"^@@+\s*(.*?)\s*(?:@@.*)?$")


@dataclass(slots=True)
class RawHunk:
    r"""Body lines as (prefix, text): ` `, `+`, `-`, `\`, or `?` for a line without any (whole, perhaps empty)."""

    scope: str | None = None
    is_carried_as_crlf: bool = False
    """Whether the diff's own header lines end in a carriage return, so that those of the body say nothing."""
    claimed: tuple[int, int] | None = None
    """How many old and new lines the header says there are, where that is all it is used for."""
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def lengths(self) -> tuple[int, int]:
        """How many old and new lines there are."""
        return sum(kind in "- ?" for kind, _ in self.lines), sum(kind in "+ ?" for kind, _ in self.lines)

    @property
    def is_exact(self) -> bool:
        """Whether the header's counts vouch for every line and its prefix."""
        return self.claimed == self.lengths


@dataclass(slots=True)
class Section:
    """One file's part of a diff; `old` and `new` are the cleaned header paths, `refusal` what it asks beyond text."""

    old: str = ""
    new: str = ""
    hunks: list[RawHunk] = field(default_factory=list)
    refusal: str = ""
    is_started: bool = False
    """Whether a `---` or `+++` line was read, so that the next one opens another file."""
    is_plain: bool = False
    """Whether the paths are written without the prefixes of git."""


def body_line(raw: str) -> tuple[str, str]:
    """Return the sign and the text of a line in a hunk."""
    if raw in {"", "\r"}:
        return "?", raw
    if raw[0] in "+- ":
        return raw[0], raw[1:]
    return ("\\", raw) if raw.startswith("\\ ") else ("?", raw)


def scope_of(header: str) -> str | None:
    """Return the definition that an unnumbered `@@ def name @@` line names.

    What follows the numbers of a real hunk header is no scope: git prints there the last heading *before* the hunk,
    which need not be the definition that encloses the change.
    """
    if _SCOPE_NUMBERED.match(header):
        return None
    match = _SCOPE.match(header)
    text = match[1].strip() if match else ""
    return text if text.strip(". \u2026") and not text.startswith("-") else None


def objection(raw: RawHunk, *, is_bare_end: bool) -> Rejection | None:
    """Return why the lines of a hunk cannot be what was meant: nothing marked, a `-` forgotten, the end cut off.

    `is_bare_end` says that nothing follows, not even the end of a code block. Counts that fit clear a hunk of doubt.
    """
    if all(kind in " ?\\" for kind, _ in raw.lines):
        return _refused("no_op", "A hunk has neither a + nor a - line; mark what changes.")
    if raw.is_exact:
        return None
    if is_bare_end and raw.claimed and _is_cut_off(raw, raw.claimed):
        return _refused("truncated", "The last hunk is shorter than its header says; send the whole change again.")
    if is_lazy(raw.lines):
        return elided()
    twin = _twin(raw)
    if twin is not None:
        message = f"A line is added beside one that is almost the same ({twin[:80]!r}); mark the old one with -."
        return _refused("forgotten_removal", message)
    if raw.claimed and raw.claimed[0] == raw.lengths[0] and raw.claimed[1] < raw.lengths[1]:
        return _refused(
            "forgotten_removal", "A hunk has more new lines than its header says; mark removed lines with -."
        )
    return None


def _is_cut_off(raw: RawHunk, claimed: tuple[int, int]) -> bool:
    """Whether a hunk that is shorter than claimed can have lost more than context.

    Only context is lost when both sides lack as many lines, no more than would make the end as long as the beginning.
    """
    missing_old, missing_new = (said - there for said, there in zip(claimed, raw.lengths, strict=True))
    if max(missing_old, missing_new) <= 0:
        return False
    kinds = "".join(kind for kind, _ in raw.lines if kind != "\\")
    below, above = (len(kinds) - len(trimmed) for trimmed in (kinds.rstrip(" ?"), kinds.lstrip(" ?")))
    return below == 0 or missing_old != missing_new or below + missing_old > max(above, _USUAL_CONTEXT)


def is_lazy(lines: Sequence[tuple[str, str]]) -> bool:
    """Whether a new line says that lines are left out, and no old line says the same."""
    old = {text.strip() for kind, text in lines if kind != "+"}
    return any(kind == "+" and is_elision_remark(text) and text.strip() not in old for kind, text in lines)


def elided() -> Rejection:
    """Refuse new lines that stand for others."""
    return _refused("elision", "A new line says that code is left out; write every new line in full.")


def _twin(raw: RawHunk) -> str | None:
    """Return a context line that a mere insertion right beside it repeats with a small difference."""
    groups = [(kind in "+-", list(lines)) for kind, lines in itertools.groupby(raw.lines, lambda line: line[0])]
    for position, (is_change, lines) in enumerate(groups):
        if not is_change or any(kind == "-" for kind, _ in lines):
            continue
        above = groups[position - 1] if position else (True, lines)
        below = groups[position + 1] if position + 1 < len(groups) else (True, lines)
        if any(is_change and around is not lines for is_change, around in (above, below)):
            continue
        for (outside_changes, around), near, mine in ((above, -1, 0), (below, 0, -1)):
            if not outside_changes and _is_almost(around[near][1].strip(), lines[mine][1].strip()):
                return around[near][1].strip()
    return None


def _is_almost(one: str, other: str) -> bool:
    if not _SHORTEST_TWIN <= min(len(one), len(other)) <= max(len(one), len(other)) <= _LONGEST_TWIN:
        return False
    if (one.endswith(",") and other.endswith(",")) or (one.startswith(_LISTED) and other.startswith(_LISTED)):
        return False
    matcher = SequenceMatcher(None, one, other)
    return matcher.quick_ratio() >= _TWIN and matcher.ratio() >= _TWIN


def _refused(code: str, message: str) -> Rejection:
    return Rejection(RejectedBy.REPLY, code, message)


def to_hunk(raw: RawHunk) -> Hunk | Rejection:
    """Reduce a hunk to its two sides; line endings and markers are taken out, mixed line endings are refused."""
    ends = {index for index, (kind, _) in enumerate(raw.lines[1:]) if kind == "\\"}
    plain = [
        text.endswith("\r")
        for index, (kind, text) in enumerate(raw.lines)
        if index not in ends and kind != "\\" and not (kind in " ?" and text in {"", "\r"})
    ]
    old = [text.endswith("\r") for index, (kind, text) in enumerate(raw.lines) if kind in "- ?" and index not in ends]
    if any(plain) and not (all(plain) and (any(old) or not old)) and not raw.is_carried_as_crlf:
        return _refused("line_endings", "A hunk mixes line endings; write all of its lines with the same one.")
    # Without an old line to compare with, a carriage return can only be meant as content.
    is_crlf = raw.is_carried_as_crlf or (any(plain) and any(old))
    before: list[str] = []
    after: list[str] = []
    open_ended = {"-": False, "+": False}
    for index, (kind, text) in enumerate(raw.lines):
        if kind == "\\":
            continue
        has_marker = index in ends
        marker_is_crlf = has_marker and raw.lines[index + 1][1].endswith("\r")
        line = (
            text.removesuffix("\r")
            if (marker_is_crlf if has_marker else is_crlf or (kind in " ?" and text == "\r"))
            else text
        )
        if kind != "+":
            before.append(line)
            open_ended["-"] = has_marker
        if kind != "-":
            after.append(line)
            open_ended["+"] = has_marker
    final_newline = None if open_ended["-"] == open_ended["+"] else open_ended["-"]
    return Hunk(tuple(before), tuple(after), raw.scope, final_newline, raw.is_exact)
