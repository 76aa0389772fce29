"""Playwright Test's JSON (`--reporter=json`): each test once per project, with the last word of its retries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.formats.javascript_errors import failure_in_javascript, test_id
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, text_of
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "playwright"
_CONFIG = re.compile(r'"config"\s{0,20}:\s{0,20}\{')
_KEYS = re.compile(r'"(configFile|rootDir|forbidOnly|fullyParallel|globalSetup|reportSlowTests)"\s{0,20}:')
_ENOUGH_KEYS = 3
_NO_TESTS = "No tests found"


def recognises(head: Head) -> bool:
    """Whether a JSON object begins with Playwright's configuration."""
    text = head.json
    return _CONFIG.search(text) is not None and len(set(_KEYS.findall(text))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the tests before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("config"), dict)


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally.failing
    root = text_of(document["config"].get("rootDir")).rstrip("/\\")
    errors = list(objects(document.get("errors")))
    for error in errors:
        if len(errors) == 1 or _NO_TESTS not in text_of(error.get("message")):
            _gather_error(error, gathered)
    specs = list(_specs(document.get("suites")))
    projects = {text_of(test.get("projectName")) for spec, _ in specs for test in objects(spec.get("tests"))}
    for spec, ancestors in specs:
        for test in objects(spec.get("tests")):
            project = text_of(test.get("projectName")) if len(projects) > 1 else ""
            title = text_of(spec.get("title")) + (f" [{project}]" if project else "")
            _gather_test(test, spec, (*ancestors, title), root, gathered)
    stats = document.get("stats")
    unexpected = number_of(stats.get("unexpected")) or 0 if isinstance(stats, dict) else 0
    if unexpected > 0 and gathered.tally.failing == before:
        return f"the run counts {unexpected} unexpected results, but its tests show none"
    return None


def _specs(suites: object) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """Yield each spec with the titles of the blocks around it; the outermost suite is the file and has none."""
    waiting = [(suite, ()) for suite in reversed(list(objects(suites)))]
    while waiting:
        suite, outer = waiting.pop()
        title = text_of(suite.get("title"))
        ancestors: tuple[str, ...] = (*outer, title) if title and title != suite.get("file") else outer
        yield from ((spec, ancestors) for spec in objects(suite.get("specs")))
        waiting.extend((inner, ancestors) for inner in reversed(list(objects(suite.get("suites")))))  # type: ignore[misc] # inferred as empty


def _gather_test(
    test: Mapping[str, Any], spec: Mapping[str, Any], titles: tuple[str, ...], root: str, gathered: Gathered
) -> None:
    file = text_of(spec.get("file"))
    results = list(objects(test.get("results")))
    last = results[-1] if results else {}
    outcome = _outcome(test, last)
    name = " > ".join(filter(None, titles))
    identity = test_id(file, (name,))
    if not outcome.is_failing:
        gathered.count(outcome, names=(identity,))
        if test.get("status") == "flaky":
            gathered.flaky(identity)
        return
    errors = [_error_text(error) for error in _errors(last)]
    gathered.add(
        outcome,
        lambda: failure_in_javascript(
            outcome,
            file=file,
            titles=(name,),
            path=f"{root}/{file}" if root and file else None,
            line=number_of(spec.get("line")),
            text=errors[0] if errors else _unexplained(test, last),
            further="\n\n".join(errors[1:]),
        ),
        name=identity,
    )


def _outcome(test: Mapping[str, Any], last: Mapping[str, Any]) -> CaseOutcome:
    word, ended = test.get("status"), last.get("status")
    if word in {"expected", "flaky"}:
        return CaseOutcome.SKIPPED if ended == "skipped" else CaseOutcome.PASSED
    if word == "skipped":
        return CaseOutcome.SKIPPED
    if word is None and ended == test.get("expectedStatus") and ended is not None:
        return CaseOutcome.PASSED
    return CaseOutcome.ERROR if ended == "interrupted" or not last else CaseOutcome.FAILED


def _errors(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = list(objects(result.get("errors")))
    first = result.get("error")
    if isinstance(first, dict) and (not listed or len(listed) == 1):
        yield first  # it holds the stack, which the list does not
    else:
        yield from listed


def _error_text(error: Mapping[str, Any]) -> str:
    stack, message, value = (text_of(error.get(key)) for key in ("stack", "message", "value"))
    text = stack or message or value
    place = error.get("location")
    if not stack and isinstance(place, dict) and (line := number_of(place.get("line"))):
        text += f"\n    at {text_of(place.get('file'))}:{line}:{number_of(place.get('column')) or 1}"
    return text


def _unexplained(test: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    expected, ended = text_of(test.get("expectedStatus")), text_of(last.get("status"))
    if (expected, ended) == ("failed", "passed"):
        return "Expected to fail, but passed."
    if expected and ended:
        return f"Expected to be {expected}, but it {ended}."
    return "The test has no result."


def _gather_error(error: Mapping[str, Any], gathered: Gathered) -> None:
    place = error.get("location")
    file = text_of(place.get("file")) if isinstance(place, dict) else ""
    line = number_of(place.get("line")) if isinstance(place, dict) else None
    gathered.add(
        CaseOutcome.ERROR,
        lambda: failure_in_javascript(
            CaseOutcome.ERROR,
            file=file,
            titles=() if file else (FORMAT,),
            line=line,
            text=_error_text(error),
        ),
    )
