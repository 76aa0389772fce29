"""SARIF 2.1.0, the OASIS standard for what analysers find.

Every result counts once: level error or warning failed, a lower level passed, a suppressed or known one skipped. An
analysis that did not run to its end is one error. Runs without results did not take place, and are no clean bill.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.conclusion import unreadable
from healer.evidence.findings import ONLY_NOTES, finding_of, rule_of
from healer.evidence.formats.json_documents import number_of, objects, read_documents, text_of
from healer.evidence.formats.sarif_messages import message_text
from healer.evidence.formats.sarif_places import Places
from healer.evidence.formats.sarif_results import finding, notified, outcome_of
from healer.evidence.formats.sarif_rules import Rules
from healer.evidence.gathered import Gathered
from healer.evidence.wording import label
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "sarif"
_SCHEMA = re.compile(r'"\$schema"\s{0,20}:\s{0,20}"[^"\n]{0,400}sarif', re.IGNORECASE)
_VERSIONED = re.compile(r'"version"\s{0,20}:\s{0,20}"2\.\d{1,3}\.')
_RUNS = re.compile(r'"runs"\s{0,20}:')
_RUNS_FIRST = re.compile(r'\{\s{0,100}"runs"\s{0,20}:\s{0,20}(?:null|\[\s{0,100}(?:\]|\{))')
_ITS_OWN = re.compile(r'"(?:tool|results|invocations|artifacts|originalUriBaseIds|columnKind)"\s{0,20}:')
_SCHEMA_WITHIN = 4096
_NO_RESULTS = (
    "a run holds no list of results: that analysis did not take place, which is not the same as finding nothing"
)
_ELSEWHERE = "results of it are kept in other files (externalPropertyFileReferences), which were not read"
_NOTIFICATIONS = ("toolExecutionNotifications", "toolConfigurationNotifications")
_FOUND_SOMETHING = 1
"""The exit code by which linters say no more than that they found something."""


def recognises(head: Head) -> bool:
    """Whether a JSON object has SARIF's schema or version, or runs that hold what only SARIF's do."""
    text = head.json
    if not text.startswith("{"):
        return False
    if _SCHEMA.search(text[:_SCHEMA_WITHIN]):
        return True
    is_run = _RUNS.search(text) and _ITS_OWN.search(text)
    return bool((is_run and _VERSIONED.search(text)) or (_RUNS_FIRST.match(text) and (is_run or "null" in text[:200])))


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the log as a whole; of a truncated one, the results before the break."""
    reading = read_documents(chunks, _is_log)
    if not reading.values:
        return unreadable(source, reading.cut_off or "the JSON has not the shape of a SARIF log", FORMAT)
    version = reading.values[0].get("version")
    if isinstance(version, str) and version.startswith("1."):
        return unreadable(source, f"it is SARIF {label(version[:20])}; have the tool write SARIF 2.1.0", FORMAT)
    runs = [log.get("runs") for log in reading.values]
    if reading.cut_off:
        runs[-1] = _without_stump(runs[-1])
    return _Log().report(runs, source, reading.cut_off)


def _is_log(value: object) -> bool:
    return isinstance(value, dict) and not {"runs", "$schema", "version"}.isdisjoint(value)


def _without_stump(runs: object) -> object:
    """Drop the result that a log breaks off in, unless it got as far as to say something."""
    results = runs[-1].get("results") if isinstance(runs, list) and runs and isinstance(runs[-1], dict) else None
    if isinstance(results, list) and results and not (isinstance(results[-1], dict) and results[-1].get("message")):
        results.pop()
    return runs


class _Log:
    def __init__(self) -> None:
        self._gathered = Gathered()
        self._ran = self._missing = self._elsewhere = self._notes = 0

    def report(self, logs: list[object], source: str, cut_off: str | None) -> Report:
        for runs in logs:
            for run in objects(runs):
                self._run(run)
            self._missing += not list(objects(runs))
        unseen = cut_off or (_ELSEWHERE if self._elsewhere else None)
        if self._missing or not self._ran:
            self._gathered.warn(_NO_RESULTS)
            unseen = unseen or (_NO_RESULTS if self._gathered.tally.tests else None)
        if self._notes and not self._gathered.tally.failing:
            self._gathered.warn(ONLY_NOTES)
        is_clean = bool(self._ran) and not self._missing
        return self._gathered.report(source, FORMAT, cut_off=unseen, is_clean=is_clean)

    def _run(self, run: Mapping[str, Any]) -> None:
        rules, places = Rules(run), Places(run)
        external = run.get("externalPropertyFileReferences")
        if isinstance(external, dict) and external:
            if external.get("results"):
                self._elsewhere += 1
            else:
                self._gathered.warn("parts of it are kept in other files, which were not read")
        results = run.get("results")
        if isinstance(results, list):
            self._ran += 1
            before = self._gathered.tally.failing
            for result in objects(results):
                self._result(result, rules, places)
            self._invocations(run, rules, places, found=self._gathered.tally.failing > before)
        else:
            self._missing += not (isinstance(external, dict) and external.get("results"))
            self._invocations(run, rules, places, found=False)

    def _result(self, result: Mapping[str, Any], rules: Rules, places: Places) -> None:
        descriptor = rules.descriptor(result.get("rule"), text_of(result.get("ruleId")), result.get("ruleIndex"))
        level = rules.level(result, descriptor)
        outcome = outcome_of(result, level)
        if outcome.is_failing:
            self._gathered.add(outcome, lambda: finding(result, level, descriptor, rules, places))
        else:
            self._gathered.count(outcome)
            self._notes += outcome is CaseOutcome.PASSED and level == "note"

    def _invocations(self, run: Mapping[str, Any], rules: Rules, places: Places, *, found: bool) -> None:
        """Count what the tool says of itself: an error for each notification of that level, or for having failed."""
        for invocation in objects(run.get("invocations")):
            is_told = False
            for key in _NOTIFICATIONS:
                for notification in objects(invocation.get(key)):
                    failure = notified(notification, rules, places)
                    if failure:
                        is_told = True
                        self._gathered.add(CaseOutcome.ERROR, lambda told=failure: told)  # type: ignore[misc] # a default
            if invocation.get("executionSuccessful") is not False or is_told:
                continue
            said = _how_it_ended(invocation)
            if found and number_of(invocation.get("exitCode")) in {None, _FOUND_SOMETHING}:
                self._gathered.warn(said)
                continue
            rule = rule_of("analysis failed", level="error")
            self._gathered.extend([finding_of(rule, tool=rules.tool_name, message=said, kind=CaseOutcome.ERROR)])


def _how_it_ended(invocation: Mapping[str, Any]) -> str:
    words = [
        text_of(invocation.get(key)) for key in ("processStartFailureMessage", "exitCodeDescription", "exitSignalName")
    ]
    code = number_of(invocation.get("exitCode"))
    words = [*(word for word in words if word), *([f"exit code {code}"] if code is not None else [])]
    for key in _NOTIFICATIONS:
        said = [message_text(notification.get("message")) for notification in list(objects(invocation.get(key)))[:5]]
        words += [word for word in said if word]
    return "the analysis says that it did not succeed" + (f": {'; '.join(words)}" if words else "")
