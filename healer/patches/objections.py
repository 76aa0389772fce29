"""Why a hunk cannot be what was meant, before any file is looked at."""

from __future__ import annotations

import itertools
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.elision import is_elision_remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.patches.sections import RawHunk

_USUAL_CONTEXT = 3
_SHORTEST_TWIN = 8
_LONGEST_TWIN = 400
_TWIN = 0.85
_LISTED = ("import ", "from ", "#include ", "use ", "export ")
"""Lines of which many similar ones stand together."""


def objection(raw: RawHunk, *, is_bare_end: bool) -> Rejection | None:
    """Return why the lines of a hunk cannot be what was meant: nothing marked, a `-` forgotten, the end cut off.

    `is_bare_end` says that nothing follows, not even the end of a code block. Counts that fit clear a hunk of doubt.
    """
    if all(kind in " ?\\" for kind, _ in raw.lines):
        return _refused("no_op", "A hunk has neither a + nor a - line; mark what changes.")
    if is_lazy(raw.lines):
        return elided()
    if raw.is_exact:
        return None
    if is_bare_end and raw.claimed and _is_cut_off(raw, raw.claimed):
        return _refused("truncated", "The last hunk is shorter than its header says; send the whole change again.")
    return _forgotten_removal(raw)


def _forgotten_removal(raw: RawHunk) -> Rejection | None:
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
