"""How a JUnit test case ended: by its children, else by the words in its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBLEMS = {"failure": CaseOutcome.FAILED, "error": CaseOutcome.ERROR}
SKIPS = frozenset({"skipped", "disabled"})
_WORDS = {
    "failed": CaseOutcome.FAILED,
    "failure": CaseOutcome.FAILED,
    "fail": CaseOutcome.FAILED,
    "error": CaseOutcome.ERROR,
    "errored": CaseOutcome.ERROR,
    "disabled": CaseOutcome.SKIPPED,
    "notrun": CaseOutcome.SKIPPED,
    "skipped": CaseOutcome.SKIPPED,
    "ignored": CaseOutcome.SKIPPED,
    "suppressed": CaseOutcome.SKIPPED,
}
_EXCUSE = "TEST_CASE tagged with !"
_CTEST_SKIPS = ("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION", "Disabled")
_NEVER = "1970-01-01T00:00:00"


def says_more(attributes: Mapping[str, str]) -> bool:
    """Whether the outcome may stand in the attributes, where passing cases rarely carry any word on it."""
    return "status" in attributes or "result" in attributes


def spoken_outcome(attributes: Mapping[str, str]) -> CaseOutcome | None:
    """Return what a case's attributes say of its outcome; a skip beats a failure, an error everything else."""
    words = {attributes.get("status", "").lower(), attributes.get("result", "").lower()}
    spoken = {_WORDS[word] for word in words if word in _WORDS}
    for outcome in (CaseOutcome.SKIPPED, CaseOutcome.ERROR):
        if outcome in spoken:
            return outcome
    return spoken.pop() if spoken else None


def excuses(skip: Mapping[str, str]) -> bool:
    """Whether a skip beside a failure means that the runner did not count it: Catch2's `!mayfail`, node's todo.

    Any other skip beside a failure came after it, as Catch2's SKIP() after a failed CHECK, and the case failed.
    """
    return skip.get("type") == "todo" or skip.get("message", "").startswith(_EXCUSE)


def could_not_run(case: Mapping[str, str], skip: Mapping[str, str]) -> bool:
    """Whether ctest calls a test skipped that it counts as failed: no executable, a fixture or a file is missing."""
    message = skip.get("message", "")
    is_ctest = case.get("status") == "notrun" and case.get("name", "") == case.get("classname")
    return is_ctest and bool(message) and not message.startswith(_CTEST_SKIPS)


def never_started(case: Mapping[str, str]) -> bool:
    """Whether gtest writes a case as skipped that it never began, because the suite's set-up went wrong."""
    return case.get("result") == "skipped" and case.get("timestamp", "").startswith(_NEVER)
