"""How likely a proved change is right, by evidence alone: log-odds that each piece of evidence moves.

Tests make a change plausible, not correct. Of changes that pass the tests at hand, about 8 in 100 fail a fuller suite
and 30 in 100 behave differently from the developers' own (a study of SWE-bench's solved tasks, ICSE 2026); hence four
in five to begin with. The weights are judgements, not fitted: they are written down here and in `docs/prompts.md`, so
that they can be argued with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.outcome import REVIEW_FROM, Confidence
from healer.models.proof import GradedBy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.outcome import Opinion

PRIOR = 0.8
PROOF = {GradedBy.RECORD: 0.4, GradedBy.REPORT: 0.0, GradedBy.OUTPUT: -0.6, GradedBy.EXIT_STATUS: -1.5}
_WITNESSES = {
    GradedBy.RECORD: "every test case was watched",
    GradedBy.REPORT: "the outcomes are those of the runner's own report",
    GradedBy.OUTPUT: "the outcomes were read from what the runner printed",
    GradedBy.EXIT_STATUS: "nothing but the exit status tells passing from failing",
}
AGREEMENT = 0.8
"""For each further proposal that made the same change, without knowing of the others."""
MOST_AGREEING = 2
RIVAL = -0.7
"""For each different change that passes the same tests."""
MOST_RIVALS = 3
SMALL, LARGE, VERY_LARGE = 2, 10, 40
"""Changed lines up to which, and above which, the size counts."""
SIZE_SMALL, SIZE_LARGE, SIZE_VERY_LARGE = 0.5, -0.5, -1.0
FILE = -0.4
"""For each file beyond the first."""
MOST_FILES = 3
TOP_PLACE, NO_PLACE = 0.4, -0.6
"""Where the change lies in the most suspicious function, or in none that is suspicious."""
FLAG = -0.8
"""For each thing that a detector tells a reviewer to look at."""
MOST_FLAGS = 3
REMAINING = -0.5
DOUBT = -1.5
BELOW_REVIEW = 0.01
"""How far below the threshold a doubted change stays at least."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known of a proved change."""

    graded_by: GradedBy
    lines: int
    """Changed lines: of each file the greater of those added and those removed."""
    files: int = 1
    agreeing: int = 0
    rivals: int = 0
    rank: int | None = 1
    """Of the suspicious functions it changes, the place of the best, from 1; 0: none; None: nothing was suspicious."""
    flags: int = 0
    remaining: int = 0
    opinion: Opinion | None = None


def weigh(grounds: Grounds) -> Confidence:
    """Return the confidence with a sentence for each reason; a reviewer's word can only lower it."""
    pieces = list(_pieces(grounds))
    log_odds = math.log(PRIOR / (1 - PRIOR)) + sum(weight for weight, _ in pieces)
    opinion = grounds.opinion
    if opinion is not None and opinion.accepts:
        pieces.append((0.0, f"{opinion.model} reviewed the change and accepts it"))
    elif opinion is not None:
        log_odds += DOUBT
        pieces.append((DOUBT, f"{opinion.model} reviewed the change and doubts it: {opinion.reasons}"))
    value = 1 / (1 + math.exp(-log_odds))
    if opinion is not None and not opinion.accepts:
        value = min(value, REVIEW_FROM - BELOW_REVIEW)
    return Confidence(round(value, 3), tuple(f"{words} ({weight:+.1f})" for weight, words in pieces))


def _pieces(grounds: Grounds) -> Iterator[tuple[float, str]]:
    yield PROOF[grounds.graded_by], _WITNESSES[grounds.graded_by]
    yield _size(grounds.lines)
    if grounds.files > 1:
        yield FILE * min(grounds.files - 1, MOST_FILES), f"it touches {grounds.files} files"
    if grounds.agreeing:
        others = f"{grounds.agreeing} other {'proposal' if grounds.agreeing == 1 else 'proposals'}"
        yield AGREEMENT * min(grounds.agreeing, MOST_AGREEING), f"{others} made the same change independently"
    if grounds.rivals:
        others = f"{grounds.rivals} different {'change passes' if grounds.rivals == 1 else 'changes pass'}"
        yield RIVAL * min(grounds.rivals, MOST_RIVALS), f"{others} the same tests"
    if grounds.rank == 1:
        yield TOP_PLACE, "it changes the most suspicious function"
    elif grounds.rank == 0:
        yield NO_PLACE, "it changes nothing that was suspicious"
    if grounds.flags:
        things = f"{grounds.flags} {'thing' if grounds.flags == 1 else 'things'}"
        yield FLAG * min(grounds.flags, MOST_FLAGS), f"the detectors want {things} looked at"
    if grounds.remaining:
        yield REMAINING, f"{grounds.remaining} failing test cases remain"


def _size(lines: int) -> tuple[float, str]:
    told = f"{lines} changed {'line' if lines == 1 else 'lines'}"
    if lines <= SMALL:
        return SIZE_SMALL, told
    if lines > VERY_LARGE:
        return SIZE_VERY_LARGE, told
    return (SIZE_LARGE if lines > LARGE else 0.0), told
