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

