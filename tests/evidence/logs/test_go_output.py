from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.go_output import failures, tally
from healer.models.evidence import CaseOutcome, Tally


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


PLAIN = log("""
    printed by a test
    --- FAIL: TestAdd (0.00s)
        calc_test.go:9: starting
        calc_test.go:12: Add(1, 2):
            got  4
            want 3
    --- FAIL: TestTable (0.01s)
        --- FAIL: TestTable/two_words (0.00s)
            calc_test.go:21: bad two words
        --- FAIL: TestTable/b/c (0.00s)
            calc_test.go:22: bad b/c
    no newline--- FAIL: TestGlued (0.00s)
    --- FAIL: ExampleAdd (0.00s)
    got:
    3
    want:
    2
    FAIL
    coverage: 50.0% of statements
    FAIL\texample.com/demo/calc\t0.004s
    ok  \texample.com/demo/green\t0.002s
    ?   \texample.com/demo/notests\t[no test files]
    FAIL
""")

VERBOSE = log("""
    === RUN   TestPar
    === RUN   TestPar/a
    === PAUSE TestPar/a
    === RUN   TestPar/b
    === PAUSE TestPar/b
    === CONT  TestPar/a
        p_test.go:14: start a
    === CONT  TestPar/b
        p_test.go:14: start b
    === NAME  TestPar/a
        p_test.go:18: wrong a
    --- FAIL: TestFake (0.00s)
    --- FAIL: TestPar (0.00s)
        --- FAIL: TestPar/a (0.04s)
        --- PASS: TestPar/b (0.04s)
    === RUN   TestSkipped
        p_test.go:30: later
    --- SKIP: TestSkipped (0.00s)
    FAIL
    FAIL\texample.com/demo/par\t0.085s
    FAIL
""")

PANIC = log("""
    --- FAIL: TestBoom (0.00s)
        --- FAIL: TestBoom/inner (0.00s)
            p_test.go:9: about to
    panic: runtime error: index out of range [5] with length 1 [recovered]
    \tpanic: runtime error: index out of range [5] with length 1

    goroutine 20 [running]:
    testing.tRunner.func1()
    \t/usr/lib/go-1.19/src/testing/testing.go:1399 +0x39f
    panic({0x518a00, 0xc0000d0048})
    \t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212
    example.com/demo/panics.Index(...)
    \t/home/dev/demo/panics/p.go:3
    example.com/demo/panics.TestBoom.func1(0x0?)
    \t/home/dev/demo/panics/p_test.go:10 +0x56
    testing.tRunner(0xc000096b60, 0x52f310)
    \t/usr/lib/go-1.19/src/testing/testing.go:1446 +0x10b
    exit status 2
    FAIL\texample.com/demo/panics\t0.006s
    FAIL
""")

TIMEOUT = log("""
    panic: test timed out after 1s
    \trunning tests:
    \t\tTestSlow (1s)
    \t\tTestSlow/deep (1s)

    goroutine 5 [running]:
    testing.(*M).startAlarm.func1()
    \t/opt/go/src/testing/testing.go:2961 +0x34a

    goroutine 19 [sleep]:
    time.Sleep(0x2540be400)
    \t/opt/go/src/runtime/time.go:368 +0x135
    example.com/demo/slow.TestSlow.func1(0xc000096680?)
    \t/home/dev/demo/slow/s_test.go:10 +0x25
    FAIL\texample.com/demo/slow\t1.005s
    FAIL
""")

BUILD = log("""
    # example.com/demo/setupf
    setupf/s_test.go:6:2: no required module provides package example.org/assert; to add it:
    \tgo get example.org/assert
    FAIL\texample.com/demo/setupf [setup failed]
    # example.com/demo/broken [example.com/demo/broken.test]
    broken/b.go:5:23: undefined: undefinedThing
    broken/b.go:7:26: cannot use 1 (untyped int constant) as string value in return statement
    FAIL\texample.com/demo/broken [build failed]
    cannot reach the database
    FAIL\texample.com/demo/testmain\t0.002s
    FAIL
""")

RACE = log("""
    ==================
    WARNING: DATA RACE
    Read at 0x00c000092018 by goroutine 8:
      example.com/demo/race.TestRace.func1()
          /home/dev/demo/race/r_test.go:13 +0x74

    Previous write at 0x00c000092018 by goroutine 9:
      example.com/demo/race.TestRace.func1()
          /home/dev/demo/race/r_test.go:15 +0x86
    ==================
    --- FAIL: TestRace (0.00s)
        testing.go:1319: race detected during execution of test
    FAIL
    FAIL\texample.com/demo/race\t0.025s
    FAIL
""")

