"""What CTest prints: which tests failed and how, with what each printed; a framework inside a test is heard first."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES, LINE_CHARACTERS
from healer.evidence.logs import boost_output, catch2_output, doctest_cpp_output, gtest_output
from healer.evidence.logs.ctest_regions import CLOSING, ENDED, STARTED, VERBOSE
from healer.models.evidence import CaseOutcome, Tally

if TYPE_CHECKING:
    from healer.models.evidence import Failure

_INNER = (gtest_output, catch2_output, doctest_cpp_output, boost_output)

_ENDED_ANYWHERE = re.compile(r"^ {0,8}\d{1,9}/\d{1,9} Test {1,9}#\d{1,9}: .{1,1000}?\*\*\*", re.MULTILINE)
_FAILED = re.compile(r"\t? {0,12}(\d{1,9}) - (\S.{0,1000}?) \(([A-Za-z][\w :.,-]{0,100})\)(?: {2,40}\S.{0,500})?$")
_LIST = "The following tests FAILED:"
_NOT_RUN = re.compile(r"^\t? {0,12}\d{1,9} - \S.{0,1000}? \((?:Skipped|Disabled)\)", re.MULTILINE)
_NO_TESTS = re.compile(r"^No tests were found!!!$", re.MULTILINE)

_SUMMARY_CHARACTERS = 512 * 1024
_OWN_WORDS = ("Test command:", "Working Directory:", "Test timeout computed", "Environment variables:", " ")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the tests that CTest names as failed, by name.

    Left out are those of which GoogleTest, Catch2, doctest or Boost.Test shows in the same output what failed inside:
    these parsers find it themselves. In verbose output, where every line bears the test's number, it is found here.
    """
    if _LIST not in text and not _ENDED_ANYWHERE.search(text):
        return ()
    listed, said, numbered = _read(text)
    found: list[Failure] = []
    for number, (name, how) in listed.items():
        inner = _inside(numbered[number])
        if inner:
            found.extend(inner)
        elif not _inside(said[number]):
            found.append(_failure(name, how, [*numbered[number], *said[number]]))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all runs count; skipped and disabled tests are skipped."""
    counted, end = Tally(), None
    closings = list(CLOSING.finditer(text))
    stops = [*(closing.start() for closing in closings[1:]), len(text)]
    for match, stop in zip(closings, stops, strict=False):
        failed, total = int(match[1]), int(match[2])
        unrun, _, red = text[match.end() : min(stop, match.end() + _SUMMARY_CHARACTERS)].partition(_LIST)
        skipped = len(_NOT_RUN.findall(unrun)) if "The following tests did not run:" in unrun else 0
        disabled = unrun.count(" (Disabled)") if skipped else 0
        errors = min(failed, red.partition("\nErrors while")[0].count(" (Not Run)"))
        counted += Tally(max(0, total - failed - (skipped - disabled)), failed - errors, errors, skipped)
        end = match.start()
    for match in _NO_TESTS.finditer(text):
        end = max(end or 0, match.start())
    return None if end is None else (end, counted)


def _read(text: str) -> tuple[dict[str, tuple[str, str]], dict[str, list[str]], dict[str, list[str]]]:
    """Return the failed tests by number, what stands below each test's result, and what bears its number."""
    listed: dict[str, tuple[str, str]] = {}
    ended: dict[str, tuple[str, str]] = {}
    said: defaultdict[str, list[str]] = defaultdict(list)
    numbered: defaultdict[str, list[str]] = defaultdict(list)
    current, is_list, has_list = "", False, False
    for raw in text.split("\n"):
        line = raw[:LINE_CHARACTERS].rstrip()
        if match := ENDED.match(line):
            current, is_list = match[1], False
            ended.pop(current, None)
            if "***" in match[3] and not match[3].startswith(("***Skipped", "***Not Run (Disabled)")):
                ended[current] = (match[2], match[3].strip("* :"))
        elif match := STARTED.match(line):
            current, is_list = match[1], False
        elif line == _LIST:
            current, is_list, has_list = "", True, True
        elif is_list and (match := _FAILED.match(line)):
            listed[match[1]] = (match[2], match[3])
        elif match := VERBOSE.match(line):
            numbered[match[1]].append(match[2])
        elif CLOSING.match(line):
            current = ""
        elif current:
            said[current].append(line)
    return (listed if has_list else ended), said, numbered


def _inside(lines: list[str]) -> list[Failure]:
    text = "\n".join(lines)
    return [failure for parser in _INNER for failure in parser.failures(text)] if text.strip() else []


def _failure(name: str, how: str, lines: list[str]) -> Failure:
    text = "\n".join(lines).strip("\n")
    words = [line.strip() for line in lines if line.strip() and not line.startswith(_OWN_WORDS)]
    wanted = next((line.partition("***")[2] for line in words if "regular expression" in line), "")
    message = wanted or (f"{how}: {words[-1]}" if words else how)
    return failure_of(
        CaseOutcome.ERROR if how.startswith("Not Run") else CaseOutcome.FAILED,
        name=name,
        type_name=how,
        message=message,
        text=text or how,
    )
