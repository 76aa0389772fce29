from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.cargo_output import failures, tally
from healer.models.evidence import CaseOutcome, Tally


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


FULL = log("""
    ----
        Finished `test` profile [unoptimized + debuginfo] target(s) in 0.85s
         Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)

    running 6 tests
    test tests::adds ... FAILED
    test tests::good ... ok
    test tests::later ... ignored
    test tests::other - should panic ... FAILED
    test tests::quiet - should panic ... FAILED
    test tests::res ... FAILED

    failures:

    ---- tests::adds stdout ----
    some output
    test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

    thread 'tests::adds' (5751) panicked at src/lib.rs:12:25:
    assertion `left == right` failed: sum of 1
      left: 3
     right: 4
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

    ---- tests::other stdout ----

    thread 'tests::other' panicked at 'xyz', src/lib.rs:18:60
    note: panic did not contain expected string
          panic message: `"xyz"`,
     expected substring: `"abc"`
    ---- tests::quiet stdout ----
    note: test did not panic as expected at src/lib.rs:17:32
    ---- tests::res stdout ----
    Error: "bad"


    failures:
        tests::adds
        tests::other
        tests::quiet
        tests::res

    test result: FAILED. 1 passed; 4 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.07s

    error: test failed, to rerun pass `--lib`
         Running tests/green.rs (target/debug/deps/green-ad25b52a9ec4da17)

    running 1 test
    test fine ... ok

    test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

       Doc-tests demo

    running 1 test
    test src/lib.rs - add (line 3) ... FAILED

    failures:

    ---- src/lib.rs - add (line 3) stdout ----
    Test executable failed (exit status: 101).

    stderr:

    thread 'main' (5791) panicked at /tmp/rustdoctestYfAGvX/doctest_bundle_2024.rs:6:1:
    assertion `left == right` failed
      left: 3
     right: 4



    failures:
        src/lib.rs - add (line 3)

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.06s

    error: doctest failed, to rerun pass `--doc`
    error: 2 targets failed:
        `--lib`
        `--doc`
""")

OLD = log("""
    running 1 test
    test tests::adds ... FAILED

    failures:

    ---- tests::adds stdout ----
    thread 'tests::adds' panicked at 'assertion failed: `(left == right)`
      left: `3`,
     right: `4`', src/lib.rs:8:9
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


    failures:
        tests::adds

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
""")

BACKTRACE = log("""
    running 1 test
    test tests::opt ... FAILED

    failures:

    ---- tests::opt stdout ----

    thread 'tests::opt' (5756) panicked at /rustc/59807/library/core/src/option.rs:1016:21:
    called `Option::unwrap()` on a `None` value
    stack backtrace:
       0: core::panicking::panic
                 at /rustc/59807/library/core/src/panicking.rs:150:5
       1: demo::tests::opt
                 at ./src/lib.rs:20:53
       2: demo::tests::opt::{{closure}}
                 at ./src/lib.rs:20:21
    note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.


    failures:
        tests::opt

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
""")

OVERFLOW = log("""
    ----
         Running unittests src/lib.rs (target/debug/deps/abort-268ca3fa4df4c43a)

    running 2 tests
    test tests::aa_ok ... ok
    test tests::bb_so ... 
    thread 'tests::bb_so' (14560) has overflowed its stack
    fatal runtime error: stack overflow, aborting
    error: test failed, to rerun pass `--lib`

    Caused by:
      process didn't exit successfully: `/x/deps/abort-268ca3fa4df4c43a` (signal: 6, SIGABRT: process abort signal)
""")  # noqa: W291 - libtest leaves a blank at the end of the line

ABORT = log("""
    ----
         Running unittests src/lib.rs (target/debug/deps/abort-268ca3fa4df4c43a)

    running 3 tests
    test tests::aa_ok ... ok
    error: test failed, to rerun pass `--lib`

    Caused by:
      process didn't exit successfully: `/x/deps/abort-268ca3fa4df4c43a` (signal: 6, SIGABRT: process abort signal)
""")

NOCAPTURE = log("""
    running 3 tests
    test tests::adds_wrong ... 
    thread 'tests::adds_wrong' (29317) panicked at src/lib.rs:41:9:
    assertion `left == right` failed
      left: 3
     right: 4
    FAILED
    test tests::returns_error ... Error: "went wrong"
    FAILED
    test tests::fine ... ok

    failures:

    failures:
        tests::adds_wrong
        tests::returns_error

    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
""")  # noqa: W291 - libtest leaves a blank at the end of the line

DOCUMENTED = "src/lib.rs - add (line 3)"

