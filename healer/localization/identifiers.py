"""Names in other languages than Python: what the failing test calls and names, among the outlined definitions.

As `names`, but read from lines of text instead of a syntax tree, and only in files that are near to the test or hold
its names.
"""

from __future__ import annotations

import heapq
import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from healer import layout
from healer.localization import names
from healer.localization.inquiry import Suspicion
from healer.localization.outline import plain
from healer.localization.outlined_tests import find_test, languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.localization.inquiry import Inquiry
    from healer.localization.outline import Outline, Outlined
    from healer.models.evidence import Failure

MOST_FILES = 30
"""Whose structure is read for one cluster of failures."""
MOST_NAMES, MOST_SOUGHT = 60, 25
"""Of one test; and those of them, the most telling, that decide which files are read."""
MOST_SUSPECTED = 80
"""Names of definitions, for one failure."""
MOST_REACHED, FURTHEST = 40, 3
"""Functions that one calls in its file, and calls away."""
BY_HELPER = 0.8
"""What calls by functions that help the test, in its own file, get of the score of its own calls."""
LONGEST_STATEMENT = 10
"""Lines."""
_SCANNED = 10_000
_CALLED = re.compile(r"\b([^\W\d]\w*+)[!?]?\s{0,3}(?:(?:::)?<[\w\s,:&']{1,80}>)?\(")
_NAMED = re.compile(r"[^\W\d]\w+")
_MEMBER = re.compile(r"\.([^\W\d]\w*[!?]?)")
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.){0,500}"')
_QUOTED = re.compile(r"['\"`]([^\W\d]\w{2,})['\"`]")
_HEAD = re.compile(r"\s*(?:\}\s*else\s+)?(?:if|for|switch|case)\b")
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")
_CONSTRUCTORS = frozenset({"constructor", "new", "initialize", "__construct", "default", "build"})
_COMPILERS = frozenset({"compile error", "build failed"})
"""Types of failures whose messages name what they mind without quotes."""
_FORWARD, _BACKWARD = "([", ")]"


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
        paths = {outline.path for outline, _, _ in namesakes}
        score, why = wanted.get(name) or (names.TEST_IS_CALLED_AFTER, "in the name of")
        nearest = max(near for _, _, near in namesakes)
        close = [namesake for namesake in namesakes if nearest and namesake[2] == nearest]
        if not close and len(paths) > names.AMBIGUOUS:
            continue
        factor = 1.0 if close or (test is None and len(paths) == 1) else names.NOT_IMPORTED / len(paths)
        factor *= names.STACK_KNOWN if known else 1.0
        for outline, one, _ in (close or namesakes)[: names.AMBIGUOUS]:
            yield from _suspect(outline, one, score * factor, f"is {why} {failure.id}")


def _is_of(test: tuple[Outline, Outlined] | None, path: str, line: int) -> bool:
    return test is not None and path == test[0].path and test[1].line <= line <= test[1].end_line


def _suspect(outline: Outline, one: Outlined, score: float, words: str) -> Iterator[Suspicion]:
    path = outline.path
    whole = score * names.WHOLE_CLASS if one.is_container else score
    yield Suspicion(path, one.line, one.end_line, whole, f"{one.qualname} {words}")
    if one.is_container:
        for other in outline.inside(one):
            if other.name in _CONSTRUCTORS or other.name == one.name:
                yield Suspicion(path, other.line, other.end_line, score * 0.8, f"{one.qualname} {words}")
        return
    for other, caller, depth in reached(outline, one):
        reason = f"{other.qualname} is called by {caller.qualname}, which {words}"
        if depth > 1:
            reason = f"{other.qualname} is called by {caller.qualname}, behind {one.qualname}, which {words}"
        yield Suspicion(path, other.line, other.end_line, score * names.CALLEE**depth, reason)


