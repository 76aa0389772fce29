"""Names in other languages than Python: what the failing test calls and names, among the outlined definitions.

As `names`, but read from lines of text instead of a syntax tree, and only in files that are near to the test or hold
its names.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from healer import layout
from healer.localization import names
from healer.localization.frames import COMPILERS
from healer.localization.inquiry import Suspicion
from healer.localization.outline import plain
from healer.localization.outlined_calls import Caller, calls_in, reached
from healer.localization.outlined_imports import imports
from healer.localization.outlined_steps import steps
from healer.localization.outlined_tests import find_test, languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.localization.inquiry import Inquiry
    from healer.localization.outline import Outline, Outlined
    from healer.localization.outlined_calls import Call
    from healer.models.evidence import Failure

MOST_FILES = 30
"""Whose structure is read for one cluster of failures."""
MOST_NAMES, MOST_SOUGHT = 60, 25
"""Of one test; and those of them, the most telling, that decide which files are read."""
MOST_SUSPECTED = 80
"""Names of definitions, for one failure."""
BY_WRAPPER, WRAPPER = 0.9, 18
"""What a function passes on to what it calls, where it has so few lines that the work must be done there."""
SMALLEST, FULL_SIZE = 0.7, 40
"""What the shortest definition gets of its score, and from how many lines one gets it all."""
BY_HELPER = 0.8
"""What calls by functions that help the test, in its own file, get of the score of its own calls."""
_SCANNED = 10_000
_NAMED = re.compile(r"[^\W\d]\w+")
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.){0,500}"')
_CALLED_IN_WORDS = re.compile(r"\b([^\W\d]\w{2,60})\(")
_QUOTED = re.compile(r"['\"`]([^\W\d]\w{2,})['\"`]")
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")
_CONSTRUCTORS = frozenset({"constructor", "new", "initialize", "__construct", "default", "build"})


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect definitions by the names that the failing tests use."""
    for cluster in inquiry.clusters[:10]:
        for failure in cluster.failures[:1]:
            spoken = languages(inquiry, failure)
            if spoken:
                yield from _rank_failure(inquiry, failure, spoken)


def _rank_failure(inquiry: Inquiry, failure: Failure, spoken: frozenset[str]) -> Iterator[Suspicion]:
    test = find_test(inquiry, failure)
    wanted = _suspect_names(inquiry, failure, test)
    after = _called_after(failure, test[1] if test else None)
    known = any(
        layout.is_source(site.path) for site in inquiry.sites(failure) if not _is_of(test, site.path, site.line)
    )
    outlines = list(_outlines(inquiry, test[0] if test else None, spoken, wanted))
    found: dict[str, list[tuple[Outline, Outlined, int]]] = {}
    for outline, near in outlines:
        for one in outline.definitions:
            if not one.is_test and (one.name in wanted or plain(one.name) in after):
                found.setdefault(one.name, []).append((outline, one, near))
    for name, namesakes in islice(found.items(), MOST_SUSPECTED):
        told = wanted.get(name) or (_Use(names.TEST_IS_CALLED_AFTER, "in the name of", None, None),)
        suspected: dict[tuple[str, int], float] = {}
        for use in told:
            meant = _meant(inquiry, use, namesakes)
            paths = {outline.path for outline, _, _ in meant}
            nearest = max((near for _, _, near in meant), default=0)
            close = [namesake for namesake in meant if nearest and namesake[2] == nearest]
            if not meant or (not close and len(paths) > names.AMBIGUOUS):
                continue
            factor = 1.0 if close or (test is None and len(paths) == 1) else names.NOT_IMPORTED / len(paths)
            factor *= names.STACK_KNOWN if known else 1.0
            for outline, one, _ in (close or meant)[: names.AMBIGUOUS]:
                score = use.score * factor
                if score > suspected.get((outline.path, one.line), 0.0):
                    suspected[outline.path, one.line] = score
                    yield from _suspect(inquiry, outline, one, score, f"is {use.why} {failure.id}")


