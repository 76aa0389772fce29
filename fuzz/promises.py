"""What every reader promises of its answer, whatever it was given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.clusters import cluster
from healer.evidence.limits import (
    FAILURES,
    FRAMES,
    LINE_CHARACTERS,
    MESSAGE_CHARACTERS,
    NAME_CHARACTERS,
    SHORT_TEXT_CHARACTERS,
    TEXT_CHARACTERS,
    TOTAL_TEXT_CHARACTERS,
)
from healer.evidence.merging import merged
from healer.models.evidence import ReportVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from healer.models.evidence import Failure, FailureCluster, Report, Rule, StackFrame

_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_GAP = 100
"""Characters of the word on what was left out."""
_LONGEST_SENTENCE = 6_000
_MOST_SENTENCES = 50
_LONGEST_HELP = 16 * 1024
_WORST_SEVERITY = 10.0


def check(holds: object, otherwise: str) -> None:
    """Raise AssertionError when a promise is broken."""
    if not holds:
        raise AssertionError(otherwise)


def keep_promises(reports: Sequence[Report]) -> None:
    """Check reports, each for itself and all together."""
    check(reports, "no report at all")
    for report in reports:
        _concludes(report)
        _is_bounded(report)
        for failure in report.failures:
            is_presentable(failure)
    run = merged(reports)
    check(run.tally.tests <= sum(report.tally.tests for report in reports if report.tally), "merging adds test cases")
    groups = cluster(run.failures)
    holds_each_once(run.failures, groups)
    check(cluster(run.failures[::-1]) == groups, "the order of the failures changes their clusters")


def holds_each_once(failures: Sequence[Failure], groups: Iterable[FailureCluster]) -> None:
    """Check that clusters are a partition."""
    members = [failure for group in groups for failure in group.failures]
    check(sorted(map(id, members)) == sorted(map(id, failures)), "clusters lose or repeat a failure")
    for group in groups:
        check(group.failures and group.fingerprint, "a cluster without failures or fingerprint")


def is_presentable(failure: Failure) -> None:
    """Check that a failure can be shown anywhere, and stored."""
    check(failure.id.strip(), "no id")
    check(failure.kind.is_failing, "a failure that is none")
    check(len(failure.message) <= MESSAGE_CHARACTERS, "a message beyond its limit")
    check(len(failure.text) <= TEXT_CHARACTERS + _GAP, "a text beyond its limit")
    check(failure.line is None or failure.line > 0, "a line that does not exist")
    check(failure.line is None or failure.file, "a line without a file")
    for label in (failure.id, failure.name, failure.suite, failure.file or "", failure.type or ""):
        check(len(label) <= NAME_CHARACTERS, "a label beyond its limit")
        check("\n" not in label, "a label of several lines")
        is_fit(label)
    is_fit(failure.message)
    is_fit(failure.text)
    are_bounded(failure.frames)
    if failure.rule:
        check(failure.rule.id == failure.type, "a rule that is not the type")
        _is_presentable_rule(failure.rule)


def are_bounded(frames: Sequence[StackFrame]) -> None:
    """Check frames."""
    check(len(frames) <= FRAMES, "more frames than the limit")
    for frame in frames:
        check(frame.file.strip() and frame.line >= 0, "a frame without a place")
        check(len(frame.file) + len(frame.function or "") <= 2 * LINE_CHARACTERS, "a frame beyond its limit")
        is_fit(frame.file + (frame.function or ""))


def is_fit(text: str) -> None:
    """Check that nothing is in a text that a terminal would obey, a file could not hold or a page could not show."""
    found = _UNFIT.search(text)
    check(not found, f"{found[0]!r} in a text" if found else "")


def _concludes(report: Report) -> None:
    tally, verdict = report.tally, report.verdict
    counts = (tally.passed, tally.failed, tally.errors, tally.skipped) if tally else ()
    check(all(type(count) is int and count >= 0 for count in counts), "a count that is none")
    if report.failures:
        check(verdict is ReportVerdict.FAILED, "failing test cases and another verdict")
        check(tally and tally.failing, "failing test cases that are not counted")
    if verdict is ReportVerdict.PASSED:
        check(tally and (not tally.failing or report.flaky), "failing test cases, and passed")
    if verdict is ReportVerdict.FAILED:
        check((tally and tally.failing) or report.reason, "failed, and nothing says why")
    if verdict in {ReportVerdict.EMPTY, ReportVerdict.UNREADABLE}:
        check(report.reason, "no reason")


def _is_bounded(report: Report) -> None:
    check(len(report.failures) <= FAILURES and len(report.flaky) <= FAILURES, "more failures than the limit")
    texts = sum(len(failure.text) for failure in report.failures)
    check(texts <= TOTAL_TEXT_CHARACTERS + FAILURES * (SHORT_TEXT_CHARACTERS + _GAP), "texts beyond their limit")
    check(len(report.warnings) <= _MOST_SENTENCES, "a flood of warnings")
    for sentence in (*report.warnings, report.reason or "", report.source, *report.flaky):
        check(len(sentence) <= _LONGEST_SENTENCE, "a sentence without end")
        is_fit(sentence)
    if report.roster:
        check(report.tally and len(report.roster) == report.tally.tests, "a roster that lacks test cases")


def _is_presentable_rule(rule: Rule) -> None:
    check(len(rule.description) <= MESSAGE_CHARACTERS and len(rule.help) <= _LONGEST_HELP, "a rule beyond its limits")
    check(rule.severity is None or 0.0 <= rule.severity <= _WORST_SEVERITY, "a severity off the scale")
    for text in (rule.id, rule.name, rule.level, rule.description, rule.help, rule.url or "", *rule.tags):
        is_fit(text)