TESTIFY = log("""
    --- FAIL: TestEq (0.00s)
        t_test.go:20: 
            \tError Trace:\t/home/dev/tf/check.go:5
            \t            \t\t\t\t/home/dev/tf/t_test.go:20
            \tError:      \tNot equal: 
            \t            \texpected: 1
            \t            \tactual  : 2
            \tTest:       \tTestEq
            \tMessages:   \tthey differ
    FAIL
    FAIL\texample.com/tf\t0.003s
    FAIL
""")  # noqa: W291 - testify leaves blanks at the ends of lines

FUZZ = log("""
    fuzz: elapsed: 0s, gathering baseline coverage: 0/1 completed
    --- FAIL: FuzzX (0.03s)
        --- FAIL: FuzzX (0.00s)
            f_test.go:9: too long: "000"
        
        Failing input written to testdata/fuzz/FuzzX/d503c9c96aac93cf
        To re-run:
        go test -run=FuzzX/d503c9c96aac93cf
    FAIL
    exit status 1
    FAIL\texample.com/demo/fz\t0.030s
""")  # noqa: W293 - go test indents the blank line

GOTESTSUM = log("""
    ✖  calc (6ms)
    ✓  green (cached)

    === Skipped
    === SKIP: calc TestSkipped (0.00s)
        calc_test.go:36: not today

    === Failed
    === FAIL: calc TestTable/two (0.00s)
        calc_test.go:46: want 2, got 3
        --- FAIL: TestTable/two (0.00s)

    === FAIL: calc TestTable (0.00s)

    === FAIL: testmain  (0.00s)
    cannot set up the database
    FAIL\texample.com/calc/testmain\t0.001s

    DONE 28 tests, 2 skipped, 3 failures in 0.351s
""")

RERUN = log("""
    === Failed
    === FAIL: calc TestFlaky (0.00s)
        calc_test.go:1: got 1, want 2

    === FAIL: calc TestRed (0.00s)
        calc_test.go:2: got 1, want 2

    === FAIL: calc TestRed (re-run 1) (0.00s)
        calc_test.go:2: got 1, want 2

    DONE 2 runs, 12 tests, 3 failures in 0.351s
""")

PATH = "example.com/demo/calc::"


@pytest.mark.parametrize(
    ("text", "expected", "counted"),
    [
        pytest.param(
            PLAIN,
            [PATH + name for name in ("TestAdd", "TestTable", "TestTable/two_words", "TestTable/b/c", "TestGlued")]
            + [PATH + "ExampleAdd"],
            Tally(passed=1, failed=6),
            id="plain: a package of which no test shows counts as one",
        ),
        pytest.param(
            VERBOSE,
            ["example.com/demo/par::TestPar", "example.com/demo/par::TestPar/a"],
            Tally(passed=1, failed=2, skipped=1),
            id="verbose: a result that was never announced was printed by a test",
        ),
        pytest.param(
            PANIC,
            ["example.com/demo/panics::TestBoom", "example.com/demo/panics::TestBoom/inner"],
            Tally(failed=1, errors=1),
            id="panic",
        ),
        pytest.param(TIMEOUT, ["example.com/demo/slow::TestSlow/deep"], Tally(errors=1), id="timeout"),
        pytest.param(
            BUILD,
            ["example.com/demo/setupf", "example.com/demo/broken", "example.com/demo/testmain"],
            Tally(errors=3),
            id="packages that do not build or end early",
        ),
        pytest.param(RACE, ["example.com/demo/race::TestRace"], Tally(failed=1), id="race"),
        pytest.param(TESTIFY, ["example.com/tf::TestEq"], Tally(failed=1), id="testify"),
        pytest.param(FUZZ, ["example.com/demo/fz::FuzzX"], Tally(failed=1), id="fuzz"),
        pytest.param(
            GOTESTSUM,
            ["example.com/calc/testmain", "example.com/calc/calc::TestTable/two", "example.com/calc/calc::TestTable"],
            Tally(passed=23, failed=3, skipped=2),
            id="gotestsum leaves the module's name off",
        ),
        pytest.param(RERUN, ["calc::TestRed"], Tally(passed=9, failed=3), id="gotestsum: the last attempt counts"),
        pytest.param("ok  \texample.com/a\t(cached)\n", [], Tally(passed=1), id="green"),
        pytest.param("ok  \texample.com/a\t0.1s [no tests to run]\n", [], Tally(), id="no test ran"),
        pytest.param("?   \texample.com/a\t[no test files]\n", [], Tally(), id="no test files"),
    ],
)
def test_failing_tests_and_packages_are_named_and_counted(text: str, expected: list[str], counted: Tally) -> None:
    found = failures(text)
    assert sorted(failure.id for failure in found) == sorted(expected)
    told = tally(text)
    assert told is not None
    assert told[1] == counted


