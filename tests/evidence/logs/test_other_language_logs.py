""".NET, Ruby under Rails, test-unit, Elixir, Swift and Dart, whose tools leave no golden files."""

from __future__ import annotations

from healer.evidence.logs import (
    dart_output,
    dotnet_output,
    exunit_output,
    minitest_output,
    phpunit_output,
    rspec_output,
    swift_output,
)
from healer.models.evidence import CaseOutcome, Tally

VSTEST = """\
[xUnit.net 00:00:00.45]     Acme.CalcTests.Adds [FAIL]
  Failed Acme.CalcTests.Adds [5 ms]
  Error Message:
   Assert.Equal() Failure: Values differ
Expected: 3
Actual:   4
  Stack Trace:
     at Acme.CalcTests.Adds() in /src/CalcTests.cs:line 12
  Failed Acme.CalcTests.Rows(a: 1, b: "x.y") [< 1 ms]
  Error Message:
   System.InvalidOperationException : bad x
  Stack Trace:
     at Acme.Calc.Div(Int32 a) in /src/Calc.cs:line 7
   at Acme.CalcTests.Rows(Int32 a, String b) in /src/CalcTests.cs:line 20

Failed!  - Failed:     2, Passed:     3, Skipped:     1, Total:     6, Duration: 12 ms - Acme.dll (net8.0)
  Failed Short_name [1 m 5 s]
  Error Message:
     But was:  4
  Stack Trace:
     at Other.TempTests.Short_name() in C:\\src\\TempTests.cs:line 14

Failed!  - Failed:     1, Passed:     2, Skipped:     0, Total:     3, Duration: 1 s - Other.dll (net8.0)
"""


def test_vstest_names_class_and_arguments_and_sums_assemblies() -> None:
    adds, rows, short = dotnet_output.failures(VSTEST)
    assert (adds.id, adds.file, adds.line) == ("Acme.CalcTests::Adds", "/src/CalcTests.cs", 12)
    assert adds.message == "Assert.Equal() Failure: Values differ\nExpected: 3\nActual:   4"
    assert rows.id == 'Acme.CalcTests::Rows(a: 1, b: "x.y")'
    assert rows.type == "System.InvalidOperationException"
    assert short.id == "Other.TempTests::Short_name"
    assert (dotnet_output.tally(VSTEST) or (0, None))[1] == Tally(passed=5, failed=3, skipped=1)


def test_the_terminal_logger_of_dotnet_is_read() -> None:
    text = """\
    /src/CalcTests.cs(12): error TESTERROR:\x20
      Acme.CalcTests.Adds (5ms): Error Message: Assert.Equal() Failure
      Expected: 3
      Stack Trace:
         at Acme.CalcTests.Adds() in /src/CalcTests.cs:line 12
    /src/CalcTests.cs(20): error TESTERROR: Acme.CalcTests.Throws (1ms): Error Message: System.Exception : bad x
      Stack Trace:
         at Acme.CalcTests.Throws() in /src/CalcTests.cs:line 20

Test summary: total: 3, failed: 2, succeeded: 1, skipped: 0, duration: 1.3s
"""
    adds, throws = dotnet_output.failures(text)
    assert (adds.id, adds.message) == ("Acme.CalcTests::Adds", "Assert.Equal() Failure\nExpected: 3")
    assert (throws.id, throws.type, throws.line) == ("Acme.CalcTests::Throws", "System.Exception", 20)
    assert (dotnet_output.tally(text) or (0, None))[1] == Tally(passed=1, failed=2)


def test_the_testing_platform_of_dotnet_is_read() -> None:
    text = """\
failed Acme.CalcTests.Adds (5ms)
  Assert.AreEqual failed. Expected:<3>. Actual:<4>.
    at Acme.CalcTests.Adds() in /src/CalcTests.cs:12

Test run summary: Failed! - bin/Debug/net9.0/Acme.dll (net9.0|x64)
  total: 2
  failed: 1
  succeeded: 1
  skipped: 0
"""
    (failure,) = dotnet_output.failures(text)
    assert (failure.id, failure.line) == ("Acme.CalcTests::Adds", 12)
    assert (dotnet_output.tally(text) or (0, None))[1] == Tally(passed=1, failed=1)


