"""What candidate patches revealed: code is suspicious where changing it changed how a test case fails.

As mutation-based fault localization does (Papadakis and Le Traon, "Metallaxis-FL", STVR 2015), at no cost, for the
mutants are candidates that had to be run anyway.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from healer.localization.hunks import concerned, split_lines
from healer.localization.inquiry import Suspicion
from healer.models.code import Effect, Tried
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.localization.inquiry import Inquiry
    from healer.models.change import FileEdit
    from healer.models.evidence import Failure

SCORES = {Effect.PASSES: 1.0, Effect.FAILS_OTHERWISE: 0.4}
_WORDS = {
    Effect.PASSES: "a change here made some of what fails pass",
    Effect.FAILS_OTHERWISE: "a change here made it fail in another way",
}


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect the lines that candidates changed to some effect."""
    for one in inquiry.tried:
        yield Suspicion(one.path, one.line, one.end_line, SCORES[one.effect], _WORDS[one.effect])


def revealed(
    edits: Iterable[FileEdit], before: Mapping[str, Failure], after: Iterable[Failure], passing: frozenset[str]
) -> tuple[Tried, ...]:
    """Return the lines that a candidate changed, where that had an effect on the targets (`before`, by id).

    `passing` are those that passed with it. One that crashes where it was changed tells nothing: any line would.
    """
    touched = [Tried(*place, Effect.PASSES) for edit in edits for place in _changed(edit)]
    if passing:
        return tuple(touched)
    others = [failure for failure in after if failure.id in before and _manner(failure) != _manner(before[failure.id])]
    if not others or any(_stands_in(failure, touched) for failure in others):
        return ()
    return tuple(replace(one, effect=Effect.FAILS_OTHERWISE) for one in touched)


def _changed(edit: FileEdit) -> Iterator[tuple[str, int, int]]:
    """Yield path, first and last line (1-based) of what an edit changes in the base."""
    if edit.before is not None:
        lines = split_lines(edit.before)
        for tag, start, end, _, _ in opcodes(lines, split_lines(edit.after)):
            if tag != "equal":
                yield edit.path, *concerned(start, end, len(lines))


def _stands_in(failure: Failure, touched: Iterable[Tried]) -> bool:
    if not failure.frames:
        return False
    frame = failure.frames[-1]
    return any(one.path == frame.file and one.line <= frame.line <= one.end_line for one in touched)


def _manner(failure: Failure) -> tuple[str | None, str, tuple[str, int] | None]:
    innermost = (failure.frames[-1].file, failure.frames[-1].line) if failure.frames else None
    return failure.type, failure.message, innermost
