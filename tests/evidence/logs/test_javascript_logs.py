"""Jest, Mocha, Cypress, Jasmine, Karma, Playwright, Vitest: what their golden files do not show."""

from __future__ import annotations

import pytest

from healer.evidence.logs import jasmine_output, jest_output, mocha_output, playwright_output, vitest_output
from healer.models.evidence import CaseOutcome, Tally

JEST = """\
PASS src/b.test.js (5.1 s)
FAIL unit src/my tests/a.test.js (12 s, 80 MB heap size)
  \u25cf Console

    console.log
      \u25cf calc \u203a fake

  \u25cf calc \u203a adds

    expect(received).toBe(expected) // Object.is equality

    Expected: 3
    Received: 4

      4 |     it('small', () => {
    > 5 |       expect(add(1, 2)).toBe(3);

      at Object.toBe (src/my tests/a.test.js:5:25)

 \u203a 1 snapshot failed.
FAIL src/c.test.js
  \u25cf Test suite failed to run

    SyntaxError: /w/src/c.test.js: Unexpected token (2:13)

"""
JEST_END = """\
Test Suites: 2 failed, 1 passed, 3 total
Tests:       1 failed, 2 skipped, 1 todo, 5 passed, 9 total
"""


def test_jest_names_the_test_its_words_and_its_place() -> None:
    test, suite = jest_output.failures(JEST + JEST_END)
    assert (test.id, test.suite, test.name) == ("src/my tests/a.test.js::calc > adds", "calc", "adds")
    assert (test.kind, test.file, test.line) == (CaseOutcome.FAILED, "src/my tests/a.test.js", 5)
    assert test.message == "expect(received).toBe(expected) // Object.is equality\nExpected: 3\nReceived: 4"
    assert "fake" not in test.text
    assert "snapshot failed" not in test.text
    assert (suite.id, suite.kind, suite.line) == ("src/c.test.js", CaseOutcome.ERROR, 2)


def test_jest_counts_a_suite_that_failed_to_run_as_an_error() -> None:
    assert jest_output.tally(JEST + JEST_END) == (len(JEST), Tally(passed=5, failed=1, errors=1, skipped=3))


def test_jest_saying_all_failures_again_at_the_end_adds_none() -> None:
    again = JEST + "Summary of all failing tests\n" + JEST[JEST.index("FAIL unit") :] + JEST_END
    assert len(jest_output.failures(again)) == 2


def test_of_two_runs_in_one_log_all_counts_are_summed() -> None:
    green = "Test Suites: 1 passed, 1 total\nTests:       4 passed, 4 total\n"
    assert jest_output.tally(JEST + JEST_END + "\n" + green) == (
        len(JEST + JEST_END) + 1,
        Tally(passed=9, failed=1, errors=1, skipped=3),
    )


VITEST = """\
\u23af\u23af\u23af\u23af Failed Tests 1 \u23af\u23af\u23af\u23af

 FAIL  |unit| src/a.test.ts > calc > soft
AssertionError: expected 1 to be 2 // Object.is equality

- Expected
+ Received

- 2
+ 1

 \u276f src/a.test.ts:15:37

\u23af\u23af\u23af\u23af[1/2]\u23af

 FAIL  |unit| src/a.test.ts > calc > soft
AssertionError: expected 3 to be 4 // Object.is equality
 \u276f src/a.test.ts:16:37

\u23af\u23af\u23af\u23af[2/2]\u23af

 Test Files  1 failed | 2 passed (3)
      Tests  1 failed | 6 passed | 3 skipped | 1 todo (11)
"""


def test_soft_assertions_of_one_vitest_test_are_one_failure_at_the_first_of_them() -> None:
    (failure,) = vitest_output.failures(VITEST)
    assert (failure.id, failure.line) == ("src/a.test.ts::calc > soft", 15)
    assert failure.message.startswith("AssertionError: expected 1 to be 2")
    assert "expected 3 to be 4" in failure.text
    assert (vitest_output.tally(VITEST) or (0, None))[1] == Tally(passed=6, failed=1, skipped=4)


def test_tests_that_fail_with_one_error_are_named_each() -> None:
    two = VITEST.replace("Failed Tests 1", "Failed Tests 3").replace(
        " FAIL  |unit| src/a.test.ts > calc > soft\nAssertionError: expected 3",
        " FAIL  src/a.test.ts > one\n FAIL  src/a.test.ts > two\nAssertionError: expected 3",
    )
    assert [failure.name for failure in vitest_output.failures(two)] == ["soft", "one", "two"]


