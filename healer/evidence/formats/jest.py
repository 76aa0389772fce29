"""The JSON of Jest (`--json`) and Vitest (`--reporter=json`), with the files that could not be run at all.

Jest's raw result, which custom reporters write out, has the same members under other names and is read as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from healer.evidence.formats.javascript_errors import failure_in_javascript, test_id
from healer.evidence.formats.json_documents import number_of, objects, read_report_of, strings_of, text_of
from healer.evidence.wording import clean
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.gathered import Gathered
    from healer.evidence.sniffing import Head
    from healer.models.evidence import Report

FORMAT = "jest"
_KEYS = re.compile(
    r'"(numTotalTests|numFailedTests|numPassedTests|numTotalTestSuites|numFailedTestSuites|testResults)"\s{0,20}:'
)
_ENOUGH_KEYS = 3
_OUTCOMES = {
    "passed": CaseOutcome.PASSED,
    "failed": CaseOutcome.FAILED,
    "pending": CaseOutcome.SKIPPED,
    "skipped": CaseOutcome.SKIPPED,
    "disabled": CaseOutcome.SKIPPED,
    "todo": CaseOutcome.SKIPPED,
    "focused": CaseOutcome.PASSED,
}
_NOT_RUN = re.compile(r"^\s{0,20}\u25cf Test suite failed to run\s{0,20}\n", re.MULTILINE)
_NEXT_BLOCK = re.compile(r"^ {2}\u25cf ", re.MULTILINE)
_DETAILS = re.compile(r"^\s{0,20}Details:\s{0,20}\n", re.MULTILINE)
_FILE_FAILED = "the file failed as a whole (a hook outside of its tests, or code that runs when it is loaded)"


def recognises(head: Head) -> bool:
    """Whether a JSON object begins with the counts of a Jest result."""
    return len(set(_KEYS.findall(head.json))) >= _ENOUGH_KEYS


def read(chunks: Iterator[bytes], source: str) -> Report:
    """Read one or several documents; of a truncated one, the tests before the break."""
    return read_report_of(chunks, source, FORMAT, is_wanted=_is_wanted, gather=_gather)


def _is_wanted(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("testResults"), list)


def _gather(document: Mapping[str, Any], gathered: Gathered) -> str | None:
    before = gathered.tally.failing
    for suite in objects(document.get("testResults")):
        _gather_file(suite, gathered)
    if gathered.tally.failing > before:
        return None
    claimed = max(number_of(document.get(key)) or 0 for key in ("numFailedTests", "numRuntimeErrorTestSuites"))
    if claimed > 0 or document.get("success") is False:
        return "the run states that it failed, but none of its tests or files shows a failure"
    return None


def _gather_file(suite: Mapping[str, Any], gathered: Gathered) -> None:
    file = text_of(suite.get("name")) or text_of(suite.get("testFilePath"))
    tests = suite.get("assertionResults")
    before = gathered.tally.failing
    for test in objects(tests if isinstance(tests, list) else suite.get("testResults")):
        _gather_test(test, file, gathered)
    message = text_of(suite.get("message")) or text_of(suite.get("failureMessage"))
    is_broken = bool(_NOT_RUN.search(clean(message))) or bool(suite.get("testExecError"))
    has_failed = suite.get("status") == "failed" and gathered.tally.failing == before
    if is_broken or has_failed:
        gathered.add(
            CaseOutcome.ERROR,
            lambda: failure_in_javascript(
                CaseOutcome.ERROR,
                file=file,
                titles=(),
                text=_why_not_run(message) or _FILE_FAILED,
                message=_final_details(_why_not_run(message)),
            ),
        )


def _gather_test(test: Mapping[str, Any], file: str, gathered: Gathered) -> None:
    titles = (*strings_of(test.get("ancestorTitles")), text_of(test.get("title")) or text_of(test.get("fullName")))
    word = test.get("status")
    if not isinstance(word, str) and not titles[-1]:
        return  # a document that breaks off inside of this test
    outcome = _OUTCOMES.get(word, CaseOutcome.ERROR) if isinstance(word, str) else CaseOutcome.ERROR
    messages = strings_of(test.get("failureMessages"))
    identity = test_id(file, titles)
    if not outcome.is_failing:
        gathered.count(outcome, names=(identity,))
        tries = number_of(test.get("invocations")) or 1
        if outcome is CaseOutcome.PASSED and (messages or tries > 1):
            gathered.flaky(identity)
        return
    place = test.get("location")
    line = number_of(place.get("line")) if isinstance(place, dict) else None
    gathered.add(
        outcome,
        lambda: failure_in_javascript(
            outcome, file=file, titles=titles, text="".join(messages[:1]), further="\n\n".join(messages[1:]), line=line
        ),
        name=identity,
    )


def _why_not_run(message: str) -> str:
    """Return what Jest says of a file that failed to run, without the test failures around it."""
    plain = clean(message)
    if not (headline := _NOT_RUN.search(plain)):
        return plain
    following = _NEXT_BLOCK.search(plain, headline.end())
    return plain[headline.end() : following.start() if following else len(plain)].strip("\n")


def _final_details(text: str) -> str:
    """Return the compiler's own sentence, which Jest prints below a page of advice."""
    details = _DETAILS.search(text)
    return text[details.end() :].strip().partition("\n\n")[0] if details else ""
