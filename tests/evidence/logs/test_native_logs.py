"""The parsers of Go, Rust, C and C++ output, compilers and linters: silent on other tools, and never surprised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.limits import FAILURES, TEXT_CHARACTERS
from healer.evidence.logs import (
    boost_output,
    cargo_output,
    catch2_output,
    compilers,
    ctest_output,
    doctest_cpp_output,
    go_output,
    gtest_output,
    linters,
    sanitizers,
)
from healer.evidence.wording import clean

if TYPE_CHECKING:
    from healer.evidence.logs.console import LogParser

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
PARSERS: dict[str, LogParser] = {
    "boost": boost_output,
    "cargo": cargo_output,
    "catch2": catch2_output,
    "compilers": compilers,
    "ctest": ctest_output,
    "doctest": doctest_cpp_output,
    "go": go_output,
    "gtest": gtest_output,
    "linters": linters,
    "sanitizers": sanitizers,
}
OTHERS = (
    *("pytest", "unittest", "jest", "vitest", "mocha", "node-test", "playwright", "rspec", "minitest", "phpunit"),
    *("prove", "bats"),
)
"""Tools whose output none of these parsers has any business with."""

WORDS = (
    "--- FAIL: TestX (0.00s)\n|=== RUN   TestX\n|    a_test.go:1: want 1|FAIL\tp\t0.1s\n|ok  \tp\t0.1s\n"
    "|panic: x\n|# p\n"
    "|goroutine 1 [running]:\n|\t/a/b.go:3 +0x1\n|=== FAIL: p TestX (0.00s)\n|DONE 1 tests in 1s\n|running 1 test\n"
    "|test a ... FAILED\n|---- a stdout ----\n|failures:\n|    a\n|thread 'a' panicked at 'x', s.rs:1:2\n"
    "|test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    "|     Running unittests s.rs (d-0123456789abcdef)\n"
    "|process didn't exit successfully: `x` (signal: 6, SIGABRT)\n|        FAIL [   0.005s] demo a\n"
    "|     Summary [   0.010s] 1 test run: 0 passed, 1 failed, 0 skipped\n|[ RUN      ] A.B\n|[  FAILED  ] A.B (0 ms)\n"
    "|[==========] 1 test from 1 test suite ran.\n|[  PASSED  ] 0 tests.\n|a.cc:1: Failure\n"
    "|test cases: 1 | 1 failed\n"
    '|a.cc:2: FAILED:\n|TEST CASE:  n\n|[doctest] \n|Running 1 test case...\n|a.cc(3): error: in "s/c": check\n'
    "|*** 1 failure is detected\n| 1/1 Test  #1: a ....***Failed  0.00 sec\n|0% tests passed, 1 tests failed out of 1\n"
    "|The following tests FAILED:\n|\t1 - a (Failed)\n|==1==ERROR: AddressSanitizer: x\n|    #0 0x1 in f a.cc:1\n"
    "|a.c:1:2: error: x\n|In file included from a.c:1:\n|error[E0308]: x\n| --> a.rs:1:2\n"
    "|a.py:1: error: x  [y]\n|\n|\n"
)
LINES = [*WORDS.split("|"), "-" * 79 + "\n", "." * 79 + "\n", "=" * 79 + "\n", "1: ", "name\n", "\x00", "é"]


def logs_of_others() -> list[Path]:
    return sorted(path for tool in OTHERS for path in (GOLDEN / tool).glob("*.log"))


@pytest.mark.parametrize("path", logs_of_others(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_other_tools_print_is_left_to_them(path: Path) -> None:
    text = clean(path.read_text(errors="replace"))
    heard = {name: parser.failures(text) or parser.tally(text) for name, parser in PARSERS.items()}
    assert {name for name, said in heard.items() if said} == set()


@pytest.mark.parametrize("name", PARSERS)
@given(text=st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=20)), max_size=40).map("".join))
def test_any_text_is_survived(name: str, text: str) -> None:
    found = PARSERS[name].failures(text)
    assert all(failure.id and len(failure.text) <= TEXT_CHARACTERS + 200 for failure in found)
    told = PARSERS[name].tally(text)
    assert told is None or (0 <= told[0] <= len(text) and told[1].tests >= 0)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("go", "--- FAIL: Test{0} (0.00s)\n"),
        ("cargo", "test t{0} ... FAILED\n"),
        ("gtest", "[ RUN      ] A.B{0}\n"),
        ("boost", 'a.cc(1): error: in "s/c{0}": check x has failed\n'),
        ("compilers", "a.c:{0}:2: error: x\n"),
        ("linters", "a.py:{0}:1: E501 too long\n"),
    ],
)
def test_of_too_many_failures_the_first_are_kept(name: str, line: str) -> None:
    head = {"cargo": "running 20000 tests\n", "boost": "Running 20000 test cases...\n"}.get(name, "")
    found = PARSERS[name].failures(head + "".join(line.format(number) for number in range(1, FAILURES + 100)))
    assert len(found) == FAILURES