def _meant(
    inquiry: Inquiry, use: _Use, namesakes: list[tuple[Outline, Outlined, int]]
) -> list[tuple[Outline, Outlined, int]]:
    """Return those of the definitions of a name that a use of it can mean."""
    if use.call is None or use.caller is None:
        return namesakes
    caller = Caller(inquiry.index, *use.caller)
    containers = [] if caller.is_foreign(use.call) else [one for one in namesakes if one[1].is_container]
    functions = [(outline, one) for outline, one, _ in namesakes if not one.is_container]
    chosen = {(outline.path, one.line) for outline, one in caller.chosen(use.call, functions)}
    return containers + [namesake for namesake in namesakes if (namesake[0].path, namesake[1].line) in chosen]


def _is_of(test: tuple[Outline, Outlined] | None, path: str, line: int) -> bool:
    return test is not None and path == test[0].path and test[1].line <= line <= test[1].end_line


def _suspect(inquiry: Inquiry, outline: Outline, one: Outlined, score: float, words: str) -> Iterator[Suspicion]:
    path = outline.path
    whole = score * (names.WHOLE_CLASS if one.is_container else _sized(one))
    yield Suspicion(path, one.line, one.end_line, whole, f"{one.qualname} {words}")
    if one.is_container:
        for other in outline.inside(one):
            if other.name in _CONSTRUCTORS or other.name == one.name:
                yield Suspicion(path, other.line, other.end_line, score * 0.8, f"{one.qualname} {words}")
        return
    passed = {(path, one.line): score}
    for home, other, caller_home, caller, depth in reached(inquiry.index, outline, one):
        reason = f"{other.qualname} is called by {caller.qualname}, which {words}"
        if depth > 1:
            reason = f"{other.qualname} is called by {caller.qualname}, behind {one.qualname}, which {words}"
        share = BY_WRAPPER if caller.end_line - caller.line < WRAPPER else names.CALLEE
        passed[home.path, other.line] = passed[caller_home.path, caller.line] * share
        yield Suspicion(
            home.path,
            other.line,
            other.end_line,
            passed[home.path, other.line] * _sized(other),
            reason,
        )


def _sized(one: Outlined) -> float:
    """Return what a definition gets of its score for its size: a fault is as likely in one line as in another."""
    return min(SMALLEST + (1 - SMALLEST) * (one.end_line - one.line) / FULL_SIZE, 1.0)


@dataclass(frozen=True, slots=True)
class _Use:
    """How a failing test uses a name; `call` is told where it calls it, and `caller` is what does."""

    score: float
    why: str
    call: Call | None
    caller: tuple[Outline, Outlined] | None


class _Uses:
    """How a failing test uses names, of each way the strongest."""

    def __init__(self) -> None:
        self.by_name: dict[str, dict[Call | None, _Use]] = {}

    def add(self, name: str, use: _Use) -> None:
        uses = self.by_name.setdefault(name, {})
        if use.call not in uses or use.score > uses[use.call].score:
            uses[use.call] = use

    def named(self, said: Iterable[str], score: float, why: str) -> None:
        for name in said:
            self.add(name, _Use(score, why, None, None))

    def called(self, of: tuple[Outline, Outlined], lines: tuple[int, int], score: float, why: str) -> None:
        for call in calls_in(of[0], *lines):
            self.add(call.name, _Use(score, why, call, of))


def _suspect_names(
    inquiry: Inquiry, failure: Failure, test: tuple[Outline, Outlined] | None
) -> Mapping[str, tuple[_Use, ...]]:
    uses = _Uses()
    message = failure.message[:2000]
    bare = [_NAMED] if failure.type in COMPILERS else []  # whose messages name what they mind without quotes
    for pattern in [_QUOTED, _CALLED_IN_WORDS, *bare]:
        uses.named(pattern.findall(message), names.NAMED_IN_MESSAGE, "named in the message of")
    if test is not None:
        _add_of_test(uses, inquiry, failure, test)
    found = uses.by_name
    best = heapq.nlargest(MOST_NAMES, found, key=lambda name: max(use.score for use in found[name].values()))
    return {name: _told(found[name]) for name in best}


