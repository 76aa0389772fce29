"""Failing test cases from what a command printed, for suites that leave no report.

Two tiers: what a test framework says of its test cases counts first. Compilers and linters are listened to where no
framework names a failing test, for a build that broke is then the failure itself; a program's traceback comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from healer.evidence.limits import OUTPUT_CHARACTERS
from healer.evidence.logs import (
    bats_output,
    boost_output,
    build_tool_output,
    cargo_output,
    catch2_output,
    compilers,
    ctest_output,
    cucumber_output,
    dart_output,
    doctest_cpp_output,
    doctest_output,
    dotnet_output,
    exunit_output,
    go_output,
    gradle_output,
    gtest_output,
    jasmine_output,
    jest_output,
    junit_console_output,
    jvm_crash,
    linters,
    minitest_output,
    mocha_output,
    node_crash,
    node_test_output,
    php_fatal,
    phpunit_output,
    playwright_output,
    prove_output,
    pytest_output,
    rspec_output,
    ruby_crash,
    sanitizers,
    sbt_output,
    surefire_output,
    swift_output,
    tap_output,
    teamcity_output,
    unittest_output,
    vitest_output,
)
from healer.evidence.logs.condensing import blocks_of, condensed
from healer.evidence.logs.pytest_runs import without_captured
from healer.evidence.logs.traceback_output import SCRIPT, died
from healer.evidence.wording import clean
from healer.models.evidence import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.models.evidence import Failure

__all__ = [
    "DIAGNOSTICS",
    "FRAMEWORKS",
    "LAST_WORDS",
    "PARSERS",
    "SCRIPT",
    "Heard",
    "LogParser",
    "hear",
    "printed_tally",
    "read_output",
]


class LogParser(Protocol):
    r"""What one tool prints. Modules satisfy it by shape; to add a tool, write such a module and name it below.

    The text is clean (no colours, no time stamps of a CI, `\n` ends) and at most OUTPUT_CHARACTERS long. Both must
    take linear time, and be silent on what other tools print.
    """

    def failures(self, text: str) -> tuple[Failure, ...]:
        """Return what failed, in order of the text."""

    def tally(self, text: str) -> tuple[int, Tally] | None:
        """Return where the last printed result stands and what all results of the tool count; None without any."""


FRAMEWORKS: tuple[LogParser, ...] = (
    pytest_output,
    unittest_output,
    doctest_output,
    jest_output,
    vitest_output,
    mocha_output,
    node_test_output,
    jasmine_output,
    playwright_output,
    surefire_output,
    gradle_output,
    junit_console_output,
    sbt_output,
    dotnet_output,
    rspec_output,
    minitest_output,
    phpunit_output,
    prove_output,
    tap_output,
    bats_output,
    cucumber_output,
    teamcity_output,
    exunit_output,
    swift_output,
    dart_output,
    go_output,
    cargo_output,
    gtest_output,
    catch2_output,
    doctest_cpp_output,
    boost_output,
    ctest_output,
)
"""Tools that run test cases and name those that failed; a build that such a tool reports as failed is theirs too."""

DIAGNOSTICS: tuple[LogParser, ...] = (compilers, linters)
"""Compilers, linters, type checkers: heard only where no framework names a failing test case."""

LAST_WORDS: tuple[LogParser, ...] = (sanitizers, node_crash, jvm_crash, ruby_crash, php_fatal, build_tool_output)
"""What programs say when they die, and build tools when they give up: heard only where nothing else says why."""

PARSERS: tuple[LogParser, ...] = (*FRAMEWORKS, *DIAGNOSTICS)


@dataclass(frozen=True, slots=True)
class Heard:
    """What tools said in a piece of output: failures, the sum of their results, and those that a retry made good."""

    failures: tuple[Failure, ...] = ()
    tally: Tally | None = None
    forgiven: tuple[Failure, ...] = ()
    is_green: bool = False
    """Whether the last printed result is one without failures, and counts at least one test case."""


def read_output(text: str) -> tuple[Failure, ...]:
    """Return the failing test cases that printed output shows, each tool's in its order, the tools in the text's.

    Where no test framework names any, these are what compilers and linters complain of, and else the traceback of a
    Python program that died (one failure with id `script`). Colours may be in it. A run that printed a green result
    has no failures, whatever it logged before.
    """
    return hear(_plain(text)).failures


def printed_tally(text: str) -> Tally | None:
    """Return the counts of the tool that printed its result last, or None if there is no result.

    unittest says how many ran and failed; what is left is taken as passed. Expected failures count as skipped.
    """
    results = _results(without_captured(_plain(text)))
    return max(results, key=lambda result: result[0])[1] if results else None


def hear(plain: str, *, has_failed: bool | None = None) -> Heard:
    """Read clean output of which it is known, or not (None), whether what printed it failed in the end."""
    plain = without_captured(plain)
    named = _said_by(FRAMEWORKS, plain)
    results = _results(plain)
    total = sum((tally for _, tally in results), Tally()) if results else None
    position, last = _last(plain, max((position for position, _ in results), default=None))
    is_green = last is not None and last.tests > 0 and not last.failing
    if named:
        is_forgiven = has_failed is False and is_green
        return Heard(
            () if is_forgiven else named, last if is_forgiven else total, named if is_forgiven else (), is_green
        )
    if has_failed is False:
        return Heard((), total, (), is_green)
    # What was printed before a green result did not break the run.
    told = plain[position:] if is_green and has_failed is None else plain
    found = _said_by(DIAGNOSTICS, told)
    if not found and (has_failed or not (last and not last.failing)):
        script = died(plain)
        found = (script,) if script else next(filter(None, (parser.failures(plain) for parser in LAST_WORDS)), ())
    return Heard(found, total, (), is_green)


def _plain(text: str) -> str:
    """Return the text clean, and where it is too long what stands around signs of failure."""
    return clean(text if len(text) <= OUTPUT_CHARACTERS else condensed(blocks_of(text)).text)


def _last(plain: str, position: int | None) -> tuple[int, Tally | None]:
    """Return the last printed result by itself, where others came before it."""
    if position is None:
        return 0, None
    alone = _results(plain[position:])
    return position, max(alone, key=lambda result: result[0])[1] if alone else None


def _results(plain: str) -> list[tuple[int, Tally]]:
    return [result for parser in PARSERS if (result := parser.tally(plain))]


def _said_by(parsers: Iterable[LogParser], plain: str) -> tuple[Failure, ...]:
    found = [failures for parser in parsers if (failures := parser.failures(plain))]
    found.sort(key=lambda failures: plain.find(failures[0].text.partition("\n")[0] or failures[0].name))
    return tuple(failure for failures in found for failure in failures)
