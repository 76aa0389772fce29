"""pytest-json-report's document, with the collection errors that it keeps apart from its tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.exceptions import final_exception
from healer.evidence.failures import failure_of
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, text_of
from healer.evidence.frames import parse_frames
from healer.evidence.identity import place_in_test
from healer.evidence.limits import FRAMES, TEXT_CHARACTERS
from healer.evidence.wording import clean, cut_in_the_middle
from healer.models.evidence import CaseOutcome, StackFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Failure, Report

FORMAT = "pytest_json"
_KEYS = re.compile(r'"(exitcode|collectors|tests|summary|root|created|duration|environment)"\s{0,20}:')
_ENOUGH_KEYS = 3
_OUTCOMES = {
    "passed": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "error": CaseOutcome.ERROR,
    "skipped": CaseOutcome.SKIPPED,
    "xfailed": CaseOutcome.SKIPPED,
    "xpassed": CaseOutcome.PASSED,
}
_STAGES = ("setup", "call", "teardown")
_FAILED = frozenset({"failed", "error"})
_GREEN_EXITS = frozenset({0, 5})
_NO_DETAILS = "the report says that it failed, but not why (a subtest may have)"
_SUMMARY_ONLY = "the report holds only a summary, no test cases"


def recognises(head: Head) -> bool:
    """Whether a JSON object begins with the keys of a pytest-json-report."""
    text = head.json
    return text.startswith("{") and len(set(_KEYS.findall(text))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the tests before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and any(key in document for key in ("tests", "summary", "exitcode", "collectors"))


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally
    for entry in objects(document.get("collectors")):
        if text_of(entry.get("outcome")) in _FAILED:
            gathered.add(CaseOutcome.ERROR, lambda entry=entry: _collection_failure(entry))  # type: ignore[misc] # mypy cannot infer the default
    for entry in objects(document.get("tests")):
        _gather_test(entry, gathered)
    if not isinstance(document.get("tests"), list) and gathered.tally == before:
        _gather_summary(document.get("summary"), gathered)
    code = document.get("exitcode")
    if isinstance(code, int | float) and code not in _GREEN_EXITS and gathered.tally.failing == before.failing:
        return f"pytest ended with exit code {code} although none of its test cases failed; it was interrupted or broke"
    return None


def _gather_summary(summary: object, gathered: Gathered) -> None:
    gathered.warn(_SUMMARY_ONLY)
    if isinstance(summary, dict):
        for word, outcome in _OUTCOMES.items():
            gathered.count(outcome, max(0, number_of(summary.get(word)) or 0))


def _gather_test(entry: Mapping[str, Any], gathered: Gathered) -> None:
    stages = [stage for key in _STAGES if isinstance(stage := entry.get(key), dict)]
    failed = [stage for stage in stages if text_of(stage.get("outcome")) in _FAILED]
    word = entry.get("outcome")
    if word is None and not failed:
        return  # a document that breaks off inside of this test
    identity = text_of(entry.get("nodeid"))
    if word == "rerun":  # what was tried again keeps this word; its stages are those of the last try
        if not failed:
            gathered.flaky(identity)
        word = "failed" if failed else "passed"
    outcome = _OUTCOMES.get(word, CaseOutcome.ERROR) if isinstance(word, str) else CaseOutcome.ERROR
    if outcome.is_failing:
        gathered.add(outcome, lambda: _test_failure(entry, identity, failed, outcome), name=identity)
    else:
        gathered.count(outcome, names=(identity,))


def _collection_failure(entry: Mapping[str, Any]) -> Failure:
    identity = text_of(entry.get("nodeid")) or "collection"
    text = text_of(entry.get("longrepr"))
    frames = _frames(text, None)
    file, line = place_in_test(identity, frames)
    return failure_of(
        CaseOutcome.ERROR,
        name=identity.rpartition("::")[2],
        identity=identity,
        file=file or identity.partition("::")[0],
        line=line,
        text=text,
        frames=frames,
    )


def _test_failure(
    entry: Mapping[str, Any], identity: str, failed: Sequence[Mapping[str, Any]], kind: CaseOutcome
) -> Failure:
    file, *inside = identity.partition("[")[0].split("::")
    suite = "::".join([file, *inside[:-1]]) if inside else ""
    decisive = failed[0] if failed else {}
    text = "\n\n".join(text_of(stage.get("longrepr")) for stage in failed)
    crash = decisive.get("crash")
    message = text_of(crash.get("message")) if isinstance(crash, dict) else ""
    raised = final_exception(cut_in_the_middle(clean(text_of(decisive.get("longrepr"))), TEXT_CHARACTERS))[0]
    frames = _frames(text_of(decisive.get("longrepr")), decisive.get("traceback"))
    definition = number_of(entry.get("lineno"))
    line = place_in_test(identity, frames)[1]
    return failure_of(
        kind,
        name=identity[len(suite) + 2 :] if suite else identity,
        suite=suite,
        identity=identity,
        file=file,
        line=line or (definition + 1 if definition is not None else None),
        type_name=raised,
        message=message or ("" if text.strip() else _NO_DETAILS),
        text=text,
        frames=frames,
    )


def _frames(text: str, traceback: object) -> tuple[StackFrame, ...]:
    found = parse_frames(cut_in_the_middle(clean(text), TEXT_CHARACTERS))
    return found or tuple(_listed(traceback))


def _listed(entries: object) -> Iterator[StackFrame]:
    for entry in list(objects(entries))[-FRAMES:]:
        file, line, function = clean(text_of(entry.get("path"))), number_of(entry.get("lineno")), entry.get("message")
        if file and line:
            said = clean(text_of(function))
            yield StackFrame(file, line, said.removeprefix("in ") if said.startswith("in ") else None)