def _add_of_test(uses: _Uses, inquiry: Inquiry, failure: Failure, test: tuple[Outline, Outlined]) -> None:
    outline, one = test
    for home, helper, _, _, depth in reached(inquiry.index, outline, one):
        if home is outline:
            score, why = names.CALLED_IN_TEST * BY_HELPER**depth, f"called by {helper.qualname}, which helps"
            uses.called((outline, helper), (helper.line, helper.end_line), score, why)
    foreign = {name for name, is_own in imports(inquiry.index, outline).items() if not is_own}
    for step, first, last in steps(outline, one, _failing_line(inquiry, failure, test)):
        for_call, for_name, here = names.WEIGHTS[step]
        uses.called(test, (first, last), for_call, f"called {here}")
        uses.named(named_in(outline, first, last) - foreign, for_name, f"named {here}")


def _told(uses: Mapping[Call | None, _Use]) -> tuple[_Use, ...]:
    """Return how a name is used, the strongest first; where it is called, that it is named says nothing."""
    calls = [use for call, use in uses.items() if call is not None]
    said = [use for call, use in uses.items() if call is None and (not calls or "message" in use.why)]
    return tuple(sorted([*calls, *said], key=lambda use: -use.score))


def _failing_line(inquiry: Inquiry, failure: Failure, test: tuple[Outline, Outlined]) -> int | None:
    """Return the innermost line of the failure that stands in its test."""
    lines = [site.line for site in inquiry.sites(failure) if _is_of(test, site.path, site.line)]
    if failure.line and failure.file and _is_of(test, inquiry.paths.resolve(failure.file) or "", failure.line):
        lines.append(failure.line)
    return lines[0] if lines else None


def named_in(outline: Outline, line: int, end_line: int) -> set[str]:
    """Return every name in some lines, but for those in double quotes."""
    return set(_NAMED.findall(_TEXT.sub('""', outline.text(line, end_line)[:_SCANNED])))


def _called_after(failure: Failure, test: Outlined | None) -> frozenset[str]:
    """Return what the test may be called after: of `TestTotalOfNone` total, totalof and totalofnone."""
    words = [word.casefold() for word in _WORD.findall(test.name if test else failure.name.rpartition("::")[2])]
    words = words[1:] if words[:1] in (["test"], ["it"], ["should"]) else words
    joined = ("".join(words[: end + 1]) for end in range(min(len(words), 5)))
    return frozenset(name for name in joined if len(name) > 2)  # noqa: PLR2004 - shorter ones are prepositions


def _outlines(
    inquiry: Inquiry, test: Outline | None, spoken: frozenset[str], wanted: Mapping[str, tuple[_Use, ...]]
) -> Iterator[tuple[Outline, int]]:
    """Yield files that hold some of the names, those near to the test first, and how near they are."""
    patterns = [name.encode() for name in heapq.nlargest(MOST_SOUGHT, wanted, key=lambda name: wanted[name][0].score)]
    nearness = _Nearness.to(test) if test else None
    ranked = []
    for path, data in inquiry.index.other_sources(spoken):
        count = sum(pattern in data for pattern in patterns)
        if count:
            ranked.append((-nearness.of(path) if nearness else 0, -count, path))
    for near, _, path in heapq.nsmallest(MOST_FILES, ranked):
        outline = inquiry.index.outline(path)
        if outline:
            yield outline, -near


@dataclass(frozen=True, slots=True)
class _Nearness:
    """What the file of a test speaks of."""

    test: Outline
    said: frozenset[str]
    imported: frozenset[str]

    @classmethod
    def to(cls, test: Outline) -> _Nearness:
        header = "".join(test.text(line, end_line) for line, end_line in test.header)
        named = "".join(test.lines)[:_SCANNED]
        return cls(test, *(frozenset(map(plain, _NAMED.findall(text))) for text in (named, header)))

    def of(self, path: str) -> int:
        """Return how near a file is to the test: 0 where nothing of the test leads there."""
        (folder, _, _), own = self.test.path.rpartition("/"), plain(_stem(self.test.path))
        stem = plain(_stem(path))
        if path == self.test.path:
            return 4
        called_after = 2 * (len(stem) > 2 and stem in own)  # noqa: PLR2004 - `a` is in every name
        if self.test.language == "Go":  # which knows packages, not files
            package = path.rpartition("/")[0]
            is_own = package == folder
            return is_own * (2 + called_after) or package.rpartition("/")[2] in self.imported
        return called_after + (stem in self.said)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]