CYPRESS = """\
  Running:  login.cy.js                                                                    (1 of 2)


  login

    1) fails


  1 passing (5s)
  1 failing

  1) login
       fails:
     AssertionError: expected '/' to equal '/home'
      + expected - actual

      -'/'
      +'/home'

      at Context.eval (webpack:///./cypress/e2e/login.cy.js:7:20)

  (Results)

  Running:  ok.cy.js                                                                       (2 of 2)

  2 passing (1s)
"""


def test_cypress_names_the_spec_and_every_spec_counts() -> None:
    (failure,) = mocha_output.failures(CYPRESS)
    assert (failure.id, failure.line) == ("login.cy.js::login > fails", 7)
    assert failure.message == "AssertionError: expected '/' to equal '/home'"
    assert (mocha_output.tally(CYPRESS) or (0, None))[1] == Tally(passed=3, failed=1)


def test_a_mocha_title_of_several_lines_is_read_to_its_colon() -> None:
    text = (
        "\n\n  0 passing (1ms)\n  1 failing\n\n  1) calc\n       multi\nline:\n     Error: x\n      at a (t.js:1:2)\n"
    )
    assert mocha_output.failures(text)[0].id == "calc > multi line"


JASMINE = """\
Failures:
1) calc adds small
  Message:
    Expected 2 to be 3.
  Stack:
        at UserContext.<anonymous> (/w/spec/a_spec.js:2:62)

Suite error: hooked
  Message:
    Error: no db
  Stack:
        at UserContext.<anonymous> (/w/spec/a_spec.js:6:52)
Pending:

1) calc skipped
  Temporarily disabled with xit

5 specs, 2 failures, 1 pending spec
"""


def test_jasmine_specs_fail_and_suites_err() -> None:
    spec, suite = jasmine_output.failures(JASMINE)
    assert (spec.id, spec.message, spec.line) == ("calc adds small", "Expected 2 to be 3.", 2)
    assert (suite.id, suite.kind) == ("Suite error: hooked", CaseOutcome.ERROR)
    assert (jasmine_output.tally(JASMINE) or (0, None))[1] == Tally(passed=3, failed=1, errors=1, skipped=1)


KARMA = """\
Chrome Headless 120.0 (Linux x86_64): Executed 1 of 3 SUCCESS (0 secs / 0.1 secs)
Chrome Headless 120.0 (Linux x86_64) calc adds FAILED
\tExpected 2 to be 3.
\t    at <Jasmine>
\t    at UserContext.<anonymous> (src/a.spec.ts:5:23)
Chrome Headless 120.0 (Linux x86_64): Executed 3 of 3 (1 FAILED) (skipped 1) (0.1 secs / 0.05 secs)
"""


def test_karma_names_the_spec_behind_the_browser() -> None:
    (failure,) = jasmine_output.failures(KARMA)
    assert (failure.id, failure.file, failure.line) == ("calc adds", "src/a.spec.ts", 5)
    assert (jasmine_output.tally(KARMA) or (0, None))[1] == Tally(passed=1, failed=1, skipped=1)


PLAYWRIGHT = """\
Running 3 tests using 1 worker

  1) [chromium] \u203a tests/a.spec.ts:3:3 \u203a calc \u203a small \u203a open \u2500\u2500\u2500\u2500

    Error: first try

        at /w/tests/a.spec.ts:4:45

    Retry #1 \u2500\u2500\u2500\u2500

    Error: last try

        at /w/tests/a.spec.ts:5:45

  2) [chromium] \u203a tests/a.spec.ts:7:3 \u203a calc \u203a flaky \u2500\u2500\u2500\u2500

    Error: once

  1 failed
    [chromium] \u203a tests/a.spec.ts:3:3 \u203a calc \u203a small \u2500\u2500\u2500\u2500
  1 flaky
    [chromium] \u203a tests/a.spec.ts:7:3 \u203a calc \u203a flaky \u2500\u2500\u2500\u2500
  1 passed (5.9s)
"""


def test_playwright_retries_are_one_test_with_its_last_word_and_flaky_ones_passed() -> None:
    (failure,) = playwright_output.failures(PLAYWRIGHT)
    assert (failure.id, failure.suite, failure.line) == ("tests/a.spec.ts::calc > small", "chromium", 5)
    assert failure.message == "Error: last try"
    assert playwright_output.tally(PLAYWRIGHT) == (0, Tally(passed=2, failed=1))


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        (jest_output, "No tests found, exiting with code 1\n"),
        (vitest_output, "\nNo test files found, exiting with code 1\n"),
        (playwright_output, "\nError: No tests found.\nMake sure that arguments are regular expressions matching.\n"),
    ],
    ids=["jest", "vitest", "playwright"],
)
def test_a_run_that_finds_nothing_counts_nothing(parser: object, text: str) -> None:
    counted = parser.tally(text)  # type: ignore[attr-defined] # a module
    assert counted is not None
    assert counted[1] == Tally()