@pytest.mark.parametrize(
    ("text", "identity", "kind", "place", "message"),
    [
        (PLAIN, PATH + "TestAdd", CaseOutcome.FAILED, ("calc_test.go", 12), "Add(1, 2):\ngot  4\nwant 3"),
        (PLAIN, PATH + "TestTable", CaseOutcome.FAILED, ("calc_test.go", 21), "bad two words"),
        (PLAIN, PATH + "ExampleAdd", CaseOutcome.FAILED, (None, None), "got:\n3\nwant:\n2"),
        (VERBOSE, "example.com/demo/par::TestPar/a", CaseOutcome.FAILED, ("p_test.go", 18), "wrong a"),
        (
            PANIC,
            "example.com/demo/panics::TestBoom/inner",
            CaseOutcome.ERROR,
            ("/home/dev/demo/panics/p.go", 3),
            "panic: runtime error: index out of range [5] with length 1",
        ),
        (
            TIMEOUT,
            "example.com/demo/slow::TestSlow/deep",
            CaseOutcome.ERROR,
            ("/home/dev/demo/slow/s_test.go", 10),
            "panic: test timed out after 1s",
        ),
        (BUILD, "example.com/demo/broken", CaseOutcome.ERROR, ("broken/b.go", 5), "undefined: undefinedThing"),
        (BUILD, "example.com/demo/testmain", CaseOutcome.ERROR, (None, None), "cannot reach the database"),
        (
            RACE,
            "example.com/demo/race::TestRace",
            CaseOutcome.FAILED,
            ("/home/dev/demo/race/r_test.go", 13),
            "race detected during execution of test",
        ),
        (
            TESTIFY,
            "example.com/tf::TestEq",
            CaseOutcome.FAILED,
            ("t_test.go", 20),
            "Not equal:\nexpected: 1\nactual  : 2\nthey differ",
        ),
        (FUZZ, "example.com/demo/fz::FuzzX", CaseOutcome.FAILED, ("f_test.go", 9), 'too long: "000"'),
    ],
)
def test_a_failure_tells_where_and_why_in_gos_own_words(
    text: str, identity: str, kind: CaseOutcome, place: tuple[str | None, int | None], message: str
) -> None:
    failure = next(failure for failure in failures(text) if failure.id == identity)
    assert (failure.kind, (failure.file, failure.line), failure.message) == (kind, place, message)


def test_lines_belong_to_the_test_that_printed_them() -> None:
    by_id = {failure.id: failure for failure in failures(VERBOSE)}
    text = by_id["example.com/demo/par::TestPar/a"].text
    assert "start a" in text
    assert "start b" not in text


def test_what_a_test_prints_does_not_end_its_package() -> None:
    text = PLAIN.replace("no newline---", "ok  \texample.com/fake\t0.001s\nno newline---")
    assert {failure.suite for failure in failures(text)} == {"example.com/demo/calc"}


def test_the_stack_of_a_panic_runs_from_the_outermost_frame_inwards() -> None:
    failure = next(failure for failure in failures(PANIC) if failure.kind is CaseOutcome.ERROR)
    own = [frame.line for frame in failure.frames if frame.file.startswith("/home/dev/")]
    assert own == [10, 3]


def test_a_failing_test_without_its_package_is_named_alone() -> None:
    assert failures(PLAIN.partition("FAIL\n")[0])[0].id == "TestAdd"


def test_a_run_that_is_repeated_and_passes_has_its_own_result() -> None:
    told = tally(PLAIN + "ok  \texample.com/demo/calc\t0.004s\n")
    assert told is not None
    assert tally((PLAIN + "ok  \texample.com/demo/calc\t0.004s\n")[told[0] :]) == (0, Tally(passed=1))