NEXTEST = log("""
    ----
        Finished `test` profile [unoptimized + debuginfo] target(s) in 0.10s
        Starting 4 tests across 2 binaries (run ID: 009dd9df-bb3e-44ac-901f-a811501f3275, nextest profile: default)
            PASS [   0.006s] demo::integration test_ok
            FAIL [   0.007s] demo::integration test_fail

    --- STDOUT:              demo::integration test_fail ---

    running 1 test
    test test_fail ... FAILED

    failures:

    failures:
        test_fail

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s


    --- STDERR:              demo::integration test_fail ---
    thread 'test_fail' panicked at demo/tests/integration.rs:3:5:
    assertion `left == right` failed
      left: 1
     right: 2

      TRY 1 FAIL [   0.005s] demo tests::flaky
      TRY 2 PASS [   0.005s] demo tests::flaky
         SIGABRT [   0.050s] demo tests::aborts
    ------------
         Summary [   0.010s] 4 tests run: 2 passed (1 flaky), 2 failed, 3 skipped
       FLAKY 2/3 [   0.005s] demo tests::flaky
         SIGABRT [   0.050s] demo tests::aborts
            FAIL [   0.007s] demo::integration test_fail
    error: test run failed
""")


@pytest.mark.parametrize(
    ("text", "expected", "counted"),
    [
        pytest.param(
            FULL,
            ["tests::adds", "tests::other", "tests::quiet", "tests::res", "src/lib.rs - add (line 3)"],
            Tally(passed=2, failed=5, skipped=1),
            id="all binaries of one run; a result inside a test's output is the test's",
        ),
        pytest.param(OLD, ["tests::adds"], Tally(failed=1), id="one binary by itself"),
        pytest.param(OVERFLOW, ["tests::bb_so"], Tally(errors=1), id="stack overflow"),
        pytest.param(ABORT, ["abort"], Tally(errors=1), id="abort: the binary stands for a test that is not known"),
        pytest.param(
            NOCAPTURE,
            ["tests::adds_wrong", "tests::returns_error"],
            Tally(passed=1, failed=2),
            id="output that was not captured",
        ),
        pytest.param(NEXTEST, ["test_fail", "tests::aborts"], Tally(passed=2, failed=2, skipped=3), id="nextest"),
        pytest.param(
            NEXTEST + FULL,
            [*["test_fail", "tests::aborts", "tests::adds", "tests::other", "tests::quiet", "tests::res"], DOCUMENTED],
            Tally(passed=4, failed=7, skipped=4),
            id="nextest, and cargo test for the documents",
        ),
        pytest.param(
            "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; "
            "finished in 0.00s\n",
            [],
            Tally(),
            id="no test ran",
        ),
    ],
)
def test_failing_tests_are_named_as_libtest_names_them(text: str, expected: list[str], counted: Tally) -> None:
    assert [failure.id for failure in failures(text)] == expected
    told = tally(text)
    assert told is not None
    assert told[1] == counted


@pytest.mark.parametrize(
    ("text", "identity", "place", "message"),
    [
        (FULL, "tests::adds", ("src/lib.rs", 12), "assertion `left == right` failed: sum of 1\nleft: 3\nright: 4"),
        (
            FULL,
            "tests::other",
            ("src/lib.rs", 18),
            'note: panic did not contain expected string\npanic message: `"xyz"`,\nexpected substring: `"abc"`',
        ),
        (FULL, "tests::quiet", ("src/lib.rs", 17), "note: test did not panic as expected at src/lib.rs:17:32"),
        (FULL, "tests::res", (None, None), 'Error: "bad"'),
        (
            FULL,
            "src/lib.rs - add (line 3)",
            ("src/lib.rs", 3),
            "assertion `left == right` failed\nleft: 3\nright: 4",
        ),
        (OLD, "tests::adds", ("src/lib.rs", 8), "assertion failed: `(left == right)`\nleft: `3`,\nright: `4`"),
        (BACKTRACE, "tests::opt", ("./src/lib.rs", 20), "called `Option::unwrap()` on a `None` value"),
        (NOCAPTURE, "tests::adds_wrong", ("src/lib.rs", 41), "assertion `left == right` failed\nleft: 3\nright: 4"),
        (NEXTEST, "test_fail", ("demo/tests/integration.rs", 3), "assertion `left == right` failed\nleft: 1\nright: 2"),
    ],
)
def test_a_failure_tells_the_panic_in_its_old_and_its_new_form(
    text: str, identity: str, place: tuple[str | None, int | None], message: str
) -> None:
    failure = next(failure for failure in failures(text) if failure.id == identity)
    assert ((failure.file, failure.line), failure.message) == (place, message)


def test_a_process_that_died_is_an_error_and_a_panic_a_failure() -> None:
    assert {failure.kind for failure in failures(OVERFLOW + ABORT)} == {CaseOutcome.ERROR}
    assert {failure.kind for failure in failures(FULL)} == {CaseOutcome.FAILED}


def test_each_text_is_of_one_test_alone() -> None:
    for failure in failures(FULL):
        assert failure.text.count("panicked at") <= 1
        assert "---- " not in failure.text


def test_the_suite_is_the_crate_or_the_binary() -> None:
    assert [failure.suite for failure in failures(FULL)] == ["demo"] * 5
    assert failures(NEXTEST)[0].suite == "demo::integration"
