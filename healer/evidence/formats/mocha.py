"""Mocha's JSON (`--reporter json`) and that of mochawesome, with the hooks that failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.formats.javascript_errors import failure_in_javascript, test_id
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, text_of
from healer.evidence.limits import NAME_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "mocha"
_STATS = re.compile(r'"stats"\s{0,20}:\s{0,20}\{')
_COUNTS = re.compile(r'"(suites|tests|passes|pending|failures)"\s{0,20}:\s{0,20}\d')
_ENOUGH_COUNTS = 4
_HOOK = re.compile(r'"(?:before|after) (?:all|each)" hook')


def recognises(head: Head) -> bool:
    """Whether a JSON object begins with the counts of a Mocha run."""
    stats = _STATS.search(head.json)
    return stats is not None and len(set(_COUNTS.findall(head.json, stats.end()))) >= _ENOUGH_COUNTS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the tests before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("stats"), dict)


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally
    blocks = _blocks(document)
    if isinstance(document.get("results"), list):
        _gather_suites(document["results"], gathered)
    elif isinstance(document.get("failures"), list) or isinstance(document.get("passes"), list):
        for key, outcome in (("passes", CaseOutcome.PASSED), ("pending", CaseOutcome.SKIPPED)):
            for test in objects(document.get(key)):
                _gather_test(test, outcome, gathered, blocks)
        for test in objects(document.get("failures")):
            _gather_test(test, CaseOutcome.FAILED, gathered, blocks)
    else:  # a document that breaks off in the list of all tests, which comes first
        for test in objects(document.get("tests")):
            _gather_test(test, CaseOutcome.FAILED if test.get("err") else CaseOutcome.PASSED, gathered, blocks)
    failures = number_of(document["stats"].get("failures")) or 0
    shown = gathered.tally.failing - before.failing
    return f"the run counts {failures} failures, but its tests show none" if failures > 0 and not shown else None


def _around(test: Mapping[str, Any]) -> str:
    """Return the titles of the blocks around a test, which Mocha writes in one with its own."""
    return text_of(test.get("fullTitle")).removesuffix(text_of(test.get("title"))).strip()


def _blocks(document: Mapping[str, Any]) -> frozenset[str]:
    lists = (objects(document.get(key)) for key in ("tests", "passes", "failures", "pending"))
    return frozenset(_around(test) for listed in lists for test in listed)


def _split(around: str, blocks: frozenset[str]) -> tuple[str, ...]:
    """Split the titles of nested blocks where an outer block holds tests of its own, since nothing else tells."""
    titles: list[str] = []
    start = 0
    for position in range(len(around[:NAME_CHARACTERS])):
        if around[position] == " " and around[:position] in blocks:
            titles.append(around[start:position])
            start = position + 1
    return (*titles, around[start:])


def _gather_suites(results: list[object], gathered: Gathered) -> None:
    """Walk mochawesome's suites, which hold each other to any depth."""
    waiting = [(suite, text_of(suite.get("fullFile"))) for suite in reversed(list(objects(results)))]
    while waiting:
        suite, outer = waiting.pop()
        file = text_of(suite.get("fullFile")) or outer
        for key in ("beforeHooks", "tests", "afterHooks"):
            for test in objects(suite.get(key)):
                has_failed = test.get("fail") is True or test.get("state") == "failed"
                is_skipped = test.get("pending") is True or test.get("skipped") is True
                word = CaseOutcome.SKIPPED if is_skipped else CaseOutcome.PASSED
                if has_failed or key == "tests":
                    _gather_test({"file": file, **test}, CaseOutcome.FAILED if has_failed else word, gathered)
        waiting.extend((inner, file) for inner in reversed(list(objects(suite.get("suites")))))


def _gather_test(
    test: Mapping[str, Any], outcome: CaseOutcome, gathered: Gathered, blocks: frozenset[str] = frozenset()
) -> None:
    file, title = text_of(test.get("file")), text_of(test.get("title"))
    titles = (*_split(_around(test), blocks), title)
    if outcome is CaseOutcome.FAILED and (_HOOK.match(title) or test.get("isHook") is True):
        outcome = CaseOutcome.ERROR
    name = test_id(file, [text_of(test.get("fullTitle")) or title])
    if not outcome.is_failing:
        gathered.count(outcome, names=(name,))
        if outcome is CaseOutcome.PASSED and (number_of(test.get("currentRetry")) or 0) > 0:
            gathered.flaky(test_id(file, titles))
        return
    error = test.get("err")
    told = error if isinstance(error, dict) else {}
    stack = text_of(told.get("stack")) or text_of(told.get("estack"))
    message = text_of(told.get("message"))
    text = stack if not message or message.strip() in stack else f"{message}\n{stack}"
    if difference := text_of(told.get("diff")):
        text = f"{text}\n\n{difference}"
    gathered.add(
        outcome,
        lambda: failure_in_javascript(
            outcome,
            file=file,
            titles=titles,
            text=text,
            type_name=text_of(told.get("name")) or None,
        ),
        name=name,
    )