def reached(outline: Outline, one: Outlined) -> Iterator[tuple[Outlined, Outlined, int]]:
    """Yield what a function calls in its own file, directly and through others, the nearest first.

    Each comes with what calls it, and how many calls away it is. By name alone: of methods that share one, all count.
    """
    queue = deque([(one, 1)])
    seen = {one.line}
    while queue and len(seen) <= MOST_REACHED:
        caller, depth = queue.popleft()
        called = called_in(outline, caller.line, caller.end_line)
        for other in (other for name in sorted(called) for other in outline.named(name)[: names.AMBIGUOUS]):
            if other.line not in seen and not other.is_container and not other.is_test:
                seen.add(other.line)
                yield other, caller, depth
                if depth < FURTHEST:
                    queue.append((other, depth + 1))


def _suspect_names(
    inquiry: Inquiry, failure: Failure, test: tuple[Outline, Outlined] | None
) -> Mapping[str, tuple[float, str]]:
    found: dict[str, tuple[float, str]] = {}

    def add(said: Iterable[str], score: float, why: str) -> None:
        for name in said:
            if score > found.get(name, (0.0, ""))[0]:
                found[name] = (score, why)

    add(
        re.findall(r"['\"`]([^\W\d]\w{2,})['\"`]", failure.message[:2000]),
        names.NAMED_IN_MESSAGE,
        "named in the message of",
    )
    if failure.type in _COMPILERS:
        add(_NAMED.findall(failure.message[:2000]), names.NAMED_IN_MESSAGE, "named in the message of")
    if test is None:
        return found
    outline, one = test
    add(named_in(outline, one.line, one.end_line), names.NAMED_IN_TEST, "named in")
    add(called_in(outline, one.line, one.end_line), names.CALLED_IN_TEST, "called in")
    for helper, _, depth in reached(outline, one):
        score = names.CALLED_IN_TEST * BY_HELPER**depth
        add(called_in(outline, helper.line, helper.end_line), score, f"called by {helper.qualname}, which helps")
    lines = [site.line for site in inquiry.sites(failure) if _is_of(test, site.path, site.line)]
    if failure.line and failure.file and _is_of(test, inquiry.paths.resolve(failure.file) or "", failure.line):
        lines.append(failure.line)
    for line in lines[:1]:  # the innermost
        first, last = _statement(outline, line, one)
        here = "in the statement that failed in"
        add(named_in(outline, first, last), names.NAMED_IN_FAILING_STATEMENT, f"named {here}")
        add(called_in(outline, first, last), names.CALLED_IN_FAILING_STATEMENT, f"called {here}")
    best = heapq.nlargest(MOST_NAMES, found, key=lambda name: found[name][0])
    return {name: found[name] for name in best}


def _statement(outline: Outline, line: int, one: Outlined) -> tuple[int, int]:
    """Return the lines of the statement that a line is in: to the end of its brackets, in Go from the condition on."""
    first = line
    if outline.language == "Go":
        above = range(line, max(line - 6, one.line), -1)
        first = next((number for number in above if _HEAD.match(outline.lines[number - 1])), line)
    last, depth = line, 0
    for last in range(line, min(line + LONGEST_STATEMENT, one.end_line) + 1):
        text = _TEXT.sub("", outline.lines[last - 1])
        depth += sum(map(text.count, _FORWARD)) - sum(map(text.count, _BACKWARD))
        if depth <= 0:
            break
    return first, last


@lru_cache(maxsize=4096)
def called_in(outline: Outline, line: int, end_line: int) -> frozenset[str]:
    """Return the names that lines call, as far as text tells; in Ruby, which needs no brackets, all members."""
    text = _TEXT.sub('""', outline.text(line, end_line)[:_SCANNED])
    found = set(_CALLED.findall(text))
    return frozenset(found | set(_MEMBER.findall(text)) if outline.language == "Ruby" else found)


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
    inquiry: Inquiry, test: Outline | None, spoken: frozenset[str], wanted: Mapping[str, tuple[float, str]]
) -> Iterator[tuple[Outline, int]]:
    """Yield files that hold some of the names, those near to the test first, and how near they are."""
    patterns = [name.encode() for name in heapq.nlargest(MOST_SOUGHT, wanted, key=lambda name: wanted[name][0])]
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