RAILS = """\
Run options: --seed 1

# Running:

F

Failure:
CalcTest#test_adds [test/models/calc_test.rb:5]:
Expected: 3
  Actual: 2


bin/rails test test/models/calc_test.rb:4

E

Error:
CalcTest#test_raises:
ArgumentError: bad x
    app/models/calc.rb:3:in `boom'
    test/models/calc_test.rb:9:in `block in <class:CalcTest>'

bin/rails test test/models/calc_test.rb:8

Finished in 0.1s, 20.0 runs/s, 10.0 assertions/s.
3 runs, 2 assertions, 1 failures, 1 errors, 0 skips
"""


def test_rails_tells_failures_while_it_runs() -> None:
    failed, broken = minitest_output.failures(RAILS)
    assert (failed.id, failed.file, failed.line) == ("CalcTest::test_adds", "test/models/calc_test.rb", 5)
    assert failed.message == "Expected: 3\nActual: 2"
    assert (broken.kind, broken.file, broken.line) == (CaseOutcome.ERROR, "app/models/calc.rb", 3)
    assert (minitest_output.tally(RAILS) or (0, None))[1] == Tally(passed=1, failed=1, errors=1)


TEST_UNIT = f"""\
{"=" * 79}
Failure: test_add(TestCalc)
tu.rb:3:in `test_add'
     2: class TestCalc < Test::Unit::TestCase
  => 3:   def test_add; assert_equal 3, 1 + 1, "words"; end
words
<3> expected but was
<2>
{"=" * 79}
.E
{"=" * 79}
Error: test_raise(TestCalc): ArgumentError: bad x
tu.rb:4:in `test_raise'
{"=" * 79}

Finished in 0.004931035 seconds.
{"-" * 79}
4 tests, 2 assertions, 1 failures, 1 errors, 0 pendings, 1 omissions, 0 notifications
"""


def test_test_unit_is_read_too() -> None:
    failed, broken = minitest_output.failures(TEST_UNIT)
    assert (failed.id, failed.message) == ("TestCalc::test_add", "words\n<3> expected but was\n<2>")
    assert (broken.id, broken.type, broken.line) == ("TestCalc::test_raise", "ArgumentError", 4)
    assert (minitest_output.tally(TEST_UNIT) or (0, None))[1] == Tally(passed=1, failed=1, errors=1, skipped=1)


def test_a_spec_that_does_not_load_is_an_error_and_no_pass() -> None:
    text = """\

An error occurred while loading ./spec/b_spec.rb. - Did you mean?
                    rspec ./spec/g_spec.rb

Failure/Error: require 'no_such_lib'

LoadError:
  cannot load such file -- no_such_lib
# ./spec/b_spec.rb:1:in `<top (required)>'


Finished in 0.00008 seconds (files took 0.21433 seconds to load)
0 examples, 0 failures, 1 error occurred outside of examples
"""
    (failure,) = rspec_output.failures(text)
    assert (failure.id, failure.kind, failure.line) == ("spec/b_spec.rb", CaseOutcome.ERROR, 1)
    assert (failure.type, failure.message) == ("LoadError", "LoadError: cannot load such file -- no_such_lib")
    assert (rspec_output.tally(text) or (0, None))[1] == Tally(errors=1)


OLD_PHPUNIT = """\
Time: 00:00.005, Memory: 6.00 MB

There was 1 warning:

1) Warning
No tests found in class "E".

WARNINGS!
Tests: 1, Assertions: 0, Warnings: 1.
"""


def test_warnings_of_phpunit_9_fail_and_those_of_later_ones_do_not() -> None:
    new = "Time: 1\n\nOK, but there were issues!\nTests: 1, Assertions: 1, Warnings: 1.\n"
    assert [failure.name for failure in phpunit_output.failures(OLD_PHPUNIT)] == ['No tests found in class "E".']
    assert (phpunit_output.tally(OLD_PHPUNIT) or (0, None))[1] == Tally(errors=1)
    assert phpunit_output.failures(new) == ()
    assert (phpunit_output.tally(new) or (0, None))[1] == Tally(passed=1)


EXUNIT = """\
??

  0) SetupTest: failure on setup_all callback, all tests have been invalidated
     ** (RuntimeError) no db
     stacktrace:
       test/calc_test.exs:31: SetupTest.__ex_unit_setup_all_0/1

*.

  1) test adds (CalcTest)
     test/calc_test.exs:7
     Assertion with == failed
     code:  assert 1 + 1 == 3
     left:  2
     right: 3
     stacktrace:
       test/calc_test.exs:8: (test)

Finished in 0.03 seconds (0.00s async, 0.03s sync)
1 doctest, 8 tests, 1 failure, 2 invalid, 1 skipped
"""


