"""pytest-json-report's document, with the collection errors that it keeps apart from its tests."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from healer.evidence.conclusion import concluded, unreadable
from healer.evidence.exceptions import described
from healer.evidence.formats.json_documents import entries_before_break, objects, read_json
from healer.evidence.frames import parse_frames
from healer.evidence.limits import FAILURES, FRAMES, NAME_CHARACTERS, TEXT_CHARACTERS
from healer.evidence.wording import clean, shortened
from healer.models.evidence import CaseOutcome, Failure, StackFrame, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "pytest_json"
_KEYS = re.compile(r'"(?:exitcode|collectors|tests|summary|root|created|duration|environment)"\s*:')
_ENOUGH_KEYS = 3
_OUTCOMES = {
    "passed": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "error": CaseOutcome.ERROR,
    "skipped": CaseOutcome.SKIPPED,
    "xfailed": CaseOutcome.SKIPPED,
    "xpassed": CaseOutcome.PASSED,
}
_GREEN_EXITS = frozenset({0, 5})
_NO_DETAILS = "the report says that it failed, but not why (a subtest may have)"


def recognises(head: Head) -> bool:
    """Whether a JSON object begins with the keys of a pytest-json-report."""
    return head.text.lstrip().startswith("{") and len(set(_KEYS.findall(head.text))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read the document as a whole; of a truncated one, the tests before the break."""
    reading = read_json(chunks)
    if reading.text:
        return _read_document({"tests": list(entries_before_break(reading.text, "tests"))}, source, reading.cut_off)
    if reading.cut_off:
        return unreadable(source, reading.cut_off, FORMAT)
    if not isinstance(reading.value, dict):
        return unreadable(source, "the JSON is no object", FORMAT)
    return _read_document(reading.value, source, None)


def _read_document(document: Mapping[str, Any], source: str, cut_off: str | None) -> Report:
    counted: Counter[CaseOutcome] = Counter()
    failures: list[Failure] = []
    warnings: list[str] = []
    for failure, outcome in _cases(document):
        counted[outcome] += 1
        if failure and len(failures) < FAILURES:
            failures.append(failure)
    if not isinstance(document.get("tests"), list) and not counted:
        counted = _summarised(document.get("summary"))
        warnings.append("the report holds only a summary, no test cases")
    tally = Tally(
        passed=counted[CaseOutcome.PASSED],
        failed=counted[CaseOutcome.FAILED],
        errors=counted[CaseOutcome.ERROR],
        skipped=counted[CaseOutcome.SKIPPED],
    )
    if len(failures) < tally.failing and failures:
        warnings.append(f"{tally.failing} test cases fail; the first {FAILURES} are kept, the others only counted")
    code = document.get("exitcode")
    claimed = None
    if isinstance(code, int) and code not in _GREEN_EXITS and tally.tests:
        claimed = (
            f"pytest ended with exit code {code} although none of its test cases failed; it was interrupted or broke"
        )
    if tally.failing:
        claimed = None
    return concluded(source, FORMAT, tally, failures, warnings=warnings, cut_off=cut_off, claimed=claimed)


def _cases(document: Mapping[str, Any]) -> Iterator[tuple[Failure | None, CaseOutcome]]:
    for entry in objects(document.get("collectors")):
        if entry.get("outcome") in {"failed", "error"}:
            yield _collection_failure(entry), CaseOutcome.ERROR
    for entry in objects(document.get("tests")):
        word = entry.get("outcome")
        outcome = _OUTCOMES.get(word, CaseOutcome.ERROR) if isinstance(word, str) else CaseOutcome.ERROR
        yield (_test_failure(entry, outcome) if outcome.is_failing else None), outcome


def _summarised(summary: object) -> Counter[CaseOutcome]:
    counted: Counter[CaseOutcome] = Counter()
    if isinstance(summary, dict):
        for word, outcome in _OUTCOMES.items():
            count = summary.get(word)
            counted[outcome] += count if isinstance(count, int) and count > 0 else 0
    return counted


def _collection_failure(entry: Mapping[str, Any]) -> Failure:
    identity = _text(entry.get("nodeid"))[:NAME_CHARACTERS] or "collection"
    text = _text(entry.get("longrepr"))
    exception, message = described(None, "", text)
    return Failure(
        id=identity,
        name=identity.rpartition("::")[2],
        kind=CaseOutcome.ERROR,
        file=identity.partition("::")[0],
        type=exception,
        message=message,
        text=text,
        frames=parse_frames(text),
    )


def _test_failure(entry: Mapping[str, Any], kind: CaseOutcome) -> Failure:
    identity = _text(entry.get("nodeid"))[:NAME_CHARACTERS] or "unnamed test case"
    file, *inside = identity.partition("[")[0].split("::")
    name = identity[len("::".join([file, *inside[:-1]])) + 2 :] if inside else identity
    line = entry.get("lineno")
    stages = [stage for key in ("setup", "call", "teardown") if isinstance(stage := entry.get(key), dict)]
    failed = [stage for stage in stages if stage.get("outcome") in {"failed", "error"}]
    decisive = failed[0] if failed else {}
    text = "\n\n".join(_text(stage.get("longrepr")) for stage in failed)
    crash = decisive.get("crash")
    said = _text(crash.get("message")) if isinstance(crash, dict) else ""
    exception, message = described(None, said, _text(decisive.get("longrepr")))
    return Failure(
        id=identity,
        name=name,
        kind=kind,
        suite="::".join([file, *inside[:-1]]) if inside else "",
        file=file,
        line=line + 1 if isinstance(line, int) and line >= 0 else None,
        type=exception,
        message=message or shortened(_NO_DETAILS, NAME_CHARACTERS),
        text=text,
        frames=parse_frames(text) or tuple(_traceback(decisive.get("traceback"))),
    )


def _traceback(entries: object) -> Iterator[StackFrame]:
    for entry in list(objects(entries))[-FRAMES:]:
        file, line, function = entry.get("path"), entry.get("lineno"), _text(entry.get("message"))
        if isinstance(file, str) and isinstance(line, int):
            yield StackFrame(clean(file), line, function.removeprefix("in ") if function.startswith("in ") else None)


def _text(value: object) -> str:
    """Return cleaned text, its middle left out when it is long; anything but text is nothing."""
    if not isinstance(value, str):
        return ""
    if len(value) > TEXT_CHARACTERS:
        half = TEXT_CHARACTERS // 2
        value = f"{value[:half]}\n[… {len(value) - 2 * half} characters left out …]\n{value[-half:]}"
    return clean(value)