def test_exunit_tells_failures_from_modules_that_could_not_start() -> None:
    module, test = exunit_output.failures(EXUNIT)
    assert (module.id, module.kind, module.type) == ("Elixir.SetupTest::setup_all", CaseOutcome.ERROR, "RuntimeError")
    assert (test.id, test.file, test.line) == ("Elixir.CalcTest::test adds", "test/calc_test.exs", 8)
    assert test.message == "Assertion with == failed\nleft:  2\nright: 3"
    assert (exunit_output.tally(EXUNIT) or (0, None))[1] == Tally(passed=5, failed=1, errors=2, skipped=1)


def test_a_test_file_that_does_not_compile_is_an_error() -> None:
    text = "\n== Compilation error in file test/b_test.exs ==\n** (CompileError) test/b_test.exs:1: undefined nope/0\n"
    (failure,) = exunit_output.failures(text)
    assert (failure.id, failure.kind, failure.line) == ("test/b_test.exs", CaseOutcome.ERROR, 1)


SWIFT = """\
Test Suite 'CalcTests' started at 2026-11-22 08:00:00.001
/src/Tests/CalcTests.swift:14: error: CalcTests.testAdd : XCTAssertEqual failed: ("4") is not equal to ("3")
/src/Tests/CalcTests.swift:15: error: CalcTests.testAdd : XCTAssertTrue failed
Test Case 'CalcTests.testAdd' failed (0.002 seconds)
Test Case '-[Mac.CalcTests testOther]' failed (0.002 seconds)
Test Suite 'CalcTests' failed at 2026-11-22 08:00:00.005
\t Executed 4 tests, with 1 test skipped and 3 failures (1 unexpected) in 0.002 (0.002) seconds
Test Suite 'All tests' failed at 2026-11-22 08:00:00.005
\t Executed 4 tests, with 1 test skipped and 3 failures (1 unexpected) in 0.002 (0.002) seconds
\u25c7 Test "Two things" started.
\u2718 Test "Two things" recorded an issue at AlphaTests.swift:9:5: Expectation failed: (a \u2192 1) == 2
\u21b3 more words
\u2718 Test "Two things" failed after 0.001 seconds with 1 issue.
\u2718 Test run with 2 tests in 1 suite failed after 0.001 seconds with 1 issue.
"""


def test_both_test_runners_of_swift_are_read() -> None:
    add, other, two = swift_output.failures(SWIFT)
    assert (add.id, add.line) == ("CalcTests::testAdd", 14)
    assert "XCTAssertTrue" in add.text
    assert other.id == "Mac.CalcTests::testOther"
    assert (two.id, two.file, two.line) == ("Two things", "AlphaTests.swift", 9)
    assert two.message == "Expectation failed: (a \u2192 1) == 2\n\u21b3 more words"
    assert (swift_output.tally(SWIFT) or (0, None))[1] == Tally(passed=2, failed=3, skipped=1)


DART = """\
00:00 +0 -1: test/calc_test.dart: calc adds [E]
  Expected: <3>
    Actual: <4>

  package:matcher           expect
  test/calc_test.dart 6:5   main.<fn>.<fn>

To run this test again: dart test test/calc_test.dart -p vm --plain-name 'calc adds'
00:00 +1 ~1 -2: loading test/broken_test.dart [E]
  Failed to load "test/broken_test.dart":
  test/broken_test.dart:1:8: Error: Error when reading 'lib/nope.dart'
00:00 +1 ~1 -2: Some tests failed.
"""


def test_dart_names_the_file_and_a_file_that_does_not_load_is_an_error() -> None:
    adds, broken = dart_output.failures(DART)
    assert (adds.id, adds.line) == ("test/calc_test.dart::calc adds", 6)
    assert adds.message == "Expected: <3>\nActual: <4>"
    assert (broken.id, broken.kind, broken.line) == ("test/broken_test.dart", CaseOutcome.ERROR, 1)
    assert (dart_output.tally(DART) or (0, None))[1] == Tally(passed=1, failed=1, errors=1, skipped=1)


def test_the_reporter_of_dart_for_github_is_read() -> None:
    text = """\
\u2705 test/a_test.dart: passes
##[group]\u274c test/calc_test.dart: calc adds (failed)
Expected: <3>
test/calc_test.dart 6:5   main.<fn>.<fn>
##[endgroup]
##[error]1 test passed, 1 failed.
"""
    assert [failure.id for failure in dart_output.failures(text)] == ["test/calc_test.dart::calc adds"]
    assert (dart_output.tally(text) or (0, None))[1] == Tally(passed=1, failed=1)
